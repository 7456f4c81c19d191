"""Rules posted on sums of integer cells, and the one way CP-SAT is asked."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

from ortools.sat.python import cp_model

from figuremodel.conditions import Condition
from figuremodel.errors import ConstraintError
from figuremodel.relations import Rates, Row, Rule

FAR = 10**9
"""More than any rule can be missed by."""
FIRST_TURN = 0.05
"""Deterministic seconds of the first try; most models need less."""


class Counts:
    """A CP-SAT model in which the number of people who meet a condition is a sum of cells."""

    def __init__(self, population: int) -> None:
        self.population = population
        self.cp = cp_model.CpModel()

    def cells_of(self, condition: Condition) -> Sequence[Any]:
        """Return the cells whose sum is the number of people who meet the condition."""
        raise NotImplementedError

    def count(self, condition: Condition) -> Any:
        """Return the linear expression for how many people meet the condition."""
        if not condition.scope:
            return self.population if condition.holds({}).all() else 0
        return cp_model.LinearExpr.sum(list(self.cells_of(condition)))

    def value(self, rule: Rule) -> Any:
        """Return the expression that the rule bounds."""
        if isinstance(rule, Row):
            return sum(weight * self.count(condition) for weight, condition in rule.terms)
        top = self._product(rule.of & rule.more, rule.less)
        return top - self._product(rule.of & rule.less, rule.more)

    def _product(self, one: Condition, other: Condition) -> Any:
        factors = [self.cp.new_int_var(0, self.population, "") for _ in range(2)]
        result = self.cp.new_int_var(0, self.population**2, "")
        self.cp.add(factors[0] == self.count(one))
        self.cp.add(factors[1] == self.count(other))
        self.cp.add_multiplication_equality(result, factors)
        return result

    def require(self, rule: Rule) -> None:
        """Post one rule."""
        self._bound(rule, 0)

    def miss(self, rule: Rule) -> Any:
        """Return a variable that is at least how far the rule is from holding."""
        gap = self.cp.new_int_var(0, FAR, "")
        self._bound(rule, gap)
        return gap

    def _bound(self, rule: Rule, gap: Any) -> None:
        low, high = (1, None) if isinstance(rule, Rates) else (rule.low, rule.high)
        if low is None and high is None:
            return
        total = self.value(rule)
        if isinstance(total, int):  # nobody is counted; a constant can still be bounded
            total = self.cp.new_constant(total)
        if low is not None:
            self.cp.add(total + gap >= low)
        if high is not None:
            self.cp.add(total - gap <= high)

    def distance(self, expression: Any, furthest: int) -> Any:
        """Return a variable that is at least the absolute value of the expression."""
        gap = self.cp.new_int_var(0, furthest, "")
        self.cp.add(gap >= expression)
        self.cp.add(gap >= -expression)
        return gap


def solver(seconds: float, *, seed: int = 0, presolve: bool = True) -> cp_model.CpSolver:
    """Return a one-worker solver whose limit counts work (deterministic seconds), not time."""
    result = cp_model.CpSolver()
    result.parameters.num_workers = 1
    result.parameters.random_seed = seed
    result.parameters.max_deterministic_time = seconds
    result.parameters.cp_model_presolve = presolve
    result.parameters.add_lp_constraints_lazily = False
    return result


def run(
    cp: cp_model.CpModel, seconds: float, *, seed: int = 0, work: float = math.inf
) -> tuple[Any, cp_model.CpSolver]:
    """Solve, and return the status and the solver that reached it.

    Presolve decides most of these models at once and makes a few of them intractable, so with
    and without it take turns, with limits that double.

    Parameters
    ----------
    seconds
        Wall time. Past it the status is UNKNOWN, even with a solution at hand: which one it is
        would depend on the machine.
    work
        Deterministic seconds of one turn. A solution not yet proved best at that point is taken,
        the same one on every run.
    """
    deadline, budget = time.monotonic() + seconds, min(FIRST_TURN, work)
    while True:
        found = []
        for presolve in (False, True):
            search = solver(budget, seed=seed, presolve=presolve)
            search.parameters.max_time_in_seconds = max(deadline - time.monotonic(), 0.001)
            status = search.solve(cp)
            if status in (cp_model.OPTIMAL, cp_model.INFEASIBLE):
                return status, search
            if status == cp_model.MODEL_INVALID:
                raise ConstraintError(f"the solver cannot take these numbers: {cp.validate()}")
            if time.monotonic() >= deadline:
                return cp_model.UNKNOWN, search
            if status == cp_model.FEASIBLE:
                found.append(search)
        if found and budget >= work:  # every model with a limit on work minimises
            return cp_model.FEASIBLE, min(found, key=lambda one: one.objective_value)
        budget = min(2 * budget, max(work, budget)) if found else 2 * budget
