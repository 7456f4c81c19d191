"""Conditions on one person: and, or, not over "attribute is one of these values"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from figuremodel.errors import ConstraintError, unknown

Codes = Mapping[str, NDArray[np.integer[Any]]]


@dataclass(frozen=True)
class Attribute:
    """One column of a cohort: a name and the values it can take, in their order.

    `expect` holds relative weights for the values, an assumption used only where no figure
    decides; None means equal weights.
    """

    name: str
    values: tuple[str | int, ...]
    title: str = ""
    description: str = ""
    expect: tuple[float, ...] | None = None

    @property
    def weights(self) -> tuple[float, ...]:
        """The stated weights, or equal ones."""
        return self.expect or (1.0,) * len(self.values)

    @property
    def is_integer(self) -> bool:
        """Whether the values are whole numbers, so that a mean can be taken."""
        return all(isinstance(value, int) for value in self.values)


@dataclass(frozen=True)
class Condition:
    """A statement that is true or false of one person.

    `op` is "is" (the code of `attribute` is in `codes`), "and", "or" or "not" (over `parts`).
    An "and" without parts is true of everyone.
    """

    op: str
    attribute: str = ""
    codes: frozenset[int] = frozenset()
    parts: tuple[Condition, ...] = ()

    @cached_property
    def scope(self) -> frozenset[str]:
        """Names of the attributes the condition looks at."""
        if self.op == "is":
            return frozenset({self.attribute})
        return frozenset().union(*(part.scope for part in self.parts))

    @cached_property
    def leaves(self) -> tuple[Condition, ...]:
        """The "is" conditions it is made of."""
        inner = tuple(leaf for part in self.parts for leaf in part.leaves)
        return (self, *inner) if self.op == "is" else inner

    def holds(self, codes: Codes) -> NDArray[np.bool_]:
        """Evaluate on arrays of value codes, one array an attribute, broadcast together."""
        if self.op == "is":
            column = codes[self.attribute]
            if len(self.codes) == 1:
                return np.asarray(column == next(iter(self.codes)))
            return np.isin(column, list(self.codes))
        parts = [part.holds(codes) for part in self.parts]
        if self.op == "not":
            return np.logical_not(parts[0])
        join = np.logical_and if self.op == "and" else np.logical_or
        result: Any = np.bool_(self.op == "and")
        for part in parts:
            result = join(result, part)
        return np.asarray(result, dtype=bool)

    def __and__(self, other: Condition) -> Condition:
        return Condition("and", parts=(self, other))

    def __invert__(self) -> Condition:
        return Condition("not", parts=(self,))


EVERYONE = Condition("and")


def grid(codes: Mapping[str, Sequence[int]]) -> dict[str, NDArray[np.intp]]:
    """Return one array an attribute, shaped to broadcast to the table of all combinations."""
    axes = np.indices([len(some) for some in codes.values()], sparse=True)
    return {
        name: np.asarray(some, dtype=np.intp)[axis]
        for (name, some), axis in zip(codes.items(), axes, strict=True)
    }


def told_apart(
    attributes: Mapping[str, Attribute], conditions: Iterable[Condition]
) -> dict[str, list[list[int]]]:
    """Group the codes of each attribute by what the conditions can tell apart.

    Codes of one group can replace each other in any person without changing any condition, so
    one number for the group is all that a count needs.
    """
    marks: dict[str, dict[int, list[bool]]] = {
        name: {code: [] for code in range(len(one.values))} for name, one in attributes.items()
    }
    seen = set()
    for leaf in (leaf for condition in conditions for leaf in condition.leaves):
        if leaf not in seen:
            seen.add(leaf)
            for code, mark in marks[leaf.attribute].items():
                mark.append(code in leaf.codes)
    groups = {}
    for name, codes in marks.items():
        by_mark: dict[tuple[bool, ...], list[int]] = {}
        for code, mark in codes.items():
            by_mark.setdefault(tuple(mark), []).append(code)
        groups[name] = list(by_mark.values())
    return groups


def parse(written: Any, attributes: Mapping[str, Attribute]) -> Condition:
    """Return the condition that a piece of YAML writes.

    A mapping asks that all its entries hold (attribute: value, list of values, or "low..high"),
    a list that any of its members does; `{not: …}` turns one round and "everyone" is true of all.

    Raises
    ------
    UsageError
        An attribute or a value that the file does not define, with the nearest one.
    ConstraintError
        A form that is none of these.
    """
    if written == "everyone":
        return EVERYONE
    if isinstance(written, list) and written:
        return Condition("or", parts=tuple(parse(part, attributes) for part in written))
    if not isinstance(written, dict) or not written:
        raise ConstraintError(f"a condition is a mapping, a list or 'everyone', not {written!r}")
    parts = []
    for name, value in written.items():
        if name == "not":
            parts.append(~parse(value, attributes))
        elif name not in attributes:
            raise unknown("attribute", str(name), attributes)
        else:
            codes = frozenset(_codes(value, attributes[name]))
            parts.append(Condition("is", attribute=name, codes=codes))
    return parts[0] if len(parts) == 1 else Condition("and", parts=tuple(parts))


def _codes(value: Any, attribute: Attribute) -> Iterator[int]:
    for one in value if isinstance(value, list) else [value]:
        low, dots, high = str(one).partition("..")
        if dots and attribute.is_integer:
            try:
                ends = [int(end) for end in (low, high) if end]
                least, most = int(low or ends[-1]), int(high or ends[0])
            except (ValueError, IndexError):
                raise ConstraintError(
                    f"{one!r} is not a range of {attribute.name!r}: expected one such as 16..18, "
                    "..17 or 18.."
                ) from None
            inside = [
                code
                for code, known in enumerate(attribute.values)
                if (not low or least <= int(known)) and (not high or int(known) <= most)
            ]
            if not inside:
                raise ConstraintError(f"no value of {attribute.name!r} lies in {one}")
            yield from inside
        elif one in attribute.values:
            yield attribute.values.index(one)
        else:
            allowed = [str(known) for known in attribute.values]
            raise unknown(f"value of {attribute.name!r}", str(one), allowed)
