"""One local authority against its region, England and the range of all authorities."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from youthviolence.errors import unknown
from youthviolence.national.observations import period_year, require_columns

SERIES = (
    "series", "geography_code", "geography", "geography_type", "period", "value", "unit", "status",
)  # fmt: skip
KEY = ("series", "geography_code", "period")
COLUMNS = (
    "series", "geography_code", "geography", "geography_type", "period", "period_type", "value",
    "unit", "status", "source_id",
)  # fmt: skip
AUTHORITY = (
    "code", "name", "region", "childrens_services", "childrens_services_code", "later_name",
    "later_from",
)  # fmt: skip
SHOWN = (
    "series", "line", "kind", "period", "year", "value", "unit", "status", "lowest", "highest",
    "authorities", "rank",
)  # fmt: skip


def services_note(authorities: pd.DataFrame, codes: Sequence[str]) -> str:
    """Return whose children's services speak for an authority, when they are not its own.

    `codes` are codes of December 2019: one, or those of the districts of a county.
    """
    chosen = _chosen(authorities, codes)
    services = sorted(set(chosen["childrens_services"].astype("str")))
    notes = []
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
    range of all authorities as a band `lowest` to `highest`.

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
    `authorities` (how many have a value), `rank` among them (1 is the highest value; only for an
    authority).

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
    local = values[values["geography_type"] == "local authority"]
    by_period = local.groupby(["series", "period"])["value"]
    spread = by_period.agg(lowest="min", highest="max", authorities="count").reset_index()
    values = values.assign(rank=by_period.rank(ascending=False, method="min"))
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
    `value`, `unit`, `rank`, `authorities`, `region`, `england`, `lowest`, `highest`.
    """
    own = shown[(shown["kind"] == "authority") & shown["value"].notna()]
    last = own.sort_values("year").groupby(["series", "line"], as_index=False).tail(1)
    keys = ["series", "period"]
    for kind, name in (("region", "region"), ("England", "england")):
        other = shown.loc[shown["kind"] == kind, [*keys, "value"]].drop_duplicates(keys)
        last = last.merge(other.rename(columns={"value": name}), on=keys, how="left")
    columns = [
        "series", "line", "period", "value", "unit", "rank", "authorities", "region", "england",
        "lowest", "highest",
    ]  # fmt: skip
    return last.sort_values(["series", "line"], ignore_index=True)[columns]


def _chosen(authorities: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    require_columns(authorities, AUTHORITY, "local_authorities")
    known = authorities["code"].astype("str")
    for code in codes:
        if code not in set(known):
            raise unknown("local authority code", code, known)
    return authorities[known.isin(codes)]
