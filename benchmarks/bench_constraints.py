"""Time the constraint model, and print ratios to one Boolean for each person and attribute.

Usage: python benchmarks/bench_constraints.py

The published offender figures: a cohort (goal: the model solved in 1 s), all minimal conflicts of
the printed figures (goal: 10 s), all bounds of pairs of attributes (goal: 60 s). Then generated
registers whose figures cross at random: against the straightforward model for 57 people, and how
time grows from 57 to 10,000 people (goal: 1,000 people, 60 attributes and 300 figures in 60 s).
Times are of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from ortools.sat.python import cp_model
from registers import random_register

from figuremodel.bounds import freedom, pair_bounds
from figuremodel.conflicts import find_conflicts
from figuremodel.counts import run
from figuremodel.language import Model, load_model
from figuremodel.people import as_columns, unmet
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


def generated(people: int, attributes: int, figures: int) -> Model:
    """Return the model of a generated register."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.yml"
        text = yaml.safe_dump(random_register(people, attributes, figures, seed=1))
        path.write_text(text, encoding="utf-8", newline="\n")
        return load_model(path)


def one_boolean_each(model: Model) -> bool:
    """Look for a group the straightforward way: a Boolean for each person and attribute."""
    cp = cp_model.CpModel()
    has = {
        name: [cp.new_bool_var("") for _ in range(model.population)] for name in model.attributes
    }

    def count(written: dict[str, Any]) -> Any:
        (one, *rest) = written
        if not rest:
            return sum(has[one])
        both = []
        for x, y in zip(has[one], has[rest[0]], strict=True):
            both.append(cp.new_bool_var(""))
            cp.add(both[-1] <= x)
            cp.add(both[-1] <= y)
            cp.add(both[-1] >= x + y - 1)
        return sum(both)

    for one in model.constraints:
        if one.relation == "count":
            cp.add(count(one.written["of"]) == one.written["equals"])
    search = cp_model.CpSolver()
    search.parameters.num_workers = 1
    search.parameters.max_time_in_seconds = LIMIT
    return bool(search.solve(cp) in (cp_model.OPTIMAL, cp_model.FEASIBLE))


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


def straightforward() -> None:
    """Compare with the straightforward model on counts of one and of two attributes."""
    print("57 people, 30 attributes, seconds against one Boolean for each person and attribute")
    for pairs in (20, 60, 150):
        model = generated(57, 30, 30 + 3 * pairs)
        counts = tuple(one for one in model.constraints if one.relation == "count")[: 30 + pairs]
        model = Model(**{**vars(model), "constraints": counts})
        _, ours = timed(lambda: synthesise(model, 1))  # noqa: B023 - called at once
        done, theirs = timed(lambda: one_boolean_each(model))  # noqa: B023
        word = f"{theirs / ours:6.1f} times" if done else f"over {theirs / ours:.0f} times, gave up"
        print(f"  {pairs:4} pair counts: {ours:6.2f}  {theirs:6.2f}  {word}")


def growth() -> None:
    """Time cohorts of generated registers of growing size."""
    print("60 attributes, 300 figures that cross at random")
    first = None
    for people in (57, 200, 1_000, 3_000, 10_000):
        model = generated(people, 60, 300)
        cohort, seconds = timed(lambda: synthesise(model, 1, seconds=600))  # noqa: B023
        assert unmet(model, as_columns(model, cohort), model.constraints) == []
        first = first or seconds
        note = " (goal 60)" if people == 1_000 else ""
        print(
            f"  {people:6,} people {seconds:7.2f} s, {seconds / first:5.1f} times the first{note}"
        )


if __name__ == "__main__":
    for part in (published, straightforward, growth):
        part()
        sys.stdout.flush()
