"""People for figures that cross each other too much for one exact model.

One attribute at a time: everybody's other values stay, people who agree on all that matters to it
are one group, and CP-SAT decides how many of each group get which value, so that the rules on it
are missed by as little as possible and groups otherwise share alike. Sweeps repeat over the
attributes of rules still missed. This finds a cohort for consistent figures that leave room; it
never proves that there is none.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from figuremodel.conditions import Condition, told_apart
from figuremodel.counts import Counts, run
from figuremodel.errors import ConstraintError
from figuremodel.language import Constraint, Model
from figuremodel.people import Columns, met, spread
from figuremodel.relations import Row, Rule, conditions_of

WORK = 0.1
"""Deterministic seconds for one column in the first sweep; each further sweep has twice as many."""
MISSED = 1000
"""How much worse it is to miss a rule by one than to favour a group by one."""


def fill_columns(
    model: Model,
    names: Sequence[str],
    constraints: Sequence[Constraint],
    rng: np.random.Generator,
    seconds: float,
) -> Columns:
    """Return value codes of the named attributes for people who meet the constraints.

    Raises
    ------
    ConstraintError
        "not decided within N s": no such people were found, which does not mean there are none.
    """
    deadline = time.monotonic() + seconds
    rules = [rule for one in constraints for rule in one.rules]
    groups = told_apart(model.attributes, [c for rule in rules for c in conditions_of(rule)])
    touching = {name: [rule for rule in rules if name in _scope(rule)] for name in names}
    columns: Columns = {}
    waiting = sorted(names, key=lambda name: (-len(touching[name]), name))
    work = WORK
    while waiting:
        for name in waiting:
            if time.monotonic() > deadline:
                raise ConstraintError(
                    f"{model.name}: not decided within {seconds:g} s whether any cohort meets the "
                    f"{len(constraints)} constraints; allow more time"
                )
            ready = [rule for rule in touching[name] if _scope(rule) <= {*columns, name}]
            columns[name] = _column(model, name, groups[name], ready, columns, rng, work)
        missed = [rule for rule in rules if not met(rule, columns)]
        waiting = sorted({name for rule in missed for name in _scope(rule)})
        rng.shuffle(waiting)
        work *= 2
    for name in names:
        rank = np.zeros(len(model.attributes[name].values), dtype=np.intp)
        rank[[group[0] for group in groups[name]]] = np.arange(len(groups[name]))
        columns[name] = spread(model.attributes[name], groups[name], rank[columns[name]], rng)
    return columns


def _scope(rule: Rule) -> frozenset[str]:
    return frozenset().union(*(condition.scope for condition in conditions_of(rule)))


class _Choice(Counts):
    """How many people of each kind get which group of values of one attribute.

    People are of one kind if they agree on the `others`.
    """

    def __init__(
        self, model: Model, name: str, codes: Sequence[int], others: Sequence[str], columns: Columns
    ) -> None:
        super().__init__(model.population)
        table = np.stack([columns[n] for n in others] or [np.zeros(model.population, np.intp)], 1)
        kinds, self.kind = np.unique(table, axis=0, return_inverse=True)
        self.kind = self.kind.ravel()
        self.sizes = np.bincount(self.kind).tolist()
        self.axes = {other: kinds[:, [i]] for i, other in enumerate(others)}
        self.axes[name] = np.array([codes])
        cells = [[self.cp.new_int_var(0, size, "") for _ in codes] for size in self.sizes]
        self.cells = np.array(cells, dtype=object)
        for row, size in zip(cells, self.sizes, strict=True):
            self.cp.add(cp_model.LinearExpr.sum(row) == size)

    def cells_of(self, condition: Condition) -> Sequence[Any]:
        """Return the cells whose sum is the number of people who meet the condition."""
        return list(self.cells[np.broadcast_to(condition.holds(self.axes), self.cells.shape)])


def _column(
    model: Model,
    name: str,
    groups: Sequence[Sequence[int]],
    rules: Sequence[Rule],
    columns: Columns,
    rng: np.random.Generator,
    work: float,
) -> NDArray[np.intp]:
    """Decide one attribute, everything else as it is."""
    others = sorted(frozenset().union(*(_scope(rule) for rule in rules)) - {name})
    codes = [group[0] for group in groups]
    choice = _Choice(model, name, codes, others, columns)
    gaps = [choice.miss(rule) for rule in rules]
    shares = _shares(model, name, groups, rules)
    unequal = [
        choice.distance(cell - int(size * share + rng.random()), size)
        for row, size in zip(choice.cells, choice.sizes, strict=True)
        for cell, share in zip(row[1:], shares[1:], strict=True)
    ]
    choice.cp.minimize(MISSED * sum(gaps) + sum(unequal))
    _, search = run(choice.cp, math.inf, work=work)
    column = np.empty(model.population, dtype=np.intp)
    for kind, row in enumerate(choice.cells):
        people = rng.permutation(np.flatnonzero(choice.kind == kind))
        column[people] = np.repeat(codes, [search.value(cell) for cell in row])
    return column


def _shares(
    model: Model, name: str, groups: Sequence[Sequence[int]], rules: Sequence[Rule]
) -> NDArray[np.float64]:
    """Return the share each group of values should have: as counted, else by the weights."""
    weights = model.attributes[name].weights
    shares = np.array([sum(weights[code] for code in group) for group in groups], dtype=float)
    shares /= shares.sum()
    for rule in rules:
        if _scope(rule) == {name} and isinstance(rule, Row) and len(rule.terms) == 1:
            ((weight, condition),) = rule.terms
            if weight == 1 and rule.low is not None and rule.low == rule.high:
                inside = condition.holds({name: np.array([group[0] for group in groups])})
                for part, total in ((inside, rule.low), (~inside, model.population - rule.low)):
                    if shares[part].sum() > 0:
                        shares[part] *= total / model.population / shares[part].sum()
    return shares
