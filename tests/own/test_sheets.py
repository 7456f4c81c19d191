"""Sheets as people keep them: read as a person would see them, or asked about; never guessed."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from appendices.data.cells import clean, read_cells
from appendices.data.mapping import FileMapping
from appendices.data.own import own_resource, read_own
from appendices.errors import DataError
from tests.conftest import ROOT
from tests.own.sheets import DESCRIPTION, SHEETS, Sheet, documented, mapping_of, records
from tests.stress.malformed import as_mapping


def write(folder: Path, sheet: Sheet, *, declared: bool) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cohort.json").write_text(json.dumps(DESCRIPTION), encoding="utf-8")
    (folder / "mapping.yml").write_bytes(as_mapping(mapping_of(sheet, declared=declared)))
    (folder / sheet.file).write_bytes(sheet.content)
    return folder


def table(folder: Path) -> list[tuple[Any, ...]]:
    read = read_own(own_resource(folder))[0].drop(columns="person")
    return [tuple(None if pd.isna(one) else one for one in row) for row in read.to_numpy(object)]


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_gives_its_people_or_the_question_that_a_person_would_ask(
    tmp_path: Path, name: str
) -> None:
    sheet = SHEETS[name]
    folder = write(tmp_path / "own", sheet, declared=False)
    if sheet.says:
        with pytest.raises(DataError) as caught:
            table(folder)
        line = next((one for one in str(caught.value).splitlines() if sheet.says in one), None)
        assert line, caught.value
        assert sheet.row is None or f"row {sheet.row}" in line.replace("rows", "row"), line
    else:
        assert table(folder) == records(sheet.people)


@pytest.mark.parametrize("name", [name for name, sheet in SHEETS.items() if sheet.declare])
def test_a_question_is_answered_in_the_mapping(tmp_path: Path, name: str) -> None:
    sheet = SHEETS[name]
    assert table(write(tmp_path / "own", sheet, declared=True)) == records(sheet.people)


def second_reading(sheet: Sheet) -> list[list[str]]:
    """Return the texts of a file as pandas and openpyxl, left alone, see them."""
    given = sheet.given | {"header_row": sheet.declare.get("header_row", 1)}
    if sheet.file.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(sheet.content), data_only=True)
        rows = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    else:
        told = pd.read_csv(
            io.BytesIO(sheet.content.removeprefix(b"sep=;\r\n")), sep=None, engine="python",
            header=None, dtype=str, keep_default_na=False, skip_blank_lines=False,
            encoding="utf-16" if sheet.file.endswith(".txt") else "cp1252",
        )  # fmt: skip
        rows = told.to_numpy(object).tolist()
    return [[plain(one) for one in row] for row in rows[given["header_row"] :]]


def plain(value: Any) -> str:
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == datetime.min.time() else str(value)
    if isinstance(value, date):
        return str(value)
    return "" if value is None else str(value).upper() if isinstance(value, bool) else str(value)


READABLE = {
    name: sheet for name, sheet in SHEETS.items()
    if sheet.file.endswith((".csv", ".txt", ".xlsx")) and "formula" not in name
    and name not in ("short row", "password", "not a workbook", "notes in CSV", "names",
                     "fixed spaces", "two sheets")
}  # fmt: skip


@pytest.mark.parametrize("name", READABLE)
def test_a_second_reader_sees_the_same_values(tmp_path: Path, name: str) -> None:
    sheet = READABLE[name]
    (tmp_path / sheet.file).write_bytes(sheet.content)
    more = {"header_row": sheet.declare.get("header_row", 1)}
    mapping = FileMapping.model_validate({"file": sheet.file, "columns": {}, **more})
    cells = read_cells(tmp_path / sheet.file, mapping)
    ours = [
        list(row)
        for row in zip(
            *([column.texts[code] for code in column.codes] for column in cells.columns),
            strict=True,
        )
    ]
    theirs = [row for row in second_reading(sheet) if any(row)]
    width = len(cells.header)
    assert ours == [[clean(one) for one in row[:width]] for row in theirs]


def test_the_guide_shows_what_each_sheet_gives() -> None:
    guide = (ROOT / "docs" / "own-cohort.md").read_text(encoding="utf-8")
    assert "\n".join(documented()) in guide
