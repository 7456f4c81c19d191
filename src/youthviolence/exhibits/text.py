"""Headlines, notes and alt texts take their numbers from the table that is shown, nowhere else.

A text names a cell as ``{column[key]}``, where the key is the value of the exhibit's key column:
``"{percent[female]} were female"``. So a withheld count cannot come back through a sentence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Any

import pandas as pd

from youthviolence.errors import UsageError, unknown

WITHHELD = "a withheld number"


class _Cells(Mapping[str, str]):
    def __init__(self, cells: dict[str, str], column: str, *, some_gone: bool) -> None:
        self._cells, self._column, self._some_gone = cells, column, some_gone

    def __getitem__(self, key: str | int) -> str:
        key = str(key)  # format reads digits as a number
        if key not in self._cells:
            if self._some_gone:
                return WITHHELD
            raise unknown(f"row of column {self._column!r} in a text", key, self._cells)
        return self._cells[key]

    def __iter__(self) -> Any:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)


def fill(
    template: str,
    frame: pd.DataFrame,
    key: str | None,
    formats: Mapping[str, Callable[[Any], str]],
    *,
    some_gone: bool = False,
) -> str:
    """Return `template` with each ``{column[key]}`` replaced by that cell, formatted.

    Without a key column the table must have one row, and a cell is named ``{column}``. With
    `some_gone`, rows may be missing because protection put them together: a cell of such a row is
    called withheld.

    Raises
    ------
    UsageError
        When a named column or row is not in the table, with a suggestion.
    """
    if "{" not in template:
        return template
    columns: dict[str, Any] = {}
    for _, name, _, _ in Formatter().parse(template):
        if name is None:
            continue
        column = name.partition("[")[0]
        if column not in frame.columns:
            raise unknown("column in a text", column, [str(one) for one in frame.columns])
        cells = [formats[column](value) for value in frame[column]]
        if key is not None:
            columns[column] = _Cells(
                dict(zip(frame[key].astype("str"), cells, strict=True)), column,
                some_gone=some_gone,
            )  # fmt: skip
        elif len(cells) == 1:
            columns[column] = cells[0]
        else:
            raise UsageError(
                f"the text names column {column!r} of a table with {len(cells)} rows: "
                "say which row as {column[row]} and give the exhibit a key column."
            )
    return template.format_map(columns)


def hide_numbers(template: str) -> str:
    """Return `template` with every cell it names withheld."""
    return re.sub(r"\{[^{}]*\}", WITHHELD, template)


def number_text(value: Any, spec: str, suffix: str = "") -> str:
    """Return `value` in the Python format `spec`; a missing number says that it is withheld."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return WITHHELD
    if isinstance(value, str):
        return value
    return format(value, spec) + suffix
