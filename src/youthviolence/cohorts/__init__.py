"""Cohorts of young people: one tabulation to counts, and every statistic from the counts."""

from appendices.counts import CountTable, stack
from appendices.people import People, people_of
from youthviolence.cohorts.claims import answer_claims
from youthviolence.cohorts.comparison import compare, compare_each
from youthviolence.cohorts.cooccurrence import cumulative, intersections, pairwise
from youthviolence.cohorts.detectable import detectable, fragility, minimal_detectable, power
from youthviolence.cohorts.logistic import LogisticModel, fit_logistic, model_table
from youthviolence.cohorts.missing import bounds, missing_patterns
from youthviolence.cohorts.profiles import numeric_summary, profile, table_one, with_percent
from youthviolence.cohorts.published import (
    linkage_bounds,
    linkage_table,
    possible_counts,
    readings,
    readings_table,
    selection_bounds,
    selection_table,
)
from youthviolence.cohorts.steps import chain, keep, label, only, ranked
from youthviolence.cohorts.tabulation import (
    COUNTS,
    tabulate,
    tabulate_combinations,
    tabulate_missing,
    tabulate_pairs,
)

__all__ = [
    "COUNTS",
    "CountTable",
    "LogisticModel",
    "People",
    "answer_claims",
    "bounds",
    "chain",
    "compare",
    "compare_each",
    "cumulative",
    "detectable",
    "fit_logistic",
    "fragility",
    "intersections",
    "keep",
    "label",
    "linkage_bounds",
    "linkage_table",
    "minimal_detectable",
    "missing_patterns",
    "model_table",
    "numeric_summary",
    "only",
    "pairwise",
    "people_of",
    "possible_counts",
    "power",
    "profile",
    "ranked",
    "readings",
    "readings_table",
    "selection_bounds",
    "selection_table",
    "stack",
    "table_one",
    "tabulate",
    "tabulate_combinations",
    "tabulate_missing",
    "tabulate_pairs",
    "with_percent",
]
