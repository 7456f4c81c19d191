"""The main job, from the words on the command line to finished pages, read top to bottom."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console

from appendices.errors import NotebookError, UsageError, words_of
from appendices.project import remove_drafts, scratch_folder, write_atomic
from appendices.runs.environment import find_environment
from appendices.runs.jobs import Job, refuse_second_secrets, snapshot
from appendices.runs.notebooks import (
    Notebook,
    find_notebooks,
    fitting,
    read_parameter_file,
    select,
    settle_parameters,
)
from appendices.runs.outcomes import Failure, Limits, PageError, Result, raise_for
from appendices.runs.progress import Progress
from appendices.runs.record import Plan, keep, plan, refuse_changed, took
from appendices.runs.runs import (
    Run,
    choose_run,
    hold,
    index_of,
    read_manifest,
    read_published,
    remove_of_other_policies,
    spoiled,
)


@dataclass(frozen=True)
class Request:
    """What is asked of one run; see ``run --help``."""

    notebooks: Sequence[str] = ()
    assignments: Sequence[str] = ()
    parameter_file: Path | None = None
    run: str | None = None
    jobs: int | None = None
    force: bool = False
    limits: Limits = field(default_factory=Limits)
    policy: str | None = None
    reports: Path | None = None


@dataclass(frozen=True)
class Prepared:
    """A request held against the project: what will run, in which run, with which values.

    `unfit` has the notebooks left out because the chosen cohort lacks columns for them.
    """

    run: Run
    selected: tuple[Notebook, ...]
    notebooks: Mapping[str, Notebook]
    plan: Plan
    jobs: tuple[Job, ...] = field(repr=False)
    unfit: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def prepare(request: Request, root: Path) -> Prepared:
    """Check everything that can be checked before anything runs, and plan.

    Raises
    ------
    UsageError
        Unknown notebook or parameter, a value that is not taken, a run that holds other
        parameters.
    DataError
        A malformed data description.
    """
    notebooks = find_notebooks(root)
    selected = select(notebooks, request.notebooks)
    if not selected:
        raise UsageError(f"no notebook found in {root / 'notebooks'}.")
    from_file = read_parameter_file(request.parameter_file) if request.parameter_file else None
    settings = settle_parameters(
        selected, notebooks, request.assignments, from_file, request.policy
    )
    selected, unfit = fitting(selected, settings, root, named=bool(request.notebooks))
    settings = {one.name: settings[one.name] for one in selected}
    run = choose_run(
        root, request.run, settings, notebooks, force=request.force, reports=request.reports
    )
    environment = find_environment(root)
    jobs = tuple(Job(one.name, one, run, environment) for one in selected)
    # Even to look at what is remembered is not for two at a time.
    with hold(run) if run.state.is_dir() else nullcontext():
        due = plan(jobs, force=request.force)
    return Prepared(run, tuple(selected), notebooks, due, jobs, unfit)


def carry_on(request: Request, prepared: Prepared, progress: Progress) -> dict[str, Any]:
    """Run what is due, publish, and return the manifest.

    Raises
    ------
    NotebookError
        When a notebook failed; the others are finished and published.
    """
    run = prepared.run
    if prepared.plan.due:
        from appendices.runs.workforce import (  # noqa: PLC0415 - as for `publish`
            allow_resources,
        )

        allow_resources(request.jobs)
        refuse_second_secrets(one for one in prepared.jobs if one.name in prepared.plan.due)
    with hold(run):
        tidy_up(run.folder)
        earlier, amiss = read_manifest(run.folder), spoiled(run)
        if not prepared.plan.due and not amiss and _is_published(earlier, prepared):
            progress.nothing_to_do(prepared.plan.fresh)
            return earlier or {}
        if amiss:
            progress.mends(amiss)
        every = _with_earlier(prepared, earlier)
        run = replace(run, parameters=_all_parameters(run, every, earlier))
        remove_of_other_policies(run)
        environment = prepared.jobs[0].environment
        jobs = tuple(Job(name, one, run, environment) for name, one in every.items())
        before = snapshot(jobs)
        failures, seconds = _run_due(request, prepared, progress)
        refuse_changed(jobs, before, seconds)
        done = {*seconds, *prepared.plan.fresh}
        started = time.perf_counter()
        while True:  # once more for each notebook whose page cannot be written
            results = _results(every, failures, seconds, earlier, done)
            try:
                manifest = publish(run, every, results, jobs)
                break
            except PageError as error:
                failures[error.notebook] = _set_aside(run, error)
        progress.published(run.folder, time.perf_counter() - started)
        kept = {name: run.failed(name) for name in failures if run.failed(name).is_file()}
        shown = {name: os.path.relpath(path) for name, path in kept.items()}
        raise_for(failures, shown)
        return manifest


def tidy_up(folder: Path) -> None:
    """Remove the temporary files that killed processes left in a run's folder and elsewhere."""
    scratch_folder()
    remove_drafts(folder)


def publish(
    run: Run, every: Mapping[str, Notebook], results: Mapping[str, Result], jobs: Sequence[Job]
) -> dict[str, Any]:
    """Write pages and manifest, see `report.publish`.

    What only a run needs that has something to do is imported late: a command with nothing to do
    ends in half a second.
    """
    from appendices.pages.publish import publish as write  # noqa: PLC0415
    from appendices.runs.manifest import inputs_of  # noqa: PLC0415

    return write(run, every, results, inputs_of(jobs))


def _run_due(
    request: Request, prepared: Prepared, progress: Progress
) -> tuple[dict[str, Failure], dict[str, float]]:
    from appendices.runs import warm  # noqa: PLC0415 - as for `publish`
    from appendices.runs.workforce import carry_out, on_this_machine  # noqa: PLC0415

    failures: dict[str, Failure] = {}
    guard = threading.Lock()
    stopped = threading.Event()

    def stop() -> None:
        stopped.set()
        warm.kill_all()

    def work(job: Job) -> None:
        name, fixed = job.notebook.name, job.fixed()
        progress.started(name, prepared.plan.due.get(name, ()))
        outcome = execute(
            job.notebook, job.run.parameters[name], job.run.root, request.limits,
            on_cell=lambda cell, cells: progress.reached(name, cell, cells),
        )  # fmt: skip
        if stopped.is_set():
            raise NotebookError("interrupted")
        keep(job, fixed, outcome)
        if outcome.failure:
            with guard:
                failures[name] = outcome.failure
            progress.failed(name, outcome.failure.cell, outcome.seconds)
            raise NotebookError(outcome.failure.cause)
        progress.finished(name, outcome.seconds)

    for name in prepared.plan.fresh:
        progress.skipped(name)
    if prepared.plan.due:
        with progress, on_this_machine(request.jobs, len(prepared.plan.due), stop) as workforce:
            from appendices.runs.execute import execute  # noqa: PLC0415 - slow to import

            # The longest first, so that no long one is left to the end.
            due = [job for job in prepared.jobs if job.name in prepared.plan.due]
            longest_first = sorted(due, key=lambda job: -took(prepared.run, job.name))
            errors = carry_out(longest_first, work, workforce)
        for name, error in errors.items():
            failures.setdefault(name, Failure(0, words_of(error), ""))
    seconds = {name: took(prepared.run, name) for name in prepared.plan.due}
    return failures, seconds


def _set_aside(run: Run, error: PageError) -> Failure:
    """Keep the executed notebook that gives no page among the failed ones; return its failure."""
    executed = run.executed(error.notebook)
    write_atomic(run.failed(error.notebook), executed.read_bytes())
    executed.unlink()
    return Failure(0, error.says, "")


def _with_earlier(prepared: Prepared, earlier: Mapping[str, Any] | None) -> dict[str, Notebook]:
    """Return the notebooks of the run: those selected and those it already holds."""
    held = {one["name"] for one in (earlier or {}).get("notebooks", [])}
    held |= {one.name for one in prepared.selected}
    return {name: one for name, one in prepared.notebooks.items() if name in held}


def _results(
    every: Mapping[str, Notebook],
    failures: Mapping[str, Failure],
    seconds: Mapping[str, float],
    earlier: Mapping[str, Any] | None,
    done: Collection[str],
) -> dict[str, Result]:
    before = {one["name"]: one for one in (earlier or {}).get("notebooks", [])}
    results = {}
    for name in every:
        past = before.get(name, {})
        spent = seconds.get(name) or past.get("seconds", 0.0)
        if name in failures:
            failure = failures[name]
            # The kind of error only: its text may quote data, and pages are for others to read.
            kind = failure.cause.split(":", 1)[0]
            where = f"cell {failure.cell}, {kind}" if failure.cell else kind
            results[name] = Result(name, "failed", spent, where)
        elif name in done or past.get("status", "complete") == "complete":
            results[name] = Result(name, "complete", spent)
        else:
            results[name] = Result(name, "failed", spent, past["error"] or "")
    return results


def _all_parameters(
    run: Run, every: Mapping[str, Notebook], earlier: Mapping[str, Any] | None
) -> dict[str, Mapping[str, Any]]:
    held = (earlier or {}).get("parameters", {})
    return {name: run.parameters.get(name, held.get(name, {})) for name in every}


def _is_published(earlier: Mapping[str, Any] | None, prepared: Prepared) -> bool:
    states = {one["name"]: one["status"] for one in (earlier or {}).get("notebooks", [])}
    complete = all(states.get(one.name) == "complete" for one in prepared.selected)
    complete &= states.keys() <= prepared.notebooks.keys()  # none was deleted since
    return complete and bool(read_published(prepared.run))


def run_compendium(request: Request, root: Path, progress: Progress | None = None) -> Path:
    """Do the whole of `request` and return the path of the run's index page."""
    prepared = prepare(request, root)
    carry_on(request, prepared, progress or Progress(Console(quiet=True)))
    return index_of(prepared.run.folder) or prepared.run.folder / "index.html"
