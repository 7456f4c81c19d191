from __future__ import annotations

from typing import Any

import pytest

from appendices.disclosure.policy import (
    build_policy,
    find_policy,
    marked_name,
    marks_of,
    policies,
    strictest,
)
from appendices.errors import DataError, UsageError

RELEASE = find_policy("release")


def changed(**values: Any) -> dict[str, Any]:
    item = {key: value for key, value in dict(RELEASE).items() if key != "name"} | values
    return {key: value for key, value in item.items() if value is not None}


def test_the_list_of_policies_is_closed_and_only_internal_is_marked() -> None:
    assert list(policies()) == ["release", "release10", "internal"]
    assert [one.mark for one in policies().values()] == ["", "", "INTERNAL"]
    with pytest.raises(UsageError, match="Did you mean 'release'"):
        find_policy("relase")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (changed(thresold=5), "Did you mean 'threshold'"),
        (changed(threshold=None), "'threshold': is missing"),
        (changed(threshold="5"), "'threshold': expected a whole number, found a text"),
        (changed(threshold=True), "expected a whole number, found true or false"),
        (changed(minimum_base=0), "of at least 1, found a number"),
        (changed(noise_variance=-1), "of at least 0, found a number"),
        (changed(show_records="no"), "expected true or false, found a text"),
        (changed(noise_variance=0), "has noise, a threshold and a"),
        (changed(threshold=1), "has noise, a threshold and a"),
        (changed(rounding_base=1), "has noise, a threshold and a"),
    ],
)
def test_an_unknown_missing_or_senseless_key_of_a_policy_is_refused(
    item: dict[str, Any], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        build_policy("tried", item)


def test_a_mark_stands_in_the_names_of_files() -> None:
    assert (
        marks_of({"02": {"policy": "internal"}, "03": {"policy": "release"}, "01": {}})
        == "INTERNAL"
    )
    assert marks_of({"02": {"policy": "release"}}) == ""
    assert marked_name("exhibits/a-b.csv", "INTERNAL") == "exhibits/a-b_INTERNAL.csv"
    assert marked_name("index.html", "") == "index.html"


def test_of_several_policies_the_one_that_lets_out_least_is_in_force() -> None:
    assert strictest(["internal", "release"]) == "release"
    assert strictest(["release10", "release", "internal"]) == "release10"
