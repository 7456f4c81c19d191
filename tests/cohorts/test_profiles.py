"""Percentages, intervals, table one and numeric summaries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from appendices.errors import DataError, UsageError
from tests.cohorts.frames import tabulate
from youthviolence.cohorts import COUNTS, numeric_summary, profile, table_one
from youthviolence.cohorts.profiles import interval

REFERENCE = pd.read_csv(Path(__file__).parent / "reference.csv", keep_default_na=False)
METHODS = ["wilson", "clopper-pearson", "jeffreys"]


def cohort() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "side": ["in"] * 4 + ["out"] * 6,
            "a": ["yes", "no", "yes", None, "yes", "yes", "no", "not recorded", "no", "no"],
            "b": ["yes"] * 10,
            "c": [None] * 10,
            "age": [13, 14, 15, 15, 16, 17, 17, 18, 24, None],
        }
    )


def one(frame: pd.DataFrame, **wanted: str) -> dict[str, Any]:
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return dict(frame.iloc[0])


@pytest.mark.parametrize("method", ["wilson", "clopper-pearson"])
def test_intervals_agree_with_r(method: str) -> None:
    rows = REFERENCE[REFERENCE["what"] == method].pivot(index="key", columns="name", values="value")
    assert len(rows) == 14
    for key, limits in rows.iterrows():
        n, base, level = (float(part) for part in str(key).split())
        low, high = interval(n, base, method, level)
        assert low == pytest.approx(limits["low"], abs=1e-12)
        assert high == pytest.approx(limits["high"], abs=1e-12)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=60, deadline=None)
def test_intervals_agree_with_their_definitions(case: tuple[int, int]) -> None:
    n, base = case
    posterior = stats.beta(n + 0.5, base - n + 0.5)
    expected = 0 if n == 0 else posterior.ppf(0.05), 1 if n == base else posterior.ppf(0.95)
    assert interval(n, base, "jeffreys", 0.9) == pytest.approx(expected)
    for name, method in (("wilson", "wilson"), ("clopper-pearson", "exact")):
        exact = stats.binomtest(n, base).proportion_ci(0.95, method)
        assert interval(n, base, name) == pytest.approx([exact.low, exact.high], abs=1e-9)


@given(
    st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from(METHODS),
    st.floats(0.5, 0.999),
)
@settings(max_examples=100, deadline=None)
def test_intervals_hold_the_estimate_and_mirror_the_complement(
    case: tuple[int, int], method: str, level: float
) -> None:
    n, base = case
    low, high = interval(n, base, method, level)
    assert 0 <= low <= n / base <= high <= 1
    other_low, other_high = interval(base - n, base, method, level)
    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low), abs=1e-9)


def test_a_profile_says_of_whom_and_keeps_missing_as_its_own_row() -> None:
    table = profile(tabulate(cohort(), ["a"]))
    yes, gone = one(table, category="yes"), one(table, category="not recorded")
    assert (yes["n"], yes["base"], yes["percent"]) == (4, 8, 50)
    assert yes["of_whom"] == "those with it recorded"
    assert (gone["n"], gone["base"], gone["percent"]) == (2, 10, 20)
    assert gone["of_whom"] == "everyone it applies to"
    whole = profile(tabulate(cohort(), ["a"]), missing="in base")
    assert (whole["base"] == 10).all()
    assert whole["percent"].sum() == pytest.approx(100)


def test_none_all_one_category_all_missing_and_an_empty_group_are_handled() -> None:
    counts = tabulate(
        cohort(), {"b": ["yes", "no"], "c": ["yes"]}, by="side", groups=["in", "out", "x"]
    )
    table = profile(counts)
    every = one(table, group="all", attribute="b", category="yes")
    assert (every["percent"], every["high"]) == (100, 100)
    nobody = one(table, group="all", attribute="b", category="no")
    assert (nobody["percent"], nobody["low"]) == (0, 0)
    unknown = one(table, group="all", attribute="c", category="yes")
    assert unknown["base"] == 0
    assert np.isnan([unknown["percent"], unknown["low"], unknown["high"]]).all()
    empty = table[table["group"] == "x"]
    assert (empty["base"] == 0).all()
    assert empty["percent"].isna().all()


@pytest.mark.parametrize("withheld", [["n"], ["base_recorded", "base_all"], list(COUNTS)])
def test_a_suppressed_count_gives_no_percentage_and_is_never_0(withheld: list[str]) -> None:
    counts = tabulate(cohort(), ["a", "b"], by="side")
    counts.loc[counts["attribute"] == "a", withheld] = pd.NA
    table = profile(counts)
    hidden, shown = table[table["attribute"] == "a"], table[table["attribute"] == "b"]
    assert hidden[["percent", "low", "high"]].isna().all(axis=None)
    assert shown["percent"].notna().all()
    if "n" in withheld:
        assert hidden["n"].isna().all()
    assert table_one(counts).query("attribute == 'a'")["all_percent"].isna().all()


def test_people_to_whom_it_does_not_apply_have_a_count_and_no_percentage() -> None:
    frame = pd.DataFrame({"a": ["yes", "not applicable", "not applicable"]})
    row = one(profile(tabulate(frame, ["a"])), kind="not applicable")
    assert row["n"] == 2
    assert pd.isna(row["base"])
    assert np.isnan(row["percent"])


def test_counts_above_their_base_and_unknown_options_are_refused() -> None:
    counts = tabulate(cohort(), ["a"])
    with pytest.raises(DataError, match="larger than its base"):
        profile(counts.assign(n=100))
    with pytest.raises(UsageError, match="Did you mean 'wilson'"):
        profile(counts, method="willson")
    with pytest.raises(UsageError, match="unknown treatment of missing values"):
        profile(counts, missing="drop")
    with pytest.raises(UsageError, match="between 0 and 1"):
        profile(counts, level=95)
    with pytest.raises(UsageError, match="no column base_all"):
        profile(counts.drop(columns="base_all"))


def test_table_one_has_a_row_for_people_and_two_columns_for_each_group() -> None:
    table = table_one(tabulate(cohort(), ["a", "b"], by="side"))
    assert list(table.columns[4:]) == [
        *("all_n", "all_percent", "in_n", "in_percent", "out_n", "out_percent"),
    ]
    assert list(table.loc[0, ["attribute", "all_n", "in_n", "out_n"]]) == ["people", 10, 4, 6]
    row = one(table, attribute="a", category="yes")
    assert (row["in_n"], row["out_n"]) == (2, 2)
    assert row["in_percent"] == pytest.approx(200 / 3)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=40))
@settings(max_examples=40, deadline=None)
def test_numeric_summaries_from_counts_equal_those_from_people(ages: list[int]) -> None:
    row = numeric_summary(tabulate(pd.DataFrame({"age": ages}), ["age"]), ["age"]).iloc[0]
    assert row["mean"] == pytest.approx(np.mean(ages))
    assert row["sd"] == pytest.approx(np.std(ages, ddof=1))
    quartiles = [row["lower_quartile"], row["median"], row["upper_quartile"]]
    assert quartiles == pytest.approx(list(np.percentile(ages, [25, 50, 75])))
    if row["sd"]:
        expected = stats.ttest_1samp(ages, 0).confidence_interval()
        assert (row["low"], row["high"]) == pytest.approx(expected)


def test_numeric_summaries_leave_out_what_is_unknown_and_refuse_words() -> None:
    counts = tabulate(cohort(), ["age", "a"], by="side")
    table = numeric_summary(counts, ["age"])
    assert list(table["n"]) == [9, 4, 5]
    assert list(table["missing"]) == [1, 0, 1]
    counts.loc[(counts["group"] == "in") & (counts["category"] == "13"), "n"] = pd.NA
    hidden = numeric_summary(counts, ["age"])
    assert hidden.loc[1, ["mean", "median", "sd"]].isna().all()
    with pytest.raises(UsageError, match="not numbers"):
        numeric_summary(counts, ["a"])


def test_both_treatments_of_the_missing_stand_one_below_the_other() -> None:
    frame = pd.DataFrame({"a": ["yes"] * 4 + ["no"] * 2 + ["not recorded"] * 4})
    table = profile(tabulate(frame, {"a": ["yes", "no"]}), missing="both")
    shares = list(
        zip(table["category"], table["of_whom"].str.split().str[0], table["percent"], strict=True)
    )
    assert shares == [
        ("yes", "everyone", 40), ("no", "everyone", 20), ("not recorded", "everyone", 40),
        ("yes", "those", pytest.approx(200 / 3)), ("no", "those", pytest.approx(100 / 3)),
    ]  # fmt: skip
