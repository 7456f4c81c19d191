from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pandas as pd
import pytest

from youthviolence.disclosure.merge import merged
from youthviolence.disclosure.policy import (
    build_policy,
    find_policy,
    marked_name,
    marks_of,
    policies,
)
from youthviolence.disclosure.protect import check_sum, protect
from youthviolence.errors import DataError, DisclosureError, UsageError
from youthviolence.sources.catalogue import Field, Merge

RELEASE = find_policy("release")


def changed(**values: Any) -> dict[str, Any]:
    item = {key: value for key, value in asdict(RELEASE).items() if key != "name"} | values
    return {key: value for key, value in item.items() if value is not None}


def test_the_list_of_policies_is_closed_and_only_internal_is_marked() -> None:
    assert list(policies()) == ["release", "internal"]
    assert [one.mark for one in policies().values()] == ["", "INTERNAL"]
    with pytest.raises(UsageError, match="Did you mean 'release'"):
        find_policy("relase")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (changed(thresold=5), "Did you mean 'threshold'"),
        (changed(threshold=None), "'threshold' must be given"),
        (changed(threshold="5"), "of type int"),
        (changed(threshold=True), "of type int"),
        (changed(minimum_base=0), "must be 1 or more"),
        (changed(protection_width=-1), "must be 0 or more"),
        (changed(show_records="no"), "of type bool"),
        (changed(rounding_base=11), "rounded to a zero that is none"),
    ],
)
def test_an_unknown_missing_or_senseless_key_of_a_policy_is_refused(
    item: dict[str, Any], said: str
) -> None:
    with pytest.raises(DisclosureError, match=said):
        build_policy("tried", item)


def test_a_mark_stands_in_the_names_of_files() -> None:
    assert (
        marks_of({"02": {"policy": "internal"}, "03": {"policy": "release"}, "01": {}})
        == "INTERNAL"
    )
    assert marks_of({"02": {"policy": "release"}}) == ""
    assert marked_name("exhibits/a-b.csv", "INTERNAL") == "exhibits/a-b_INTERNAL.csv"
    assert marked_name("index.html", "") == "index.html"


def test_a_count_that_is_shown_is_never_rounded_to_the_zero_of_nobody() -> None:
    frame = pd.DataFrame({"what": list("abcdefg"), "n": [0, 1, 4, 5, 7, 8, 57]})
    table = protect(frame, ["n"], "confidential", RELEASE).frame["n"]
    assert table.astype("object").where(table.notna(), None).tolist() == [
        0,
        None,
        None,
        5,
        5,
        10,
        55,
    ]


def test_a_sum_that_few_people_hold_is_refused() -> None:
    check_sum(pd.Series([10.0] * 10), RELEASE)
    with pytest.raises(DisclosureError, match="2 people hold more than 80 %"):
        check_sum(pd.Series([100.0, 90.0, 5, 5, 5, 5]), RELEASE)
    with pytest.raises(DisclosureError, match="fewer people than the policy's threshold"):
        check_sum(pd.Series([10.0, 10, 10, 10]), RELEASE)


def test_declared_merges_are_tried_in_order_and_only_for_small_categories() -> None:
    kind = pd.CategoricalDtype(["care", "hostel", "street", "home"])
    frame = pd.DataFrame(
        {"place": pd.Series(["care"] * 6 + ["hostel"] * 3 + ["home"] * 9, dtype=kind)}
    )
    merges = (
        Merge(("street", "hostel"), "hostel or street"),
        Merge(("care", "hostel or street"), "away from home"),
    )
    field = Field("place", "string", categories=tuple(kind.categories), merges=merges)
    table = merged(frame, [field], RELEASE)["place"]
    assert table.value_counts().to_dict() == {"away from home": 9, "home": 9}
    enough = frame["place"].replace({"street": "hostel"})
    more = pd.DataFrame({"place": pd.concat([enough, enough], ignore_index=True).astype(kind)})
    assert merged(more, [field], RELEASE)["place"].equals(more["place"])
    wrong = Field("place", "string", merges=(Merge(("tent", "home"), "x"),))
    with pytest.raises(DataError, match="no merge before it makes"):
        merged(frame, [wrong], RELEASE)
