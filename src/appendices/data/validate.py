"""Hold a table against its description: vectorised, complete, and silent about values.

A finding names file, row, column and rule. It never holds a cell's value, so that it may be
shown, logged and printed for confidential data too. Rows are counted as a spreadsheet shows them:
the header is row 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from appendices.data.catalogue import Field, Resource
from appendices.data.findings import Finding, finding_in_rows

# What official tables write for a figure that is not given; and thousands as people write them.
_SHORTHAND = r"(?i)\[[a-z]{1,3}\]|[xz*:~-]|\.\.|n/?a|-{2,3}|\u2013|\u2014"
_GROUPED = r"[+-]?\d{1,3}([,' \u00a0]\d{3})+(\.\d+)?"
HEADER_ROWS = 2  # the first record stands in row 2


def _finding(file: str, column: str | None, bad: pd.Series, rule: str) -> list[Finding]:
    positions = np.flatnonzero(bad.to_numpy(dtype=bool))
    if positions.size == 0:
        return []
    return [finding_in_rows(file, column, rule, positions + HEADER_ROWS)]


def _as_integer(text: pd.Series) -> pd.Series:
    whole = text.str.fullmatch(r"[+-]?[0-9]{1,18}").fillna(value=False).astype(bool)
    return text.where(whole).astype("Int64")


def _as_number(text: pd.Series) -> pd.Series:
    plain = text.str.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
    number = pd.to_numeric(text.where(plain.fillna(value=False).astype(bool)), errors="coerce")
    return number.astype("float64")


def _as_boolean(text: pd.Series) -> pd.Series:
    return text.map({"true": True, "false": False}).astype("boolean")


def _as_date(text: pd.Series) -> pd.Series:
    return pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")


_CONVERTERS: dict[str, tuple[Callable[[pd.Series], pd.Series], str]] = {
    "integer": (_as_integer, "must be a whole number"),
    "year": (_as_integer, "must be a year"),
    "number": (_as_number, "must be a number with a decimal point and no thousands mark"),
    "boolean": (_as_boolean, "must be true or false"),
    "date": (_as_date, "must be a date as YYYY-MM-DD"),
}


def validate(text: pd.DataFrame, resource: Resource) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the typed table and every finding.

    Parameters
    ----------
    text
        The table as read: every column text, missing cells missing.
    resource
        The description to hold it against.

    Returns
    -------
    The typed table, columns in the order of the description, and the findings (empty when the
    table is valid). Foreign keys are checked by `validate_references`, which needs other tables.
    """
    file = resource.path.name
    findings = _header_findings(list(text.columns), resource)
    if not text.columns.is_unique:
        return pd.DataFrame(), findings
    typed: dict[str, pd.Series] = {}
    for field in resource.fields:
        if field.name in text.columns:
            column, broken = _validate_column(text[field.name], field, file)
            typed[field.name] = column
            findings += broken
    table = pd.DataFrame(typed)
    if not findings:
        findings += _table_findings(table, resource)
    return table, findings


def _header_findings(columns: list[str], resource: Resource) -> list[Finding]:
    file = resource.path.name
    expected = [field.name for field in resource.fields]
    findings = [
        Finding(file, name, "this column is missing") for name in expected if name not in columns
    ]
    # A surplus column's own name may be a value (a file without a header): say where, not what.
    surplus = [i + 1 for i, name in enumerate(columns) if name not in expected]
    if surplus:
        places = ", ".join(map(str, surplus))
        names = ", ".join(expected)
        findings.append(
            Finding(file, None, f"unexpected column at place {places}; expected: {names}")
        )
    if len(set(columns)) < len(columns):
        findings.append(Finding(file, None, "a column name stands twice in the header"))
    return findings


def _validate_column(text: pd.Series, field: Field, file: str) -> tuple[pd.Series, list[Finding]]:
    missing = text.isna()
    findings: list[Finding] = []
    if field.required:
        findings += _finding(file, field.name, missing, "must not be empty")
    if field.unique:
        findings += _finding(file, field.name, text.duplicated() & ~missing, "must be unique")
    # A column repeats few texts: each is converted and checked once.
    codes, distinct = pd.factorize(text, use_na_sentinel=False)
    column, broken = convert(pd.Series(distinct), field)
    for bad, rule in broken:
        for part, said in _by_cause(pd.Series(distinct), bad, rule, field):
            findings += _finding(file, field.name, part.take(codes), said)
    return column.take(codes).set_axis(text.index), findings


def convert(text: pd.Series, field: Field) -> tuple[pd.Series, list[tuple[pd.Series, str]]]:
    """Return the texts as the type of `field`, and which of them break which rule.

    Missing texts are missing in the result and break nothing here.
    """
    missing = text.isna()
    if field.type == "string":
        return _as_string(text, field)
    as_type, rule = _CONVERTERS[field.type]
    if field.group_mark:
        text = text.str.replace(
            rf"(?<=\d){re.escape(field.group_mark)}(?=\d{{3}}(?!\d))", "", regex=True
        )
    column = as_type(text)
    broken = [(column.isna() & ~missing, rule), *_beyond(column, field)]
    if field.type in ("integer", "year") and not column.isna().any():
        column = column.astype("int64")
    return column, broken


def _by_cause(
    text: pd.Series, bad: pd.Series, rule: str, field: Field
) -> list[tuple[pd.Series, str]]:
    """Return the texts that are of another type by what an official table may mean by them."""
    if field.type not in ("integer", "number") or rule != _CONVERTERS[field.type][1]:
        return [(bad, rule)]
    marks = bad & text.str.fullmatch(_SHORTHAND).fillna(value=False).astype(bool)
    grouped = bad & text.str.fullmatch(_GROUPED).fillna(value=False).astype(bool)
    return [
        (marks, f"{rule}; a mark for a figure that is not given: leave the cell empty, and say why "
         "in `status` where the table has one"),
        (grouped, f"{rule}; has marks between thousands: take them out, or declare `groupChar` of "
         "this column in datapackage.json"),
        (bad & ~marks & ~grouped, rule),
    ]  # fmt: skip


def _as_string(text: pd.Series, field: Field) -> tuple[pd.Series, list[tuple[pd.Series, str]]]:
    missing, broken = text.isna(), []
    allowed = field.labels
    if allowed:
        broken.append((~text.isin(allowed) & ~missing, f"must be one of: {', '.join(allowed)}"))
    if field.pattern:
        matches = text.str.fullmatch(field.pattern, flags=re.ASCII).fillna(value=True).astype(bool)
        broken.append((~matches & ~missing, f"must match {field.pattern}"))
    if field.categories:
        kind = pd.CategoricalDtype(list(field.categories), ordered=field.ordered)
        return text.where(text.isin(field.categories)).astype(kind), broken
    return text, broken


def _beyond(column: pd.Series, field: Field) -> list[tuple[pd.Series, str]]:
    broken = []
    for bound, is_beyond, word in (
        (field.minimum, pd.Series.lt, "at least"),
        (field.maximum, pd.Series.gt, "at most"),
    ):
        if bound is not None:
            limit = pd.Timestamp(bound) if field.type == "date" else bound
            beyond = is_beyond(column, limit).fillna(value=False).astype(bool)
            broken.append((beyond, f"must be {word} {bound}"))
    return broken


def _table_findings(table: pd.DataFrame, resource: Resource) -> list[Finding]:
    file = resource.path.name
    findings: list[Finding] = []
    if resource.primary_key:
        key = list(resource.primary_key)
        repeated = table.duplicated(subset=key)
        rule = f"the key ({', '.join(key)}) stands in an earlier row already"
        findings += _finding(file, None, repeated, rule)
    for order in resource.ascending:
        values = table[order.column]
        values = values.cat.codes if isinstance(values.dtype, pd.CategoricalDtype) else values
        groups = [table[name] for name in order.within]
        before = (
            values.groupby(groups, observed=True, sort=False, dropna=False).shift()
            if groups
            else values.shift()
        )
        falls = (values < before).fillna(value=False).astype(bool)
        findings += _finding(file, order.column, falls, "out of order: an earlier value follows")
    return findings


def validate_references(
    table: pd.DataFrame, resource: Resource, others: dict[str, pd.DataFrame]
) -> list[Finding]:
    """Return a finding for each foreign key of `resource` that points at nothing.

    `others` holds the typed tables the keys refer to, by resource name.
    """
    findings: list[Finding] = []
    for key in resource.foreign_keys:
        target = others[key.resource] if key.resource else table
        known = pd.MultiIndex.from_frame(target[list(key.reference_fields)].astype("str"))
        held = table[list(key.fields)]
        complete = held.notna().all(axis=1)
        found = pd.MultiIndex.from_frame(held.astype("str")).isin(known)
        rule = f"must stand in {key.resource or resource.name} ({', '.join(key.reference_fields)})"
        bad = complete & ~pd.Series(found, index=table.index)
        findings += _finding(resource.path.name, ", ".join(key.fields), bad, rule)
    return findings
