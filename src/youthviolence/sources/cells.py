"""Read a file of one's own as text cells: CSV in any common form, XLSX, Parquet.

What a file leaves open is found out only where there is one answer; else it is an error that says
what to declare. No error quotes a cell.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from youthviolence.errors import DataError, unknown

MOST_BYTES = 200_000_000
MOST_INFLATED = 400_000_000
MOST_RATIO = 200
MOST_ROWS = 200_000
MOST_COLUMNS = 1_000
MOST_CHARACTERS = 10_000
ENCODINGS = ("utf-8", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15", "mac_roman", "cp850")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_BY_NAME = {name: mark for mark, name in DELIMITERS.items()}


@dataclass(frozen=True)
class Form:
    """What is declared of a file; an empty text is found out, or is an error."""

    encoding: str = ""
    delimiter: str = ""
    header_row: int = 1
    sheet: str = ""


@dataclass(frozen=True)
class Cells:
    """A file as text: its header, its rows with their numbers in the file, and how it was read."""

    file: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    said: tuple[str, ...] = field(default=())


def read_cells(path: Path, form: Form) -> Cells:
    """Return the cells of the file at `path`, stripped of the space around them.

    Parquet has no lines: its rows are numbered as if a header stood in row 1.

    Raises
    ------
    DataError
        When the file is missing, too large, of another kind, malformed, or leaves open how it is
        to be read. The message names the file, the row and the rule, never a value.
    """
    readers: dict[str, Callable[[Path, Form], tuple[Iterable[Sequence[str]], list[str]]]] = {
        ".csv": _csv, ".tsv": _csv, ".txt": _csv, ".xlsx": _xlsx, ".parquet": _parquet,
    }  # fmt: skip
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise DataError(f"{path.suffix!r} is no kind of file that is read; use {_words(readers)}.")
    if not path.is_file():
        raise DataError(f"{path.name} is missing.")
    if path.stat().st_size > MOST_BYTES:
        raise DataError(f"{path.name}: larger than {MOST_BYTES / 1e6:.0f} MB.")
    try:
        lines, said = reader(path, form)
        return _table(path.name, lines, said, form.header_row)
    except (MemoryError, RecursionError):
        raise DataError(f"{path.name}: too large or too deeply nested to read.") from None


def _table(file: str, lines: Iterable[Sequence[str]], said: list[str], header_row: int) -> Cells:
    header: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    blank = 0
    for number, line in enumerate(lines, start=1):
        if number < header_row:
            continue
        cells = tuple(cell.strip().lstrip("\ufeff") for cell in line)
        if any(len(cell) > MOST_CHARACTERS for cell in cells):
            raise DataError(f"{file}, row {number}: a cell has over {MOST_CHARACTERS} characters.")
        if number == header_row:
            while cells and not cells[-1]:
                cells = cells[:-1]
            header = cells
            if not 0 < len(header) <= MOST_COLUMNS:
                raise DataError(
                    f"{file}, row {number}: expected a header of 1 to {MOST_COLUMNS} columns, "
                    f"found {len(header)}. Is `header_row` right?"
                )
            continue
        if not any(cells):
            blank += 1
            continue
        if any(cells[len(header) :]) or len(cells) < len(header):
            raise DataError(
                f"{file}, row {number}: {len(cells)} cells under a header of {len(header)}. "
                "Is a delimiter inside a cell that is not quoted?"
            )
        rows.append(cells[: len(header)])
        numbers.append(number)
        if len(rows) > MOST_ROWS:
            raise DataError(f"{file}: more than {MOST_ROWS:,} rows.")
    if not rows:
        raise DataError(f"{file}: no rows under a header in row {header_row}.")
    if blank:
        said.append(f"{blank} empty rows left out")
    return Cells(file, header, tuple(rows), tuple(numbers), tuple(said))


def _csv(path: Path, form: Form) -> tuple[list[list[str]], list[str]]:
    text, encoding = _decode(path.name, path.read_bytes(), form.encoding)
    if "\x00" in text:
        raise DataError(f"{path.name}: holds a NUL character: not a text file.")
    delimiter = _BY_NAME.get(form.delimiter, form.delimiter)
    if delimiter:
        if delimiter not in DELIMITERS:
            raise unknown("delimiter", form.delimiter, [*DELIMITERS.values()])
        lines = _split(path.name, text, delimiter)
    else:
        delimiter, lines = _find_delimiter(path.name, text, form.header_row)
    return lines, [f"encoding {encoding}", f"delimiter {DELIMITERS[delimiter]}"]


def _decode(file: str, content: bytes, declared: str) -> tuple[str, str]:
    if declared:
        name = declared.lower().replace("windows-", "cp")
        if name not in ENCODINGS:
            raise unknown("encoding", declared, ENCODINGS)
        try:
            return content.decode("utf-8-sig" if name == "utf-8" else name), name
        except UnicodeDecodeError as error:
            row = content[: error.start].count(b"\n") + 1
            raise DataError(f"{file}, row {row}: not {name}, which is declared.") from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
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


def _split(file: str, text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        rows = text.count("\n") + 1
        raise DataError(
            f"{file}: malformed within its {rows} lines: a quotation mark that does not end, or a "
            "cell that is too long."
        ) from None


def _find_delimiter(file: str, text: str, header_row: int) -> tuple[str, list[list[str]]]:
    """Return the one delimiter that gives every row as many cells, more than one."""
    found = {}
    for mark in DELIMITERS:
        if mark in text:
            try:
                lines = _split(file, text, mark)
            except DataError:
                continue
            widths = {len(line) for line in lines[header_row - 1 :] if any(line)}
            if len(widths) == 1 and widths != {1}:
                found[mark] = lines
    if len(found) == 1:
        return next(iter(found.items()))
    said = " and ".join(DELIMITERS[mark] for mark in found) or "none"
    raise DataError(
        f"{file}: the delimiter cannot be told (fit: {said}). Declare `delimiter` in mapping.yml: "
        f"{_words(DELIMITERS.values())}; and see that `header_row` is right."
    )


def _xlsx(path: Path, form: Form) -> tuple[list[list[str]], list[str]]:
    _refuse_bomb(path)
    import openpyxl  # noqa: PLC0415 - slow to import, needed for workbooks only

    def rows(*, values: bool) -> tuple[str, list[tuple[Any, ...]]]:
        book = openpyxl.load_workbook(path, read_only=True, data_only=values, keep_links=False)
        try:
            names = [sheet.title for sheet in book.worksheets]
            if form.sheet and form.sheet not in names:
                raise DataError(f"{path.name}: no sheet has the name that `sheet` declares.")
            if not form.sheet and len(names) != 1:
                raise DataError(
                    f"{path.name}: has {len(names)} sheets; declare which as `sheet` in mapping.yml."
                )
            sheet = book[form.sheet or names[0]]
            sheet.reset_dimensions()  # what a sheet says of its own size is not to be trusted
            held = []
            for row in sheet.iter_rows(max_col=MOST_COLUMNS + 1):
                held.append(tuple((cell.value, cell.data_type) for cell in row))
                if len(held) > MOST_ROWS + form.header_row:
                    raise DataError(f"{path.name}: more than {MOST_ROWS:,} rows.")
            return sheet.title, held
        finally:
            book.close()

    try:
        _, written = rows(values=False)
        _, held = rows(values=True)
    except DataError:
        raise
    except Exception:  # noqa: BLE001 - whatever openpyxl stumbles over may quote a cell
        raise DataError(f"{path.name}: cannot be read as a workbook; save it again.") from None
    width = max((len(row) for row in held), default=0)
    lines = []
    for number, (row, source) in enumerate(zip(held, written, strict=True), start=1):
        for (value, kind), (_, origin) in zip(row, source, strict=True):
            if kind == "e" or (origin == "f" and value is None):
                what = "an error" if kind == "e" else "a formula without its result"
                raise DataError(f"{path.name}, row {number}: a cell holds {what}; save values.")
        lines.append([*map(_text, (value for value, _ in row)), *[""] * (width - len(row))])
    return lines, ["sheet as declared" if form.sheet else "the only sheet"]


def _refuse_bomb(path: Path) -> None:
    """Refuse a workbook that would not stay small when inflated, before inflating it."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            packed = max(sum(part.compress_size for part in parts), 1)
            if len(parts) > MOST_COLUMNS or size > MOST_INFLATED or size > MOST_RATIO * packed:
                raise DataError(f"{path.name}: inflates to more than a workbook should; refused.")
            if any(part.flag_bits & 1 for part in parts):
                raise DataError(f"{path.name}: protected by a password; save it without.")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels", ".vml")):
                    text = archive.read(part).replace(b"\x00", b"")
                    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                        raise DataError(f"{path.name}: declares entities; no workbook does.")
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        raise DataError(f"{path.name}: not a whole workbook; save it again as XLSX.") from None
    except Exception as error:  # zlib's and lzma's own errors are of no common kind
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path.name}: not a whole workbook; save it again as XLSX.") from None


def _parquet(path: Path, form: Form) -> tuple[list[list[str]], list[str]]:
    import pyarrow as pa  # noqa: PLC0415 - needed for Parquet only
    from pyarrow import parquet  # noqa: PLC0415

    if form != Form(header_row=form.header_row) or form.header_row != 1:
        raise DataError(f"{path.name}: Parquet needs no encoding, delimiter, header row or sheet.")
    try:
        about = parquet.read_metadata(path)
        size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if about.num_rows > MOST_ROWS or about.num_columns > MOST_COLUMNS or size > MOST_INFLATED:
            raise DataError(f"{path.name}: more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns.")
        table = parquet.read_table(path, use_threads=False)
        columns = [list(map(_text, column.to_pylist())) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError):
        raise DataError(f"{path.name}: cannot be read as Parquet.") from None
    header = [str(name) for name in table.column_names]
    return [header, *map(list, zip(*columns, strict=True))], ["Parquet"]


def _text(value: Any) -> str:
    """Return a cell as it would stand in a CSV file; dates as YYYY-MM-DD, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if not value.time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _words(names: Iterable[str]) -> str:
    return ", ".join(names)
