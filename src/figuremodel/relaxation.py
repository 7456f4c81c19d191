"""The linear relaxation of tables: fast outer bounds on counts, from one warm GLOP model."""

from __future__ import annotations

import math

from ortools.linear_solver import pywraplp

from figuremodel.conditions import Condition
from figuremodel.tables import Tables

SLACK = 1e-6
"""How far a floating-point bound may be off; a bound this near to a whole number is that number."""


class Relaxation:
    """Counts may be fractions; everything else as in the tables (products of counts left out)."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.lp = pywraplp.Solver.CreateSolver("GLOP")
        proto = tables.cp.proto
        self.variables = []
        for one in proto.variables:
            low, *_, high = list(one.domain)
            self.variables.append(self.lp.NumVar(float(low), float(high), ""))
        for one in proto.constraints:
            if one.has_linear():  # reading `linear` of another kind would turn it into an empty one
                low, *_, high = list(one.linear.domain)
                row = self.lp.Constraint(_open(low), _open(high))
                for index, weight in zip(one.linear.vars, one.linear.coeffs, strict=True):
                    row.SetCoefficient(self.variables[index], float(weight))

    def range(self, condition: Condition) -> tuple[int, int] | None:
        """Return whole numbers that the count cannot be under or over; None if nothing fits."""
        objective = self.lp.Objective()
        objective.Clear()
        for cell in self.tables.cells_of(condition):
            objective.SetCoefficient(self.variables[cell.index], 1.0)
        ends = []
        for sense in (objective.SetMinimization, objective.SetMaximization):
            sense()
            if self.lp.Solve() != pywraplp.Solver.OPTIMAL:
                return None
            ends.append(objective.Value())
        return math.ceil(ends[0] - SLACK), math.floor(ends[1] + SLACK)


def _open(bound: int) -> float:
    """Return a bound as a float, infinite where it stands for none."""
    return math.copysign(math.inf, bound) if abs(bound) >= 2**62 else float(bound)
