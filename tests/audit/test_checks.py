"""Each kind of relation: it holds where the numbers fit, and names what is planted where not."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appendices.errors import DataError
from figuremodel.relations import ROUNDINGS
from tests.audit.conftest import count, percent, read, relation, word
from youthviolence.audit.checks import KINDS
from youthviolence.audit.evaluate import ENDS, declared, evaluate, require_sound
from youthviolence.audit.relations import Relation

# Of each kind: figures that fit, the relation, the row to change and its change, and the figures
# that are in question where the relation is only a reading.
L1, L2, L3, L4, L5 = "L1.1", "L2.1", "L3.1", "L4.1", "L5.1"
BOYS = {"value": 50.0, "printed": "half", "unit": "percent", "precision": "fraction word"}
Planted = tuple[list[dict[str, Any]], Relation, dict[int, dict[str, Any]], list[str]]
CASES: dict[str, Planted] = {
    "granularity": (
        [percent(96)], relation("granularity", L1, stated=Fraction(57)), {0: percent(97)}, [L1],
    ),
    "one rounding": (
        [percent(23), percent(68)],
        relation("one rounding", L1, L2, stated=Fraction(57)), {1: percent(31)}, [L2],
    ),
    "sum": (
        [count(32), count(25), count(57)],
        relation("sum", L1, L2, printed=L3), {1: count(24)}, [L1, L2, L3],
    ),
    "union": (
        [count(23), count(14), count(11), count(26)],
        relation("union", L1, L2, L3, printed=L4), {3: count(27)}, [L1, L2, L3, L4],
    ),
    "cover": (
        [count(12), count(10), count(20)],
        relation("cover", L1, L2, printed=L3), {2: count(23)}, [L1, L2, L3],
    ),
    "subset": ([count(4), count(5)], relation("subset", L1, whole=(L2,)), {0: count(6)}, [L1, L2]),
    "share": (
        [count(92), count(215), percent(43)],
        relation("share", L1, whole=(L2,), printed=L3), {2: percent(44)}, [L3],
    ),
    "share of any": (
        [count(40), count(20), count(57), word("almost all")],
        relation("share of any", L1, L2, whole=(L3,), printed=L4), {0: count(27)}, [L4],
    ),
    "between": (
        [percent(40), percent(50), percent(45)],
        relation("between", L1, L2, printed=L3), {2: percent(36)}, [L1, L2, L3],
    ),
    "common base": (
        [count(110), count(120), percent(11), percent(12)],
        relation("common base", L1, L2, whole=(L3, L4)), {3: percent(14)}, [L3, L4],
    ),
    "change": (
        [count(100), count(140), percent(40)],
        relation("change", L1, L2, printed=L3), {2: percent(63)}, [L3],
    ),
    "complement": (
        [percent(68), percent(32)], relation("complement", L1, L2), {1: percent(31)}, [L1, L2],
    ),
    "compare": (
        [count(21), count(28), count(34), count(57), word("more likely", unit="comparison")],
        relation("compare", L1, L2, whole=(L3, L4), printed=L5, stated=Fraction(1)),
        {2: count(45)}, [L5],
    ),
    "same": ([percent(34), word("a third")], relation("same", L1, L2), {0: percent(40)}, [L2]),
    "exceed": (
        [percent(60), percent(47), word("some evidence")],
        relation("exceed", L1, whole=(L2,), printed=L3), {1: percent(61)}, [L3],
    ),
    "gap": (
        [percent(28), percent(8), percent(20)],
        relation("gap", L1, L2, printed=L3), {2: percent(23)}, [L1, L2],
    ),
    "span": (
        [{"printed": "2009 - 2019", "unit": "period"},
         {"value": 10.0, "printed": "ten years", "unit": "years"}],
        relation("span", L1, printed=L2),
        {1: {"value": 5.0, "printed": "five years", "unit": "years"}}, [L2],
    ),
    "counted": (
        [count(1), count(2), count(2)],
        relation("counted", L1, L2, printed=L3), {2: count(3)}, [L3],
    ),
    "bands": (
        [{"printed": "13-15", "unit": "age range"}, {"printed": "16-18", "unit": "age range"},
         {"printed": "under 19", "unit": "years of age", "value": 19.0}],
        relation("bands", L1, L2, whole=(L3,)),
        {2: {"printed": "under 18s", "unit": "years of age", "value": 18.0}}, [L1, L2, L3],
    ),
}  # fmt: skip


def planted(kind: str) -> tuple[pd.Series, pd.Series]:
    """Return what is found of a kind before and after something false is planted."""
    rows, one, changes, _ = CASES[kind]
    wrong = [changes.get(place, row) for place, row in enumerate(rows)]
    before, after = (evaluate([one], read(*some)).iloc[0] for some in (rows, wrong))
    return before, after


def test_every_kind_of_relation_that_can_fail_has_a_case() -> None:
    assert set(CASES) == set(KINDS) - {"two senses"}


@pytest.mark.parametrize("kind", CASES)
def test_figures_that_fit_are_not_called_a_contradiction(kind: str) -> None:
    before, _ = planted(kind)
    assert before["outcome"] in ("consistent", "ambiguous" if kind == "gap" else "consistent")
    assert kind == "gap" or before["in_question"] == []


@pytest.mark.parametrize("kind", CASES)
def test_a_planted_contradiction_is_found_and_named(kind: str) -> None:
    _, after = planted(kind)
    assert (after["relation"], after["outcome"]) == ("planted", "inconsistent")
    members = {"one rounding": [L2]}.get(kind, list(CASES[kind][1].figures))
    assert sorted(after["in_question"]) == sorted(members)
    assert after["under"] == ""
    assert after["arithmetic"]
    assert after["repair"]


@pytest.mark.parametrize("kind", CASES)
def test_what_fails_as_a_reading_only_is_ambiguous_and_the_reading_is_told(kind: str) -> None:
    rows, one, changes, named = CASES[kind]
    wrong = read(*(changes.get(place, row) for place, row in enumerate(rows)))
    found = evaluate([replace(one, firm=False, reading="they are one group")], wrong).iloc[0]
    assert (found["outcome"], found["under"]) == ("ambiguous", "they are one group")
    assert found["in_question"] == named


def test_a_relation_that_is_a_reading_never_makes_a_contradiction() -> None:
    loose = Relation("loose", "subset", (L1,), (L2,), firm=False)
    found = evaluate([loose], read(count(9), count(4))).iloc[0]
    assert found["outcome"] == "ambiguous"


def test_words_taken_in_two_senses_are_told_and_never_a_contradiction() -> None:
    rows = count(28, label="all charged"), word("most", label="those asked")
    found = evaluate([relation("two senses", L1, L2)], read(*rows)).iloc[0]
    assert found["outcome"] == "ambiguous"
    assert found["arithmetic"] == "28: all charged; “most”: those asked"


def test_one_number_of_two_kinds_of_things_is_ambiguous() -> None:
    people, links = count(2), count(2, unit="links")
    outcomes = [
        evaluate([relation("same", L1, L2)], read(people, other)).iloc[0]
        for other in (people, links, links | {"value": 3.0})
    ]
    assert [one["outcome"] for one in outcomes] == ["consistent", "ambiguous", "inconsistent"]
    assert outcomes[1]["arithmetic"].endswith("count different things: links, people")


@pytest.mark.parametrize("kind", CASES)
def test_the_two_sides_of_what_is_planted_do_not_meet(kind: str) -> None:
    before, after = planted(kind)
    if after[list(ENDS)].isna().any():
        assert after[list(ENDS)].isna().all()
        return
    apart = after["said_low"] > after["got_high"] or after["got_low"] > after["said_high"]
    assert apart
    if before[list(ENDS)].notna().all():
        assert before["said_low"] <= before["got_high"]
        assert before["got_low"] <= before["said_high"]


def test_a_set_that_cannot_be_true_is_shared_and_a_reading_speaks_against_the_words() -> None:
    found = evaluate([relation("same", L1, L2)], read(percent(40), word("most"))).iloc[0]
    assert found["in_question"] == [L1, L2]
    loose = replace(relation("same", L1, L2), firm=False)
    assert evaluate([loose], read(percent(40), word("most"))).iloc[0]["in_question"] == [L2]


def test_a_word_that_holds_only_in_its_widest_sense_is_ambiguous() -> None:
    one = relation("share", L1, stated=Fraction(57), printed=L2)
    outcomes = [evaluate([one], read(count(n), BOYS)).iloc[0]["outcome"] for n in (28, 27, 20)]
    assert outcomes == ["consistent", "ambiguous", "inconsistent"]


def test_the_other_rounding_rule_that_would_mend_it_is_named() -> None:
    one = relation("granularity", L1, stated=Fraction(57))
    assert "cutting off" in evaluate([one], read(percent(31))).iloc[0]["repair"]
    cut = evaluate([one], read(percent(31), rounding="truncate")).iloc[0]
    assert cut["outcome"] == "consistent"


@settings(deadline=None)
@given(base=st.integers(1, 999), data=st.data(), rounding=st.sampled_from(ROUNDINGS))
def test_the_percentage_of_any_count_can_come_from_whole_people(
    base: int, data: st.DataObject, rounding: str
) -> None:
    people = data.draw(st.integers(0, base))
    share = Fraction(100 * people, base)
    whole, rest = divmod(share, 1)
    up = rest > Fraction(1, 2) or (
        rest == Fraction(1, 2) and (rounding == "half_up" or whole % 2 == 1)
    )
    printed = whole + (up and rounding != "truncate")
    one = relation("granularity", L1, stated=Fraction(base))
    assert evaluate([one], read(percent(int(printed)), rounding=rounding)).iloc[0]["outcome"] == (
        "consistent"
    )


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.integers(-3, 3))
def test_parts_add_up_when_and_only_when_they_do(parts: list[int], off: int) -> None:
    rows = [*map(count, parts), count(sum(parts) + off)]
    ids = [f"L{place}.1" for place in range(1, len(rows) + 1)]
    one = relation("sum", *ids[:-1], printed=ids[-1])
    outcome = evaluate([one], read(*rows)).iloc[0]["outcome"]
    assert outcome == ("inconsistent" if off else "consistent")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (relation("shares", L1, stated=Fraction(57)), "unknown kind of relation 'shares'.*'share'"),
        (relation("sum", "L1.2", printed=L2), "unknown figure 'L1.2'.*'L1.1'"),
        (relation("granularity", L3, stated=Fraction(57)), "L3.1 is over 100 %"),
        (relation("granularity", L1, stated=Fraction(0)), "its base is empty"),
        (relation("share", L1, whole=(L4,), printed=L2), "its base is empty"),
        (relation("union", L1, L2, printed=L3), "needs 3 of its figures as parts"),
        (relation("share", L1, printed=L2), "a whole, or the size of it stated"),
        (relation("compare", L1, L2, whole=(L1,), printed=L2), "2 figures as its whole"),
        (relation("share", L1, whole=(L2,)), "a printed figure to hold it against"),
    ],
)
def test_a_relation_that_cannot_be_evaluated_is_an_error_that_says_why(
    wrong: Relation, says: str
) -> None:
    figures = read(percent(50), percent(50), percent(140), count(0))
    with pytest.raises(DataError, match=f"relation 'planted': .*{says}"):
        require_sound(wrong, figures)


def test_the_table_of_relations_is_read_with_its_signs_lists_and_gaps() -> None:
    row = {
        "relation": "spending", "kind": "between", "parts": "-L1.1;L2.1", "whole": None,
        "printed": "-L3.1", "stated": None, "firm": True, "rests_on": None, "in_question": None,
        "says": "x", "repair": None,
    }  # fmt: skip
    figures = read(percent(50), percent(12), percent(16))
    (one,) = declared(pd.DataFrame([row]), STATEMENTS, figures)
    found = evaluate([one], figures).iloc[0]
    assert one.figures == (L1, L2, L3)
    assert found["outcome"] == "consistent"
    assert "45.2 % of the whole" in found["arithmetic"]


STATEMENTS = pd.DataFrame(
    [("counted", "figure", "four are counted"), ("alike", "reading", "the two are one group")],
    columns=["statement", "kind", "says"],
)


def test_a_relation_is_as_firm_as_the_statements_of_the_constraint_file_it_rests_on() -> None:
    row = {
        "relation": "planted", "kind": "subset", "parts": "L1.1", "whole": "L2.1", "printed": None,
        "stated": None, "firm": True, "in_question": None, "says": "x", "repair": None,
    }  # fmt: skip
    figures = read(count(9), count(4))

    def outcome(rests_on: str) -> tuple[str, str]:
        table = pd.DataFrame([row | {"rests_on": rests_on}])
        found = evaluate(declared(table, STATEMENTS, figures), figures).iloc[0]
        return found["outcome"], found["under"]

    assert outcome("counted") == ("inconsistent", "")
    assert outcome("counted;alike") == ("ambiguous", "the two are one group")
    with pytest.raises(DataError, match=r"relation 'planted': unknown statement 'alik'.*'alike'"):
        outcome("alik")


def test_a_share_that_another_may_reach_is_not_above_it() -> None:
    figures = read(percent(60), percent(60), word("some evidence"))
    one = relation("exceed", L1, whole=(L2,), printed=L3)
    assert evaluate([one], figures).iloc[0]["outcome"] == "inconsistent"


def test_bands_of_ages_that_share_an_age_overlap() -> None:
    ages = [{"printed": printed, "unit": "age range"} for printed in ("13-16", "16-18")]
    found = evaluate([relation("bands", L1, L2)], read(*ages)).iloc[0]
    assert (found["outcome"], "overlap" in found["arithmetic"]) == ("inconsistent", True)
