"""Whom a count counts: kept in memory beside the counts of a cohort that must be protected.

A reader who holds several tables against one another works with what the counts have in common.
What they have in common is the people in them. So for a cohort that is followed (`follow`), each
count remembers its people as a bit for each person, and a table of counts remembers the
counts of each of its rows by its index. Selecting, sorting, relabelling and joining rows keeps the
index; where it is lost, the counts are merely unknown to `behind`.

Who is in a count never leaves the memory of the process. What may be written is its `Counted.id`,
a hash under a key made from the cohort itself: the same people have the same one in every table,
and who has not the cohort can tell nothing from it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

Partition: TypeAlias = tuple["Counted", ...]

_FEW = 2  # attributes in an ordinary table
_FIRST = 1 << 40  # so that no ordinary index is taken for one of these
_rows: dict[int, Mapping[str, Counted]] = {}
_only_met: set[int] = set()


@dataclass
class _Seen:
    """What was counted of a cohort: its attributes one by one, and every tabulation.

    `crossed` are the tabulations of so many attributes at once that most combinations are empty.
    """

    columns: dict[str, Partition] = field(default_factory=dict)
    tabulated: dict[tuple[int, ...], Partition] = field(default_factory=dict)
    crossed: set[tuple[int, ...]] = field(default_factory=set)


@dataclass(frozen=True)
class Cohort:
    """The cohort that a frame's rows are people of; stands as the name of the frame's index."""

    name: str
    people: int
    key: bytes = field(repr=False)
    seen: _Seen = field(default_factory=_Seen, repr=False, compare=False)


class Counted(int):
    """A count that knows its people: bit i of `who` stands for person i of `cohort`."""

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

    @cached_property
    def id(self) -> str:
        """A name for these people that says nothing of them."""
        size = self.cohort.people // 8 + 1
        made = blake2b(self.who.to_bytes(size, "little"), key=self.cohort.key, digest_size=12)
        return made.hexdigest()


def follow(
    frame: pd.DataFrame, name: str, columns: Iterable[str], recorded: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the cohort `frame`, one row a person, so that whatever is counted from it is known.

    The same people give the same ids whatever the cohort is called and in whatever order its rows
    stand: the key is made from the rows, sorted.

    Parameters
    ----------
    columns
        The attributes that a reader knows the definition of.
    recorded
        The attributes as recorded, where `frame` has categories put together.
    """
    columns = list(columns)
    recorded = frame if recorded is None else recorded
    known = [name for name in sorted(columns) if name in recorded]
    rows = recorded[known].to_csv(index=False, header=False, lineterminator="\n").splitlines()
    order = sorted(range(len(rows)), key=rows.__getitem__)
    text = "\n".join([*known, *(rows[place] for place in order)])
    cohort = Cohort(name, len(frame), blake2b(text.encode()).digest())
    place = np.empty(len(frame), dtype=np.int64)
    place[order] = np.arange(len(frame))
    frame = frame.set_axis(pd.Index(place, name=cohort), axis=0)
    for column in columns:
        codes, _ = pd.factorize(frame[column])
        cohort.seen.columns[column] = partition(frame, codes)
    return frame


def followed(frame: Any) -> Cohort | None:
    """Return the cohort that the rows of `frame` are people of, None where it is not followed."""
    name = getattr(getattr(frame, "index", None), "name", None)
    return name if isinstance(name, Cohort) else None


def partition(frame: pd.DataFrame, code: np.ndarray, attributes: int = 1) -> Partition:
    """Return the count of each number in `code`, which has one for each row, in order.

    `attributes` is how many attributes the numbers stand for.
    """
    cohort = followed(frame)
    if cohort is None:
        raise ValueError("the people of this frame are not followed")
    place = frame.index.to_numpy()
    found = []
    for one in np.unique(code):
        bits = np.zeros(cohort.people, dtype=bool)
        bits[place[code == one]] = True
        who = int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
        found.append(Counted(who, cohort))
    key = tuple(one.who for one in found)
    if attributes > _FEW:
        cohort.seen.crossed.add(key)
    return cohort.seen.tabulated.setdefault(key, tuple(found))


def remember(
    table: pd.DataFrame, rows: Sequence[Mapping[str, Any]], *, only_met: bool = False
) -> pd.DataFrame:
    """Return `table` with an index by which its counts are known, where any of them is.

    Parameters
    ----------
    rows
        The counts of each row by column.
    only_met
        Whether the table lists what was met and nothing else, so that a row by itself says that
        there is somebody.
    """
    known = [{name: one for name, one in row.items() if isinstance(one, Counted)} for row in rows]
    if not any(known):
        return table
    first = _FIRST + len(_rows)
    tokens = range(first, first + len(known))
    _rows.update(zip(tokens, known, strict=True))
    if only_met:
        _only_met.update(tokens)
    return table.set_axis(pd.Index(tokens), axis=0)


def behind(token: Hashable) -> Mapping[str, Counted]:
    """Return the counts of a row by its index, an empty mapping where they are not known."""
    return _rows.get(int(token), {}) if isinstance(token, int | np.integer) else {}


def lists_only_met(table: pd.DataFrame) -> bool:
    """Return whether every row of a table of counts is there because somebody is in it."""
    return len(table) > 0 and all(token in _only_met for token in table.index)


def together(tokens: Iterable[Hashable], column: str = "n") -> int:
    """Return the sum of a column over rows whose people are known, as a count of all of them."""
    total = 0
    for token in tokens:
        total = total + behind(token).get(column, 0)
    return total
