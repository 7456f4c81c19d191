"""The two consoles, and how errors are shown on them."""

from __future__ import annotations

import errno
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from youthviolence.errors import YouthViolenceError
from youthviolence.project import cannot_write

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def told() -> Iterator[None]:
    """Show an error that a user can mend without a traceback, with its exit code.

    A request to end (SIGTERM) ends the command as Ctrl-C does, with an exit code of its own.
    """
    heard: list[int] = []
    try:
        with _heeding(heard):
            yield
    except BaseException as error:
        if heard or isinstance(error, KeyboardInterrupt):
            # Whatever became of it on its way: libraries turn it into errors of their own.
            err.print("Interrupted. What was finished is kept; run again to go on.")
            raise typer.Exit(128 + (heard or [signal.SIGINT])[0]) from None
        if isinstance(error, YouthViolenceError):
            raise _shown(str(error), error.exit_code) from None
        if isinstance(error, OSError):
            raise _of_the_system(error) from None
        raise


def _of_the_system(error: OSError) -> typer.Exit:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM):
        told_so = cannot_write(error, error.filename or "a file")
        return _shown(str(told_so), told_so.exit_code)
    where = f": {error.filename}" if error.filename else ""
    return _shown(f"{error.strerror or error}{where}", 1)


def _shown(text: str, exit_code: int) -> typer.Exit:
    err.print(Text.assemble(("Error: ", "bold red"), text))
    return typer.Exit(exit_code)


@contextmanager
def _heeding(heard: list[int]) -> Iterator[None]:
    """Note Ctrl-C and a request to end, and stop for them; only the main thread may listen."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: Any) -> NoReturn:
        heard.append(number)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
