"""Read a text file of one's own: CSV in any common encoding and with any common delimiter."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from appendices.data.cells import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Look
from appendices.data.mapping import DELIMITERS, FileMapping
from appendices.errors import DataError

_WORKBOOK_STARTS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_text_file(path: Path, mapping: FileMapping) -> tuple[list[Any], list[str], Look]:
    """Return the columns of a text file from its first row on, and how it was read."""
    file, content = path.name, path.read_bytes()
    if content.startswith(_WORKBOOK_STARTS):
        raise DataError(f"{file}: is a workbook, not text; give it the ending .xlsx or .ods.")
    text, encoding = _decode(file, content, mapping.encoding)
    if "\x00" in text:
        raise DataError(f"{file}: holds a NUL character: not a text file, or `encoding: utf-16`.")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    told = re.match(r"sep=(.)\n", text, re.IGNORECASE)  # a spreadsheet does not show this line
    text = text[told.end() :] if told else text
    mark = DELIMITERS.get(mapping.delimiter, "") or (told[1] if told else "")
    if mark and mark not in DELIMITERS.values():
        raise DataError(f"{file}: `sep=` in row 1 is none of {', '.join(DELIMITERS)}.")
    mark, widths = (mark, _widths(file, text, mark)) if mark else _split(file, text, mapping)
    look = Look(narrow=_narrow(file, widths, mapping))
    name = next(name for name, one in DELIMITERS.items() if one == mark)
    said = [f"encoding {encoding}", f"delimiter {name}"]
    return _columns(file, text, mark, widths), said, look


def _decode(file: str, content: bytes, declared: str) -> tuple[str, str]:
    if declared:
        try:
            return content.decode("utf-8-sig" if declared == "utf-8" else declared), declared
        except UnicodeDecodeError as error:
            row = content[: error.start].count(b"\n") + 1
            raise DataError(f"{file}, row {row}: not {declared}, which is declared.") from None
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode(file, content, "utf-16")
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
    readings = {}
    for name in ("cp1252", "iso-8859-15"):
        try:
            read = content.decode(name)
        except UnicodeDecodeError:
            continue
        if not any("\x80" <= mark <= "\x9f" for mark in read):
            readings[name] = read
    if len(set(readings.values())) == 1:
        return next(iter(readings.items()))[::-1]
    raise DataError(
        f"{file}, row {row}: the encoding cannot be told. Declare `encoding` in mapping.yml "
        f"(files from Windows are mostly cp1252), or save as CSV UTF-8."
    )


def _widths(file: str, text: str, mark: str) -> list[int]:
    """Return how many cells each row has; 0 for one without any character."""
    if max(map(text.count, (mark, "\n"))) > MOST_CELLS:
        raise DataError(f"{file}: more than {MOST_CELLS:,} cells.")
    if '"' not in text:
        lines = text.removesuffix("\n").split("\n")
        return [line.count(mark) + 1 if line else 0 for line in lines]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        return [len(row) for row in reader]
    except csv.Error:
        raise DataError(
            f"{file}: malformed at line {reader.line_num} or before: a quotation mark that does "
            "not end or stands inside a cell, or a cell that is too long."
        ) from None


def _split(file: str, text: str, mapping: FileMapping) -> tuple[str, list[int]]:
    """Return the one delimiter that gives most rows as many cells as the header, and the widths.

    Rows with more or fewer are refused or asked about later.
    """
    fitting: dict[str, list[int]] = {}
    header = "\n".join(text.split("\n", mapping.header_row)[: mapping.header_row])
    for name, mark in DELIMITERS.items():
        if mark not in header:
            continue
        try:
            all_widths = _widths(file, text, mark)
        except DataError:
            continue
        widths = all_widths[mapping.header_row - 1 : mapping.last_row]
        filled = len(widths) - widths.count(0)
        if widths and widths[0] > 1 and widths.count(widths[0]) * 2 > filled:
            fitting[name] = all_widths
    if len(fitting) == 1:
        return next((DELIMITERS[name], widths) for name, widths in fitting.items())
    raise DataError(
        f"{file}: the delimiter cannot be told (fit: {' and '.join(fitting) or 'none'}). Declare "
        f"`delimiter` in mapping.yml: {', '.join(DELIMITERS)}; see that `header_row` is right, and "
        "declare `last_row` where notes stand below the table."
    )


def _narrow(file: str, widths: Sequence[int], mapping: FileMapping) -> frozenset[int]:
    """Return the rows that have fewer cells than the header, but for those without a delimiter."""
    start = mapping.header_row
    if len(widths) > MOST_ROWS + start or sum(widths) > MOST_CELLS:
        raise DataError(f"{file}: more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells.")
    if max(widths, default=0) > MOST_COLUMNS:
        raise DataError(f"{file}: a row has more than {MOST_COLUMNS} cells.")
    header = widths[start - 1] if len(widths) >= start else 0
    below = enumerate(widths[start:], start=start + 1)
    return frozenset(number for number, width in below if 1 < width < header)


def _columns(file: str, text: str, mark: str, widths: Sequence[int]) -> list[Any]:
    if not widths:
        return []
    try:
        frame = pd.read_csv(
            io.BytesIO(text.encode()), sep=mark, header=None, names=range(max(*widths, 1)),
            dtype=object, na_filter=False, skip_blank_lines=False, index_col=False,
            quoting=csv.QUOTE_MINIMAL if '"' in text else csv.QUOTE_NONE,
        )  # fmt: skip
    except (ValueError, OverflowError):
        raise DataError(f"{file}: cannot be read as rows of cells.") from None
    if len(frame) != len(widths):
        raise DataError(f"{file}: a quotation mark stands inside a cell.")
    return list(frame.to_numpy(dtype=object).T)
