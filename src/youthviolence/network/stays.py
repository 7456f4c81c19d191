"""Stays at institutions as whole days, and the days of two people together."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Stay = tuple[int, int]  # the first and the last day, both included
# Days standing for "since before the records" and "still there".
EARLIEST, LATEST = -(2**29), 2**29


def as_days(dates: pd.Series, missing: int) -> NDArray[np.int64]:
    """Return dates as days since 1970-01-01, `missing` where there is none."""
    days = dates.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), missing, days.astype(np.int64))


def merge_stays(stays: Iterable[Stay]) -> list[Stay]:
    """Return stays of which no two have a day in common: a day on record twice counts once."""
    merged: list[Stay] = []
    for start, end in sorted(stays):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def days_together(a: Iterable[Stay], b: list[Stay]) -> int:
    """Return the number of days that two people's merged stays have in common."""
    return sum(
        max(0, min(end, other_end) - max(start, other_start) + 1)
        for start, end in a
        for other_start, other_end in b
    )
