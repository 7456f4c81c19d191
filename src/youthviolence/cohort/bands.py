"""Numbers such as ages, put into bands."""

from __future__ import annotations

import pandas as pd

from youthviolence.bands import parse_bands

ELSEWHERE = "in no band"


def band(values: pd.Series, bands: str) -> pd.Series:
    """Return the label of each number's band as an ordered categorical; empty stays empty.

    Bands are written as `parse_bands` takes them. Numbers outside every band have the label
    "in no band", a category only where there are some.
    """
    parsed = parse_bands(bands)
    numbers = values.astype("Float64")
    labels = pd.Series(pd.NA, index=values.index, dtype="str").mask(numbers.notna(), ELSEWHERE)
    for label, (low, high) in parsed.items():
        labels = labels.mask(numbers.between(low, high).fillna(value=False).astype(bool), label)
    names = [*parsed, *([ELSEWHERE] if labels.eq(ELSEWHERE).any() else [])]
    return labels.astype(pd.CategoricalDtype(names, ordered=True))
