"""How much a series changed: from first to last, per year, and from every possible start.

Numbers are modelled by quasi-Poisson regression with a log link (McCullagh and Nelder 1989, 6.2),
the dispersion taken from Pearson's chi-squared and, for numbers, never below 1. Intervals per year
use the t distribution with the residual degrees of freedom. The change between two years of numbers
has the interval of the ratio of two Poisson counts on the log scale: it shows chance in those two
years and nothing else. A break in a series ends a trend; the next segment starts its own.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from youthviolence.errors import DataError
from youthviolence.national.observations import BREAK, require_columns
from youthviolence.numbers import write_number

NEEDED = ("label", "period", "year", "value", "unit", "status")
FEWEST_FOR_TREND = 3
NO_POPULATION = "Numbers, not rates: no population is at hand."
WITH_POPULATION = "Rate: the population is the offset."
PUBLISHED_RATE = "Published rate: without the numbers behind it two years have no interval."
AMOUNT = "Amounts, not numbers of events: two years have no interval."
ONE_POINT = "One point after a break in the series: no change is worked out."
TOO_LITTLE = "Too few points or events for a trend."


@dataclass(frozen=True)
class Slope:
    """Multiplicative change per year with its interval; the dispersion is Pearson's."""

    ratio: float
    low: float
    high: float
    dispersion: float


def segments(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the stretches of each line of `frame` between breaks, in time order.

    Values that are missing or only bounded from below take no part.

    Raises
    ------
    DataError
        When a column is missing or a line has two values for one year.
    """
    require_columns(frame, NEEDED, "series")
    parts = []
    for label, line in frame.groupby("label", sort=False):
        ordered = line.sort_values("year")
        if ordered["year"].duplicated().any():
            raise DataError(f"series {label!r}: two values for one year; choose one source.")
        stretch = (ordered["status"] == BREAK).cumsum()
        usable = ordered["value"].notna() & (ordered["status"] != "lower bound")
        parts += [part for _, part in ordered[usable].groupby(stretch[usable])]
    return parts


def fitted(model: Any) -> Any:
    """Return the fit of a statsmodels GLM with scale 1; that it fits perfectly is no matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        return model.fit(scale=1.0)


def yearly_slope(
    values: np.ndarray,
    years: np.ndarray,
    population: np.ndarray | None,
    *,
    counts: bool,
    level: float,
) -> Slope:
    """Return the change per year of a log-linear quasi-Poisson trend through `values`."""
    design = sm.add_constant(years - years.mean())
    offset = None if population is None else np.log(population)
    fit = fitted(sm.GLM(values, design, family=sm.families.Poisson(), offset=offset))
    dispersion = fit.pearson_chi2 / fit.df_resid
    spread = fit.bse[1] * np.sqrt(max(dispersion, 1.0) if counts else dispersion)
    reach = stats.t.ppf((1 + level) / 2, fit.df_resid) * spread
    slope = float(fit.params[1])
    ratio, low, high = (float(np.exp(slope + shift)) for shift in (0.0, -reach, reach))
    return Slope(ratio, low, high, float(dispersion))


def ratio_of_counts(
    first: float, last: float, level: float, exposure: float = 1.0
) -> tuple[float, float, float]:
    """Return last / first / `exposure` with the Poisson interval on the log scale.

    `exposure` is the ratio of the populations. Without a count in one of the years there is no
    interval.
    """
    if first <= 0:
        return (np.nan, np.nan, np.nan)
    ratio = last / first / exposure
    if last <= 0:
        return (ratio, np.nan, np.nan)
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(1 / first + 1 / last)
    return (ratio, ratio * float(np.exp(-reach)), ratio * float(np.exp(reach)))


def trends(
    frame: pd.DataFrame, population: pd.DataFrame | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return how much each line of a display frame changed, from break to break.

    Suits a table, or bars of `change_percent` by `label` with whiskers.

    Parameters
    ----------
    frame
        As `series.series_frame` returns it, one panel.
    population
        A display frame with the same labels and years: the people (or pupils) behind each number.
    level
        Confidence level of the intervals.

    Returns
    -------
    One row a line and segment: `label`, `first_period`, `last_period`, `points`, `first_value`,
    `last_value`, `unit`, `change_percent`, `change_low`, `change_high` (first to last),
    `yearly_percent`, `yearly_low`, `yearly_high`, `dispersion`, `note`. With a population the
    changes are of the rate.
    """
    rows = [_trend(part, _people(part, population), level) for part in segments(frame)]
    columns = [
        "label", "first_period", "last_period", "points", "first_value", "last_value", "unit",
        "change_percent", "change_low", "change_high", "yearly_percent", "yearly_low",
        "yearly_high", "dispersion", "note",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _people(part: pd.DataFrame, population: pd.DataFrame | None) -> np.ndarray | None:
    if population is None:
        return None
    label = part["label"].iloc[0]
    known = population[population["label"] == label].set_index("year")["value"]
    people = known.reindex(part["year"])
    if people.isna().any():
        raise DataError(f"series {label!r}: no population for one of its years.")
    return people.to_numpy(dtype=float)


def _trend(part: pd.DataFrame, people: np.ndarray | None, level: float) -> dict[str, object]:
    first, last = part.iloc[0], part.iloc[-1]
    counts = first["unit"] == "number"
    row: dict[str, object] = {
        "label": first["label"],
        "first_period": first["period"],
        "last_period": last["period"],
        "points": len(part),
        "first_value": first["value"],
        "last_value": last["value"],
        "unit": first["unit"],
    }
    if len(part) == 1:
        return {**row, "note": ONE_POINT}
    exposure = 1.0 if people is None else people[-1] / people[0]
    change = ratio_of_counts(first["value"], last["value"], level, exposure)
    change = change if counts else (change[0], np.nan, np.nan)
    row |= _percent("change", change)
    note = NO_POPULATION if people is None else WITH_POPULATION
    if not counts:
        note = AMOUNT if str(first["unit"]).startswith("GBP") else PUBLISHED_RATE
    if len(part) < FEWEST_FOR_TREND or (part["value"] > 0).sum() < 2:
        return {**row, "note": f"{note} {TOO_LITTLE}"}
    slope = yearly_slope(
        part["value"].to_numpy(dtype=float), part["year"].to_numpy(dtype=float), people,
        counts=counts, level=level,
    )  # fmt: skip
    row |= _percent("yearly", (slope.ratio, slope.low, slope.high))
    return {**row, "dispersion": slope.dispersion, "note": note}


def _percent(name: str, ratios: tuple[float, float, float]) -> dict[str, object]:
    keys = (f"{name}_percent", f"{name}_low", f"{name}_high")
    return {key: 100 * (ratio - 1) for key, ratio in zip(keys, ratios, strict=True)}


def with_intervals(frame: pd.DataFrame, spec: str, **columns: tuple[str, str, str]) -> pd.DataFrame:
    """Return `frame` with texts such as "+5 (+1 to +9)", empty where there is no value.

    Parameters
    ----------
    spec
        Python format of the numbers.
    columns
        For each new column the columns of its value, lower and upper end.
    """
    rows = frame.to_dict("records")
    texts = {}
    for name, (value, low, high) in columns.items():
        texts[name] = [
            ""
            if pd.isna(row[value])
            else write_number(row[value], spec)
            if pd.isna(row[low])
            else f"{write_number(row[value], spec)} ({write_number(row[low], spec)} to "
            f"{write_number(row[high], spec)})"
            for row in rows
        ]
    return frame.assign(**texts)


def change_since(
    frame: pd.DataFrame, printed_start: str | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return the change to the last period of each line from every period before it.

    Was the start that a text counts from a low point? Suits horizontal bars of `change_percent` by
    `start_period` with whiskers `low` and `high`, the printed start highlighted.

    Returns
    -------
    One row a line and start: `label`, `start_period`, `start_year`, `start_value`, `last_period`,
    `last_value`, `change_percent`, `low`, `high`, `comparable` (no break between the two),
    `is_printed_start`, `start_rank` (1 is the lowest value of all, the last included).
    """
    require_columns(frame, NEEDED, "series")
    rows = []
    for label, line in frame.groupby("label", sort=False):
        known = line[line["value"].notna()].sort_values("year")
        known = known.assign(
            start_rank=known["value"].rank(method="min").astype("int64"),
            stretch=(known["status"] == BREAK).cumsum(),
        )
        if known.empty:
            continue
        *starts, last = known.to_dict("records")
        for start in starts:
            ratio = ratio_of_counts(start["value"], last["value"], level)
            change, low, high = (100 * (one - 1) for one in ratio)
            is_count = start["unit"] == "number"
            rows.append(
                {
                    "label": label,
                    "start_period": start["period"],
                    "start_year": start["year"],
                    "start_value": start["value"],
                    "last_period": last["period"],
                    "last_value": last["value"],
                    "change_percent": change,
                    "low": low if is_count else np.nan,
                    "high": high if is_count else np.nan,
                    "comparable": start["stretch"] == last["stretch"],
                    "is_printed_start": start["period"] == printed_start,
                    "start_rank": start["start_rank"],
                }
            )
    return pd.DataFrame(rows)
