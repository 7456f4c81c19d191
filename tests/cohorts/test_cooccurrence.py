"""Conditions that come together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appendices.errors import UsageError
from tests.cohorts.frames import tabulate_combinations, tabulate_pairs
from youthviolence import cohorts as stats
from youthviolence.cohorts import cumulative, intersections, pairwise, with_percent

rng = np.random.default_rng(8)
COHORT = pd.DataFrame(
    rng.choice(["yes", "no", "not recorded"], (57, 4), p=[0.5, 0.4, 0.1]), columns=list("abcd")
)


def test_pairs_count_people_with_both_of_those_with_the_first() -> None:
    table = pairwise(tabulate_pairs(COHORT, list("abcd"))).set_index(["first", "second"])
    assert len(table) == 12
    for (first, second), row in table.iterrows():
        known = COHORT[COHORT[second] != "not recorded"]
        having = known[known[first] == "yes"]
        assert row["base"] == len(having)
        assert row["both"] == (having[second] == "yes").sum()
        assert row["percent"] == pytest.approx(100 * row["both"] / row["base"])
        assert row["low"] <= row["percent"] <= row["high"]


def test_phi_is_the_correlation_of_those_with_both_recorded() -> None:
    table = pairwise(tabulate_pairs(COHORT, list("abcd")))
    for row in table.itertuples():
        both = COHORT[[row.first, row.second]].replace("not recorded", np.nan).dropna() == "yes"
        assert row.recorded == len(both)
        assert row.phi == pytest.approx(both.astype(float).corr().iloc[0, 1])
        assert row.phi_low < row.phi < row.phi_high


@given(st.lists(st.integers(1, 40), min_size=4, max_size=4))
@settings(max_examples=60, deadline=None)
def test_the_interval_of_phi_is_the_numeric_delta_methods(cells: list[int]) -> None:
    def phi(p: np.ndarray) -> float:
        a, b = p[0] + p[1], p[0] + p[2]
        return float((p[0] - a * b) / np.sqrt(a * (1 - a) * b * (1 - b)))

    answers = [("yes", "yes"), ("yes", "no"), ("no", "yes"), ("no", "no")]
    rows = [answer for answer, n in zip(answers, cells, strict=True) for _ in range(n)]
    row = pairwise(tabulate_pairs(pd.DataFrame(rows, columns=["a", "b"]), ["a", "b"])).iloc[0]
    p = np.array(cells) / sum(cells)
    step = 1e-6
    # A cell is moved against the last one, so that the four still sum to 1.
    slope = np.array(
        [(phi(p + move) - phi(p - move)) / (2 * step) for move in step * (np.eye(4) - np.eye(4)[3])]
    )
    variance = slope @ (np.diag(p) - np.outer(p, p)) @ slope / sum(cells)
    error = (np.arctanh(row["phi_high"]) - np.arctanh(row["phi"])) / 1.959963984540054
    assert error * (1 - row["phi"] ** 2) == pytest.approx(np.sqrt(variance), rel=1e-3, abs=1e-6)
    assert phi(p) == pytest.approx(row["phi"])


def test_phi_is_not_given_an_interval_where_it_has_none() -> None:
    same = pd.DataFrame({"a": ["yes", "no", "no"], "b": ["yes", "no", "no"], "c": ["yes"] * 3})
    table = pairwise(tabulate_pairs(same, ["a", "b", "c"])).set_index(["first", "second"])
    assert table.loc[("a", "b"), "phi"] == pytest.approx(1)
    assert np.isnan(table.loc[("a", "b"), "phi_low"])
    assert np.isnan(table.loc[("a", "c"), "phi"])


def test_exact_sets_count_everyone_once_and_the_incomplete_apart() -> None:
    table = intersections(tabulate_combinations(COHORT, list("abcd")))
    complete = (COHORT != "not recorded").all(axis=1)
    assert table["n"].sum() == 57
    assert table["combination"].iloc[-1] == "not all recorded"
    assert table["n"].iloc[-1] == (~complete).sum()
    assert table["percent"].sum() == pytest.approx(100)
    for row in table.iloc[:-1].itertuples():
        members = [name for name in "abcd" if getattr(row, name)]
        exact = ((COHORT == "yes") == [name in members for name in "abcd"]).all(axis=1)
        assert row.n == (exact & complete).sum()
        assert row.combination == (" & ".join(members) or "none")
    assert table["n"].iloc[:-1].is_monotonic_decreasing


def test_the_number_of_conditions_counts_what_is_recorded() -> None:
    counted = stats.tabulate_combinations(COHORT, list("abcd"))
    table = with_percent(cumulative(counted).frame, "at_least", "base")
    held = (COHORT == "yes").sum(axis=1)
    incomplete = (COHORT == "not recorded").any(axis=1)
    for k, row in table.iterrows():
        assert row["n"] == (held == k).sum()
        assert row["n_incomplete"] == ((held == k) & incomplete).sum()
        assert row["at_least"] == (held >= k).sum()
    assert (table["base"] == 57).all()
    assert table["percent"].iloc[0] == 100


def test_one_suppressed_count_blanks_what_depends_on_it() -> None:
    counts = tabulate_combinations(COHORT, list("abcd"))
    counts.loc[0, "n"] = pd.NA
    assert intersections(counts)["percent"].isna().all()
    pairs = tabulate_pairs(COHORT, ["a", "b"])
    pairs.loc[(pairs["group"] == "yes") & (pairs["category"] == "yes"), "n"] = pd.NA
    hidden = pairwise(pairs)
    assert hidden[["both", "percent", "low", "phi", "phi_low"]].isna().all(axis=None)


def test_an_unknown_category_is_refused() -> None:
    with pytest.raises(UsageError, match="Did you mean 'yes'"):
        pairwise(tabulate_pairs(COHORT, ["a", "b"]), positive="yess")
    with pytest.raises(UsageError, match="Did you mean 'yes'"):
        cumulative(stats.tabulate_combinations(COHORT, ["a", "b"]), positive="yess")
