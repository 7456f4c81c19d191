"""Counts of people that carry who is behind them, as one additive key for each count.

Every exhibit about people is made from a `CountTable`. Its true counts and its keys live in arrays
inside it; what anyone gets out of it is a frame of shown counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.errors import UsageError, unknown
from appendices.origin import Condition, Count, Origin, Protection, total

POOLED = "other combinations"


@dataclass(frozen=True, eq=False)
class CountTable:
    """A table of counts of people: labels, and for each row one or more counts.

    Parameters
    ----------
    labels
        One row a cell, columns of text.
    counts
        For each row a count a column of `columns`.
    columns
        Names of the count columns.
    origins
        The cohort that each row is counted from.
    partition
        The label columns that together divide people: nobody is in two rows that agree in the
        others. Along these, and nowhere else, counts add.
    only_met
        Whether there is a row only where there is somebody. Then rows that may not be shown stand
        together as one, `POOLED`.

    Examples
    --------
    >>> table = tabulate(people, ["sex"])
    >>> table[table["kind"] == "recorded"].frame["n"]
    """

    labels: pd.DataFrame
    counts: tuple[tuple[Count, ...], ...] = field(repr=False)
    columns: tuple[str, ...]
    origins: tuple[Origin, ...] = field(repr=False)
    partition: tuple[str, ...] = ()
    only_met: bool = False

    @cached_property
    def _visible(self) -> CountTable:
        """The table with rows that may not be shown put together, where a row by itself tells."""
        if not self.only_met:
            return self
        hidden = self._shown[:, 0] < 0
        visible = replace(self._rows(~hidden), only_met=False)
        if not hidden.any():
            return visible
        row = pd.DataFrame([dict.fromkeys(self.labels, POOLED)]).astype(
            self.labels.dtypes.to_dict()
        )
        gone = [counts for counts, hid in zip(self.counts, hidden, strict=True) if hid]
        return replace(
            visible,
            labels=pd.concat([visible.labels, row], ignore_index=True),
            counts=(*visible.counts, tuple(total(column) for column in zip(*gone, strict=True))),
            origins=(*visible.origins, self.origins[0]),
        )

    @cached_property
    def _numbers(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        shape = len(self.counts), len(self.columns)
        n = np.array([[one.n for one in row] for row in self.counts], dtype=np.int64)
        keys = np.array([[one.key for one in row] for row in self.counts], dtype=np.uint64)
        return n.reshape(shape), keys.reshape(shape)

    @cached_property
    def _shown(self) -> NDArray[np.int64]:
        """The shown counts, -1 where a count is few."""
        n, keys = self._numbers
        shown = n.copy()
        for origin in {id(one): one for one in self.origins}.values():
            if origin.protection is not None:
                rows = np.array([one is origin for one in self.origins])
                shape = n[rows].shape
                found = origin.protection.show(n[rows].ravel(), keys[rows].ravel())
                shown[rows] = found.reshape(shape)
        return shown

    @property
    def frame(self) -> pd.DataFrame:
        """Labels and shown counts, NA where a count is few: all that ever leaves the table."""
        table = self._visible
        frame = table.labels.copy()
        for name, column in zip(table.columns, table._shown.T, strict=True):
            frame[name] = pd.array(column, dtype="Int64")
            frame[name] = frame[name].mask(column < 0)
        return frame

    def against_shown(self) -> pd.DataFrame:
        """Return each true count beside the shown one: for the holder of the data alone."""
        table = self._visible
        frame, shown = table.labels.copy(), table.frame
        for name, column in zip(table.columns, table._numbers[0].T, strict=True):
            frame[f"{name}_true"], frame[f"{name}_shown"] = column, shown[name]
        return frame

    @property
    def cell_ids(self) -> list[str]:
        """A name for each different protected count that says nothing of it, sorted."""
        table, found = self._visible, set()
        n, keys = table._numbers
        for row, origin in enumerate(table.origins):
            if origin.protection is not None:
                found |= {*origin.protection.cell_ids(n[row], keys[row])}
        return sorted(found)

    @property
    def protection(self) -> Protection | None:
        """What protects the counts, None where nothing has to."""
        return next((one.protection for one in self.origins if one.protection), None)

    @property
    def conditions(self) -> list[tuple[Condition | None, ...]]:
        """What is true of everybody in each count, row by row; None where it is not known."""
        return [tuple(one.condition for one in row) for row in self._visible.counts]

    @property
    def ranges(self) -> list[tuple[tuple[int, int] | None, ...]]:
        """What each count can be, row by row; see `Origin.range_of`."""
        table = self._visible
        return [
            tuple(origin.range_of(one) for one in row)
            for origin, row in zip(table.origins, table.counts, strict=True)
        ]

    def __len__(self) -> int:
        return len(self._visible.labels)

    def __contains__(self, column: str) -> bool:
        return column in self.labels or column in self.columns

    def __getitem__(self, chosen: Any) -> Any:
        """Return a column as shown, or the table with fewer rows or columns.

        A name gives a column; a list of names the table with these; a boolean for each row, or a
        slice, the table with these rows.
        """
        table = self._visible
        if isinstance(chosen, str):
            frame = table.frame
            if chosen not in frame:
                raise unknown("column of a table of counts", chosen, map(str, frame.columns))
            return frame[chosen]
        if isinstance(chosen, slice):
            return table._rows(np.arange(len(table.labels))[chosen])
        if isinstance(chosen, list) and all(isinstance(one, str) for one in chosen):
            return table._select(chosen)
        mask = pd.array(chosen, dtype="boolean").fillna(value=False)
        return table._rows(np.asarray(mask, dtype=bool))

    def _rows(self, chosen: NDArray[Any]) -> CountTable:
        places = np.arange(len(self.labels))[chosen]
        return replace(
            self,
            labels=self.labels.iloc[places].reset_index(drop=True),
            counts=tuple(self.counts[place] for place in places),
            origins=tuple(self.origins[place] for place in places),
        )

    def _select(self, names: Sequence[str]) -> CountTable:
        for name in names:
            if name not in self:
                raise unknown("column of a table of counts", name, [*self.labels, *self.columns])
        kept = [place for place, name in enumerate(self.columns) if name in names]
        return replace(
            self,
            labels=self.labels[[name for name in self.labels if name in names]],
            counts=tuple(tuple(row[place] for place in kept) for row in self.counts),
            columns=tuple(self.columns[place] for place in kept),
            partition=tuple(name for name in self.partition if name in names)
            if set(self.partition) <= set(names)
            else (),
        )

    def replace(self, labels: Mapping[str, Mapping[str, str]]) -> CountTable:
        """Return the table with other words for labels: column to old label to new one."""
        table = self._visible
        for name, words in labels.items():
            if name not in table.labels:
                raise unknown("column of labels", name, table.labels.columns)
            _check_words(name, words.values())
        return replace(table, labels=table.labels.replace(labels), partition=())

    def assign(self, **columns: str | Sequence[str | None]) -> CountTable:
        """Return the table with more columns of text, or others in their place; never of counts.

        Raises
        ------
        UsageError
            A column of numbers, or of text that holds numbers and nothing else: a number about
            people comes out of a count, where it is protected.
        """
        table = self._visible
        words: dict[str, Any] = {}
        for name, values in columns.items():
            if name in table.columns:
                raise UsageError(f"{name!r} is a column of counts, which nothing else can make.")
            words[name] = values if isinstance(values, str) else list(values)
            _check_words(name, [values] if isinstance(values, str) else values)
        labels = table.labels.assign(**words).astype(dict.fromkeys(words, "str"))
        return replace(table, labels=labels, partition=())

    def rename(self, columns: Mapping[str, str]) -> CountTable:
        """Return the table with other names of columns."""
        table = self._visible
        return replace(
            table,
            labels=table.labels.rename(columns=dict(columns)),
            columns=tuple(columns.get(name, name) for name in table.columns),
            partition=tuple(columns.get(name, name) for name in table.partition),
        )

    def summed(self, over: Sequence[str]) -> CountTable:
        """Return the table with the counts added along these columns.

        Raises
        ------
        UsageError
            When somebody could be in two of the rows that would be added.
        """
        if not over or not set(over) <= set(self.partition):
            raise UsageError(
                f"counts add along {', '.join(self.partition) or 'no column of this table'}, "
                f"got {', '.join(over)}: nobody may be counted twice."
            )
        rest = [name for name in self.labels if name not in over]
        groups: dict[tuple[Any, ...], list[int]] = {}
        for place, key in enumerate(self.labels[rest].itertuples(index=False, name=None)):
            groups.setdefault((*key, id(self.origins[place])), []).append(place)
        first = [places[0] for places in groups.values()]
        parts = ([self.counts[place] for place in places] for places in groups.values())
        sums = tuple(tuple(total(column) for column in zip(*part, strict=True)) for part in parts)
        return replace(
            self,
            labels=self.labels[rest].iloc[first].reset_index(drop=True),
            counts=sums,
            origins=tuple(self.origins[place] for place in first),
            partition=tuple(name for name in self.partition if name not in over),
        )


def less(whole: CountTable, part: CountTable) -> CountTable:
    """Return the counts of everybody in `whole` who is not in `part`, row by row.

    Raises
    ------
    UsageError
        When the rows differ, or a row of `part` is not known to be a part of that of `whole`.
    """
    alike = whole.labels.equals(part.labels) and whole.columns == part.columns
    if not alike or any(a is not b for a, b in zip(whole.origins, part.origins, strict=True)):
        raise UsageError("a part and its whole have the same rows, columns and cohort.")
    for big, small in zip(whole.counts, part.counts, strict=True):
        for one, other in zip(big, small, strict=True):
            known = one.condition is not None and other.condition is not None
            if not known or not one.condition <= other.condition:  # type: ignore[operator]
                raise UsageError("what is taken away has to be a part of what it is taken from.")
    rest = tuple(
        tuple(one - other for one, other in zip(big, small, strict=True))
        for big, small in zip(whole.counts, part.counts, strict=True)
    )
    return replace(whole, counts=rest)


def stack(tables: Sequence[CountTable]) -> CountTable:
    """Return tables with the same columns, one below the other.

    Nothing adds in it any more: somebody may be in rows of two of them.
    """
    shown = [table._visible for table in tables]
    if not shown or any(table.columns != shown[0].columns for table in shown):
        raise UsageError("tables that are stacked have the same columns of counts.")
    return CountTable(
        labels=pd.concat([table.labels for table in shown], ignore_index=True),
        counts=tuple(row for table in shown for row in table.counts),
        columns=shown[0].columns,
        origins=tuple(one for table in shown for one in table.origins),
    )


def _check_words(name: str, values: Iterable[str | None]) -> None:
    """Refuse labels that are no words: a number about people is a count."""
    for value in values:
        if pd.isna(value):
            continue
        if not isinstance(value, str) or re.fullmatch(r"[\s\d.,%+\-]*\d[\s\d.,%]*", value):
            raise UsageError(
                f"column {name!r} of a table of counts: expected words, found a number. What is "
                "computed is derived from the shown counts."
            )
