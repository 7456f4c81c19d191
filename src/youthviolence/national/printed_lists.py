"""The estimate beside the two lists of ten authorities that the report prints."""

from __future__ import annotations

import pandas as pd

from youthviolence.national.at_risk import LISTS, AtRisk
from youthviolence.national.observations import require_columns


def with_printed_place(result: AtRisk, printed: pd.DataFrame, exhibit: str) -> pd.DataFrame:
    """Return a top list with the place each authority has in the report's list.

    Parameters
    ----------
    result
        The answer to any definition.
    printed
        The table ``printed_top_tens``.
    exhibit
        ``F18`` for the list by number, ``F19`` for that by share.

    Returns
    -------
    ``place, code, name, children, population, share, printed_place``; the last is missing where
    the report does not list the authority.
    """
    require_columns(printed, ("source_exhibit", "place", "code"), "printed_top_tens")
    chosen = printed[printed["source_exhibit"].astype("str") == exhibit]
    places = dict(zip(chosen["code"].astype("str"), chosen["place"].astype("int64"), strict=True))
    top: pd.DataFrame = getattr(result, LISTS[exhibit])
    return top.assign(printed_place=top["code"].astype("str").map(places).astype("Int64"))


def estimates(result: AtRisk, printed: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the values that claims about the at-risk estimate name, by year of population.

    Groups A, B and C, their shares and the share of C in the top list in percent, and how many
    authorities of the report's two lists stand in their printed place.
    """
    year = str(result.definition.population_year)
    values: dict[str, float] = {}
    for row in result.groups.to_dict("records"):
        name = f"at-risk-{row['group'].lower()}"
        values |= {name: float(row["children"]), f"{name}-share": 100 * float(row["share"])}
    values["at-risk-c-in-ten"] = 100 * result.share_in_top
    for exhibit, name in LISTS.items():
        top = with_printed_place(result, printed, exhibit)
        same = (top["place"] == top["printed_place"]).fillna(False).sum()
        values[f"at-risk-places-{name.removeprefix('top_').replace('_', '-')}"] = float(same)
    return {name: {year: value} for name, value in values.items()}


NONE, UNKNOWN = "None", "Unknown"
MAP_CLASSES = 4
