"""A logistic model, with its limits stated, or the reasons not to fit one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from appendices.errors import unknown
from appendices.precision import precision
from youthviolence.cohorts.profiles import check_level
from youthviolence.cohorts.tabulation import is_pooled

# People with the rarer outcome a coefficient, without which no model is fitted, and advised.
FEWEST_EVENTS, ADVISED_EVENTS = 5, 10
_COLUMNS = ("attribute", "category", "reference", "odds_ratio", "low", "high", "p")


@dataclass(frozen=True)
class LogisticModel:
    """A fitted model, or why there is none.

    Attributes
    ----------
    table
        ``attribute, category, reference, odds_ratio, low, high, p`` (Wald); empty: not fitted.
    reasons
        Why it was not fitted; empty when it was.
    limits
        What a reader must know before using it.
    people, left_out, events
        People in the model, people with something missing, people with the outcome.
    events_per_term
        The rarer outcome's people for each coefficient besides the intercept.
    """

    table: pd.DataFrame
    reasons: tuple[str, ...]
    limits: tuple[str, ...]
    people: int | None
    left_out: int | None
    events: int | None
    events_per_term: float


def fit_logistic(
    combination_counts: pd.DataFrame,
    outcome: str,
    predictors: Sequence[str],
    *,
    positive: str = "yes",
    reference: str | Mapping[str, str] = "no",
    level: float = 0.95,
) -> LogisticModel:
    """Model an outcome on several attributes together, from counts of combinations.

    `combination_counts` is `tabulate_combinations` of the outcome and the predictors;
    `reference` the category each predictor is compared with. Not fitted when counts are not
    exact, the outcome does not vary, the rarer outcome has fewer than `FEWEST_EVENTS`
    people a coefficient (Vittinghoff and McCulloch 2007; `ADVISED_EVENTS`: Peduzzi and others
    1996), the predictors are collinear, or they separate the outcome (linear programme after
    Konis 2007), in which case the estimates would be infinite.
    """
    check_level(level)
    for name in (outcome, *predictors):
        if name not in combination_counts:
            raise unknown("attribute", name, combination_counts.columns.drop("n"))
    pooled = is_pooled(combination_counts).any()
    if positive not in set(combination_counts[outcome]) and not pooled:
        raise unknown(
            f"category of {outcome!r}", positive, set(combination_counts[outcome].dropna())
        )
    if pooled or combination_counts["n"].isna().any() or not precision().is_exact:
        reason = "the counts are not known exactly, and a model of them would mislead"
        return LogisticModel(_no_table(), (reason,), (), None, None, None, np.nan)
    names = [outcome, *predictors]
    complete = combination_counts[names].notna().all(axis=1)
    table = combination_counts[complete].groupby(names, sort=True)["n"].sum().reset_index()
    y = (table[outcome] == positive).to_numpy(dtype=float)
    weights = table["n"].to_numpy(dtype=float)
    terms, design = _design(table, predictors, reference)
    people, events = int(weights.sum()), int(weights @ y)
    left_out = int(combination_counts["n"].sum()) - people
    per_term = min(events, people - events) / max(len(terms), 1)

    reasons, limits = [], []
    if left_out:
        limits.append(f"{left_out} people with something missing are left out")
    if not 0 < events < people:
        reasons.append("everyone in the model has the same outcome")
    elif np.linalg.matrix_rank(design) < design.shape[1]:
        reasons.append("a category is empty or the attributes determine one another")
    elif separating := _separating(y, design, terms):
        reasons.append(
            f"{', '.join(separating)} separates the outcome: estimates would be infinite"
        )
    if per_term < FEWEST_EVENTS:
        reasons.append(
            f"{per_term:.1f} people with the rarer outcome a term; {FEWEST_EVENTS} needed"
        )
    elif per_term < ADVISED_EVENTS:
        limits.append(
            f"{per_term:.1f} people with the rarer outcome a term, under the {ADVISED_EVENTS} "
            "advised: odds ratios are biased away from 1 and intervals are rough"
        )
    fitted = _no_table()
    if not reasons:
        limits.append("associations within this cohort, adjusted for one another; not causes")
        model = GLM(y, design, family=Binomial(), freq_weights=weights).fit()
        ratios = np.exp(np.column_stack([model.params, model.conf_int(1 - level)]))[1:]
        rows = [(*term, *r, p) for term, r, p in zip(terms, ratios, model.pvalues[1:], strict=True)]
        fitted = pd.DataFrame(rows, columns=list(_COLUMNS))
    return LogisticModel(fitted, tuple(reasons), tuple(limits), people, left_out, events, per_term)


def model_table(
    combination_counts: pd.DataFrame,
    outcome: str,
    models: Mapping[str, Sequence[str]],
    **options: Any,
) -> pd.DataFrame:
    """Fit models of one outcome and lay them out for reading.

    `models` names the predictors of each model; `options` are those of `fit_logistic`.

    Returns ``model, term, odds_ratio, low, high, p, remark``: a row a term, and a row for each
    reason not to fit and each limit.
    """
    rows: list[dict[str, object]] = []
    for name, predictors in models.items():
        fitted = fit_logistic(combination_counts, outcome, predictors, **options)
        for row in fitted.table.to_dict("records"):
            term = f"{row['attribute']}: {row['category']} against {row['reference']}"
            numbers = {key: row[key] for key in ("odds_ratio", "low", "high", "p")}
            rows.append({"model": name, "term": term, **numbers, "remark": ""})
        remarks = [("not fitted", one) for one in fitted.reasons]
        remarks += [("limit", one) for one in fitted.limits]
        rows += [{"model": name, "term": kind, "remark": one} for kind, one in remarks]
    columns = ["model", "term", "odds_ratio", "low", "high", "p", "remark"]
    table = pd.DataFrame(rows, columns=columns)
    return table.astype(dict.fromkeys(columns[2:6], "float64"))


def _no_table() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in _COLUMNS})


def _design(
    table: pd.DataFrame, predictors: Sequence[str], reference: str | Mapping[str, str]
) -> tuple[list[tuple[str, str, str]], np.ndarray]:
    """Return the terms and the design matrix, intercept first, one column a category."""
    terms, columns = [], [np.ones(len(table))]
    for name in predictors:
        base = reference if isinstance(reference, str) else reference.get(name, "")
        categories = sorted(set(table[name]))
        if base not in categories:
            raise unknown(f"reference category of {name!r}", base, categories)
        for category in categories:
            if category != base:
                terms.append((name, category, base))
                columns.append((table[name] == category).to_numpy(dtype=float))
    return terms, np.column_stack(columns)


def _separating(y: np.ndarray, design: np.ndarray, terms: list[tuple[str, str, str]]) -> list[str]:
    """Return the terms along which the likelihood rises for ever; none: estimates are finite."""
    signed = design * (2 * y - 1)[:, None]

    def direction(columns: list[int]) -> np.ndarray:
        part = signed[:, columns]
        found = linprog(-part.sum(axis=0), A_ub=-part, b_ub=np.zeros(len(y)), bounds=(-1, 1))
        return np.abs(found.x) > 1e-9 if found.fun < -1e-9 else np.zeros(len(columns), dtype=bool)

    names = [f"{attribute} = {category}" for attribute, category, _ in terms]
    together = direction(list(range(design.shape[1])))[1:]
    alone = [direction([0, i + 1]).any() for i in range(len(terms))]
    blamed = alone if together.any() and any(alone) else together
    return [name for name, is_blamed in zip(names, blamed, strict=True) if is_blamed]
