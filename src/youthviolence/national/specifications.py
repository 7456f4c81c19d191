"""How far the at-risk estimate depends on its definition: every combination of choices at once.

A multiverse, or specification, analysis (Steegen, Tuerlinckx, Gelman and Vanpaemel 2016; Simonsohn,
Simmons and Nelson 2020): the estimate is made under every defensible choice of measure, cut, year
and age band, and all of them are shown, with the published one marked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise, product

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.errors import UsageError
from youthviolence.national.at_risk import AtRiskTable
from youthviolence.national.cuts import (
    MEASURES,
    POPULATION_YEARS,
    PUBLISHED,
    PUBLISHED_CUT,
    STRICTER_CUT,
    Cut,
    Definition,
)

TOP = 10
AGE_BANDS = ((10, 17), (10, 18), (11, 16), (11, 17))
WHOLE_DECILES = tuple(Cut("decile", number) for number in (1, 2, 3))
PERCENTILES = tuple(Cut("percentile", number) for number in range(80, 96))


@dataclass(frozen=True)
class Grid:
    """The choices that are combined, one cut stricter than the published one among them.

    Crime cut and income cut vary independently. The default age bands are 10 to 17 (the age of
    criminal responsibility to childhood's end), 10 to 18, 11 to 16 (secondary school) and 11 to 17.
    """

    cuts: tuple[Cut, ...] = (STRICTER_CUT, PUBLISHED_CUT, *WHOLE_DECILES)
    measures: tuple[str, ...] = tuple(MEASURES)
    years: tuple[int, ...] = POPULATION_YEARS
    age_bands: tuple[tuple[int, int], ...] = AGE_BANDS


def default_grid(table: AtRiskTable) -> Grid:
    """Return the widest grid that `table` can answer.

    Always that of `Grid`; from the full table also every percentile from 80 to 95.
    """
    return Grid(cuts=(*PERCENTILES, *WHOLE_DECILES)) if table.is_full else Grid()


@dataclass(frozen=True)
class Specifications:
    """All definitions of a grid together.

    Attributes
    ----------
    frame
        One row a definition: ``crime_cut, income_measure, income_cut, population_year, ages,
        population, a, b, c, a_share, b_share, c_share, share_in_top_ten, top_ten_by_count,
        top_ten_by_share, moved_in, moved_out, published``. ``top_ten_by_*`` say how many of the
        published top ten are in this definition's. ``moved_in`` and ``moved_out`` are the young
        people of the row's own year and ages who are in group C under one of this and the
        published neighbourhoods and not the other.
    membership
        One row an authority: ``code, name, definitions, by_count, by_share`` (in how many
        definitions it is in each top ten), ``by_count_class, by_share_class`` (always, sometimes
        or never), ``published_by_count, published_by_share``.
    """

    frame: pd.DataFrame
    membership: pd.DataFrame


def specifications(table: AtRiskTable, grid: Grid | None = None) -> Specifications:
    """Return groups A, B and C and both top tens under every definition of `grid`.

    Raises
    ------
    UsageError
        When the grid lacks the published definition, against which the others are held.
    MissingToolError
        When a cut of the grid needs the full table and `table` is the derived one.
    """
    grid = grid or default_grid(table)
    definitions = [
        Definition(crime_cut, measure, income_cut, *ages, year)
        for measure, crime_cut, income_cut, year, ages in product(
            grid.measures, grid.cuts, grid.cuts, grid.years, grid.age_bands
        )
    ]
    if PUBLISHED not in definitions:
        raise UsageError(
            "the grid lacks the published definition. Expected percentile:90 among its cuts, idaci "
            "among its measures, 2019 among its years and ages 11-17 among its bands."
        )
    high = {
        (measure, cut): table.selected(measure, cut)
        for measure in ("crime", *grid.measures)
        for cut in grid.cuts
    }
    people = {
        (year, *ages): table.children(year, *ages) for year in grid.years for ages in grid.age_bands
    }
    population = {key: table.by_authority(children) for key, children in people.items()}
    published = high["crime", PUBLISHED_CUT] & high[PUBLISHED.income_measure, PUBLISHED_CUT]
    rows, lists = [], []
    for asked in definitions:
        key = (asked.population_year, asked.first_age, asked.last_age)
        children, everyone = people[key], population[key]
        crime = high["crime", asked.crime_cut]
        income = high[asked.income_measure, asked.income_cut]
        both = crime & income
        counts = table.by_authority(children * both)
        tops = _top(counts), _top(counts / everyone)
        lists.append(tops)
        rows.append(
            {
                "crime_cut": str(asked.crime_cut),
                "income_measure": asked.income_measure,
                "income_cut": str(asked.income_cut),
                "population_year": asked.population_year,
                "ages": asked.ages,
                "population": everyone.sum(),
                "a": children[crime].sum(),
                "b": children[income].sum(),
                "c": counts.sum(),
                "share_in_top_ten": counts[tops[0]].sum() / max(counts.sum(), 1),
                "moved_in": children[both & ~published].sum(),
                "moved_out": children[published & ~both].sum(),
                "published": asked == PUBLISHED,
            }
        )
    frame = pd.DataFrame(rows)
    at = definitions.index(PUBLISHED)
    in_top = np.array(lists)
    for group in "abc":
        frame[f"{group}_share"] = frame[group] / frame["population"]
    for name, held in zip(("by_count", "by_share"), in_top.swapaxes(0, 1), strict=True):
        frame[f"top_ten_{name}"] = (held & held[at]).sum(axis=1)
    columns = [
        "crime_cut", "income_measure", "income_cut", "population_year", "ages", "population",
        "a", "b", "c", "a_share", "b_share", "c_share", "share_in_top_ten", "top_ten_by_count",
        "top_ten_by_share", "moved_in", "moved_out", "published",
    ]  # fmt: skip
    return Specifications(frame[columns], _membership(table, in_top[:, 0], in_top[:, 1], at))


def _top(values: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which authorities are the ten highest; ties in order of code."""
    member = np.zeros(len(values), dtype=bool)
    member[np.argsort(-values, kind="stable")[:TOP]] = True
    return member & (values > 0)


def _membership(
    table: AtRiskTable, by_count: NDArray[np.bool_], by_share: NDArray[np.bool_], at: int
) -> pd.DataFrame:
    frame = table.authorities[["code", "name"]].assign(definitions=len(by_count))
    lists = {"by_count": by_count, "by_share": by_share}
    for name, member in lists.items():
        frame[name] = member.sum(axis=0)
    for name, member in lists.items():
        times = member.sum(axis=0)
        words = np.select([times == len(member), times > 0], ["always", "sometimes"], "never")
        frame[f"{name}_class"] = words
    for name, member in lists.items():
        frame[f"published_{name}"] = member[at]
    return frame


def cut_steps(
    table: AtRiskTable,
    start: Definition = PUBLISHED,
    cuts: tuple[Cut, ...] | None = None,
) -> pd.DataFrame:
    """Return how many young people each step of a definition takes into group C or out of it.

    From `start`, one choice is varied at a time: both cuts together, the crime cut alone, the
    income cut alone (each through `cuts`, from the strictest to the widest; by default the cuts of
    `default_grid`), and the income measure. Year and ages stay, so that only neighbourhoods move.

    Returns
    -------
    ``varied, step, from_choice, to_choice, lsoas, children, moved_in, moved_out``, one row a step
    in order; ``lsoas`` and ``children`` are group C after the step.
    """
    cuts = cuts or default_grid(table).cuts
    lsoas = table.lsoas()
    children = table.children(start.population_year, start.first_age, start.last_age)

    def inside(definition: Definition) -> NDArray[np.bool_]:
        income = table.selected(definition.income_measure, definition.income_cut)
        return table.selected("crime", definition.crime_cut) & income

    def path(vary: Callable[[Cut], Definition]) -> list[tuple[str, NDArray[np.bool_]]]:
        steps = [(str(cut), inside(vary(cut))) for cut in cuts]
        return sorted(steps, key=lambda step: int(lsoas[step[1]].sum()))

    varied = {
        "both cuts": path(lambda cut: replace(start, crime_cut=cut, income_cut=cut)),
        "crime cut": path(lambda cut: replace(start, crime_cut=cut)),
        "income cut": path(lambda cut: replace(start, income_cut=cut)),
        "income measure": [
            (measure, inside(replace(start, income_measure=measure))) for measure in MEASURES
        ],
    }
    steps = [
        {
            "varied": name,
            "step": number,
            "from_choice": before,
            "to_choice": after,
            "lsoas": int(lsoas[now].sum()),
            "children": int(children[now].sum()),
            "moved_in": int(children[now & ~then].sum()),
            "moved_out": int(children[then & ~now].sum()),
        }
        for name, way in varied.items()
        for number, ((before, then), (after, now)) in enumerate(pairwise(way), start=1)
    ]
    return pd.DataFrame(steps)


_CHOICES = {
    "crime_cut": "Crime cut",
    "income_cut": "Income cut",
    "income_measure": "Income measure",
    "population_year": "Population",
    "ages": "Ages",
}


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
