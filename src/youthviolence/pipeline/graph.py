"""The task graph: which notebooks must run, why, and their execution side by side.

pytask keeps the hashes of what each notebook depended on and says what changed. A notebook depends
on its own source, the package, the lock file, its parameters, the protection policies (part of the
package), and each data file it loads with that file's description.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pytask
from pytask import ExitCode, PathNode, TaskOutcome

from youthviolence.disclosure.policy import find_policy
from youthviolence.errors import OutputError
from youthviolence.pipeline import scheduler
from youthviolence.pipeline.notebooks import Notebook
from youthviolence.pipeline.runs import Run
from youthviolence.pipeline.scheduler import Workforce
from youthviolence.project import sha256_of, write_atomic
from youthviolence.sources.own import find_data_set


@dataclass(frozen=True)
class Job:
    """One notebook to run in one run, and everything its result depends on.

    `name` tells it from the graph's other jobs: the notebook's name, or a cell of a sweep.
    """

    name: str
    notebook: Notebook
    run: Run
    package: str
    lock: str

    @property
    def dependencies(self) -> dict[str, str]:
        """What the result depends on, as it is now: of a file, its digest, or that it is absent.

        Now, and not when the job is done: a file that changes while a notebook runs is seen to
        have changed by the next run.
        """
        root = self.run.root
        values = self.run.parameters[self.notebook.name]
        found = {
            "the notebook": _state(self.notebook.path),
            "the package": self.package,
            "the lock file": self.lock,
            "its parameters": repr(sorted(values.items())),
        }
        for name in self.notebook.reads(values):
            resource = find_data_set(root, name)
            found[f"the description of {resource.name}"] = resource.descriptor
            found[f"data set {resource.name}"] = _state(resource.path)
        if self.private:
            own = self.run.withheld
            found["counts withheld to protect people"] = (
                own.read_text(encoding="ascii") if own.is_file() else ""
            )
        for name, path in self.notebook.files_given(values):
            found[f"{name} ({path.name})"] = _state(path)
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


@dataclass(frozen=True)
class Plan:
    """Which jobs must run and why, and which are up to date, by name."""

    due: Mapping[str, tuple[str, ...]]
    fresh: tuple[str, ...] = field(default=())


Work = Callable[[Job], None]


def plan(jobs: Sequence[Job], state: Path, *, force: bool) -> Plan:
    """Return what would run and why; nothing is executed.

    `state` is the folder where the graph remembers what has run.
    """
    if not state.is_dir():
        return Plan({job.name: ("it has not run yet in this run",) for job in jobs})
    session = _build(jobs, state, _nothing, force=force, explain=True)
    reports = {report.task.name: report for report in session.execution_reports}
    due: dict[str, tuple[str, ...]] = {}
    fresh = []
    for job in jobs:
        report = reports[job.name]
        if report.outcome == TaskOutcome.SKIP_UNCHANGED:
            fresh.append(job.name)
        else:
            due[job.name] = _reasons(job, report.task.attributes["explanation"].reasons)
    return Plan(due, tuple(fresh))


def carry_out(
    jobs: Sequence[Job], state: Path, work: Work, workforce: Workforce, *, force: bool
) -> dict[str, BaseException]:
    """Run `work` for each job that is due; return the failures by job.

    A job that fails stops nothing but itself. After Ctrl-C no further job starts, and the
    workforce ends those that run.
    """
    session = _build(jobs, state, work, workforce, force=force, explain=False)
    return {
        report.task.name: report.exc_info[1]
        for report in session.execution_reports
        if report.outcome == TaskOutcome.FAIL and report.exc_info
    }


def _build(
    jobs: Sequence[Job],
    state: Path,
    work: Work,
    workforce: Workforce | None = None,
    *,
    force: bool,
    explain: bool,
) -> Any:
    # pytask keeps its files beside its configuration: without one, at the top of the repository.
    # Written each time: where nothing can be written it says so, and what the graph remembers, of
    # which pytask would complain in the same way as of a spoiled one, is not forgotten for it.
    config = state / "pytask.toml"
    write_atomic(config, "[tool.pytask.ini_options]\n")
    tasks = [_task(job, work) for job in jobs]
    for attempt in range(2):
        # pytask reports to a console of its own; what a user should see is told by `progress`.
        pytask.console.quiet = True
        plugin: dict[str, Any] = {scheduler.WORKFORCE: workforce}
        session = pytask.build(
            tasks=tasks,
            paths=state,
            config=config,
            database_url=f"sqlite:///{state / 'graph.sqlite3'}",
            capture="no",
            force=force,
            explain=explain,
            show_traceback=False,
            **plugin,
        )
        collected = session.exit_code not in (
            ExitCode.CONFIGURATION_FAILED, ExitCode.COLLECTION_FAILED, ExitCode.DAG_FAILED,
        )  # fmt: skip
        if collected and len(session.execution_reports) == len(tasks):
            return session
        if attempt == 0:
            # What the graph remembers was cut short or spoiled: forget it, and run again.
            _forget(state)
    raise OutputError(
        f"cannot write what the task graph remembers in {state}. Make room there and allow "
        "writing, then run again: what was finished is kept."
    )


def _forget(state: Path) -> None:
    for path in (*state.glob("graph.sqlite3*"), *state.glob("pytask.lock*")):
        path.unlink(missing_ok=True)
    shutil.rmtree(state / ".pytask", ignore_errors=True)


@dataclass
class _Content:
    """A dependency that is a text: its state is the text's hash."""

    name: str
    value: str
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        return sha256_of(self.name.encode())

    def state(self) -> str:
        return sha256_of(self.value.encode())

    def load(self, is_product: bool = False) -> str:
        return self.value

    def save(self, value: Any) -> None:
        raise NotImplementedError


class _File(PathNode):
    """A file whose state is its content alone: clocks jump, and copies keep their times."""

    def state(self) -> str | None:
        return _state(Path(str(self.path))) or None


def _state(path: Path) -> str:
    """Return the digest of a file, "" where there is none."""
    return _digest(path, *_stat(path)) if path.is_file() else ""


def _stat(path: Path) -> tuple[int, ...]:
    """Return what no write leaves as it is: unlike a modification time, ctime cannot be set."""
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@lru_cache(maxsize=4096)
def _digest(path: Path, *_stat: int) -> str:
    return sha256_of(path)


class _Task(pytask.TaskWithoutPath):
    """A task whose own code is part of the package, which it depends on anyway."""

    def state(self) -> str:
        return "the package"


def _result(job: Job) -> Path:
    return job.run.executed(job.notebook.name)


def _task(job: Job, work: Work) -> _Task:
    name = job.name
    nodes: dict[str, Any] = {}
    for place, (label, value) in enumerate(job.dependencies.items()):
        nodes[f"d{place}"] = _Content(f"{name}::{label}", value)
    return _Task(
        name=name,
        function=partial(work, job),
        depends_on=nodes,
        produces={"executed": _File(path=_result(job), name=f"{name}::result")},
    )


def _nothing(job: Job) -> None:
    """Stand for the work while only a plan is made."""


def _reasons(job: Job, reasons: list[Any]) -> tuple[str, ...]:
    """Return why a job is due, in the order of its dependencies."""
    if any(reason.reason == "forced" for reason in reasons):
        return ("--force was given",)
    by_name = {reason.node_name.rpartition("::")[2]: reason for reason in reasons}
    new = [name for name, reason in by_name.items() if reason.reason == "not_in_db"]
    if len(new) >= len(job.dependencies):
        return ("it has not run yet in this run",)
    words = {"not_in_db": "is new", "missing": "is missing", "changed": "changed"}
    said = [
        f"{name} {words.get(by_name[name].reason, by_name[name].reason)}"
        for name in job.dependencies
        if name in by_name
    ]
    return tuple(said) or ("its result is missing or was changed",)
