"""What a comparison of two groups could have found, and how easily its conclusion turns."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import optimize, special, stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import proportion_effectsize

from appendices.errors import UsageError, unknown
from appendices.precision import precision
from youthviolence.cohorts.profiles import as_floats, check_level, effective

_MOST_TABLES = 1_000_000


def fisher_p_values(n1: int, n2: int) -> np.ndarray:
    """Return Fisher's two-sided p of every table: row x1 of 0..n1, column x2 of 0..n2."""
    x1, x2 = np.arange(n1 + 1), np.arange(n2 + 1)
    total = x1[:, None] + x2
    log_ways = _log_choose(n1, x1)[:, None] + _log_choose(n2, x2)
    p = np.exp(log_ways - _log_choose(n1 + n2, total))
    for m in range(n1 + n2 + 1):
        first = np.arange(max(0, m - n2), min(n1, m) + 1)
        chances = p[first, m - first]
        order = np.sort(chances)
        # Tables as likely up to rounding count as equally likely, as in R and scipy.
        as_likely = np.searchsorted(order, chances * (1 + 1e-7), side="right")
        p[first, m - first] = order.cumsum()[as_likely - 1]
    return np.minimum(p, 1.0)


def power(
    p1: float, p2: float, n1: int, n2: int, alpha: float = 0.05, method: str = "exact"
) -> float:
    """Return the chance that groups of n1 and n2 show a difference between p1 and p2.

    "exact": the probability of the tables that Fisher's two-sided test rejects at `alpha`;
    "normal": the arcsine approximation (Cohen 1988), for large groups. Proportions.
    """
    check_level(alpha)
    if method == "normal":
        effect = proportion_effectsize(p1, p2)
        solver = NormalIndPower()
        return float(solver.power(effect, n1, alpha, ratio=n2 / n1)) if effect else alpha
    if method != "exact":
        raise unknown("power method", method, ["exact", "normal"])
    if not _is_exact(n1, n2):
        raise UsageError(f"groups of {n1} and {n2} are too large for 'exact'; use 'normal'.")
    return _exact_power(fisher_p_values(n1, n2) <= alpha, p1, p2)


def minimal_detectable(
    n1: int, n2: int, baseline: float, target: float = 0.8, alpha: float = 0.05
) -> tuple[float, float]:
    """Return the nearest proportions below and above `baseline` found with power `target`.

    `baseline` is the proportion in the second group. NaN: no difference that way is large
    enough. Exact where `power` can be, else by the normal approximation.
    """
    check_level(target)
    rejected = fisher_p_values(n1, n2) <= alpha if _is_exact(n1, n2) else None

    def lacking(p1: float) -> float:
        if rejected is None:
            return power(p1, baseline, n1, n2, alpha, "normal") - target
        return _exact_power(rejected, p1, baseline) - target

    ends = []
    for end in (0.0, 1.0):
        reachable = n1 and n2 and lacking(end) >= 0 > lacking(baseline)
        ends.append(optimize.brentq(lacking, baseline, end) if reachable else np.nan)
    return ends[0], ends[1]


def detectable(comparison: pd.DataFrame, target: float = 0.8, alpha: float = 0.05) -> pd.DataFrame:
    """Say for each row of a comparison which difference could have been found.

    Returns ``attribute, category, subgroup_base, reference_base, baseline_percent`` (of the
    reference), ``observed_difference``, ``detectable_below, detectable_above`` (percent in the
    subgroup; NA: none), ``smallest_fall, smallest_rise`` (the same as percentage points from the
    baseline: they differ, and a claim that something is more common needs the rise),
    ``missed_low, missed_high`` (the differences between them, found less often than `target`),
    ``method, power_target, alpha``.
    """
    _check_separate(comparison)
    rows: list[tuple[float, float, float, float, float, float, str | None]] = []
    sizes = as_floats(comparison["subgroup_base"]), as_floats(comparison["reference_base"])
    baseline = comparison["reference_percent"].to_numpy()
    for first, second, percent in zip(*sizes, baseline, strict=True):
        if np.isnan([first, second, percent]).any() or not first:
            rows.append((np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, None))
            continue
        n1, n2 = (int(effective(size * percent / 100, size)[1]) for size in (first, second))
        ends = minimal_detectable(n1, n2, percent / 100, target, alpha)
        below, above = 100 * ends[0], 100 * ends[1]
        missed = np.nan_to_num(below, nan=0.0) - percent, np.nan_to_num(above, nan=100.0) - percent
        how = "exact" if _is_exact(n1, n2) else "normal"
        rows.append((below, above, percent - below, above - percent, *missed, how))
    names = ["detectable_below", "detectable_above", "smallest_fall", "smallest_rise"]
    names += ["missed_low", "missed_high", "method"]
    kept = comparison[["attribute", "category", "subgroup_base", "reference_base"]].assign(
        baseline_percent=baseline, observed_difference=comparison["difference"]
    )
    found = pd.DataFrame(rows, columns=names, index=comparison.index)
    return pd.concat([kept, found], axis=1).assign(power_target=target, alpha=alpha)


def fragility(comparison: pd.DataFrame, alpha: float = 0.05) -> pd.DataFrame:
    """Say how few people would have to change category for each conclusion to turn.

    The fewest in either group and either direction until Fisher's unadjusted p crosses
    `alpha` (after Walsh and others 2014, who change one group in one direction only).

    Returns ``attribute, category, subgroup_n, subgroup_base, reference_n, reference_base, p,
    conclusion``, ``fragility`` (people), ``turned_subgroup_n, turned_reference_n, turned_p``.
    NA where a count is unknown or not exact, no table turns it, or the groups are too large.
    """
    _check_separate(comparison)
    check_level(alpha)
    counts = ["subgroup_n", "subgroup_base", "reference_n", "reference_base"]
    rows = []
    for x1, n1, x2, n2 in comparison[counts].itertuples(index=False):
        known = precision().is_exact and not pd.isna([x1, n1, x2, n2]).any()
        if not known or not n1 or not n2 or not _is_exact(n1, n2):
            rows.append((np.nan, None, pd.NA, pd.NA, pd.NA, np.nan))
            continue
        p = fisher_p_values(n1, n2)
        found = p[x1, x2] <= alpha
        moved = np.abs(np.arange(n1 + 1) - x1)[:, None] + np.abs(np.arange(n2 + 1) - x2)
        moved = np.where((p <= alpha) == found, n1 + n2 + 1, moved)
        y1, y2 = np.unravel_index(moved.argmin(), moved.shape)
        turns = moved[y1, y2] <= n1 + n2
        turned = (moved[y1, y2], y1, y2, p[y1, y2]) if turns else (pd.NA, pd.NA, pd.NA, np.nan)
        conclusion = "a difference is found" if found else "no difference is found"
        rows.append((p[x1, x2], conclusion, *turned))
    names = ["p", "conclusion", "fragility", "turned_subgroup_n", "turned_reference_n", "turned_p"]
    table = pd.DataFrame(rows, columns=names, index=comparison.index)
    table = table.astype(dict.fromkeys(names[2:5], "Int64") | {"conclusion": "str"})
    return pd.concat([comparison[["attribute", "category", *counts]], table], axis=1)


def _is_exact(n1: float, n2: float) -> bool:
    return (n1 + 1) * (n2 + 1) <= _MOST_TABLES


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    ways: np.ndarray = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return ways


def _exact_power(rejected: np.ndarray, p1: float, p2: float) -> float:
    n1, n2 = (size - 1 for size in rejected.shape)
    first = stats.binom.pmf(np.arange(n1 + 1), n1, p1)
    second = stats.binom.pmf(np.arange(n2 + 1), n2, p2)
    return float(first @ rejected @ second)


def _check_separate(comparison: pd.DataFrame) -> None:
    if "comparison" not in comparison or (comparison["comparison"] != "separate groups").any():
        raise UsageError("give a comparison of separate groups: compare(..., reference='rest').")
