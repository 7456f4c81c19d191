"""Counts of people as one integer model, on small tables that fit together.

People matter to the figures only through how many share which values. Attributes that a rule
counts together are joined in a graph; the graph is made chordal, and each of its cliques gets one
table of integer cells. Tables that agree where they overlap along the clique tree are always the
margins of one group of whole people (Vorob'ev 1962; Lauritzen 1996, section 4.4), so the model is
exact, and its size does not grow with the number of people.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from figuremodel.conditions import Attribute, Condition, grid, told_apart
from figuremodel.counts import Counts
from figuremodel.errors import ConstraintError
from figuremodel.language import Constraint
from figuremodel.relations import conditions_of, scope_of

WIDEST = 50_000
"""Cells of the largest table that is still worth an exact model."""


@dataclass(frozen=True)
class Clique:
    """Attributes tabulated together; `links` name earlier cliques and what is shared with each."""

    scope: tuple[str, ...]
    links: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def shared(self) -> tuple[str, ...]:
        """Attributes that an earlier clique has too."""
        return tuple(n for n in self.scope if any(n in shared for _, shared in self.links))


def scopes_of(constraints: Iterable[Constraint]) -> list[frozenset[str]]:
    """Return the sets of attributes that the constraints count together."""
    return [scope for one in constraints for rule in one.rules for scope in scope_of(rule)]


def neighbours(names: Iterable[str], scopes: Iterable[frozenset[str]]) -> dict[str, set[str]]:
    """Return, for each attribute, the others that are counted together with it."""
    near: dict[str, set[str]] = {name: set() for name in names}
    for scope in scopes:
        for one in scope:
            near[one] |= scope - {one}
    return near


def clique_tree(sizes: Mapping[str, int], scopes: Iterable[frozenset[str]]) -> list[Clique]:
    """Return the cliques of a chordal cover of the graph, parents before children.

    Attributes are eliminated where the resulting table is smallest, ties by name, so the same
    constraints always give the same tree.
    """
    near = neighbours(sizes, scopes)
    order: list[str] = []
    bags: dict[str, set[str]] = {}
    while near:

        def cost(name: str) -> tuple[int, str]:
            return math.prod(sizes[other] for other in near[name]) * sizes[name], name

        name = min(near, key=cost)
        bags[name] = near.pop(name)
        for one in bags[name]:
            near[one] |= bags[name] - {one}
            near[one].discard(name)
        order.append(name)
    rank = {name: index for index, name in enumerate(order)}
    cliques: list[Clique] = []
    home: dict[str, int] = {}
    for name in reversed(order):
        shared = tuple(sorted(bags[name], key=rank.__getitem__))
        parent = home[shared[0]] if shared else None
        if parent is not None and set(cliques[parent].scope) == bags[name]:
            cliques[parent] = Clique((*cliques[parent].scope, name), cliques[parent].links)
            home[name] = parent
        else:
            links = () if parent is None else ((parent, shared),)
            home[name] = len(cliques)
            cliques.append(Clique((*shared, name), links))
    return cliques


def linked_parts(
    names: Iterable[str], constraints: Sequence[Constraint]
) -> list[tuple[list[str], list[Constraint]]]:
    """Split attributes and constraints into parts that have no attribute in common."""
    order = list(names)
    parts: list[tuple[set[str], list[Constraint]]] = [({name}, []) for name in order]
    for one in constraints:
        scope = frozenset().union(*scopes_of([one]))
        joined: tuple[set[str], list[Constraint]] = (set(scope), [one])
        for part in [part for part in parts if part[0] & scope]:
            parts.remove(part)
            joined = (joined[0] | part[0], part[1] + joined[1])
        parts.append(joined)
    rank = {one.id: index for index, one in enumerate(constraints)}
    tidy = [
        ([n for n in order if n in part], sorted(inside, key=lambda one: rank[one.id]))
        for part, inside in parts
    ]
    return sorted(tidy, key=lambda part: order.index(part[0][0]) if part[0] else -1)


class Tables(Counts):
    """The integer model of some constraints: tables of cells on cliques of attributes.

    Parameters
    ----------
    attributes, population
        What is recorded, and of how many people.
    constraints
        Posted as rules that must hold.
    names
        Attributes to tabulate beside those the constraints mention.
    conditions
        Further conditions that must be countable.

    Raises
    ------
    ConstraintError
        An exact model would need a table of more than `WIDEST` cells.
    """

    def __init__(
        self,
        attributes: Mapping[str, Attribute],
        population: int,
        constraints: Sequence[Constraint],
        *,
        names: Iterable[str] = (),
        conditions: Iterable[Condition] = (),
    ) -> None:
        asked = list(conditions)
        wanted = [*scopes_of(constraints), *(condition.scope for condition in asked)]
        mentioned = sorted({*names, *(name for scope in wanted for name in scope)})
        counted = [c for one in constraints for rule in one.rules for c in conditions_of(rule)]
        self.groups = told_apart({n: attributes[n] for n in mentioned}, [*counted, *asked])
        super().__init__(population)
        sizes = {name: len(groups) for name, groups in self.groups.items()}
        self.cliques = clique_tree(sizes, wanted)
        self.cells: list[NDArray[Any]] = []
        for clique in self.cliques:
            shape = [sizes[name] for name in clique.scope]
            if math.prod(shape) > WIDEST:
                raise ConstraintError(
                    f"{len(clique.scope)} attributes would need one table of {math.prod(shape):,} "
                    f"cells, more than {WIDEST:,}: too many figures cross each other for an "
                    "exact answer"
                )
            cells = [self.cp.new_int_var(0, population, "") for _ in range(math.prod(shape))]
            self.cells.append(np.array(cells, dtype=object).reshape(shape))
        first = {name: [codes[0] for codes in groups] for name, groups in self.groups.items()}
        self._axes = [grid({n: first[n] for n in clique.scope}) for clique in self.cliques]
        self._scopes = [frozenset(clique.scope) for clique in self.cliques]
        self._fit_together()
        for one in constraints:
            for rule in one.rules:
                self.require(rule)

    def _fit_together(self) -> None:
        for clique, cells in zip(self.cliques, self.cells, strict=True):
            if not clique.links:
                self.cp.add(_total(cells) == self.population)
            for other, shared in clique.links:
                mine = _margin(cells, clique.scope, shared)
                theirs = _margin(self.cells[other], self.cliques[other].scope, shared)
                for one, same in zip(mine, theirs, strict=True):
                    self.cp.add(_total(one) == _total(same))

    def cells_of(self, condition: Condition) -> Sequence[Any]:
        """Return the cells whose sum is the number of people who meet the condition."""
        fitting = [i for i, scope in enumerate(self._scopes) if condition.scope <= scope]
        place = min(fitting, key=lambda i: self.cells[i].size)
        mask = np.broadcast_to(condition.holds(self._axes[place]), self.cells[place].shape)
        return list(self.cells[place][mask])


def _total(cells: NDArray[Any]) -> Any:
    return cp_model.LinearExpr.sum(list(cells.ravel()))


def _margin(cells: NDArray[Any], scope: Sequence[str], shared: Sequence[str]) -> list[NDArray[Any]]:
    """Return the cells grouped by the values of the shared attributes, in their order."""
    rest = [name for name in scope if name not in shared]
    moved = cells.transpose([scope.index(name) for name in (*shared, *rest)])
    groups = math.prod(moved.shape[: len(shared)])
    return list(moved.reshape(groups, -1))
