"""The at-risk estimate held against what the report prints, and its spread over definitions."""

from __future__ import annotations

import pandas as pd

from youthviolence.national.at_risk import AtRisk
from youthviolence.national.cuts import MEASURES, Cut
from youthviolence.national.observations import require_columns
from youthviolence.national.specifications import Specifications

LISTS = {"F18": "top_by_count", "F19": "top_by_share"}
_CHOICES = {
    "crime_cut": "Crime cut",
    "income_cut": "Income cut",
    "income_measure": "Income measure",
    "population_year": "Population",
    "ages": "Ages",
}


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


def spread_over_definitions(specifications: Specifications) -> pd.DataFrame:
    """Return every definition's groups A, B and C, each estimate once.

    Group A does not depend on the income measure and cut, nor B on the crime cut.

    Returns
    -------
    ``group, crime_cut, income_measure, income_cut, population_year, ages, children, share,
    published``: sorted by group and number; a choice that does not matter is missing.
    """
    parts = []
    frame = specifications.frame
    matters = {
        "A": ["crime_cut"],
        "B": ["income_measure", "income_cut"],
        "C": ["crime_cut", "income_measure", "income_cut"],
    }
    columns = ["crime_cut", "income_measure", "income_cut", "population_year", "ages"]
    for group, choices in matters.items():
        keys = [*choices, "population_year", "ages"]
        part = frame.sort_values("published", ascending=False, kind="stable")
        part = part.drop_duplicates(keys).rename(
            columns={group.lower(): "children", f"{group.lower()}_share": "share"}
        )
        unused = {name: None for name in columns if name not in keys}
        parts.append(part.assign(group=group, **unused).sort_values(["children", *keys]))
    return pd.concat(parts, ignore_index=True)[
        ["group", *columns, "children", "share", "published"]
    ]


def spread_by_choice(specifications: Specifications) -> pd.DataFrame:
    """Return the range of group C over all definitions that make one choice, for every choice.

    Returns
    -------
    ``choice, option, label, definitions, lowest, median, highest, published, same_by_count,
    same_by_share``: one row an option. ``published`` is group C of the published definition where
    it makes this choice, else missing; ``same_by_*`` say in how many of the definitions, in
    percent, all ten of the published list are in the list.
    """
    frame = specifications.frame
    rows = []
    for column, choice in _CHOICES.items():
        for option, part in frame.groupby(column, sort=False):
            own = part.loc[part["published"], "c"]
            rows.append(
                {
                    "choice": choice,
                    "option": _option(column, option),
                    "label": f"{choice}: {_option(column, option)}",
                    "definitions": len(part),
                    "lowest": int(part["c"].min()),
                    "median": float(part["c"].median()),
                    "highest": int(part["c"].max()),
                    "published": float(own.iloc[0]) if len(own) else None,
                    "same_by_count": 100 * float((part["top_ten_by_count"] == 10).mean()),
                    "same_by_share": 100 * float((part["top_ten_by_share"] == 10).mean()),
                }
            )
    return pd.DataFrame(rows).astype({"published": "float64"})


def _option(column: str, option: object) -> str:
    if column == "population_year":
        return f"mid-{option}"
    return str(option).replace("-", " to ") if column == "ages" else choice_in_words(str(option))


def choice_in_words(choice: str) -> str:
    """Return a cut or an income measure, as `specifications` names it, in words."""
    if choice in MEASURES:
        return {"idaci": "IDACI", "income": "income domain", "imd": "IMD"}[choice]
    return Cut.parse(choice).in_words.removeprefix("score at or above ")


def top_ten_membership(specifications: Specifications) -> pd.DataFrame:
    """Return how often each authority is in the two top tens, for those that ever are.

    Returns
    -------
    ``panel`` ("by number", "by share"), ``name, percent`` (of the definitions), ``membership``
    (always or sometimes), ``published`` (in the published list): most often first.
    """
    parts = []
    for panel, suffix in (("by number", "by_count"), ("by share", "by_share")):
        frame = specifications.membership
        part = pd.DataFrame(
            {
                "panel": panel,
                "name": frame["name"].astype("str"),
                "percent": 100 * frame[suffix] / frame["definitions"],
                "membership": frame[f"{suffix}_class"],
                "published": frame[f"published_{suffix}"],
            }
        )
        ever = part[part["percent"] > 0]
        parts.append(ever.sort_values(["percent", "name"], ascending=[False, True]))
    return pd.concat(parts, ignore_index=True)
