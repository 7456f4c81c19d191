"""The two consoles, and how errors are shown on them."""

from __future__ import annotations

import errno
import os
import signal
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperGroup

from appendices.errors import MissingToolError, debugging, is_ours
from appendices.project import cannot_write
from appendices.settings import COMMAND

_SOURCES = Path(__file__).parents[2]
_REQUESTS = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
]
_CLICKS = (typer.Exit, typer.Abort, typer.BadParameter)

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

TimeLimit = Annotated[
    float,
    typer.Option("--time-limit", min=1, metavar="SECONDS", help="Most a notebook may take."),
]
MemoryLimit = Annotated[
    float,
    typer.Option("--memory-limit", min=0.1, metavar="GB", help="Most a notebook may hold."),
]


class Commands(TyperGroup):
    """The commands, before or after which ``--debug`` may stand."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``--debug`` where it is an option of all commands."""
        plain = args[: args.index("--")] if "--" in args else args
        if "--debug" in plain:
            args = ["--debug", *(one for one in args if one != "--debug")]
        return super().parse_args(ctx, args)


@contextmanager
def told() -> Iterator[None]:
    """Show an error that a user can mend without a traceback, with its exit code.

    A request to end (SIGTERM, or SIGHUP of a terminal that closes) ends the command as Ctrl-C does,
    with an exit code of its own. A fault of the package is told by its kind and place: its words
    may quote a record. With ``--debug`` the traceback is shown.
    """
    heard: list[int] = []
    try:
        with _heeding(heard):
            yield
    except BaseException as error:
        if heard or isinstance(error, KeyboardInterrupt):
            # Whatever became of it on its way: libraries turn it into errors of their own.
            _say("Interrupted. What was finished is kept; run again to go on.")
            raise typer.Exit(128 + (heard or [signal.SIGINT])[0]) from None
        if not isinstance(error, Exception) or isinstance(error, (*_CLICKS, BrokenPipeError)):
            raise
        if debugging():
            traceback.print_exception(error)
        if is_ours(error):
            raise _shown(str(error), getattr(error, "exit_code", 1)) from None
        if isinstance(error, OSError):
            raise _of_the_system(error) from None
        raise _of_the_package(error) from None


def _say(text: str) -> None:
    with suppress(OSError):  # the terminal may be gone
        err.print(text)


def _of_the_package(error: Exception) -> typer.Exit:
    if isinstance(error, MemoryError):
        return _shown("there is not enough memory. Allow more, or use --jobs 1.", 1)
    if isinstance(error, ImportError):
        return _shown(
            f"a library cannot be loaded ({error.name or type(error).__name__}). If memory is "
            "limited (`ulimit -v`), allow 2 GB or more; if not, the environment is not whole: "
            "run `make setup`.",
            MissingToolError.exit_code,
        )
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if one.filename.startswith(f"{_SOURCES}{os.sep}")]
    place = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return _shown(
        f"a fault in the package: {type(error).__name__}{place}. What was finished is kept. "
        f"`{COMMAND} --debug …` shows all of it; it may quote records, so look before you "
        "pass it on.",
        1,
    )


def _of_the_system(error: OSError) -> typer.Exit:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM):
        told_so = cannot_write(error, error.filename or "a file")
        return _shown(str(told_so), told_so.exit_code)
    where = f": {error.filename}" if error.filename else ""
    return _shown(f"{error.strerror or error}{where}", 1)


def _shown(text: str, exit_code: int) -> typer.Exit:
    with suppress(OSError):
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

    # What is ignored stays so: nohup, and a shell that starts a command in the background.
    heeded = [one for one in _REQUESTS if signal.getsignal(one) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
