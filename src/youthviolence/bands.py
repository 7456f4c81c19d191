"""Bands of whole numbers, such as ages, as a reader writes them: ``"13-15, 16, 17-18, 19+"``."""

from __future__ import annotations

import re
from math import inf

from youthviolence.errors import UsageError

_BAND = re.compile(r"(\d+)(?:\s*-\s*(\d+)|(\+))?")


def parse_bands(text: str) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest whole number of each band by its label, in order.

    Bands are written as ``"13-15, 16, 17-18, 19+"``.

    Raises
    ------
    UsageError
        When a band cannot be read, is upside down, or begins before the one before it has ended.
    """
    bands: dict[str, tuple[float, float]] = {}
    last = -1.0
    for written in text.split(","):
        found = _BAND.fullmatch(written.strip())
        if not found:
            raise UsageError(f"bands {text!r}: expected bands such as '13-15, 16-18, 19+'.")
        low = float(found[1])
        high = inf if found[3] else float(found[2] or low)
        if not last < low <= high:
            raise UsageError(f"bands {text!r}: bands rise and do not overlap.")
        last = high
        span = f"{low:.0f} to {high:.0f}" if found[2] else f"{low:.0f}"
        bands[f"{low:.0f} and over" if found[3] else span] = (low, high)
    return bands
