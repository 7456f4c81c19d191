"""Headlines, notes, alt texts and prose take their numbers from a shown table, nowhere else.

A text names a cell as ``{column[key]}``, where the key is the value of the exhibit's key column:
``"{percent[female]} were female"``. So a withheld count cannot come back through a sentence. Prose
in a notebook names the exhibit as well: ``{by-gender: percent[female]}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from appendices.errors import UsageError, unknown
from appendices.exhibits.marks import INVENTED, flag_of
from appendices.numbers import write_number

WITHHELD = "a withheld number"
_CELL = re.compile(r"\{([^{}\[\]]*)(?:\[([^{}\[\]]*)\])?\}")
_IN_PROSE = re.compile(r"(`+)(?:.*?[^`])?\1(?!`)|\{([^{}]*)\}", re.DOTALL)
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


@dataclass(frozen=True)
class Cells:
    """The cells of a shown table as texts, each list in the order of the rows.

    ``keys`` are the values of the key column, None where the table has none. Where
    ``some_gone``, rows may be missing because protection put them together: a cell of a row that
    is not there is called withheld. So is every cell where the table is withheld, and there are no
    columns.
    """

    keys: Sequence[str] | None
    columns: Mapping[str, Sequence[str]]
    some_gone: bool = False

    def find(self, column: str, key: str | None) -> str:
        """Return one cell.

        Raises
        ------
        UsageError
            When the column or row is not in the table, with a suggestion; when the key stands in
            several rows; or when no key says which of several rows is meant.
        """
        if not self.columns:
            return WITHHELD
        if column not in self.columns:
            raise unknown("column in a text", column, self.columns)
        cells = self.columns[column]
        if key is None or self.keys is None:
            if key is None and len(cells) == 1:
                return cells[0]
            raise UsageError(
                f"the text names column {column!r} of a table with {len(cells)} rows: "
                "say which row as {column[row]} and give the exhibit a key column."
            )
        times = self.keys.count(key)
        if times > 1:
            raise UsageError(
                f"the text names row {key!r}, and {times} rows have that key: give the exhibit a "
                "key column whose values are all different."
            )
        if times == 0:
            if self.some_gone:
                return WITHHELD
            raise unknown(f"row of column {column!r} in a text", key, self.keys)
        return cells[self.keys.index(key)]


def cells_of(
    frame: pd.DataFrame,
    key: str | None,
    texts: Mapping[str, Sequence[str]],
    *,
    some_gone: bool = False,
) -> Cells:
    """Return the cells of a shown table, given each column as texts."""
    if key is not None and key not in frame.columns:
        raise unknown("key column", key, [str(one) for one in frame.columns])
    keys = None if key is None else tuple(frame[key].astype("str"))
    return Cells(keys, texts, some_gone)


def fill(template: str, cells: Cells) -> str:
    """Return `template` with each ``{column[key]}`` replaced by that cell.

    Where the table has one row a cell may be named ``{column}``. Raises `UsageError` as
    `Cells.find` does, and for a brace that is no placeholder.

    >>> fill("{n[girls]} girls", Cells(("girls", "boys"), {"n": ("12", "30")}))
    '12 girls'
    """
    # Doubled braces stand for themselves, as in a cohort's title.
    kept = template.replace("{{", "\x01").replace("}}", "\x02")
    if re.search(r"[{}]", _CELL.sub("", kept)):
        raise UsageError(f"a brace in a text that is no {{column[key]}}: {template!r}.")
    filled = _CELL.sub(lambda found: cells.find(found[1], found[2]), kept)
    return filled.replace("\x01", "{").replace("\x02", "}")


def says_nothing(template: str, filled: str) -> bool:
    """Return whether every number that `template` asks for is withheld in the filled text."""
    asked = len(_CELL.findall(template))
    return asked > 0 and filled.count(WITHHELD) >= asked


def refuse_invented(exhibit_id: str, basis: str, template: str, filled: str) -> None:
    """Refuse a headline that states an invented number.

    Raises
    ------
    UsageError
        A placeholder of `template` stands for one.
    """
    if INVENTED in filled or (basis == "invented" and _CELL.search(template)):
        raise UsageError(
            f"{exhibit_id}: its headline states a number that the solver chose. Expected what the "
            "published figures fix, or words; state an invented number in the note."
        )


def fill_prose(markdown: str, exhibits: Mapping[str, Cells], where: str) -> str:
    """Return Markdown with each ``{exhibit-id: column[key]}`` replaced by that cell.

    What stands in backticks stays as it is. `where` is the name of the page, for messages.

    Raises
    ------
    UsageError
        When a brace is no such placeholder, or names nothing that is on the page.
    """

    def write(found: re.Match[str]) -> str:
        if found[1]:
            return found[0]
        name, colon, cell = (part.strip() for part in found[2].partition(":"))
        if not colon or not _CELL.fullmatch(f"{{{cell}}}"):
            raise UsageError(
                f"{where}: {found[0]!r} is no placeholder. Write {{exhibit-id: column[key]}}, or "
                "put what is no placeholder in backticks."
            )
        if name not in exhibits:
            lost = unknown("exhibit of this page", name, exhibits)
            raise UsageError(f"{where}, {found[0]!r}: {lost}")
        try:
            text = fill(f"{{{cell}}}", exhibits[name])
        except UsageError as error:
            raise UsageError(f"{where}, {found[0]!r}: {error}") from None
        return _PUNCTUATION.sub(r"\\\1", text)  # a text, whatever Markdown would make of it

    return _IN_PROSE.sub(write, markdown)


def hide_numbers(template: str) -> str:
    """Return `template` with every cell it names withheld."""
    return _CELL.sub(WITHHELD, template)


def number_text(value: Any, spec: str = "", suffix: str = "", base: Any = None) -> str:
    """Return one cell as text, a number as `write_number` does; a missing one is withheld."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return WITHHELD
    if isinstance(value, bool | np.bool):
        return "yes" if value else "no"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    return write_number(value, spec, suffix, None if pd.isna(base) else base)


def texts_of(
    frame: pd.DataFrame, column: str, spec: str = "", suffix: str = "", base: str = "base"
) -> list[str]:
    """Return a column as texts, invented numbers with their mark.

    The column `base`, where there is one, says of how many people.
    """
    sizes = frame[base] if base in frame else [None] * len(frame)
    flags = frame.get(flag_of(column), [False] * len(frame))
    return [
        number_text(value, spec, suffix, size) + f" {INVENTED}" * bool(flag)
        for value, size, flag in zip(frame[column], sizes, flags, strict=True)
    ]
