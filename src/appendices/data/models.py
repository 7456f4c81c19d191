"""What people write to describe data, read strictly: expected and found kind, never a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from appendices.errors import DataError, unknown

MOST_PROBLEMS = 10
_EXPECTED = {
    "string_type": "a text", "string_too_short": "a text, and not an empty one",
    "bool_type": "true or false", "bool_parsing": "true or false",
    "int_type": "a whole number", "int_parsing": "a whole number",
    "int_from_float": "a whole number", "int_parsing_size": "a number that is not so large",
    "list_type": "a list", "tuple_type": "a list", "dict_type": "pairs `name: value`",
    "model_type": "pairs `name: value`", "model_attributes_type": "pairs `name: value`",
}  # fmt: skip
_LIMITS = {
    "greater_than": "greater than", "greater_than_equal": "of at least",
    "less_than": "less than", "less_than_equal": "of at most",
}  # fmt: skip
_KINDS = {
    str: "a text", bool: "true or false", int: "a number", float: "a number", list: "a list",
    tuple: "a list", dict: "pairs `name: value`", type(None): "nothing",
}  # fmt: skip
Model = TypeVar("Model", bound="Strict")


class Strict(BaseModel):
    """A model that takes its own keys and no others; an unknown one comes with a suggestion."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, populate_by_name=True,
        coerce_numbers_to_str=False, arbitrary_types_allowed=False,
    )  # fmt: skip

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, content: Any) -> Any:
        names = {field.alias or name for name, field in cls.model_fields.items()}
        taken = names | set(cls.model_fields)
        for key in content if isinstance(content, Mapping) else ():
            if key not in taken:
                raise problem(str(unknown("key", str(key), names)))
        return content


def problem(text: str) -> PydanticCustomError:
    """Return the error to raise in a validator; `text` goes to the reader as it stands."""
    return PydanticCustomError("rule", "{text}", {"text": text})


def choice(kind: str, allowed: Iterable[str]) -> Callable[[str], str]:
    """Return a validator of a text that is one of a closed list.

    Example
    -------
    >>> choice("order of dates", ["day/month/year"])("day/month/year")
    'day/month/year'
    """
    names = tuple(allowed)

    def check(value: str) -> str:
        if value not in names:
            raise problem(str(unknown(kind, value, names)))
        return value

    return check


def build(model: type[Model], content: Any, where: str, named: Collection[str] = ()) -> Model:
    """Return `content` as a `model`.

    Parameters
    ----------
    where
        The file, for the message.
    named
        Keys whose own keys may be told too.

    Raises
    ------
    DataError
        Every problem: where it is, what was expected, what kind of thing was found.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = [
            f"{where}{_place(one['loc'], model, named)}: {_told(one)}"
            for one in error.errors(include_url=False)
        ]
    except RecursionError:
        lines = [f"{where}: too deeply nested."]
    more = len(lines) - MOST_PROBLEMS
    shown = [*dict.fromkeys(lines)][:MOST_PROBLEMS] + ([f"and {more} more."] if more > 0 else [])
    raise DataError("\n".join(shown)) from None


def _place(loc: tuple[int | str, ...], model: type[BaseModel], named: Collection[str]) -> str:
    """Return where in the file a problem is, as far as keys are known not to be values."""
    names = {field.alias or name for name, field in model.model_fields.items()}
    parts = []
    for depth, part in enumerate(loc[:3]):
        above = loc[depth - 1] if depth else None
        if (depth == 0 and part in names) or above in named:
            parts.append(repr(part) if isinstance(part, str) else f"number {part + 1}")
        elif depth == 2 and loc[0] in named and isinstance(part, str):
            parts.append(f"`{part}`")
        else:
            break
    return ", " + ", ".join(parts) if parts else ""


def _told(error: Any) -> str:
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
