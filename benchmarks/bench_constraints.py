"""Time the constraint model on the published offender figures.

Usage: python benchmarks/bench_constraints.py

A cohort (goal: the model solved in 1 s), all minimal conflicts of the printed figures (goal: 10 s),
all bounds of pairs of attributes (goal: 60 s).
Times are of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from figuremodel.bounds import freedom, pair_bounds
from figuremodel.conflicts import find_conflicts
from figuremodel.counts import run
from figuremodel.language import load_model
from figuremodel.synthesis import synthesise
from figuremodel.tables import Tables

FILES = Path(__file__).resolve().parents[1] / "data" / "raw" / "constraints"
LIMIT = 60
Result = TypeVar("Result")


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return the result and the processor seconds it took."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def published() -> None:
    """Time what is asked of the published offender figures."""
    model = load_model(FILES / "offenders.yml")
    tables, built = timed(lambda: Tables(model.attributes, model.population, model.kept))
    _, solved = timed(lambda: run(tables.cp, LIMIT))
    _, made = timed(lambda: synthesise(model, 1))
    found, listed = timed(lambda: find_conflicts(model, ("figure",)))
    every, all_listed = timed(lambda: find_conflicts(model, seconds=10 * LIMIT))
    figures = [one for one in model.kept if one.kind == "figure"]
    bounds, bounded = timed(lambda: pair_bounds(model, figures))
    inner, all_bounded = timed(lambda: pair_bounds(model))
    print(f"offenders: {len(model.attributes)} attributes, {len(model.constraints)} constraints")
    print(f"  model built and solved          {built + solved:6.2f} s (goal 1)")
    print(f"  cohort made                     {made:6.2f} s")
    print(f"  conflicts of the figures        {listed:6.2f} s (goal 10), complete {found.complete}")
    print(f"  conflicts with readings         {all_listed:6.2f} s, complete {every.complete}")
    print(f"  {len(bounds):,} bounds, figures          {bounded:6.2f} s (goal 60)")
    print(f"  {len(inner):,} bounds, and readings      {all_bounded:6.2f} s (goal 60)")
    print(f"  freedom {freedom(bounds, model.population):.3f} with figures alone, ", end="")
    print(f"{freedom(inner, model.population):.3f} with readings")


if __name__ == "__main__":
    published()
