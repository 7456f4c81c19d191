"""The table a map of group C is drawn from: one authority a row, with its class."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from appendices.errors import UsageError
from appendices.numbers import write_number
from youthviolence.national.at_risk import AtRisk

NONE, UNKNOWN = "None", "Unknown"
CLASSES = 4


def map_frame(
    result: AtRisk,
    boundaries: pd.DataFrame,
    by: Literal["count", "share"] = "count",
    breaks: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Return group C by authority, classed for a choropleth.

    Parameters
    ----------
    result
        The answer to map.
    boundaries
        ``code, name, longitude, latitude``: one row an authority. One that stands there but is
        absent from `result` is unknown, which is not the same as none.
    by
        Class by number of young people or by share of the population of the same ages.
    breaks
        Lower ends of the second and later classes, rising; shares as fractions. By default the
        quartiles of the authorities that have any, to two significant figures.

    Returns
    -------
    ``rank, code, name, count, population, share, class_label, longitude, latitude``, highest first.
    ``class_label`` is an ordered categorical: unknown, none, then the classes from low to high;
    ``count`` and ``share`` are missing where unknown.

    Raises
    ------
    UsageError
        When `by` is neither, or the breaks do not rise from above zero.
    """
    if by not in ("count", "share"):
        raise UsageError(f"by is {by!r}: expected 'count' or 'share'.")
    drawn = boundaries[["code", "name", "longitude", "latitude"]].astype({"code": "object"})
    known = result.by_authority[["code", "c", "population", "c_share"]]
    known = known.rename(columns={"c": "count", "c_share": "share"})
    frame = drawn.merge(known, on="code", how="left", validate="one_to_one")
    for column in ("count", "population"):
        frame[column] = frame[column].astype("Int64")
    value = frame[by].astype("float64")
    edges = _edges(value[value > 0], by) if breaks is None else list(breaks)
    if any(high <= low for low, high in pairwise([0.0, *edges])):
        raise UsageError(f"the breaks {edges} must rise from above zero.")
    labels = _labels(edges, by)
    # A missing value sorts last; its label is replaced at once.
    named = np.array(labels)[np.searchsorted(edges, value, side="right")]
    named = np.select([value.isna(), value == 0], [UNKNOWN, NONE], named)
    order = pd.CategoricalDtype([UNKNOWN, NONE, *labels], ordered=True)
    frame["class_label"] = pd.Series(named, index=frame.index).astype(order)
    frame["rank"] = value.rank(method="min", ascending=False).astype("Int64")
    columns = [
        "rank", "code", "name", "count", "population", "share", "class_label",
        "longitude", "latitude",
    ]  # fmt: skip
    return frame.sort_values(["rank", "code"], ignore_index=True)[columns]


def _edges(values: pd.Series, by: str) -> list[float]:
    """Return the quartiles to two significant figures, each once."""
    quantiles = np.quantile(values, np.arange(1, CLASSES) / CLASSES) if len(values) else []
    rounded = [float(f"{quantile:.2g}") for quantile in quantiles]
    return sorted({edge for edge in rounded if by == "share" or edge > 1})


def _labels(edges: Sequence[float], by: str) -> list[str]:
    if by == "count":
        lows = [1, *(int(np.ceil(edge)) for edge in edges)]
        spans = [f"{low:,} to {high - 1:,}" for low, high in pairwise(lows)]
        return [*spans, f"{lows[-1]:,} or more"]
    percents = [write_number(100 * edge, ".3g", "%") for edge in edges]
    if not percents:
        return ["more than 0%"]
    spans = [f"{low} to under {high}" for low, high in pairwise(percents)]
    return [f"under {percents[0]}", *spans, f"{percents[-1]} or more"]
