"""The description of every data file: what `datapackage.json` says, validated and frozen."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from appendices.errors import DataError, unknown
from appendices.types import Basis, Sensitivity

PACKAGE = Path("data/raw/datapackage.json")
FIELD_TYPES = ("string", "integer", "number", "boolean", "date", "year")
_RESOURCE_KEYS = {
    "name", "path", "title", "description", "format", "mediatype", "encoding", "sensitivity",
    "basis", "licenses", "sources", "schema", "optional", "bytes", "hash", "ranges",
}  # fmt: skip
_FIELD_KEYS = {
    "name", "type", "title", "description", "unit", "constraints", "categories",
    "categoriesOrdered", "format", "example", "groupChar",
}  # fmt: skip
_CONSTRAINT_KEYS = {"required", "unique", "enum", "minimum", "maximum", "pattern"}
_SCHEMA_KEYS = {"fields", "primaryKey", "foreignKeys", "missingValues", "ascending", "$schema"}


@dataclass(frozen=True)
class Field:
    """One column: its name, type, meaning and the rules its cells keep."""

    name: str
    type: str
    description: str = ""
    unit: str | None = None
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    minimum: float | str | None = None
    maximum: float | str | None = None
    pattern: str | None = None
    categories: tuple[str, ...] = ()
    ordered: bool = False
    group_mark: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """Columns whose values must stand in another resource (or in the same one, named "")."""

    fields: tuple[str, ...]
    resource: str
    reference_fields: tuple[str, ...]


@dataclass(frozen=True)
class Ascending:
    """A column whose values may not fall from one row to the next within each group."""

    column: str
    within: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resource:
    """One data file and its description.

    ``ranges`` names the table of what the published figures leave of counts of synthetic people;
    ``mapping`` is the file that says how a cohort of one's own becomes the described table, and
    ``unmapped`` how many of the last fields it says nothing of, because the cohort has them not.
    """

    name: str
    path: Path
    title: str
    description: str
    encoding: str
    sensitivity: Sensitivity
    basis: Basis | None
    licences: tuple[str, ...]
    origins: tuple[str, ...]
    optional: bool
    fields: tuple[Field, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    missing_values: tuple[str, ...] = ("",)
    ascending: tuple[Ascending, ...] = ()
    descriptor: str = field(default="", repr=False)
    ranges: str = ""
    mapping: Path | None = None
    unmapped: int = 0

    @property
    def is_table(self) -> bool:
        """Whether the file is a table with a schema (else it is kept and hashed, not parsed)."""
        return bool(self.fields)


@lru_cache(maxsize=8)
def _read(package: Path, _stamp: tuple[int, int]) -> dict[str, Resource]:
    where = package.name
    try:
        content = json.loads(package.read_text(encoding="utf-8"))
        described = content["resources"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{where}: not a data package ({type(error).__name__}). "
            "Expected a JSON object with a list `resources`."
        ) from None
    resources = [build_resource(item, package.parent, where) for item in described]
    return {resource.name: resource for resource in resources}


def catalogue(package: Path) -> dict[str, Resource]:
    """Return the resources described in the file `package`, by name.

    Raises
    ------
    DataError
        When the file is missing or a description is malformed.
    """
    if not package.is_file():
        raise DataError(f"{package.name} is missing: it describes every file beside it.")
    stat = package.stat()
    return _read(package.resolve(), (stat.st_mtime_ns, stat.st_size))


def describe(root: Path) -> dict[str, Resource]:
    """Return the description of every file in the project's ``data/raw``, by name."""
    return catalogue(root / PACKAGE)


def find_resource(resources: dict[str, Resource], name: str) -> Resource:
    """Return the resource called `name`; an unknown name is an error with a suggestion."""
    if name not in resources:
        raise unknown("data set", name, resources)
    return resources[name]


def _refuse_leftovers(item: dict[str, Any], allowed: set[str], where: str) -> None:
    for key in item:
        if key not in allowed:
            raise DataError(f"{where}: {unknown('key', key, allowed)}")


def build_resource(item: dict[str, Any], folder: Path, where: str) -> Resource:
    """Return one validated `Resource` from its descriptor.

    A missing or unknown sensitivity is confidential: every door fails closed.
    """
    where = f"{where}, resource {item.get('name')!r}"
    _refuse_leftovers(item, _RESOURCE_KEYS, where)
    for key in ("name", "path", "title"):
        if not isinstance(item.get(key), str):
            raise DataError(f"{where}: {key!r} must be a text.")
    schema = item.get("schema", {})
    _refuse_leftovers(schema, _SCHEMA_KEYS, where)
    declared = item.get("sensitivity")
    levels: dict[Any, Sensitivity] = {level: level for level in get_args(Sensitivity)}
    basis = item.get("basis")
    if basis is not None and basis not in get_args(Basis):
        raise DataError(f"{where}: {unknown('basis', str(basis), get_args(Basis))}")
    fields = tuple(_build_field(one, where) for one in schema.get("fields", ()))
    names = [one.name for one in fields]
    key = schema.get("primaryKey", ())
    resource = Resource(
        name=item["name"],
        path=folder / item["path"],
        title=item["title"],
        description=item.get("description", ""),
        encoding=item.get("encoding", "utf-8"),
        sensitivity=levels.get(declared, "confidential"),
        basis=basis,
        licences=tuple(str(one.get("name", "")) for one in item.get("licenses", ())),
        origins=tuple(str(one.get("title", "")) for one in item.get("sources", ())),
        optional=bool(item.get("optional", False)),
        fields=fields,
        primary_key=(key,) if isinstance(key, str) else tuple(key),
        foreign_keys=tuple(_build_foreign_key(one) for one in schema.get("foreignKeys", ())),
        missing_values=tuple(schema.get("missingValues", ("",))),
        ascending=tuple(
            Ascending(one["column"], tuple(one.get("within", ())))
            for one in schema.get("ascending", ())
        ),
        ranges=str(item.get("ranges", "")),
        descriptor=json.dumps(item, sort_keys=True),
    )
    used = [*resource.primary_key, *(name for key in resource.foreign_keys for name in key.fields)]
    used += [name for rule in resource.ascending for name in (rule.column, *rule.within)]
    for name in used:
        if name not in names:
            raise DataError(f"{where}: {unknown('column', name, names)}")
    return resource


def _build_field(item: dict[str, Any], where: str) -> Field:
    where = f"{where}, field {item.get('name')!r}"
    _refuse_leftovers(item, _FIELD_KEYS, where)
    constraints = item.get("constraints", {})
    _refuse_leftovers(constraints, _CONSTRAINT_KEYS, where)
    if item.get("type") not in FIELD_TYPES:
        raise DataError(f"{where}: {unknown('type', str(item.get('type')), FIELD_TYPES)}")
    categories = [
        str(one["value"]) if isinstance(one, dict) else str(one)
        for one in item.get("categories", ())
    ]
    return Field(
        name=item["name"],
        type=item["type"],
        description=item.get("description", ""),
        unit=item.get("unit"),
        required=bool(constraints.get("required", False)),
        unique=bool(constraints.get("unique", False)),
        enum=tuple(str(one) for one in constraints.get("enum", ())),
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        pattern=constraints.get("pattern"),
        categories=tuple(categories),
        ordered=bool(item.get("categoriesOrdered", False)),
        group_mark=str(item.get("groupChar", "")),
    )


def _build_foreign_key(item: dict[str, Any]) -> ForeignKey:
    def as_names(value: str | list[str]) -> tuple[str, ...]:
        return (value,) if isinstance(value, str) else tuple(value)

    reference = item["reference"]
    return ForeignKey(
        fields=as_names(item["fields"]),
        resource=reference.get("resource", ""),
        reference_fields=as_names(reference["fields"]),
    )
