"""Which conditions come together, from counts of pairs and of combinations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from appendices.counts import POOLED, CountTable
from appendices.errors import unknown
from appendices.origin import Count, Origin
from appendices.origin import total as sum_counts
from appendices.precision import precision, smallest_base
from youthviolence.cohorts.profiles import as_floats, check_counts, check_level, share, with_percent
from youthviolence.cohorts.tabulation import is_pooled


def pairwise(pair_counts: pd.DataFrame, positive: str = "yes", level: float = 0.95) -> pd.DataFrame:
    """Say for every ordered pair how many people with the first condition have the second.

    Parameters
    ----------
    pair_counts
        `tabulate_pairs`, protected or not.
    positive
        The category that means the condition is there.

    Returns
    -------
    DataFrame
        ``first, second, both, base`` (people with the first, and the second recorded),
        ``recorded`` (people with both recorded), ``phi, phi_low, phi_high`` (delta method,
        Bishop, Fienberg and Holland 1975, on Fisher's z scale; NA where a margin is empty,
        phi is 1 or -1, or counts are not exact), ``percent, low, high`` (both of base, Wilson).
    """
    check_counts(pair_counts)
    check_level(level)
    if positive not in set(pair_counts["category"]):
        raise unknown("category", positive, set(pair_counts["category"]))
    rows = []
    cells = pair_counts[pair_counts["group_kind"] == "group"]
    cells = cells[cells["category"] == positive]
    for (first, second), part in cells.groupby(["by", "attribute"], sort=False):
        n, base = as_floats(part["n"]), as_floats(part["base_recorded"])
        inside = (part["group"] == positive).to_numpy()
        both, in_first, in_second = n[inside].sum(), base[inside].sum(), n.sum()
        phi = _phi(both, in_first, in_second, base.sum(), level)
        rows.append((first, second, both, in_first, base.sum(), *phi))
        rows.append((second, first, both, in_second, base.sum(), *phi))
    names = ["first", "second", "both", "base", "recorded", "phi", "phi_low", "phi_high"]
    table = with_percent(pd.DataFrame(rows, columns=names), "both", "base", level=level)
    return table.astype(dict.fromkeys(names[2:5], "Int64"))


def intersections(combination_counts: pd.DataFrame, positive: str = "yes") -> pd.DataFrame:
    """Count people by the exact set of conditions they have, the commonest first.

    Returns ``combination, degree, n, base, percent`` (of those with everything recorded) and a
    boolean column an attribute, as an UpSet chart needs; a last row, without a combination's
    columns, counts the people with something missing, and one before it those of combinations
    that were pooled, where any were.
    """
    pooled = is_pooled(combination_counts)
    others = combination_counts.loc[pooled, "n"]
    told = combination_counts[~pooled]
    names, members, complete = _members(told.drop(columns="n"), positive)
    n = told["n"]
    sets = members[complete].assign(n=n[complete])
    table = sets.groupby(names, sort=False)["n"].agg(total).reset_index()
    table["degree"] = table[names].sum(axis=1)
    table["combination"] = [
        " & ".join(np.array(names)[row]) or "none" for row in table[names].to_numpy(dtype=bool)
    ]
    table = table.sort_values(["n", "degree", "combination"], ascending=[False, True, True])
    # The pooled may be complete or not: then the base is everyone with a combination told.
    table["base"] = total(n[complete]) + total(others)
    table["percent"] = 100 * share(as_floats(table["n"]), as_floats(table["base"]))
    base = {} if precision().is_exact else {"base": table["base"].max()}
    rest: list[dict[str, Any]] = [{"combination": "not all recorded", "n": total(n[~complete])}]
    if pooled.any():
        # Whoever has something missing may be among the pooled.
        rest = [{"combination": POOLED, "n": total(others), **base}]
        if (~complete).any():
            rest.append({"combination": "not all recorded", "n": total(n[~complete]), **base})
    table = pd.concat([table, pd.DataFrame(rest)], ignore_index=True)
    types = dict.fromkeys(["n", "base", "degree"], "Int64") | dict.fromkeys(names, "boolean")
    return table[["combination", "degree", "n", "base", "percent", *names]].astype(types)


def cumulative(combinations: CountTable, positive: str = "yes") -> CountTable:
    """Count people by how many of the conditions they have, from `tabulate_combinations`.

    Returns a table with the label ``conditions`` and the counts ``n, n_incomplete`` (of these,
    people with something missing, who may have more), ``at_least, base`` (everyone). What is
    missing counts as not recorded, so each is a lower bound.
    """
    names, members, recorded = _members(combinations.labels, positive)
    held, complete = members.sum(axis=1).to_numpy(), recorded.to_numpy()
    cells = [count for (count,) in combinations.counts]

    def people(who: np.ndarray) -> Count:
        return sum_counts([cell for cell, inside in zip(cells, who, strict=True) if inside])

    rows = [
        (people(held == k), people((held == k) & ~complete), people(held >= k), people(held >= 0))
        for k in range(len(names) + 1)
    ]
    origin = combinations.origins[0] if combinations.origins else Origin()
    return CountTable(
        labels=pd.DataFrame({"conditions": [str(k) for k in range(len(rows))]}, dtype="str"),
        counts=tuple(rows), columns=("n", "n_incomplete", "at_least", "base"),
        origins=(origin,) * len(rows),
    )  # fmt: skip


def total(counts: pd.Series) -> Any:
    """Return the sum of counts, NA if one is NA."""
    return counts.sum(skipna=False)


def _members(labels: pd.DataFrame, positive: str) -> tuple[list[str], pd.DataFrame, pd.Series]:
    names = [str(name) for name in labels]
    met = {label for name in names for label in labels[name].dropna()}
    # Where all is missing, or all are alike, the category is not met and yet no mistake.
    if len(met) > 1 and positive not in met:
        raise unknown("category", positive, met)
    return names, labels == positive, labels.notna().all(axis=1)


def _phi(both: float, first: float, second: float, recorded: float, level: float) -> list[float]:
    """Phi and its interval: people with both, with the first, with the second, and recorded."""
    known = precision().is_exact and recorded >= smallest_base()
    if not known or not 0 < first < recorded or not 0 < second < recorded:
        return [np.nan] * 3
    a1, b1 = first / recorded, second / recorded
    a2, b2 = 1 - a1, 1 - b1
    spread = np.sqrt(a1 * a2 * b1 * b2)
    phi = float((both / recorded - a1 * b1) / spread)
    if np.isnan(phi) or abs(phi) > 1 - 1e-12:
        return [phi, np.nan, np.nan]
    slant = (a1 - a2) ** 2 / (a1 * a2) + (b1 - b2) ** 2 / (b1 * b2)
    variance = 1 - phi**2 + phi * (1 + phi**2 / 2) * (a1 - a2) * (b1 - b2) / spread
    variance = (variance - 0.75 * phi**2 * slant) / recorded
    half = stats.norm.ppf((1 + level) / 2) * np.sqrt(max(variance, 0.0)) / (1 - phi**2)
    return [phi, *(float(np.tanh(np.arctanh(phi) + side * half)) for side in (-1, 1))]
