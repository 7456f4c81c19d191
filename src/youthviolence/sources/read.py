"""Read a CSV file as text columns; what cannot be read is a finding, never a guess."""

from __future__ import annotations

import codecs
import csv
import re

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from youthviolence.sources.catalogue import Resource
from youthviolence.sources.findings import Finding


def read_text(content: bytes, resource: Resource) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the table in `content` with every column as text, and what kept it from being read.

    Encoding, header, and the number of cells in each row are checked here; what the cells hold is
    checked by `validate`. Cells equal to one of the resource's missing values are missing.
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
    try:
        header = next(csv.reader([text.split("\n", 1)[0].rstrip("\r")]), [])
    except csv.Error:
        return nothing, [Finding(file, None, "the header is malformed", (1,), 1)]
    ragged: list[int] = []

    def note_ragged(row: arrow_csv.InvalidRow) -> str:
        ragged.append(row.number)
        return "skip"

    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text.encode("utf-8")),
            # One thread: only then does the reader know the number of a bad row.
            read_options=arrow_csv.ReadOptions(use_threads=False, block_size=1 << 26),
            parse_options=arrow_csv.ParseOptions(
                newlines_in_values=True, invalid_row_handler=note_ragged
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={name: pa.string() for name in header},
                null_values=list(resource.missing_values),
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        # The reader quotes the row it stumbled over: only its own words may be shown.
        reason = "a row is malformed" if re.search("parse", str(error)) else "cannot be read"
        return nothing, [Finding(file, None, f"{reason}; expected comma-separated rows")]
    if ragged:
        width = table.num_columns
        rule = f"must have {width} cells, as the header has"
        return nothing, [Finding(file, None, rule, tuple(ragged[:5]), len(ragged))]
    return table.to_pandas(), []
