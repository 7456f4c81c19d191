"""Every smallest set of statements that cannot be true together, and every smallest way out.

Seeds are the largest sets of constraints not yet explained. One that holds together leaves out a
smallest repair; one that does not is shrunk to a smallest conflict (MARCO: Liffiton, Previti,
Malik and Marques-Silva 2016). Constraints that share no attribute cannot conflict, so each
connected part is searched by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from figuremodel.counts import run
from figuremodel.language import Constraint, Model
from figuremodel.tables import Tables, linked_parts

Ids = tuple[str, ...]
LATE = "not decided in time"


@dataclass(frozen=True)
class Knot:
    """Conflicts that share constraints, and the repairs that undo all of them.

    `conflicts` are minimal: each holds together once any one member is left out. `repairs` are
    minimal too, smallest first: leaving out all members of one makes the knot consistent.
    """

    conflicts: tuple[Ids, ...]
    repairs: tuple[Ids, ...]


@dataclass(frozen=True)
class Conflicts:
    """The knots of a model, and how far the search came.

    `complete` says that there are no further conflicts or repairs; `note` says why not.
    """

    knots: tuple[Knot, ...]
    complete: bool
    note: str

    @property
    def consistent(self) -> bool | None:
        """True or False where it is known, None where it was not decided."""
        if self.knots:
            return False
        return True if self.complete else None


def find_conflicts(
    model: Model, kinds: Iterable[str] = ("figure", "reading"), *, seconds: float = 60
) -> Conflicts:
    """List minimal conflicts and minimal repairs of the model's constraints of these kinds.

    The chosen repair of the file plays no part. Ids are in the order of the file.

    Parameters
    ----------
    kinds
        ("figure",) for what is printed alone, or with "reading" for our interpretations too.
    seconds
        Wall-clock limit for the whole search; what was found until then is returned, with
        `complete` False and a note.
    """
    chosen = model.of_kind(*kinds)
    order = {one.id: index for index, one in enumerate(chosen)}
    deadline = time.monotonic() + seconds
    knots: list[Knot] = []
    notes: set[str] = set()
    for _, part in linked_parts(model.attributes, chosen):
        if part:
            knots += _search(model, part, deadline, order, notes)
    note = "; ".join(sorted(notes)).replace(LATE, f"not decided within {seconds:g} s")
    return Conflicts(tuple(knots), complete=not notes, note=note)


def _search(
    model: Model,
    part: Sequence[Constraint],
    deadline: float,
    order: Mapping[str, int],
    notes: set[str],
) -> list[Knot]:
    conflicts: list[frozenset[str]] = []
    repairs: list[frozenset[str]] = []
    named = {one.id: one for one in part}
    seeds = cp_model.CpModel()
    kept = {name: seeds.new_bool_var(name) for name in named}
    seeds.maximize(sum(kept.values()))

    def hold(names: Iterable[str]) -> bool:
        some = [named[name] for name in sorted(names, key=order.__getitem__)]
        tables = Tables(model.attributes, model.population, some)
        status, _ = run(tables.cp, _left(deadline))
        if status == cp_model.UNKNOWN:
            raise TimeoutError
        return bool(status != cp_model.INFEASIBLE)

    try:
        while True:
            status, picker = run(seeds, _left(deadline))
            if status != cp_model.OPTIMAL:
                break
            seed = {name for name in named if picker.boolean_value(kept[name])}
            if hold(seed):
                repairs.append(frozenset(named) - seed)
                if not repairs[-1]:
                    break
                seeds.add_bool_or([kept[name] for name in repairs[-1]])
            else:
                conflicts.append(_shrink(hold, seed, order))
                seeds.add_bool_or([~kept[name] for name in conflicts[-1]])
    except TimeoutError:
        repairs.clear()
        notes.add(f"{LATE} whether there are more")
    return _knots(conflicts, repairs, order)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _shrink(
    hold: Callable[[Iterable[str]], bool], seed: Iterable[str], order: Mapping[str, int]
) -> frozenset[str]:
    """Leave out constraints while the rest still conflicts, in halves and then one by one."""
    conflict = sorted(seed, key=order.__getitem__)
    size = len(conflict)
    while size > 1:
        size = -(-size // 2)
        start = 0
        while start < len(conflict):
            rest = conflict[:start] + conflict[start + size :]
            if rest and not hold(rest):
                conflict = rest
            else:
                start += size
    return frozenset(conflict)


def _knots(
    conflicts: Sequence[frozenset[str]],
    repairs: Sequence[frozenset[str]],
    order: Mapping[str, int],
) -> list[Knot]:
    """Group conflicts that share constraints; a repair of a group is its part of a repair."""
    groups: list[set[str]] = []
    for conflict in conflicts:
        touching = [group for group in groups if group & conflict]
        groups = [group for group in groups if not group & conflict]
        groups.append(set(conflict).union(*touching))

    def tidy(sets: Iterable[frozenset[str]]) -> tuple[Ids, ...]:
        inside = {tuple(sorted(some, key=order.__getitem__)) for some in sets if some}
        return tuple(sorted(inside, key=lambda some: (len(some), [order[i] for i in some])))

    knots = [
        Knot(tidy(c for c in conflicts if c & group), tidy(r & group for r in repairs))
        for group in groups
    ]
    return sorted(knots, key=lambda knot: [order[one] for one in knot.conflicts[0]])
