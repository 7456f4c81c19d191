"""How a notebook ended, and how its failure is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from appendices.errors import NotebookError
from appendices.runs.trace import Read


@dataclass(frozen=True)
class Limits:
    """What one notebook may use: seconds in all, gigabytes of memory, megabytes of printed text."""

    seconds: float | None = 3600.0
    memory_gb: float = 8.0
    printed_mb: float = 5.0


@dataclass(frozen=True)
class Failure:
    """Why a notebook stopped: its cell (from 1; 0 when none), the cause, the traceback's end."""

    cell: int
    cause: str
    traceback: str


@dataclass(frozen=True)
class Outcome:
    """An executed notebook as JSON text, how long it took, its failure if it failed, what it read.

    `private` says that it read confidential data under a policy that does not show records.
    """

    content: str
    seconds: float
    failure: Failure | None
    reads: tuple[Read, ...] = ()
    private: bool = False


@dataclass(frozen=True)
class Result:
    """How one notebook ended: its state, its time, and for a failure the cell and the cause."""

    notebook: str
    status: str  # complete | failed
    seconds: float
    error: str = ""


class PageError(NotebookError):
    """A notebook ran, but what it shows cannot become a page: `notebook`, and what it `says`."""

    def __init__(self, notebook: str, says: str) -> None:
        super().__init__(f"{notebook}: {says}")
        self.notebook, self.says = notebook, says


def raise_for(failures: Mapping[str, Failure], kept: Mapping[str, str]) -> None:
    """Raise the error that tells which notebooks failed, at which cell, why, and what is kept."""
    if not failures:
        return
    parts = []
    for name, failure in failures.items():
        where = f"{name}, cell {failure.cell}" if failure.cell else name
        text = f"{where}: {failure.cause}"
        if failure.traceback:
            text += "\n" + "\n".join(f"    {line}" for line in failure.traceback.splitlines())
        if name in kept:
            text += f"\n    kept with its error: {kept[name]}"
        parts.append(text)
    head = "1 notebook failed" if len(parts) == 1 else f"{len(parts)} notebooks failed"
    raise NotebookError(f"{head}; the others finished.\n" + "\n".join(parts))
