"""Whom a count counts: kept in memory beside the counts of a cohort that must be protected.

A reader who holds several tables against one another works with what the counts have in common.
What they have in common is the people in them. So for a cohort that is followed (`follow`), each
count remembers its people as a bit for each row of the cohort, and a table of counts remembers the
counts of each of its rows by its index. Selecting, sorting, relabelling and joining rows keeps the
index; where it is lost, the counts are merely unknown to `behind`.

Nothing of this is ever written to a file.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

_FIRST = 1 << 40  # so that no ordinary index is taken for one of these
_rows: dict[int, Mapping[str, Counted]] = {}


@dataclass(frozen=True)
class Cohort:
    """The cohort that a frame's rows are people of; stands as the name of the frame's index."""

    name: str
    people: int


class Counted(int):
    """A count that knows its people: bit i of `who` stands for row i of `cohort`."""

    who: int
    cohort: Cohort

    def __new__(cls, who: int, cohort: Cohort) -> Counted:
        """Return the count of the people in `who`."""
        made = super().__new__(cls, who.bit_count())
        made.who, made.cohort = who, cohort
        return made

    def __add__(self, other: int) -> int:
        """Add the count of other people of the same cohort; anything else gives a plain number."""
        if isinstance(other, Counted):
            apart = self.cohort == other.cohort and not self.who & other.who
            return Counted(self.who | other.who, self.cohort) if apart else int(self) + int(other)
        return int(self) + other if other else self

    __radd__ = __add__


def follow(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the cohort `frame`, one row a person, so that whatever is counted from it is known."""
    index = pd.RangeIndex(len(frame), name=Cohort(name, len(frame)))
    return frame.set_axis(index, axis=0)


def followed(frame: Any) -> Cohort | None:
    """Return the cohort that the rows of `frame` are people of, None where it is not followed."""
    index = getattr(frame, "index", None)
    name = getattr(index, "name", None)
    return name if isinstance(name, Cohort) else None


def counted(frame: pd.DataFrame, cell: np.ndarray, cohort: Cohort) -> dict[int, Counted]:
    """Return the count of each number in `cell`, which has one for each row of `frame`."""
    place = frame.index.to_numpy()
    found = {}
    for code in np.unique(cell):
        bits = np.zeros(cohort.people, dtype=bool)
        bits[place[cell == code]] = True
        who = int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
        found[int(code)] = Counted(who, cohort)
    return found


def remember(table: pd.DataFrame, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return `table` with an index by which its counts are known, where any of them is.

    `rows` gives the counts of each row by column.
    """
    known = [
        {name: one for name, one in row.items() if isinstance(one, Counted)} for row in rows
    ]
    if not any(known):
        return table
    tokens = range(_FIRST + len(_rows), _FIRST + len(_rows) + len(known))
    _rows.update(zip(tokens, known, strict=True))
    return table.set_axis(pd.Index(tokens), axis=0)


def behind(token: Hashable) -> Mapping[str, Counted]:
    """Return the counts of a row by its index, an empty mapping where they are not known."""
    return _rows.get(token, {}) if isinstance(token, int | np.integer) else {}


def together(tokens: Iterable[Hashable], column: str = "n") -> int:
    """Return the sum of a column over rows, as a count of their people where all are known."""
    total: int = 0
    for token in tokens:
        total = behind(token).get(column, -1) + total
        if not isinstance(total, Counted) and total:
            return -1
    return total


def everything_counted() -> list[Counted]:
    """Return each count that was made of a followed cohort, shown or not."""
    return [one for row in _rows.values() for one in row.values()]
