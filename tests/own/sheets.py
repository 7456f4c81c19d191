"""A folder of sheets as people keep them, made by code, each with what it must give.

`SHEETS` is shown in ``docs/own-cohort.md`` too: a test holds the two against one another.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from xml.sax.saxutils import quoteattr

import openpyxl
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

N = 20
HEADER = ["Ref", "Sex", "Birth", "Seen", "Known?", "Visits"]
FIELDS: list[dict[str, Any]] = [
    {"name": "sex", "type": "string", "categories": ["female", "male"]},
    {"name": "age", "type": "integer", "constraints": {"minimum": 0, "maximum": 110}},
    {"name": "known", "type": "string", "categories": ["yes", "no"]},
    {"name": "visits", "type": "integer"},
]
DESCRIPTION = {"name": "sheet", "title": "Sheet", "basis": "observed", "schema": {"fields": FIELDS}}
MAPPING: dict[str, Any] = {
    "person": "Ref",
    "columns": {
        "sex": {"from": "Sex", "values": {"female": "F", "male": "M"}},
        "age": {"from": "Birth", "dates": "day/month/year", "age_at": "2024-08-31"},
        "known": {"from": "Known?", "values": {"yes": ["Y", "1", "TRUE"], "no": ["N", "0"]},
                  "missing": ""},
        "visits": {"from": "Visits", "missing": ""},
    },
    "ignore": "Seen",
    "not_birth": "Seen",
}  # fmt: skip
Row = list[Any]


def people() -> list[Row]:
    """Return the young people of every sheet: births on all days of a month, ages 11 to 19."""
    first = date(2005, 1, 3)
    return [
        [f"A{n:02d}", "FM"[n % 2], first + timedelta(days=n * 150 + n), date(2024, 6, 1 + n),
         "YN"[n % 3 > 0], n % 7]
        for n in range(N)
    ]  # fmt: skip


def records(rows: list[Row] | None = None) -> list[tuple[str, int, str | None, int | None]]:
    """Return the described values of these people, reckoned by other means than the package's."""
    found = []
    for _, sex, born, _, known, visits in rows or people():
        age = 2024 - born.year - ((born.month, born.day) > (8, 31))
        found.append(
            ({"F": "female", "M": "male"}[sex], age, {"Y": "yes", "N": "no"}[known], visits)
        )
    return found


def typed(rows: list[Row]) -> list[Row]:
    """Return rows with days as people type them: 03/01/2005."""
    return [
        [one.strftime("%d/%m/%Y") if isinstance(one, date) else one for one in row] for row in rows
    ]


def as_csv(rows: list[Row], mark: str = ",", encoding: str = "utf-8", head: str = "") -> bytes:
    """Return rows as CSV, days as typed."""
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator="\r\n").writerows(typed(rows))
    return (head + text.getvalue()).encode(encoding)


def as_xlsx(rows: list[Row], change: Callable[[Worksheet], object] = lambda _: None) -> bytes:
    """Return rows as a workbook with one sheet, to which `change` was done."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(row)
    change(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    "<office:automatic-styles>{styles}</office:automatic-styles><office:body><office:spreadsheet>"
    "{tables}</office:spreadsheet></office:body></office:document-content>"
)


def _ods_cell(value: Any) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, str) and value.startswith("<"):
        return value
    if isinstance(value, date):
        kind = f'office:value-type="date" office:date-value="{value.isoformat()}"'
    elif isinstance(value, int | float):
        kind = f'office:value-type="float" office:value="{value}"'
    else:
        kind = 'office:value-type="string"'
    return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"


def as_ods(
    rows: list[Row], attributes: Mapping[int, str] | None = None, styles: str = "", more: str = ""
) -> bytes:
    """Return rows as ODS, each row with its attributes by number, as departments publish it."""
    lines = "".join(
        f"<table:table-row {(attributes or {}).get(number, '')}>"
        f"{''.join(map(_ods_cell, row))}</table:table-row>"
        for number, row in enumerate(rows, 1)
    )
    rest = (
        '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )
    table = f"<table:table table:name={quoteattr('Sheet 1')}>{lines}{rest}</table:table>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", _ODS.format(styles=styles, tables=table + more))
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
    return buffer.getvalue()


@dataclass(frozen=True)
class Sheet:
    """A sheet: what is tried, what it must give as it is, and what after a declaration.

    ``says`` is part of the question or refusal, empty where the file is read; ``row`` a row that it
    must name. ``declare`` answers it, in the words of the mapping; ``people`` are the rows of
    `people` that the file then has, in order, or other rows.
    """

    tried: str
    file: str
    content: bytes
    says: str = ""
    row: int | None = None
    declare: dict[str, Any] = field(default_factory=dict)
    people: list[Row] | None = field(default_factory=people)
    given: dict[str, Any] = field(default_factory=dict)


def mapping_of(sheet: Sheet, *, declared: bool) -> dict[str, Any]:
    """Return the mapping for a sheet, before or after its question is answered."""
    mapping = {**MAPPING, "file": sheet.file, **sheet.given}
    answers = sheet.declare if declared else {}
    columns = dict(mapping["columns"])
    for name, answer in answers.get("columns", {}).items():
        columns[name] = {**columns[name], **answer}
    return {**mapping, **answers, "columns": columns}


def answer_of(sheet: Sheet) -> str:
    """Return the answer to a sheet's question as it stands in the mapping."""
    words = []
    for key, value in sheet.declare.items():
        inner = value if key == "columns" else {"": {key: value}}
        words += [f"{one}: {text}" for answers in inner.values() for one, text in answers.items()]
    return ", ".join(dict.fromkeys(words))


def _edit(row: int, place: int, value: Any, rows: list[Row] | None = None) -> list[Row]:
    changed = [list(one) for one in rows or people()]
    changed[row][place] = value
    return changed


def _hide(rows: range) -> Callable[[Worksheet], object]:
    def change(sheet: Worksheet) -> None:
        for row in rows:
            sheet.row_dimensions[row].hidden = True

    return change


def _filter(sheet: Worksheet) -> None:
    sheet.auto_filter.ref = "A1:F21"
    sheet.auto_filter.add_filter_column(1, ["F"])
    _hide(range(4, 8))(sheet)


def _swapped() -> list[Row]:
    """Return rows as a spreadsheet set to another country takes typed days: some for dates."""
    rows = people()
    for row in rows:
        born = row[2]
        if born.day <= 12:
            row[2] = date(born.year, born.day, born.month)
        else:
            row[2] = born.strftime("%d/%m/%Y")
    return rows


def _partly_typed() -> list[Row]:
    return [
        [*row[:2], row[2].strftime("%d/%m/%Y") if n % 2 else row[2], *row[3:]]
        for n, row in enumerate(people())
    ]


def _strike(sheet: Worksheet) -> None:
    for cell in sheet[5]:
        cell.font = Font(strike=True)


def _merge(sheet: Worksheet) -> None:
    for row in (4, 5):
        sheet.cell(row, 5).value = None
    sheet.merge_cells("E3:E5")


def _percent(sheet: Worksheet) -> None:
    sheet["F3"].number_format = "0%"


def _invisible(sheet: Worksheet) -> None:
    sheet["F3"].number_format = ";;;"


def _error(sheet: Worksheet, where: str) -> None:
    sheet[where] = "#N/A"
    sheet[where].data_type = "e"


def _mac(sheet: Worksheet) -> None:
    assert sheet.parent is not None
    sheet.parent.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904


def _second(sheet: Worksheet, *, hidden: bool) -> None:
    assert sheet.parent is not None
    other = sheet.parent.create_sheet("Old")
    other.sheet_state = "hidden" if hidden else "visible"


def _hide_column(sheet: Worksheet) -> None:
    sheet.column_dimensions["E"].hidden = True


def _merged_known() -> list[Row]:
    rows = people()
    for row in rows[2:4]:
        row[4] = rows[1][4]
    return rows


def _ids(*pairs: tuple[int, Any]) -> list[Row]:
    rows = people()
    for number, (at, value) in enumerate(pairs):
        rows[at][0] = value
        assert number < N
    return rows


ALL = people()
WHOLE = [HEADER, *ALL]
KEPT = [row for number, row in enumerate(ALL, 2) if not 4 <= number < 8]
_OLE = b"\xd0\xcf\x11\xe0"
_COLLAPSED = 'table:visibility="collapse"'
_FILTERED = 'table:visibility="filter"'
_WITH_TIMES = [
    [*row[:2], datetime(row[2].year, row[2].month, row[2].day, 14, 35), *row[3:]] for row in ALL
]
_GROUPED = [[*row[:5], row[5] * 1000 + 4512] for row in ALL]
_WRITTEN = [[*row[:5], f"{row[5]:,}"] for row in _GROUPED]
_NOTES_KEY = {"note_rows": "drop"}
_TWO_DIGITS = _edit(3, 2, "03/01/05")
_MONTHS_FIRST = _edit(3, 2, "03/25/2005")
_BOOLEANS = [[*row[:4], row[4] == "Y", row[5]] for row in ALL]
_YES_NO = {"columns": {"known": {"values": {"yes": "TRUE", "no": "FALSE"}}}}

SHEETS: dict[str, Sheet] = {
    "plain CSV": Sheet("a plain CSV", "a.csv", as_csv(WHOLE)),
    "plain workbook": Sheet("a plain workbook", "a.xlsx", as_xlsx(WHOLE)),
    "plain ODS": Sheet("an ODS workbook, as departments publish", "a.ods", as_ods(WHOLE)),
    "hidden by a filter": Sheet(
        "rows hidden by a filter", "a.xlsx", as_xlsx(WHOLE, _filter),
        "are hidden by a filter", 4,
        {"hidden_rows": "drop"}, KEPT,
    ),
    "hidden by hand": Sheet(
        "rows hidden by hand", "a.xlsx", as_xlsx(WHOLE, _hide(range(4, 8))), "are hidden", 4,
        {"hidden_rows": "keep"},
    ),
    "hidden in ODS": Sheet(
        "the same in ODS", "a.ods",
        as_ods(WHOLE, {4: _COLLAPSED, 5: _FILTERED, 6: _FILTERED, 7: _COLLAPSED}),
        "are hidden by a filter", 4, {"hidden_rows": "drop"}, KEPT,
    ),
    "hidden column": Sheet(
        "a column that is used and hidden", "a.xlsx", as_xlsx(WHOLE, _hide_column),
        "column 'Known?': is hidden", None, {"hidden_columns": "keep"},
    ),
    "two sheets": Sheet(
        "a second sheet, hidden", "a.xlsx", as_xlsx(WHOLE, lambda one: _second(one, hidden=True)),
        "has 2 sheets, 1 of them hidden", None, {"sheet": "Sheet"},
    ),
    "merged": Sheet(
        "merged cells", "a.xlsx", as_xlsx(WHOLE, _merge), "is in merged cells", 3,
        {"merged_cells": "fill"}, _merged_known(),
    ),
    "struck out": Sheet(
        "a row struck out", "a.xlsx", as_xlsx(WHOLE, _strike), "is struck out", 5,
        {"struck_rows": "drop"}, ALL[:3] + ALL[4:],
    ),
    "totals": Sheet(
        "a source and a total below the table", "a.xlsx",
        as_xlsx([*WHOLE, [], ["Total", None, None, None, None, 83], ["Source: case files"]]),
        "total, a note", 23, {"last_row": 21},
    ),
    "notes in CSV": Sheet(
        "the same in CSV", "a.csv", as_csv([*WHOLE, ["Total 83"], ["Source: ONS 2024"]]),
        "total, a note", 22, {"stop_at": "Total"},
    ),
    "subtotals": Sheet(
        "subtotals between the rows", "a.xlsx",
        as_xlsx([*WHOLE[:8], ["Subtotal", None, None, None, None, 21], *WHOLE[8:]]),
        "total, a note", 9, _NOTES_KEY,
    ),
    "header again": Sheet(
        "the header again in the middle, after an empty row", "a.xlsx",
        as_xlsx([*WHOLE[:8], [], HEADER, *WHOLE[8:]]), "repeated header", 10, _NOTES_KEY,
    ),
    "two tables": Sheet(
        "a second table below the first", "a.xlsx",
        as_xlsx([*WHOLE, [], ["Site", "n"], ["North", 12]]), "does not know", 23, {"last_row": 21},
    ),
    "two header rows": Sheet(
        "a second row of the header", "a.xlsx",
        as_xlsx([["Person", None, "Dates"], HEADER, *ALL]),
        "the columns that the mapping names stand in row 2", None, {"header_row": 2},
    ),
    "error elsewhere": Sheet(
        "`#N/A` in a column that is not used", "a.xlsx",
        as_xlsx(WHOLE, lambda one: _error(one, "D3")),
    ),
    "error": Sheet(
        "`#N/A` in one that is", "a.xlsx", as_xlsx(WHOLE, lambda one: _error(one, "F3")),
        "column 'visits': is an error of the spreadsheet", 3,
        {"columns": {"visits": {"missing": ["", "#N/A"]}}}, _edit(1, 5, None),
    ),
    "formula": Sheet(
        "a formula saved without its result", "a.xlsx", as_xlsx(_edit(2, 5, "=1+1", WHOLE)),
        "column 'visits': is a formula", 3, people=None,
    ),
    "swapped": Sheet(
        "days and months swapped on opening: part real dates, part text", "a.xlsx",
        as_xlsx([HEADER, *_swapped()]), "day and month are probably swapped", None,
        {"columns": {"age": {"swapped_dates": "yes"}}},
    ),
    "part text": Sheet(
        "part real dates, part text, not swapped", "a.xlsx", as_xlsx([HEADER, *_partly_typed()]),
        "others are text", None, {"columns": {"age": {"swapped_dates": "no"}}},
    ),
    "swapped in CSV": Sheet(
        "the swapped ones saved as CSV", "a.csv",
        as_csv([HEADER, *[[*r[:2], str(r[2]), *r[3:]] for r in _swapped()]]),
        "day and month are probably swapped", None,
        {"columns": {"age": {"swapped_dates": "yes"}}},
    ),
    "date-times": Sheet("days with a time", "a.xlsx", as_xlsx([HEADER, *_WITH_TIMES])),
    "counted from 1904": Sheet(
        "dates counted from 1904, as old Macs do", "a.xlsx",
        as_xlsx(WHOLE, _mac),
    ),
    "serials": Sheet(
        "dates as plain numbers", "a.xlsx", as_xlsx(_edit(3, 2, 38412, WHOLE)),
        "is no date in the declared order with four digits of the year (a whole number)", 4,
        people=None,
    ),
    "two digits": Sheet(
        "years of two digits", "a.csv", as_csv([HEADER, *_TWO_DIGITS]),
        "four digits of the year", 5, people=None,
    ),
    "another order": Sheet(
        "a date in another order", "a.csv", as_csv([HEADER, *_MONTHS_FIRST]),
        "column 'age': is no date", 5, people=None,
    ),
    "zeros": Sheet(
        "ids `7` and `0007`", "a.xlsx", as_xlsx([HEADER, *_ids((1, 7), (4, "0007"))]),
        "same but for zeros", 3, {"leading_zeros": "different"},
    ),
    "zeros of one": Sheet(
        "the same, of one person", "a.xlsx", as_xlsx([HEADER, *_ids((1, 7), (4, "0007"))]),
        "is a person of an earlier row", 6, given={"leading_zeros": "same"}, people=None,
    ),
    "spellings": Sheet(
        "ids that differ in case, space or `.0`", "a.csv",
        as_csv([HEADER, *_ids((1, "7"), (4, " 7.0"), (5, "a00 "))]),
        "is a person of an earlier row", 6, people=None,
    ),
    "rows twice": Sheet(
        "a row that stands twice", "a.csv", as_csv([*WHOLE, ALL[3]]),
        "same in every column as an earlier row", 22, {"repeated_rows": "drop"},
    ),
    "thousands": Sheet(
        "`4,512`", "a.csv", as_csv([HEADER, *_WRITTEN]),
        "must be a whole number; found a number with other marks", 2,
        {"columns": {"visits": {"thousands": "comma"}}}, _GROUPED,
    ),
    "decimal comma": Sheet(
        "`1,5`", "a.csv", as_csv(_edit(3, 5, "1,5", WHOLE), ";"),
        "must be a whole number; found a number with other marks", 4, people=None,
    ),
    "percent": Sheet(
        "numbers shown as percentages", "a.xlsx", as_xlsx(WHOLE, _percent),
        "is shown as a percentage", 3, people=None,
    ),
    "invisible": Sheet(
        "numbers that a format keeps from view", "a.xlsx", as_xlsx(WHOLE, _invisible),
        "is kept from view by its format", 3, people=None,
    ),
    "booleans": Sheet(
        "TRUE and FALSE", "a.xlsx", as_xlsx([HEADER, *_BOOLEANS]), "a value that the mapping", 3,
        _YES_NO,
    ),
    "tick as number": Sheet(
        "`1.0` for `1`", "a.csv", as_csv(_edit(1, 4, "1.0", WHOLE)),
    ),
    "fixed spaces": Sheet(
        "fixed spaces in header and cells", "a.csv",
        as_csv([[*HEADER[:4], "\u00a0Known?\u00a0", "Visits"], *_edit(0, 4, "\u00a0Y")]),
    ),
    "twin header": Sheet(
        "two columns called the same but for case", "a.csv",
        as_csv([[*HEADER, "sex "], *[[*row, "F"] for row in ALL]]),
        "2 columns called 'Sex' but for case and space, at places 2, 7", None, people=None,
    ),
    "semicolons": Sheet("semicolons, cp1252", "a.csv", as_csv(WHOLE, ";", "cp1252")),
    "UTF-16": Sheet("tabs, UTF-16", "a.txt", as_csv(WHOLE, "\t", "utf-16")),
    "sep=": Sheet("`sep=;` in the first line", "a.csv", as_csv(WHOLE, ";", head="sep=;\r\n")),
    "trailing": Sheet(
        "empty columns at the end", "a.csv", as_csv([[*row, "", ""] for row in WHOLE])
    ),
    "short row": Sheet(
        "a row cut short", "a.csv", as_csv([*WHOLE[:5], WHOLE[5][:4], *WHOLE[6:]]),
        "row 6: fewer cells than the header", None, people=None,
    ),
    "password": Sheet(
        "a password, or the old format", "a.xlsx", _OLE + b"\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "protected by a password", None, people=None,
    ),
    "xls": Sheet("an .xls file", "a.xls", _OLE, "save it as .xlsx", None, people=None),
    "not a workbook": Sheet(
        "a workbook called .csv", "a.csv", as_xlsx(WHOLE), "is a workbook, not text", None,
        people=None,
    ),
    "birth elsewhere": Sheet(
        "births in a column of another name", "a.csv", as_csv(WHOLE),
        "place 4 holds what look like dates of birth", None, {"not_birth": "Seen"},
        given={"not_birth": []},
    ),
    "names": Sheet(
        "names with accents, in lower case", "a.csv",
        as_csv([[*HEADER, "x"], *[[*row, f"josé garcía{'abcdefghijklmnopqrst'[n]}"]
                                  for n, row in enumerate(ALL)]]),
        "place 7 holds what look like names of people", None, {"not_names": "x"},
    ),
}  # fmt: skip


def documented() -> list[str]:
    """Return the lines of the table that the guide shows."""
    lines = ["| a sheet with | gives | until the mapping says |", "|---|---|---|"]
    for sheet in SHEETS.values():
        gives = f"“{sheet.says}”" if sheet.says else f"{len(sheet.people or [])} people"
        answer = f"`{answer_of(sheet)}`" if sheet.declare else ""
        if sheet.says and not answer:
            answer = "— (mend the file)"
        lines.append(f"| {sheet.tried} | {gives} | {answer} |")
    return lines
