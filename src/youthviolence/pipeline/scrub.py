"""What is kept of a notebook that read confidential data: its exhibits, and no other output.

A traceback, a printed table or a warning may quote a record. The exhibits went through the door;
everything else is dropped before the notebook is written anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from youthviolence import errors
from youthviolence.exhibits.exhibit import MIME
from youthviolence.exhibits.unrecorded import MIME as LEFT_OUT

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_OURS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.YouthViolenceError)
}


def scrub(notebook: Any) -> None:
    """Drop from an executed notebook, in place, every output that is not an exhibit.

    Of an error its type stays, and its message where `told` lets it out.
    """
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        if cell.cell_type == "code":
            cell.outputs = [kept for one in cell.outputs if (kept := _kept(one)) is not None]
    notebook.metadata.pop("widgets", None)


def _kept(output: Any) -> Any:
    if output.output_type == "error":
        message = told(output.ename, output.evalue, output.traceback)
        output.evalue = message.partition(": ")[2]
        output.traceback = [message]
        return output
    return output if {MIME, LEFT_OUT} & output.get("data", {}).keys() else None


def told(name: str, message: str, traceback: Sequence[str]) -> str:
    """Return an error as it may be shown: its type, and its message if the package wrote it.

    The package's messages hold no value of a record, by rule and by test. Other libraries have
    errors of the same names, so the last frame of the traceback must be the package's too.
    """
    plain = _ANSI.sub("", "\n".join(traceback))
    frames = re.findall(r"^(?:File .+?:\d+|Cell In\[)", plain, re.MULTILINE)
    ours = bool(frames) and re.search(r"[/\\]youthviolence[/\\]", frames[-1]) is not None
    return f"{name}: {message}" if name in _OURS and ours else name
