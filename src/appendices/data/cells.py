"""A file of one's own as columns of text, whatever it was kept in: CSV, XLSX or ODS.

What a file leaves open is found out only where there is one answer; else it is an error that says
what to declare. No error quotes a cell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.data.mapping import FileMapping, folded
from appendices.errors import DataError

MOST_BYTES = 50_000_000
MOST_ROWS = 200_000
MOST_COLUMNS = 1_000
MOST_CELLS = 10_000_000
MOST_CHARACTERS = 10_000
MOST_IN_HEADER = 200
_MOST_ABOVE = 50  # rows above a header
TEXT_FILES, WORKBOOKS = (".csv", ".tsv", ".txt"), (".xlsx", ".ods")
# A workbook's errors as it shows them, and what stands here for a formula that was never reckoned.
ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
)
NO_RESULT = "#FORMULA"
_OTHER_KINDS = {
    ".xls": "the old format of Excel", ".xlsb": "a binary workbook",
    ".xlsm": "a workbook with macros", ".numbers": "a Numbers document",
    ".parquet": "a Parquet file", ".sav": "an SPSS file", ".dta": "a Stata file",
}  # fmt: skip
# What `clean` would change in texts of ASCII, one a line.
_UNCLEAN = ("  ", " \n", "\n ", *"\t\r\v\f\x1c\x1d\x1e\x1f")
_UNSEEN = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u2060\u00ad"))


@dataclass(frozen=True)
class Column:
    """A column as its distinct texts, and for each row which of them stands there."""

    texts: tuple[str, ...]
    codes: NDArray[np.intp]

    @classmethod
    def of(cls, written: Any) -> Column:
        """Return the column of these texts, freed of the space around and doubled in them."""
        codes, distinct = pd.factorize(np.asarray(written, dtype=object))
        together = "\n".join(distinct)
        if together.isascii() and not any(mark in f"\n{together}\n" for mark in _UNCLEAN):
            return cls(tuple(distinct), codes)
        again, texts = pd.factorize(np.array([clean(text) for text in distinct], dtype=object))
        return cls(tuple(texts), again[codes] if len(codes) else codes)

    def holds(self, texts: Iterable[str]) -> NDArray[np.bool_]:
        """Return for each row whether one of `texts` stands there."""
        chosen = [self.texts.index(text) for text in texts if text in self.texts]
        if len(chosen) == 1:
            return np.asarray(self.codes == chosen[0])
        known = np.zeros(len(self.texts), bool)
        known[chosen] = True
        return known[self.codes] if chosen else np.zeros(len(self.codes), bool)

    def take(self, rows: NDArray[Any]) -> Column:
        """Return the column of some rows."""
        codes = self.codes[rows]
        left, kept = np.unique(codes, return_inverse=True)
        return Column(tuple(self.texts[code] for code in left), kept)


@dataclass(frozen=True)
class Look:
    """What a file does not show as it is, by row number and place of column from 0.

    ``narrow`` are rows of a text file with fewer cells than its header; ``merged`` has the first
    and last row, first and last place of each merged area.
    """

    hidden_rows: frozenset[int] = frozenset()
    by_filter: bool = False
    hidden_columns: frozenset[int] = frozenset()
    narrow: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    struck: frozenset[tuple[int, int]] = frozenset()
    percent: frozenset[tuple[int, int]] = frozenset()
    invisible: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Cells:
    """A file as text: its header, its columns, the number of each row in it, how it was read."""

    file: str
    header: tuple[str, ...]
    columns: tuple[Column, ...]
    numbers: NDArray[np.intp]
    said: tuple[str, ...] = field(default=())
    look: Look = field(default=Look())

    def keep(self, rows: NDArray[np.bool_], said: str = "") -> Cells:
        """Return the cells of some rows; `said` tells why the others are left out."""
        if rows.all():
            return self
        return replace(
            self,
            columns=tuple(column.take(rows) for column in self.columns),
            numbers=self.numbers[rows],
            said=(*self.said, said) if said else self.said,
        )


def clean(text: str) -> str:
    """Return a text in one form: composed characters, single spaces, nothing invisible."""
    if text.isascii():
        return text if text.isalnum() else " ".join(text.split())
    return " ".join(unicodedata.normalize("NFC", text.translate(_UNSEEN)).split())


def read_cells(path: Path, mapping: FileMapping) -> Cells:
    """Return the cells of the file at `path` as `mapping` says that it is to be read.

    Raises
    ------
    DataError
        When the file is missing, too large, of another kind, malformed, or leaves open how it is
        to be read. The message names the file, the row and the rule, never a value.
    """
    kind = path.suffix.lower()
    if kind not in (*TEXT_FILES, *WORKBOOKS):
        known = _OTHER_KINDS.get(kind, f"{path.suffix!r}, which is no kind of file that is read")
        raise DataError(f"{path.name}: {known}; save it as .xlsx, .ods or .csv.")
    if not path.is_file():
        raise DataError(f"{path.name} is missing.")
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"{path.name}: larger than {MOST_BYTES / 1e6:.0f} MB.")
    try:
        if kind in TEXT_FILES:
            from appendices.data.text_files import read_text_file  # noqa: PLC0415

            lines, said, look = read_text_file(path, mapping)
        else:
            from appendices.data.workbooks import read_workbook  # noqa: PLC0415 - slow

            lines, said, look = read_workbook(path, mapping)
        return as_cells(path.name, lines, mapping, said, look)
    except (MemoryError, RecursionError):
        raise DataError(f"{path.name}: too large or too deeply nested to read.") from None


def as_cells(
    file: str, lines: Sequence[Any], mapping: FileMapping, said: list[str], look: Look
) -> Cells:
    """Return the table of a file, given as its columns from the first row on.

    The table begins below the header row and ends as the mapping says; empty rows are left out.
    """
    start = mapping.header_row
    if not lines or len(lines[0]) < start:
        raise DataError(f"{file}: no header in row {start}. Is `header_row` right?")
    header = [clean(column[start - 1]) for column in lines]
    while header and not header[-1]:
        header.pop()
    if not 0 < len(header) <= MOST_COLUMNS or max(map(len, header)) > MOST_IN_HEADER:
        raise DataError(
            f"{file}, row {start}: expected a header of 1 to {MOST_COLUMNS} columns with names of "
            f"at most {MOST_IN_HEADER} characters. Is `header_row` right?"
        )
    _find_header(file, header, lines, mapping)
    columns = [Column.of(column[start:]) for column in lines]
    numbers = np.arange(start + 1, len(lines[0]) + 1)
    end = _end_of_table(file, columns, numbers, mapping)
    if end < len(numbers):
        filled_below = int(_filled(columns)[end:].sum())
        said.append(f"{filled_below} filled rows below the end of the table not read")
    _refuse_long_cells(file, columns, numbers)
    narrow = np.isin(numbers[:end], list(look.narrow)) if look.narrow else np.zeros(0, bool)
    if narrow.any():
        raise DataError(
            f"{file}, row {numbers[:end][narrow][0]}: fewer cells than the header in row {start}. "
            "Is a delimiter or an end of line inside a cell that is not quoted? Where the table "
            "ends above, declare `last_row` or `stop_at`."
        )
    filled = _filled(columns)
    filled[end:] = False
    beyond = _filled(columns[len(header) :]) & filled if len(columns) > len(header) else None
    if beyond is not None and beyond.any():
        row = numbers[beyond][0]
        raise DataError(
            f"{file}, row {row}: more cells than the header in row {start} has columns. Is a "
            "delimiter inside a cell that is not quoted?"
        )
    if not filled.any():
        raise DataError(f"{file}: no rows under a header in row {start}.")
    blank = int(end - filled[:end].sum())
    if blank:
        said.append(f"{blank} empty row{'s' if blank > 1 else ''} left out")
    whole = Cells(file, tuple(header), tuple(columns[: len(header)]), numbers, tuple(said), look)
    return whole.keep(filled)


def _find_header(
    file: str, header: Sequence[str], lines: Sequence[Any], mapping: FileMapping
) -> None:
    """Say which row has the names that the mapping uses, where the declared row has none."""
    names = {folded(name) for name in mapping.used}
    if not names or not names.isdisjoint(map(folded, header)):
        return
    for row in range(min(_MOST_ABOVE, len(lines[0]))):
        if len(names & {folded(clean(column[row])) for column in lines}) * 2 > len(names):
            raise DataError(
                f"{file}: the columns that the mapping names stand in row {row + 1}, not in row "
                f"{mapping.header_row}: declare `header_row: {row + 1}`."
            )


def _refuse_long_cells(file: str, columns: Sequence[Column], numbers: NDArray[np.intp]) -> None:
    for number, column in enumerate(columns, 1):
        long = [text for text in column.texts if len(text) > MOST_CHARACTERS]
        if long:
            raise DataError(
                f"{file}, row {numbers[column.holds(long)][0]}, column at place {number}: a cell "
                f"has over {MOST_CHARACTERS} characters."
            )


def _filled(columns: Sequence[Column]) -> NDArray[np.bool_]:
    filled = np.zeros(len(columns[0].codes) if columns else 0, bool)
    for column in columns:
        filled |= ~column.holds([""])
    return filled


def _end_of_table(
    file: str, columns: Sequence[Column], numbers: NDArray[np.intp], mapping: FileMapping
) -> int:
    """Return how many rows below the header the table has, empty ones too."""
    if mapping.last_row is not None:
        if not mapping.header_row < mapping.last_row <= numbers[-1:].sum():
            raise DataError(
                f"{file}: `last_row` is no row below the header; the last row of the file is "
                f"{numbers[-1] if len(numbers) else mapping.header_row}."
            )
        return mapping.last_row - mapping.header_row
    if not mapping.stop_at:
        return len(numbers)
    begins = clean(mapping.stop_at).casefold()
    first = np.full(len(numbers), len(columns))
    stops = np.zeros(len(numbers), bool)
    for place, column in enumerate(columns):
        here = ~column.holds([""]) & (first == len(columns))
        first[here] = place
        chosen = [text for text in column.texts if text.casefold().startswith(begins)]
        stops |= here & column.holds(chosen)
    if not stops.any():
        raise DataError(f"{file}: no row below the header begins with what `stop_at` says.")
    return int(np.flatnonzero(stops)[0])
