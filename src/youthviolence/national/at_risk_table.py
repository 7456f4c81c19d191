"""The table every at-risk answer is counted from: LSOAs, or the smaller table made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.errors import DataError, MissingToolError
from youthviolence.national.cuts import (
    LSOAS,
    MEASURES,
    OLDEST,
    POPULATION_YEARS,
    TABULATED_CUTS,
    YOUNGEST,
    Cut,
)

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
