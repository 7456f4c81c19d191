"""How many young people live where crime, income deprivation, or both are high."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.errors import DataError, MissingToolError, UsageError
from youthviolence.national.cuts import (
    LSOAS,
    MEASURES,
    OLDEST,
    POPULATION_YEARS,
    TABULATED_CUTS,
    YOUNGEST,
    Cut,
    Definition,
)
from youthviolence.national.places import Place, resolve

ALL_MEASURES = ("crime", *MEASURES)
COUNTS = tuple(
    f"mid{year}_age{age}" for year in POPULATION_YEARS for age in range(YOUNGEST, OLDEST + 1)
)
CLASSES = tuple(
    f"{measure}_{kind}" for measure in ALL_MEASURES for kind in ("decile", *TABULATED_CUTS)
)
CELL_COLUMNS = ("authority_code", *CLASSES, "lsoas", *COUNTS)
LSOA_COLUMNS = (
    "lsoa_code",
    "authority_code",
    *(f"{measure}_{kind}" for measure in ALL_MEASURES for kind in ("score", "rank", "decile")),
    *COUNTS,
)


@dataclass(frozen=True)
class AtRiskTable:
    """Neighbourhoods with their deprivation and their children, and the authorities they are in.

    A row of `rows` is one LSOA (`is_full`) or all LSOAs of one authority that share the decile and
    the flags of the 90th and 95th percentile on crime, IDACI, income and the index of multiple
    deprivation. Both answer the same questions in the same way; only the full table has scores and
    ranks.
    `position` gives each row's place in `authorities`, which is sorted by code.
    """

    rows: pd.DataFrame
    authorities: pd.DataFrame
    position: NDArray[np.intp]

    @property
    def is_full(self) -> bool:
        """Whether each row is one LSOA, with scores and ranks."""
        return "lsoa_code" in self.rows

    def selected(self, measure: str, cut: Cut) -> NDArray[np.bool_]:
        """Return which rows are high on `measure`; see `Cut` for what each kind means.

        Raises
        ------
        MissingToolError
            When the cut needs scores or ranks and this is not the full table.
        """
        if cut.kind == "decile":
            return self._column(f"{measure}_decile") <= cut.value
        if self.is_full and cut.kind == "percentile":
            score = self._column(f"{measure}_score")
            return score >= np.percentile(score, cut.value)
        if self.is_full:
            return self._column(f"{measure}_rank") <= cut.value
        for kind, tabulated in TABULATED_CUTS.items():
            if cut == tabulated:
                return self._column(f"{measure}_{kind}").astype(bool)
        raise MissingToolError(
            f"the cut '{cut}' needs the table of all {LSOAS:,} LSOAs. The table in the repository "
            "answers percentile:90, percentile:95 and decile:1 to decile:10. For any other cut put "
            "the official files in a folder and name it: --lsoa FOLDER on the command line, the "
            "parameter lsoa_table in a notebook. docs/at-risk-data.md says which files and where "
            "they are published."
        )

    def children(self, year: int, first_age: int, last_age: int) -> NDArray[np.int64]:
        """Return the young people of these ages (inclusive) in mid-`year`, row by row."""
        columns = [f"mid{year}_age{age}" for age in range(first_age, last_age + 1)]
        return self.rows[columns].to_numpy(dtype=np.int64).sum(axis=1)

    def lsoas(self) -> NDArray[np.int64]:
        """Return how many LSOAs each row stands for."""
        if self.is_full:
            return np.ones(len(self.rows), dtype=np.int64)
        return self._column("lsoas").astype(np.int64)

    def by_authority(self, amounts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the sum of `amounts` (one a row) for each authority, in their order."""
        sums = np.bincount(self.position, weights=amounts, minlength=len(self.authorities))
        return sums.astype(np.int64)

    def _column(self, name: str) -> NDArray[np.float64]:
        return self.rows[name].to_numpy(dtype=np.float64)


def at_risk_table(rows: pd.DataFrame, authorities: pd.DataFrame) -> AtRiskTable:
    """Return the table to count from, checked.

    Parameters
    ----------
    rows
        Either one row an LSOA with `LSOA_COLUMNS`, or the derived table with `CELL_COLUMNS`.
    authorities
        One row for each local authority of December 2019, as `places.resolve` takes it.

    Raises
    ------
    DataError
        When a column is missing, an LSOA is missing or repeated, or the authorities differ.
    """
    is_full = "lsoa_code" in rows
    expected = LSOA_COLUMNS if is_full else CELL_COLUMNS
    what = "table of LSOAs" if is_full else "derived at-risk table"
    missing = [name for name in expected if name not in rows]
    if missing:
        raise DataError(f"the {what} lacks {len(missing)} columns, the first {missing[0]!r}.")
    if rows[list(expected)].isna().to_numpy().any():
        raise DataError(f"the {what} has empty cells; every cell must hold a value.")
    held = rows["lsoa_code"].nunique() if is_full else int(rows["lsoas"].sum())
    if held != LSOAS or (is_full and len(rows) != LSOAS):
        raise DataError(
            f"the {what} covers {held:,} LSOAs in {len(rows):,} rows. Expected each of the "
            f"{LSOAS:,} of England once: percentiles and shares are taken over all of them."
        )
    authorities = authorities.sort_values("code", ignore_index=True)
    codes = pd.Index(authorities["code"].astype("str"))
    position = codes.get_indexer(pd.Index(rows["authority_code"].astype("str")))
    if (position < 0).any() or len(np.unique(position)) < len(codes):
        raise DataError(
            f"the authorities of the {what} are not the {len(codes)} of the table of local "
            "authorities. Both must use the codes of December 2019."
        )
    return AtRiskTable(rows[list(expected)].reset_index(drop=True), authorities, position)


def derive_cells(table: AtRiskTable) -> pd.DataFrame:
    """Return the derived table: LSOAs alike in authority and class added together.

    Exact for every question about deciles and the tabulated percentiles, because such a question
    never separates two LSOAs of the same cell. Columns `CELL_COLUMNS`, sorted by authority and
    classes.
    """
    rows = table.rows.assign(
        lsoas=1,
        **{
            f"{measure}_{kind}": table.selected(measure, cut)
            for measure in ALL_MEASURES
            for kind, cut in TABULATED_CUTS.items()
        },
    )
    keys = ["authority_code", *CLASSES]
    cells = rows.groupby(keys, as_index=False, sort=True, observed=True)[["lsoas", *COUNTS]].sum()
    return cells[list(CELL_COLUMNS)]


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


LISTS = {"F18": "top_by_count", "F19": "top_by_share"}
