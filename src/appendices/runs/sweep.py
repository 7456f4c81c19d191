"""One notebook over a grid of parameters: each cell a run of its own, one index over all."""

from __future__ import annotations

import csv
import io
import itertools
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appendices.data.load import load
from appendices.disclosure.policy import marked_name, marks_of
from appendices.errors import (
    DisclosureError,
    NotebookError,
    UsageError,
    unknown,
    words_of,
)
from appendices.pages.grid import STACKED, write_grid
from appendices.pages.publish import publish
from appendices.project import write_atomic
from appendices.runs import warm
from appendices.runs.cluster import is_local, on_cluster
from appendices.runs.environment import find_environment
from appendices.runs.jobs import Job, is_private, snapshot
from appendices.runs.manifest import facts_of, inputs_of
from appendices.runs.notebooks import Notebook, find_notebooks, fitting, select
from appendices.runs.outcomes import Limits, Result
from appendices.runs.parameters import ListedIn, OneOf, Parameter, Value, resolve_parameters
from appendices.runs.progress import SweepProgress
from appendices.runs.record import keep, plan, refuse_changed
from appendices.runs.runs import (
    REPORTS,
    Run,
    check_name,
    hold,
    index_of,
    plain_name,
    read_manifest,
    spoiled,
)
from appendices.runs.whole import tidy_up
from appendices.runs.workforce import allow_resources, carry_out, on_this_machine
from appendices.settings import COMMAND

ALL = "all"
_SWEPT = "sweep.json"  # in a sweep's state: what it is over


@dataclass(frozen=True)
class SweepRequest:
    """What is asked of a sweep; see ``sweep --help``.

    ``over`` holds ``NAME=VALUE,VALUE``, a value with a comma in double quotes, or ``NAME=all``;
    ``where`` holds ``COLUMN=VALUE`` texts that narrow what ``all`` means; ``cluster`` is a Dask
    scheduler's address, or a number of processes.
    """

    notebook: str
    over: Sequence[str]
    where: Sequence[str] = ()
    run: str | None = None
    jobs: int | None = None
    cluster: str | None = None
    force: bool = False
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Sweep:
    """A checked sweep: its folder, its notebook, and a job for each cell of the grid."""

    folder: Path
    notebook: Notebook
    over: tuple[str, ...]
    jobs: tuple[Job, ...]


def prepare_sweep(request: SweepRequest, root: Path) -> Sweep:
    """Check every cell of the grid before anything runs.

    Raises
    ------
    UsageError
        Unknown notebook, parameter, value or column, an empty grid, or two values of one name.
    DisclosureError
        When a cell would read confidential data under a policy that protects them.
    """
    if request.cluster is not None:
        is_local(request.cluster)
    (notebook,) = select(find_notebooks(root), [request.notebook])
    axes = _axes(request, notebook, root)
    folder = _folder(request, notebook, axes, root)
    environment = find_environment(root)
    jobs = []
    for point in itertools.product(*axes.values()):
        given = dict(zip(axes, point, strict=True))
        name = plain_name("_".join(str(value) for value in point))
        settled = resolve_parameters(notebook.parameters, given, notebook.name)
        fitting([notebook], {notebook.name: settled}, root, named=True)
        run = Run(root, name, {notebook.name: settled}, folder)
        jobs.append(Job(name, notebook, run, environment))
    if len({job.name for job in jobs}) < len(jobs):
        raise UsageError("two cells of the grid would share a folder: a value is given twice.")
    if any(is_private(job.values, notebook.chosen(job.values), root) for job in jobs):
        raise _not_swept()
    return Sweep(folder, notebook, tuple(axes), tuple(jobs))


def _not_swept() -> DisclosureError:
    return DisclosureError(
        "a sweep over confidential data would show one cohort in many ways, and use up what may "
        f"ever be released of it. Run the cells one by one with `{COMMAND} run`, or, for "
        "your own eyes, sweep with --over policy=internal."
    )


def _axes(request: SweepRequest, notebook: Notebook, root: Path) -> dict[str, list[Value]]:
    """Return the values of each swept parameter."""
    where = [_split(text, "--where", "COLUMN=VALUE") for text in request.where]
    axes: dict[str, list[Value]] = {}
    narrowed = False
    for text in request.over:
        name, values = _split(text, "--over", "NAME=VALUE,VALUE or NAME=all")
        if name not in notebook.parameters:
            raise unknown(f"parameter of {notebook.name}", name, notebook.parameters)
        if name in axes:
            raise UsageError(f"--over {name!r} is given twice; put all its values in one.")
        parameter = notebook.parameters[name]
        axes[name] = _axis(parameter, values, where, root)
        narrowed |= values == ALL and any(isinstance(rule, ListedIn) for rule in parameter.rules)
    if not axes:
        raise UsageError("a sweep needs at least one --over NAME=VALUE,VALUE.")
    if where and not narrowed:
        raise UsageError("--where narrows NAME=all where the values stand in a table; none does.")
    return axes


def _folder(request: SweepRequest, notebook: Notebook, axes: Iterable[str], root: Path) -> Path:
    """Return the sweep's folder, unless it holds a run or another sweep."""
    name = request.run or plain_name(f"sweep-{notebook.name}-{'-'.join(axes)}")
    check_name(name)
    folder = root / REPORTS / name
    if (folder / "manifest.json").is_file():
        raise UsageError(f"{name!r} holds a run. Choose another name for the sweep with --run.")
    if _swept(folder) not in (None, _what(notebook, axes)) and not request.force:
        raise UsageError(
            f"{name!r} holds another sweep. Choose another name with --run, or overwrite it with "
            "--force."
        )
    return folder


def _what(notebook: Notebook, over: Iterable[str]) -> dict[str, Any]:
    """Return what tells one sweep from another: all but the values."""
    return {"notebook": notebook.name, "over": list(over)}


def _swept(folder: Path) -> Any:
    """Return which notebook the sweep in a folder ran, over which parameters; None without one."""
    try:
        return json.loads((folder / ".state" / _SWEPT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _split(text: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise UsageError(f"{option} {text!r}: expected {form}.")
    return name.strip(), value.strip()


def _axis(
    parameter: Parameter, text: str, where: Sequence[tuple[str, str]], root: Path
) -> list[Value]:
    if text != ALL:
        values = [one.strip() for one in next(csv.reader([text], skipinitialspace=True))]
        if not all(values) or "\n" in text:
            raise UsageError(
                f"--over {parameter.name!r}: a value is empty, or broken in two lines."
            )
        return [parameter.parse(value) for value in values]
    for rule in parameter.rules:
        if isinstance(rule, OneOf):
            return list(rule.values)
        if isinstance(rule, ListedIn):
            return _listed(rule, where, root)
    raise UsageError(
        f"parameter {parameter.name!r} has no closed list of values: name them, with commas."
    )


def _listed(rule: ListedIn, where: Sequence[tuple[str, str]], root: Path) -> list[Value]:
    table = load(rule.resource, root)
    for column, wanted in where:
        if column not in table.columns:
            raise unknown(f"column of {rule.resource}", column, table.columns)
        known = table[column].dropna().astype("str").unique()
        if wanted not in known:
            raise unknown(f"value of {column!r}", wanted, known)
        table = table[table[column].astype("str") == wanted]
    return [str(value) for value in table[rule.column]]


def carry_on_sweep(
    request: SweepRequest, sweep: Sweep, progress: SweepProgress
) -> dict[str, BaseException]:
    """Run every cell that is missing or stale, then stack and index all; return the failures."""
    state = sweep.folder / ".state"
    allow_resources(request.jobs)
    with hold(Run(sweep.folder.parent, sweep.folder.name, {}, sweep.folder.parent)):
        tidy_up(sweep.folder)
        swept = json.dumps(_what(sweep.notebook, sweep.over))
        write_atomic(state / _SWEPT, f"{swept}\n")
        due = plan(sweep.jobs, force=request.force, mend=_not_whole(sweep)).due
        progress.begin(len(sweep.jobs), len(due))
        failures: dict[str, BaseException] = {}
        if due:
            first = sweep.jobs[0]
            facts = facts_of(first.environment, first.run.root)
            work = Cell(request.limits, facts)
            workforce_ = (
                on_this_machine(request.jobs, len(due), warm.kill_all)
                if request.cluster is None
                else on_cluster(request.cluster)
            )
            jobs = [job for job in sweep.jobs if job.name in due]
            with workforce_ as workforce, progress:
                failures = carry_out(jobs, work, workforce, progress.ended)
        cells = list(_cells(sweep))
        mark = marks_of({job.name: job.run.parameters[sweep.notebook.name] for job in sweep.jobs})
        made = _stack(sweep, cells, mark)
        index = sweep.folder / marked_name("index.html", mark)
        page = write_grid(sweep.folder.name, sweep.notebook, sweep.over, cells, mark)
        write_atomic(index, page)
        for path in (*sweep.folder.glob("index*.html"), *(sweep.folder / STACKED).glob("*")):
            if path not in (index, *made):  # of a sweep under another policy, or of another grid
                path.unlink()
    return failures


def _not_whole(sweep: Sweep) -> list[str]:
    """Return the cells that failed, or whose files are not as they were published."""
    found = []
    for job in sweep.jobs:
        manifest = read_manifest(job.run.folder)
        if spoiled(job.run) or (manifest and manifest["status"] != "complete"):
            found.append(job.name)
    return found


@dataclass(frozen=True)
class Cell:
    """The work of one cell, whole in itself, so that any process of a cluster can do it."""

    limits: Limits
    facts: Mapping[str, Any]

    def __call__(self, job: Job) -> None:
        """Execute the cell's notebook and publish its run."""
        from appendices.runs.execute import execute  # noqa: PLC0415 - a second to import

        name, run = job.notebook.name, job.run
        fixed, before = job.fixed(), snapshot([job])
        outcome = execute(job.notebook, job.values, run.root, self.limits)
        if outcome.private:
            raise _not_swept()
        keep(job, fixed, outcome)
        refuse_changed([job], before, [job.name])
        failure = outcome.failure
        status = "failed" if failure else "complete"
        says = f"cell {failure.cell}, {failure.cause.split(':', 1)[0]}" if failure else ""
        results = {name: Result(name, status, outcome.seconds, says)}
        publish(run, {name: job.notebook}, results, inputs_of([job], self.facts))
        if failure:
            raise NotebookError(f"cell {failure.cell}: {failure.cause}")


def _cells(sweep: Sweep) -> Iterator[dict[str, Any]]:
    for job in sweep.jobs:
        manifest = read_manifest(job.run.folder)
        status = manifest["notebooks"][0] if manifest else {"status": "not run", "error": None}
        values = job.run.parameters[sweep.notebook.name]
        yield {
            "name": job.name,
            "values": {name: values[name] for name in sweep.over},
            "status": status["status"],
            "error": status["error"],
            "seconds": status.get("seconds", 0.0),
            "page": f"{job.name}/{status.get('page')}",
            "index": f"{job.name}/{marked_name('index.html', marks_of(job.run.parameters))}",
            "exhibits": manifest["exhibits"] if manifest else [],
        }


def _stack(sweep: Sweep, cells: Iterable[Mapping[str, Any]], mark: str) -> list[Path]:
    """Write each exhibit's tables over the sweep as one long CSV, the swept values in front."""
    tables: dict[str, list[tuple[list[str], Path]]] = {}
    for cell in cells:
        values = [str(value) for value in cell["values"].values()]
        for exhibit in cell["exhibits"]:
            path = sweep.folder / cell["name"] / exhibit["files"]["csv"]
            tables.setdefault(exhibit["id"], []).append((values, path))
    made = []
    for exhibit_id, parts in tables.items():
        made.append(sweep.folder / STACKED / marked_name(f"{exhibit_id}.csv", mark))
        write_atomic(made[-1], _stacked(sweep.over, parts))
    return made


def _stacked(over: Iterable[str], parts: list[tuple[list[str], Path]]) -> str:
    """Return the parts as one table; a column that a part lacks is empty there."""
    read = [
        (values, list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))))
        for values, path in parts
    ]
    columns = list(dict.fromkeys(name for _, rows in read for row in rows[:1] for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*over, *columns])
    for values, rows in read:
        writer.writerows([*values, *(row.get(name, "") for name in columns)] for row in rows)
    return text.getvalue()


def _said(error: BaseException) -> str:
    return words_of(error).removeprefix("NotebookError: ")


def run_sweep(request: SweepRequest, root: Path, progress: SweepProgress) -> Path:
    """Do the whole of `request`; return the sweep's index page.

    Raises
    ------
    NotebookError
        When cells failed: which, and why; the others are finished and indexed.
    """
    sweep = prepare_sweep(request, root)
    started = time.perf_counter()
    failures = carry_on_sweep(request, sweep, progress)
    progress.done(time.perf_counter() - started)
    if failures:
        lines = [f"  {name}: {_said(error)}" for name, error in list(failures.items())[:10]]
        more = f"\n  and {len(failures) - 10} more" if len(failures) > 10 else ""
        raise NotebookError(
            f"{len(failures)} of {len(sweep.jobs)} cells failed; the others are finished. "
            "Run again to do only these.\n" + "\n".join(lines) + more
        )
    return index_of(sweep.folder) or sweep.folder / "index.html"
