"""One way in for data: find, read and validate."""

from __future__ import annotations

import gzip
from pathlib import Path
from unicodedata import normalize

import pandas as pd

from appendices.data.catalogue import PACKAGE, Resource, describe, find_resource
from appendices.data.findings import Finding, data_error
from appendices.data.own import read_own
from appendices.data.read import read_text
from appendices.data.validate import validate, validate_references
from appendices.errors import DataError
from appendices.project import project_root
from appendices.settings import COMMAND

ADVICE = f"Nothing was changed. Mend the file, then run `{COMMAND} check`."


def load(name: str, root: Path | None = None) -> pd.DataFrame:
    """Return the table called `name` in ``data/raw/datapackage.json``, valid and typed.

    Returns
    -------
    One row a record, columns in the order of the description; text with categories as an
    (ordered) categorical, integers as int64 (Int64 where cells may be missing), numbers as
    float64, dates as datetime64.

    Raises
    ------
    UsageError
        When no data set has this name.
    DataError
        When the file is missing or breaks its description: file, row, column and rule, never a
        value.
    """
    root = root or project_root()
    return load_resource(find_resource(describe(root), name), root)


def load_resource(resource: Resource, root: Path) -> pd.DataFrame:
    """Return the typed table of `resource`; see `load`."""
    if not resource.path.is_file():
        raise DataError(
            f"{resource.path.name} is missing ({resource.title}). "
            f"Expected in the folder {resource.path.parent.name}."
        )
    if resource.mapping is not None:
        return read_own(resource)[0]
    table, findings = read_table(resource, resource.path.read_bytes())
    if findings:
        raise data_error(findings, ADVICE)
    return table


def load_people(resource: Resource, root: Path) -> tuple[pd.DataFrame, list[str] | None]:
    """Return the typed table of a cohort and the canonical id of each person, in its order.

    The ids are those of the column that the mapping names as `person`; None where it names none.
    They are for keys only, and nothing keeps them.
    """
    if resource.mapping is None:
        return load_resource(resource, root), None
    table, report = read_own(resource)
    return table, None if report.ids is None else [normalize("NFC", one) for one in report.ids]


def read_table(resource: Resource, content: bytes) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the typed table in `content` and every finding about it."""
    if resource.path.suffix == ".gz":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError):
            name = resource.path.name
            return pd.DataFrame(), [Finding(name, None, "not a whole gzip file; copy it again")]
    text, findings = read_text(content, resource)
    return (text, findings) if findings else validate(text, resource)


def check(root: Path | None = None) -> dict[str, list[Finding]]:
    """Hold every file in ``data/raw`` against its description.

    Returns
    -------
    The findings by resource name, an empty list for a valid one. An optional file that is absent
    has no findings. Files that nothing describes are reported under the name of the package.
    """
    root = root or project_root()
    resources = describe(root)
    tables: dict[str, pd.DataFrame] = {}
    findings: dict[str, list[Finding]] = {}
    for name, resource in resources.items():
        findings[name] = []
        if not resource.path.is_file():
            if not resource.optional:
                findings[name] = [Finding(resource.path.name, None, "the file is missing")]
        elif resource.is_table:
            tables[name], findings[name] = read_table(resource, resource.path.read_bytes())
    for name, resource in resources.items():
        needed = {key.resource for key in resource.foreign_keys if key.resource}
        if name in tables and not findings[name] and needed <= tables.keys():
            findings[name] = validate_references(tables[name], resource, tables)
    findings[PACKAGE.stem] = _undescribed(root, resources)
    return findings


def _undescribed(root: Path, resources: dict[str, Resource]) -> list[Finding]:
    package = root / PACKAGE
    known = {resource.path.resolve() for resource in resources.values()} | {package.resolve()}
    present = (path for path in sorted(package.parent.rglob("*")) if path.is_file())
    return [
        Finding(str(path.relative_to(package.parent)), None, "no resource describes this file")
        for path in present
        if path.resolve() not in known and not path.name.startswith(".")
    ]
