"""How precise the counts are that statistics are computed from: exact, or changed to protect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Precision:
    """What counts are good for: exact ones for everything, shown ones for less.

    Parameters
    ----------
    smallest_base
        The fewest people of whom a statistic is given.
    error_variance
        Variance of a shown count about the true one, 0 for exact counts.
    interval_variance
        The same as an interval has to allow for.
    """

    smallest_base: int = 1
    error_variance: float = 0.0
    interval_variance: float = 0.0

    @property
    def is_exact(self) -> bool:
        """Whether the counts are the true ones."""
        return self.error_variance == 0


_precision: ContextVar[Precision] = ContextVar("precision")


@contextmanager
def measured_with(precision: Precision) -> Iterator[None]:
    """Compute statistics of counts of this precision while this is open."""
    before = _precision.set(precision)
    try:
        yield
    finally:
        _precision.reset(before)


def precision() -> Precision:
    """Return how precise the counts are that statistics are computed from now."""
    return _precision.get(Precision())


def smallest_base() -> int:
    """Return the fewest people of whom a statistic is given; at least 1."""
    return precision().smallest_base
