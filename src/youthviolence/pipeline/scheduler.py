"""A pytask plugin: independent tasks side by side, woken as soon as one ends.

The loop is our own rather than pytask-parallel's because that one polls with pauses that grow to a
second, and because after Ctrl-C it waits for what runs; see ``docs/decisions/task-graph.md``. It is
active only in sessions that this package starts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pytask import ExecutionReport, hookimpl

from youthviolence.pipeline import warm

WORKFORCE = "youthviolence_workforce"


@dataclass(frozen=True)
class Workforce:
    """Who does the work: an executor, how many tasks it takes at a time, and how to end them."""

    executor: Executor
    size: int
    stop: Callable[[], None]


@contextmanager
def on_this_machine(jobs: int | None, due: int, stop: Callable[[], None]) -> Iterator[Workforce]:
    """Provide threads for `due` tasks, `jobs` at a time or one a core, and warm kernels for them.

    The server of the kernels starts first: it imports while the caller goes on. No kernel is left
    when the block ends, however it ends.
    """
    if warm.can_fork():
        warm.start_server()
    workers = min(jobs or os.cpu_count() or 1, due)
    try:
        with ThreadPoolExecutor(workers) as pool:
            yield Workforce(pool, workers, stop)
    finally:
        warm.kill_all()


@hookimpl(tryfirst=True)
def pytask_execute_build(session: Any) -> bool | None:
    """Execute the session's tasks, as many at a time as its workforce takes."""
    workforce = session.config.get(WORKFORCE)
    if workforce is None or session.config["explain"]:
        return None
    running: dict[Future[Any], Any] = {}
    # Without priorities pytask takes tasks in the order of a set, which changes from run to run.
    places = {task.signature: -place for place, task in enumerate(session.tasks)}
    session.scheduler.priorities = places
    try:
        while session.scheduler.is_active():
            for name in reversed(session.scheduler.get_ready(workforce.size - len(running))):
                _begin(session, session.dag.nodes[name], workforce.executor, running)
            if running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    _finish(session, running.pop(future), future)
    except BaseException:
        for future in running:
            future.cancel()
        workforce.stop()
        raise
    return True


def _begin(session: Any, task: Any, executor: Executor, running: dict[Any, Any]) -> None:
    try:
        session.hook.pytask_execute_task_setup(session=session, task=task)
    except Exception:  # noqa: BLE001 - pytask says by exception that a task is up to date
        _report(session, ExecutionReport.from_task_and_exception(task, sys.exc_info()))
    else:
        running[executor.submit(task.function)] = task


def _finish(session: Any, task: Any, future: Future[Any]) -> None:
    error = future.exception()
    if error is not None:
        info = (type(error), error, error.__traceback__)
        _report(session, ExecutionReport.from_task_and_exception(task, info))
        return
    try:
        session.hook.pytask_execute_task_teardown(session=session, task=task)
    except Exception:  # noqa: BLE001 - whatever it is becomes the task's report
        _report(session, ExecutionReport.from_task_and_exception(task, sys.exc_info()))
    else:
        _report(session, ExecutionReport.from_task(task))


def _report(session: Any, report: ExecutionReport) -> None:
    session.hook.pytask_execute_task_process_report(session=session, report=report)
    session.execution_reports.append(report)
    session.scheduler.done(report.task.signature)
