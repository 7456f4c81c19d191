"""Stays at institutions as whole days, and which of them are on record twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Days standing for "since before the records" and "still there"; their sums fit 32 bits.
EARLIEST, LATEST = -(2**29), 2**29


def as_days(dates: pd.Series, missing: int) -> NDArray[np.int32]:
    """Return dates as days since 1970-01-01, `missing` where there is none."""
    days = dates.to_numpy(dtype="datetime64[D]")
    return np.where(np.isnat(days), missing, days.astype(np.int64)).astype(np.int32)


def overlaps_earlier(
    group: NDArray[np.integer[Any]], start: NDArray[np.int32], end: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return whether each stay begins before an earlier one of its group has ended.

    Sorted by group and start; both days of a stay are included.
    """
    if not len(group):
        return np.empty(0, dtype=bool)
    follows = np.append(False, group[1:] == group[:-1])
    # One running maximum serves all groups: each is lifted above all days of the one before.
    lift = np.cumsum(~follows) * np.int64(2) ** 31
    latest = np.maximum.accumulate(end + lift)
    return follows & (start + lift <= np.append(0, latest[:-1]))
