"""A cohort of one's own: a folder with its description, its mapping, and the file itself."""

from __future__ import annotations

import dataclasses
import json
import re
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from appendices.data.catalogue import Field, Resource, build_resource, describe
from appendices.data.mapping import MAPPING, MOST_TEXT, Rule, read_mapping
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
    for described in resource.fields[1:]:
        problem = _attribute_problem(described, mapping.columns[described.name])
        if problem:
            raise DataError(f"{DESCRIPTION}, field {described.name!r}: {problem}")
    texts = (DESCRIPTION, MAPPING)
    descriptor = "\n".join((folder / one).read_text(encoding="utf-8-sig") for one in texts)
    return replace(resource, mapping=folder / MAPPING, descriptor=descriptor)


def described_names(folder: Path) -> list[str]:
    """Return the names of the attributes that the cohort in `folder` describes, in order."""
    return [field["name"] for field in _read_description(folder / DESCRIPTION)["schema"]["fields"]]


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
    unknown_here = tuple(replace(field, required=False, enum=()) for field in lacking)
    return replace(resource, fields=(*resource.fields, *unknown_here), unmapped=len(lacking))


def unrecorded_attributes(resource: Resource) -> tuple[str, ...]:
    """Return the attributes of a cohort of one's own of which its mapping says nothing is known."""
    if resource.mapping is None:
        return ()
    end = len(resource.fields) - resource.unmapped
    rules = read_mapping(resource.mapping, [field.name for field in resource.fields[1:end]]).columns
    unknown_of_all = [name for name, rule in rules.items() if rule.always in _NOTHING]
    return (*unknown_of_all, *(field.name for field in resource.fields[end:]))


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
            f"{path.name}: not a description. Make one with `{COMMAND} cohort new`."
        ) from None
    if not plain or not re.fullmatch(NAME, name):
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
