"""Which notebooks must run, and why: one small record for each of what it depended on.

A notebook depends on its own source, the environment (see there), its parameters, each data set it
loads with that data set's description, and whatever else it read. Its record holds the digest of
each, and that of the executed notebook, as they were when it last ran.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from appendices.errors import DataError
from appendices.project import digest_of, seal_of, write_atomic
from appendices.runs.jobs import DATA, DESCRIBED, Job, is_private
from appendices.runs.outcomes import Outcome
from appendices.runs.runs import Run
from appendices.runs.trace import Read, loaded, opened, state_now

NEW = "it has not run yet in this run"


@dataclass(frozen=True)
class Record:
    """What is remembered of a notebook that ran.

    `dependencies` and `environment` are what it depended on; `reads` the data sets it loaded, as
    it asked for them; `undeclared` what else it read. `result` is the digest of the executed
    notebook, "" where it failed, and `seal` its seal (`seal_of`); `seconds` how long it took.
    """

    dependencies: Mapping[str, str]
    environment: Mapping[str, str]
    reads: tuple[str, ...]
    undeclared: tuple[Read, ...]
    result: str
    seal: tuple[int, ...]
    seconds: float


@dataclass(frozen=True)
class Plan:
    """Which jobs must run and why, and which are up to date, by name."""

    due: Mapping[str, tuple[str, ...]]
    fresh: tuple[str, ...] = field(default=())


def plan(jobs: Sequence[Job], *, force: bool, mend: Collection[str] = ()) -> Plan:
    """Return what must run and why; nothing is executed.

    `mend` names the jobs whose published files are not as they were left.
    """
    due = {}
    for job in jobs:
        reasons = ("--force was given",) if force else _reasons(job)
        if not reasons and job.name in mend:
            reasons = ("its files are not as they were published",)
        if reasons:
            due[job.name] = reasons
    return Plan(due, tuple(job.name for job in jobs if job.name not in due))


def _reasons(job: Job) -> tuple[str, ...]:
    record = read_record(job.run, job.notebook.name)
    if record is None:
        return (NEW,)
    if not record.result:
        return ("it failed when it last ran",)
    now = job.depends(job.fixed(), record.reads)
    said = [
        f"{name} {'changed' if name in record.dependencies else 'is new'}"
        for name, value in now.items()
        if record.dependencies.get(name) != value
    ]
    said += [f"{name} is gone" for name in record.dependencies if name not in now]
    said += _environment_reasons(record.environment, job.environment.parts)
    hidden = is_private(job.values, record.reads, job.run.root)
    said += [
        f"{'an undeclared input' if hidden else f'{Path(one.what).name} (not declared)'} changed"
        for one in record.undeclared
        if state_now(one) != one.sha256
    ]
    as_left = tuple(seal_of(job.result)) == record.seal or digest_of(job.result) == record.result
    if not said and not as_left:
        said = ["its result is missing or was changed"]
    return tuple(dict.fromkeys(said))


def _environment_reasons(was: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    changed = [
        f"{name} is {now[name]}, was {was.get(name, 'not there')}"
        for name in now
        if was.get(name) != now[name]
    ]
    return changed + [f"{name} {was[name]} is gone" for name in was if name not in now]


def keep(job: Job, fixed: Mapping[str, str], outcome: Outcome) -> None:
    """Write what an executed notebook left, and the record of it last.

    That is its result, or its failed copy beside the others. `fixed` is what `Job.fixed` returned
    before it started.
    """
    run, name = job.run, job.notebook.name
    if outcome.failure:
        write_atomic(run.failed(name), outcome.content)
    else:
        write_atomic(job.result, outcome.content)
        run.failed(name).unlink(missing_ok=True)
    names = loaded(outcome.reads)
    record = Record(
        dependencies=job.depends(fixed, names, opened(outcome.reads)),
        environment=job.environment.parts,
        reads=names,
        undeclared=tuple(job.undeclared(outcome.reads)),
        result="" if outcome.failure else digest_of(job.result),
        seal=() if outcome.failure else tuple(seal_of(job.result)),
        seconds=round(outcome.seconds, 3),
    )
    write_atomic(_path(run, name), json.dumps(asdict(record), indent=1) + "\n")


def read_record(run: Run, notebook: str) -> Record | None:
    """Return what is remembered of a notebook; None where nothing is, or it was spoiled."""
    try:
        content = json.loads(_path(run, notebook).read_text(encoding="utf-8"))
        return Record(
            dependencies=dict(content["dependencies"]),
            environment=dict(content["environment"]),
            reads=tuple(str(one) for one in content["reads"]),
            undeclared=tuple(Read(**one) for one in content["undeclared"]),
            result=str(content["result"]),
            seal=tuple(int(one) for one in content["seal"]),
            seconds=float(content["seconds"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def took(run: Run, notebook: str) -> float:
    """Return how long a notebook took when it last ran in this run; 0 where that is not known."""
    record = read_record(run, notebook)
    return record.seconds if record else 0.0


def _path(run: Run, notebook: str) -> Path:
    return run.state / "notebooks" / f"{notebook}.json"


def refuse_changed(
    jobs: Iterable[Job], before: Mapping[str, Mapping[str, str]], ran: Collection[str]
) -> None:
    """Refuse a run whose inputs changed while it ran: its exhibits may mix two states.

    Held against one another are the digests of `before` (see `snapshot`), those of now, and of the
    jobs that `ran` those when they opened a file: the others may have been stale before.

    Raises
    ------
    DataError
        Which data sets changed; nothing else is named, for a path may say who works where.
    """
    changed = set()
    for job in jobs:
        record = read_record(job.run, job.notebook.name)
        if record is None:
            continue
        given = {f"{name} ({path.name})" for name, path in job.notebook.files_given(job.values)}
        now, was = job.depends(job.fixed(), record.reads), before[job.name]
        for name, value in now.items():
            own = name in given or name.startswith((DATA, DESCRIBED))
            opened_ = record.dependencies.get(name) if job.name in ran else value
            if own and {opened_, was.get(name, value)} != {value}:
                changed.add(name.removeprefix(DATA))
        if job.name in ran and any(state_now(one) != one.sha256 for one in record.undeclared):
            changed.add("an undeclared input")
    if changed:
        raise DataError(
            f"changed while the run was reading them: {', '.join(sorted(changed))}. "
            "Nothing was published; run again when the files are at rest."
        )
