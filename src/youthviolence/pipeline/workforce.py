"""Who runs the notebooks: threads here or processes elsewhere, woken as soon as one ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

from youthviolence.errors import DisclosureError
from youthviolence.pipeline import warm
from youthviolence.pipeline.jobs import Job


@dataclass(frozen=True)
class Workforce:
    """An executor, and how to end what it does."""

    executor: Executor
    stop: Callable[[], None]


@contextmanager
def on_this_machine(jobs: int | None, due: int, stop: Callable[[], None]) -> Iterator[Workforce]:
    """Provide threads for `due` tasks, `jobs` at a time or one a core, and warm kernels for them.

    The server of the kernels starts first: it imports while the caller goes on. No kernel is left
    when the block ends, however it ends.
    """
    if warm.can_fork():
        warm.start_server()
    try:
        with ThreadPoolExecutor(min(jobs or os.cpu_count() or 1, due)) as pool:
            yield Workforce(pool, stop)
    finally:
        warm.kill_all()


def carry_out(
    jobs: Sequence[Job],
    work: Callable[[Job], None],
    workforce: Workforce,
    ended: Callable[[BaseException | None], None] = lambda _: None,
) -> dict[str, BaseException]:
    """Do `work` for each job, side by side, in this order; return the failures by job.

    A job that fails stops nothing but itself, unless nothing of this kind may be shown at all
    (DisclosureError). After that, and after Ctrl-C, no further job starts, and the workforce ends
    those that run. `ended` is told of each.
    """
    running: dict[Future[None], str] = {}
    failures: dict[str, BaseException] = {}
    try:
        for job in jobs:
            running[workforce.executor.submit(work, job)] = job.name
        for future in as_completed(running):
            error = future.exception()
            ended(error)
            if error is not None:
                failures[running[future]] = error
            if isinstance(error, DisclosureError):
                future.result()  # raises it here
    except BaseException:
        for future in running:
            future.cancel()
        workforce.stop()
        raise
    return failures
