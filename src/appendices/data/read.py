"""Read a CSV file as text columns; what cannot be read is a finding, never a guess."""

from __future__ import annotations

import codecs
import csv
import io

import pandas as pd

from appendices.data.catalogue import Resource
from appendices.data.findings import Finding, finding_in_rows
from appendices.data.strings import TEXT


def read_text(content: bytes, resource: Resource) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the table in `content` with every column as text, and what kept it from being read.

    Encoding, header, and the number of cells in each row are checked here; what the cells hold is
    checked by `validate`. Cells equal to one of the resource's missing values are missing. Lines
    without any character are left out and not counted.
    """
    file = resource.path.name
    nothing = pd.DataFrame()
    if not content.strip():
        return nothing, [Finding(file, None, "the file is empty; expected a header and rows")]
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode(resource.encoding)
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        rule = f"not {resource.encoding} text at this row; save the file as CSV UTF-8"
        return nothing, [Finding(file, None, rule, (row,), 1)]
    if "\x00" in text:
        return nothing, [Finding(file, None, "holds a NUL character: not a text file")]
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = next(filter(None, reader))
        widths = [len(row) for row in reader if row]
    except (csv.Error, StopIteration):
        rule = "cannot be read at this line; expected comma-separated rows"
        return nothing, [Finding(file, None, rule, (reader.line_num,), 1)]
    ragged = [row for row, width in enumerate(widths, start=2) if width != len(header)]
    if ragged:
        rule = f"must have {len(header)} cells, as the header has"
        return nothing, [finding_in_rows(file, None, rule, ragged)]
    table = _as_frame(text, header, resource)
    if table is None or len(table) != len(widths) or text.count('"') % 2:
        rule = "a row is malformed: a quotation mark inside a cell, or one that is not closed"
        return nothing, [Finding(file, None, rule)]
    return table, []


def _as_frame(text: str, header: list[str], resource: Resource) -> pd.DataFrame | None:
    try:
        table = pd.read_csv(
            io.StringIO(text, newline=""), header=None, names=range(len(header)), dtype=TEXT,
            keep_default_na=False, na_values=list(resource.missing_values), index_col=False,
        )  # fmt: skip
    except (ValueError, OverflowError):  # what it says quotes the row
        return None
    table = table.iloc[1:].reset_index(drop=True)
    table.columns = pd.Index(header)
    return table
