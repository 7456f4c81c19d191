"""What is kept of a notebook that read confidential data: its exhibits, and no other output.

A traceback, a printed table or a warning may quote a record. The exhibits went through the door;
everything else is dropped before the notebook is written anywhere.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Sequence
from typing import Any

from appendices.errors import UsageError, is_ours, raised_by_us
from appendices.exhibits.exhibit import MIME
from appendices.exhibits.unrecorded import MIME as LEFT_OUT
from appendices.settings import compendium

# What the kernel adds to a traceback, invisible wherever that is shown. By the object itself: a
# notebook, or another library, may have errors of the same names.
_OURS, _RAISED_BY_US, _NAMES_PASSED = ("\x1b[0m" * times for times in (2, 3, 4))


def mark_errors(shell: Any) -> None:
    """Let a kernel's shell mark the errors that are ours.

    `_showtraceback` is IPython's own name, which ipykernel overrides: the one place where the
    error itself and what is sent of it are at hand together.
    """
    send = shell._showtraceback

    def send_marked(kind: Any, error: BaseException, lines: list[str]) -> None:
        send(kind, error, [*lines, *_marks(error)])

    shell._showtraceback = send_marked


def _marks(error: BaseException) -> list[str]:
    compendium()  # it says which errors are ours
    if not raised_by_us(error):
        return [_OURS] if is_ours(error) else []
    return [
        _NAMES_PASSED if getattr(error, "exit_code", 0) == UsageError.exit_code else _RAISED_BY_US
    ]


def scrub(notebook: Any) -> None:
    """Drop from an executed notebook, in place, every output that is not an exhibit.

    Of an error its type stays, and its message where `told` lets it out.
    """
    written = source_of(notebook)
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if cell.cell_type == "code":
            kept = (_kept(one, written) for one in cell.outputs)
            cell.outputs = [one for one in kept if one is not None]
    notebook.metadata.pop("widgets", None)


def source_of(notebook: Any) -> str:
    """Return all code of a notebook as it is written."""
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")


def _kept(output: Any, written: str) -> Any:
    if output.output_type == "error":
        message = told(output.ename, output.evalue, output.traceback, written)
        output.ename, _, output.evalue = message.partition(": ")
        output.traceback = [message]
        return output
    return output if {MIME, LEFT_OUT} & output.get("data", {}).keys() else None


def told(name: str, message: str, traceback: Sequence[str], written: str) -> str:
    """Return an error as it may be shown: its type, and its message if the package wrote it.

    The packages' messages hold no value of a record, but the names that a notebook passes, which
    may be values: a name that is not `written` in the notebook itself is left out. An error of a
    type that neither Python nor the packages have is not named: a notebook can make one.
    """
    mark = traceback[-1] if traceback else ""
    if mark in (_RAISED_BY_US, _NAMES_PASSED):
        return f"{name}: {_without_values(message, written) if mark == _NAMES_PASSED else message}"
    return name if mark == _OURS or hasattr(builtins, name) else "an error of another type"


def _without_values(message: str, written: str) -> str:
    """Return a message without quoted names that the notebook's code does not hold.

    What is suggested comes from descriptions, and stays.
    """
    head, suggests, tail = message.partition("Did you mean ")
    if not suggests:
        head, suggests, tail = message.partition("Allowed: ")

    def said(quoted: re.Match[str]) -> str:
        literal = rf"(['\"]){re.escape(quoted[2])}\1"
        return quoted[0] if re.search(literal, written) else f"{quoted[1]}…{quoted[1]}"

    return re.sub(r"(['\"])(.*?)\1(?!\w)", said, head, flags=re.DOTALL) + suggests + tail
