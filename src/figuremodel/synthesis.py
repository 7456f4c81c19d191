"""A cohort of whole people that meets every kept figure and invents as little else as it can.

Three steps. (1) Integer tables on the clique tree, by CP-SAT: what the repair drops is missed by
as little as possible where the repair says so, and then every cell comes as near as the figures
allow to the target (see entropy.py). (2) People are dealt out along the tree, at random given what
the tables share. (3) Values are swapped between people who agree on everything that a figure
counts together with them, as long as that brings pairs of attributes nearer to the target. No
step changes a constrained count.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from figuremodel.counts import run
from figuremodel.entropy import Arrays, expected_values, target_tables
from figuremodel.errors import ConstraintError
from figuremodel.language import Constraint, Model
from figuremodel.people import Columns, as_frame, deal, settle, unmet
from figuremodel.relations import Row, conditions_of
from figuremodel.tables import (
    Tables,
    linked_parts,
    neighbours,
    scopes_of,
)

STEPS = 10
"""Targets are met to this part of a person."""
NUDGE = 0.0137
"""Keeps targets of exactly a half, which are common, from rounding differently by machine."""
WORK = 0.5
"""Deterministic seconds after which the nearest tables found are near enough."""


def synthesise(model: Model, seed: int, *, seconds: float = 60, swaps: int = 2000) -> pd.DataFrame:
    """Return a cohort: the key, each attribute, each derived column; one row a person.

    Parameters
    ----------
    model
        With its chosen repair; see `Model.kept`.
    seed
        The same model and seed give the same frame, byte for byte when written.
    seconds
        Wall time for one of the solver's questions; past it an error, never another cohort.
    swaps
        Tried exchanges for each attribute in the last step.

    Raises
    ------
    ConstraintError
        The kept constraints contradict each other, or are not decided in time.
    """
    columns, _, _ = _people(model, seed, seconds, swaps)
    return as_frame(model, columns)


def associations(
    model: Model, seed: int, *, seconds: float = 60, swaps: int = 2000
) -> pd.DataFrame:
    """Return how every pair of values goes together in the cohort of `synthesise`, and should.

    One row a pair of values of two attributes: `counted` says whether some constraint counts the
    two attributes together; `independent` is the count if they were independent, `target` the
    count as open as the figures leave it, `achieved` the count in the cohort.
    """
    columns, expected, starts = _people(model, seed, seconds, swaps)
    near = neighbours(model.attributes, scopes_of(model.kept))
    rows = []
    for a, b in combinations(model.attributes, 2):
        for i, one in enumerate(model.attributes[a].values):
            for j, other in enumerate(model.attributes[b].values):
                here, there = columns[a] == i, columns[b] == j
                alone = here.sum() * there.sum() / model.population
                target = round(expected[starts[a] + i, starts[b] + j], 3)
                achieved = int((here & there).sum())
                rows.append((a, str(one), b, str(other), b in near[a], alone, target, achieved))
    names = ["attribute_a", "value_a", "attribute_b", "value_b", "counted"]
    return pd.DataFrame(rows, columns=[*names, "independent", "target", "achieved"])


def _people(
    model: Model, seed: int, seconds: float, swaps: int
) -> tuple[Columns, NDArray[np.float64], dict[str, int]]:
    rng = np.random.default_rng(seed)
    columns: Columns = {}
    parts = []
    near = {one.id for one in model.nearest}
    for names, constraints in linked_parts(model.attributes, (*model.kept, *model.nearest)):
        kept = [one for one in constraints if one.id not in near]
        missed = [one for one in constraints if one.id in near]
        if not names:
            continue
        tables, cells, target = _fill(model, names, kept, missed, seed, seconds)
        columns |= deal(model, tables, cells, rng)
        parts.append((tables, target))
    columns = {name: columns[name] for name in model.attributes}
    sizes = {name: len(one.values) for name, one in model.attributes.items()}
    expected, starts = expected_values(parts, columns, sizes)
    settle(model, columns, expected, starts, rng, swaps)
    broken = unmet(model, columns, model.kept)
    if broken:
        raise ConstraintError(f"{model.name}: the cohort misses {', '.join(broken)}")
    shuffled = rng.permutation(model.population)
    return {name: column[shuffled] for name, column in columns.items()}, expected, starts


def _fill(
    model: Model,
    names: Sequence[str],
    kept: Sequence[Constraint],
    nearest: Sequence[Constraint],
    seed: int,
    seconds: float,
) -> tuple[Tables, list[NDArray[np.intp]], Arrays]:
    """Solve the tables of one linked part; return them, their cells, and the target."""
    rules = [rule for one in kept for rule in one.rules]
    missed = [rule for one in nearest for rule in one.rules]
    conditions = [condition for rule in missed for condition in conditions_of(rule)]
    tables = Tables(model.attributes, model.population, kept, names=names, conditions=conditions)

    def ask(cp: cp_model.CpModel) -> cp_model.CpSolver | None:
        status, search = run(cp, seconds, seed=seed, work=WORK)
        if status == cp_model.UNKNOWN:
            raise ConstraintError(
                f"{model.name}: not decided within {seconds:g} s whether {len(kept)} constraints "
                "can hold together; allow more time"
            )
        return None if status == cp_model.INFEASIBLE else search

    if missed:
        tables.cp.minimize(sum(tables.miss(rule) for rule in missed))
        if search := ask(tables.cp):
            for rule in (one for one in missed if isinstance(one, Row) and one.bounded):
                value = int(search.value(tables.value(rule)))
                rules.append(Row(rule.terms, low=value, high=value))
                tables.require(rules[-1])
    target = target_tables(tables, rules, model.attributes)
    cells = [cell for some in tables.cells for cell in some.ravel()]
    aims = [float(aim) + NUDGE for some in target for aim in some.ravel()]
    tables.cp.minimize(
        sum(
            tables.distance(STEPS * cell - round(STEPS * aim), STEPS * model.population)
            for cell, aim in zip(cells, aims, strict=True)
        )
    )
    for reach in (1, 3, model.population):
        near = tables.cp.clone()
        for cell, aim in zip(cells, aims, strict=True):
            low, high = max(0, int(aim) - reach), min(model.population, int(aim) + 1 + reach)
            near.proto.variables[cell.index].domain.clear()
            near.proto.variables[cell.index].domain.extend([low, high])
        if search := ask(near):
            values = np.vectorize(search.value, otypes=[np.intp])
            return tables, [values(some) for some in tables.cells], target
    raise ConstraintError(
        f"{model.name}: the kept constraints contradict each other; list the conflicts and choose "
        "a repair in the constraint file"
    )
