"""What people write to describe data, read strictly: expected and found kind, never a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import AliasPath, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from appendices.errors import DataError, unknown

MOST_PROBLEMS = 10
VALUES = "values"
"""The key below which values of the file stand: no message goes further."""
_PAIRS = "pairs `name: value`"
_EXPECTED = {
    "string_type": "a text", "string_too_short": "a text, and not an empty one",
    "bool_type": "true or false", "bool_parsing": "true or false",
    "int_type": "a whole number", "int_parsing": "a whole number",
    "int_from_float": "a whole number", "int_parsing_size": "a number that is not so large",
    "list_type": "a list", "tuple_type": "a list", "dict_type": _PAIRS, "model_type": _PAIRS,
    "model_attributes_type": _PAIRS, "path_type": "a text",
}  # fmt: skip
_LIMITS = {
    "greater_than": "greater than", "greater_than_equal": "of at least",
    "less_than": "less than", "less_than_equal": "of at most",
}  # fmt: skip
_KINDS = {
    str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list",
    tuple: "a list", dict: _PAIRS, type(None): "nothing",
}  # fmt: skip
Model = TypeVar("Model", bound="Strict")


class Strict(BaseModel):
    """A model that takes its own keys and no others; an unknown one comes with a suggestion."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, content: Any) -> Any:
        if not isinstance(content, Mapping):
            return content
        known = _known_keys(cls)
        _refuse_unknown(content, known)
        nested = [key for key, inner in known.items() if inner and key in content]
        for key in nested:
            if not isinstance(content[key], Mapping | None):
                raise problem(f"{key!r}: expected {_PAIRS}, found {kind_of(content[key])}.")
            _refuse_unknown(content[key] or (), known[key])
        # To pydantic a nested group from which nothing is taken is an unknown key.
        empty = {key for key in nested if not content[key]}
        return {key: value for key, value in content.items() if key not in empty}


@cache
def _known_keys(model: type[BaseModel]) -> dict[str, set[str]]:
    """Return the keys that a model takes, each with those that it takes within."""
    known: dict[str, set[str]] = {}
    for name, field in model.model_fields.items():
        if field.exclude:  # set by us, never by a file
            continue
        alias = field.validation_alias or name
        top, *inner = alias.path if isinstance(alias, AliasPath) else [alias]
        known.setdefault(str(top), set()).update(map(str, inner))
    return known


def _refuse_unknown(content: Iterable[Any], known: Collection[str]) -> None:
    for key in content:
        if key not in known:
            raise problem(str(unknown("key", str(key), known)))


def problem(text: str) -> PydanticCustomError:
    """Return the error to raise in a validator; `text` goes to the reader as it stands."""
    return PydanticCustomError("rule", "{text}", {"text": text})


def as_list(written: Any) -> Any:
    """Return a text that stands for a list of one as that list."""
    return [written] if isinstance(written, str) else written


def choice(kind: str, allowed: Iterable[str]) -> Callable[[str], str]:
    """Return a validator of a text that is one of a closed list.

    Example
    -------
    >>> choice("order of dates", ["day/month/year"])("day/month/year")
    'day/month/year'
    """
    names = tuple(allowed)

    def check(value: str) -> str:
        if not isinstance(value, str):
            raise problem(f"expected a text, found {kind_of(value)}.")
        if value not in names:
            raise problem(str(unknown(kind, value, names)))
        return value

    return check


def build(model: type[Model], content: Any, where: str) -> Model:
    """Return `content` as a `model`; `where` is the file, for the message.

    Raises
    ------
    DataError
        Every problem: where it is, what was expected, what kind of thing was found.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [
            f"{where}{_place(one['loc'], content)}: {_problem_text(one)}"
            for one in error.errors(include_url=False)
        ]
    except RecursionError:
        lines = [f"{where}: too deeply nested."]
    more = len(lines) - MOST_PROBLEMS
    shown = [*dict.fromkeys(lines)][:MOST_PROBLEMS] + ([f"and {more} more."] if more > 0 else [])
    raise DataError("\n".join(shown)) from None


def _place(loc: tuple[int | str, ...], content: Any) -> str:
    """Return where in the file a problem is, as far as keys are known not to be values."""
    place = ""
    for key in loc:
        named = isinstance(key, int) and isinstance(content, list) and _name_of(content[key])
        shown = named or (f"number {key + 1}" if isinstance(key, int) else repr(key))
        place += f", {shown}"
        if key == VALUES:
            break
        try:
            content = content[key]
        except (LookupError, TypeError):
            content = None
    return place


def _name_of(part: Any) -> str:
    name = part.get("name") if isinstance(part, Mapping) else None
    return repr(name) if isinstance(name, str) else ""


def _problem_text(error: Any) -> str:
    if error["type"] in ("rule", "missing"):
        return str(error["msg"]) if error["type"] == "rule" else "is missing."
    expected = _EXPECTED.get(error["type"])
    if error["type"] in _LIMITS:
        expected = f"a number {_LIMITS[error['type']]} {next(iter(error['ctx'].values()))}"
    found = kind_of(error.get("input"))
    return f"expected {expected}, found {found}." if expected else "has the wrong form."


def kind_of(value: Any) -> str:
    """Return what kind of thing a value is, in words."""
    return "nothing" if value == "" else _KINDS.get(type(value), "something else")
