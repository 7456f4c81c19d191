"""Cohorts of young people: one tabulation to counts, and every statistic from the counts."""

from youthviolence.cohort.claims import answer_claims
from youthviolence.cohort.comparison import compare, compare_each
from youthviolence.cohort.cooccurrence import cumulative, intersections, pairwise
from youthviolence.cohort.detectable import detectable, fragility, minimal_detectable, power
from youthviolence.cohort.logistic import LogisticModel, fit_logistic, model_table
from youthviolence.cohort.missing import bounds, missing_patterns
from youthviolence.cohort.people import People, people_of
from youthviolence.cohort.profiles import numeric_summary, profile, table_one, with_percent
from youthviolence.cohort.published import (
    linkage_bounds,
    linkage_table,
    possible_counts,
    readings,
    readings_table,
    selection_bounds,
    selection_table,
)
from youthviolence.cohort.steps import chain, keep, label, only, ranked
from youthviolence.cohort.tabulation import (
    COUNTS,
    tabulate,
    tabulate_combinations,
    tabulate_missing,
    tabulate_pairs,
)
from youthviolence.counts import CountTable, stack

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
