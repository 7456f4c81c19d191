"""Two groups: effects, intervals, tests, and a part against its whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from scipy.stats.contingency import relative_risk
from statsmodels.stats.proportion import confint_proportions_2indep

from appendices.errors import UsageError
from appendices.precision import Precision, measured_with
from tests.cohorts.frames import tabulate
from youthviolence.cohorts import compare
from youthviolence.cohorts.profiles import interval
from youthviolence.cohorts.two_groups import (
    difference,
    exact_p,
    odds_ratio,
    risk_ratio,
    standardised_difference,
)

REFERENCE = pd.read_csv(Path(__file__).parent / "reference.csv", keep_default_na=False)

group = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
tables = st.tuples(group, group).map(lambda pair: (*pair[0], *pair[1]))


def reference(what: str) -> pd.DataFrame:
    rows = REFERENCE[REFERENCE["what"] == what]
    return rows.pivot(index="key", columns="name", values="value").astype(float)


def people(cells: dict[tuple[str, str], int], attribute: str = "a") -> pd.DataFrame:
    rows = [(side, answer) for (side, answer), n in cells.items() for _ in range(n)]
    return pd.DataFrame(rows, columns=["side", attribute])


def robbery() -> pd.DataFrame:
    """57 people, 28 in the subgroup: counts of two attributes as (yes in, yes out)."""
    frame = people({("in", "yes"): 21, ("in", "no"): 7, ("out", "yes"): 13, ("out", "no"): 16})
    frame["b"] = ["yes"] * 21 + ["no"] * 7 + ["yes"] * 24 + ["no"] * 5
    return frame


def test_fisher_and_the_conditional_odds_ratio_agree_with_r() -> None:
    rows = reference("fisher")
    assert len(rows) == 12
    for key, expected in rows.iterrows():
        table = tuple(int(part) for part in str(key).split())
        assert exact_p(*table) == pytest.approx(expected["p"], rel=1e-9)
        estimate, low, high, method = odds_ratio(*table)
        assert method == "conditional, exact"
        for found, name in ((estimate, "odds_ratio"), (low, "low"), (high, "high")):
            if np.isnan(found):
                assert expected["odds_ratio"] == 0
                continue
            # R finds ratios above 1 by their inverse, with an absolute tolerance of 0.00012.
            pair = np.array([found, expected[name]])
            with np.errstate(divide="ignore"):
                pair = 1 / pair if pair[1] > 1 else pair
            assert pair[0] == pytest.approx(pair[1], abs=1.3e-4)


# Newcombe 1998, table II, method 10, as quoted in tests of several other packages.
@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_risk_differences_agree_with_newcombes_table(
    table: tuple[int, int, int, int], low: float, high: float
) -> None:
    assert difference(*table)[1:] == pytest.approx((low, high), abs=5e-5)


@given(tables)
@settings(max_examples=100, deadline=None)
def test_risk_differences_agree_with_statsmodels(table: tuple[int, int, int, int]) -> None:
    expected = confint_proportions_2indep(*table, method="newcomb", compare="diff")
    assert difference(*table)[1:] == pytest.approx(expected, abs=1e-9)


@given(tables)
@settings(max_examples=150, deadline=None)
def test_risk_ratios_agree_with_scipy_or_solve_the_hybrid_score_equation(
    table: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = table
    ratio, low, high, method = risk_ratio(*table)
    if method == "Katz log":
        expected = relative_risk(*table)
        limits = expected.confidence_interval(0.95)
        assert ratio == pytest.approx(expected.relative_risk)
        assert (low, high) == pytest.approx((limits.low, limits.high))
        return
    (l1, l2), (u1, u2) = interval([x1, x2], [n1, n2])
    p1, p2 = x1 / n1, x2 / n2

    def lower(theta: float) -> float:
        return p1 - theta * p2 - np.hypot(p1 - l1, theta * (u2 - p2))

    def upper(theta: float) -> float:
        return p1 - theta * p2 + np.hypot(u1 - p1, theta * (p2 - l2))

    if x1:
        assert low == pytest.approx(optimize.brentq(lower, 0, 1e6), rel=1e-6)
    else:
        assert low == 0
    if x2:
        assert high == pytest.approx(optimize.brentq(upper, 0, 1e6), rel=1e-6)
    else:
        assert high == np.inf


@given(tables, st.floats(0.6, 0.99))
@settings(max_examples=100, deadline=None)
def test_intervals_hold_their_estimate_and_mirror_when_groups_or_categories_swap(
    table: tuple[int, int, int, int], level: float
) -> None:
    x1, n1, x2, n2 = table
    estimate, low, high = difference(*table, level)
    assert low - 1e-12 <= estimate <= high + 1e-12
    complement = difference(n1 - x1, n1, n2 - x2, n2, level)
    swapped = difference(x2, n2, x1, n1, level)
    for other in (complement, swapped):
        assert (-other[0], -other[2], -other[1]) == pytest.approx((estimate, low, high), abs=1e-9)
    for function in (risk_ratio, odds_ratio):
        value, least, most, _ = function(*table, level)
        assert np.isnan(value) or least <= value * (1 + 1e-9)
        assert np.isnan(value) or value <= most * (1 + 1e-9)
        assert least <= most
    assert exact_p(*table) == pytest.approx(exact_p(x2, n2, x1, n1))


def test_the_odds_ratio_of_a_large_table_is_the_samples_with_woolfs_interval() -> None:
    estimate, low, high, method = odds_ratio(5000, 10_000, 4000, 9000)
    assert method == "sample, Woolf"
    assert estimate == pytest.approx(1.25)
    error = 1.959963984540054 * np.sqrt(1 / 5000 + 1 / 5000 + 1 / 4000 + 1 / 5000)
    assert (low, high) == pytest.approx((1.25 * np.exp(-error), 1.25 * np.exp(error)))
    assert odds_ratio(5000, 10_000, 0, 9000)[0] == np.inf


@pytest.mark.parametrize(
    "table", [(0, 8, 3, 9), (3, 8, 0, 9), (8, 8, 4, 9), (7, 10, 2, 12), (0, 4, 0, 5), (4, 4, 5, 5)]
)
def test_barnards_p_is_the_largest_probability_of_tables_as_extreme(
    table: tuple[int, int, int, int],
) -> None:
    x1, n1, x2, n2 = table
    y1, y2 = np.meshgrid(np.arange(n1 + 1), np.arange(n2 + 1), indexing="ij")
    pooled = (y1 + y2) / (n1 + n2)
    spread = np.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n2))
    score = np.abs(
        np.divide(y1 / n1 - y2 / n2, spread, out=np.zeros_like(spread), where=spread > 0)
    )
    extreme = score >= score[x1, x2] - 1e-9
    chances = [
        stats.binom.pmf(np.arange(n1 + 1), n1, p)
        @ extreme
        @ stats.binom.pmf(np.arange(n2 + 1), n2, p)
        for p in np.linspace(0.001, 0.999, 999)
    ]
    assert exact_p(*table, "barnard") == pytest.approx(max(chances), rel=1e-3)


def test_barnard_refuses_groups_that_take_too_long() -> None:
    with pytest.raises(UsageError, match="use 'fisher'"):
        exact_p(500, 1000, 400, 1000, "barnard")
    with pytest.raises(UsageError, match="Did you mean 'barnard'"):
        exact_p(5, 10, 4, 10, "barnards")


def test_the_standardised_difference_is_over_the_mean_spread() -> None:
    assert standardised_difference(0.75, 0.25) == pytest.approx(0.5 / np.sqrt(0.1875))
    assert np.isnan(standardised_difference(1, 0))


def test_a_comparison_holds_both_sides_and_every_effect() -> None:
    table = compare(tabulate(robbery(), ["a", "b"], by="side"), "in")
    row = table.iloc[0]
    assert list(row[["subgroup_n", "subgroup_base", "reference_n", "reference_base"]]) == [
        *(21, 28, 13, 29),
    ]
    assert row["difference"] == pytest.approx(100 * (21 / 28 - 13 / 29))
    assert row["p"] == pytest.approx(0.0307288285363866)
    assert row["comparison"] == "separate groups"
    assert (table["family"] == 2).all()


def test_p_values_are_adjusted_over_the_family() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.choice(["yes", "no"], (57, 9)), columns=list("abcdefghi"))
    frame = frame.assign(side=["in"] * 28 + ["out"] * 29, a=robbery()["a"])
    table = compare(tabulate(frame, list("abcdefghi"), by="side"), "in")
    p = table["p"].to_numpy()
    assert list(table["p_bh"]) == pytest.approx(list(stats.false_discovery_control(p)))
    steps = np.maximum.accumulate(np.sort(p) * np.arange(9, 0, -1)).clip(max=1)
    assert sorted(table["p_holm"]) == pytest.approx(list(steps))
    assert (table["p"] <= table["p_bh"]).all()
    assert (table["p_bh"] <= table["p_holm"]).all()


def test_the_family_is_what_the_caller_names() -> None:
    counts = tabulate(robbery(), ["a", "b"], by="side")
    assert len(compare(counts, "in", attributes=["b"])) == 1
    by_name = compare(counts, "in", positive={"b": "no"})
    assert list(by_name["category"]) == ["no"]


def test_against_the_whole_the_shared_people_are_taken_into_account() -> None:
    counts = tabulate(robbery(), ["a"], by="side")
    rest, whole = (compare(counts, "in", against).iloc[0] for against in ("rest", "whole"))
    assert (whole["reference_n"], whole["reference_base"]) == (34, 57)
    assert whole["difference"] == pytest.approx(100 * (21 / 28 - 34 / 57))
    assert whole["risk_ratio"] == pytest.approx((21 / 28) / (34 / 57))
    assert whole["p"] == rest["p"]
    assert whole["comparison"] == "part of the whole"
    assert np.isnan(whole["odds_ratio"])
    assert "not defined" in whole["odds_method"]
    for end in ("low", "high"):
        assert whole[f"difference_{end}"] == pytest.approx(29 / 57 * rest[f"difference_{end}"])
    assert whole["risk_ratio_low"] < whole["risk_ratio"] < whole["risk_ratio_high"]


def test_the_interval_against_the_whole_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    p1, p2, n1, n2, draws = 0.7, 0.5, 28, 29, 4000
    x1, x2 = rng.binomial(n1, p1, draws), rng.binomial(n2, p2, draws)
    truth = p1 - (n1 * p1 + n2 * p2) / (n1 + n2)
    part = n2 / (n1 + n2)
    limits = {
        pair: difference(pair[0], n1, pair[1], n2)[1:] for pair in set(zip(x1, x2, strict=True))
    }
    covered = [
        part * limits[pair][0] <= truth <= part * limits[pair][1]
        for pair in zip(x1, x2, strict=True)
    ]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.015)


def test_people_with_the_grouping_missing_are_in_the_whole_and_not_in_the_rest() -> None:
    frame = pd.concat([robbery(), pd.DataFrame({"side": [None] * 3, "a": ["yes"] * 3})])
    counts = tabulate(frame, ["a"], by="side")
    assert compare(counts, "in")["reference_base"].iloc[0] == 29
    assert compare(counts, "in", "whole")["reference_base"].iloc[0] == 60
    assert compare(counts, "in", "not recorded")["reference_n"].iloc[0] == 3


def test_with_the_grouping_missing_for_some_rest_and_whole_are_two_tests() -> None:
    cells = {"in": (109, 64), "out": (115, 100), None: (49, 42)}
    frame = pd.DataFrame(
        [(side, answer) for side, sizes in cells.items()
         for answer, n in zip(("yes", "no"), sizes, strict=True) for _ in range(n)],
        columns=["side", "a"],
    )  # fmt: skip
    counts = tabulate(frame, ["a"], by="side")
    rest, whole = (compare(counts, "in", against).iloc[0] for against in ("rest", "whole"))
    assert (round(rest["p"], 3), round(whole["p"], 3)) == (0.063, 0.055)
    assert rest["difference_low"] < 0 < whole["difference_low"]


@pytest.mark.parametrize("against", ["rest", "whole"])
def test_what_a_suppressed_count_touches_is_na_and_leaves_the_family(against: str) -> None:
    counts = tabulate(robbery(), ["a", "b"], by="side")
    counts.loc[(counts["attribute"] == "a") & (counts["group"] == "in"), "n"] = pd.NA
    table = compare(counts, "in", against)
    hidden = table.iloc[0]
    effects = ["subgroup_percent", "difference", "risk_ratio_low", "odds_ratio", "p", "p_holm"]
    assert hidden[effects].isna().all()
    assert pd.isna(hidden["subgroup_n"])
    assert (table["family"] == 1).all()
    assert table["p_holm"].iloc[1] == table["p"].iloc[1]


def test_an_empty_group_and_counts_rounded_apart_are_not_compared() -> None:
    counts = tabulate(robbery(), ["a"], by="side", groups=["in", "out", "none"])
    assert np.isnan(compare(counts, "none")["p"].iloc[0])
    counts.loc[(counts["group"] == "in") & (counts["category"] == "yes"), "n"] = 35
    counts.loc[counts["group"] == "in", "base_recorded"] = 40
    assert np.isnan(compare(counts, "in", "whole")["difference"].iloc[0])


@pytest.mark.parametrize(("subgroup", "reference"), [("many", "few"), ("few", "many")])
def test_a_group_smaller_than_the_smallest_base_is_not_compared(
    subgroup: str, reference: str
) -> None:
    cells = {("many", "yes"): 9, ("many", "no"): 8, ("few", "yes"): 2, ("few", "no"): 2}
    counts = tabulate(people(cells), ["a"], by="side")
    assert compare(counts, subgroup, reference)["p"].notna().all()
    with measured_with(Precision(smallest_base=5)):
        (row,) = compare(counts, subgroup, reference).to_dict("records")
    assert np.isnan([row["difference"], row["risk_ratio"], row["odds_ratio"], row["p"]]).all()


def test_nobody_in_one_group_keeps_an_interval_and_says_how_it_was_got() -> None:
    frame = people({("in", "no"): 28, ("out", "yes"): 5, ("out", "no"): 24})
    row = compare(tabulate(frame, ["a"], by="side"), "in").iloc[0]
    assert (row["risk_ratio"], row["risk_ratio_low"]) == (0, 0)
    assert 0 < row["risk_ratio_high"] < np.inf
    assert row["ratio_method"] == "MOVER Wilson"
    whole = compare(tabulate(frame, ["a"], by="side"), "in", "whole").iloc[0]
    assert (whole["risk_ratio"], whole["risk_ratio_low"]) == (0, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subgroup": "inn"}, "Did you mean 'in'"),
        ({"reference": "hole"}, "Did you mean 'whole'"),
        ({"reference": "in"}, "unknown reference"),
        ({"positive": "yess"}, "Did you mean 'yes'"),
        ({"attributes": ["z"]}, "unknown attribute"),
        ({"positive": {"a": "yes"}, "attributes": ["a", "b"]}, "does not say which category"),
        ({"test": "chi2"}, "unknown test"),
        ({"level": 95}, "between 0 and 1"),
    ],
)
def test_unknown_names_are_refused_with_the_nearest(options: dict[str, Any], message: str) -> None:
    counts = tabulate(robbery(), ["a", "b"], by="side")
    with pytest.raises(UsageError, match=message):
        compare(counts, **{"subgroup": "in", **options})
