"""The two consoles, and how errors are shown on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.text import Text

from youthviolence.errors import YouthViolenceError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def told() -> Iterator[None]:
    """Show an error that a user can mend without a traceback, with its exit code."""
    try:
        yield
    except YouthViolenceError as error:
        err.print(Text.assemble(("Error: ", "bold red"), str(error)))
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        err.print("Interrupted. What was finished is kept; run again to go on.")
        raise typer.Exit(130) from None
    except OSError as error:
        # A full disk, a folder that cannot be written: the system's words, without a traceback.
        err.print(Text.assemble(("Error: ", "bold red"), f"{error.strerror or error}"))
        raise typer.Exit(1) from None
