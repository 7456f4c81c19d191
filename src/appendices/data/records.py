"""From the file of a cohort of one's own to its typed records, or to all that is wrong with it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from appendices.data.apply import apply_mapping, canonical_id, kind_of_text
from appendices.data.catalogue import Field, Resource
from appendices.data.cells import Cells, Column, clean, read_cells
from appendices.data.findings import Finding, data_error, finding_in_rows
from appendices.data.identifiers import find_identifiers
from appendices.data.mapping import FileMapping
from appendices.data.own import ADVICE, OwnReport
from appendices.data.questions import find_columns, settle
from appendices.data.validate import convert


def read_records(resource: Resource, mapping: FileMapping) -> tuple[pd.DataFrame, OwnReport]:
    """Return the typed table of a cohort, a row a record, and what reading it found out.

    Raises
    ------
    DataError
        Everything that is wrong with the file or asked about it, each by row, column and rule.
    """
    cells = read_cells(resource.path, mapping)
    findings = find_identifiers(cells, mapping)
    if findings:
        raise data_error(findings, ADVICE)
    places = find_columns(cells, mapping)
    cells, findings = settle(cells, mapping, places)
    if not len(cells.numbers):
        raise data_error(
            findings or [Finding(cells.file, None, "no row is left that is a record")], ADVICE
        )
    columns, more = apply_mapping(cells, mapping, places)
    findings += more
    series = {}
    nothing = Column((None,), np.zeros(len(cells.numbers), np.intp))  # type: ignore[arg-type]
    columns |= {field.name: nothing for field in resource.fields[1:] if field.name not in columns}
    for field in resource.fields[1:]:
        series[field.name], broken = _as_described(columns[field.name], field, cells)
        # What breaks the mapping already is not said to be empty too.
        findings += [] if any(one.column == field.name for one in more) else broken
    if findings:
        raise data_error(findings, ADVICE)
    key = resource.fields[0].name
    width = len(str(len(cells.numbers)))
    ids = [f"{key[0]}{number:0{width}d}" for number in range(1, len(cells.numbers) + 1)]
    table = pd.DataFrame({key: pd.Series(ids, dtype="str"), **series})
    return table, _report(cells, mapping, places)


def _as_described(column: Column, field: Field, cells: Cells) -> tuple[pd.Series, list[Finding]]:
    """Return the records' values as the type of `field`; each distinct text is looked at once."""
    distinct = pd.Series(column.texts, dtype="str")
    typed, broken = convert(distinct, field)
    missing = distinct.isna()
    if field.required:
        broken.append((missing, "must not be empty"))
    findings = []
    for bad, rule in broken:
        for kind, codes in _by_kind(column, bad, missing).items():
            rows = cells.numbers[np.isin(column.codes, codes)]
            if len(rows):
                found = f"{rule}; found {kind}" if kind else rule
                findings.append(finding_in_rows(cells.file, field.name, found, rows))
    return typed.take(column.codes).reset_index(drop=True), findings


def _by_kind(column: Column, bad: pd.Series, missing: pd.Series) -> dict[str, list[int]]:
    """Return the places of the texts that break a rule, by what kind of thing they are."""
    kinds: dict[str, list[int]] = {}
    for code in np.flatnonzero(bad.to_numpy(dtype=bool)):
        kind = "" if missing[code] else kind_of_text(column.texts[code])
        kinds.setdefault(kind, []).append(int(code))
    return kinds


def _report(cells: Cells, mapping: FileMapping, places: dict[str, int]) -> OwnReport:
    ignored = {clean(name) for name in (*mapping.ignore, *mapping.not_birth, *mapping.not_names)}
    used = set(places.values())
    dropped = tuple(
        place + 1
        for place, name in enumerate(cells.header)
        if place not in used and name not in ignored
    )
    named = tuple(name for name in mapping.ignore if clean(name) in cells.header)
    rows = tuple(map(int, cells.numbers))
    ids = None
    if mapping.person:
        column = cells.columns[places[mapping.person]]
        spelt = [canonical_id(text, mapping.leading_zeros) for text in column.texts]
        ids = tuple(spelt[code] for code in column.codes)
    return OwnReport(len(rows), rows, cells.said, dropped, named, ids)
