"""One count of people, what is true of everybody in it, and the cohort that it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

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
class Origin:
    """The cohort that is counted: its name, how it is protected, and how firm it is.

    `protection` is None where counts are shown as they are.
    """

    name: str = "people"
    sensitivity: Sensitivity = "public"
    basis: Basis = "observed"
    protection: Protection | None = field(default=None, repr=False)


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


def total(counts: Sequence[Count], condition: Condition | None = None) -> Count:
    """Return the count of everybody in `counts`, of whom nobody may be in two."""
    n, key = sum(one.n for one in counts), sum(one.key for one in counts) % _KEYS
    return Count(n, key, condition)
