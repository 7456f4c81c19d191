"""Hold each printed national figure against the data, and say by how much they differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from appendices.errors import unknown
from appendices.numbers import write_number
from youthviolence.national.observations import period_year, require_columns
from youthviolence.national.series import Observation, as_observations, line_rows, listed

NEEDED = (
    "claim", "source_exhibit", "says", "printed", "unit", "relation", "tolerance", "operation",
    "lines", "of_lines", "period_from", "period_to", "reach", "reading_of", "note",
)  # fmt: skip
IDENTITY = ("claim", "source_exhibit", "says", "printed", "unit")
CANNOT = "cannot be checked"
TOWARDS, AGAINST = "points towards it", "points against it"
AMBIGUOUS = "ambiguous"
SETTLED = {
    "reproduced": True, "supported": True, "not reproduced": False, "not supported": False,
}  # fmt: skip
"""The verdicts that data settle, and whether the figure or direction holds."""
# How far the data speak to a claim: to all of it, else only towards or against it.
FULL_REACH = ("as printed", "years not printed")


def _relative(first: float, last: float) -> float:
    return last / first


# Of the chosen lines and of the lines they are compared with, each summed: (first, last) values.
OPERATIONS: dict[str, Callable[[tuple[float, float], tuple[float, float]], float]] = {
    "value": lambda own, _: own[1],
    "change": lambda own, _: 100 * (_relative(*own) - 1),
    "share": lambda own, of: 100 * own[1] / of[1],
    "share change": lambda own, of: 100 * (own[1] / of[1] - own[0] / of[0]),
    "relative change": lambda own, of: 100 * (_relative(*own) / _relative(*of) - 1),
    "extra points": lambda own, of: (own[1] - own[0]) - (of[1] - of[0]),
    "base of a rate": lambda own, of: 10_000 * own[1] / of[1],
}
EVERY_YEAR = "least yearly change"
RELATIONS: dict[str, Callable[[float, float, float], bool]] = {
    "equals": lambda got, printed, tolerance: abs(got - printed) <= tolerance,
    "within": lambda got, printed, tolerance: abs(got - printed) <= tolerance,
    "above": lambda got, printed, _: got > printed,
    "below": lambda got, printed, _: got < printed,
}


def check_claims(
    claims: pd.DataFrame,
    lines: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    estimates: Mapping[str, Mapping[str, float]],
) -> pd.DataFrame:
    """Return every printed national figure beside the one the data give.

    Suits a table, or a strip of `verdict` by `source_exhibit`.

    Parameters
    ----------
    claims
        The table ``national_claims``. `operation` says what is worked out of the `lines` (summed;
        names of ``exhibit_lines``) between `period_from` and `period_to`: ``value`` and ``share``
        of `of_lines` at the end, ``change`` in percent, ``share change`` in points, ``relative
        change`` and ``extra points``, by how much the change exceeds that of `of_lines`, in percent
        and in points, and ``least yearly change``, the smallest change of one year to the next, in
        percent, of one line, and ``base of a rate``, the number of children of whom `lines` are so
        many and `of_lines` so many in 10,000. `relation` says how it must stand to `printed`:
        ``equals`` within `tolerance` (half a unit of the printed figure's last digit), ``within``
        it of a direction such as stable, ``above`` or ``below``. Claims of one `reading_of`, the
        name of the first of them, are readings of one printed figure.
    lines, tables
        As in `series.series_frame`.
    estimates
        Values by period that come from no line, by the name a claim gives them; see
        `at_risk.estimates`.

    Returns
    -------
    One row a claim: `claim`, `source_exhibit`, `says`, `printed`, `unit`, `relation`, `computed`,
    `difference` (computed less printed), `alone`, `verdict`, `period_from`, `period_to`, `reach`
    (how far the data speak to the claim), `finding` (in words), `note`. Taken `alone` a claim is
    "reproduced" or "not reproduced" for a figure and "supported" or "not supported" for a
    direction; where the data reach only part of a claim "points towards it" or "points against it"
    for a direction and "cannot be checked" for a figure, as where an observation it needs is
    missing. The `verdict` is "ambiguous" where another reading of the same printed figure says
    otherwise, or where one denies it and another cannot; else it is that of the claim alone.

    Raises
    ------
    UsageError
        When a claim names an unknown line, operation, relation or claim it is a reading of.
    """
    require_columns(claims, NEEDED, "national_claims")
    by_name = {str(line["line"]): line for line in lines.to_dict("records")}
    observations = as_observations({name: tables[name] for name in lines["table"].unique()})

    @cache
    def values_of(name: str) -> dict[str, float]:
        if name in estimates:
            return dict(estimates[name])
        if name not in by_name:
            raise unknown("line", name, [*by_name, *estimates])
        return {row["period"]: row["value"] for row in line_rows(by_name[name], observations)}

    checked = pd.DataFrame([_check(claim, values_of) for claim in claims.to_dict("records")])
    return _over_readings(checked, claims)


def _over_readings(checked: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Return checked claims with the verdict over all readings of the same printed figure."""
    first = claims["reading_of"].mask(claims["reading_of"].isna(), claims["claim"])
    names = list(claims["claim"])
    for name in first[~first.isin(names)]:
        raise unknown("claim", str(name), names)
    verdicts = checked["alone"].copy()
    for _, readings in checked["alone"].groupby(first.to_numpy(dtype=object)):
        settled = readings[readings.isin(SETTLED)]
        denied = [SETTLED.get(alone) is False for alone in readings]
        may_hold = [SETTLED.get(alone, alone != AGAINST) for alone in readings]
        if any(denied) and any(may_hold):
            verdicts[settled.index] = AMBIGUOUS
    checked.insert(list(checked).index("alone") + 1, "verdict", verdicts)
    return checked


def _check(claim: Observation, values_of: Callable[[str], dict[str, float]]) -> dict[str, Any]:
    operation, relation = str(claim["operation"]), str(claim["relation"])
    if operation not in (*OPERATIONS, EVERY_YEAR):
        raise unknown("operation", operation, (*OPERATIONS, EVERY_YEAR))
    if relation not in RELATIONS:
        raise unknown("relation", relation, RELATIONS)

    def ends(column: str) -> tuple[np.float64, np.float64]:
        lines = [values_of(name) for name in listed(claim[column])]
        periods = (str(claim["period_from"]), str(claim["period_to"]))
        if not lines:
            return np.float64(np.nan), np.float64(np.nan)
        first, last = (sum((line.get(at, np.nan) for line in lines), start=0.0) for at in periods)
        return np.float64(first), np.float64(last)

    if operation == EVERY_YEAR:
        computed = _least_yearly_change(claim, values_of(str(claim["lines"])))
    else:
        with np.errstate(invalid="ignore", divide="ignore"):
            computed = float(OPERATIONS[operation](ends("lines"), ends("of_lines")))
    printed, tolerance = float(claim["printed"]), float(claim["tolerance"])
    verdict = _verdict(claim, computed, RELATIONS[relation](computed, printed, tolerance))
    return {
        **{name: claim[name] for name in (*IDENTITY, "relation")},
        "computed": computed,
        "difference": computed - printed if relation == "equals" else np.nan,
        "alone": verdict,
        **{name: claim[name] for name in ("period_from", "period_to", "reach")},
        "finding": _in_words(claim, computed, verdict),
        "note": claim["note"],
    }


def _least_yearly_change(claim: Observation, values: Mapping[str, float]) -> float:
    first, last = period_year(str(claim["period_from"])), period_year(str(claim["period_to"]))
    by_year = {period_year(period): value for period, value in values.items()}
    if any(year not in by_year for year in range(first, last + 1)):
        return np.nan
    return min(100 * (by_year[year] / by_year[year - 1] - 1) for year in range(first + 1, last + 1))


def _verdict(claim: Observation, computed: float, holds: bool) -> str:
    is_figure = claim["relation"] == "equals"
    if not np.isfinite(computed) or (is_figure and claim["reach"] not in FULL_REACH):
        return CANNOT
    if is_figure:
        return "reproduced" if holds else "not reproduced"
    if claim["reach"] in FULL_REACH:
        return "supported" if holds else "not supported"
    return TOWARDS if holds else AGAINST


def claims_table(checked: pd.DataFrame) -> pd.DataFrame:
    """Return checked claims as a table to read: what is printed, what the data say, the verdict.

    Parameters
    ----------
    checked
        As `check_claims` returns it.

    Returns
    -------
    The columns of `checked`, and as texts, empty where there is nothing to say: `printed_as`,
    `difference_as` and `remark` (how far the data speak to the claim, whether one that is ambiguous
    holds when taken so, and its note).
    """
    rows = checked.to_dict("records")
    return checked.assign(
        source_exhibit=checked["source_exhibit"].map(_text),
        printed_as=[_printed(row) for row in rows],
        difference_as=[
            "" if pd.isna(row["difference"]) else write_number(row["difference"], "+,.3g")
            for row in rows
        ],
        remark=[_remark(row) for row in rows],
    )


def _remark(row: Observation) -> str:
    taken = ""
    if row["verdict"] == AMBIGUOUS:
        taken = f"Taken so it {'holds' if SETTLED[row['alone']] else 'does not hold'}. "
    return f"{row['reach'].capitalize()}. {taken}{_text(row['note'])}".strip()


def _text(cell: Any) -> str:
    return "" if pd.isna(cell) else str(cell)


def _printed(row: Observation) -> str:
    number, unit = _amount(float(row["printed"])), str(row["unit"]).removeprefix("number")
    direction = {"above": "a rise", "below": "a fall", "within": "no change"}
    if row["relation"] in direction and float(row["printed"]) == 0:
        return direction[row["relation"]]
    return f"{'more than ' if row['relation'] == 'above' else ''}{number} {unit}".strip()


def _amount(number: float) -> str:
    return write_number(number, ",.3g")


def _in_words(claim: Observation, computed: float, verdict: str) -> str:
    if not np.isfinite(computed):
        return "The figures it needs are not in the compendium."
    unit = "" if claim["unit"] == "number" else f" {claim['unit']}"
    when = f"in {claim['period_to']}"
    if claim["operation"] not in ("value", "share", "base of a rate"):
        when = f"from {claim['period_from']} to {claim['period_to']}"
    number = _amount(computed)
    lead = "The nearest the data give is" if verdict == CANNOT else "The data give"
    return f"{lead} {number}{unit} {when}."
