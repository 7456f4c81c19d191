"""Whatever is wrong with a constraint file is told with its name, and never a bare error."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from figuremodel.counts import Counts, run
from figuremodel.errors import ConstraintError
from figuremodel.language import load_model, read_yaml
from tests.conftest import ROOT
from tests.figuremodel.files import constraint, model_of

FILES = sorted((ROOT / "data" / "raw" / "constraints").glob("*.yml"))
YES = {"a": "yes"}
JUNK = st.one_of(
    st.sampled_from([
        "", "x..18", "..", "18..x", "18..16", "everyone", "yes", "{}", "p{:02d}", "p{x}", "p{0.y}",
        ".nan", 0, -1, 3.5, 1e300, 1e-300, float("nan"), float("inf"), 10**30, None, [], {}, [[]],
        {"not": {}}, {"age": "x..18"}, {"age": []}, [{}], {"equals": 3, "at_least": 9}, {1: 2},
    ]),
    st.text(max_size=6), st.integers(), st.floats(),
)  # fmt: skip


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value of a parsed file."""
    if path:
        yield path
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(value, (*path, key))


CONTENTS = [read_yaml(path, "cohort.schema.json") for path in FILES]


def refusal(path: Path) -> str:
    """Return how a file is refused; the path where it is read. Other errors come through."""
    try:
        load_model(path)
    except ConstraintError as refused:
        return str(refused)
    return str(path)


@given(st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_file_with_one_value_spoiled_is_read_or_refused_by_name(data: st.DataObject) -> None:
    content = deepcopy(data.draw(st.sampled_from(CONTENTS)))
    *way, last = data.draw(st.sampled_from(list(places(content))))
    node = content
    for step in way:
        node = node[step]
    node[last] = data.draw(JUNK)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoiled.yml"
        path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        assert "spoiled.yml" in refusal(path)


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ({"count": {"of": YES, "equals": 3, "at_least": 9}}, "equals and at_least are given"),
        ({"count": {"of": YES, "at_least": 3, "more_than": 9}}, "at_least and more_than are given"),
        ({"percent": {"of": YES, "at_most": 3, "less_than": 9}}, "at_most and less_than are given"),
        ({"count": {"of": YES, "at_least": 9, "at_most": 3}}, "no number has the sizes"),
        ({"count": {"of": {"age": "x..18"}, "equals": 3}}, "'x..18' is not a range of 'age'"),
        ({"count": {"of": {"age": ".."}, "equals": 3}}, "'..' is not a range of 'age'"),
        ({"mean": {"of": "age", "equals": float("nan")}}, "is not a number"),
        ({"mean": {"of": "age", "equals": 1e300}}, "is out of reach"),
    ],
)  # fmt: skip
def test_sizes_and_ranges_that_say_nothing_clear_are_refused(
    tmp_path: Path, relation: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConstraintError, match="constraint 'bad'") as refused:
        model_of(tmp_path, constraint("bad", **relation))
    assert said in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"&a [*a]", b"{[1]: 2}", b"1: 2", b"[" * 5000])
def test_a_file_that_is_no_mapping_of_names_is_refused_by_name(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "small.yml"
    path.write_bytes(content)
    with pytest.raises(ConstraintError, match=r"small\.yml"):
        load_model(path)


def test_numbers_that_the_solver_cannot_take_are_an_error_of_the_file() -> None:
    counts = Counts(10)
    counts.cp.new_int_var(0, 2**62, "")
    counts.cp.add(sum([2**62 * counts.cp.new_int_var(0, 2**62, "")]) >= 1)
    with pytest.raises(ConstraintError, match="the solver cannot take these numbers"):
        run(counts.cp, 1)
