"""What one exhibit is, and how it travels inside a notebook's output."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from appendices.errors import NotebookError, UsageError
from appendices.exhibits.marks import INVENTED
from appendices.exhibits.text import Cells
from appendices.types import Basis, Sensitivity

MIME = "application/vnd.appendices.exhibit+json"
BASIS_COLUMN = "exhibit_basis"  # the last column of every exhibit's CSV
Kind = Literal["figure", "table"]


@dataclass(frozen=True)
class Exhibit:
    """A numbered figure or table with everything a page or an appendix needs of it.

    ``csv`` is the table it was drawn from, after protection, with its basis in the last column.
    ``svg`` is text and ``png`` is base64; both are empty for a table. ``symbols`` explains the
    marks in ``table_html``; ``marks`` are those of the CSV's empty cells, each with its row and
    column. ``cells`` names each protected count in it, by a hash that says nothing of it. ``base``
    is how many people its counts are of, as shown: "60", or "15 to 60". ``interactive`` is what a
    page needs to let a reader explore the figure. ``written`` holds the shown cells as texts, and
    the keys of their rows. ``invented`` says how many of the numbers made of counts of synthetic
    people the solver chose.
    """

    id: str
    kind: Kind
    notebook: str
    source_exhibit: str | None
    headline: str
    subtitle: str
    sources: tuple[str, ...]
    basis: Basis
    sensitivity: Sensitivity
    policy: str
    alt: str
    note: str
    csv: str
    table_html: str
    symbols: Mapping[str, str]
    svg: str = ""
    png: str = ""
    interactive: Mapping[str, Any] | None = None
    marks: Sequence[tuple[int, int, str]] = ()
    cells: Sequence[str] = ()
    base: str = ""
    written: Mapping[str, Any] | None = None
    invented: Mapping[str, int] | None = None

    @property
    def as_texts(self) -> Cells:
        """The shown table's cells as texts, for placeholders in prose."""
        return Cells(**self.written) if self.written else Cells(None, {})

    def as_json(self) -> dict[str, Any]:
        """Return the exhibit as plain JSON values."""
        return asdict(self)


def read_exhibit(content: Mapping[str, Any]) -> Exhibit:
    """Return the exhibit that a notebook's output holds; left-over keys are refused."""
    names = {one.name for one in fields(Exhibit)}
    if set(content) - names:
        raise NotebookError("an exhibit in the notebook was made by another version; run it again.")
    return Exhibit(**{**content, "sources": tuple(content["sources"])})


def basis_line(
    basis: Basis, levels: Collection[Sensitivity], *, some_invented: bool = False
) -> str:
    """Return the line that every drawing carries: whom it is about and where its numbers are from.

    `levels` are the sensitivities of the data sets behind it; `some_invented` explains the mark.

    >>> basis_line("calibrated", ["synthetic"])
    'Synthetic people: no record is of a real person. Basis: calibrated.'
    """
    if some_invented:
        return f"{basis_line(basis, levels)} {INVENTED}: invented."
    if "synthetic" not in levels:
        return f"Basis: {basis}."
    if "confidential" in levels:
        return f"Synthetic people beside records of real people. Basis: {basis}."
    return f"Synthetic people: no record is of a real person. Basis: {basis}."


def basis_cell(basis: Basis, levels: Collection[Sensitivity]) -> str:
    """Return what every row of an exhibit's CSV says of its basis, as `basis_line` in short."""
    return f"{basis}, synthetic people" if "synthetic" in levels else basis


def require_text(**texts: str) -> None:
    """Refuse an exhibit that lacks one of the texts every reader needs."""
    for name, text in texts.items():
        if not text.strip():
            raise UsageError(f"an exhibit needs {name}: it was empty.")
