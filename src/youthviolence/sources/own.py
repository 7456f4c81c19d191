"""A cohort of one's own: a folder with its description, its mapping, and the file itself."""

from __future__ import annotations

import io
import json
import re
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from youthviolence.errors import DataError, UsageError, unknown
from youthviolence.project import write_atomic
from youthviolence.sources.catalogue import Field, Resource, build_resource, describe
from youthviolence.sources.cells import Cells, read_cells
from youthviolence.sources.findings import Finding, data_error
from youthviolence.sources.identifiers import find_identifiers
from youthviolence.sources.mapping import (
    MAPPING,
    MOST_TEXT,
    FileMapping,
    Rule,
    apply_mapping,
    read_mapping,
    unmapped,
)

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "cohort.json"
FOLDER = "cohorts"
PERSON = "person"
NETWORK, TIES, TIE = "network", "network_ties", "tie"
TEMPLATE = "template"
ADVICE = "Nothing was changed. Mend the file or the mapping, then run `youthviolence cohort check`."
# What a list of ties says of its places, each as another data set describes it.
_PLACES = {
    "incident_type": ("network_incidents", "type"),
    "institution_type": ("network_institutions", "type"),
}
_LETTERS = {"institution": "s"}  # of pseudonyms, where the first one is another's
_NAME = r"[a-z][a-z0-9_]{0,40}"
_MOST_PATH = 1000


@dataclass(frozen=True)
class OwnReport:
    """What reading a cohort found out, without any of its values.

    `rows` has for each record the row of the file that it stands in.
    """

    records: int
    rows: tuple[int, ...]
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
    item = _read_description(folder / DESCRIPTION)
    name, fields, key_name = item["name"], item["schema"]["fields"], item.pop("key", PERSON)
    if name in (taken or ()):
        raise DataError(f"{DESCRIPTION}: the compendium has a data set of this name; take another.")
    mapping = read_mapping(folder / MAPPING, [one["name"] for one in fields])
    key = {"name": key_name, "type": "string", "constraints": {"required": True, "unique": True}}
    content = {**item, "path": mapping.file, "schema": {"fields": [key, *fields]}}
    try:
        resource = build_resource(content, folder, DESCRIPTION)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise DataError(f"{DESCRIPTION}: a part of it has the wrong form.") from None
    for described, rule in zip(resource.fields[1:], mapping.rules, strict=True):
        problem = _attribute_problem(described, rule)
        if problem:
            raise DataError(f"{DESCRIPTION}, field {described.name!r}: {problem}")
    texts = (DESCRIPTION, MAPPING)
    descriptor = "\n".join((folder / one).read_text(encoding="utf-8-sig") for one in texts)
    return replace(resource, mapping=folder / MAPPING, descriptor=descriptor)


def _read_description(path: Path) -> dict[str, Any]:
    """Return the description as written, its name and the names of its attributes in order."""
    try:
        content = path.read_bytes()
        if len(content) > MOST_TEXT:
            raise DataError(f"{path.name}: larger than a description is.")
        item = json.loads(content.decode("utf-8-sig"))
        json.dumps(item, ensure_ascii=False).encode()  # no half of a character
        name, fields = item["name"], item["schema"]["fields"]
        names = [one["name"] for one in fields]
        key = item.get("key", PERSON)
        plain = all(re.fullmatch(r"[^\W\d]\w{0,60}", one) for one in (name, key, *names))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise DataError(
            f"{path.name}: not a description. Make one with `youthviolence cohort new`."
        ) from None
    if not plain or not re.fullmatch(_NAME, name):
        raise DataError(f"{path.name}: names are of letters, digits and _, `name` of small ones.")
    if key not in (PERSON, TIE):
        raise DataError(f"{path.name}: {unknown('key', key, (PERSON, TIE))}")
    if not names or len({key, *names}) <= len(names):
        raise DataError(f"{path.name}: attributes have different names, none is {key!r}.")
    if set(item["schema"]) != {"fields"}:
        raise DataError(f"{path.name}: `schema` holds `fields` and nothing else.")
    return dict(item)


def _attribute_problem(field: Field, rule: Rule) -> str | None:
    """Return why a described field is no attribute of a cohort, or None."""
    labels = field.categories or field.enum
    empty = rule.always == "missing"
    if field.type == "string" and not (labels or rule.pseudonyms or empty):
        return f"a text has its categories, or `pseudonyms` in {MAPPING}; no free text."
    if field.type not in ("integer", "string", "date"):
        return "an attribute is a whole number, a date, or a text with its categories."
    if rule.is_day != (field.type == "date") and not empty:
        return f"a date has `dates` in {MAPPING}, and nothing else has it without `age_at`."
    if len(set(labels)) < len(labels) or "" in labels:
        return "a category is empty or stands twice."
    limits = [one for one in (field.minimum, field.maximum) if one is not None]
    if limits and field.type == "date":
        return "a date has no limits."
    if any(isinstance(one, bool) or not isinstance(one, int) for one in limits):
        return "`minimum` and `maximum` are whole numbers."
    if any(abs(int(one)) >= 10**18 for one in limits):
        return "`minimum` and `maximum` have 18 digits at most."
    if field.pattern is not None or field.unique:
        return "of constraints an attribute has `required`, `minimum` and `maximum`."
    known = {*labels}
    for merge in field.merges:
        if not known.issuperset(merge.of):
            return "`merge` puts together categories that are described, or merged above."
        taken = merge.into in known and merge.into not in merge.of
        if len({*merge.of}) < max(2, len(merge.of)) or not merge.into.strip() or taken:
            return "`merge` makes of two categories or more, each named once, a new one."
        known.add(merge.into)
    return None


def read_own(resource: Resource) -> tuple[pd.DataFrame, OwnReport]:
    """Return the typed table of a cohort of one's own, and what reading it found out.

    Raises
    ------
    DataError
        A file that cannot be read, a direct identifier, a broken rule: file, row, column, rule.
    """
    if resource.mapping is None:
        raise UsageError(f"data set {resource.name!r} is no cohort of one's own.")
    try:
        return _read_own(resource, resource.mapping)
    except (DataError, UsageError):
        raise
    except Exception as error:  # noqa: BLE001 - the words of another library may quote a cell
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise DataError(
            f"{resource.path.name}: unexpected {type(error).__name__} in "
            f"{Path(place.filename).name}, line {place.lineno}. The file was not taken."
        ) from None


def _read_own(resource: Resource, path: Path) -> tuple[pd.DataFrame, OwnReport]:
    from youthviolence.sources.validate import validate  # noqa: PLC0415 - brings pandas

    mapping = read_mapping(path, [one.name for one in resource.fields[1:]])
    cells = read_cells(resource.path, mapping.form)
    coded = {rule.source for rule in mapping.rules if rule.values}
    findings = find_identifiers(cells, mapping.derived, coded, mapping.days)
    if findings:
        raise data_error(findings, ADVICE)
    text, findings = apply_mapping(cells, mapping)
    width = len(str(len(text)))
    key = resource.fields[0].name
    text.insert(0, key, [f"{key[0]}{place:0{width}d}" for place in range(1, len(text) + 1)])
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
    return OwnReport(len(cells.rows), tuple(cells.numbers), cells.said, dropped, ignored)


def new_cohort(name: str, like: str, folder: Path, root: Path) -> list[Path]:
    """Write a folder for a cohort with the attributes of the data set `like`; return its files.

    `like` may also be "network": then a record is a tie of a young person to an incident or an
    institution, from which `network.lists_of` takes the three lists of nodes.

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
    if not re.fullmatch(_NAME, name) or name in resources:
        raise UsageError(
            f"cohort name {name!r}: use small letters, digits and underscores, beginning with a "
            "letter, and no name that the compendium has."
        )
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder.name!r} is there already and is not empty; choose another.")
    key, *fields = models[like]
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
        "README.md": _README.format(what=what.capitalize(), name=name, parameter=parameter),
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
        types.append(replace(found, name=name, required=False))
    return (*resources[TIES].fields, *types)


def _described(field: Field) -> dict[str, Any]:
    item: dict[str, Any] = {"name": field.name, "type": field.type}
    if not _has_values(field):
        return item | {"constraints": {"required": True} if field.required else {}}
    if field.categories or field.enum:
        item["categories"] = list(field.categories or field.enum)
        item["categoriesOrdered"] = field.ordered
    limits = {"minimum": field.minimum, "maximum": field.maximum}
    item["constraints"] = {key: value for key, value in limits.items() if value is not None}
    return item | {"merge": []}


def _has_values(field: Field) -> bool:
    """Whether a field holds described values or numbers, and not ids or days."""
    return bool(field.categories or field.enum) or field.type == "integer"


def _first_mapping(fields: Sequence[Field]) -> str:
    lines = [_MAPPING_HEAD]
    for field in fields:
        lines.append(f"  {field.name}:\n    from: {field.name}")
        categories = field.categories or field.enum
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
file: template.csv      # your file, in this folder: .csv, .tsv, .txt, .xlsx or .parquet
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
3. `youthviolence cohort check FOLDER` says what is still wrong: row, column and rule, no value.
4. `youthviolence run -p {parameter}=FOLDER` makes the pages.

`cohort.json` describes the attributes: types, categories, sensitivity, and under `merge` which
categories may be put together, in that order, before a small count is withheld. Nothing in this
folder is taken into git.
"""
