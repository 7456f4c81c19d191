"""A pytask plugin: independent tasks side by side in threads, woken as soon as one ends.

Each task only waits for a kernel process, so threads are enough. The loop is our own rather than
pytask-parallel's because that one polls with pauses that grow to a second, and because after
Ctrl-C it waits for what runs; see ``docs/decisions/task-graph.md``. It is active only in sessions
that this package starts.
"""

from __future__ import annotations

import sys
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from pytask import ExecutionReport, hookimpl

WORKERS = "youthviolence_workers"
STOP = "youthviolence_stop"


@hookimpl(tryfirst=True)
def pytask_execute_build(session: Any) -> bool | None:
    """Execute the session's tasks, as many at a time as it has workers."""
    workers = session.config.get(WORKERS)
    if not workers or session.config["explain"]:
        return None
    running: dict[Future[Any], Any] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="notebook") as pool:
        try:
            while session.scheduler.is_active():
                for name in session.scheduler.get_ready(workers - len(running)):
                    _begin(session, session.dag.nodes[name], pool, running)
                if running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        _finish(session, running.pop(future), future)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            session.config[STOP]()
            raise
    return True


def _begin(session: Any, task: Any, pool: ThreadPoolExecutor, running: dict[Any, Any]) -> None:
    try:
        session.hook.pytask_execute_task_setup(session=session, task=task)
    except Exception:  # noqa: BLE001 - pytask says by exception that a task is up to date
        _report(session, ExecutionReport.from_task_and_exception(task, sys.exc_info()))
    else:
        running[pool.submit(task.execute)] = task


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
