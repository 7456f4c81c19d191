"""A cohort of one's own: a folder with its description, its mapping, and the file itself."""

from __future__ import annotations

import dataclasses
import json
import re
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, model_validator

from appendices.data.catalogue import Field, Resource, describe, in_schema
from appendices.data.mapping import MAPPING, MOST_TEXT, Rule, read_mapping
from appendices.data.models import build, choice, problem
from appendices.errors import DataError, UsageError, unknown
from appendices.settings import COMMAND

if TYPE_CHECKING:
    import pandas as pd

DESCRIPTION = "cohort.json"
FOLDER = "cohorts"
PERSON = "person"
_NOTHING = ("missing", "not recorded")
NETWORK, TIES, TIE = "network", "network_ties", "tie"
ADVICE = f"Nothing was changed. Mend the file or the mapping, then run `{COMMAND} cohort check`."
NAME = r"[a-z][a-z0-9_]{0,40}"
ATTRIBUTE_NAME = r"[^\W\d]\w{0,60}"
_KEY_RULES = {"required": True, "unique": True}
_MOST_PATH = 1000


@dataclass(frozen=True)
class OwnReport:
    """What reading a cohort found out, without any of its values.

    `rows` has for each record the row of the file that it stands in. `ids` are the canonical ids
    of the column that the mapping names as `person`, None where it names none: for keys, and never
    kept.
    """

    records: int
    rows: tuple[int, ...]
    said: tuple[str, ...]
    dropped: tuple[int, ...]
    ignored: tuple[str, ...]
    ids: tuple[str, ...] | None = dataclasses.field(default=None, repr=False)


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


class Attribute(Field):
    """A described attribute of people: a whole number, a day, or a text with its categories."""

    @model_validator(mode="after")
    def _check(self) -> Attribute:
        if not re.fullmatch(ATTRIBUTE_NAME, self.name):
            raise problem("`name` is of letters, digits and _, at most 61 of them.")
        if self.type not in ("integer", "string", "date"):
            raise problem("an attribute is a whole number, a date, or a text with its categories.")
        if len(set(self.labels)) < len(self.labels) or "" in self.labels:
            raise problem("a category is empty or stands twice.")
        limits = [one for one in (self.minimum, self.maximum) if one is not None]
        if limits and self.type == "date":
            raise problem("a date has no limits.")
        if any(not isinstance(one, int) or abs(one) >= 10**18 for one in limits):
            raise problem("`minimum` and `maximum` are whole numbers of 18 digits at most.")
        if self.pattern is not None or self.unique:
            raise problem("of constraints an attribute has `required`, `minimum` and `maximum`.")
        return self


class Description(Resource):
    """What ``cohort.json`` says: a resource of attributes, whose file the mapping names."""

    path: Path = Path()
    key: Annotated[str, AfterValidator(choice("key", (PERSON, TIE)))] = PERSON
    fields: Annotated[tuple[Attribute, ...], in_schema("fields")]

    @model_validator(mode="after")
    def _check(self) -> Description:
        names = [self.key, *(one.name for one in self.fields)]
        if not re.fullmatch(NAME, self.name):
            raise problem("`name` is of small letters, digits and _.")
        if len(names) == 1 or len(set(names)) < len(names):
            raise problem(f"attributes have different names, none is {self.key!r}.")
        if self.model_fields_set & {"primary_key", "foreign_keys", "missing_values", "ascending"}:
            raise problem("`schema` holds `fields` and nothing else.")
        return self


def own_resource(folder: Path, taken: set[str] | None = None) -> Resource:
    """Return the description of the cohort in `folder`; its key column is made when it is read.

    Raises
    ------
    DataError
        When ``cohort.json`` or ``mapping.yml`` is missing or malformed.
    """
    described, text = _read_description(folder / DESCRIPTION)
    if described.name in (taken or ()):
        raise DataError(f"{DESCRIPTION}: the compendium has a data set of this name; take another.")
    mapping = read_mapping(folder / MAPPING, [one.name for one in described.fields])
    for field in described.fields:
        if fault := _rule_fault(field, mapping.columns[field.name]):
            raise DataError(f"{DESCRIPTION}, field {field.name!r}: {fault}")
    content = {"name": described.key, "type": "string", "constraints": _KEY_RULES}
    more = {
        "path": folder / mapping.file,
        "fields": (Field.model_validate(content), *described.fields),
        "mapping": folder / MAPPING,
        "descriptor": f"{text}\n{(folder / MAPPING).read_text(encoding='utf-8-sig')}",
    }
    return described.model_copy(update=more)


def described_names(folder: Path) -> list[str]:
    """Return the names of the attributes that the cohort in `folder` describes, in order."""
    return [field.name for field in _read_description(folder / DESCRIPTION)[0].fields]


def complete(resource: Resource, model: Resource) -> Resource:
    """Return a data set with every attribute that a notebook was written for.

    A cohort of one's own has those that it does not describe too, with nothing known of anybody.

    Raises
    ------
    UsageError
        When the two have no attribute in common, or a shipped data set lacks one.
    """
    has = {field.name for field in resource.fields}
    lacking = [field for field in model.fields if field.name not in has]
    if not lacking:
        return resource
    shared = len(model.fields) - len(lacking) > 1 and resource.fields[0].name == PERSON
    if resource.mapping is None or not shared:
        names = ", ".join(field.name for field in lacking)
        raise UsageError(
            f"data set {resource.name!r} cannot take the place of {model.name!r}: it lacks the "
            f"column{'' if len(lacking) == 1 else 's'} {names}."
        )
    loose = {"required": False, "enum": ()}
    fields = (*resource.fields, *(field.model_copy(update=loose) for field in lacking))
    return resource.model_copy(update={"fields": fields, "unmapped": len(lacking)})


def unrecorded_attributes(resource: Resource) -> tuple[str, ...]:
    """Return the attributes of a cohort of one's own of which its mapping says nothing is known."""
    if resource.mapping is None:
        return ()
    end = len(resource.fields) - resource.unmapped
    rules = read_mapping(resource.mapping, [field.name for field in resource.fields[1:end]]).columns
    unknown_of_all = [name for name, rule in rules.items() if rule.always in _NOTHING]
    return (*unknown_of_all, *(field.name for field in resource.fields[end:]))


def _read_description(path: Path) -> tuple[Description, str]:
    """Return the description at `path`, and its text."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        item = json.loads(text) if len(text) <= MOST_TEXT else None
    except (OSError, ValueError, RecursionError):
        item = None
    if not isinstance(item, dict):
        raise DataError(f"{path.name}: not a description. Make one with `{COMMAND} cohort new`.")
    return build(Description, item, path.name), text


def _rule_fault(field: Field, rule: Rule) -> str | None:
    """Return why the rule of a described field does not fit it, or None."""
    empty = rule.always == "missing"
    if field.type == "string" and not (field.labels or rule.pseudonyms or empty):
        return f"a text has its categories, or `pseudonyms` in {MAPPING}; no free text."
    if rule.is_day != (field.type == "date") and not empty:
        return f"a date has `dates` in {MAPPING}, and nothing else has it without `age_at`."
    return None


def read_own(resource: Resource) -> tuple[pd.DataFrame, OwnReport]:
    """Return the typed table of a cohort of one's own, and what reading it found out.

    Raises
    ------
    DataError
        A file that cannot be read, a direct identifier, a broken rule, something hidden, mixed or
        repeated that is not declared: file, row, column, rule.
    """
    if resource.mapping is None:
        raise UsageError(f"data set {resource.name!r} is no cohort of one's own.")
    from appendices.data.records import read_records  # noqa: PLC0415 - brings pandas

    described = resource.fields[1 : len(resource.fields) - resource.unmapped]
    mapping = read_mapping(resource.mapping, [field.name for field in described])
    try:
        return read_records(resource, mapping)
    except (DataError, UsageError):
        raise
    except Exception as error:  # noqa: BLE001 - the words of another library may quote a cell
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise DataError(
            f"{resource.path.name}: unexpected {type(error).__name__} in "
            f"{Path(place.filename).name}, line {place.lineno}. The file was not taken."
        ) from None
