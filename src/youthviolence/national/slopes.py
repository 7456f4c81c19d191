"""The change per year of a series, whether a straight line describes it, and of two counts.

Numbers are modelled by quasi-Poisson regression with a log link (McCullagh and Nelder 1989, 6.2),
the dispersion taken from Pearson's chi-squared and, for numbers, never below 1. Intervals per year
use the t distribution with the residual degrees of freedom.

A straight line (on the log scale) describes a series by a rule set before looking: at least six
years; no bend, that is, a quadratic term with a p of 0.05 or more; and no runs in the residuals,
that is, a Durbin-Watson statistic of 1 or more (Durbin and Watson 1950; 2 is none, 0 is one long
run).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.stattools import durbin_watson
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

FEWEST_FOR_LINE, BEND, RUNS = 6, 0.05, 1.0
SMALLEST_GAIN = 1e-9  # of deviance: less is rounding in the fit


@dataclass(frozen=True)
class Slope:
    """Multiplicative change per year with its interval; the dispersion is Pearson's.

    `bend` is the p of a quadratic term and `runs` the Durbin-Watson statistic of the residuals.
    """

    ratio: float
    low: float
    high: float
    dispersion: float
    bend: float
    runs: float
    points: int

    @property
    def is_line(self) -> bool:
        """Whether a straight line describes the series, by the rule of this module."""
        return self.points >= FEWEST_FOR_LINE and self.bend >= BEND and self.runs >= RUNS


def fitted(model: Any) -> Any:
    """Return the fit of a statsmodels GLM with scale 1; that it fits perfectly is no matter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        return model.fit(scale=1.0)


def yearly_slope(
    values: np.ndarray,
    years: np.ndarray,
    population: np.ndarray | None,
    *,
    counts: bool,
    level: float,
) -> Slope:
    """Return the change per year of a log-linear quasi-Poisson trend through `values`."""
    offset = None if population is None else np.log(population)

    def model(design: np.ndarray) -> Any:
        return fitted(sm.GLM(values, design, family=sm.families.Poisson(), offset=offset))

    return slope_of(model, years, level, least_dispersion=1.0 if counts else 0.0)


def slope_of(
    model: Callable[[np.ndarray], Any], years: np.ndarray, level: float, least_dispersion: float
) -> Slope:
    """Return the slope of the fit that `model` gives on the years, and how straight it is."""
    time = years - years.mean()
    fit = model(sm.add_constant(time))
    dispersion = fit.pearson_chi2 / fit.df_resid
    spread = fit.bse[1] * np.sqrt(max(dispersion, least_dispersion))
    reach = stats.t.ppf((1 + level) / 2, fit.df_resid) * spread
    slope = float(fit.params[1])
    ratio, low, high = (float(np.exp(slope + shift)) for shift in (0.0, -reach, reach))
    bend, runs = np.nan, np.nan
    if len(years) >= FEWEST_FOR_LINE:
        curved = model(np.column_stack([np.ones_like(time), time, time**2]))
        rest = max(curved.pearson_chi2 / curved.df_resid, least_dispersion)
        bend = _p_of_bend(fit.deviance - curved.deviance, rest, int(curved.df_resid))
        perfect = fit.pearson_chi2 <= SMALLEST_GAIN
        runs = 2.0 if perfect else float(durbin_watson(fit.resid_pearson))
    return Slope(ratio, low, high, float(dispersion), bend, runs, len(years))


def _p_of_bend(gain: float, dispersion: float, freedom: int) -> float:
    """Return the p of the F test of one more term; 1 where even the straight line is perfect."""
    if gain <= SMALLEST_GAIN:
        return 1.0
    return float(stats.f.sf(gain / dispersion, 1, freedom)) if dispersion > 0 else 0.0


def ratio_of_counts(
    first: float, last: float, level: float, exposure: float = 1.0
) -> tuple[float, float, float]:
    """Return last / first / `exposure` with the Poisson interval on the log scale.

    `exposure` is the ratio of the populations. Without a count in one of the years there is no
    interval.
    """
    if first <= 0:
        return (np.nan, np.nan, np.nan)
    ratio = last / first / exposure
    if last <= 0:
        return (ratio, np.nan, np.nan)
    reach = stats.norm.ppf((1 + level) / 2) * np.sqrt(1 / first + 1 / last)
    return (ratio, ratio * float(np.exp(-reach)), ratio * float(np.exp(reach)))
