"""Write the folder of a new cohort: description, first mapping, empty templates."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from appendices.data.catalogue import Field, Resource, describe
from appendices.data.mapping import MAPPING
from appendices.data.own import DESCRIPTION, FOLDER, NAME, NETWORK, PERSON, TIES
from appendices.errors import UsageError, unknown
from appendices.project import write_atomic
from appendices.settings import COMMAND

TEMPLATE = "template"
# What a list of ties says of its places, each as another data set describes it.
_PLACES = {
    "incident_type": ("network_incidents", "type"),
    "institution_type": ("network_institutions", "type"),
}
_LETTERS = {"institution": "s"}  # of pseudonyms, where the first one is another's


def new_cohort(
    name: str, like: str, folder: Path, root: Path, only: Collection[str] | None = None
) -> list[Path]:
    """Write a folder for a cohort with the attributes of the data set `like`; return its files.

    `like` may also be "network": then a record is a tie of a person to an incident or an
    institution, from which `network.lists_of` takes the three lists of nodes. With `only` it has
    no more than the attributes of these names.

    Raises
    ------
    UsageError
        When the name is not taken, the folder is not empty, or `like` has no people.
    """
    resources = describe(root)
    models = {
        one.name: one.fields for one in resources.values()
        if one.path.parent.name == FOLDER and one.fields and one.fields[0].name == PERSON
        and len(one.fields) > 3
    }  # fmt: skip
    if TIES in resources:
        models[NETWORK] = _fields_of_ties(resources)
    if like not in models:
        raise unknown("cohort to be like", like, models)
    if not re.fullmatch(NAME, name) or name in resources:
        raise UsageError(
            f"cohort name {name!r}: use small letters, digits and underscores, beginning with a "
            "letter, and no name that the compendium has."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder.name!r} is there already and is not empty; choose another.")
    key, *fields = models[like]
    fields = [field for field in fields if only is None or field.name in only]
    what, parameter = ("network", "records") if like == NETWORK else ("cohort", "cohort")
    described = {
        "name": name, "title": f"Own {what} {name}", "description": "", "key": key.name,
        "sensitivity": "confidential",
        "basis": "observed", "schema": {"fields": [_described(one) for one in fields]},
    }  # fmt: skip
    names = [one.name for one in fields]
    files: dict[str, str | bytes] = {
        DESCRIPTION: json.dumps(described, indent=1, ensure_ascii=False) + "\n",
        MAPPING: _first_mapping(fields),
        f"{TEMPLATE}.csv": ",".join(names) + "\n",
        f"{TEMPLATE}.xlsx": _empty_workbook(names),
        "README.md": _README.format(
            command=COMMAND, what=what.capitalize(), name=name, parameter=parameter
        ),
        ".gitignore": "*\n",
    }
    for file, content in files.items():
        write_atomic(folder / file, content)
    return [folder / file for file in files]


def _fields_of_ties(resources: Mapping[str, Resource]) -> tuple[Field, ...]:
    """Return the fields of a list of ties with the types of the places beside them."""
    types = []
    for name, (resource, column) in _PLACES.items():
        (found,) = (one for one in resources[resource].fields if one.name == column)
        types.append(found.model_copy(update={"name": name, "required": False}))
    return (*resources[TIES].fields, *types)


def _described(field: Field) -> dict[str, Any]:
    item: dict[str, Any] = {"name": field.name, "type": field.type}
    if not _has_values(field):
        return item | {"constraints": {"required": True} if field.required else {}}
    if field.labels:
        item["categories"] = list(field.labels)
        item["categoriesOrdered"] = field.ordered
    limits = {"minimum": field.minimum, "maximum": field.maximum}
    item["constraints"] = {key: value for key, value in limits.items() if value is not None}
    return item


def _has_values(field: Field) -> bool:
    """Whether a field holds described values or numbers, and not ids or days."""
    return bool(field.labels) or field.type == "integer"


def _first_mapping(fields: Sequence[Field]) -> str:
    lines = [_MAPPING_HEAD]
    for field in fields:
        lines.append(f"  {field.name}:\n    from: {field.name}")
        categories = field.labels
        if categories:
            pairs = ", ".join(f"{_quoted(one)}: [{_quoted(one)}]" for one in categories)
            lines.append(f"    values: {{{pairs}}}")
        if field.type == "date":
            lines.append("    dates: year/month/day")
        elif not _has_values(field):
            lines.append(f"    pseudonyms: {_LETTERS.get(field.name, field.name[0])}")
        if "not recorded" not in categories and (_has_values(field) or not field.required):
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
file: template.csv      # your file, in this folder: .csv, .tsv, .txt, .xlsx or .ods
# encoding: cp1252      # where it cannot be told from the file
# delimiter: semicolon  # comma, semicolon, tab or bar
# header_row: 1         # the row with the names of the columns
# sheet: Sheet1         # where a workbook has several
# ignore: []            # columns that you know are not used
columns:"""

_README = """\
# {what} {name}

1. Put your file in this folder, without names, addresses, numbers or other direct identifiers.
2. In `mapping.yml` say which file it is, which of its columns becomes which attribute, and what
   its values mean.
3. `{command} cohort check FOLDER` says what is still wrong: row, column and rule, no value.
4. `{command} run -p {parameter}=FOLDER` makes the pages.

`cohort.json` describes the attributes: types, categories, sensitivity. Nothing in this folder is
taken into git.
"""
