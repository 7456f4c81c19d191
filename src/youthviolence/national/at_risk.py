"""How many young people live where crime, income deprivation, or both are high."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from appendices.errors import UsageError
from youthviolence.national.at_risk_table import AtRiskTable
from youthviolence.national.cuts import Definition
from youthviolence.national.places import Place, resolve

GROUPS = {
    "A": "Where crime is high",
    "B": "Where income deprivation is high",
    "C": "Where both are high",
}
_RANGE = {"min": "lowest_share", "median": "median_share", "max": "highest_share"}


@dataclass(frozen=True)
class AtRisk:
    """The answer for one definition. Shares are fractions of the young people of the same ages.

    Attributes
    ----------
    definition
        What was asked.
    place
        The local authority the groups are narrowed to, or None for England.
    groups
        ``group, label, children, population, share, lsoas, all_lsoas``: one row each for A, B, C.
    by_authority
        One row an authority of December 2019, sorted by code: ``code, name, region, population,
        a, b, c, a_share, b_share, c_share, lsoas, a_lsoas, b_lsoas, c_lsoas, count_rank,
        share_rank``. Ranks are of group C, 1 the highest; equal values share a rank.
    top_by_count, top_by_share
        ``place, code, name, children, population, share``: the authorities with most of group C,
        by number and by share; equal values in order of code.
    share_in_top
        The fraction of England's group C that lives in the authorities of `top_by_count`.
    """

    definition: Definition
    place: Place | None
    groups: pd.DataFrame
    by_authority: pd.DataFrame
    top_by_count: pd.DataFrame
    top_by_share: pd.DataFrame
    share_in_top: float

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain JSON values."""
        asked = self.definition
        return {
            "definition": {
                "crime_cut": str(asked.crime_cut),
                "income_measure": asked.income_measure,
                "income_cut": str(asked.income_cut),
                "ages": asked.ages,
                "population_year": asked.population_year,
                "local_authority": self.place.name if self.place else None,
            },
            "note": self.place.note if self.place else "",
            "groups": self.groups.to_dict("records"),
            "top_by_count": self.top_by_count.to_dict("records"),
            "top_by_share": self.top_by_share.to_dict("records"),
            "share_in_top": self.share_in_top,
        }


def at_risk(definition: Definition, table: AtRiskTable, top: int = 10) -> AtRisk:
    """Return groups A, B and C for any definition.

    A neighbourhood (LSOA) is high on crime when its score of the crime domain of the Indices of
    Deprivation 2019 passes `definition.crime_cut`, and high on income deprivation when
    `definition.income_measure` passes `definition.income_cut`; `Cut` says what each kind of cut
    selects. Everyone of the ages asked for who lives in such a neighbourhood is counted, from the
    small area population estimates of mid-`population_year`: a count of residents, not of people
    known to be deprived or harmed.

    The default definition (both scores at or above the 90th percentile, ties included; IDACI;
    ages 11 to 17; mid-2019) is inferred: the report states no threshold, and this one gives its
    three counts and both its ordered lists exactly.

    Parameters
    ----------
    definition
        What to count.
    table
        All LSOAs, or the derived table: the same answer from either.
    top
        How many authorities the two top lists hold.

    Raises
    ------
    UsageError
        When the local authority is unknown or `top` is out of range.
    MissingToolError
        When the cut needs the full table and `table` is the derived one.
    """
    if not 1 <= top <= len(table.authorities):
        raise UsageError(f"top is {top}: expected 1 to {len(table.authorities)}.")
    asked = definition.local_authority
    place = resolve(asked, table.authorities) if asked else None
    authorities = _by_authority(definition, table)
    by_count = _top(authorities, "c", top)
    england = int(authorities["c"].sum())
    within = authorities[authorities["code"].isin(place.codes)] if place else authorities
    return AtRisk(
        definition=definition,
        place=place,
        groups=_groups(within),
        by_authority=authorities,
        top_by_count=by_count,
        top_by_share=_top(authorities, "c_share", top),
        share_in_top=float(by_count["children"].sum() / england) if england else 0.0,
    )


def _by_authority(definition: Definition, table: AtRiskTable) -> pd.DataFrame:
    crime = table.selected("crime", definition.crime_cut)
    income = table.selected(definition.income_measure, definition.income_cut)
    children = table.children(definition.population_year, definition.first_age, definition.last_age)
    lsoas = table.lsoas()
    members = {"a": crime, "b": income, "c": crime & income}
    frame = table.authorities[["code", "name", "region"]].assign(
        population=table.by_authority(children)
    )
    for group, member in members.items():
        frame[group] = table.by_authority(children * member)
    for group in members:
        frame[f"{group}_share"] = frame[group] / frame["population"]
    frame["lsoas"] = table.by_authority(lsoas)
    for group, member in members.items():
        frame[f"{group}_lsoas"] = table.by_authority(lsoas * member)
    for rank, column in (("count_rank", "c"), ("share_rank", "c_share")):
        frame[rank] = frame[column].rank(method="min", ascending=False).astype("int64")
    return frame


def _groups(authorities: pd.DataFrame) -> pd.DataFrame:
    total = authorities.select_dtypes("number").sum()
    population = int(total["population"])
    return pd.DataFrame(
        {
            "group": list(GROUPS),
            "label": list(GROUPS.values()),
            "children": [int(total[group.lower()]) for group in GROUPS],
            "population": population,
            "share": [float(total[group.lower()] / population) for group in GROUPS],
            "lsoas": [int(total[f"{group.lower()}_lsoas"]) for group in GROUPS],
            "all_lsoas": int(total["lsoas"]),
        }
    )


def _top(authorities: pd.DataFrame, column: str, top: int) -> pd.DataFrame:
    first = authorities.sort_values([column, "code"], ascending=[False, True]).head(top)
    return pd.DataFrame(
        {
            "place": np.arange(1, len(first) + 1),
            "code": first["code"].to_numpy(),
            "name": first["name"].to_numpy(),
            "children": first["c"].to_numpy(),
            "population": first["population"].to_numpy(),
            "share": first["c_share"].to_numpy(),
        }
    )


def authority_page(result: AtRisk, place: Place) -> pd.DataFrame:
    """Return the three groups in one authority, its region and England.

    Returns
    -------
    ``area, area_type, group, label, children, population, share, lsoas, all_lsoas, count_rank,
    share_rank, authorities, lowest_share, median_share, highest_share``: one row an area and
    group. Ranks (1 the highest, equal values share one) are among all `authorities` and stand in
    the rows of the authority only; they are missing for a place made of several. The last three
    columns are the range over all authorities.
    """
    frame = result.by_authority
    own = frame["code"].isin(place.codes)
    regions = frame["region"].isin(frame.loc[own, "region"])
    region = " and ".join(sorted(frame.loc[own, "region"].astype("str").unique()))
    page = pd.concat(
        [
            _groups(frame[own]).assign(area=place.name, area_type="local authority"),
            _groups(frame[regions]).assign(area=region, area_type="region"),
            _groups(frame).assign(area="England", area_type="England"),
        ],
        ignore_index=True,
    )
    ranked = (page["area_type"] == "local authority") & (not place.is_sum)
    for name, suffix in (("count_rank", ""), ("share_rank", "_share")):
        columns = [f"{group.lower()}{suffix}" for group in page["group"]]
        ranks = frame[[*set(columns)]].rank(method="min", ascending=False)[own].iloc[0]
        page[name] = pd.Series([ranks[c] for c in columns]).where(ranked).astype("Int64")
    page["authorities"] = len(frame)
    for name in ("min", "median", "max"):
        over_all = frame[["a_share", "b_share", "c_share"]].agg(name)
        page[_RANGE[name]] = [float(over_all[f"{group.lower()}_share"]) for group in page["group"]]
    return page[["area", "area_type", *page.columns.drop(["area", "area_type"])]]
