"""From people to tables of counts.

All statistics of this room work on these tables, so that a disclosure policy can change or
blank (NA) counts before anything is computed from them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import pandas as pd

from youthviolence.cohort.behind import remember, together
from youthviolence.cohort.counting import Label, Tally, count, label_of
from youthviolence.errors import DataError, UsageError

Attributes: TypeAlias = Sequence[str] | Mapping[str, Sequence[str]]

MISSING = ("not recorded",)
NOT_APPLICABLE = ("not applicable",)
EVERYONE = "all"
POOLED = "other combinations"
LABELS = ("by", "group", "group_kind", "attribute", "category", "kind")
COUNTS = ("n", "base_recorded", "base_all", "missing")
_MOST_CATEGORIES = 200


def tabulate(
    data: Any,
    attributes: Attributes,
    by: str | None = None,
    *,
    groups: Sequence[str] | None = None,
    missing: Sequence[str] = MISSING,
    not_applicable: Sequence[str] = NOT_APPLICABLE,
) -> pd.DataFrame:
    """Count people by attribute and category, for everyone and by group.

    Parameters
    ----------
    data
        One row a person: a pandas frame, the path of a Parquet file, or a Dask frame.
    attributes
        Column names, or column name to categories in the order wanted. A category declared
        and never met is counted as 0; one met and not declared is an error. Without
        categories, those of a categorical column are taken, else those met, sorted.
    by
        Column whose categories are the groups; people whose group is missing are a group too.
    groups
        Groups in the order wanted, empty ones included.
    missing
        Labels that mean "not known", at least one. An empty cell counts as the first.
    not_applicable
        Labels of people to whom the question does not apply; they are in no base.

    Returns
    -------
    DataFrame
        One row a (group, attribute, category), with a missing row for every attribute:
        ``by, group, group_kind`` (all, group, missing, not applicable), ``attribute, category,
        kind`` (recorded, missing, not applicable); as Int64 ``n`` and, of the group, people
        with the attribute recorded ``base_recorded``, missing ``missing``, either ``base_all``.

    Raises
    ------
    UsageError
        An unknown column, or `by` among the attributes.
    DataError
        A category that was not declared, or a column with too many different values.
    """
    special = _special(missing, not_applicable)
    declared = _declared(data, attributes)
    if by in declared:
        raise UsageError(f"{by!r} is the grouping and among the attributes; leave one out.")
    wanted: Sequence[str] = ()
    if by is not None:
        wanted = groups or _declared(data, [by])[by]
    tallies = count(data, [(name,) if by is None else (by, name) for name in declared])
    rows: list[tuple[Any, ...]] = []
    for (name, categories), tally in zip(declared.items(), tallies, strict=True):
        rows += _rows(by, wanted, name, categories, tally, special)
    return _frame(rows)


def tabulate_pairs(
    data: Any,
    attributes: Attributes,
    *,
    missing: Sequence[str] = MISSING,
    not_applicable: Sequence[str] = NOT_APPLICABLE,
) -> pd.DataFrame:
    """Count people by every two attributes: `tabulate` of the second by the first, stacked.

    Each pair appears once, in the order given, with the columns of `tabulate`.
    """
    special = _special(missing, not_applicable)
    declared = _declared(data, attributes)
    pairs = list(combinations(declared, 2))
    rows: list[tuple[Any, ...]] = []
    for (first, second), tally in zip(pairs, count(data, pairs), strict=True):
        rows += _rows(first, declared[first], second, declared[second], tally, special)
    return _frame(rows)


def tabulate_combinations(
    data: Any, attributes: Sequence[str], *, missing: Sequence[str] = MISSING
) -> pd.DataFrame:
    """Count people by all attributes at once: a column an attribute (NA: missing), and ``n``.

    One row a combination met. Meant for a dozen attributes: the rows, and the memory, grow
    with the number of different combinations.
    """
    if not attributes or "n" in attributes:
        raise UsageError("give at least one attribute, none called 'n' as the counts are.")
    attributes = list(dict.fromkeys(attributes))
    (tally,) = count(data, [tuple(attributes)])
    merged: Tally = Counter()
    for labels, n in tally.items():
        merged[tuple(None if label in missing else label for label in labels)] += n
    ordered = sorted(merged.items(), key=lambda item: [_sort_key(label) for label in item[0]])
    frame = pd.DataFrame([labels for labels, _ in ordered], columns=attributes, dtype="str")
    frame = frame.assign(n=pd.array([n for _, n in ordered], dtype="Int64"))
    return remember(frame, [{"n": n} for _, n in ordered], only_met=True)


def pool(combination_counts: pd.DataFrame, small: pd.Series) -> pd.DataFrame:
    """Return a table of combinations with the `small` ones as one last row, labelled `POOLED`.

    In a table that lists only the combinations met, a row says that there is somebody, whatever
    stands for the count.
    """
    if not small.any():
        return combination_counts
    gone = combination_counts[small]
    labels = dict.fromkeys([name for name in gone if name != "n"], POOLED)
    row = pd.DataFrame([labels | {"n": gone["n"].sum()}]).astype(gone.dtypes.to_dict())
    row = remember(row, [{"n": together(gone.index)}])
    return pd.concat([combination_counts[~small], row[list(gone.columns)]])


def is_pooled(combination_counts: pd.DataFrame) -> pd.Series:
    """Return which rows of a table of combinations stand for several."""
    labels = combination_counts.drop(columns="n")
    return (labels == POOLED).all(axis=1)


def _special(missing: Sequence[str], not_applicable: Sequence[str]) -> dict[str, str]:
    """Return the kind of the labels that are no category; the first stands for empty cells."""
    if not missing or isinstance(missing, str) or isinstance(not_applicable, str):
        raise UsageError("missing and not_applicable are lists of labels, missing with at least 1.")
    return dict.fromkeys(missing, "missing") | dict.fromkeys(not_applicable, "not applicable")


def _declared(data: Any, attributes: Attributes) -> dict[str, Sequence[str]]:
    """Return the categories of each attribute: as given, as the column's type says, or none."""
    if isinstance(attributes, str):
        raise UsageError("attributes is one text; give a list of names.")
    if isinstance(attributes, Mapping):
        return dict(attributes)
    found: dict[str, Sequence[str]] = {}
    for name in attributes:
        dtype = data.dtypes[name] if name in getattr(data, "columns", ()) else None
        labels = list(dtype.categories) if isinstance(dtype, pd.CategoricalDtype) else []
        # Dask stands in one category for those it has not looked at.
        looked_at = "__UNKNOWN_CATEGORIES__" not in labels
        found[name] = [label_of(label) for label in labels] if looked_at else []
    return found


def _sort_key(label: Label) -> tuple[bool, bool, int, str]:
    number = label is not None and label.isdecimal()
    return label is None, not number, int(label) if label and number else 0, label or ""


def _ordered(
    name: str, declared: Sequence[str], met: set[str], special: dict[str, str]
) -> dict[str, str]:
    """Return each label and its kind, in order; the special ones that were met come last."""
    recorded = [label for label in declared or sorted(met, key=_sort_key) if label not in special]
    strange = len(met.difference(recorded, special))
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
    others = sorted(met.intersection(special), key=lambda one: (special[one] == "missing", one))
    return {label: special.get(label, "recorded") for label in [*recorded, *others]}


def _rows(
    by: str | None,
    groups: Sequence[str],
    attribute: str,
    categories: Sequence[str],
    tally: Tally,
    special: dict[str, str],
) -> list[tuple[Any, ...]]:
    empty = next(iter(special))
    group_kinds = {EVERYONE: EVERYONE}
    if by is not None:
        met = {labels[0] or empty for labels in tally}
        if EVERYONE in met:
            raise DataError(f"{by!r} has a group called {EVERYONE!r}, the name of the total.")
        kinds = _ordered(by, groups, met, special)
        group_kinds |= {g: kind.replace("recorded", "group") for g, kind in kinds.items()}
    cells: dict[str, Counter[str]] = {group: Counter() for group in group_kinds}
    for labels, n in tally.items():
        category = labels[-1] or empty
        cells[EVERYONE][category] += n
        if by is not None:
            cells[labels[0] or empty][category] += n
    kinds = _ordered(attribute, categories, {*cells[EVERYONE], empty}, special)
    rows = []
    for group, tallied in cells.items():
        totals = Counter[str]()
        for category, n in tallied.items():
            totals[kinds[category]] += n
        recorded, gone = totals["recorded"], totals["missing"]
        place = (by, group, group_kinds[group], attribute)
        bases = (recorded, recorded + gone, gone)
        rows += [(*place, name, kind, tallied[name], *bases) for name, kind in kinds.items()]
    return rows


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    names = [*LABELS, *COUNTS]
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    types: list[Any] = ["str"] * len(LABELS) + ["Int64"] * len(COUNTS)
    table = pd.DataFrame(
        {
            name: pd.array(list(column), dtype=dtype)
            for name, column, dtype in zip(names, columns, types, strict=True)
        }
    )
    return remember(table, [dict(zip(COUNTS, row[len(LABELS) :], strict=True)) for row in rows])
