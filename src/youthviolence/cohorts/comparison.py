"""A subgroup against the rest, or against the whole it is part of, from a table of counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from appendices.errors import UsageError, unknown
from appendices.precision import precision, smallest_base
from youthviolence.cohorts import two_groups
from youthviolence.cohorts.profiles import as_floats, check_counts, check_level, effective, share

_SIDES = ("subgroup", "reference")
_ESTIMATES = ("difference", "risk_ratio", "odds_ratio")
COLUMNS = (
    *("attribute", "category", "by", "subgroup", "reference"),
    *(f"{side}_{part}" for side in _SIDES for part in ("n", "base", "missing", "percent")),
    *(f"{name}{part}" for name in _ESTIMATES for part in ("", "_low", "_high")),
    *("standardised_difference", "p", "p_holm", "p_bh", "family", "test", "level"),
    *("ratio_method", "odds_method", "comparison"),
)


def compare(
    counts: pd.DataFrame,
    subgroup: str,
    reference: str = "rest",
    *,
    positive: str | Mapping[str, str] = "yes",
    attributes: Sequence[str] | None = None,
    level: float = 0.95,
    test: str = "fisher",
) -> pd.DataFrame:
    """Compare how common one category of each attribute is in a subgroup and in a reference.

    Parameters
    ----------
    counts
        `tabulate(..., by=...)`, protected or not. What an NA count touches is NA.
    subgroup, reference
        A group; and "rest" (the other groups, people whose group is missing left out),
        "whole" (everyone, the subgroup included) or the name of another group.
    positive
        The category compared, the same for all attributes or one for each.
    attributes
        The family of comparisons that Holm 1979 and Benjamini and Hochberg 1995 adjust over.
        With None: all attributes, or those of `positive` where it is a mapping.
    level, test
        Confidence level; "fisher" or "barnard".

    Returns
    -------
    DataFrame
        One row an attribute, columns as in `COLUMNS`: counts, bases (those recorded), missing
        and percent of both sides; difference in percentage points, risk ratio, odds ratio,
        each with low and high; standardised difference; p plain and adjusted, with the number
        of tests; how each was obtained.

    Notes
    -----
    The whole contains the subgroup, so the two are not independent samples. With f the part
    of the whole that is in the subgroup, p(subgroup) - p(whole) = (1 - f) (p(subgroup) -
    p(others)), and 1 / ratio to the whole = f + (1 - f) / ratio to the others. Limits of the
    independent comparison with the others are carried over by these identities, f as
    observed; the test is of the subgroup against the others. "Others" is everybody else in the
    whole: where nobody's group is missing that is the rest, and p is the same; where some are
    missing they are counted among the others, and it is not. No odds ratio follows, so it is
    NA.
    """
    check_counts(counts)
    check_level(level)
    if test not in two_groups.TESTS:
        raise unknown("test", test, two_groups.TESTS)
    chosen = positive_rows(counts, positive, attributes)
    groups = list(dict.fromkeys(counts.loc[counts["group_kind"] != "all", "group"]))
    if subgroup not in groups:
        raise unknown("group", subgroup, groups)
    if reference not in {"rest", "whole", *groups} or reference == subgroup:
        raise unknown("reference", reference, {"rest", "whole", *groups} - {subgroup})
    rows = []
    for (name, category), part in chosen.groupby(["attribute", "category"], sort=False):
        inside = part["group"] == subgroup
        if reference == "whole":
            other = part["group_kind"] == "all"
        elif reference == "rest":
            other = (part["group_kind"] == "group") & ~inside
        else:
            other = part["group"] == reference
        sides = [_total(part[inside]), _total(part[other])]
        row = {"attribute": name, "category": category, "by": part["by"].iloc[0]}
        row |= {"subgroup": subgroup, "reference": reference, "level": level, "test": test}
        for side, (n, base, missing) in zip(_SIDES, sides, strict=True):
            row |= {f"{side}_n": n, f"{side}_base": base, f"{side}_missing": missing}
            row[f"{side}_percent"] = float(100 * share(n, base))
        (x1, n1, _), (x2, n2, _) = sides
        nested = reference == "whole"
        row["comparison"] = "part of the whole" if nested else "separate groups"
        rows.append(row | _effects(x1, n1, x2, n2, nested, level, test))
    return _adjusted(pd.DataFrame(rows, columns=list(COLUMNS)), 1 - level)


def compare_each(
    counts: pd.DataFrame, subgroup: str, references: Sequence[str], **options: Any
) -> pd.DataFrame:
    """Return `compare` with each of several references, one below the other."""
    tables = [compare(counts, subgroup, reference, **options) for reference in references]
    return pd.concat(tables, ignore_index=True)


def positive_rows(
    counts: pd.DataFrame,
    positive: str | Mapping[str, str],
    attributes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the rows of the one category of each attribute that counts as having it."""
    recorded = counts[counts["kind"] == "recorded"]
    if attributes is None:
        attributes = list(dict.fromkeys(recorded["attribute"]))
        attributes = attributes if isinstance(positive, str) else list(positive)
    check_counts(counts, attributes)
    parts = []
    for name in attributes:
        part = recorded[recorded["attribute"] == name]
        if not isinstance(positive, str) and name not in positive:
            raise UsageError(f"positive does not say which category of {name!r} is compared.")
        category = positive if isinstance(positive, str) else positive[name]
        if category not in set(part["category"]):
            raise unknown(f"category of {name!r}", category, set(part["category"]))
        parts.append(part[part["category"] == category])
    return pd.concat(parts) if parts else recorded.iloc[:0]


def _total(part: pd.DataFrame) -> tuple[float, float, float]:
    n, base, missing = (
        float(as_floats(part[column]).sum()) for column in ("n", "base_recorded", "missing")
    )
    return n, base, missing


def _effects(
    x1: float, n1: float, x2: float, n2: float, nested: bool, level: float, test: str
) -> dict[str, Any]:
    inside = n1 / n2 if nested and n2 else 0.0
    if nested:
        x2, n2 = x2 - x1, n2 - n1
    # Protected counts may be blank, or rounded apart so that a part exceeds its whole.
    least = smallest_base()
    if not precision().is_exact:
        x1, x2 = min(x1, n1), min(max(x2, 0.0), n2)
    if np.isnan([x1, n1, x2, n2]).any() or n1 < least or n2 < least or not 0 <= x2 <= n2:
        return {}
    shown = (round(x1), round(n1), round(x2), round(n2))
    # A test takes as many people as the counts are worth.
    first, second = effective(x1, n1), effective(x2, n2)
    table = (round(first[0]), round(first[1]), round(second[0]), round(second[1]))
    effects: dict[str, Any] = {"p": two_groups.exact_p(*table, test)}
    estimates = [(1 - inside) * v for v in two_groups.difference(*shown, level)]
    effects |= _named("difference", [100 * v for v in estimates])
    *ratios, effects["ratio_method"] = two_groups.risk_ratio(*table, level)
    if nested:
        ratios = [1 / (inside + (1 - inside) / v) if v else 0.0 for v in ratios]
        effects["odds_method"] = "not defined for a part and its whole"
    else:
        *odds, effects["odds_method"] = two_groups.odds_ratio(*table, level)
        effects |= _named("odds_ratio", odds)
    effects |= _named("risk_ratio", ratios)
    whole = (x1 + x2) / (n1 + n2) if nested else x2 / n2
    effects["standardised_difference"] = two_groups.standardised_difference(x1 / n1, whole)
    return effects


def _named(name: str, values: Sequence[float]) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _adjusted(table: pd.DataFrame, alpha: float) -> pd.DataFrame:
    tested = table["p"].notna()
    table["family"] = int(tested.sum())
    for column, method in (("p_holm", "holm"), ("p_bh", "fdr_bh")):
        if tested.any():
            p = table.loc[tested, "p"].to_numpy(dtype=float)
            table.loc[tested, column] = multipletests(p, alpha, method)[1]
    counts = [f"{side}_{part}" for side in _SIDES for part in ("n", "base", "missing")]
    numbers = table.columns[table.columns.get_loc("difference") :][:13]
    return table.astype(dict.fromkeys(counts, "Int64") | dict.fromkeys(numbers, "float64"))
