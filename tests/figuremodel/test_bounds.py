from __future__ import annotations

from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from figuremodel.bounds import freedom, pair_bounds
from figuremodel.errors import ConstraintError
from figuremodel.language import Model, load_model
from figuremodel.people import met
from tests.conftest import ROOT
from tests.figuremodel.files import constraint, model_of

A, B, C = {"a": "yes"}, {"b": "yes"}, {"c": "yes"}
PEOPLE = 5
TRAITS = {"a": ["yes", "no"], "b": ["yes", "no"], "c": ["yes", "no", "not recorded"]}


def by_trying_every_group(model: Model) -> dict[tuple[str, str, str, str], tuple[int, int]]:
    """Least and most of each cell over all groups of five people that meet the constraints."""
    kinds = list(product(range(2), range(2), range(3)))
    found: dict[tuple[str, str, str, str], tuple[int, int]] = {}
    for cuts in combinations(range(PEOPLE + len(kinds) - 1), len(kinds) - 1):
        sizes = np.diff([-1, *cuts, PEOPLE + len(kinds) - 1]) - 1
        people = np.repeat(np.array(kinds), sizes, axis=0)
        columns = {name: people[:, i] for i, name in enumerate(TRAITS)}
        if all(met(rule, columns) for one in model.constraints for rule in one.rules):
            for one, other in combinations(TRAITS, 2):
                for i, j in product(range(len(TRAITS[one])), range(len(TRAITS[other]))):
                    count = int(((columns[one] == i) & (columns[other] == j)).sum())
                    cell = (one, TRAITS[one][i], other, TRAITS[other][j])
                    least, most = found.get(cell, (count, count))
                    found[cell] = (min(least, count), max(most, count))
    return found


@pytest.mark.parametrize(
    "relations",
    [
        [],
        [{"count": {"of": A, "equals": 2}}, {"count": {"of": B, "equals": 4}}],
        [{"subset": {"of": A, "in": B}}, {"percent": {"of": B, "equals": 60}}],
        [{"count": {"of": A | B, "equals": 2}}, {"count": {"of": B | C, "at_least": 2}}],
        [{"compare": {"of": A, "in": B, "is": "more", "than": {"b": "no"}}}],
        [
            {"definition": {"of": {"c": "not recorded"}, "when": [A, B]}},
            {"sum": {"of": [A, B], "equals": 3}},
        ],
        [{"order": {"of": [{"c": "not recorded"}, A, B], "strictly": "yes"}}],
    ],
)  # fmt: skip
def test_bounds_are_what_trying_every_group_gives(
    tmp_path: Path, relations: list[dict[str, Any]]
) -> None:
    constraints = [constraint(f"c{i}", **one) for i, one in enumerate(relations)]
    model = model_of(tmp_path, *constraints, people=PEOPLE, attributes=TRAITS)
    bounds = pair_bounds(model)
    cells = bounds[["attribute_a", "value_a", "attribute_b", "value_b"]].itertuples(index=False)
    ends = zip(bounds["least"], bounds["most"], strict=True)
    assert dict(zip(map(tuple, cells), ends, strict=True)) == by_trying_every_group(model)
    assert bounds["exact"].all()


def test_pinned_small_and_printed_cells_are_marked(tmp_path: Path) -> None:
    model = model_of(
        tmp_path,
        constraint("a", count={"of": A, "equals": 8}),
        constraint("b", count={"of": B, "equals": 3}),
        constraint("both", count={"of": A | B, "equals": 2}),
        people=20,
    )
    bounds = pair_bounds(model, pairs=[("a", "b"), ("a", "c")]).set_index(
        ["value_a", "attribute_b", "value_b"]
    )
    both, neither = bounds.loc[("yes", "b", "yes")], bounds.loc[("no", "b", "yes")]
    assert (both["least"], both["pinned"], both["small"], both["printed"]) == (2, True, True, True)
    assert (neither["most"], neither["small"], neither["printed"]) == (1, True, False)
    assert not bounds.loc[("yes", "c", "yes"), "pinned"]


def test_freedom_is_one_where_nothing_is_printed_and_nought_where_all_is(tmp_path: Path) -> None:
    nothing = model_of(tmp_path, attributes=TRAITS, people=PEOPLE)
    assert freedom(pair_bounds(nothing), PEOPLE) == 1
    relations = [
        {"count": {"of": {one: x, other: y}, "equals": PEOPLE if x == y == "yes" else 0}}
        for one, other in combinations(TRAITS, 2)
        for x, y in product(TRAITS[one], TRAITS[other])
    ]
    everything = [constraint(f"c{i}", **one) for i, one in enumerate(relations)]
    model = model_of(tmp_path, *everything, attributes=TRAITS, people=PEOPLE)
    assert freedom(pair_bounds(model), PEOPLE) == 0


def test_nothing_is_inferred_from_contradicting_constraints(tmp_path: Path) -> None:
    eight, nine = (constraint(f"a{n}", count={"of": A, "equals": n}) for n in (8, 9))
    with pytest.raises(ConstraintError, match="no group meets these constraints"):
        pair_bounds(model_of(tmp_path, eight, nine))


def test_bounds_not_decided_in_time_are_marked_and_still_hold(tmp_path: Path) -> None:
    model = load_model(ROOT / "data" / "raw" / "constraints" / "offenders.yml")
    pair = [("age", "neet"), ("age", "custody")]
    sure, hasty = pair_bounds(model, pairs=pair), pair_bounds(model, pairs=pair, seconds=0)
    assert not hasty["exact"].all()
    assert (hasty["least"] <= sure["least"]).all()
    assert (hasty["most"] >= sure["most"]).all()


def test_a_reader_can_infer_cells_of_the_published_group_that_were_never_printed() -> None:
    model = load_model(ROOT / "data" / "raw" / "constraints" / "offenders.yml")
    pair = [("mental_health_needs", "charged_with_robbery")]
    figures = [one for one in model.kept if one.kind == "figure"]
    cells = pair_bounds(model, figures, pair).set_index(["value_a", "value_b"])
    # 34 in all less 21 of the 28, and the 29 others less those 13.
    assert cells.loc[("yes", "no"), ["least", "most"]].tolist() == [13, 13]
    assert cells.loc[("no", "no"), ["least", "most"]].tolist() == [16, 16]


def test_a_count_is_small_where_it_is_sure_to_be_under_the_threshold(tmp_path: Path) -> None:
    model = model_of(tmp_path, constraint("a", count={"of": A, "equals": 5}), people=20)
    for threshold in (5, 6):
        bounds = pair_bounds(model, pairs=[("a", "b")], threshold=threshold)
        of_them = bounds.set_index(["value_a", "value_b"]).loc[("yes", "yes")]
        assert (of_them["most"], of_them["small"]) == (5, threshold > 5)
