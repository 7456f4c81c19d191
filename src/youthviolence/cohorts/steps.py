"""Small steps between a table of counts and what is shown of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import pandas as pd

from appendices.errors import unknown

Step: TypeAlias = Callable[[pd.DataFrame], pd.DataFrame]


def chain(*steps: Step) -> Step:
    """Return the function that takes a table through `steps`, the first one first."""

    def through(table: pd.DataFrame) -> pd.DataFrame:
        for step in steps:
            table = step(table)
        return table

    return through


def keep(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return `columns` of a table, in the order given."""
    for name in columns:
        if name not in table:
            raise unknown("column", name, table.columns)
    return table[list(columns)]


def only(table: pd.DataFrame, column: str, values: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a table that have one of `values` in a column."""
    return table[table[column].isin(values)].reset_index(drop=True)


def label(table: pd.DataFrame, columns: Sequence[str], separator: str = ", ") -> pd.DataFrame:
    """Add a first column ``label``: the texts of `columns`, joined."""
    texts = table[list(columns)].astype("str").agg(separator.join, axis=1)
    return table.assign(label=texts)[["label", *table.columns]]


def ranked(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return a table from the largest to the smallest of `by`; unknown numbers come last."""
    return table.sort_values(by, ascending=False, kind="stable", na_position="last")
