"""What printed figures can mean when the records behind them are not at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil, floor
from typing import TypeAlias

import numpy as np
import pandas as pd

from appendices.errors import UsageError, unknown
from appendices.precision import precision
from youthviolence.cohorts.profiles import share

Span: TypeAlias = tuple[int, int]
_OWN, _GROUP = "its own group", "the group it is part of"
_TOP = (_OWN, "everyone", "everyone with the condition")
_PART = (_OWN, _GROUP, "everyone", "everyone with the condition")
_RECORDED = "those recorded in "


def possible_counts(percent: float, base: int, decimals: int = 0) -> Span:
    """Return the fewest and the most people of `base` that round to `percent`.

    A half may have been rounded either way. The first exceeds the second when none does.
    """
    half = 0.5 * 10.0**-decimals + 1e-9
    fewest = ceil((percent - half) * base / 100)
    return max(fewest, 0), min(floor((percent + half) * base / 100), base)


def readings(
    figures: pd.DataFrame, people: int, condition_percent: float, decimals: int = 0
) -> pd.DataFrame:
    """Say which readings of "p % of this group have the condition" are arithmetically possible.

    Parameters
    ----------
    figures
        One row a printed percentage: ``figure`` (name of the group), ``percent, size`` (people
        in the group), ``part_of`` (the printed group it is a part of, or NA); where given,
        ``recorded`` (people of the group whose condition is recorded) adds the readings "of
        those recorded". The parts of a group make it up. Groups that are part of nothing overlap
        by no more people than their sizes add up to beyond everyone.
    people, condition_percent
        Everyone, and the printed percent of everyone with the condition.
    decimals
        Decimals printed.

    Returns
    -------
    DataFrame
        One row a reading and figure: ``reading, figure, percent, of_whom, fewest, most``
        (people the figure then stands for, by rounding alone), ``possible`` (of the whole
        reading), ``why_not``. A reading says of whom the groups' percentages are, and of whom
        their parts' are.
    """
    lacking = {"figure", "percent", "size", "part_of"}.difference(figures.columns)
    strange = set(figures.get("part_of", pd.Series()).dropna()).difference(figures["figure"])
    if lacking or strange:
        raise UsageError(f"figures lack or do not define: {', '.join(sorted(lacking | strange))}.")
    least, most = possible_counts(condition_percent, people, decimals)
    rows = []
    parts = _PART if figures["part_of"].notna().any() else ("",)
    tried_readings = list(product(_TOP, parts))
    if "recorded" in figures:
        tried_readings += product([_RECORDED + _OWN], [p and _RECORDED + p for p in parts[:2]])
    for number, (top, part) in enumerate(tried_readings, start=1):
        tried = [
            _try(figures, people, with_it, top, part, decimals)
            for with_it in range(least, most + 1)
        ]
        why_not = set.intersection(*(set(why) for _, why in tried)) if tried else {"no total fits"}
        possible = any(not why for _, why in tried)
        if not possible and not why_not:
            why_not = {"the figures fit no one number of people with the condition"}
        for i, (figure, percent, part_of) in enumerate(
            figures[["figure", "percent", "part_of"]].itertuples(index=False)
        ):
            spans = [spans[i] for spans, _ in tried]
            fewest = min((low for low, high in spans if low <= high), default=None)
            largest = max((high for low, high in spans if low <= high), default=None)
            of_whom = top if pd.isna(part_of) else part
            why = "" if possible else "; ".join(sorted(why_not))
            rows.append((number, figure, percent, of_whom, fewest, largest, possible, why))
    names = ["reading", "figure", "percent", "of_whom", "fewest", "most", "possible", "why_not"]
    return pd.DataFrame(rows, columns=names).astype({"fewest": "Int64", "most": "Int64"})


def _try(
    figures: pd.DataFrame, people: int, with_it: int, top: str, part: str, decimals: int
) -> tuple[list[Span], list[str]]:
    """Return each figure's range of people, and what contradicts it, for one total."""
    sizes = dict(zip(figures["figure"], figures["size"], strict=True))
    known = dict(zip(figures["figure"], figures.get("recorded", figures["size"]), strict=True))
    spans: dict[str, Span] = {}
    parts: dict[str, list[str]] = {}
    why = []
    for figure, percent, size, part_of in figures[
        ["figure", "percent", "size", "part_of"]
    ].itertuples(index=False):
        is_part = pd.notna(part_of)
        if is_part:
            parts.setdefault(part_of, []).append(figure)
        bases = {"everyone": people, "everyone with the condition": with_it}
        bases |= {_OWN: size, _GROUP: sizes.get(part_of, 0)}
        bases |= {_RECORDED + _OWN: known[figure], _RECORDED + _GROUP: known.get(part_of, 0)}
        low, high = possible_counts(percent, bases[part if is_part else top], decimals)
        spans[figure] = low, min(high, size)
        if low > high:
            why.append(f"no whole number of people is {percent:g} % for {figure}")
        elif low > size:
            why.append(f"more people than there are in {figure}")
    joined = dict(spans)
    for figure, members in parts.items():
        low, high = (sum(spans[member][end] for member in members) for end in (0, 1))
        joined[figure] = max(low, spans[figure][0]), min(high, spans[figure][1])
        if joined[figure][0] > joined[figure][1]:
            why.append(f"the parts do not add up to {figure}")
    tops = list(figures.loc[figures["part_of"].isna(), "figure"])
    elsewhere = people - sum(sizes[figure] for figure in tops)
    overlap = max(-elsewhere, 0)
    if sum(joined[figure][0] for figure in tops) - overlap > with_it:
        why.append("the groups have more people with the condition than everyone has")
    if sum(joined[figure][1] for figure in tops) + max(elsewhere, 0) < with_it:
        why.append("the groups have fewer people with the condition than everyone has")
    return list(spans.values()), why


def selection_bounds(with_condition: float, people: float, selected: float) -> pd.DataFrame:
    """Bound how common a condition is apart from those who were selected because of it.

    `selected` of the `people` of a cohort came into it by a route to which the condition
    belongs, so their share says how the cohort was made. Not knowing which people have it,
    only bounds can be given (Frechet). NaN counts give NaN.

    Returns ``whom, base, fewest, most, percent_lowest, percent_highest``.
    """
    others = people - selected
    rows = [("everyone in the cohort", people, with_condition, with_condition)]
    for whom, base, rest in (
        ("those selected by that route", selected, others),
        ("the others", others, selected),
    ):
        fewest, most = np.maximum(0.0, with_condition - rest), np.minimum(with_condition, base)
        rows.append((whom, base, float(fewest), float(most)))
    return _shares(rows)


def linkage_bounds(first: float, second: float, population: float = np.inf) -> pd.DataFrame:
    """Bound how many people can be in both of two cohorts that are not linked (Frechet).

    Returns the columns of `selection_bounds`, a row for the share of each cohort.
    """
    fewest, most = np.maximum(0.0, first + second - population), np.minimum(first, second)
    overlap = float(fewest), float(most)
    return _shares(
        [
            ("of the first, also in the second", first, *overlap),
            ("of the second, also in the first", second, *overlap),
        ]
    )


def readings_table(
    figures: pd.DataFrame, whole: str, percents: Mapping[str, float], decimals: int = 0
) -> pd.DataFrame:
    """Return `readings` of a table of counts, one row a reading.

    `figures` has the columns of `readings` but the percentages, which `percents` has by figure: as
    printed. Its row `whole` is everyone. Where a size is blank or not exact, nothing is said.

    Returns ``reading, groups, parts`` (of whom their percentages are), ``possible`` (yes, no or
    cannot be said), ``why_not``.
    """
    figures = figures.assign(percent=figures["figure"].map(dict(percents)).astype(float))
    sizes = [name for name in ("size", "recorded") if name in figures]
    is_whole = figures["figure"] == whole
    if not is_whole.any():
        raise unknown("figure", whole, figures["figure"])
    if figures[sizes].isna().any(axis=None) or not precision().is_exact:
        why = "the group sizes are not known exactly"
        blank = [("1", "not tried", "not tried", "cannot be said", why)]
        return pd.DataFrame(blank, columns=["reading", "groups", "parts", "possible", "why_not"])
    people, percent = figures.loc[is_whole, ["size", "percent"]].iloc[0]
    tried = readings(figures[~is_whole], int(people), percent, decimals)
    is_part = tried["figure"].isin(figures.loc[figures["part_of"].notna(), "figure"])
    table = tried[~is_part].drop_duplicates("reading").rename(columns={"of_whom": "groups"})
    parts = tried[is_part].drop_duplicates("reading")[["reading", "of_whom"]]
    table = table.merge(parts.rename(columns={"of_whom": "parts"}), on="reading", how="left")
    table["possible"] = np.where(table["possible"], "yes", "no")
    table["reading"] = table["reading"].astype("str")
    return table[["reading", "groups", "parts", "possible", "why_not"]]


def selection_table(counts: pd.DataFrame, conditions: Sequence[str], route: str) -> pd.DataFrame:
    """Return `selection_bounds` of a table of counts, for several conditions, a row an end.

    `counts` has one row of each of the attributes `conditions` and `route`: the category in
    question, as `tabulate` makes them.

    Returns ``condition, whom, bound`` (at least, at most), ``n, base, percent``.
    """
    rows = counts.set_index("attribute")[["n", "base_all"]].astype("Float64")
    rows = rows.astype("float64")
    for name in (*conditions, route):
        if name not in rows.index:
            raise unknown("attribute", name, rows.index)
    selected = float(rows["n"].to_numpy()[rows.index.get_loc(route)])
    tables = [
        _ends(selection_bounds(n, people, selected)).assign(condition=name)
        for name, (n, people) in zip(conditions, rows.loc[list(conditions)].to_numpy(), strict=True)
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[["condition", *table.columns[:-1]]]


def linkage_table(counts: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """Return `linkage_bounds` of a table ``cohort, n``, with the columns of `selection_table`."""
    sizes = dict(zip(counts["cohort"], counts["n"].astype("Float64"), strict=True))
    for name in (first, second):
        if name not in sizes:
            raise unknown("cohort", name, sizes)
    n = [float(sizes[name]) if pd.notna(sizes[name]) else np.nan for name in (first, second)]
    table = linkage_bounds(*n)
    table["whom"] = [f"{first}: also among the {second}", f"{second}: also among the {first}"]
    return _ends(table)


def _ends(bounds: pd.DataFrame) -> pd.DataFrame:
    ends = {"at least": ("fewest", "percent_lowest"), "at most": ("most", "percent_highest")}
    parts = [
        bounds[["whom", "base"]].assign(bound=bound, n=bounds[n], percent=bounds[percent])
        for bound, (n, percent) in ends.items()
    ]
    table = pd.concat(parts).sort_index(kind="stable")
    return table[["whom", "bound", "n", "base", "percent"]].reset_index(drop=True)


def _shares(rows: list[tuple[str, float, float, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["whom", "base", "fewest", "most"])
    for end, name in (("fewest", "percent_lowest"), ("most", "percent_highest")):
        table[name] = 100 * share(table[end], table["base"])
    return table.astype(dict.fromkeys(["base", "fewest", "most"], "Int64"))
