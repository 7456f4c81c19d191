"""Attack the exhibits of a run together, as a reader would who holds them all, and mend them.

The reader knows each count that is shown, and so the range it was rounded from; that a count which
is withheld is small; and every relation between counts (`disclosure.relations`). What can be worked
out of a count is then its least and its most over all whole numbers that agree with everything
known. Nothing here sees a number that is not shown.

A count is exposed when it may be small (under the threshold), is not known to be nobody, and the
reader can narrow it to a range under the policy's `protection_width`. Then more counts are
withheld: the fewest, and of those the smallest, that leave no count exposed (the cell suppression
problem: Fischetti and Salazar-Gonzalez 2001).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from ortools.sat.python import cp_model
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, coo_array, csr_array, hstack

from youthviolence.constraints.counts import run
from youthviolence.disclosure.policy import Policy, span
from youthviolence.errors import DisclosureError

SECONDS = 20.0
"""Most that one question to the exact solver may take; a count not decided then is exposed."""
_ROUNDS = 6  # of attacking and mending
_NODES = 2000  # of the search for the least loss: the best found by then is taken
_NEAR = 1e-6
_ANY = 10**9  # no limit to what a count can be
_CONTRADICTION = "what is shown contradicts itself, so that it cannot be attacked."


@dataclass(frozen=True)
class Facts:
    """What a reader of a set of exhibits knows.

    Parameters
    ----------
    shown
        Each count of an exhibit by id: the number that stands there, None where it is withheld.
    places
        How often each stands somewhere.
    relations
        Which counts are the sum of which others.
    also
        Counts withheld though they are not small; the reader is taken to know which.
    unknown
        How many counts stand somewhere of which nobody knows the people: they are not attacked.
    bounds
        The least and the most of a count that the reader knows from elsewhere, by id.
    """

    shown: Mapping[str, int | None]
    places: Mapping[str, int]
    relations: frozenset[tuple[str, tuple[str, ...]]]
    also: frozenset[str] = frozenset()
    unknown: int = 0
    bounds: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Exposed:
    """A count that can be worked out: between `least` and `most` people."""

    id: str
    least: int
    most: int


@dataclass(frozen=True)
class Finding:
    """What an attack came to: counts that were attacked, those exposed, whether all was decided."""

    attacked: int
    withheld: int
    exposed: tuple[Exposed, ...] = ()


def gather(parts: Iterable[Mapping[str, Any]], also: Collection[str] = ()) -> Facts:
    """Return the facts of exhibits; each part is an exhibit's `cells`.

    Raises
    ------
    DisclosureError
        When one count stands as two different numbers.
    """
    shown: dict[str, int | None] = {}
    places: Counter[str] = Counter()
    relations: set[tuple[str, tuple[str, ...]]] = set()
    unknown = 0
    for part in parts:
        unknown += part["unknown"]
        relations |= {(total, tuple(of)) for total, of in part["relations"]}
        for name, value in part["shown"]:
            places[name] += 1
            before = shown.get(name)
            if before is not None and value is not None and before != value:
                raise DisclosureError("one count stands as two numbers in two exhibits.")
            shown[name] = value if before is None else before
    return Facts(shown, places, frozenset(relations), frozenset(also), unknown)


def join(facts: Facts, earlier: Iterable[tuple[Facts, Policy]]) -> Facts:
    """Return what a reader of `facts` knows who has seen `earlier` ones, each under its policy.

    Rules may have changed in between: what was shown is taken as the range that its own policy
    says, and both ranges of one count hold.

    Raises
    ------
    DisclosureError
        When the ranges of one count do not meet.
    """
    bounds = dict(facts.bounds)
    relations = set(facts.relations)
    for one, policy in earlier:
        relations |= one.relations
        for name in one.shown:
            bounds[name] = _meet(bounds.get(name, (0, _ANY)), _by_itself(name, one, policy))
    return replace(facts, relations=frozenset(relations), bounds=bounds)


def _meet(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    least, most = max(one[0], other[0]), min(one[1], other[1])
    if least > most:
        raise DisclosureError(_CONTRADICTION)
    return least, most


def _by_itself(name: str, facts: Facts, policy: Policy) -> tuple[int, int]:
    """Return the least and the most of a count, as far as it tells by itself."""
    known = facts.bounds.get(name, (0, _ANY))
    if name not in facts.shown:
        return known
    value = facts.shown[name]
    if value is not None:
        return _meet(known, span(value, policy))
    if name in facts.also:
        return _meet(known, (policy.threshold, _ANY))
    return _meet(known, (1, policy.threshold - 1))


class _Cells:
    """What a reader knows of counts that have to do with one another: a system of equations."""

    def __init__(self, names: Collection[str], facts: Facts, policy: Policy) -> None:
        self.names = sorted(names)
        self.policy = policy
        spans = [_by_itself(name, facts, policy) for name in self.names]
        known = [end for ends in spans for end in ends if end != _ANY]
        self.top = 2 * max(known, default=0) + 20 * policy.threshold
        self.spans = np.minimum(spans, self.top)
        self.place = {name: place for place, name in enumerate(self.names)}
        own = sorted(one for one in facts.relations if one[0] in self.place)
        entries = [(row, self.place[name], 1 if at else -1)
                   for row, (total, of) in enumerate(own)
                   for at, name in enumerate((total, *of))]  # fmt: skip
        rows, columns, weights = zip(*entries, strict=True) if entries else ((), (), ())
        shape = (len(own), len(self.names))
        self.sums = csr_array(coo_array((weights, (rows, columns)), shape=shape), dtype=float)

    @property
    def targets(self) -> list[int]:
        """The places of the counts that may be small, as far as each by itself tells."""
        least, most = self.spans.T
        return list(np.flatnonzero((least < self.policy.threshold) & (most > 0)))

    def exposed(self, ends: tuple[int, int]) -> bool:
        """Return whether a reader who knows these ends of a count knows too much."""
        least, most = ends
        small = least < self.policy.threshold and most > 0
        return small and most - least < self.policy.protection_width

    def in_fractions(self, place: int) -> tuple[int, int]:
        """Return whole numbers that a count cannot be under or over."""
        ends = []
        for sign in (1, -1):
            goal = np.zeros(len(self.names))
            goal[place] = sign
            found = linprog(goal, A_eq=self.sums, b_eq=np.zeros(self.sums.shape[0]),
                            bounds=self.spans, method="highs-ds")  # fmt: skip
            if not found.success:
                raise DisclosureError(_CONTRADICTION)
            ends.append(found.x[place])
        return int(np.ceil(ends[0] - _NEAR)), int(np.floor(ends[1] + _NEAR))

    @cached_property
    def whole(self) -> tuple[cp_model.CpModel, list[Any]]:
        """The same system in whole numbers, and its counts."""
        cp = cp_model.CpModel()
        counts = [cp.new_int_var(int(least), int(most), "") for least, most in self.spans]
        for row in range(self.sums.shape[0]):
            inside = slice(self.sums.indptr[row], self.sums.indptr[row + 1])
            terms = [counts[at] for at in self.sums.indices[inside]]
            weights = [int(weight) for weight in self.sums.data[inside]]
            cp.add(cp_model.LinearExpr.weighted_sum(terms, weights) == 0)
        return cp, counts

    def solve(self, places: Sequence[int], sign: int) -> np.ndarray | None:
        """Return whole counts with the least (sign 1) or most sum in these places; None: undecided.

        Raises
        ------
        DisclosureError
            When no whole counts agree with what is shown.
        """
        cp, counts = self.whole
        cp.minimize(sign * cp_model.LinearExpr.sum([counts[place] for place in places]))
        status, search = run(cp, SECONDS)
        if status == cp_model.INFEASIBLE:
            raise DisclosureError(_CONTRADICTION)
        if status != cp_model.OPTIMAL:
            return None
        return np.array([search.value(one) for one in counts])


def _groups(facts: Facts, policy: Policy) -> list[_Cells]:
    """Return the counts, those apart that have nothing to do with one another."""
    group: dict[str, set[str]] = {name: {name} for name in facts.shown}
    for total, of in sorted(facts.relations):
        joined = set().union(*(group.get(name, {name}) for name in (total, *of)))
        group.update(dict.fromkeys(joined, joined))
    apart = {id(one): one for one in group.values()}
    return [_Cells(one, facts, policy) for one in sorted(apart.values(), key=min)]


def attack(facts: Facts, policy: Policy) -> Finding:
    """Return which counts a reader of all the exhibits can work out too closely.

    Raises
    ------
    DisclosureError
        When no counts at all agree with what is shown: the relations do not fit the exhibits.
    """
    attacked = 0
    exposed: list[Exposed] = []
    for cells in _groups(facts, policy):
        attacked += len(cells.targets)
        exposed += _attack(cells)
    withheld = sum(value is None for value in facts.shown.values())
    return Finding(attacked, withheld, tuple(exposed))


def _attack(cells: _Cells) -> list[Exposed]:
    """Return the exposed counts of one group.

    A solution for one count is a witness for all: where two are the policy's width apart, a count
    is safe. The least and the most in fractions bound those in whole numbers, and are faster.
    """
    width, targets = cells.policy.protection_width, cells.targets
    if not targets:
        return []
    seen = np.column_stack([np.full(len(cells.names), cells.top), np.zeros(len(cells.names))])

    def is_safe(place: int, solution: np.ndarray | None = None) -> bool:
        if solution is not None:
            seen[:, 0] = np.minimum(seen[:, 0], solution)
            seen[:, 1] = np.maximum(seen[:, 1], solution)
        return bool(seen[place, 1] - seen[place, 0] >= width)

    for sign in (1, -1):
        is_safe(targets[0], cells.solve(targets, sign))
    exposed = []
    for place in targets:
        if is_safe(place):
            continue
        ends = cells.in_fractions(place)
        if not cells.exposed(ends):
            found = [cells.solve([place], sign) for sign in (1, -1)]
            decided = [one for one in found if one is not None]
            if any(is_safe(place, one) for one in decided):
                continue
            if len(decided) == len(found):
                ends = int(seen[place, 0]), int(seen[place, 1])
                if not cells.exposed(ends):
                    continue
        exposed.append(Exposed(cells.names[place], *ends))
    return exposed


def mend(facts: Facts, policy: Policy) -> tuple[Facts, Finding]:
    """Return the facts with as little more withheld as leaves no count exposed, and the attack.

    Some counts may stay exposed: those that zeros give away, which are never withheld.
    """
    finding = attack(facts, policy)
    for _ in range(_ROUNDS):
        more: set[str] = set()
        for cells in _groups(facts, policy):
            places = [cells.place[one.id] for one in finding.exposed if one.id in cells.place]
            more |= _least_loss(cells, facts, places) if places else set()
        if not more:
            break
        shown = {name: None if name in more else value for name, value in facts.shown.items()}
        facts = replace(facts, shown=shown, also=facts.also | more)
        finding = attack(facts, policy)
    return facts, finding


def _least_loss(cells: _Cells, facts: Facts, exposed: list[int]) -> set[str]:
    """Return the counts to withhold so that these are exposed no more: the cheapest set of them.

    One mixed-integer programme: for each exposed count two groups of people that agree with
    whatever stays shown, and between which the count differs by the policy's width; and for each
    count shown whether it stays. It costs most to leave a count exposed, then the number of places
    where a number is lost, then the people in it.
    """
    loose = [place for place, name in enumerate(cells.names) if facts.shown.get(name)]
    size, copies, free = len(cells.names), 2 * len(exposed), len(loose)
    least, most = cells.spans.T.astype(float)
    floor, ceiling = least.copy(), most.copy()
    floor[loose], ceiling[loose] = cells.policy.threshold, cells.top
    # Each copy keeps the sums, and the spans of the counts that stay.
    sums = hstack([block_diag([cells.sums] * copies),
                   csr_array((copies * cells.sums.shape[0], free + len(exposed)))])  # fmt: skip
    stay = block_diag([np.eye(size)[loose]] * copies)
    none = csr_array((copies * free, len(exposed)))
    up, down = (np.tile(np.diag(by[loose]), (copies, 1)) for by in (most - ceiling, least - floor))
    upper, lower = hstack([stay, up, none]), hstack([stay, down, none])
    apart = np.zeros((len(exposed), copies * size + free + len(exposed)))
    for row, place in enumerate(exposed):
        apart[row, 2 * row * size + place] = -1
        apart[row, (2 * row + 1) * size + place] = 1
        apart[row, copies * size + free + row] = cells.policy.protection_width
    shown = [facts.shown[cells.names[place]] or 0 for place in loose]
    places = [facts.places[cells.names[place]] for place in loose]
    cost = 1000 * np.array(places) + np.array(shown)
    every = np.concatenate([np.zeros(copies * size), cost, np.full(len(exposed), cost.sum() + 1.0)])
    choices = free + len(exposed)
    found = milp(
        every,
        constraints=[
            LinearConstraint(sums, 0, 0),
            LinearConstraint(upper, -np.inf, np.tile(most[loose], copies)),
            LinearConstraint(lower, np.tile(least[loose], copies), np.inf),
            LinearConstraint(apart, cells.policy.protection_width, np.inf),
        ],
        integrality=np.concatenate([np.zeros(copies * size), np.ones(choices)]),
        bounds=Bounds(
            np.concatenate([np.tile(floor, copies), np.zeros(choices)]),
            np.concatenate([np.tile(ceiling, copies), np.ones(choices)]),
        ),
        options={"node_limit": _NODES},
    )
    if found.x is None:
        return set()
    gone = found.x[copies * size : copies * size + free] > 0.5
    return {cells.names[place] for place, one in zip(loose, gone, strict=True) if one}
