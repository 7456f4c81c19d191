"""The least and the most that a count can be, over all groups that meet the figures."""

from __future__ import annotations

from pathlib import Path

from figuremodel.conditions import EVERYONE, parse
from figuremodel.ranges import count_range
from tests.figuremodel.files import constraint, model_of
from tests.figuremodel.test_bounds import PEOPLE, TRAITS, A, B, by_trying_every_group


def test_ranges_are_what_trying_every_group_gives(tmp_path: Path) -> None:
    model = model_of(
        tmp_path,
        constraint("b", percent={"of": B, "equals": 60}),
        constraint("a-in-b", subset={"of": A, "in": B}),
        people=PEOPLE,
        attributes=TRAITS,
    )
    for (one, value, other, another), ends in by_trying_every_group(model).items():
        condition = parse({one: value, other: another}, model.attributes)
        assert count_range(model, condition) == ends
    either = parse([A, {"b": "no"}], model.attributes)
    assert count_range(model, either) == (2, 5)
    assert count_range(model, EVERYONE) == (PEOPLE, PEOPLE)
    assert count_range(model, ~EVERYONE) == (0, 0)


def test_what_a_repair_misses_by_as_little_as_it_can_is_fixed(tmp_path: Path) -> None:
    printed = constraint("a", percent={"of": A, "equals": 97})
    model = model_of(tmp_path, printed, people=57, attributes=TRAITS)
    assert count_range(model, parse(A, model.attributes)) is None  # no group of 57 has 97 percent
    repair = [{"drop": ["a"], "nearest": "yes", "because": "of the test"}]
    model = model_of(tmp_path, printed, people=57, attributes=TRAITS, repair=repair)
    assert count_range(model, parse(A, model.attributes)) == (55, 55)
