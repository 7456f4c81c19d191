"""What was found wrong in a data set: where and which rule, never what a cell holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import SupportsInt

import numpy as np
from numpy.typing import NDArray

from appendices.errors import DataError

MOST_ROWS_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """One broken rule: where, and what was expected; never what the cell holds."""

    file: str
    column: str | None
    rule: str
    rows: tuple[int, ...] = ()
    count: int = 0

    def __str__(self) -> str:
        """Return the finding as one line."""
        place = self.file
        if self.rows:
            more = f" and {self.count - len(self.rows)} more" if self.count > len(self.rows) else ""
            noun = "row" if self.count == 1 else "rows"
            place += f", {noun} {', '.join(map(str, self.rows))}{more}"
        if self.column:
            place += f", column {self.column!r}"
        return f"{place}: {self.rule}"


def finding_in_rows(
    file: str, column: str | None, rule: str, rows: Sequence[SupportsInt] | NDArray[np.intp]
) -> Finding:
    """Return the finding that these rows of the file break a rule; the first few are named."""
    return Finding(file, column, rule, tuple(map(int, rows[:MOST_ROWS_NAMED])), len(rows))


def data_error(findings: Iterable[Finding], advice: str = "") -> DataError:
    """Return the error that lists `findings`, one a line."""
    lines = [str(finding) for finding in findings]
    head = "1 rule is broken" if len(lines) == 1 else f"{len(lines)} rules are broken"
    tail = f"\n{advice}" if advice else ""
    return DataError(f"{head}:\n" + "\n".join(f"  {line}" for line in lines) + tail)
