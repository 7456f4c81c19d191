from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from figuremodel import conflicts
from figuremodel.conflicts import find_conflicts
from figuremodel.errors import UnknownNameError
from figuremodel.language import load_model
from tests.conftest import ROOT
from tests.figuremodel.files import constraint, model_of

A, B = {"a": "yes"}, {"b": "yes"}
CONSISTENT = [
    constraint("a-count", count={"of": A, "equals": 8}),
    constraint("b-count", count={"of": B, "equals": 12}),
    constraint("a-and-b", count={"of": A | B, "equals": 6}),
    constraint("a-mean-age", mean={"of": "age", "in": A, "equals": 12}),
    constraint("not-recorded", percent={"of": {"c": "not recorded"}, "equals": 10}),
]
PLANTED: dict[str, tuple[dict[str, Any], list[set[str]]]] = {
    "count": (
        constraint("x", count={"of": A | B, "at_least": 9}),
        [{"a-count", "x"}, {"a-and-b", "x"}],
    ),
    "percent": (
        constraint("x", percent={"of": B, "in": A, "equals": 50}),
        [{"a-count", "a-and-b", "x"}],
    ),
    "mean": (constraint("x", mean={"of": "age", "equals": 9}), [{"x"}]),
    "subset": (constraint("x", subset={"of": A, "in": B}), [{"a-count", "a-and-b", "x"}]),
    "definition": (
        constraint("x", definition={"of": {"c": "yes"}, "when": [A, {"not": A}]}),
        [{"not-recorded", "x"}],
    ),
    "compare": (
        constraint("x", compare={"of": A, "in": B, "is": "less", "than": {"b": "no"}}),
        [{"a-count", "b-count", "a-and-b", "x"}],
    ),
    "sum": (constraint("x", sum={"of": [A, B], "equals": 21}), [{"a-count", "b-count", "x"}]),
    "order": (constraint("x", order={"of": [A, B]}), [{"a-count", "b-count", "x"}]),
}


def test_a_consistent_register_has_no_conflict(tmp_path: Path) -> None:
    found = find_conflicts(model_of(tmp_path, *CONSISTENT))
    assert (found.knots, found.complete, found.consistent, found.note) == ((), True, True, "")


@pytest.mark.parametrize("relation", PLANTED)
def test_a_planted_contradiction_of_each_relation_is_named(tmp_path: Path, relation: str) -> None:
    planted, conflicts = PLANTED[relation]
    found = find_conflicts(model_of(tmp_path, *CONSISTENT, planted))
    assert found.complete
    assert found.consistent is False
    (knot,) = found.knots
    assert [set(one) for one in knot.conflicts] == conflicts
    assert ("x",) in knot.repairs


def test_every_conflict_and_every_smallest_repair_is_listed(tmp_path: Path) -> None:
    found = find_conflicts(
        model_of(
            tmp_path,
            constraint("a-8", count={"of": A, "equals": 8}),
            constraint("a-9", count={"of": A, "equals": 9}),
            constraint("a-10", count={"of": A, "equals": 10}),
            constraint("b-21", count={"of": B, "equals": 21}),
        )
    )
    first, second = found.knots
    assert first.conflicts == (("a-8", "a-9"), ("a-8", "a-10"), ("a-9", "a-10"))
    assert first.repairs == (("a-8", "a-9"), ("a-8", "a-10"), ("a-9", "a-10"))
    assert (second.conflicts, second.repairs) == ((("b-21",),), (("b-21",),))


def test_readings_are_left_out_when_only_figures_are_asked_for(tmp_path: Path) -> None:
    model = model_of(
        tmp_path,
        constraint("a-8", count={"of": A, "equals": 8}),
        constraint("most", kind="reading", percent={"of": A, "more_than": 50}),
    )
    assert find_conflicts(model, ("figure",)).consistent
    assert [knot.conflicts for knot in find_conflicts(model).knots] == [(("a-8", "most"),)]


def test_an_unknown_kind_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"kind of constraint 'figures'\. Did you mean"):
        find_conflicts(model_of(tmp_path, *CONSISTENT), ("figures",))


def test_another_number_of_people_conflicts_with_the_population(tmp_path: Path) -> None:
    model = model_of(tmp_path, constraint("x", count={"of": "everyone", "equals": 21}), people=20)
    assert [knot.conflicts for knot in find_conflicts(model).knots] == [(("x",),)]


def test_out_of_time_is_said_and_never_passed_over(tmp_path: Path) -> None:
    found = find_conflicts(model_of(tmp_path, *CONSISTENT), seconds=0)
    assert not found.complete
    assert found.consistent is None
    assert found.note == "not decided within 0 s whether there are more"


def published(name: str, **more: Any) -> set[frozenset[str]]:
    model = load_model(ROOT / "data" / "raw" / "constraints" / f"{name}.yml", **more)
    found = find_conflicts(model, ("figure",))
    assert found.complete
    return {frozenset(one) for knot in found.knots for one in knot.conflicts}


def test_the_published_figures_contradict_each_other_exactly_here() -> None:
    assert published("offenders") == {
        frozenset(
            {
                "domestic-abuse", "child-protection-plan", "both-abuse-and-plan",
                "familial-harm", "familial-harm-definition",
            }
        ),
        frozenset(
            {
                "social-care-history", "robbery", "robbery-social-care",
                "robbery-more-social-care",
            }
        ),
    }  # fmt: skip
    assert published("victims") == {
        frozenset({"neet", "neet-under-18", "neet-18-and-over"}),
        frozenset({"black-or-mixed-black", "black-majority"}),
    }
    assert published("network") == set()


def test_no_rounding_rule_makes_the_four_percentages_of_57_possible() -> None:
    path = ROOT / "data" / "raw" / "constraints" / "victims.yml"
    impossible = {}
    for rounding in ("half_up", "half_even", "truncate"):
        model = load_model(path, rounding=rounding)
        of_57 = {"exposure", "hospital-before", "details-known", "details-not-known"}
        found = find_conflicts(model)
        impossible[rounding] = {
            name
            for knot in found.knots
            for conflict in knot.conflicts
            if {"subset"} == set(conflict) - of_57
            for name in set(conflict) & of_57
        }
    assert impossible["half_up"] == impossible["half_even"] == {"exposure", "details-not-known"}
    assert impossible["truncate"] == {"exposure", "hospital-before"}


def test_readings_add_the_superset_the_halves_and_the_share_of_nodes() -> None:
    folder = ROOT / "data" / "raw" / "constraints"
    offenders = load_model(folder / "offenders.yml")
    wanted = {
        "gang-or-sexual-exploitation", "sexual-exploitation", "sexual-in-gang-or-sexual",
        "extra-familial-harm", "extra-familial-just-under-half",
    }  # fmt: skip
    some = [one for one in offenders.constraints if one.id in wanted]
    model = type(offenders)(**{**vars(offenders), "constraints": tuple(some), "repairs": ()})
    assert {one for knot in find_conflicts(model).knots for one in knot.conflicts} == {
        ("gang-or-sexual-exploitation", "sexual-exploitation", "sexual-in-gang-or-sexual"),
        ("extra-familial-harm", "extra-familial-just-under-half"),
    }
    (knot,) = find_conflicts(load_model(folder / "network.yml")).knots
    assert ("mapped-share-of-nodes",) in knot.repairs


@pytest.mark.parametrize(
    ("holds", "fails"),
    [
        ({"count": {"of": A, "more_than": 7}}, {"count": {"of": A, "more_than": 8}}),
        ({"count": {"of": A, "less_than": 9}}, {"count": {"of": A, "less_than": 8}}),
        ({"percent": {"of": A, "at_most": 40}}, {"percent": {"of": A, "less_than": 40}}),
        ({"percent": {"of": A, "at_least": 40}}, {"percent": {"of": A, "more_than": 40}}),
        ({"order": {"of": [A, B]}}, {"order": {"of": [A, B], "strictly": "yes"}}),
        (
            {"percent": {"of": B, "in": A, "at_least": 0}},
            {"percent": {"of": B, "in": {"c": "yes"}, "at_least": 0}},
        ),
    ],
)
def test_an_end_that_is_left_out_and_a_base_of_nobody_are_told_apart(
    tmp_path: Path, holds: dict[str, Any], fails: dict[str, Any]
) -> None:
    known = [
        constraint("a", count={"of": A, "equals": 8}),
        constraint("b", count={"of": B, "equals": 8}),
        constraint("c", count={"of": {"c": "yes"}, "equals": 0}),
    ]
    assert find_conflicts(model_of(tmp_path, *known, constraint("x", **holds))).consistent
    assert not find_conflicts(model_of(tmp_path, *known, constraint("x", **fails))).consistent


def test_a_search_cut_short_gives_conflicts_and_no_repair_that_may_not_be_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = [constraint(f"a-{n}", count={"of": A, "equals": n}) for n in (8, 9, 10)]
    model = model_of(tmp_path, *planted)
    partly = set()
    for turns in range(30):
        calls = iter(range(turns))

        def left(deadline: float, calls: Iterator[int] = calls) -> float:
            if next(calls, None) is None:
                raise TimeoutError
            return deadline

        monkeypatch.setattr(conflicts, "_left", left)
        found = find_conflicts(model)
        if found.complete:
            break
        assert all(knot.repairs == () for knot in found.knots)
        partly |= {len(knot.conflicts) for knot in found.knots}
    assert found.complete
    assert partly == {1, 2, 3}
