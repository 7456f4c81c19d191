"""What counts have to do with one another, found from the people in them.

A reader knows that the categories of an attribute add up to everyone, that a subgroup is part of
the whole, that two tables divide the same people. Each of these is one form: a count is the sum of
the disjoint parts of some division. The divisions are every attribute of the cohort, every table
that was counted, and for a table of attributes made from others (a band of ages, a subgroup, "both
of these") the crossing of the one or two attributes that it was made from, so that tables which
divide the same people differently are held against one another.

As the people decide, and not the names, nothing depends on what a notebook calls a column. Parts
that are empty are left out, as though the reader knew them to be: that makes the reader stronger
than any real one, never weaker. Only where many attributes are crossed, and most combinations are
empty, would it make the reader omniscient: there the combinations that no exhibit shows stand
together as the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import TypeAlias

from youthviolence.cohort.behind import Cohort, Counted, Partition

Relation: TypeAlias = tuple[str, tuple[str, ...]]
"""The id of a count, and the ids of the disjoint parts that it is the sum of."""

_MOST_VALUES = 30  # an attribute with more tells people apart rather than describing them


class Relations:
    """The relations of the counts of all exhibits so far, handed out as they come up."""

    def __init__(self) -> None:
        self._cohorts: dict[Cohort, _OfCohort] = {}

    def of(self, counted: Iterable[Counted]) -> list[Relation]:
        """Return the relations that these counts bring with them and that were not yet given."""
        new: dict[Cohort, dict[int, Counted]] = {}
        for one in counted:
            new.setdefault(one.cohort, {})[one.who] = one
        found: list[Relation] = []
        for cohort, cells in new.items():
            known = self._cohorts.setdefault(cohort, _OfCohort(cohort))
            found += known.add(cells)
        return found


class _OfCohort:
    def __init__(self, cohort: Cohort) -> None:
        self._cohort = cohort
        self._cells: dict[int, Counted] = {}
        self._shown: set[int] = set()
        self._divisions: dict[tuple[int, ...], Partition] = {}
        self._given: set[tuple[int, tuple[int, ...]]] = set()
        self._crossings: list[Partition] = []

    def add(self, cells: dict[int, Counted]) -> list[Relation]:
        attributes = self._attributes()
        self._cells |= {one.who: one for part in attributes for one in part} | cells
        self._shown |= cells.keys()
        for key, division in list(self._cohort.seen.tabulated.items()):
            if key not in self._divisions:
                self._divisions[key] = division
                if key in self._cohort.seen.crossed:
                    continue
                if (finer := self._made_from(division, attributes)) is not None:
                    self._divisions.setdefault(tuple(one.who for one in finer), finer)
        found: list[Relation] = []
        for key, division in self._divisions.items():
            for cell in self._cells.values():
                parts = _parts(cell, division)
                if key in self._cohort.seen.crossed:
                    parts = self._with_rest(parts)
                given = (cell.who, tuple(sorted(one.who for one in parts)))
                if len(parts) > 1 and given not in self._given:
                    self._given.add(given)
                    found.append((cell.id, tuple(sorted(one.id for one in parts))))
        return found

    def _with_rest(self, parts: list[Counted]) -> list[Counted]:
        """Return the parts with those that no exhibit shows as one."""
        rest = sum(one.who for one in parts if one.who not in self._shown)
        shown = [one for one in parts if one.who in self._shown]
        return [*shown, Counted(rest, self._cohort)] if rest and shown else shown

    def _attributes(self) -> list[Partition]:
        columns = self._cohort.seen.columns.values()
        return [one for one in columns if 1 < len(one) <= _MOST_VALUES]

    def _made_from(self, division: Partition, attributes: list[Partition]) -> Partition | None:
        """Return the crossing of the fewest attributes that tells all its parts apart."""
        if not self._crossings:
            pairs = [_crossing(*pair) for pair in combinations(attributes, 2)]
            self._crossings = [*attributes, *sorted(pairs, key=len)]
        for crossing in self._crossings:
            if all(_parts(one, crossing) for one in division):
                return crossing
        return None


def _parts(cell: Counted, division: Partition) -> list[Counted]:
    """Return the parts of a division that make up a count; none where they cut across it."""
    parts = []
    for one in division:
        common = one.who & cell.who
        if common and common != one.who:
            return []
        if common:
            parts.append(one)
    whole = sum(one.who for one in parts)  # disjoint, so the sum is the union
    return parts if whole == cell.who else []


def _crossing(first: Partition, second: Partition) -> Partition:
    met = [(a, a.who & b.who) for a in first for b in second]
    return tuple(Counted(who, a.cohort) for a, who in met if who)
