"""Read a sheet of a workbook: its values, and what a reader of it would see or not see.

The values come from calamine. Hidden rows, merged cells, errors, formulas that were never reckoned
and the like it does not tell: they are looked up in the file itself.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from python_calamine import CalamineWorkbook

from appendices.data.cells import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, Look
from appendices.data.looks import Ods, Xlsx
from appendices.data.mapping import FileMapping
from appendices.errors import DataError

MOST_INFLATED = 300_000_000
MOST_RATIO = 200
_OLE = b"\xd0\xcf\x11\xe0"


def read_workbook(path: Path, mapping: FileMapping) -> tuple[list[Any], list[str], Look]:
    """Return the columns of a sheet as text from its first row on, how it was read, and its look.

    Raises
    ------
    DataError
        When it is no workbook, protected by a password, absurdly large, or has several sheets and
        none is declared.
    """
    content = path.read_bytes()
    if content.startswith(_OLE):
        raise DataError(
            f"{path.name}: protected by a password, or the old format .xls under another name; "
            "save it as .xlsx without a password."
        )
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_bomb(path.name, archive)
            kind = Ods if path.suffix.lower() == ".ods" else Xlsx
            book = kind(archive, path.name)
            name, said = _choose_sheet(path.name, book.sheets, mapping.sheet)
            look, odd = book.look_at(name)
        # Only now: what is absurdly large has been refused.
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
    except (DataError, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - what a reader stumbles over may quote a cell
        raise DataError(f"{path.name}: cannot be read as a workbook; save it again.") from None
    return _columns(path.name, rows, odd), said, look


def _choose_sheet(file: str, sheets: dict[str, bool], declared: str) -> tuple[str, list[str]]:
    """Return which of the sheets (each with whether it is hidden) to read, and words on it."""
    if declared and declared not in sheets:
        raise DataError(f"{file}: no sheet has the name that `sheet` declares.")
    if not declared and len(sheets) != 1:
        hidden = sum(sheets.values())
        also = f", {hidden} of them hidden" if hidden else ""
        raise DataError(
            f"{file}: has {len(sheets)} sheets{also}; declare which as `sheet` in mapping.yml."
        )
    name = declared or next(iter(sheets))
    said = "sheet as declared" if declared else "the only sheet"
    return name, [f"{said}, which is hidden" if sheets[name] else said]


def _columns(file: str, rows: list[list[Any]], odd: dict[tuple[int, int], str]) -> list[Any]:
    """Return rows of values as columns of text, with the texts of what gives no value."""
    width = max(map(len, rows), default=0)
    if len(rows) > MOST_ROWS + 1_000 or width * len(rows) > MOST_CELLS:
        raise DataError(f"{file}: more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells.")
    high = max([len(rows), *(row for row, _ in odd)])
    width = max([width, *(place + 1 for _, place in odd)])
    texts = np.full((width, high), "", dtype=object)
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if value != "":
                texts[place, number] = value if type(value) is str else as_text(value)
    for (number, place), text in odd.items():
        texts[place, number - 1] = text
    return list(texts)


def as_text(value: Any) -> str:
    """Return a cell as it would stand in a CSV file; dates as YYYY-MM-DD, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 1e15 else f"{value:E}"
    if isinstance(value, datetime):
        return value.date().isoformat() if not value.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _refuse_bomb(file: str, archive: zipfile.ZipFile) -> None:
    """Refuse a workbook that would not stay small when inflated, before inflating it."""
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if len(parts) > MOST_COLUMNS or size > min(MOST_INFLATED, MOST_RATIO * packed):
        raise DataError(f"{file}: inflates to more than a workbook should; refused.")
    if any(part.flag_bits & 1 for part in parts):
        raise DataError(f"{file}: protected by a password; save it without.")
    for part in parts:
        _refuse_entities(file, archive, part)


def _refuse_entities(file: str, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    """Refuse declarations that no workbook has, and parts larger than they say they are."""
    read, tail = 0, b""
    with archive.open(part) as stream:
        while block := stream.read(1 << 20):
            read += len(block)
            text = tail + block.replace(b"\x00", b"")  # be it UTF-16
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise DataError(f"{file}: declares entities; no workbook does.")
            tail = text[-16:]
    if part.filename == "META-INF/manifest.xml" and b"encryption-data" in archive.read(part):
        raise DataError(f"{file}: protected by a password; save it without.")
