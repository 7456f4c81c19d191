"""Which notebooks must run, and why: one small record for each of what it depended on.

A notebook depends on its own source, the package (the protection policies with it), the lock file,
its parameters, and each data file it loads with that file's description. Its record holds the
digest of each, and that of the executed notebook, as they were when it last ran.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from youthviolence.disclosure.policy import find_policy
from youthviolence.pipeline.notebooks import Notebook
from youthviolence.pipeline.runs import Run
from youthviolence.project import sha256_of, write_atomic
from youthviolence.sources.own import find_data_set

NEW = "it has not run yet in this run"


@dataclass(frozen=True)
class Job:
    """One notebook to run in one run, and everything its result depends on.

    `name` tells it from the others that run beside it: the notebook's name, or a cell of a sweep.
    """

    name: str
    notebook: Notebook
    run: Run
    package: str
    lock: str

    @property
    def dependencies(self) -> dict[str, str]:
        """What the result depends on, as it is now: a digest each, "" for a file that is absent.

        They are to be asked for before a notebook starts: what changes while it runs is then seen
        to have changed by the next run.
        """
        root = self.run.root
        values = self.run.parameters[self.notebook.name]
        found = {
            "the notebook": digest(self.notebook.path),
            "the package": self.package,
            "the lock file": self.lock,
            "its parameters": _digest_of_text(repr(sorted(values.items()))),
        }
        for name in self.notebook.reads(values):
            resource = find_data_set(root, name)
            found[f"the description of {resource.name}"] = _digest_of_text(resource.descriptor)
            found[f"data set {resource.name}"] = digest(resource.path)
        if self.private:
            found["counts withheld to protect people"] = digest(self.run.withheld)
        for name, path in self.notebook.files_given(values):
            found[f"{name} ({path.name})"] = digest(path)
        return found

    @property
    def private(self) -> bool:
        """Whether it reads confidential data, under a policy that does not show records."""
        values = self.run.parameters[self.notebook.name]
        if find_policy(str(values.get("policy", "release"))).show_records:
            return False
        names = self.notebook.reads(values)
        root = self.run.root
        return any(find_data_set(root, name).sensitivity == "confidential" for name in names)

    @property
    def result(self) -> Path:
        """The executed notebook."""
        return self.run.executed(self.notebook.name)


@dataclass(frozen=True)
class Record:
    """What is remembered of a notebook that ran: see `Job.dependencies`.

    `result` is the digest of the executed notebook, "" where it failed; `seconds` how long it took.
    """

    dependencies: Mapping[str, str]
    result: str
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
    was, now = record.dependencies, job.dependencies
    said = [
        f"{name} {'changed' if name in was else 'is new'}"
        for name, value in now.items()
        if was.get(name) != value
    ]
    said += [f"{name} is not read any more" for name in was if name not in now]
    if not said and digest(job.result) != record.result:
        said = ["its result is missing or was changed"]
    return tuple(said)


def write_record(job: Job, record: Record) -> None:
    """Write down what a notebook that ran depended on, after its result is written."""
    write_atomic(_path(job.run, job.notebook.name), json.dumps(asdict(record), indent=1) + "\n")


def read_record(run: Run, notebook: str) -> Record | None:
    """Return what is remembered of a notebook; None where nothing is, or it was spoiled."""
    try:
        content = json.loads(_path(run, notebook).read_text(encoding="utf-8"))
        record = Record(**content)
        record.dependencies.items()
        return Record(record.dependencies, str(record.result), float(record.seconds))
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def took(run: Run, notebook: str) -> float:
    """Return how long a notebook took when it last ran in this run; 0 where that is not known."""
    record = read_record(run, notebook)
    return record.seconds if record else 0.0


def _path(run: Run, notebook: str) -> Path:
    return run.state / "notebooks" / f"{notebook}.json"


def digest(path: Path) -> str:
    """Return the digest of a file as it is now, "" where there is none."""
    return _digest(path, *_stat(path)) if path.is_file() else ""


def _stat(path: Path) -> tuple[int, ...]:
    """Return what no write leaves as it is: unlike a modification time, ctime cannot be set."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@lru_cache(maxsize=4096)
def _digest(path: Path, *_stat: int) -> str:
    return sha256_of(path)


def _digest_of_text(text: str) -> str:
    return sha256_of(text.encode())
