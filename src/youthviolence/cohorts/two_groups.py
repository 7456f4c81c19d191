"""Two groups of people, `x1` of `n1` and `x2` of `n2`: effects, intervals and exact tests.

Plain numbers in and out, in proportions. Nothing here is defined for an empty group.
"""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio
from statsmodels.stats.contingency_tables import Table2x2

from appendices.errors import UsageError, unknown
from youthviolence.cohorts.profiles import interval

TESTS = ("fisher", "barnard")
_MOST_FOR_UNCONDITIONAL = 1000
_MOST_FOR_CONDITIONAL = 2000

Estimate = tuple[float, float, float]


def difference(x1: int, n1: int, x2: int, n2: int, level: float = 0.95) -> Estimate:
    """Risk difference and its hybrid score interval (Newcombe 1998, method 10)."""
    p1, p2 = x1 / n1, x2 / n2
    (l1, l2), (u1, u2) = interval([x1, x2], [n1, n2], "wilson", level)
    below = np.hypot(p1 - l1, u2 - p2)
    above = np.hypot(u1 - p1, p2 - l2)
    return p1 - p2, float(p1 - p2 - below), float(p1 - p2 + above)


def risk_ratio(
    x1: int, n1: int, x2: int, n2: int, level: float = 0.95
) -> tuple[float, float, float, str]:
    """Risk ratio, its interval and the method of the interval.

    Katz and others 1978 on the log scale; where that is not defined or has no width (nobody
    in one group, or everybody in both), the ratio is recovered from the two Wilson intervals
    (MOVER-R: Donner and Zou 2012; Newcombe 2016).
    """
    p1, p2 = x1 / n1, x2 / n2
    if x1 and x2 and (x1 < n1 or x2 < n2):
        error = np.sqrt(1 / x1 - 1 / n1 + 1 / x2 - 1 / n2) * stats.norm.ppf((1 + level) / 2)
        ratio = p1 / p2
        return ratio, float(ratio * np.exp(-error)), float(ratio * np.exp(error)), "Katz log"
    (l1, l2), (u1, u2) = interval([x1, x2], [n1, n2], "wilson", level)
    product, first, second = p1 * p2, l1 * (2 * p1 - l1), l2 * (2 * p2 - l2)
    low_root = np.sqrt(product**2 - first * u2 * (2 * p2 - u2))
    high_root = np.sqrt(product**2 - u1 * (2 * p1 - u1) * second)
    # The lower limit is written with its conjugate root, which is never 0 over 0.
    low = first / (product + low_root) if x1 else 0.0
    high = (product + high_root) / second if x2 else np.inf
    undefined = np.inf if x1 else np.nan
    ratio = p1 / p2 if x2 else undefined
    return ratio, float(low), float(high), "MOVER Wilson"


def odds_ratio(
    x1: int, n1: int, x2: int, n2: int, level: float = 0.95
) -> tuple[float, float, float, str]:
    """Odds ratio, its interval and the method.

    Conditional maximum likelihood with the exact interval that goes with Fisher's test; in
    large tables, where that takes seconds, the sample odds ratio with Woolf's interval (1955;
    a half added to each cell when one is 0).
    """
    table = np.array([[x1, n1 - x1], [x2, n2 - x2]])
    margins = *table.sum(axis=0), *table.sum(axis=1)
    if min(margins) <= _MOST_FOR_CONDITIONAL:
        found = scipy_odds_ratio(table, kind="conditional")
        low, high = found.confidence_interval(level)
        return float(found.statistic), float(low), float(high), "conditional, exact"
    with np.errstate(divide="ignore"):
        estimate = np.divide(float(x1) * (n2 - x2), float(x2) * (n1 - x1))
    low, high = Table2x2(table, shift_zeros=True).oddsratio_confint(1 - level)
    return float(estimate), float(low), float(high), "sample, Woolf"


def exact_p(x1: int, n1: int, x2: int, n2: int, test: str = "fisher") -> float:
    """Two-sided p: Fisher's conditional test, or Barnard's unconditional one.

    Fisher 1935 (tables as likely or less); Barnard 1945 with the pooled score statistic, for
    up to 1,000 people. Boschloo's test is left out: scipy doubles its one-sided p, which can
    then exceed Fisher's.
    """
    if test not in TESTS:
        raise unknown("test", test, TESTS)
    # scipy's Barnard wants the groups as columns.
    table = np.array([[x1, x2], [n1 - x1, n2 - x2]])
    if test == "fisher":
        return float(stats.fisher_exact(table).pvalue)
    if n1 + n2 > _MOST_FOR_UNCONDITIONAL:
        raise UsageError(
            f"{test} takes up to {_MOST_FOR_UNCONDITIONAL} people, got {n1 + n2}; use 'fisher'."
        )
    if not table.sum(axis=1).all():
        return 1.0
    return float(min(stats.barnard_exact(table).pvalue, 1.0))


def standardised_difference(p1: float, p2: float) -> float:
    """Difference over the root of the mean variance (Yang and Dalton 2012); NaN if that is 0."""
    spread = np.sqrt((p1 * (1 - p1) + p2 * (1 - p2)) / 2)
    return float((p1 - p2) / spread) if spread > 0 else float("nan")
