"""One count of people, what is true of everybody in it, and the cohort that it comes from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from appendices.errors import DataError
from appendices.types import Basis, Sensitivity

Labels: TypeAlias = tuple[str | None, ...]
Part: TypeAlias = tuple[tuple[str, ...], frozenset[Labels]]
"""Recorded attributes, and the combinations of their labels that are meant; None: an empty cell."""
Condition: TypeAlias = frozenset[Part]
"""What is true of everybody counted: every part of it; without any part, of everyone."""

EVERYONE: Condition = frozenset()
_KEYS = 1 << 64


class Protection(Protocol):
    """What stands between a true count and the one that is shown; see `disclosure.noise`."""

    @property
    def precision(self) -> Any:
        """What statistics made of shown counts have to know; see `cohort.profiles.Precision`."""

    def show(self, n: NDArray[np.int64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the shown count of each true one, -1 where it is few."""

    def cell_ids(self, n: NDArray[np.int64], keys: NDArray[np.uint64]) -> list[str]:
        """Return a name for each count that says nothing of it."""


@dataclass(frozen=True)
class Count:
    """People of one cohort: how many, the sum of their keys, and what is true of them all.

    Counts of different people add, and the count of a part is taken from that of its whole; who
    adds or takes has to know that, as `CountTable` does. `condition` is None where it is not known.
    """

    n: int = 0
    key: int = field(default=0, repr=False)
    condition: Condition | None = None

    def __add__(self, other: Count) -> Count:
        return Count(self.n + other.n, (self.key + other.key) % _KEYS)

    def __sub__(self, other: Count) -> Count:
        return Count(self.n - other.n, (self.key - other.key) % _KEYS)


@dataclass(frozen=True)
class Origin:
    """The cohort that is counted: its name, how it is protected, and how firm it is.

    `protection` is None where counts are shown as they are. `ranges` has, for people who were
    made up to meet published figures, what these leave of each count: the least and the most, by
    `condition_id`. It is None where counts are of people.
    """

    name: str = "people"
    sensitivity: Sensitivity = "public"
    basis: Basis = "observed"
    protection: Protection | None = field(default=None, repr=False)
    ranges: Mapping[str, tuple[int, int]] | None = field(default=None, repr=False, compare=False)

    def range_of(self, count: Count) -> tuple[int, int] | None:
        """Return the least and the most that a count can be; None where that is not known.

        Raises
        ------
        DataError
            The count itself is outside of what it can be: the ranges are of other figures.
        """
        if self.ranges is None:
            return count.n, count.n
        if count.condition is None:
            return None
        span = self.ranges.get(condition_id(count.condition))
        if span is not None and not span[0] <= count.n <= span[1]:
            raise DataError(
                f"a count of {self.name!r} is outside of its range: expected the ranges of this "
                "cohort, found those of another. Make them again: python scripts/build_audit.py"
            )
        return span


def condition_id(condition: Condition) -> str:
    """Return a short name of a condition, the same wherever it is made."""
    parts = sorted((of, sorted(combinations, key=str)) for of, combinations in condition)
    return sha256(json.dumps(parts).encode()).hexdigest()[:16]


def total(counts: Sequence[Count], condition: Condition | None = None) -> Count:
    """Return the count of everybody in `counts`, of whom nobody may be in two."""
    n, key = sum(one.n for one in counts), sum(one.key for one in counts) % _KEYS
    return Count(n, key, condition)
