"""Who runs the notebooks: threads here or processes elsewhere, woken as soon as one ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass

from appendices.errors import DisclosureError, UsageError
from appendices.runs import warm
from appendices.runs.jobs import Job

_FILES, _FILES_A_KERNEL = 64, 48  # a kernel needs the first number itself
_MEMORY = 2 * 2**30  # bytes of address space: the libraries alone take most of it


@dataclass(frozen=True)
class Workforce:
    """An executor, and how to end what it does."""

    executor: Executor
    stop: Callable[[], None]


def allow_resources(jobs: int | None) -> None:
    """Raise the limit on open files, where it is low, to what so many kernels at a time need.

    Too little memory is said before anything starts.

    Raises
    ------
    UsageError
        When the system does not let it be raised that far, or allows less memory than the
        libraries need: they would end the command.
    """
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:
        return
    memory, _ = resource.getrlimit(resource.RLIMIT_AS)
    if memory != resource.RLIM_INFINITY and memory < _MEMORY:
        raise UsageError(
            f"only {memory / 2**20:.0f} MB of memory may be addressed, and notebooks need "
            f"{_MEMORY / 2**20:.0f} MB. Allow more (`ulimit -v {_MEMORY // 1024}`)."
        )
    needed = _FILES + _FILES_A_KERNEL * (jobs or os.cpu_count() or 1)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise UsageError(
            f"only {hard} files may be open at a time, and so many notebooks at once need {needed}."
            f" Allow more (`ulimit -n {needed}`), or run fewer at a time with --jobs."
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


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
