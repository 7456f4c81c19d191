"""What a scan of the register finds by itself, with no relation declared."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appendices.data.load import load
from tests.audit.conftest import count, percent, read, word
from youthviolence.audit.evaluate import evaluate
from youthviolence.audit.figures import Figures
from youthviolence.audit.scan import discover


def failures(figures: Figures) -> dict[str, list[str]]:
    """Return the figures in question of every relation that a scan finds and that fails."""
    found = evaluate(discover(figures), figures)
    failed = found[found["outcome"] == "inconsistent"]
    return {f"{row.kind} {row.figures[-1]}": row.in_question for row in failed.itertuples()}


def test_a_consistent_register_gives_no_failure() -> None:
    figures = read(
        count(57), count(32, "57 people"), count(25, "57 people"), percent(56, "57 people"),
        percent(44, "57 people", relation="complement of L4.1"),
        count(20, "57 people"), word("a third", denominator="57 people", relation="L6.1 over L1.1"),
    )  # fmt: skip
    assert failures(figures) == {}
    kinds = {one.kind for one in discover(figures)}
    assert kinds == {"subset", "sum", "granularity", "one rounding", "complement", "share"}


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=90))
def test_figures_counted_from_any_group_are_never_called_a_contradiction(
    group: list[tuple[bool, bool]],
) -> None:
    size = len(group)
    base = f"{size} people"
    one, other = (sum(person[place] for person in group) for place in (0, 1))
    both, any_of_them = sum(map(all, group)), sum(map(any, group))
    shares = [int(200 * n / size + 1) // 2 for n in (one, size - one, other)]
    figures = read(
        count(size), count(one, base), count(size - one, base), count(other, base),
        count(both, base, relation="intersection of L2.1 and L4.1; part of L2.1"),
        count(any_of_them, base, relation="union of L2.1 and L4.1; at least L4.1"),
        percent(shares[0], base, relation="L2.1 over L1.1"),
        percent(shares[1], base, relation="complement of L7.1"),
        percent(shares[2], base, relation="restates L4.1"),
    )  # fmt: skip
    kinds = {one.kind for one in discover(figures)}
    assert kinds >= {"union", "subset", "share", "complement", "granularity", "one rounding"}
    assert failures(figures) == {}


@pytest.mark.parametrize(
    ("rows", "failed"),
    [
        ([percent(97, "57 people")], {"granularity L1.1": ["L1.1"]}),
        (
            [percent(23, "57 people"), percent(31, "57 people")],
            {"granularity L2.1": ["L2.1"], "one rounding L2.1": ["L2.1"]},
        ),
        ([count(60, "57 people")], {"subset L1.1": ["L1.1"]}),
        (
            [count(4), count(5, relation="part of L1.1")],
            {"subset L1.1": ["L2.1", "L1.1"]},
        ),
        (
            [count(20, "57 people"), word("just under half", relation="restates L1.1 in words")],
            {"share L2.1": ["L1.1", "L2.1"]},
        ),
        (
            [count(57), count(59, relation="restates L1.1")],
            {"same L1.1": ["L2.1", "L1.1"]},
        ),
        (
            [count(23), count(14), count(11, relation="intersection of L1.1 and L2.1"),
             count(27, relation="union of L2.1 and L1.1")],
            {"union L4.1": ["L2.1", "L1.1", "L3.1", "L4.1"]},
        ),
        (
            [count(215, "2,128 people", line=7), percent(11, "2,128 people", line=7)],
            {"share L2.1": ["L1.1", "L2.1"]},
        ),
    ],
)  # fmt: skip
def test_a_scan_names_what_is_planted(rows: list[dict[str, object]], failed: dict) -> None:
    assert failures(read(*rows)) == failed


def test_the_base_of_a_count_is_the_figure_that_prints_it() -> None:
    figures = read(
        count(57, population="offenders"), count(34, "57 people", population="offenders")
    )
    (subset,) = [one for one in discover(figures) if one.kind == "subset"]
    assert (subset.parts, subset.whole) == (("L2.1",), ("L1.1",))


def test_an_age_in_the_name_of_a_group_is_not_its_size() -> None:
    assert read(percent(45, "victims aged 18 and over")).base("L1.1") is None


def test_the_scan_of_the_real_register_finds_the_arithmetic_contradictions() -> None:
    figures = Figures(load("published_figures"), load("relations_words"), "half_up")
    found = evaluate(discover(figures), figures)
    failed = {
        (row.kind, frozenset(row.in_question))
        for row in found[found["outcome"] == "inconsistent"].itertuples()
    }
    assert failed >= {
        ("union", frozenset({"L478.1", "L474.1", "L490.1", "L476.1"})),
        ("subset", frozenset({"L488.1", "L486.1"})),
    }
    assert any(kind == "share" and {"L484.1", "L480.1"} <= members for kind, members in failed)
    # Where the base of a percentage is not printed, that it is the 57 is a reading.
    under = found[found["under"] != ""]
    assert {(row.kind, frozenset(row.in_question)) for row in under.itertuples()} >= {
        ("granularity", frozenset({"L358.1"})),
        ("one rounding", frozenset({"L358.1", "L437.1"})),
    }
