"""Is it a shift towards younger people? The share of the young, and the ratio of growth rates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from appendices.errors import DataError, unknown
from youthviolence.national.observations import BREAK, LOWER_BOUND, require_columns
from youthviolence.national.series import DISPLAY
from youthviolence.national.slopes import fitted, slope_of
from youthviolence.national.trends import FEWEST_FOR_TREND, NEEDED


def share(
    frame: pd.DataFrame, part: Sequence[str], by: Sequence[str] = (), level: float = 0.95
) -> pd.DataFrame:
    """Return the share of the lines `part` in all lines of `frame`, period by period.

    Suits a line chart: x `period`, y `share`, band `low` to `high`, status `status`.

    Parameters
    ----------
    frame
        A display frame of numbers whose lines add up to the whole.
    part
        The labels of the lines whose share is asked for.
    by
        Columns that tell separate wholes apart, such as `source_id` for editions.
    level
        Confidence level of Wilson's interval (Wilson 1927).

    Returns
    -------
    One row a period (and value of `by`): the `by` columns, `period`, `year`, `part`, `whole`,
    `share`, `low`, `high` (percent), `status`. A period in which a line is absent is left out.

    Raises
    ------
    UsageError
        When a label of `part` is no line of `frame`.
    DataError
        When a column is missing or the values are not numbers of events.
    """
    require_columns(frame, (*NEEDED, *by), "series")
    labels = list(dict.fromkeys(frame["label"]))
    for name in part:
        if name not in labels:
            raise unknown("line", name, labels)
    if not frame["unit"].eq("number").all():
        raise DataError("a share needs numbers: a line has another unit.")
    known = frame[frame["value"].notna() & (frame["status"] != LOWER_BOUND)].assign(
        inside=lambda rows: rows["value"].where(rows["label"].isin(part), 0.0),
        broken=lambda rows: rows["status"] == BREAK,
    )
    table = known.groupby([*by, "year", "period"], as_index=False).agg(
        part=("inside", "sum"), whole=("value", "sum"), lines=("label", "nunique"),
        broken=("broken", "any"), status=("status", "first"),
    )  # fmt: skip
    table = table[(table["lines"] == len(labels)) & (table["whole"] > 0)].reset_index(drop=True)
    low, high = proportion_confint(table["part"], table["whole"], alpha=1 - level, method="wilson")
    table["share"] = 100 * table["part"] / table["whole"]
    table["low"], table["high"] = 100 * low, 100 * high
    table["status"] = table["status"].mask(table["broken"], BREAK)
    return table[[*by, "period", "year", "part", "whole", "share", "low", "high", "status"]]


def share_line(
    frame: pd.DataFrame, part: Sequence[str], label: str, panel: str = "share", level: float = 0.95
) -> pd.DataFrame:
    """Return `share` as one more line of a display frame: `value` is the share in percent."""
    table = share(frame, part, level=level).rename(columns={"share": "value"})
    table = table.assign(
        source_exhibit=frame["source_exhibit"].iloc[0], panel=panel, label=label, unit="percent",
        source_id=frame["source_id"].iloc[0], note="",
    )  # fmt: skip
    return table[list(DISPLAY)]


def growth_ratio(
    frame: pd.DataFrame, young: Sequence[str], older: Sequence[str], level: float = 0.95
) -> pd.DataFrame:
    """Return how much faster the young group grew than the older one, from break to break.

    A ratio above 1 is a shift towards the young. `yearly_ratio` is the slope of a quasi-binomial
    regression of the young share on the year (the same as a Poisson regression of both groups with
    an effect for each year, so what moves both groups alike cancels out), dispersion not below 1,
    t interval; missing where the share runs along no straight line (`slopes`). `change_ratio`
    compares last / first of the two groups, with the Poisson interval
    on the log scale. Suits a table.

    Returns
    -------
    One row a segment of at least three periods: `first_period`, `last_period`, `points`,
    `change_ratio`, `change_low`, `change_high`, `starts` (how many first years there are but the
    last), `starts_younger` and `starts_older` (from how many of them the interval of the ratio to
    the last year lies above and below 1), `yearly_ratio`, `yearly_low`, `yearly_high`,
    `dispersion`.
    """
    inside = frame[frame["label"].isin([*young, *older])]
    table = share(inside, young)
    stretch = (table["status"] == BREAK).cumsum()
    rows = [
        _growth(part, level) for _, part in table.groupby(stretch) if len(part) >= FEWEST_FOR_TREND
    ]
    return pd.DataFrame(rows)


def _growth(part: pd.DataFrame, level: float) -> dict[str, object]:
    young = part["part"].to_numpy(dtype=float)
    older = part["whole"].to_numpy(dtype=float) - young
    time = part["year"].to_numpy(dtype=float)
    both = np.column_stack([young, older])

    def model(design: np.ndarray) -> Any:
        return fitted(sm.GLM(both, design, family=sm.families.Binomial()))

    slope = slope_of(model, time, level, least_dispersion=1.0)
    yearly = (slope.ratio, slope.low, slope.high) if slope.is_line else (np.nan,) * 3
    starts = [_ratio_since(young, older, start, level) for start in range(len(part) - 1)]
    ratio, low, high = starts[0]
    return {
        "first_period": part["period"].iloc[0],
        "last_period": part["period"].iloc[-1],
        "points": len(part),
        "change_ratio": ratio,
        "change_low": low,
        "change_high": high,
        "starts": len(starts),
        "starts_younger": sum(since[1] > 1 for since in starts),
        "starts_older": sum(since[2] < 1 for since in starts),
        **dict(zip(("yearly_ratio", "yearly_low", "yearly_high"), yearly, strict=True)),
        "dispersion": slope.dispersion,
    }


def _ratio_since(
    young: NDArray[np.float64], older: NDArray[np.float64], start: int, level: float
) -> tuple[float, float, float]:
    """Return growth of the young over growth of the older since `start`, with its interval."""
    ends = np.array([young[start], young[-1], older[start], older[-1]])
    if (ends <= 0).any():
        return (np.nan, np.nan, np.nan)
    ratio = (ends[1] / ends[0]) / (ends[3] / ends[2])
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt((1 / ends).sum())
    return (ratio, ratio * np.exp(-reach), ratio * np.exp(reach))
