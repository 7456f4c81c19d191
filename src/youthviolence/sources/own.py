"""A cohort of one's own: a folder with its description, its mapping, and the file itself."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from youthviolence.errors import DataError, UsageError, unknown
from youthviolence.project import write_atomic
from youthviolence.sources.catalogue import Field, Resource, build_resource, describe
from youthviolence.sources.cells import Cells, read_cells
from youthviolence.sources.identifiers import find_identifiers
from youthviolence.sources.mapping import (
    MAPPING,
    FileMapping,
    apply_mapping,
    read_mapping,
    unmapped,
)
from youthviolence.sources.validate import Finding, data_error, validate

DESCRIPTION = "cohort.json"
FOLDER = "cohorts"
PERSON = "person"
TEMPLATE = "template"
ADVICE = "Nothing was changed. Mend the file or the mapping, then run `youthviolence cohort check`."
_MOST_PATH = 1000


@dataclass(frozen=True)
class OwnReport:
    """What reading a cohort found out, without any of its values."""

    people: int
    said: tuple[str, ...]
    dropped: tuple[int, ...]
    ignored: tuple[str, ...]


def is_own(name: str) -> bool:
    """Return whether `name` is the path of a folder with a cohort of one's own."""
    try:
        return 0 < len(name) < _MOST_PATH and (Path(name) / DESCRIPTION).is_file()
    except (OSError, ValueError):
        return False


def find_data_set(root: Path, name: str) -> Resource:
    """Return the data set called `name` in ``data/raw``, or the cohort in the folder `name`.

    Raises
    ------
    UsageError
        When it is neither, with a suggestion.
    """
    resources = describe(root)
    if name in resources:
        return resources[name]
    if is_own(name):
        return own_resource(Path(name), set(resources))
    raise unknown("data set", name, resources)


def own_resource(folder: Path, taken: set[str] | None = None) -> Resource:
    """Return the description of the cohort in `folder`; its key column is made when it is read.

    Raises
    ------
    DataError
        When ``cohort.json`` or ``mapping.yml`` is missing or malformed.
    """
    try:
        item = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        fields = item["schema"]["fields"]
        name, described = item["name"], [one["name"] for one in fields]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DataError(
            f"{DESCRIPTION}: not a description. Make one with `youthviolence cohort new`."
        ) from None
    if not isinstance(name, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name):
        raise DataError(f"{DESCRIPTION}: `name` is of small letters, digits and underscores.")
    if name in (taken or ()):
        raise DataError(f"{DESCRIPTION}: the compendium has a data set of this name; take another.")
    mapping = read_mapping(folder / MAPPING, described)
    key = {"name": PERSON, "type": "string", "constraints": {"required": True, "unique": True}}
    content = {**item, "path": mapping.file, "schema": {**item["schema"], "fields": [key, *fields]}}
    try:
        resource = build_resource(content, folder, DESCRIPTION)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise DataError(f"{DESCRIPTION}: a part of it has the wrong form.") from None
    for field in resource.fields[1:]:
        if field.type not in ("integer", "string") or (
            field.type == "string" and not (field.categories or field.enum)
        ):
            raise DataError(
                f"{DESCRIPTION}, field {field.name!r}: an attribute is a whole number, or a text "
                "with its categories; free text is not taken."
            )
    texts = (DESCRIPTION, MAPPING)
    descriptor = "\n".join((folder / one).read_text(encoding="utf-8-sig") for one in texts)
    return replace(resource, mapping=folder / MAPPING, descriptor=descriptor)


def read_own(resource: Resource) -> tuple[pd.DataFrame, OwnReport]:
    """Return the typed table of a cohort of one's own, and what reading it found out.

    Raises
    ------
    DataError
        A file that cannot be read, a direct identifier, a broken rule: file, row, column, rule.
    """
    if resource.mapping is None:
        raise UsageError(f"data set {resource.name!r} is no cohort of one's own.")
    mapping = read_mapping(resource.mapping, [one.name for one in resource.fields[1:]])
    cells = read_cells(resource.path, mapping.form)
    findings = find_identifiers(cells, sorted(mapping.derived))
    if findings:
        raise data_error(findings, ADVICE)
    text, findings = apply_mapping(cells, mapping)
    width = len(str(len(text)))
    text.insert(0, PERSON, [f"p{place:0{width}d}" for place in range(1, len(text) + 1)])
    table, more = validate(text, resource)
    findings += [_in_file(one, cells) for one in more]
    if findings:
        raise data_error(findings, ADVICE)
    return table, _report(cells, mapping)


def _in_file(finding: Finding, cells: Cells) -> Finding:
    """Return a finding of the mapped table with the row numbers of the file."""
    return replace(finding, rows=tuple(cells.numbers[row - 2] for row in finding.rows))


def _report(cells: Cells, mapping: FileMapping) -> OwnReport:
    dropped = tuple(unmapped(cells, mapping))
    ignored = tuple(name for name in mapping.ignored if name in cells.header)
    return OwnReport(len(cells.rows), cells.said, dropped, ignored)


def new_cohort(name: str, like: str, folder: Path, root: Path) -> list[Path]:
    """Write a folder for a cohort with the attributes of the data set `like`; return its files.

    Raises
    ------
    UsageError
        When the name is not taken, the folder is not empty, or `like` has no people.
    """
    resources = describe(root)
    people = {
        one.name: one for one in resources.values()
        if one.path.parent.name == FOLDER and one.fields and one.fields[0].name == PERSON
        and len(one.fields) > 3
    }  # fmt: skip
    if like not in people:
        raise unknown("cohort to be like", like, people)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) or name in resources:
        raise UsageError(
            f"cohort name {name!r}: use small letters, digits and underscores, beginning with a "
            "letter, and no name that the compendium has."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder.name!r} is there already and is not empty; choose another.")
    fields = people[like].fields[1:]
    described = {
        "name": name, "title": f"Own cohort {name}", "description": "", "sensitivity": "confidential",
        "basis": "observed", "schema": {"fields": [_described(one) for one in fields]},
    }  # fmt: skip
    names = [one.name for one in fields]
    files: dict[str, str | bytes] = {
        DESCRIPTION: json.dumps(described, indent=1, ensure_ascii=False) + "\n",
        MAPPING: _first_mapping(fields),
        f"{TEMPLATE}.csv": ",".join(names) + "\n",
        f"{TEMPLATE}.xlsx": _empty_workbook(names),
        "README.md": _README.format(name=name),
        ".gitignore": "*\n",
    }
    for file, content in files.items():
        write_atomic(folder / file, content)
    return [folder / file for file in files]


def _described(field: Field) -> dict[str, Any]:
    item: dict[str, Any] = {"name": field.name, "type": field.type}
    if field.categories or field.enum:
        item["categories"] = list(field.categories or field.enum)
        item["categoriesOrdered"] = field.ordered
    limits = {"minimum": field.minimum, "maximum": field.maximum}
    item["constraints"] = {key: value for key, value in limits.items() if value is not None}
    return item | {"merge": []}


def _first_mapping(fields: tuple[Field, ...]) -> str:
    lines = [_MAPPING_HEAD]
    for field in fields:
        lines.append(f"  {field.name}:\n    from: {field.name}")
        categories = field.categories or field.enum
        if categories:
            pairs = ", ".join(f"{_quoted(one)}: [{_quoted(one)}]" for one in categories)
            lines.append(f"    values: {{{pairs}}}")
        if "not recorded" not in categories:
            lines.append('    missing: [""]')
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _empty_workbook(names: list[str]) -> bytes:
    import openpyxl  # noqa: PLC0415 - slow to import

    book = openpyxl.Workbook()
    book.active.append(names)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


_MAPPING_HEAD = """\
# How your file becomes the cohort. Nothing is guessed: what stands here is all that is done.
# docs/own-cohort.md explains every key with an example.
file: template.csv      # your file, in this folder: .csv, .tsv, .txt, .xlsx or .parquet
# encoding: cp1252      # where it cannot be told from the file
# delimiter: semicolon  # comma, semicolon, tab or bar
# header_row: 1         # the row with the names of the columns
# sheet: Sheet1         # where a workbook has several
# ignore: []            # columns that you know are not used
columns:"""

_README = """\
# Cohort {name}

1. Put your file in this folder, without names, addresses, numbers or other direct identifiers.
2. In `mapping.yml` say which file it is, which of its columns becomes which attribute, and what
   its values mean.
3. `youthviolence cohort check FOLDER` says what is still wrong: row, column and rule, no value.
4. `youthviolence run -p cohort=FOLDER` makes the pages.

`cohort.json` describes the attributes: types, categories, sensitivity, and under `merge` which
categories may be put together, in that order, before a small count is withheld. Nothing in this
folder is taken into git.
"""
