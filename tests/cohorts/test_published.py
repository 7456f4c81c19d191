"""What printed figures can mean without the records."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appendices.errors import UsageError
from tests.cohorts.frames import tabulate
from youthviolence.cohorts import (
    linkage_bounds,
    linkage_table,
    possible_counts,
    readings,
    readings_table,
    selection_bounds,
    selection_table,
)


@given(st.integers(1, 600), st.integers(0, 100), st.integers(0, 1))
@settings(max_examples=100, deadline=None)
def test_possible_counts_are_all_that_round_to_the_percent(
    base: int, percent: int, decimals: int
) -> None:
    half = 0.5 * 10**-decimals
    fits = [n for n in range(base + 1) if abs(100 * n / base - percent) <= half + 1e-9]
    fewest, most = possible_counts(percent, base, decimals)
    assert list(range(fewest, most + 1)) == fits


def test_a_percent_no_count_rounds_to_is_found_out() -> None:
    fewest, most = possible_counts(97, 57)
    assert fewest > most
    assert possible_counts(96, 57) == (55, 55)


def figures(sizes: list[int], percents: list[float]) -> pd.DataFrame:
    names, part_of = ["young", "13-15", "16-17", "adult"], [None, "young", "young", None]
    return pd.DataFrame({"figure": names, "percent": percents, "size": sizes, "part_of": part_of})


def test_only_the_readings_the_arithmetic_allows_are_possible() -> None:
    # 36 % of 100 people; the printed percentages are shares of those 36.
    table = readings(figures([50, 20, 30, 50], [44, 17, 28, 56]), 100, 36)
    assert len(table) == 12 * 4
    possible = table[table["possible"]]
    assert set(possible["of_whom"]) == {"everyone with the condition"}
    assert list(possible["fewest"]) == [16, 6, 10, 20]
    refused = table[~table["possible"]]
    assert (refused["why_not"] != "").all()


@given(
    st.lists(st.integers(1, 12), min_size=3, max_size=3),
    st.lists(st.integers(0, 20), min_size=4, max_size=4),
    st.integers(0, 4),
    st.integers(0, 20),
)
@settings(max_examples=60, deadline=None)
def test_possible_readings_are_those_for_which_whole_people_can_be_found(
    sizes: list[int], steps: list[int], elsewhere: int, condition: int
) -> None:
    first, second, adult = sizes
    young, people = first + second, first + second + adult + elsewhere
    percents = [5.0 * step for step in steps]
    table = readings(figures([young, first, second, adult], percents), people, 5.0 * condition)

    def near(n: int, base: int, percent: float) -> bool:
        return bool(base) and abs(100 * n / base - percent) <= 0.5 + 1e-9

    def exists(of_whom: list[str]) -> bool:
        for a, b, c, d in product(*(range(n + 1) for n in (first, second, adult, elsewhere))):
            with_it = a + b + c + d
            if not near(with_it, people, 5.0 * condition):
                continue
            base = {
                "everyone": [people] * 4,
                "everyone with the condition": [with_it] * 4,
                "its own group": [young, first, second, adult],
                "the group it is part of": [0, young, young, 0],
            }
            counts = [a + b, a, b, c]
            bases = [base[whom][i] for i, whom in enumerate(of_whom)]
            if all(near(n, m, p) for n, m, p in zip(counts, bases, percents, strict=True)):
                return True
        return False

    for _, rows in table.groupby("reading"):
        # Nobody has it: a percentage of them says nothing, and any is allowed.
        if condition == 0:
            continue
        assert rows["possible"].iloc[0] == exists(list(rows["of_whom"]))


def test_a_reading_that_fails_for_another_reason_at_each_total_says_so() -> None:
    # 30 % of 148 are 44 or 45: of 44, 75 % are more than the 11 there are; of 45, none are 25 %.
    table = pd.DataFrame({"figure": ["a", "b"], "percent": [25, 75], "size": [24, 11]})
    found = readings(table.assign(part_of=None), 148, 30).query("reading == 3")
    assert set(found["why_not"]) == {"the figures fit no one number of people with the condition"}
    assert not found["possible"].any()


def test_figures_that_are_not_a_table_of_groups_are_refused() -> None:
    table = figures([50, 20, 30, 50], [44, 17, 27, 56])
    with pytest.raises(UsageError, match="size"):
        readings(table.drop(columns="size"), 100, 36)
    with pytest.raises(UsageError, match="old"):
        readings(table.assign(part_of=[None, "old", "old", None]), 100, 36)


@given(
    st.integers(1, 40).flatmap(
        lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(0, n))
    )
)
@settings(max_examples=60, deadline=None)
def test_selection_bounds_are_met_and_never_passed(case: tuple[int, int, int]) -> None:
    people, selected, with_it = case
    table = selection_bounds(with_it, people, selected)
    inside = [k for k in range(selected + 1) if 0 <= with_it - k <= people - selected]
    assert list(table.loc[1, ["fewest", "most"]]) == [min(inside), max(inside)]
    assert list(table.loc[2, ["fewest", "most"]]) == [with_it - max(inside), with_it - min(inside)]


def test_two_cohorts_that_are_not_linked_may_share_nobody_or_all_of_the_smaller() -> None:
    table = linkage_bounds(479, 57)
    assert list(table["fewest"]) == [0, 0]
    assert list(table["most"]) == [57, 57]
    assert table["percent_highest"].iloc[1] == 100
    assert list(linkage_bounds(60, 57, population=100)["fewest"]) == [17, 17]


def test_unknown_counts_have_unknown_bounds() -> None:
    assert selection_bounds(np.nan, 57, 25)["fewest"].isna().all()


PRINTED = pd.DataFrame(
    {
        "figure": ["everyone", "young", "13-15", "16-18", "adult"],
        "size": [479, 227, 111, 116, 297],
        "recorded": [333, 81, 14, 67, 297],
        "part_of": [None, None, "young", "young", None],
    }
).astype({"size": "Int64", "recorded": "Int64"})
PERCENTS = dict(zip(PRINTED["figure"], [36, 44, 17, 27, 45], strict=True))


def test_a_reading_of_those_recorded_can_reconcile_what_no_other_does() -> None:
    # Two groups that overlap by 45 people; the printed numbers hold of those recorded only.
    table = readings_table(PRINTED, "everyone", PERCENTS).set_index("reading")
    assert list(table.index[table["possible"] == "yes"]) == ["14"]
    found = table.loc["14"]
    assert found["groups"] == "those recorded in its own group"
    assert found["parts"] == "those recorded in the group it is part of"
    assert (table.loc[table["possible"] == "no", "why_not"] != "").all()


def test_no_reading_is_tried_with_a_withheld_size() -> None:
    blank = PRINTED.assign(recorded=PRINTED["recorded"].mask(PRINTED["recorded"] < 20))
    assert list(readings_table(blank, "everyone", PERCENTS)["possible"]) == ["cannot be said"]
    with pytest.raises(UsageError, match="figure 'everybody'"):
        readings_table(PRINTED, "everybody", PERCENTS)


def test_selection_is_bounded_from_a_table_of_counts() -> None:
    people = pd.DataFrame(
        {"victim": ["yes"] * 8 + ["no"] * 2, "route": ["report"] * 4 + ["other"] * 6}
    )
    counts = tabulate(people, ["victim", "route"])
    counts = counts[counts["category"].isin(["yes", "report"])]
    table = selection_table(counts, ["victim"], "route").set_index(["whom", "bound"])
    assert table.loc[("the others", "at least"), ["n", "base"]].tolist() == [4, 6]
    assert table.loc[("the others", "at most"), "percent"] == 100
    withheld = selection_table(
        counts.assign(n=counts["n"].mask(counts["n"] < 5)), ["victim"], "route"
    )
    assert withheld.query("whom == 'the others'")["percent"].isna().all()
    with pytest.raises(UsageError, match="attribute 'victims'"):
        selection_table(counts, ["victims"], "route")


def test_two_lists_without_a_link_may_share_nobody_or_all_of_the_smaller() -> None:
    sizes = pd.DataFrame({"cohort": ["a", "b"], "n": pd.array([10, 40], dtype="Int64")})
    table = linkage_table(sizes, "a", "b")
    assert table["n"].tolist() == [0, 10, 0, 10]
    assert table["percent"].tolist() == [0, 100, 0, 25]
    assert linkage_table(sizes.assign(n=pd.array([pd.NA, 40])), "a", "b")["percent"].isna().all()
    with pytest.raises(UsageError, match="cohort 'c'"):
        linkage_table(sizes, "a", "c")
