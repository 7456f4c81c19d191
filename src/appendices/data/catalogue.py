"""The description of every data file: what `datapackage.json` says, validated and frozen."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, AliasPath, BeforeValidator, model_validator
from pydantic import Field as Key

from appendices.data.models import Strict, as_list, build, choice, kind_of, problem
from appendices.errors import DataError, unknown
from appendices.types import Basis, Sensitivity

PACKAGE = Path("data/raw/datapackage.json")
FIELD_TYPES = ("string", "integer", "number", "boolean", "date", "year")
Names = Annotated[tuple[str, ...], BeforeValidator(as_list)]


def _constraint(name: str) -> Any:
    return Key(validation_alias=AliasPath("constraints", name))


def in_schema(name: str) -> Any:
    """Return where a part of a description stands: below ``schema``."""
    return Key(validation_alias=AliasPath("schema", name))


def _known_level(declared: Any) -> Any:
    """Return a sensitivity; a missing or unknown one is confidential: every door fails closed."""
    known = isinstance(declared, str) and declared in get_args(Sensitivity)
    return declared if known else "confidential"


def _limit(written: Any) -> Any:
    if isinstance(written, bool) or not isinstance(written, int | float | str | None):
        raise problem(f"expected a number or a date, found {kind_of(written)}.")
    return written


Limit = Annotated[int | float | str | None, BeforeValidator(_limit)]


class Field(Strict):
    """One column: its name, type, meaning and the rules its cells keep."""

    name: str
    type: Annotated[str, AfterValidator(choice("type", FIELD_TYPES))]
    title: str = ""
    description: str = ""
    unit: str | None = None
    required: Annotated[bool, _constraint("required")] = False
    unique: Annotated[bool, _constraint("unique")] = False
    enum: Annotated[tuple[str, ...], _constraint("enum")] = ()
    minimum: Annotated[Limit, _constraint("minimum")] = None
    maximum: Annotated[Limit, _constraint("maximum")] = None
    pattern: Annotated[str | None, _constraint("pattern")] = None
    categories: tuple[str, ...] = ()
    ordered: Annotated[bool, Key(validation_alias="categoriesOrdered")] = False
    group_mark: Annotated[str, Key(validation_alias="groupChar")] = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """The values that its cells may have, where they are listed."""
        return self.categories or self.enum


class ForeignKey(Strict):
    """Columns whose values must stand in another resource (or in the same one, named "")."""

    fields: Names
    resource: Annotated[str, Key(validation_alias=AliasPath("reference", "resource"))] = ""
    reference_fields: Annotated[Names, Key(validation_alias=AliasPath("reference", "fields"))]


class Ascending(Strict):
    """A column whose values may not fall from one row to the next within each group."""

    column: str
    within: tuple[str, ...] = ()


class Resource(Strict):
    """One data file and its description.

    ``ranges`` names the table of what the published figures leave of counts of synthetic people;
    ``mapping`` is the file that says how a cohort of one's own becomes the described table, and
    ``unmapped`` how many of the last fields it says nothing of, because the cohort has them not.
    """

    name: str
    path: Path
    title: str
    description: str = ""
    format: str = ""
    mediatype: str = ""
    encoding: str = "utf-8"
    sensitivity: Annotated[Sensitivity, BeforeValidator(_known_level)] = "confidential"
    basis: Annotated[Basis, BeforeValidator(choice("basis", get_args(Basis)))] | None = None
    licenses: tuple[dict[str, str], ...] = ()
    sources: tuple[dict[str, str], ...] = ()
    optional: bool = False
    ranges: str = ""
    fields: Annotated[tuple[Field, ...], in_schema("fields")] = ()
    primary_key: Annotated[Names, in_schema("primaryKey")] = ()
    foreign_keys: Annotated[tuple[ForeignKey, ...], in_schema("foreignKeys")] = ()
    missing_values: Annotated[tuple[str, ...], in_schema("missingValues")] = ("",)
    ascending: Annotated[tuple[Ascending, ...], in_schema("ascending")] = ()
    descriptor: Annotated[str, Key(repr=False, exclude=True)] = ""
    mapping: Annotated[Path | None, Key(exclude=True)] = None
    unmapped: Annotated[int, Key(exclude=True)] = 0

    @model_validator(mode="after")
    def _check_columns(self) -> Resource:
        names = [one.name for one in self.fields]
        used = [*self.primary_key, *(name for key in self.foreign_keys for name in key.fields)]
        used += [name for rule in self.ascending for name in (rule.column, *rule.within)]
        for name in used:
            if name not in names:
                raise problem(str(unknown("column", name, names)))
        return self

    @property
    def licences(self) -> tuple[str, ...]:
        """The names of the licences that the file is under."""
        return tuple(one.get("name", "") for one in self.licenses)

    @property
    def origins(self) -> tuple[str, ...]:
        """The titles of the publications that it comes from."""
        return tuple(one.get("title", "") for one in self.sources)

    @property
    def is_table(self) -> bool:
        """Whether the file is a table with a schema (else it is kept and hashed, not parsed)."""
        return bool(self.fields)


@lru_cache(maxsize=8)
def _read(package: Path, _stamp: tuple[int, int]) -> dict[str, Resource]:
    try:
        items = [dict(one) for one in json.loads(package.read_text(encoding="utf-8"))["resources"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{package.name}: not a data package ({type(error).__name__}). "
            "Expected a JSON object with a list `resources`."
        ) from None
    resources = [build_resource(item, package.parent, package.name) for item in items]
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


def build_resource(item: dict[str, Any], folder: Path, where: str) -> Resource:
    """Return one validated `Resource` of a file in `folder` from its descriptor."""
    resource = build(Resource, item, f"{where}, resource {item.get('name')!r}")
    descriptor = json.dumps(item, sort_keys=True)
    return resource.model_copy(update={"path": folder / resource.path, "descriptor": descriptor})
