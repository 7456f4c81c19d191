"""Bands of whole numbers, such as ages, as a reader writes them: ``"13-15, 16, 19 or more"``."""

from __future__ import annotations

import re
from math import inf

from appendices.errors import UsageError

_BAND = re.compile(
    r"(?:under\s+(?P<under>\d+))|(?P<low>\d+)(?:\s*(?:-|\u2013|to)\s*(?P<high>\d+)"
    r"|(?P<open>\s*\+|\s+(?:or|and)\s+(?:more|over|older|above)))?",
    re.IGNORECASE,
)


def parse_bands(text: str) -> dict[str, tuple[float, float]]:
    """Return the lowest and highest whole number of each band by its label, in order.

    Bands are written as ``"13-15, 16, 17-18, 19 or more"``: ``19+``, ``19 and over``, ``13 to 15``
    and ``under 13`` are understood too.

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
            raise UsageError(f"bands {text!r}: expected bands such as '13-15, 16-18, 19 or more'.")
        if found["under"]:
            low, high, label = 0.0, float(found["under"]) - 1, f"under {int(found['under'])}"
        else:
            low = float(found["low"])
            high = inf if found["open"] else float(found["high"] or low)
            span = f"{low:.0f} to {high:.0f}" if found["high"] else f"{low:.0f}"
            label = f"{low:.0f} and over" if found["open"] else span
        if not last < low <= high:
            raise UsageError(f"bands {text!r}: bands rise and do not overlap.")
        last = high
        bands[label] = (low, high)
    return bands
