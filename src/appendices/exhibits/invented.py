"""Which numbers of synthetic people the published figures fix, and which the solver chose.

A count is *calibrated* where every group of people that meets the published figures has it, and
*invented* where one may have another. What is computed from counts is invented where an invented
count changes how it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

import numpy as np
import pandas as pd

from appendices.counts import CountTable
from appendices.errors import AppendicesError
from appendices.exhibits.marks import INVENTED, counting_columns, flag_of
from appendices.exhibits.shown import Derive, ShownTable

Write: TypeAlias = Callable[[pd.DataFrame], Mapping[str, Sequence[str]]]
CANNOT_BE_MADE = (AppendicesError, ArithmeticError, LookupError, TypeError, ValueError)

# Beside counts, what may be shown of invented ones; a test, an interval of a comparison or a model
# is not given.
_SHARES = re.compile(r"(.*_)?(percent|share)(_lowest|_highest)?|outer_(low|high)")
_DESCRIPTIONS = re.compile(r"mean|sd|median|(lower|upper)_quartile|width|difference")
_ANSWERS = {"verdict", "answer", "conclusion"}


@dataclass(frozen=True)
class Choice:
    """What an exhibit shows of counts of which the solver chose some.

    Parameters
    ----------
    frame
        The table, without what is not given of invented counts.
    invented
        For each of its cells whether it is an invented number.
    not_given
        For each of its cells whether nothing is given because it would be.
    ranges
        For each row what its invented counts can be, as text.
    counted
        How many ``numbers`` are made of counts, how many of these are ``invented``, and in how many
        places one is ``not_given``.
    """

    frame: pd.DataFrame
    invented: pd.DataFrame
    not_given: pd.DataFrame
    ranges: tuple[str, ...]
    counted: Mapping[str, int]

    @property
    def says_any(self) -> bool:
        """Whether anything is invented, or not given because it would be."""
        return self.counted["invented"] + self.counted["not_given"] > 0

    @property
    def all_invented(self) -> bool:
        """Whether no number that is made of counts is calibrated."""
        return self.says_any and self.counted["numbers"] == self.counted["invented"]

    def on(self, shown: ShownTable) -> ShownTable:
        """Return the table of the exhibit with flags and marks of what is invented."""
        marks = shown.marks
        if not marks.index.equals(self.frame.index):
            marks = pd.DataFrame("", index=self.frame.index, columns=self.frame.columns)
        return replace(shown, frame=self.flagged, marks=marks.mask(self.not_given, INVENTED))

    @property
    def flagged(self) -> pd.DataFrame:
        """The table with a column of flags beside each column that has invented numbers."""
        some = [str(name) for name in self.frame if self.invented[name].any()]
        flags = {flag_of(name): self.invented[name].to_numpy() for name in some}
        return self.frame.assign(**flags)

    @property
    def said(self) -> list[str]:
        """For each row which of its numbers are invented, and what its counts can be."""
        names = self.invented.columns
        rows = [[str(one) for one in names[flags]] for flags in self.invented.to_numpy(dtype=bool)]
        return [
            "; ".join([", ".join(row), *([span] if span else [])]) if row else ""
            for row, span in zip(rows, self.ranges, strict=True)
        ]


def find_invented(
    data: CountTable, derive: Derive | None, frame: pd.DataFrame, write: Write
) -> Choice | None:
    """Return what is invented of an exhibit's table; None where the counts are of no such people.

    `frame` is what `derive` makes of the counts, and `write` gives the texts of its columns.
    """
    if all(one.ranges is None for one in data.origins):
        return None
    least, most = _ends(data)
    is_open = least.isna() | (least != most)
    make = derive or (lambda table: table)
    try:
        known = make(_with_counts(data, least.mask(is_open)))
    except CANNOT_BE_MADE:
        known = frame.iloc[:0]
    rows = _rows_of(frame, known)
    if len(known) and (rows < 0).all() and not _of_counts(frame):
        return _without(known)
    held = known.reindex(columns=frame.columns).iloc[np.maximum(rows, 0)] if len(known) else None
    numbers = [str(name) for name in frame if _is_number(frame[name])]
    lost = pd.DataFrame(data=False, index=frame.index, columns=frame.columns)
    for name in numbers:
        same = np.zeros(len(frame), dtype=bool)
        if held is not None:
            same = (rows >= 0) & _equal(frame[name], held[name])
        lost[name] = ~same & frame[name].notna().to_numpy()
    shared = [name for name in numbers if _is_share(str(name), frame)]
    if lost[shared].any(axis=None):
        lost[shared] &= ~_written_alike(data, make, frame, write, (least, most), lost[shared])
    return _choice(frame, held, rows, lost, _spans(frame, data, least, most))


def _choice(
    frame: pd.DataFrame,
    held: pd.DataFrame | None,
    rows: np.ndarray,
    lost: pd.DataFrame,
    spans: tuple[str, ...],
) -> Choice:
    """Return the table with what depends on invented counts marked, or as it is without them."""
    shown = _of_counts(frame)
    tested = lost.drop(columns=shown).any(axis=None)
    given, invented = frame.copy(), lost.copy()
    not_given = pd.DataFrame(data=False, index=frame.index, columns=frame.columns)
    for name in (name for name in frame if name not in shown):
        invented[name] = False
        if lost[name].any():
            not_given[name] = lost[name]
            given[name] = frame[name].astype("Float64").mask(lost[name])
        if held is not None and (tested or name in _ANSWERS):
            # What was adjusted for, or said in words, with no more than the calibrated counts.
            there = (rows >= 0) & held[name].notna().to_numpy()
            given[name] = given[name].where(~there, held[name].set_axis(frame.index))
    counted = {
        "numbers": int(frame[shown].notna().to_numpy().sum()),
        "invented": int(invented.to_numpy().sum()),
        "not_given": int(not_given.to_numpy().sum()),
    }
    return Choice(given, invented, not_given, spans, counted)


def _without(known: pd.DataFrame) -> Choice:
    """Return what can be said with the calibrated counts alone."""
    absent = pd.DataFrame(
        {name: known[name].isna() & _is_number(known[name]) for name in known}, index=known.index
    )
    none = pd.DataFrame(data=False, index=known.index, columns=known.columns)
    counted = {"numbers": 0, "invented": 0, "not_given": int(absent.to_numpy().sum())}
    return Choice(known, none, absent, ("",) * len(known), counted)


def _of_counts(frame: pd.DataFrame) -> list[str]:
    """Return the columns of numbers that may be shown of invented counts."""
    counts = set(counting_columns(frame))
    return [
        str(name) for name in frame
        if _is_number(frame[name])
        and (name in counts or _is_share(str(name), frame) or _DESCRIPTIONS.fullmatch(str(name)))
    ]  # fmt: skip


def _ends(data: CountTable) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the least and the most of each count, NA where that is not known."""
    spans = data.ranges
    ends = []
    for end in (0, 1):
        cells = [[pd.NA if one is None else one[end] for one in row] for row in spans]
        ends.append(pd.DataFrame(cells, columns=list(data.columns), dtype="Int64"))
    return ends[0], ends[1]


def _with_counts(data: CountTable, counts: pd.DataFrame) -> pd.DataFrame:
    """Return the table as shown with other counts."""
    return data.frame.assign(**{str(name): counts[name] for name in counts})


def _rows_of(frame: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """Return the place in `other` of each row of `frame`, -1 where it is not there.

    Rows are known by their texts, which invented numbers may have put into another order.
    """
    texts = [
        name for name in frame
        if name in other and not _is_number(frame[name]) and not _is_number(other[name])
    ]  # fmt: skip
    if len(frame) == len(other) and frame[texts[:1]].equals(other[texts[:1]]):
        return np.arange(len(frame))
    for names in (texts[:1], texts):
        if not names:
            break
        own, keys = (pd.MultiIndex.from_frame(one[names].astype("str")) for one in (frame, other))
        if own.is_unique and keys.is_unique:
            return keys.get_indexer(own)
    return np.full(len(frame), -1)


def _written_alike(
    data: CountTable,
    make: Derive,
    frame: pd.DataFrame,
    write: Write,
    ends: tuple[pd.DataFrame, pd.DataFrame],
    lost: pd.DataFrame,
) -> pd.DataFrame:
    """Return which shares in doubt are written the same wherever the counts lie.

    A share rises with its count and falls with its base, so that the ends of the ranges are
    enough, each column of counts at either end.
    """
    alike, names = lost.copy(), [str(name) for name in lost]
    shown = write(frame)
    for counts in _corners(*ends):
        try:
            other = make(_with_counts(data, counts))
        except CANNOT_BE_MADE:
            return alike & False
        rows = _rows_of(frame, other)
        texts = write(other)
        for name in names:
            there = [texts[name][row] if row >= 0 else "" for row in rows]
            alike[name] &= np.array(there) == np.array(shown[name])
        if not alike.any(axis=None):
            break
    return alike


def _corners(least: pd.DataFrame, most: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield tables of counts in which each column is at the lower or at the upper end."""
    bases = [name for name in least if str(name).startswith("base")]
    is_open = [str(name) for name in least if not least[name].equals(most[name])]
    for ends in product((least, most), repeat=len(is_open)):
        table = least.assign(**{name: end[name] for name, end in zip(is_open, ends, strict=True)})
        for name in (name for name in table if bases and name not in bases):
            table[name] = table[[name, *bases]].min(axis=1, skipna=False)
        yield table


def _spans(
    frame: pd.DataFrame, data: CountTable, least: pd.DataFrame, most: pd.DataFrame
) -> tuple[str, ...]:
    """Return for each row of the exhibit what its open counts can be, where the rows agree."""
    rows = _rows_of(frame, data.frame)
    said = []
    for row in rows:
        parts = [
            f"{name} {least[name].iloc[row]} to {most[name].iloc[row]}"
            for name in least
            if row >= 0 and name in frame and pd.notna(least[name].iloc[row])
            and least[name].iloc[row] != most[name].iloc[row]
        ]  # fmt: skip
        said.append(", ".join(parts))
    return tuple(said)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _is_share(name: str, frame: pd.DataFrame) -> bool:
    beside = name in {"low", "high"} and ("percent" in frame or "mean" in frame)
    return beside or bool(_SHARES.fullmatch(name))


def _equal(one: pd.Series, other: pd.Series) -> np.ndarray:
    first, second = (
        values.to_numpy(dtype=float, na_value=np.nan) for values in (one, pd.to_numeric(other))
    )
    return np.asarray((first == second) | (np.isnan(first) & np.isnan(second)))
