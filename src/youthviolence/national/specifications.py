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
from youthviolence.national.at_risk_table import AtRiskTable
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
MOST_CUTS = 62  # a pattern of cuts is kept as the bits of one signed integer
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

    Each row of the table is put once into a cell of authority, crime pattern and income pattern (a
    pattern is the set of cuts it passes); every definition is a sum of such cells.

    Raises
    ------
    UsageError
        When the grid lacks the published definition, against which the others are held, or has
        more than 62 cuts.
    MissingToolError
        When a cut of the grid needs the full table and `table` is the derived one.
    """
    grid = grid or default_grid(table)
    _validate(grid)
    populations = list(product(grid.years, grid.age_bands))
    children = np.stack([table.children(year, *ages) for year, ages in populations], axis=1)
    by_authority = np.stack([table.by_authority(column) for column in children.T], axis=1)
    crime = np.stack([table.selected("crime", cut) for cut in grid.cuts])
    incomes = {
        measure: np.stack([table.selected(measure, cut) for cut in grid.cuts])
        for measure in grid.measures
    }
    place = grid.cuts.index(PUBLISHED_CUT)
    published = crime[place] & incomes[PUBLISHED.income_measure][place]
    blocks, tops = [], []
    for measure, income in incomes.items():
        both = _both(table, children, crime, income)
        kept = _overlap(children[published], crime[:, published], income[:, published])
        block, top = _block(grid, measure, both, by_authority)
        totals = both.sum(axis=2)
        block["a"] = _spread(crime @ children, axis=0, length=len(grid.cuts))
        block["b"] = _spread(income @ children, axis=1, length=len(grid.cuts))
        block["moved_in"] = (totals - kept).ravel()
        block["moved_out"] = (children[published].sum(axis=0) - kept).ravel()
        blocks.append(block)
        tops.append(top)
    frame = pd.concat(blocks, ignore_index=True)
    by_count = np.concatenate([top[0] for top in tops])
    by_share = np.concatenate([top[1] for top in tops])
    is_published = _is_published(frame)
    at = int(np.flatnonzero(is_published)[0])
    for group in "abc":
        frame[f"{group}_share"] = frame[group] / frame["population"]
    frame["top_ten_by_count"] = (by_count & by_count[at]).sum(axis=1)
    frame["top_ten_by_share"] = (by_share & by_share[at]).sum(axis=1)
    frame["published"] = is_published
    columns = [
        "crime_cut", "income_measure", "income_cut", "population_year", "ages", "population",
        "a", "b", "c", "a_share", "b_share", "c_share", "share_in_top_ten", "top_ten_by_count",
        "top_ten_by_share", "moved_in", "moved_out", "published",
    ]  # fmt: skip
    return Specifications(frame[columns], _membership(table, by_count, by_share, at))


def _validate(grid: Grid) -> None:
    if len(grid.cuts) > MOST_CUTS:
        raise UsageError(f"the grid has {len(grid.cuts)} cuts: expected at most {MOST_CUTS}.")
    ages = (PUBLISHED.first_age, PUBLISHED.last_age)
    if (
        PUBLISHED_CUT not in grid.cuts
        or PUBLISHED.income_measure not in grid.measures
        or PUBLISHED.population_year not in grid.years
        or ages not in grid.age_bands
    ):
        raise UsageError(
            "the grid lacks the published definition. Expected percentile:90 among its cuts, idaci "
            "among its measures, 2019 among its years and ages 11-17 among its bands."
        )


def _both(
    table: AtRiskTable,
    children: NDArray[np.int64],
    crime: NDArray[np.bool_],
    income: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Return children in group C by crime cut, income cut, authority and population."""
    crime_patterns, crime_of = _patterns(crime)
    income_patterns, income_of = _patterns(income)
    shape = (len(table.authorities), crime_patterns.shape[1], income_patterns.shape[1])
    cell = np.ravel_multi_index((table.position, crime_of, income_of), shape)
    counts = np.stack(
        [np.bincount(cell, column, int(np.prod(shape))) for column in children.T], axis=-1
    ).reshape(*shape, -1)
    by_crime = np.tensordot(crime_patterns.astype(float), counts, axes=(1, 1))
    both = np.tensordot(income_patterns.astype(float), by_crime, axes=(1, 2))
    return both.transpose(1, 0, 2, 3).astype(np.int64)


def _patterns(passes: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Return the distinct columns of `passes` (cuts by rows), and which one each column is."""
    bits = (1 << np.arange(len(passes), dtype=np.int64)) @ passes
    _, first, which = np.unique(bits, return_index=True, return_inverse=True)
    return passes[:, first], which


def _overlap(
    children: NDArray[np.int64], crime: NDArray[np.bool_], income: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the children of published group C who stay, by crime cut, income cut, population."""
    member = (crime[:, None, :] & income[None, :, :]).astype(float)
    return (member @ children).astype(np.int64)


def _spread(totals: NDArray[np.int64], axis: int, length: int) -> NDArray[np.int64]:
    """Return totals by cut and population repeated over the cuts of the other measure."""
    wide = np.expand_dims(totals, 1 - axis)
    return np.repeat(wide, length, axis=1 - axis).ravel()


def _block(
    grid: Grid, measure: str, both: NDArray[np.int64], by_authority: NDArray[np.int64]
) -> tuple[pd.DataFrame, tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Return the definitions of one measure, and which authorities are in their top tens."""
    cuts = [str(cut) for cut in grid.cuts]
    bands = [f"{first}-{last}" for first, last in grid.age_bands]
    keys = pd.MultiIndex.from_product([cuts, cuts, grid.years, bands])
    frame = keys.to_frame(index=False, name=["crime_cut", "income_cut", "population_year", "ages"])
    frame["income_measure"] = measure
    frame["population"] = np.tile(by_authority.sum(axis=0), len(cuts) ** 2)
    counts = both.transpose(0, 1, 3, 2).reshape(len(frame), -1)
    shares = (both / by_authority).transpose(0, 1, 3, 2).reshape(len(frame), -1)
    by_count, by_share = _top(counts), _top(shares)
    frame["c"] = counts.sum(axis=1)
    inside = np.where(by_count, counts, 0).sum(axis=1)
    frame["share_in_top_ten"] = inside / np.maximum(frame["c"], 1)
    return frame, (by_count, by_share)


def _top(values: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which authorities are the ten highest in each row; ties in order of code."""
    # Smaller than any difference of two shares, so that it decides between equal ones only.
    ordered = values - np.arange(values.shape[1]) * 1e-13
    first = np.argpartition(-ordered, TOP - 1, axis=1)[:, :TOP]
    member = np.zeros(values.shape, dtype=bool)
    np.put_along_axis(member, first, values=True, axis=1)
    return member & (values > 0)


def _is_published(frame: pd.DataFrame) -> NDArray[np.bool_]:
    same = (
        (frame["crime_cut"] == str(PUBLISHED.crime_cut))
        & (frame["income_cut"] == str(PUBLISHED.income_cut))
        & (frame["income_measure"] == PUBLISHED.income_measure)
        & (frame["population_year"] == PUBLISHED.population_year)
        & (frame["ages"] == PUBLISHED.ages)
    )
    return same.to_numpy(dtype=bool)


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
