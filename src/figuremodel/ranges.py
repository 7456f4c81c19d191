"""How many people can meet a condition: the least and the most over all groups that fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from ortools.sat.python import cp_model

from figuremodel.conditions import Condition
from figuremodel.counts import run
from figuremodel.errors import ConstraintError
from figuremodel.language import Constraint, Model
from figuremodel.relations import conditions_of
from figuremodel.tables import Tables, linked_parts

Range = tuple[int, int]


def count_range(model: Model, condition: Condition, *, seconds: float = 5) -> Range | None:
    """Return the fewest and the most people of whom `condition` is true; None if not decided.

    Over all groups that meet the kept constraints, and miss what the repair calls nearest by as
    little as they can. `seconds` is the wall time for one end.
    """
    if not condition.scope:
        everyone = model.population if condition.holds({}).all() else 0
        return everyone, everyone
    try:
        tables = _tables(model, condition, seconds)
    except ConstraintError:  # too many attributes for an exact model
        return None
    if tables is None:
        return None
    ends = []
    for sign in (1, -1):
        tables.cp.minimize(sign * tables.count(condition))
        status, search = run(tables.cp, seconds)
        if status != cp_model.OPTIMAL:
            return None
        ends.append(sign * round(search.objective_value))
    return ends[0], ends[1]


def _tables(model: Model, condition: Condition, seconds: float) -> Tables | None:
    """Return the model of all that is linked to the condition; None if not decided in time."""
    nearest = {one.id for one in model.nearest}
    linked = _linked(model, condition.scope)
    missed = [rule for one in linked if one.id in nearest for rule in one.rules]
    tables = Tables(
        model.attributes,
        model.population,
        [one for one in linked if one.id not in nearest],
        conditions=[condition, *chain.from_iterable(map(conditions_of, missed))],
    )
    if missed:
        gaps = sum(tables.miss(rule) for rule in missed)
        tables.cp.minimize(gaps)
        status, search = run(tables.cp, seconds)
        if status != cp_model.OPTIMAL:
            return None
        tables.cp.add(gaps <= round(search.objective_value))
    return tables


def _linked(model: Model, scope: frozenset[str]) -> Sequence[Constraint]:
    parts = linked_parts(model.attributes, (*model.kept, *model.nearest))
    return [one for names, inside in parts if not scope.isdisjoint(names) for one in inside]
