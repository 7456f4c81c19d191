"""What any reader can infer: the least and the most each cell of two attributes can be.

A bound is over all groups of whole people that meet the constraints. Attributes that no chain of
constraints links can be combined freely, so Frechet's bounds on their margins are exact (Frechet
1951; Dobra and Fienberg 2000 for linked ones). For linked attributes CP-SAT finds both ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

import pandas as pd
from ortools.sat.python import cp_model

from figuremodel.conditions import Condition
from figuremodel.counts import run
from figuremodel.errors import ConstraintError, unknown
from figuremodel.language import Constraint, Model
from figuremodel.tables import Tables, linked_parts

Range = tuple[int, int, bool]
"""Least, most, and whether both are reached by some group."""


def pair_bounds(
    model: Model,
    constraints: Sequence[Constraint] | None = None,
    pairs: Iterable[tuple[str, str]] | None = None,
    *,
    threshold: int = 5,
    seconds: float = 5,
) -> pd.DataFrame:
    """Return bounds for the cells of pairs of attributes.

    Parameters
    ----------
    constraints
        What the reader knows; the model's kept constraints if not given. They must be consistent.
    pairs
        Pairs of attribute names; all of them if not given.
    threshold
        A cell that is sure to be under it, and not sure to be empty, is small.
    seconds
        Wall time for one end of one cell. A cell not decided in it has `exact` False, and bounds
        that hold but that perhaps no group reaches.

    Raises
    ------
    ConstraintError
        The constraints contradict each other, or cross too much for an exact model.

    Returns
    -------
    DataFrame
        attribute_a, value_a, attribute_b, value_b, least, most, exact, pinned (one count only),
        small, printed (some constraint prints the count of just this cell).
    """
    known = model.kept if constraints is None else tuple(constraints)
    wanted = list(combinations(model.attributes, 2)) if pairs is None else list(pairs)
    parts = {name: part for names, part in linked_parts(model.attributes, known) for name in names}
    margins: dict[str, dict[int, Range]] = {}

    def margin(name: str) -> dict[int, Range]:
        if name not in margins:
            tables = Tables(model.attributes, model.population, parts[name], names=[name])
            cells = [_is(name, group) for group in tables.groups[name]]
            ranges = _ranges(tables, cells, seconds)
            margins[name] = {
                code: _shared(one, len(group))
                for group, one in zip(tables.groups[name], ranges, strict=True)
                for code in group
            }
        return margins[name]

    for name in (name for pair in wanted for name in pair):
        if name not in model.attributes:
            raise unknown("attribute", name, model.attributes)
    printed = _printed_cells(known)
    rows = []
    for a, b in wanted:
        if parts[a] is parts[b]:
            cells = _linked_pair(model, parts[a], a, b, seconds)
        else:
            cells = {
                (i, j): _frechet(one, other, model.population)
                for i, one in margin(a).items()
                for j, other in margin(b).items()
            }
        for (i, j), (least, most, exact) in sorted(cells.items()):
            values = str(model.attributes[a].values[i]), str(model.attributes[b].values[j])
            told = frozenset({(a, i), (b, j)}) in printed
            small = 0 < most < threshold
            rows.append(
                (a, values[0], b, values[1], least, most, exact, least == most, small, told)
            )
    names = ["attribute_a", "value_a", "attribute_b", "value_b", "least", "most", "exact"]
    return pd.DataFrame(rows, columns=[*names, "pinned", "small", "printed"])


def freedom(bounds: pd.DataFrame, population: int) -> float:
    """Return how much the figures leave open, between 0 and 1.

    The mean over pairs of attributes of the mean over their cells of (most - least) / population:
    the share of the values a cell of such a table could take, if only the size of the group were
    known, that it can still take. 0 is a group whose every table of two attributes is known, 1 a
    group of which nothing is printed but its size.
    """
    widths = (bounds["most"] - bounds["least"]) / population
    by_pair = widths.groupby([bounds["attribute_a"], bounds["attribute_b"]]).mean()
    return float(by_pair.mean())


def _is(name: str, codes: Iterable[int]) -> Condition:
    return Condition("is", name, frozenset(codes))


def _printed_cells(known: Iterable[Constraint]) -> set[frozenset[tuple[str, int]]]:
    """Return pairs of attribute and code whose joint count a constraint gives."""
    cells = set()
    for one in known:
        if one.relation == "count" and "equals" in one.written:
            for rule in one.rules:
                leaves = [leaf for _, of in getattr(rule, "terms", ()) for leaf in of.leaves]
                if len(leaves) == 2 and all(len(leaf.codes) == 1 for leaf in leaves):
                    cells.add(frozenset((leaf.attribute, *leaf.codes) for leaf in leaves))
    return cells


def _frechet(one: Range, other: Range, population: int) -> Range:
    least = max(0, one[0] + other[0] - population)
    return least, min(one[1], other[1]), one[2] and other[2]


def _shared(one: Range, size: int) -> Range:
    """Return the range of one of several values that no constraint tells apart."""
    return one if size == 1 else (0, one[1], one[2])


def _linked_pair(
    model: Model, part: Sequence[Constraint], a: str, b: str, seconds: float
) -> dict[tuple[int, int], Range]:
    """Bounds of the cells of two attributes that some chain of constraints links."""
    anyone = [_is(name, range(len(model.attributes[name].values))) for name in (a, b)]
    tables = Tables(model.attributes, model.population, part, conditions=[anyone[0] & anyone[1]])
    places = [(g, h) for g in tables.groups[a] for h in tables.groups[b]]
    ranges = _ranges(tables, [_is(a, g) & _is(b, h) for g, h in places], seconds)
    return {
        (i, j): _shared(one, len(g) * len(h))
        for (g, h), one in zip(places, ranges, strict=True)
        for i in g
        for j in h
    }


def _ranges(tables: Tables, cells: Sequence[Condition], seconds: float) -> list[Range]:
    """Return the range of each count over all groups that the tables allow."""

    def end(cell: Condition, sign: int) -> tuple[int, bool]:
        tables.cp.minimize(sign * tables.count(cell))
        status, search = run(tables.cp, seconds)
        if status == cp_model.INFEASIBLE:
            raise ConstraintError(
                "no group meets these constraints, so nothing can be inferred from them; "
                "list their conflicts and leave some out"
            )
        if status == cp_model.UNKNOWN:
            return (0 if sign > 0 else tables.population), False
        return sign * round(search.objective_value), True

    ends = [(end(cell, 1), end(cell, -1)) for cell in cells]
    return [(least, most, low and high) for (least, low), (most, high) in ends]
