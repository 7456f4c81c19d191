"""From people to tables of counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appendices.errors import DataError, UsageError
from tests.cohorts.frames import tabulate, tabulate_combinations, tabulate_pairs

ANSWERS = ["yes", "no", "True", "1.0", "", "not recorded", None]

people = st.lists(
    st.tuples(
        st.sampled_from(["red", "blue", None]),
        st.sampled_from(ANSWERS),
        st.sampled_from([*ANSWERS, "not applicable"]),
        st.sampled_from([9, 13, 24, None]),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
).map(lambda rows: pd.DataFrame(rows, columns=["team", "a", "b", "age", "flag"]))


def small() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "team": ["red", "red", "blue", "blue", None],
            "a": ["yes", "no", "yes", None, "not recorded"],
            "b": ["yes", "not applicable", "no", "no", "yes"],
        }
    )


def cell(counts: pd.DataFrame, group: str, attribute: str, category: str) -> dict[str, Any]:
    row = counts.query("group == @group and attribute == @attribute and category == @category")
    assert len(row) == 1
    return dict(row.iloc[0])


def test_every_count_carries_its_bases_and_missing_is_a_row_of_its_own() -> None:
    counts = tabulate(small(), ["a", "b"], by="team")
    yes = cell(counts, "all", "a", "yes")
    assert [yes[k] for k in ("n", "base_recorded", "base_all", "missing")] == [2, 3, 5, 2]
    assert cell(counts, "all", "a", "not recorded")["n"] == 2
    assert cell(counts, "blue", "a", "not recorded")["n"] == 1
    assert cell(counts, "red", "b", "not recorded")["n"] == 0
    assert str(counts["n"].dtype) == "Int64"


def test_people_whose_group_is_missing_are_a_group_and_stay_in_the_total() -> None:
    counts = tabulate(small(), ["b"], by="team")
    assert cell(counts, "not recorded", "b", "yes")["group_kind"] == "missing"
    assert cell(counts, "all", "b", "yes")["n"] == 2


def test_people_to_whom_a_question_does_not_apply_are_in_no_base() -> None:
    row = cell(tabulate(small(), ["b"]), "all", "b", "not applicable")
    assert (row["n"], row["kind"], row["base_all"]) == (1, "not applicable", 4)


def test_a_declared_category_or_group_nobody_has_is_counted_as_0() -> None:
    counts = tabulate(
        small(), {"a": ["no", "yes", "sometimes"]}, by="team", groups=["green", "red", "blue"]
    )
    assert list(counts["category"][:4]) == ["no", "yes", "sometimes", "not recorded"]
    assert cell(counts, "all", "a", "sometimes")["n"] == 0
    green = cell(counts, "green", "a", "yes")
    assert [green[k] for k in ("n", "base_recorded", "base_all")] == [0, 0, 0]


def test_a_category_that_is_not_declared_is_an_error_that_does_not_show_it() -> None:
    frame = small().assign(a=["yes", "no", "Jane Canary", "no", "no"])
    with pytest.raises(DataError, match="'a' has 1 categories that are not declared") as caught:
        tabulate(frame, {"a": ["yes", "no"]})
    assert "Canary" not in str(caught.value)


def test_an_identifier_is_not_counted_as_an_attribute() -> None:
    frame = pd.DataFrame({"name": [f"person {i}" for i in range(300)]})
    with pytest.raises(DataError, match="identifier") as caught:
        tabulate(frame, ["name"])
    assert "person" not in str(caught.value).replace("people", "")


def test_an_unknown_attribute_is_named_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean 'team'"):
        tabulate(small(), ["a"], by="teams")


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot count a list"):
        tabulate([1, 2], ["a"])
    with pytest.raises(UsageError, match="leave one out"):
        tabulate(small(), ["a", "team"], by="team")
    with pytest.raises(UsageError, match="list of names"):
        tabulate(small(), "a")
    with pytest.raises(DataError, match="the name of the total"):
        tabulate(small().assign(team="all"), ["a"], by="team")


def test_nobody_at_all_gives_empty_bases_and_not_an_error() -> None:
    counts = tabulate(small().iloc[:0], {"a": ["yes", "no"]})
    assert list(counts["n"]) == [0, 0, 0]
    assert list(counts["base_all"]) == [0, 0, 0]


def test_whole_numbers_and_booleans_are_labels_in_number_order() -> None:
    frame = pd.DataFrame({"age": [13.0, 9.0, np.nan, 13.0], "flag": [True, False, True, True]})
    counts = tabulate(frame, ["age", "flag"])
    assert list(counts["category"]) == ["9", "13", "not recorded", "false", "true", "not recorded"]
    assert list(counts["n"]) == [1, 2, 1, 1, 3, 0]


@given(people, st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_does_not_matter(frame: pd.DataFrame, random: Any) -> None:
    order = list(range(len(frame)))
    random.shuffle(order)
    shuffled = frame.iloc[order]
    columns = ["a", "b", "age", "flag"]
    for make in (
        lambda f: tabulate(f, columns, by="team"),
        lambda f: tabulate_pairs(f, columns),
        lambda f: tabulate_combinations(f, columns),
    ):
        pd.testing.assert_frame_equal(make(frame), make(shuffled))


@given(people)
@settings(max_examples=40, deadline=None)
def test_groups_add_up_to_everyone_and_categories_to_their_base(frame: pd.DataFrame) -> None:
    counts = tabulate(frame, ["a", "b", "age"], by="team")
    parts = counts[counts["group_kind"] != "all"].groupby(["attribute", "category"])["n"].sum()
    whole = counts[counts["group_kind"] == "all"].set_index(["attribute", "category"])["n"]
    pd.testing.assert_series_equal(parts.sort_index(), whole.sort_index())
    recorded = counts[counts["kind"] == "recorded"].groupby(["group", "attribute"])
    assert (recorded["n"].sum() == recorded["base_recorded"].first()).all()
    assert (counts["base_recorded"] + counts["missing"] == counts["base_all"]).all()


def test_pairs_are_the_second_attribute_by_the_first() -> None:
    frame = small()
    expected = tabulate(frame, ["b"], by="a")
    pairs = tabulate_pairs(frame, ["a", "b"])
    pd.testing.assert_frame_equal(pairs, expected)
    assert len(tabulate_pairs(frame, ["a", "b", "team"]).groupby(["by", "attribute"])) == 3


def test_combinations_count_each_person_once_with_missing_as_na() -> None:
    table = tabulate_combinations(small(), ["a", "b"])
    assert table["n"].sum() == 5
    assert table[table["a"].isna()]["n"].sum() == 2
    for names in (["a", "n"], []):
        with pytest.raises(UsageError, match="at least one attribute"):
            tabulate_combinations(small().assign(n=1), names)


def test_a_categorical_column_brings_its_order_and_its_empty_categories() -> None:
    known = small()["a"].replace("not recorded", None)
    frame = small().assign(a=pd.Categorical(known, ["yes", "never", "no"]))
    counts = tabulate(frame, ["a"])
    assert list(counts["category"]) == ["yes", "never", "no", "not recorded"]
    assert list(counts["n"]) == [2, 0, 1, 2]
