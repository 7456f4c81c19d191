"""Read a file of one's own as text cells: CSV in any common form, XLSX, Parquet.

What a file leaves open is found out only where there is one answer; else it is an error that says
what to declare. No error quotes a cell.
"""

from __future__ import annotations

import codecs
import csv
import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from youthviolence.errors import DataError, unknown

MOST_BYTES = 50_000_000
MOST_INFLATED = 100_000_000
MOST_RATIO = 200
MOST_ROWS = 200_000
MOST_COLUMNS = 1_000
MOST_CELLS = 4_000_000
MOST_CHARACTERS = 10_000
MOST_IN_HEADER = 200
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
    blank = held = 0
    for number, line in enumerate(lines, start=1):
        held += len(line)
        if number > MOST_ROWS + header_row or held > MOST_CELLS:
            raise DataError(f"{file}: more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells.")
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
            if max(map(len, header)) > MOST_IN_HEADER:
                raise DataError(f"{file}, row {number}: no name of a column is so long.")
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
    if not rows:
        raise DataError(f"{file}: no rows under a header in row {header_row}.")
    if blank:
        said.append(f"{blank} empty rows left out")
    return Cells(file, header, tuple(rows), tuple(numbers), tuple(said))


def _csv(path: Path, form: Form) -> tuple[list[list[str]], list[str]]:
    text, encoding = _decode(path.name, path.read_bytes(), form.encoding)
    if "\x00" in text:
        raise DataError(
            f"{path.name}: holds a NUL character: not a text file, or `encoding: utf-16`."
        )
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
        name = _encoding(declared)
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


def _encoding(declared: str) -> str:
    """Return the name, as in `ENCODINGS`, of an encoding spelt in any of the usual ways."""
    try:
        meant = codecs.lookup(declared.strip()).name.removesuffix("-sig")
    except (LookupError, ValueError):
        meant = ""
    for name in ENCODINGS:
        if codecs.lookup(name).name == meant:
            return name
    raise unknown("encoding", declared, ENCODINGS)


def _split(file: str, text: str, delimiter: str) -> list[list[str]]:
    if max(map(text.count, (delimiter, "\n", "\r"))) > MOST_CELLS:
        raise DataError(f"{file}: more than {MOST_CELLS:,} cells.")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(reader)
    except csv.Error:
        raise DataError(
            f"{file}: malformed at line {reader.line_num} or before: a quotation mark that does "
            "not end or stands inside a cell, or a cell that is too long."
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

    try:
        # A warning of openpyxl quotes the cell it is about.
        with warnings.catch_warnings(action="ignore"), ExitStack() as opened:
            books = []
            for values in (False, True):  # the formulas; what they gave when the file was saved
                book = openpyxl.load_workbook(
                    path, read_only=True, data_only=values, keep_links=False
                )
                opened.callback(book.close)
                books.append(book)
            chosen = _choose_sheet(
                path.name, [one.title for one in books[0].worksheets], form.sheet
            )
            lines = list(_sheet_lines(path.name, *(book[chosen] for book in books)))
    except (DataError, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - whatever openpyxl stumbles over may quote a cell
        raise DataError(f"{path.name}: cannot be read as a workbook; save it again.") from None
    width = max(map(len, lines), default=0)
    if width * len(lines) > MOST_CELLS:
        raise DataError(f"{path.name}: more than {MOST_CELLS:,} cells.")
    padded = [[*line, *[""] * (width - len(line))] for line in lines]
    return padded, ["sheet as declared" if form.sheet else "the only sheet"]


def _choose_sheet(file: str, names: list[str], declared: str) -> str:
    if declared and declared not in names:
        raise DataError(f"{file}: no sheet has the name that `sheet` declares.")
    if not declared and len(names) != 1:
        raise DataError(
            f"{file}: has {len(names)} sheets; declare which as `sheet` in mapping.yml."
        )
    return declared or names[0]


def _sheet_lines(file: str, formulas: Any, results: Any) -> Iterator[list[str]]:
    """Yield a sheet's rows as text, from two readings of it; of a formula its saved result."""
    for sheet in (formulas, results):
        sheet.reset_dimensions()  # what a sheet says of its own size is not to be trusted
    held = 0
    both = zip(formulas.iter_rows(), results.iter_rows(), strict=True)
    for number, (written, row) in enumerate(both, start=1):
        held += len(row)
        if number > MOST_ROWS + 1000 or held > MOST_CELLS:
            raise DataError(f"{file}: more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells.")
        for source, cell in zip(written, row, strict=True):
            if cell.data_type == "e" or (source.data_type == "f" and cell.value is None):
                error = cell.data_type == "e"
                what = "an error" if error else "a formula without its result"
                raise DataError(f"{file}, row {number}: a cell holds {what}; save values.")
        yield [_text(cell.value) for cell in row]


def _refuse_bomb(path: Path) -> None:
    """Refuse a workbook that would not stay small when inflated, before inflating it."""
    try:
        with zipfile.ZipFile(path) as archive:
            problem = _bomb(archive)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - zipfile's, zlib's and lzma's errors are of no common kind
        problem = "not a whole workbook; save it again as XLSX."
    if problem:
        raise DataError(f"{path.name}: {problem}")


def _bomb(archive: zipfile.ZipFile) -> str | None:
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if len(parts) > MOST_COLUMNS or size > MOST_INFLATED or size > MOST_RATIO * packed:
        return "inflates to more than a workbook should; refused."
    if any(part.flag_bits & 1 for part in parts):
        return "protected by a password; save it without."
    for part in parts:
        text = archive.read(part).replace(b"\x00", b"")  # be it UTF-16
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            return "declares entities; no workbook does."
    return None


def _parquet(path: Path, form: Form) -> tuple[list[list[str]], list[str]]:
    import pyarrow as pa  # noqa: PLC0415 - needed for Parquet only
    from pyarrow import parquet  # noqa: PLC0415

    if form != Form():
        raise DataError(f"{path.name}: Parquet needs no encoding, delimiter, header row or sheet.")
    try:
        file = parquet.ParquetFile(path)
        about = file.metadata
        cells = about.num_rows * about.num_columns
        if about.num_rows > MOST_ROWS or cells > MOST_CELLS:
            raise DataError(f"{path.name}: more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells.")
        lines = [[str(name) for name in file.schema_arrow.names]]
        size = 0
        # In small parts: a long text that stands once in the file may stand in every row.
        for batch in file.iter_batches(batch_size=100, use_threads=False):
            size += batch.nbytes
            if size > MOST_INFLATED:
                raise DataError(f"{path.name}: inflates to more than {MOST_INFLATED / 1e6:.0f} MB.")
            columns = [map(_text, column.to_pylist()) for column in batch.columns]
            lines += map(list, zip(*columns, strict=True))
    except (pa.ArrowException, OSError, ValueError, TypeError, OverflowError, KeyError):
        raise DataError(f"{path.name}: cannot be read as Parquet.") from None
    return lines, ["Parquet"]


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
