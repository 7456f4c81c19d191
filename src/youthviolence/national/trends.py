"""How much a series changed: from first to last, per year, and from every possible start.

A yearly change is given only where a straight line describes the series (`slopes`); elsewhere the
lowest and highest year say what happened. The change between two years of numbers has the interval
of the ratio of two Poisson counts on the log scale: it shows chance in those two years and nothing
else. A break in a series ends a trend; the next segment starts its own.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from appendices.errors import DataError
from appendices.numbers import write_number
from youthviolence.national.observations import BREAK, LOWER_BOUND, require_columns
from youthviolence.national.slopes import ratio_of_counts, yearly_slope

NEEDED = ("label", "period", "year", "value", "unit", "status")
FEWEST_FOR_TREND = 3
NO_POPULATION = "Numbers, not rates."
WITH_POPULATION = "Rate: the population is the offset."
PUBLISHED_RATE = "Published rate: without the numbers behind it two years have no interval."
AMOUNT = "Amounts, not numbers of events: two years have no interval."
STOCK = "A number of people, not of events: two years have no interval."
ONE_POINT = "One point after a break in the series: no change is worked out."
TOO_LITTLE = "Too few points or events for a yearly rate."
NO_LINE = "No straight line: no yearly rate."


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
        usable = ordered["value"].notna() & (ordered["status"] != LOWER_BOUND)
        parts += [part for _, part in ordered[usable].groupby(stretch[usable])]
    return parts


def trends(
    frame: pd.DataFrame,
    population: pd.DataFrame | None = None,
    level: float = 0.95,
    *,
    events: bool = True,
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
    events
        Whether numbers are of events in a year. People counted on a day or over a year are not:
        their numbers have no interval of chance between two years.

    Returns
    -------
    One row a line and segment: `label`, `first_period`, `last_period`, `points`, `first_value`,
    `last_value`, `unit`, `change_percent`, `change_low`, `change_high` (first to last),
    `yearly_percent`, `yearly_low`, `yearly_high` (missing where no straight line fits),
    `lowest_period`, `lowest_value`, `highest_period`, `highest_value`, `dispersion`, `bend`, `runs`
    (see the module), `note`. With a population the changes are of the rate.
    """
    rows = [
        _trend(part, _people(part, population), level, events=events) for part in segments(frame)
    ]
    columns = [
        "label", "first_period", "last_period", "points", "first_value", "last_value", "unit",
        "change_percent", "change_low", "change_high", "yearly_percent", "yearly_low",
        "yearly_high", "lowest_period", "lowest_value", "highest_period", "highest_value",
        "dispersion", "bend", "runs", "note",
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


def _trend(
    part: pd.DataFrame, people: np.ndarray | None, level: float, *, events: bool
) -> dict[str, object]:
    first, last = part.iloc[0], part.iloc[-1]
    ordered = part.sort_values("value", kind="stable")
    lowest, highest = ordered.iloc[0], ordered.iloc[-1]
    counts = bool(first["unit"] == "number") and events
    row: dict[str, object] = {
        "label": first["label"],
        "first_period": first["period"],
        "last_period": last["period"],
        "points": len(part),
        "first_value": first["value"],
        "last_value": last["value"],
        "unit": first["unit"],
        "lowest_period": lowest["period"],
        "lowest_value": lowest["value"],
        "highest_period": highest["period"],
        "highest_value": highest["value"],
    }
    if len(part) == 1:
        return {**row, "note": ONE_POINT}
    exposure = 1.0 if people is None else people[-1] / people[0]
    change = ratio_of_counts(first["value"], last["value"], level, exposure)
    change = change if counts else (change[0], np.nan, np.nan)
    row |= _percent("change", change)
    note = _basis(str(first["unit"]), people, events=events)
    if len(part) < FEWEST_FOR_TREND or (part["value"] > 0).sum() < 2:
        return {**row, "note": f"{note} {TOO_LITTLE}"}
    slope = yearly_slope(
        part["value"].to_numpy(dtype=float), part["year"].to_numpy(dtype=float), people,
        counts=counts, level=level,
    )  # fmt: skip
    row |= {"dispersion": slope.dispersion, "bend": slope.bend, "runs": slope.runs}
    if not slope.is_line:
        return {**row, "note": f"{note} {NO_LINE}"}
    return {**row, **_percent("yearly", (slope.ratio, slope.low, slope.high)), "note": note}


def _basis(unit: str, people: np.ndarray | None, *, events: bool) -> str:
    """Return what a change is a change of, and why two years may have no interval."""
    if unit != "number":
        return AMOUNT if unit.startswith("GBP") else PUBLISHED_RATE
    if not events:
        return STOCK
    return NO_POPULATION if people is None else WITH_POPULATION


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

    def text(value: float, low: float, high: float) -> str:
        if np.isnan(value):
            return ""
        known = [value] if np.isnan(low) else [value, low, high]
        words = [write_number(number, spec) for number in known]
        return words[0] if len(words) == 1 else f"{words[0]} ({words[1]} to {words[2]})"

    texts = {
        name: [text(*row) for row in zip(*(frame[column] for column in three), strict=True)]
        for name, three in columns.items()
    }
    return frame.assign(**texts)


def change_since(
    frame: pd.DataFrame,
    printed_start: str | None = None,
    level: float = 0.95,
    *,
    events: bool = True,
) -> pd.DataFrame:
    """Return the change to the last period of each line from every period before it.

    Was the start that a text counts from a low point? Suits horizontal bars of `change_percent` by
    `start_period` with whiskers `low` and `high`, the printed start highlighted.

    Returns
    -------
    One row a line and start: `label`, `start_period`, `start_year`, `start_value`, `last_period`,
    `last_value`, `change_percent`, `low`, `high`, `comparable` (no break between the two),
    `is_printed_start`, `start_rank` (1 is the lowest value of all, the last included). `events` as
    in `trends`.
    """
    require_columns(frame, NEEDED, "series")
    rows = []
    for label, line in frame.groupby("label", sort=False):
        usable = line["value"].notna() & (line["status"] != LOWER_BOUND)
        known = line[usable].sort_values("year")
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
            is_count = start["unit"] == "number" and events
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
