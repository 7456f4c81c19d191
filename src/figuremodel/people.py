"""People as columns of value codes: checked, written, dealt out of tables, and settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from figuremodel.conditions import Attribute, Condition, told_apart
from figuremodel.errors import ConstraintError
from figuremodel.language import Constraint, Model
from figuremodel.relations import Rates, Rule, conditions_of
from figuremodel.tables import Tables, neighbours, scopes_of

Columns = dict[str, NDArray[np.intp]]


def unmet(model: Model, columns: Columns, constraints: Iterable[Constraint]) -> list[str]:
    """Return the ids of the constraints that the people in `columns` do not meet."""
    return [one.id for one in constraints if not all(met(rule, columns) for rule in one.rules)]


def met(rule: Rule, columns: Columns) -> bool:
    """Return whether the people in `columns` meet the rule."""
    size = len(next(iter(columns.values())))

    def count(condition: Condition) -> int:
        return int(np.broadcast_to(condition.holds(columns), size).sum())

    if isinstance(rule, Rates):
        top = count(rule.of & rule.more) * count(rule.less)
        return top > count(rule.of & rule.less) * count(rule.more)
    total = sum(weight * count(condition) for weight, condition in rule.terms)
    return (rule.low is None or total >= rule.low) and (rule.high is None or total <= rule.high)


def as_columns(model: Model, cohort: pd.DataFrame) -> Columns:
    """Return value codes of each attribute of a cohort in the model's form.

    Raises
    ------
    ConstraintError
        A column is missing or holds a value outside its domain (the value is not shown).
    """
    columns = {}
    for name, attribute in model.attributes.items():
        if name not in cohort:
            raise ConstraintError(f"{model.name}: the cohort has no column {name!r}")
        codes = {str(value): code for code, value in enumerate(attribute.values)}
        mapped = cohort[name].astype(str).map(codes)
        if mapped.isna().any():
            raise ConstraintError(f"{model.name}: column {name!r} has a value outside its domain")
        columns[name] = np.asarray(mapped, dtype=np.intp)
    return columns


def as_frame(model: Model, columns: Columns) -> pd.DataFrame:
    """Return people as rows, with keys and derived columns."""
    keys = [model.label.format(i + 1) for i in range(model.population)]
    frame = pd.DataFrame({model.key: keys})
    for name, attribute in model.attributes.items():
        values = np.array(attribute.values, dtype=int if attribute.is_integer else object)
        frame[name] = values[columns[name]]
    for name, table in model.derived.items():
        column = np.full(model.population, None, dtype=object)
        for value, condition in reversed(list(table.items())):
            column[np.broadcast_to(condition.holds(columns), len(column))] = value
        frame[name] = column
    return frame


def deal(
    model: Model, tables: Tables, cells: Sequence[NDArray[np.intp]], rng: np.random.Generator
) -> Columns:
    """Make people out of tables: along the tree, each child dealt out within what it shares."""
    groups: Columns = {}
    for clique, counts in zip(tables.cliques, cells, strict=True):
        people = np.repeat(np.arange(counts.size), counts.ravel())
        rng.shuffle(people)
        values = dict(zip(clique.scope, np.unravel_index(people, counts.shape), strict=True))
        mine = np.lexsort([values[name] for name in clique.shared]) if clique.shared else ...
        theirs = np.lexsort([groups[name] for name in clique.shared]) if clique.shared else ...
        for name in clique.scope:
            if name not in clique.shared:
                column = np.empty(model.population, dtype=np.intp)
                column[theirs] = values[name][mine]
                groups[name] = column
    return {
        name: spread(model.attributes[name], tables.groups[name], column, rng)
        for name, column in groups.items()
    }


def spread(
    attribute: Attribute,
    groups: Sequence[Sequence[int]],
    column: NDArray[np.intp],
    rng: np.random.Generator,
) -> NDArray[np.intp]:
    """Give each person a value of the group in `column`, by the attribute's weights."""
    result = np.empty_like(column)
    for group, codes in enumerate(groups):
        people = np.flatnonzero(column == group)
        weights = np.array([attribute.weights[code] for code in codes])
        share = np.cumsum(weights if weights.any() else np.ones(len(codes)))
        ends = np.rint(len(people) * share / share[-1]).astype(int)
        result[rng.permutation(people)] = np.repeat(codes, np.diff(ends, prepend=0))
    return result


def settle(
    model: Model,
    columns: Columns,
    expected: NDArray[np.float64],
    starts: Mapping[str, int],
    rng: np.random.Generator,
    swaps: int,
) -> None:
    """Swap values in place until pairs of values are near their expected counts.

    Two people may swap their value of one attribute when they agree on every attribute counted
    together with it, or when no constraint can tell the two values apart: no constrained count
    can change.

    Parameters
    ----------
    expected, starts
        Of every pair of values, and where each attribute's values start in rows and columns.
    swaps
        Tried exchanges for each attribute.
    """
    names = list(columns)
    near = neighbours(names, scopes_of(model.kept))
    counted = [c for one in model.kept for rule in one.rules for c in conditions_of(rule)]
    groups = told_apart(model.attributes, counted)
    rank = {name: np.empty(len(model.attributes[name].values), dtype=np.intp) for name in names}
    for name in names:
        for group, codes in enumerate(groups[name]):
            rank[name][codes] = group
    pairs = _Pairs(columns, expected, starts)
    for index, name in enumerate(names):
        bound = [rank[other][columns[other]] for other in sorted(near[name])]
        alike = np.zeros(model.population, dtype=np.intp)
        if bound:
            alike = np.unique(np.stack(bound), axis=1, return_inverse=True)[1].ravel()
        free = [i for i, other in enumerate(names) if other != name and other not in near[name]]
        pairs.improve(index, free, _partners(alike, rng, swaps))
        if any(len(codes) > 1 for codes in groups[name]):
            others = [i for i in range(len(names)) if i != index]
            alike = rank[name][pairs.column(index)]
            pairs.improve(index, others, _partners(alike, rng, swaps))
        columns[name] = pairs.column(index)


class _Pairs:
    """How far the count of each pair of values is from its target, while values are swapped.

    In thousandths of a person, so that the arithmetic is exact.
    """

    def __init__(
        self, columns: Columns, expected: NDArray[np.float64], starts: Mapping[str, int]
    ) -> None:
        self.starts = [starts[name] for name in columns]
        self.coded = np.stack([columns[name] + starts[name] for name in columns], axis=1)
        onehot = np.zeros((len(self.coded), len(expected)), dtype=np.int64)
        np.put_along_axis(onehot, self.coded, 1, axis=1)
        self.excess = 1000 * (onehot.T @ onehot) - np.rint(1000 * expected).astype(np.int64)

    def column(self, index: int) -> NDArray[np.intp]:
        """Return the value codes of one attribute."""
        return np.asarray(self.coded[:, index] - self.starts[index], dtype=np.intp)

    def improve(
        self, index: int, others: Sequence[int], partners: Iterator[tuple[int, int]]
    ) -> None:
        """Swap one attribute between partners where that brings its pairs with others nearer."""
        excess, coded, among = self.excess, self.coded, np.array(others, dtype=np.intp)
        step = np.array([[-1000], [-1000], [1000], [1000]])
        for p, q in partners:
            a, b = coded[p, index], coded[q, index]
            if a == b:
                continue
            x, y = coded[p, among], coded[q, among]
            x, y = x[x != y], y[x != y]
            rows, columns = np.array([[a], [b], [a], [b]]), np.stack([x, y, y, x])
            old = excess[rows, columns]
            if np.abs(old + step).sum() < np.abs(old).sum():
                excess[rows, columns] = old + step
                excess[columns, rows] = old + step
                coded[p, index], coded[q, index] = b, a


def _partners(
    alike: NDArray[np.intp], rng: np.random.Generator, tries: int
) -> Iterator[tuple[int, int]]:
    """Draw pairs of people of the same group, groups in proportion to their size."""
    sizes = np.bincount(alike)
    starts = np.cumsum(sizes) - sizes
    ordered = np.argsort(alike, kind="stable")
    one = rng.integers(len(alike), size=tries)
    other = starts[alike[one]] + (rng.random(tries) * sizes[alike[one]]).astype(np.intp)
    yield from zip(one.tolist(), ordered[other].tolist(), strict=True)
