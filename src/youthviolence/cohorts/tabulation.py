"""From people to tables of counts.

All statistics of this room work on the shown counts of these tables, so that a disclosure policy
changes or blanks (NA) counts before anything is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import pandas as pd

from appendices.counts import POOLED, CountTable
from appendices.errors import DataError, UsageError
from appendices.origin import Count, Labels, total
from appendices.people import People, label_order, people_of

Attributes: TypeAlias = Sequence[str] | Mapping[str, Sequence[str]]

MISSING = "not recorded"
# The kinds of the labels that are no category; an empty cell counts as missing.
SPECIAL = {MISSING: "missing", "not applicable": "not applicable"}
ALL = "all"
LABELS = ("by", "group", "group_kind", "attribute", "category", "kind")
COUNTS = ("n", "base_recorded", "base_all", "missing")
_MOST_CATEGORIES = 200


def tabulate(
    data: People | pd.DataFrame,
    attributes: Attributes,
    by: str | None = None,
    *,
    groups: Sequence[str] | None = None,
) -> CountTable:
    """Count people by attribute and category, for everyone and by group.

    Parameters
    ----------
    data
        People, or a frame with one row a person that needs no protection.
    attributes
        Attribute names, or names to categories in the order wanted. A category declared
        and never met is counted as 0; one met and not declared is an error. Without
        categories, those that the attribute declares are taken, else those met, sorted.
    by
        Attribute whose categories are the groups; people whose group is missing are a group too.
    groups
        Groups in the order wanted, empty ones included.

    Returns
    -------
    CountTable
        One row a (group, attribute, category), with a missing row for every attribute:
        ``by, group, group_kind`` (all, group, missing, not applicable), ``attribute, category,
        kind`` (recorded; missing: "not recorded" or empty; not applicable, who are in no base);
        the counts ``n`` and, of the group, people
        with the attribute recorded ``base_recorded``, missing ``missing``, either ``base_all``.
        Where people are protected, a category or group that is not declared has rows only if its
        count of everyone is shown.

    Raises
    ------
    UsageError
        An unknown attribute, or `by` among the attributes.
    DataError
        A category that was not declared, or an attribute with too many different values.
    """
    people = as_people(data)
    declared = _declared(people, attributes)
    if by in declared:
        raise UsageError(f"{by!r} is the grouping and among the attributes; leave one out.")
    wanted: Sequence[str] = ()
    if by is not None:
        wanted = groups or _declared(people, [by])[by]
    parts = [_cells(people, by, wanted, name, categories) for name, categories in declared.items()]
    return _table(people, parts)


def tabulate_pairs(data: People | pd.DataFrame, attributes: Attributes) -> CountTable:
    """Count people by every two attributes: `tabulate` of the second by the first, stacked.

    Each pair appears once, in the order given, with the columns of `tabulate`.
    """
    people = as_people(data)
    declared = _declared(people, attributes)
    parts = [
        _cells(people, first, declared[first], second, declared[second])
        for first, second in combinations(declared, 2)
    ]
    return _table(people, parts)


def tabulate_combinations(data: People | pd.DataFrame, attributes: Sequence[str]) -> CountTable:
    """Count people by all attributes at once: a column an attribute (NA: missing), and ``n``.

    One row a combination met; where people are protected, those that may not be shown stand
    together as one row. Meant for a dozen attributes: the rows, and the memory, grow with the
    number of different combinations.
    """
    if not attributes or "n" in attributes:
        raise UsageError("give at least one attribute, none called 'n' as the counts are.")
    people, attributes = as_people(data), list(dict.fromkeys(attributes))
    merged: dict[Labels, list[Count]] = {}
    for labels, count in people.count(attributes).items():
        key = tuple(None if label == MISSING else label for label in labels)
        merged.setdefault(key, []).append(count)
    ordered = sorted(merged, key=lambda labels: [label_order(label) for label in labels])
    counts = []
    for labels in ordered:
        meant = {
            name: (label,) if label is not None else (None, MISSING)
            for name, label in zip(attributes, labels, strict=True)
        }
        counts.append((total(merged[labels], people.condition_of(meant)),))
    return CountTable(
        labels=pd.DataFrame(ordered, columns=attributes, dtype="str"),
        counts=tuple(counts),
        columns=("n",),
        origins=(people.origin,) * len(counts),
        partition=tuple(attributes),
        only_met=True,
    )


def tabulate_missing(data: People | pd.DataFrame, attributes: Sequence[str]) -> CountTable:
    """Count people by which attributes are missing for them (NA), and which are recorded."""
    people = as_people(data).recorded(attributes, [MISSING])
    return tabulate_combinations(people, attributes)


def is_pooled(combination_counts: pd.DataFrame) -> pd.Series:
    """Return which rows of a table of combinations stand for several."""
    labels = combination_counts.drop(columns="n")
    return (labels == POOLED).all(axis=1)


def as_people(data: Any) -> People:
    """Return people, made of a frame where it is one."""
    if isinstance(data, People):
        return data
    if isinstance(data, pd.DataFrame):
        return people_of(data)
    raise UsageError(f"cannot count a {type(data).__name__}; give the people of a cohort.")


def _declared(people: People, attributes: Attributes) -> dict[str, Sequence[str]]:
    """Return the categories of each attribute: as given, as it declares them, or none."""
    if isinstance(attributes, str):
        raise UsageError("attributes is one text; give a list of names.")
    given = attributes if isinstance(attributes, Mapping) else dict.fromkeys(attributes, ())
    return {
        name: labels or (people[name].labels if people[name].declared else ())
        for name, labels in given.items()
    }


def _ordered(name: str, declared: Sequence[str], met: Iterable[str]) -> dict[str, str]:
    """Return each label and its kind, in order; the special ones that were met come last."""
    met = set(met)
    recorded = [label for label in declared or sorted(met, key=label_order) if label not in SPECIAL]
    strange = len(met.difference(recorded, SPECIAL))
    if strange:
        raise DataError(
            f"{name!r} has {strange} categories that are not declared; "
            f"declared: {', '.join(declared)}."
        )
    if len(met) > _MOST_CATEGORIES:
        raise DataError(
            f"{name!r} has {len(met)} different values; a category is shared by many people, "
            f"so at most {_MOST_CATEGORIES} are counted. Is it an identifier?"
        )
    others = sorted(met.intersection(SPECIAL), key=lambda one: (SPECIAL[one] == "missing", one))
    return {label: SPECIAL.get(label, "recorded") for label in [*recorded, *others]}


def _told(
    people: People,
    counted: Mapping[str, list[Count]],
    declared: Sequence[str],
) -> set[str]:
    """Return the labels met of which a row may tell: the declared categories, and those shown."""
    protection = people.origin.protection
    if protection is None:
        return set(counted)
    sums = CountTable(
        labels=pd.DataFrame(index=range(len(counted))),
        counts=tuple((total(some),) for some in counted.values()),
        columns=("n",), origins=(people.origin,) * len(counted),
    )  # fmt: skip
    shown = sums.frame["n"].notna()
    expected = {label for label in declared if label not in SPECIAL}
    return {one for one, known in zip(counted, shown, strict=True) if known or one in expected}


def _cells(
    people: People,
    by: str | None,
    groups: Sequence[str],
    attribute: str,
    categories: Sequence[str],
) -> list[tuple[tuple[Any, ...], tuple[Count, ...]]]:
    """Return the labels and the counts of every row of one attribute, for everyone and by group."""
    cells: dict[str, dict[str, list[Count]]] = {ALL: {}}
    by_group: dict[str, list[Count]] = {}
    by_category: dict[str, list[Count]] = {}
    for labels, count in people.count([attribute] if by is None else [by, attribute]).items():
        category, group = labels[-1] or MISSING, labels[0] or MISSING
        cells[ALL].setdefault(category, []).append(count)
        by_category.setdefault(category, []).append(count)
        if by is not None:
            by_group.setdefault(group, []).append(count)
            cells.setdefault(group, {}).setdefault(category, []).append(count)
    group_kinds = {ALL: ALL}
    if by is not None:
        if ALL in by_group:
            raise DataError(f"{by!r} has a group called {ALL!r}, the name of the total.")
        known = _ordered(by, groups, _told(people, by_group, groups))
        group_kinds |= {g: kind.replace("recorded", "group") for g, kind in known.items()}
    kinds = _ordered(attribute, categories, {*_told(people, by_category, categories), MISSING})
    every = {**SPECIAL, **dict.fromkeys(by_category, "recorded"), **kinds, **SPECIAL}
    rows: list[tuple[tuple[Any, ...], tuple[Count, ...]]] = []
    for group, kind_of_group in group_kinds.items():
        tallied = cells.get(group, {})
        within: dict[str, Sequence[str | None]] = {}
        if by is not None and group != ALL:
            within[by] = _with_empty(group)

        def people_in(labels: Sequence[str], tallied: Any = tallied, within: Any = within) -> Count:
            counts = [one for label in labels for one in tallied.get(label, ())]
            meant = [one for label in labels for one in _with_empty(label)]
            return total(counts, people.condition_of({**within, attribute: meant}))

        recorded = [label for label, kind in every.items() if kind == "recorded"]
        gone = [label for label, kind in every.items() if kind == "missing"]
        bases = people_in(recorded), people_in([*recorded, *gone]), people_in(gone)
        place = (by, group, kind_of_group, attribute)
        rows += [
            ((*place, label, kind), (people_in([label]), *bases)) for label, kind in kinds.items()
        ]
    return rows


def _with_empty(label: str) -> tuple[str | None, ...]:
    return (label, None) if label == MISSING else (label,)


def _table(
    people: People, parts: list[list[tuple[tuple[Any, ...], tuple[Count, ...]]]]
) -> CountTable:
    rows = [row for part in parts for row in part]
    labels = pd.DataFrame([place for place, _ in rows], columns=list(LABELS), dtype="str")
    return CountTable(
        labels=labels, counts=tuple(counts for _, counts in rows), columns=COUNTS,
        origins=(people.origin,) * len(rows),
    )  # fmt: skip
