"""Power, detectable differences and fragility."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.power import NormalIndPower

from appendices.errors import UsageError
from tests.cohorts.frames import tabulate
from youthviolence.cohorts import compare, detectable, fragility, minimal_detectable, power
from youthviolence.cohorts.detectable import fisher_p_values


def people(x1: int, n1: int, x2: int, n2: int) -> pd.DataFrame:
    answers = ["yes"] * x1 + ["no"] * (n1 - x1) + ["yes"] * x2 + ["no"] * (n2 - x2)
    return pd.DataFrame({"side": ["in"] * n1 + ["out"] * n2, "a": answers})


def comparison(x1: int, n1: int, x2: int, n2: int, reference: str = "rest") -> pd.DataFrame:
    return compare(
        tabulate(people(x1, n1, x2, n2), {"a": ["yes", "no"]}, by="side"), "in", reference
    )


@pytest.mark.parametrize(("n1", "n2"), [(1, 1), (4, 9), (9, 4), (12, 12)])
def test_the_p_of_every_table_is_scipys(n1: int, n2: int) -> None:
    found = fisher_p_values(n1, n2)
    for x1 in range(n1 + 1):
        for x2 in range(n2 + 1):
            expected = stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue
            assert found[x1, x2] == pytest.approx(expected, rel=1e-9)


def test_exact_power_is_the_share_of_simulated_groups_in_which_fishers_test_rejects() -> None:
    rng = np.random.default_rng(2)
    n1, n2, p1, p2, draws = 28, 29, 0.8, 0.45, 3000
    rejected = [
        stats.fisher_exact([[a, n1 - a], [b, n2 - b]]).pvalue <= 0.05
        for a, b in zip(rng.binomial(n1, p1, draws), rng.binomial(n2, p2, draws), strict=True)
    ]
    assert power(p1, p2, n1, n2) == pytest.approx(np.mean(rejected), abs=0.025)


def test_without_a_difference_the_exact_test_rejects_at_most_as_often_as_it_says() -> None:
    assert all(power(p, p, 28, 29) <= 0.05 for p in np.linspace(0, 1, 21))


def test_normal_power_is_the_arcsine_approximation_and_close_to_exact_in_large_groups() -> None:
    effect = 2 * np.arcsin(np.sqrt(0.5)) - 2 * np.arcsin(np.sqrt(0.4))
    expected = NormalIndPower().power(effect, 400, 0.05, ratio=1.25)
    assert power(0.5, 0.4, 400, 500, method="normal") == pytest.approx(expected)
    assert power(0.5, 0.4, 400, 500) == pytest.approx(expected, abs=0.03)
    assert power(0.4, 0.4, 400, 500, method="normal") == pytest.approx(0.05)


def test_the_minimal_detectable_difference_has_the_power_asked_for() -> None:
    below, above = minimal_detectable(28, 29, 0.45, target=0.8)
    assert below < 0.45 < above
    for p1 in (below, above):
        assert power(p1, 0.45, 28, 29) == pytest.approx(0.8, abs=1e-6)
    below, above = minimal_detectable(5000, 5000, 0.45)
    assert power(above, 0.45, 5000, 5000, method="normal") == pytest.approx(0.8, abs=1e-6)
    assert above - 0.45 < 0.03


def test_where_no_difference_is_large_enough_none_is_given() -> None:
    below, above = minimal_detectable(28, 29, 0.05)
    assert np.isnan(below)
    assert above > 0.3
    assert np.isnan(minimal_detectable(2, 2, 0.5)).all()


def test_each_row_of_a_comparison_gets_its_detectable_difference() -> None:
    row = detectable(comparison(21, 28, 13, 29)).iloc[0]
    assert row["baseline_percent"] == pytest.approx(100 * 13 / 29)
    assert row["method"] == "exact"
    fall = row["baseline_percent"] - row["detectable_below"]
    rise = row["detectable_above"] - row["baseline_percent"]
    assert (row["smallest_fall"], row["smallest_rise"]) == pytest.approx((fall, rise))


def test_a_claim_of_more_needs_the_rise_and_not_the_smaller_fall() -> None:
    row = detectable(comparison(21, 28, 13, 29)).iloc[0]
    assert round(row["smallest_fall"]) == 34
    assert round(row["smallest_rise"]) == 37
    assert row["smallest_rise"] > row["observed_difference"] > 0


@pytest.mark.parametrize(
    "table", [(21, 28, 13, 29), (14, 28, 9, 29), (0, 10, 9, 9), (5, 10, 5, 10), (3, 12, 0, 11)]
)
def test_fragility_is_the_fewest_changes_that_turn_the_conclusion(
    table: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = table

    def found(a: int, b: int) -> bool:
        return bool(stats.fisher_exact([[a, n1 - a], [b, n2 - b]]).pvalue <= 0.05)

    fewest = min(
        abs(a - x1) + abs(b - x2)
        for a in range(n1 + 1)
        for b in range(n2 + 1)
        if found(a, b) != found(x1, x2)
    )
    row = fragility(comparison(*table)).iloc[0]
    assert row["fragility"] == fewest
    assert (row["conclusion"] == "a difference is found") == found(x1, x2)
    turned = row["turned_subgroup_n"], row["turned_reference_n"]
    assert found(*turned) != found(x1, x2)
    assert abs(turned[0] - x1) + abs(turned[1] - x2) == fewest


def test_a_conclusion_that_no_change_turns_has_no_fragility() -> None:
    row = fragility(comparison(1, 2, 0, 2)).iloc[0]
    assert row["conclusion"] == "no difference is found"
    assert pd.isna(row["fragility"])


def test_suppressed_counts_and_empty_groups_give_na() -> None:
    counts = tabulate(people(21, 28, 13, 29), ["a"], by="side", groups=["in", "out", "x"])
    empty = compare(counts, "x")
    counts.loc[counts["group"] == "in", "n"] = pd.NA
    for table in (compare(counts, "in"), empty):
        assert pd.isna(fragility(table)["fragility"].iloc[0])
        if table is empty:
            assert np.isnan(detectable(table)["smallest_rise"].iloc[0])


def test_a_part_against_its_whole_is_refused_and_so_are_groups_too_large() -> None:
    nested = comparison(21, 28, 13, 29, "whole")
    for function in (detectable, fragility):
        with pytest.raises(UsageError, match="reference='rest'"):
            function(nested)
    with pytest.raises(UsageError, match="use 'normal'"):
        power(0.5, 0.4, 2000, 2000)
    with pytest.raises(UsageError, match="unknown power method"):
        power(0.5, 0.4, 20, 20, method="guess")


def test_the_differences_that_would_be_missed_lie_between_those_found() -> None:
    people = pd.DataFrame(
        {
            "side": ["in"] * 28 + ["out"] * 29,
            "a": ["yes"] * 21 + ["no"] * 7 + ["yes"] * 27 + ["no"] * 2,
        }
    )
    row = detectable(compare(tabulate(people, {"a": ["yes", "no"]}, by="side"), "in")).iloc[0]
    assert row["missed_low"] == pytest.approx(row["detectable_below"] - row["baseline_percent"])
    assert np.isnan(row["detectable_above"])
    assert row["missed_high"] == pytest.approx(100 - row["baseline_percent"])
