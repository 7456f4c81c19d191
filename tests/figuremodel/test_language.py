from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from figuremodel.errors import ConstraintError, UnknownNameError
from figuremodel.language import load_model
from figuremodel.relations import printed_interval
from tests.figuremodel.files import constraint, model_of, save, written

YES = {"a": "yes"}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (constraint("bad", count={"of": {"aa": "yes"}, "equals": 3}), "Did you mean 'a'"),
        (constraint("bad", count={"of": {"a": "yess"}, "equals": 3}), "Did you mean 'yes'"),
        (constraint("bad", count={"of": {"age": "15..18"}, "equals": 3}), "no value of 'age'"),
        (constraint("bad", percent={"of": YES, "equals": 104}), "104 is not a percentage"),
        (
            constraint(
                "bad", percent={"of": YES, "in": {"a": "no", "not": {"a": "no"}}, "equals": 4}
            ),
            "the base is empty",
        ),
        (constraint("bad", mean={"of": "a", "equals": 4}), "a mean needs an integer attribute"),
        (constraint("bad", count={"of": YES}), "no size given"),
        (constraint("bad", count={"of": YES, "equal": 3}), "'equal' was unexpected"),
        (constraint("bad", count={"of": YES, "equals": -1}), "less than the minimum"),
        (constraint("bad"), "is not valid under"),
    ],
)  # fmt: skip
def test_a_wrong_constraint_is_refused_with_file_and_id(
    tmp_path: Path, broken: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConstraintError) as refused:
        model_of(tmp_path, constraint("good", count={"of": YES, "equals": 3}), broken)
    message = str(refused.value)
    assert "small.yml" in message
    assert "'bad'" in message
    assert said in message


def test_a_figure_that_is_not_in_the_register_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    one = constraint("one", count={"of": YES, "equals": 3}) | {"figures": ["L41.1"]}
    path = save(tmp_path, written(one))
    assert load_model(path, figures=["L41.1"]).constraints[0].figures == ("L41.1",)
    with pytest.raises(
        ConstraintError, match=r"'one': unknown figure 'L41\.1'. Did you mean 'L410"
    ):
        load_model(path, figures=["L410.1"])


def test_a_cyclic_definition_is_refused_and_the_circle_named(tmp_path: Path) -> None:
    first = constraint("first", definition={"of": YES, "when": {"b": "yes"}})
    second = constraint("second", definition={"of": {"b": "yes"}, "when": {"a": "yes", "age": 12}})
    assert model_of(tmp_path, first)
    with pytest.raises(ConstraintError, match=r"'first': cyclic definition a -> b -> a"):
        model_of(tmp_path, first, second)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"repair": [{"drop": ["on"], "because": "it must"}]}, "repair: unknown constraint 'on'"),
        ({"derived": {"old": {"yes": {"agee": 14}}}}, "derived: unknown attribute 'agee'"),
        ({"attributes": {"a": {"range": [4, 3]}}}, "expected 1 to 1000 different values"),
        (
            {"attributes": {"a": {"values": ["x", "y"], "expect": {"x": 1}}}},
            "attribute 'a': expected a weight for each of its 2 values",
        ),
        ({"population": 0}, "less than the minimum of 1"),
        ({"key": {"name": "person", "label": "p"}}, "does not number people"),
        ({"rounding": "up"}, "'up' is not one of"),
        ({"colour": "red"}, "'colour' was unexpected"),
    ],
)
def test_the_rest_of_the_file_is_checked_too(
    tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConstraintError, match=r"small\.yml") as refused:
        model_of(tmp_path, constraint("one", count={"of": YES, "equals": 3}), **more)
    assert said in str(refused.value)


def test_an_id_or_a_key_written_twice_is_refused(tmp_path: Path) -> None:
    one = constraint("one", count={"of": YES, "equals": 3})
    with pytest.raises(ConstraintError, match="'one': the id is used 2 times"):
        model_of(tmp_path, one, one)
    path = tmp_path / "twice.yml"
    path.write_text("name: x\npopulation: 3\npopulation: 4\n", encoding="utf-8")
    with pytest.raises(ConstraintError, match=r"twice\.yml: line 1: key 'population'"):
        load_model(path)


def test_a_missing_or_malformed_file_and_an_unknown_rounding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConstraintError, match="cannot be read"):
        load_model(tmp_path / "none.yml")
    (tmp_path / "odd.yml").write_text("a: [1, 2", encoding="utf-8")
    with pytest.raises(ConstraintError, match=r"odd\.yml"):
        load_model(tmp_path / "odd.yml")
    path = save(tmp_path, written(constraint("one", count={"of": YES, "equals": 3})))
    with pytest.raises(
        UnknownNameError, match=r"unknown rounding rule 'half-up'\. Did you mean 'half_"
    ):
        load_model(path, rounding="half-up")


def test_yes_and_no_are_words(tmp_path: Path) -> None:
    path = tmp_path / "words.yml"
    path.write_text(
        "name: words\ntitle: t\npopulation: 2\nrounding: half_up\n"
        "key: {name: person, label: 'p{}'}\nattributes: {a: [yes, no]}\n"
        "constraints:\n- {id: one, figures: [], kind: figure, says: s, "
        "count: {of: {a: yes}, equals: 1}}\n",
        encoding="utf-8",
    )
    assert load_model(path).attributes["a"].values == ("yes", "no")


@pytest.mark.parametrize(
    ("rounding", "tenths"),
    [
        ("half_up", {4: False, 5: True, 14: True, 15: False}),
        ("half_even", {5: False, 6: True, 14: True, 15: False}),
        ("truncate", {9: False, 10: True, 19: True, 20: False}),
    ],
)
def test_a_printed_one_is_the_interval_its_rounding_takes_there(
    rounding: str, tenths: dict[int, bool]
) -> None:
    low, low_in, high, high_in = printed_interval(Fraction(1), Fraction(1), rounding)
    for number, inside in ((Fraction(one, 10), inside) for one, inside in tenths.items()):
        above = number > low or (low_in and number == low)
        below = number < high or (high_in and number == high)
        assert (above and below) == inside, number
    even = printed_interval(Fraction(2), Fraction(1), "half_even")
    assert even == (Fraction(3, 2), True, Fraction(5, 2), True)
