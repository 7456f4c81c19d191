"""What an observation table is: its columns, statuses and periods, and how a dropped-in one joins.

One row is one observation. The columns are `series`, `geography`, `age_band`, `breakdown`,
`source_id` and `period`, which together are unique, then `period_type`, `value`, `unit`, `status`
and `note`; a table with suppressed parts also has `value_low` and `value_high`.
"""

from __future__ import annotations

import re

import pandas as pd

from appendices.errors import DataError

KEY = ("series", "geography", "age_band", "breakdown", "source_id", "period")
COLUMNS = (*KEY, "period_type", "value", "unit", "status", "note")
MEASURED = (
    "final", "provisional", "revised", "suppressed", "lower bound", "not available",
    "break in series",
)  # fmt: skip
BREAK, LOWER_BOUND = "break in series", "lower bound"


def period_year(period: str) -> int:
    """Return the year in which `period` ends: 2013 for ``2012/13`` and for ``2013``.

    Raises
    ------
    DataError
        When it is neither a year nor two years that follow one another.
    """
    match = re.fullmatch(r"(\d{4})(?:/(\d{2}))?", period)
    if match is None or (match[2] and (int(match[1]) + 1) % 100 != int(match[2])):
        raise DataError(f"period {period!r}: expected a year (2013) or two in a row (2012/13).")
    return int(match[1]) + bool(match[2])


def require_columns(frame: pd.DataFrame, columns: tuple[str, ...], what: str) -> None:
    """Raise `DataError` when `frame` lacks one of `columns`."""
    missing = [name for name in columns if name not in frame]
    if missing:
        raise DataError(f"{what}: column {missing[0]!r} is missing; expected {', '.join(columns)}.")


def with_drop_in(
    table: pd.DataFrame,
    drop_in: pd.DataFrame | None,
    what: str,
) -> pd.DataFrame:
    """Return `table` with the observations of `drop_in`, an official table put in by the reader.

    Parameters
    ----------
    table
        The observation table the compendium ships.
    drop_in
        An observation table, valid by its own description, or None where the reader has none.
    what
        The name of the drop-in in messages.

    Raises
    ------
    DataError
        When the drop-in lacks a column, is empty, or repeats an observation of `table`; rows are
        counted as a spreadsheet shows them.
    """
    if drop_in is None:
        return table
    require_columns(drop_in, COLUMNS, what)
    if drop_in.empty:
        raise DataError(f"{what}: no row below the header; remove the file or fill it.")
    both = pd.concat([_plain(table), _plain(drop_in)], ignore_index=True)
    taken = both.duplicated(subset=list(KEY)).to_numpy().nonzero()[0]
    if len(taken):
        row = int(taken[0]) - len(table) + 2
        raise DataError(f"{what}, row {row}: this observation is in the compendium already.")
    return both.sort_values(list(KEY), ignore_index=True)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    return table.astype(dict.fromkeys(texts, "object"))
