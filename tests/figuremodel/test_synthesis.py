from __future__ import annotations

import math
import tempfile
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import UsageError
from figuremodel import synthesis
from figuremodel.conditions import grid
from figuremodel.conflicts import find_conflicts
from figuremodel.errors import ConstraintError
from figuremodel.language import Constraint, Model, load_model
from figuremodel.people import as_columns, unmet
from figuremodel.relations import Rates
from figuremodel.synthesis import associations, synthesise
from tests.conftest import ROOT
from tests.figuremodel.files import constraint, model_of, save, written
from youthviolence.cohorts.synthetic import COHORTS, SEED, cohort_tables

A, B = {"a": "yes"}, {"b": "yes"}
FILES = ROOT / "data" / "raw" / "constraints"


def printed(part: int, base: int) -> int:
    return math.floor(Fraction(100 * part, base) + Fraction(1, 2))


@st.composite
def registers(draw: st.DrawFn) -> dict[str, Any]:
    """Figures of every relation, counted from a random group of people."""
    people = draw(st.integers(3, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    group = pd.DataFrame(
        {
            "a": rng.choice(["yes", "no"], people, p=[0.3, 0.7]),
            "b": rng.choice(["yes", "no"], people),
            "c": rng.choice(["yes", "no", "not recorded"], people),
            "age": rng.integers(10, 15, people),
        }
    )
    group["d"] = np.where((group["a"] == "yes") | (group["age"] > 12), "yes", "no")
    has = {name: group[name] == "yes" for name in "abcd"}
    relations: list[dict[str, Any]] = [
        {"definition": {"of": {"d": "yes"}, "when": [A, {"age": "13.."}]}},
        {"subset": {"of": A, "in": {"d": "yes"}}},
        {"sum": {"of": [A, {"b": "no"}], "equals": int(has["a"].sum() + (~has["b"]).sum())}},
        {"mean": {"of": "age", "equals": printed(int(group["age"].sum()), 100 * people)}},
        {"order": {"of": sorted([A, B], key=lambda of: -has[next(iter(of))].sum())}},
    ]
    for one in draw(st.lists(st.sampled_from("abcd"), max_size=4)):
        relations.append({"count": {"of": {one: "yes"}, "equals": int(has[one].sum())}})
    for one, other in draw(st.lists(st.tuples(*[st.sampled_from("abcd")] * 2), max_size=4)):
        both, base, rest = (
            int(n) for n in ((has[one] & has[other]).sum(), has[other].sum(), (~has[other]).sum())
        )
        this, that = {one: "yes"}, {other: "yes"}
        if one != other:
            relations.append({"count": {"of": this | that, "at_most": both, "at_least": both}})
        if base:
            percent = printed(both, base)
            relations.append({"percent": {"of": this, "in": that, "equals": percent}})
        gap = both * rest - (int(has[one].sum()) - both) * base
        if base and rest and gap:
            word = "more" if gap > 0 else "less"
            compare = {"of": this, "in": that, "is": word, "than": {other: "no"}}
            relations.append({"compare": compare})
    constraints = [constraint(f"c{i}", **one) for i, one in enumerate(relations)]
    content = written(*constraints, people=people)
    content["attributes"] = content["attributes"] | {"d": ["yes", "no"]}
    return content


@given(registers(), st.integers(0, 3))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_figures_counted_from_any_group_are_consistent_and_met_exactly(
    content: dict[str, Any], seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model = load_model(save(Path(folder), content))
    assert find_conflicts(model).consistent
    cohort = synthesise(model, seed)
    assert len(cohort) == model.population
    assert unmet(model, as_columns(model, cohort), model.constraints) == []


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_cohort() -> None:
    model = load_model(FILES / "offenders.yml")
    first, second, third = (synthesise(model, seed).to_csv() for seed in (7, 7, 8))
    assert first == second
    assert first != third


@pytest.mark.parametrize("name", COHORTS)
def test_the_committed_cohorts_are_the_output(name: str, tmp_path: Path) -> None:
    folder = ROOT / "data" / "raw" / "cohorts"
    out = tmp_path / ("out" if name == "network" else f"{name}.csv")
    words = ["cohort", "synthesise", name, "--seed", str(SEED), "--out", str(out)]
    result = CliRunner().invoke(app, words, env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    assert "Freedom: the published figures alone leave" in result.output
    made = sorted(out.glob("*.csv")) if out.is_dir() else [out]
    assert len(made) == (4 if name == "network" else 1)
    for one in made:
        assert one.read_bytes() == (folder / one.name).read_bytes(), one.name


def test_the_committed_cohorts_meet_every_kept_figure_and_miss_only_what_is_dropped() -> None:
    for name in ("offenders", "victims"):
        model = load_model(FILES / f"{name}.yml")
        cohort = pd.read_csv(ROOT / "data" / "raw" / "cohorts" / f"{name}.csv")
        columns = as_columns(model, cohort)
        assert unmet(model, columns, model.kept) == []
        assert set(unmet(model, columns, model.constraints)) <= {one.id for one in model.dropped}


def test_the_committed_cohorts_hold_what_the_report_says_of_the_people_in_them() -> None:
    folder = ROOT / "data" / "raw" / "cohorts"
    offenders, victims = (pd.read_csv(folder / f"{one}.csv") for one in ("offenders", "victims"))
    (youngest,) = offenders[offenders["age"] == offenders["age"].min()].to_dict("records")
    told = ("residential_care", "missing_in_pandemic", "looked_after", "previous_victim")
    assert [youngest["age"], *(youngest[name] for name in told)] == [13, *4 * ["yes"]]
    assert offenders["age"].max() < 25
    known = victims[victims["detailed"] == "yes"]
    admitted = known[known["previous_emergency_admission"] == "yes"]
    assert set(admitted["previous_hospital_injury"]) == {"yes"}
    hurt = known[known["previous_hospital_injury"] == "yes"]
    assert set(hurt["experienced_violence"]) == {"yes"}
    recorded = victims[victims["neet"] != "not recorded"]
    adults, minors = (recorded[of_age] for of_age in (recorded["age"] >= 18, recorded["age"] < 18))
    for group, percent in ((adults, 45), (minors, 44)):
        assert printed(int((group["neet"] == "yes").sum()), len(group)) == percent
    assert victims["centre"].nunique() == 5


@pytest.mark.parametrize("name", COHORTS)
def test_every_statement_of_the_constraint_files_could_be_broken(name: str) -> None:
    model = load_model(FILES / f"{name}.yml")
    substitutes = (one for repair in model.repairs for one in repair.instead)
    assert [one.id for one in (*model.constraints, *substitutes) if always_met(model, one)] == []


def always_met(model: Model, one: Constraint) -> bool:
    """Return whether even a group of people who are all alike cannot break a statement."""
    for rule in one.rules:
        if isinstance(rule, Rates):
            return False
        scope = sorted(frozenset().union(*(condition.scope for _, condition in rule.terms)))
        codes = grid({name: range(len(model.attributes[name].values)) for name in scope})
        each = sum(weight * condition.holds(codes).astype(int) for weight, condition in rule.terms)
        least, most = model.population * np.min(each), model.population * np.max(each)
        low = least if rule.low is None else rule.low
        if least < low or most > (most if rule.high is None else rule.high):
            return False
    return True


def test_what_a_repair_drops_is_missed_by_as_little_as_possible_if_it_says_so(
    tmp_path: Path,
) -> None:
    eight = constraint("eight", count={"of": A, "equals": 8})
    large = constraint("large", count={"of": A, "at_least": 11})
    repair = [{"drop": ["eight"], "nearest": "yes", "because": "of the test"}]
    model = model_of(tmp_path, eight, large, repair=repair)
    assert (synthesise(model, 1)["a"] == "yes").sum() == 11


def test_a_repair_can_put_another_constraint_in_place_of_the_dropped(tmp_path: Path) -> None:
    eight = constraint("eight", count={"of": A, "equals": 8})
    nine = constraint("nine", count={"of": A, "equals": 9})
    repair = [{"drop": ["eight"], "instead": [nine], "because": "of the test"}]
    assert (synthesise(model_of(tmp_path, eight, repair=repair), 1)["a"] == "yes").sum() == 9


def test_figures_that_cross_too_much_for_an_exact_model_are_refused(tmp_path: Path) -> None:
    many = {f"x{i}": {"range": [1, 20]} for i in range(4)}
    pairs = [
        constraint(f"{one}-{other}", count={"of": {one: 1, other: 1}, "equals": 1})
        for one, other in combinations(many, 2)
    ]
    values = [constraint(f"mean-{one}", mean={"of": one, "equals": 10}) for one in many]
    with pytest.raises(ConstraintError, match="too many figures cross each other"):
        synthesise(model_of(tmp_path, *pairs, *values, attributes=many), 1)


def test_contradicting_figures_give_an_error_and_no_cohort(tmp_path: Path) -> None:
    model = model_of(
        tmp_path,
        constraint("eight", count={"of": A, "equals": 8}),
        constraint("nine", count={"of": A, "equals": 9}),
    )
    with pytest.raises(ConstraintError, match="small: the kept constraints contradict each other"):
        synthesise(model, 1)


def test_out_of_time_is_an_error_and_no_cohort() -> None:
    model = load_model(FILES / "offenders.yml")
    with pytest.raises(ConstraintError, match=r"offenders: not decided within 0\.01 s"):
        synthesise(model, 1, seconds=0.01)


def test_associations_never_published_stay_near_independence(tmp_path: Path) -> None:
    model = model_of(
        tmp_path,
        constraint("a-count", count={"of": A, "equals": 80}),
        constraint("b-count", count={"of": B, "equals": 120}),
        constraint("ages", mean={"of": "age", "equals": 12}),
        people=200,
    )
    pairs = associations(model, 3)
    assert not pairs["counted"].any()
    assert (pairs["achieved"] - pairs["independent"]).abs().max() <= 2
    assert np.allclose(pairs["target"], pairs["independent"], atol=0.01)


def test_one_published_association_leaves_the_others_as_open_as_it_can(tmp_path: Path) -> None:
    both_or_neither = [
        constraint("a-count", count={"of": A, "equals": 100}),
        constraint("a-and-b", count={"of": A | B, "equals": 90}),
        constraint("b-and-c", count={"of": B | {"c": "yes"}, "equals": 60}),
        constraint("b-count", count={"of": B, "equals": 100}),
        constraint("c-count", count={"of": {"c": "yes"}, "equals": 70}),
    ]
    pairs = associations(model_of(tmp_path, *both_or_neither, people=200), 3)
    a_and_c = pairs.query("attribute_a == 'a' and attribute_b == 'c'").set_index(
        ["value_a", "value_b"]
    )
    # Through b alone: 90 of 100 times 60 of 100, and 10 of 100 times 10 of 100.
    assert a_and_c.loc[("yes", "yes"), "target"] == pytest.approx(90 * 0.6 + 10 * 0.1, abs=0.05)
    assert abs(a_and_c.loc[("yes", "yes"), "achieved"] - 55) <= 2


def test_stated_weights_decide_only_what_no_figure_does(tmp_path: Path) -> None:
    weighted = {"values": ["yes", "no"], "expect": {"yes": 3, "no": 1}}
    content = written(constraint("a-count", count={"of": A, "equals": 5}), people=40)
    content["attributes"] = content["attributes"] | {"a": weighted, "b": weighted}
    cohort = synthesise(load_model(save(tmp_path, content)), 1)
    assert (cohort["a"] == "yes").sum() == 5
    assert (cohort["b"] == "yes").sum() == 30


def test_values_that_no_figure_tells_apart_are_all_used(tmp_path: Path) -> None:
    young = constraint("young", count={"of": {"age": "..12"}, "equals": 9})
    model = model_of(tmp_path, young, people=20)
    counts = np.bincount(as_columns(model, synthesise(model, 1))["age"], minlength=5)
    assert counts[:3].tolist() == [3, 3, 3]
    assert sorted(counts[3:].tolist()) == [5, 6]


def test_derived_columns_follow_their_conditions(tmp_path: Path) -> None:
    derived = {"band": {"10-12": {"age": "..12"}, "13-14": {"age": "13.."}}}
    cohort = synthesise(model_of(tmp_path, derived=derived), 1)
    assert list(cohort.columns) == ["person", "a", "b", "c", "age", "band"]
    assert ((cohort["age"] > 12) == (cohort["band"] == "13-14")).all()


def test_a_cohort_with_a_foreign_value_is_refused_without_showing_it(tmp_path: Path) -> None:
    model = model_of(tmp_path)
    cohort = synthesise(model, 1)
    with pytest.raises(ConstraintError, match="has no column 'a'"):
        as_columns(model, cohort.drop(columns="a"))
    with pytest.raises(ConstraintError, match="column 'a' has a value outside") as refused:
        as_columns(model, cohort.assign(a="secret"))
    assert "secret" not in str(refused.value)


def test_an_unknown_cohort_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"unknown cohort 'victim'\. Did you mean 'victims'"):
        cohort_tables("victim", FILES)


def test_a_cohort_that_misses_a_figure_is_never_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(model: Model, columns: dict[str, Any], *_: Any) -> None:
        columns["a"][:] = 1

    monkeypatch.setattr(synthesis, "settle", spoil)
    with pytest.raises(ConstraintError, match="small: the cohort misses a-count"):
        synthesise(model_of(tmp_path, constraint("a-count", count={"of": A, "equals": 5})), 1)
