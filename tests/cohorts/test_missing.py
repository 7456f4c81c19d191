"""What is missing together, and how far it could move a percentage."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cohorts.frames import tabulate, tabulate_combinations
from youthviolence.cohorts import bounds, missing_patterns

answers = st.lists(st.sampled_from(["yes", "no", None]), min_size=1, max_size=30)


def test_patterns_name_what_is_missing_together() -> None:
    frame = pd.DataFrame(
        {"a": ["yes", None, "not recorded", "no"], "b": ["yes", None, None, "not recorded"]}
    )
    table = missing_patterns(tabulate_combinations(frame, ["a", "b"]))
    assert list(table["pattern"]) == ["complete", "b", "a & b"]
    assert list(table["n"]) == [1, 1, 2]
    assert list(table["a"]) == [False, False, True]
    assert table["percent"].sum() == pytest.approx(100)


@given(answers)
@settings(max_examples=60, deadline=None)
def test_the_bounds_are_those_of_filling_in_the_missing_each_way(given_answers: list[str]) -> None:
    frame = pd.DataFrame({"a": given_answers}, dtype="object")
    row = bounds(tabulate(frame, {"a": ["yes", "no"]})).iloc[0]
    for fill, column in (("no", "percent_lowest"), ("yes", "percent_highest")):
        assert row[column] == pytest.approx(100 * (frame["a"].fillna(fill) == "yes").mean())
    assert row["outer_low"] <= row["percent_lowest"] <= row["percent_highest"] <= row["outer_high"]
    if row["recorded"]:
        assert row["percent_lowest"] - 1e-9 <= row["percent"] <= row["percent_highest"] + 1e-9


def test_all_missing_says_anything_from_none_to_all() -> None:
    row = bounds(tabulate(pd.DataFrame({"a": [None, None]}), {"a": ["yes", "no"]})).iloc[0]
    assert (row["percent_lowest"], row["percent_highest"], row["width"]) == (0, 100, 100)
    assert pd.isna(row["percent"])


def test_suppressed_counts_have_no_bounds_and_rounded_ones_stay_within_everyone() -> None:
    counts = tabulate(pd.DataFrame({"a": ["yes"] * 8 + [None] * 3}), ["a"])
    rounded = counts.assign(n=[10, 5], base_recorded=10, base_all=10, missing=5)
    assert bounds(rounded)["percent_highest"].iloc[0] == 100
    hidden = bounds(counts.assign(missing=pd.NA)).iloc[0]
    assert pd.isna(hidden["percent_highest"])
    assert hidden["percent_lowest"] == pytest.approx(100 * 8 / 11)
