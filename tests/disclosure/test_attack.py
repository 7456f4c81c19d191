"""The attack and the mending on systems so small that every possibility can be written out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from youthviolence.disclosure.attack import Facts, attack, gather, join, mend, span
from youthviolence.disclosure.policy import Policy, find_policy
from youthviolence.errors import DisclosureError

RELEASE = find_policy("release")
TABLE = frozenset({("ab", ("a", "b")), ("cd", ("c", "d")), ("ac", ("a", "c")), ("bd", ("b", "d")),
                   ("all", ("ab", "cd"))})  # fmt: skip
MOST = 16  # people in a cell of the tables below


def facts_of(a: int, b: int, c: int, d: int, hidden: frozenset[str] = frozenset()) -> Facts:
    true = {"a": a, "b": b, "c": c, "d": d, "ab": a + b, "cd": c + d, "ac": a + c, "bd": b + d}
    true["all"] = a + b + c + d
    shown = {name: rounded(n) for name, n in true.items() if name not in hidden}
    return Facts(shown, dict.fromkeys(shown, 1), TABLE)


def rounded(n: int) -> int | None:
    return None if 0 < n < 5 else int(n / 5 + 0.5) * 5


def agrees(facts: Facts, name: str, n: np.ndarray) -> np.ndarray:
    if name not in facts.shown:
        return np.full(n.shape, fill_value=True)
    value = facts.shown[name]
    if value is None:
        return n >= 5 if name in facts.also else (n >= 1) & (n <= 4)
    return n == 0 if value == 0 else (n >= 5) & (np.floor(n / 5 + 0.5) * 5 == value)


A, B, C, D = np.indices((MOST,) * 4).reshape(4, -1)
EVERY = {"a": A, "b": B, "c": C, "d": D, "ab": A + B, "cd": C + D, "ac": A + C, "bd": B + D,
         "all": A + B + C + D}  # fmt: skip


def by_hand(facts: Facts) -> dict[str, tuple[int, int]]:
    """Return the range of each count over every table that agrees with the facts."""
    fits = np.all([agrees(facts, name, n) for name, n in EVERY.items()], axis=0)
    return {name: (int(n[fits].min()), int(n[fits].max())) for name, n in EVERY.items()}


def exposed_by_hand(facts: Facts) -> dict[str, tuple[int, int]]:
    width = RELEASE.protection_width
    return {name: ends for name, ends in by_hand(facts).items()
            if ends[0] < 5 and ends[1] > 0 and ends[1] - ends[0] < width}  # fmt: skip


CASES = [
    (1, 5, 6, 9),
    (5, 6, 1, 7),
    (2, 3, 5, 5),
    (0, 3, 7, 2),
    (1, 1, 5, 6),
    (4, 2, 1, 9),
    (6, 1, 5, 8),
]


@pytest.mark.parametrize("cells", CASES)
@pytest.mark.parametrize("hidden", [frozenset(), frozenset({"d", "bd"})])
def test_the_attack_finds_what_writing_out_every_table_finds(
    cells: tuple[int, int, int, int], hidden: frozenset[str]
) -> None:
    facts = facts_of(*cells, hidden)
    found = {one.id: (one.least, one.most) for one in attack(facts, RELEASE).exposed}
    assert found == exposed_by_hand(facts)


@pytest.mark.parametrize("cells", CASES)
def test_after_mending_nothing_is_exposed_that_more_withholding_could_hide(
    cells: tuple[int, int, int, int],
) -> None:
    facts = facts_of(*cells)
    mended, finding = mend(facts, RELEASE)
    left = {one.id for one in finding.exposed}
    assert left == set(exposed_by_hand(mended))
    cheapest = best_by_hand(facts)
    if cheapest is not None:
        assert not left
        assert loss(facts, mended.also) == cheapest


def loss(facts: Facts, gone: frozenset[str]) -> int:
    return sum(1000 + (facts.shown[name] or 0) for name in gone)


def best_by_hand(facts: Facts) -> int | None:
    """Return the smallest loss of any set of counts that hides everything; None if none does."""
    candidates = sorted(name for name, value in facts.shown.items() if value)
    for size in range(3):
        losses = []
        for some in combinations(candidates, size):
            gone = frozenset(some)
            shown = {name: None if name in gone else value for name, value in facts.shown.items()}
            if not exposed_by_hand(Facts(shown, facts.places, facts.relations, gone)):
                losses.append(loss(facts, gone))
        if losses:
            return min(losses)
    return None


def test_some_case_is_exposed_and_is_mended() -> None:
    exposed = [cells for cells in CASES if attack(facts_of(*cells), RELEASE).exposed]
    assert exposed
    mended = [cells for cells in exposed if not mend(facts_of(*cells), RELEASE)[1].exposed]
    assert mended


def test_the_same_facts_are_mended_the_same_way() -> None:
    facts = facts_of(1, 5, 6, 9)
    again = Facts(dict(reversed(facts.shown.items())), facts.places, facts.relations)
    assert mend(facts, RELEASE)[0].also == mend(again, RELEASE)[0].also


def test_a_shown_count_can_have_been_just_what_rounds_to_it() -> None:
    for base, threshold in ((5, 5), (1, 3), (10, 5), (3, 2)):
        policy = Policy(**{**RELEASE.__dict__, "rounding_base": base, "threshold": threshold})
        for n in range(threshold, 60):
            value = int(np.floor(n / base + 0.5) * base)
            same = [
                m for m in range(threshold, 90) if int(np.floor(m / base + 0.5) * base) == value
            ]
            assert span(value, policy) == (same[0], same[-1])
    assert span(0, RELEASE) == (0, 0)


def test_what_contradicts_itself_is_an_error_and_no_answer() -> None:
    facts = Facts({"a": 5, "b": 5, "ab": 30}, {}, frozenset({("ab", ("a", "b"))}))
    with pytest.raises(DisclosureError, match="contradicts itself"):
        attack(
            Facts(facts.shown | {"c": None}, {}, facts.relations | {("ab", ("a", "b", "c"))}),
            RELEASE,
        )
    parts = [{"unknown": 0, "relations": [], "shown": [("a", value)]} for value in (5, 10)]
    with pytest.raises(DisclosureError, match="two numbers"):
        gather(parts)


def test_what_one_release_withholds_another_may_tell() -> None:
    """One alone is safe: together the total and the part of it give the rest away."""
    first = Facts({"total": 5, "part": None}, {}, frozenset(), frozenset({"part"}))
    second = Facts({"part": 5, "rest": None}, {}, frozenset({("total", ("part", "rest"))}))
    assert not attack(first, RELEASE).exposed
    assert not attack(second, RELEASE).exposed
    (found,) = attack(join(second, [(first, RELEASE)]), RELEASE).exposed
    assert (found.id, found.least, found.most) == ("rest", 1, 2)


def test_two_releases_that_cannot_both_be_true_are_refused() -> None:
    first, second = (Facts({"a": value}, {}, frozenset()) for value in (5, 20))
    with pytest.raises(DisclosureError, match="contradicts itself"):
        attack(join(second, [(first, RELEASE)]), RELEASE)
