"""What a sheet hides, merges, strikes out or shows otherwise than it holds, from its own XML."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from defusedxml.ElementTree import fromstring, iterparse

from appendices.data.cells import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, NO_RESULT, Look
from appendices.errors import DataError

MOST_ODS = 60_000_000
_MOST_ROW = MOST_ROWS + 1_000
_MOST_BETWEEN_ROWS = 200_000  # parts of XML
_CELL = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})")
_YES = ("1", "true")
_VISIBLE = "visible"
Odd = dict[tuple[int, int], str]


@dataclass
class _Seen:
    """What has been seen of a sheet so far; ``odd`` has the text of cells that give no value."""

    file: str
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    struck: set[tuple[int, int]] = field(default_factory=set)
    percent: set[tuple[int, int]] = field(default_factory=set)
    invisible: set[tuple[int, int]] = field(default_factory=set)
    odd: Odd = field(default_factory=dict)
    by_filter: bool = False
    height: int = 0
    width: int = 0

    def mark(self, row: int, place: int, kinds: set[str]) -> None:
        """Note the kinds of a filled cell, and refuse one that stands absurdly far out."""
        self.height, self.width = max(self.height, row), max(self.width, place + 1)
        if max(self.height * self.width, row) > MOST_CELLS or row > _MOST_ROW:
            raise DataError(f"{self.file}: more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells.")
        if place >= MOST_COLUMNS:
            raise DataError(f"{self.file}, row {row}: a cell beyond {MOST_COLUMNS:,} columns.")
        for kind in kinds:
            getattr(self, kind).add((row, place))

    def hide_rows(self, first: int, last: int) -> None:
        """Note hidden rows; a sheet may hide all that follow the last filled one."""
        self.hidden_rows.update(range(first, min(last, _MOST_ROW) + 1))

    def hide_columns(self, first: int, last: int) -> None:
        """Note hidden columns, by their places."""
        self.hidden_columns.update(range(first, min(last, MOST_COLUMNS) + 1))

    def result(self) -> tuple[Look, Odd]:
        """Return what was seen, and the cells without a value of their own."""
        sets = ("hidden_rows", "hidden_columns", "struck", "percent", "invisible")
        frozen = {name: frozenset(getattr(self, name)) for name in sets}
        return Look(by_filter=self.by_filter, merged=tuple(self.merged), **frozen), self.odd


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _attribute(element: Any, name: str, default: str = "") -> str:
    """Return an attribute by its name, whatever namespace it is in."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return default


class Xlsx:
    """The parts of an XLSX workbook: its ``sheets`` by name, each with whether it is hidden."""

    def __init__(self, archive: zipfile.ZipFile, file: str) -> None:
        self._archive, self._file = archive, file
        links = {
            link.get("Id"): link
            for link in fromstring(archive.read("xl/_rels/workbook.xml.rels")).iter()
        }
        self.sheets: dict[str, bool] = {}
        self._parts: dict[str, str] = {}
        for sheet in fromstring(archive.read("xl/workbook.xml")).iter():
            link = links.get(_attribute(sheet, "id")) if _name(sheet) == "sheet" else None
            if link is not None and str(link.get("Type")).endswith("/worksheet"):
                name, target = str(sheet.get("name")), str(link.get("Target"))
                self.sheets[name] = sheet.get("state", _VISIBLE) != _VISIBLE
                self._parts[name] = target[1:] if target[:1] == "/" else f"xl/{target}"

    def look_at(self, sheet: str) -> tuple[Look, Odd]:
        """Return what a sheet does not show as it is, and its cells without a value."""
        seen, styles = _Seen(self._file), self._styles()
        row = since = 0
        with self._archive.open(self._parts[sheet]) as stream:
            for _, element in iterparse(stream, events=("end",)):
                kind = element.tag.rpartition("}")[2]
                since += 1
                if since > _MOST_BETWEEN_ROWS:
                    raise DataError(f"{self._file}: a row of the sheet is absurdly large.")
                if kind == "row":
                    row, since = int(element.get("r", row + 1)), 0
                    _see_xlsx_row(seen, row, element, styles)
                    element.clear()
                elif kind not in ("c", "v", "f"):
                    _see_xlsx_part(seen, kind, element)
        return seen.result()

    def _styles(self) -> dict[str, set[str]]:
        """Return what each style of cells does: strikes out, shows percentages, shows nothing."""
        if "xl/styles.xml" not in self._archive.namelist():
            return {}
        groups = {_name(one): one for one in fromstring(self._archive.read("xl/styles.xml"))}
        formats = {"9": "0%", "10": "0.00%"}
        for one in groups.get("numFmts", ()):
            formats[one.get("numFmtId", "")] = one.get("formatCode", "")
        struck = {
            str(number)
            for number, font in enumerate(groups.get("fonts", ()))
            for one in font
            if _name(one) == "strike" and one.get("val", "1") in _YES
        }
        styles: dict[str, set[str]] = {}
        for number, one in enumerate(groups.get("cellXfs", ())):
            code = re.sub(r'"[^"]*"|\\.', "", formats.get(one.get("numFmtId", ""), ""))
            kinds = {
                "struck": one.get("fontId") in struck,
                "percent": "%" in code,
                "invisible": code.strip() == ";;;",
            }
            styles[str(number)] = {kind for kind, is_so in kinds.items() if is_so}
        return styles


def _see_xlsx_part(seen: _Seen, kind: str, element: Any) -> None:
    if kind == "col" and (element.get("hidden") in _YES or float(element.get("width", 1)) == 0):
        seen.hide_columns(int(element.get("min", 1)) - 1, int(element.get("max", 1)) - 1)
    elif kind == "mergeCell":
        first, _, last = element.get("ref", "").partition(":")
        (top, left), (bottom, right) = _at(first, seen.file), _at(last or first, seen.file)
        seen.merged.append((top, bottom, left, right))
    elif kind == "filterColumn":
        seen.by_filter = True


def _see_xlsx_row(seen: _Seen, row: int, element: Any, styles: dict[str, set[str]]) -> None:
    if element.get("hidden") in _YES or float(element.get("ht", 1)) == 0:
        seen.hide_rows(row, row)
    place = -1
    for cell in element:
        reference = cell.get("r")
        at, place = _at(reference, seen.file) if reference else (row, place + 1)
        if at != row:
            raise DataError(f"{seen.file}: a cell names another row than it stands in.")
        if not len(cell):
            continue
        seen.mark(row, place, styles.get(cell.get("s", ""), set()))
        parts = {part.tag.rpartition("}")[2]: part.text for part in cell}
        if cell.get("t") == "e":
            seen.odd[row, place] = parts.get("v") or "#N/A"
        elif "f" in parts and parts.get("v") is None and "is" not in parts:
            seen.odd[row, place] = "" if cell.get("t") == "str" else NO_RESULT


def _at(reference: str, file: str) -> tuple[int, int]:
    """Return the row and the place of column of a reference such as B7."""
    found = _CELL.fullmatch(reference)
    if not found:
        raise DataError(f"{file}: cannot be read as a workbook; save it again.")
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - 64
    return int(found[2]), place - 1


class Ods:
    """The parts of an ODS workbook: its ``sheets`` by name, each with whether it is hidden."""

    def __init__(self, archive: zipfile.ZipFile, file: str) -> None:
        if archive.getinfo("content.xml").file_size > MOST_ODS:
            raise DataError(f"{file}: inflates to more than {MOST_ODS / 1e6:.0f} MB.")
        root = fromstring(archive.read("content.xml"))
        struck, hiding = set(), set()
        for style in (one for one in root.iter() if _name(one) == "style"):
            for part in style:
                if _attribute(part, "text-line-through-style", "none") != "none":
                    struck.add(_attribute(style, "name"))
                if _name(part) == "table-properties" and _attribute(part, "display") == "false":
                    hiding.add(_attribute(style, "name"))
        self.sheets: dict[str, bool] = {}
        self._looks: dict[str, tuple[Look, Odd]] = {}
        for sheets in (one for one in root.iter() if _name(one) == "spreadsheet"):
            for table in (one for one in sheets if _name(one) == "table"):
                name = _attribute(table, "name")
                self.sheets[name] = _attribute(table, "style-name") in hiding
                # All of them: whoever reads one, reads all.
                self._looks[name] = _look_at_ods(table, struck, file)

    def look_at(self, sheet: str) -> tuple[Look, Odd]:
        """Return what a sheet does not show as it is, and its cells without a value."""
        return self._looks[sheet]


def _look_at_ods(table: Any, struck: set[str], file: str) -> tuple[Look, Odd]:
    seen = _Seen(file)
    row = place = 0
    for element, folded in _ods_parts(table, folded=False):
        shown = _attribute(element, "visibility", _VISIBLE)
        if _name(element) == "table-column":
            last = place + _times(element, "number-columns-repeated")
            if folded or shown != _VISIBLE:
                seen.hide_columns(place, last - 1)
            place = last
            continue
        last = row + _times(element, "number-rows-repeated")
        seen.by_filter |= shown == "filter"
        if folded or shown != _VISIBLE:
            seen.hide_rows(row + 1, last)
        _see_ods_row(seen, range(row + 1, last + 1), element, struck)
        row = last
    return seen.result()


def _ods_parts(table: Any, *, folded: bool) -> Iterator[tuple[Any, bool]]:
    """Yield the columns and rows of a table in order, each with whether a folded group has it."""
    for element in table:
        kind = _name(element)
        if kind in ("table-column", "table-row"):
            yield element, folded
        elif kind.startswith(("table-column", "table-row", "table-header")):
            is_folded = folded or _attribute(element, "display", "true") == "false"
            yield from _ods_parts(element, folded=is_folded)


def _times(element: Any, name: str) -> int:
    return max(1, int(_attribute(element, name, "1")))


def _see_ods_row(seen: _Seen, rows: range, element: Any, struck: set[str]) -> None:
    last = 0
    for cell in element:
        if _name(cell) not in ("table-cell", "covered-table-cell"):
            continue
        first, last = last, last + _times(cell, "number-columns-repeated")
        kind, has_formula = _attribute(cell, "value-type"), bool(_attribute(cell, "formula"))
        down, right = (_times(cell, f"number-{what}-spanned") for what in ("rows", "columns"))
        if down * right > 1:
            seen.merged.append((rows[0], rows[0] + down - 1, first, first + right - 1))
        if not (kind or len(cell) or has_formula):
            continue
        seen.mark(rows[-1], last - 1, set())
        text = "".join("".join(part.itertext()) for part in cell if _name(part) == "p")
        is_error = any("calcext" in key and value == "error" for key, value in cell.attrib.items())
        without = has_formula and not kind and not text
        kinds = {"struck"} if _attribute(cell, "style-name") in struck else set()
        kinds |= {"percent"} if kind == "percentage" else set()
        for row in rows if is_error or without or kinds else ():
            for place in range(first, last):
                seen.mark(row, place, kinds)
                if is_error or without:
                    seen.odd[row, place] = (text or "#N/A") if is_error else NO_RESULT
