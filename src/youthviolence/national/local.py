"""One local authority against its region, England and the range of all authorities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from appendices.errors import unknown
from youthviolence.national.observations import period_year, require_columns

SERIES = (
    "series", "geography_code", "geography", "geography_type", "period", "value", "unit", "status",
)  # fmt: skip
AUTHORITY = (
    "code", "name", "region", "childrens_services", "childrens_services_code", "later_name",
    "later_from",
)  # fmt: skip
SHOWN = (
    "series", "line", "kind", "period", "year", "value", "unit", "status", "lowest", "highest",
    "authorities", "rank", "tied",
)  # fmt: skip
# So few children live there that one child more moves a rate from the bottom to the top.
FEW_CHILDREN = ("City of London", "Isles of Scilly")
FEW_CHILDREN_NOTE = (
    "So few children live in {name} that one more or one fewer moves its rates a long way: it is "
    "not ranked, and the ranges leave out both it and {other}."
)


def services_note(authorities: pd.DataFrame, codes: Sequence[str]) -> str:
    """Return what a reader of an authority's rates must know: few children, others' services.

    `codes` are codes of December 2019: one, or those of the districts of a county.
    """
    chosen = _chosen(authorities, codes)
    services = sorted(set(chosen["childrens_services"].astype("str")))
    notes = [
        FEW_CHILDREN_NOTE.format(name=name, other=other)
        for name, other in zip(FEW_CHILDREN, reversed(FEW_CHILDREN), strict=True)
        if name in services
    ]
    if chosen["type"].astype("str").eq("county district").any():
        notes.append(f"Children's services were those of {', '.join(services)}.")
    later = chosen[chosen["later_name"].notna()]
    for name, year in sorted(set(zip(later["later_name"], later["later_from"], strict=True))):
        notes.append(f"From {int(year)} they are those of {name}.")
    return " ".join(notes)


def local_series(
    series: pd.DataFrame, authorities: pd.DataFrame, codes: Sequence[str]
) -> pd.DataFrame:
    """Return the children's-services series of one authority beside its region and England.

    A county district has no children's services of its own: its county's are shown. Where the
    services were split or joined later, their successor is a line of its own.

    Suits a line chart per `series`: x `period`, y `value`, by `line`, `status` for the marks, the
    range of all authorities as a band `lowest` to `highest`. Rates only; the two authorities with
    few children (`FEW_CHILDREN`) take no part in ranks and ranges.

    Parameters
    ----------
    series, authorities
        The tables ``local_authority_series`` and ``local_authorities``.
    codes
        The authority's code of December 2019, such as ``("E06000002",)``; several for a county.

    Returns
    -------
    One row a series, line and period: `series`, `line`, `kind` ("authority", "later authority",
    "region" or "England"), `period`, `year`, `value`, `unit`, `status`, `lowest`, `highest`,
    `authorities` (how many have a value), `rank` among them (1 is the highest value; authorities
    with the same value share the best rank) and `tied` (how many share it), both only for an
    authority.

    Raises
    ------
    UsageError
        When no authority has one of the codes.
    DataError
        When a table lacks a column.
    """
    require_columns(series, SERIES, "local_authority_series")
    chosen = _chosen(authorities, codes)
    texts = {name: series[name].astype("str") for name in SERIES if name != "value"}
    values = series.assign(**texts, value=series["value"].astype("float64"))
    values = values[values["unit"] != "number"]
    is_local = values["geography_type"] == "local authority"
    local = values[is_local & ~values["geography"].isin(FEW_CHILDREN)]
    by_period = local.groupby(["series", "period"])["value"]
    spread = by_period.agg(lowest="min", highest="max", authorities="count").reset_index()
    same = local.groupby(["series", "period", "value"])["value"].transform("count")
    values = values.assign(rank=by_period.rank(ascending=False, method="min"), tied=same)
    values = values.merge(spread, on=["series", "period"], how="left")

    kind, name = values["geography_type"], values["geography"]
    services = set(chosen["childrens_services_code"].astype("str"))
    own = values["geography_code"].isin(services)
    later = (kind == "local authority") & name.isin(chosen["later_name"].dropna()) & ~own
    region = (kind == "region") & name.isin(chosen["region"].astype("str"))
    groups = (
        ("authority", own), ("later authority", later), ("region", region),
        ("England", kind == "England"),
    )  # fmt: skip
    shown = pd.concat(
        [values[rows].assign(kind=word, order=at) for at, (word, rows) in enumerate(groups)]
    ).rename(columns={"geography": "line"})
    shown = shown.assign(year=shown["period"].map(period_year))
    shown = shown.sort_values(["series", "order", "line", "year"], ignore_index=True)
    return shown[list(SHOWN)]


def latest_local(shown: pd.DataFrame) -> pd.DataFrame:
    """Return the last value of each series in the authority, with region and England beside it.

    Parameters
    ----------
    shown
        As `local_series` returns it.

    Returns
    -------
    One row a series: `series`, `line`, `period` (the last in which the authority has a value),
    `value`, `unit`, `rank`, `tied`, `authorities`, `place` (the rank in words), `region`,
    `england`, `lowest`, `highest`.
    """
    own = shown[(shown["kind"] == "authority") & shown["value"].notna()]
    last = own.sort_values("year").groupby(["series", "line"], as_index=False).tail(1)
    keys = ["series", "period"]
    for kind, name in (("region", "region"), ("England", "england")):
        other = shown.loc[shown["kind"] == kind, [*keys, "value"]].drop_duplicates(keys)
        last = last.merge(other.rename(columns={"value": name}), on=keys, how="left")
    last["place"] = [_place(row) for row in last.to_dict("records")]
    columns = [
        "series", "line", "period", "value", "unit", "rank", "tied", "authorities", "place",
        "region", "england", "lowest", "highest",
    ]  # fmt: skip
    return last.sort_values(["series", "line"], ignore_index=True)[columns]


def _place(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["rank"]):
        return "not ranked"
    shared = "joint " if row["tied"] > 1 else ""
    return f"{shared}{row['rank']:.0f} of {row['authorities']:.0f}"


def _chosen(authorities: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    require_columns(authorities, AUTHORITY, "local_authorities")
    known = authorities["code"].astype("str")
    for code in codes:
        if code not in set(known):
            raise unknown("local authority code", code, known)
    return authorities[known.isin(codes)]
