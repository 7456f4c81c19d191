"""Numbers of synthetic people that the published figures leave open are marked, or not given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import pytest

from appendices.counts import CountTable
from appendices.errors import DataError, UsageError
from appendices.exhibits.invented import Choice, find_invented
from appendices.exhibits.tables import columns_of
from appendices.exhibits.text import refuse_invented
from appendices.origin import Origin, condition_id
from appendices.people import People, people_of
from scripts import build_audit
from tests.conftest import ROOT
from youthviolence import cohorts as stats

SEX = ["female"] * 34 + ["male"] * 66
NEEDS = (["yes"] * 20 + ["no"] * 14) + (["yes"] * 20 + ["no"] * 46)
FRAME = pd.DataFrame({"sex": SEX, "needs": NEEDS, "care": NEEDS[::-1]})


def people(open_counts: Mapping[str, tuple[int, int]]) -> People:
    """Return people of whom the counts with a label in `open_counts` can be something else."""
    origin = Origin("people", "synthetic", "calibrated")
    ranges: dict[str, tuple[int, int]] = {}
    for by in (None, "sex"):
        names = [one for one in FRAME if one != by]
        table = stats.tabulate(people_of(FRAME, origin), names, by=by)
        for labels, row, counts in zip(
            table.labels.to_dict("records"), table.conditions, table.counts, strict=True
        ):
            for place, (condition, count) in enumerate(zip(row, counts, strict=True)):
                if condition is not None:
                    named = f"{labels['attribute']}: {labels['category']}"
                    span = open_counts.get(named) if place == 0 and by is None else None
                    if by is not None and place == 0:
                        span = open_counts.get(f"{labels['group']}, {named}")
                    ranges.setdefault(condition_id(condition), span or (count.n, count.n))
    return people_of(FRAME, replace(origin, ranges=ranges))


def texts(frame: pd.DataFrame) -> dict[str, list[str]]:
    return {name: one.write(frame, name) for name, one in columns_of(frame, None).items()}


def whole(frame: pd.DataFrame) -> dict[str, list[str]]:
    return {name: [f"{one:.0f}" if isinstance(one, float) else str(one) for one in frame[name]]
            for name in frame}  # fmt: skip


def choose(data: CountTable, derive: Any, write: Any = whole) -> Choice:
    found = find_invented(data, derive, derive(data.frame), write)
    assert found is not None
    return found


def test_a_count_that_the_figures_leave_open_is_invented_and_its_range_is_said() -> None:
    table = stats.tabulate(people({"sex: female": (31, 40)}), ["sex"])
    choice = choose(table, stats.profile)
    marked = choice.invented.set_axis(choice.frame["category"])
    assert marked.loc["female", ["n", "percent"]].all()
    assert not marked.loc["male", ["n", "percent"]].any()
    assert not marked["base"].any()
    assert "n 31 to 40" in choice.said[0]
    assert choice.said[1] == ""
    assert "34 [i]" in texts(choice.flagged)["n"][0]


def test_a_percentage_that_is_printed_is_calibrated_though_its_count_is_open() -> None:
    many = pd.concat([FRAME] * 10)
    origin = people_of(many, Origin("people", "synthetic", "calibrated"))
    table = stats.tabulate(origin, ["sex"])
    ranges = {
        condition_id(one): (336, 344) if count.n == 340 else (count.n, count.n)
        for row, counts in zip(table.conditions, table.counts, strict=True)
        for one, count in zip(row, counts, strict=True)
        if one is not None
    }
    table = stats.tabulate(
        people_of(many, replace(Origin("people", "synthetic"), ranges=ranges)), ["sex"]
    )
    choice = choose(table, stats.profile)
    assert choice.invented["n"].tolist()[0]
    assert not choice.invented["percent"].any()
    wider = {key: (330, 350) if span[0] == 336 else span for key, span in ranges.items()}
    table = stats.tabulate(
        people_of(many, replace(Origin("people", "synthetic"), ranges=wider)), ["sex"]
    )
    assert choose(table, stats.profile).invented["percent"].tolist()[0]


def test_a_count_that_was_never_decided_is_invented() -> None:
    origin = Origin("people", "synthetic", ranges={})
    choice = choose(stats.tabulate(people_of(FRAME, origin), ["sex"]), stats.profile)
    assert choice.all_invented
    assert choice.invented[["n", "base", "percent"]].iloc[0].all()


def test_counts_of_other_people_are_not_asked_about() -> None:
    table = stats.tabulate(people_of(FRAME), ["sex"])
    assert find_invented(table, stats.profile, stats.profile(table.frame), whole) is None


def test_no_test_or_interval_of_a_comparison_is_given_of_an_invented_count() -> None:
    compare = partial(stats.compare, subgroup="female", attributes=["needs", "care"])
    table = stats.tabulate(people({"male, care: yes": (10, 40)}), ["needs", "care"], by="sex")
    choice = choose(table, compare)
    rows = choice.frame.set_index("attribute")
    tests = ["p", "p_holm", "p_bh", "difference_low", "difference_high", "odds_ratio"]
    assert rows.loc["care", tests].isna().all()
    assert choice.not_given.set_axis(rows.index).loc["care", tests].all()
    assert choice.invented.set_axis(rows.index).loc["care", "difference"]
    known = rows.loc["needs"]
    assert known[tests].notna().all()
    assert known["family"] == 1  # adjusted for the tests that are given, and no others
    assert known["p_holm"] == known["p"]


def test_a_headline_that_states_an_invented_number_is_refused() -> None:
    with pytest.raises(UsageError, match="the solver chose"):
        refuse_invented("sexes", "calibrated", "{n[female]} girls", "34 [i] girls")
    with pytest.raises(UsageError, match="the solver chose"):
        refuse_invented("ties", "invented", "{n[ties]} ties", "12 ties")
    refuse_invented("sexes", "calibrated", "{percent[female]} were girls", "34% were girls")


def test_a_count_outside_of_its_range_says_that_the_ranges_are_of_another_cohort() -> None:
    table = stats.tabulate(people({"sex: female": (1, 5)}), ["sex"])
    with pytest.raises(DataError, match="outside of its range"):
        choose(table, stats.profile)


def test_every_count_that_the_notebooks_show_was_asked_about(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Else run scripts/build_audit.py --only-ranges: a notebook counts something new.
    monkeypatch.chdir(ROOT)
    kept = pd.read_csv(ROOT / "data" / "raw" / "audit" / "ranges.csv")
    for name, conditions in build_audit.conditions_shown().items():
        asked = set(kept.loc[kept["cohort"] == name, "condition"])
        assert {condition_id(one) for one in conditions} <= asked
