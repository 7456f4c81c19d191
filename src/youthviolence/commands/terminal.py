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
    heard = [signal.SIGINT]
    try:
        with _heeding(signal.SIGTERM, heard):
            yield
    except YouthViolenceError as error:
        raise _shown(str(error), error.exit_code) from None
    except KeyboardInterrupt:
        err.print("Interrupted. What was finished is kept; run again to go on.")
        raise typer.Exit(128 + heard[-1]) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM):
            told_so = cannot_write(error, error.filename or "a file")
            raise _shown(str(told_so), told_so.exit_code) from None
        where = f": {error.filename}" if error.filename else ""
        raise _shown(f"{error.strerror or error}{where}", 1) from None


def _shown(text: str, exit_code: int) -> typer.Exit:
    err.print(Text.assemble(("Error: ", "bold red"), text))
    return typer.Exit(exit_code)


@contextmanager
def _heeding(number: signal.Signals, heard: list[signal.Signals]) -> Iterator[None]:
    """Turn a signal into the exception that Ctrl-C is, and note it; only the main thread may."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: Any) -> NoReturn:
        heard.append(number)  # the exception may be raised anew on its way, without its words
        raise KeyboardInterrupt

    before = signal.signal(number, stop)
    try:
        yield
    finally:
        signal.signal(number, before)
