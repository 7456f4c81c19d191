"""One verdict a figure, by the documented precedence, and the contradictions that must be found."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.audit.conftest import count, percent, read, relation, word
from youthviolence.audit.evaluate import evaluate
from youthviolence.audit.figures import Figures
from youthviolence.audit.relations import Relation
from youthviolence.audit.tables import contradictions, front, roundings, sides
from youthviolence.audit.verdicts import VERDICTS, Evidence, verdicts
from youthviolence.audit.whole import Audit
from youthviolence.commands.audit import ask
from youthviolence.errors import UsageError
from youthviolence.sources.load import load

CLAIM = {
    "claim": "c", "source_exhibit": "F06", "verdict": "reproduced", "relation": "equals",
    "computed": 20.0, "finding": "The data give 20.", "note": None, "reach": "as printed",
}  # fmt: skip
LINK = {"figure": "L1.1", "claims": "c", "part": False, "place": None, "exhibit": "some-exhibit"}
STATEMENT = {
    "cohort": "offenders", "statement": "s", "kind": "figure", "says": "20 of them", "met": True,
    "figures": "L1.1", "state": "kept",
}  # fmt: skip
NEARLY_40 = percent(40, printed="nearly 40%", precision="nearly")
FAILS = relation("subset", "L1.1", whole=("L2.1",))
HOLDS = relation("subset", "L1.1", whole=("L3.1",))


def judge(figures: Figures, *relations: Relation, **more: list[dict[str, Any]]) -> pd.Series:
    """Return the verdict on the first figure."""
    given = {"claims": [CLAIM], "links": [], "statements": [], "conflicts": [], "places": {}} | more
    frames = {
        name: pd.DataFrame(given[name], columns=list(columns))
        for name, columns in (
            ("claims", CLAIM), ("links", LINK), ("statements", STATEMENT),
            ("conflicts", ("figures", "in_question", "says")),
        )
    }  # fmt: skip
    evidence = Evidence(places=given["places"], findings=evaluate(relations, figures), **frames)
    return verdicts(figures, evidence).iloc[0]


@pytest.fixture
def figures() -> Figures:
    return read(count(20), count(10), count(57))


def test_data_come_before_contradiction_construction_and_agreement(figures: Figures) -> None:
    row = judge(figures, FAILS, HOLDS, links=[LINK], statements=[STATEMENT])
    assert (row["verdict"], row["exhibit"]) == ("reproduced", "some-exhibit")


def test_a_contradiction_comes_before_construction(figures: Figures) -> None:
    row = judge(figures, FAILS, HOLDS, statements=[STATEMENT])
    assert row["verdict"] == "contradicted"
    assert (row["others"], row["arithmetic"]) == ("L2.1", "20 is more than the 10 of the whole")


def test_construction_comes_before_agreement_and_never_reproduces(figures: Figures) -> None:
    assert judge(figures, HOLDS, statements=[STATEMENT])["verdict"] == "calibrated"
    left_out = STATEMENT | {"state": "left out", "met": False}
    assert judge(figures, HOLDS, statements=[left_out])["verdict"] == "consistent"


def test_a_conflict_that_only_the_solver_finds_contradicts_too(figures: Figures) -> None:
    conflict = {"figures": ["L1.1", "L3.1"], "in_question": ["L1.1"], "says": "20 of them; none"}
    row = judge(figures, HOLDS, conflicts=[conflict], statements=[STATEMENT])
    assert (row["verdict"], row["others"]) == ("contradicted", "L3.1")


def test_a_figure_that_rests_on_a_reading_is_not_checkable_and_says_why(figures: Figures) -> None:
    loose = Relation("loose", "subset", ("L1.1",), ("L2.1",), firm=False, says="One is part.")
    row = judge(figures, loose)
    assert row["verdict"] == "not checkable"
    assert row["why"] == "It rests on a reading that is not printed. One is part."


def test_a_figure_that_nothing_speaks_to_says_what_is_missing(figures: Figures) -> None:
    row = judge(figures)
    assert (row["verdict"], row["why"]) == ("not checkable", "Made up.")


@pytest.mark.parametrize(
    ("printed", "computed", "verdict", "apart"),
    [
        (percent(11), 10.61, "reproduced", ""),
        (percent(13), 11.52, "not reproduced", "1.5 apart"),
        (NEARLY_40, 36.9, "not reproduced", "3.1 apart"),
        (NEARLY_40, 38.9, "reproduced", ""),
        (count(213000, printed="over 213,000", precision="over"), 213403, "reproduced", ""),
    ],
)  # fmt: skip
def test_a_number_is_held_against_the_data_at_the_precision_it_is_printed_with(
    printed: dict[str, Any], computed: float, verdict: str, apart: str
) -> None:
    row = judge(read(printed), links=[LINK], claims=[CLAIM | {"computed": computed}])
    assert row["verdict"] == verdict
    assert row["arithmetic"].endswith(apart or "printed")


def test_data_that_reach_a_part_of_it_or_say_both_settle_nothing() -> None:
    rising = read(word("rising", unit="trend"))
    up = CLAIM | {"relation": "above", "verdict": "supported"}
    down = up | {"claim": "d", "verdict": "not supported", "finding": "From 2009 it fell."}
    both = LINK | {"claims": "c;d"}
    assert judge(rising, links=[LINK], claims=[up])["verdict"] == "reproduced"
    assert "from one year and not" in judge(rising, links=[both], claims=[up, down])["why"]
    part = judge(rising, links=[LINK | {"part": True}], claims=[up])
    assert part["verdict"] == "not checkable"
    assert part["why"].startswith("The data speak to a part of it only.")
    leaning = up | {"verdict": "points against it", "reach": "earlier years only"}
    assert "points against it" in judge(rising, links=[LINK], claims=[leaning])["why"]


def test_a_place_in_a_list_is_reproduced_when_the_name_stands_there() -> None:
    figures = read(count(3, unit="rank"))
    link = LINK | {"place": 3}
    assert judge(figures, links=[link], places={("F06", 3): True})["verdict"] == "reproduced"
    assert judge(figures, links=[link], places={("F06", 3): False})["verdict"] == "not reproduced"


@pytest.mark.parametrize("wrong", [{"figure": "L1.2"}, {"claims": "cc"}])
def test_a_link_to_nothing_is_an_error_with_the_nearest(
    figures: Figures, wrong: dict[str, str]
) -> None:
    with pytest.raises(UsageError, match="Did you mean"):
        judge(figures, links=[LINK | wrong])


def test_every_published_figure_gets_exactly_one_verdict(found: Audit) -> None:
    assert found.verdicts["id"].tolist() == load("published_figures")["id"].tolist()
    assert found.verdicts["verdict"].isin(VERDICTS).all()
    assert (found.verdicts["why"].str.len() > 3).all()
    assert front(found.verdicts).iloc[-1]["figures"] == 486


@pytest.mark.parametrize(
    ("figure", "verdict"),
    [
        *((one, "contradicted") for one in ("L474.1", "L476.1", "L478.1", "L490.1")),
        *((one, "contradicted") for one in ("L358.1", "L359.1", "L437.1", "L486.1", "L488.1")),
        *((one, "contradicted") for one in ("L536.1", "L396.1", "L397.1", "L398.1", "L586.2")),
        *((one, "contradicted") for one in ("L480.1", "L45.1", "L470.1", "L326.1", "L342.1")),
        *((one, "not reproduced") for one in ("L237.2", "L39.4", "L243.2", "L248.2")),
        *((one, "reproduced") for one in ("L235.1", "L237.1", "L239.1", "L235.2", "L239.2")),
        *((one, "reproduced") for one in ("L128.1", "L792.1", "L792.2", "L250.1", "L272.1")),
        *((one, "calibrated") for one in ("L512.1", "L496.3", "L458.4", "L330.2", "L573.1")),
        *((one, "consistent") for one in ("L161.2", "L721.2", "L723.2", "L730.2", "L798.2")),
        *((one, "not checkable") for one in ("L143.2", "L530.1", "L78.1", "L39.2", "L586.1")),
        *((one, "consistent") for one in ("L135.1", "L161.1", "L687.3")),
    ],
)
def test_the_verdict_on_a_figure_is_what_its_evidence_gives(
    found: Audit, figure: str, verdict: str
) -> None:
    row = found.verdicts.set_index("id").loc[figure]
    assert (figure, row["verdict"]) == (figure, verdict)


def test_no_calibrated_figure_counts_as_reproduced(found: Audit) -> None:
    cohorts = found.verdicts["section"].isin(["victims", "offenders", "social network"])
    assert not (cohorts & (found.verdicts["verdict"] == "reproduced")).any()


def test_each_contradiction_has_its_arithmetic_and_a_charitable_reading(found: Audit) -> None:
    told = contradictions(found.findings, found.figures)
    assert len(told) >= 15
    assert (told[["says", "printed", "arithmetic", "repair"]] != "").all(axis=None)


def test_the_sides_of_each_contradiction_about_percentages_do_not_meet(found: Audit) -> None:
    drawn = sides(found.findings).set_index(["topic", "side"])["nearest"].unstack()
    assert (drawn["is printed"] != drawn["follows from the others"]).all()
    assert drawn.loc["Mapped share"].tolist() == pytest.approx([55.1, 70.5], abs=0.1)
    assert sides(found.findings, "people")["topic"].unique().tolist() == [
        "Needs of all", "Exploitation order", "Familial harm",
    ]  # fmt: skip


def test_a_trend_that_data_deny_names_the_reading_under_which_they_do_not(found: Audit) -> None:
    row = found.verdicts.set_index("id").loc["L865.3"]
    assert row["verdict"] == "not reproduced"
    assert "read as a second child protection plan" in row["charitable"]


# What a reader of the report finds: contradictions, and places that hold under one reading only.
SEEN = {
    "inconsistent": (
        "almost-all-victims", "at-risk-base", "ethnicity-majority", "exploitation-order",
        "exposure-of-57", "familial-harm", "harm-outside-in-words", "mapped-share", "needs-of-all",
        "neet-age-bands", "neet-by-age", "neet-under-18", "not-known-of-57", "one-rounding-of-57",
        "social-care-robbery",
    ),
    "ambiguous": (
        "centres", "class-a-parts", "criminal-exploitation", "custody-of-all",
        "drug-arrests-heading", "four-tiers", "gang-children-twice", "gap-hospital", "gap-known",
        "gap-stabbing", "harm-at-home-in-words", "known-and-unknown", "most-at-risk",
        "neet-age-bands-overlap", "pandemic-concerns", "perpetrators", "programme-years",
        "rules-of-the-map", "spending-halves", "top-factors", "youngest-of-whom",
    ),
    "consistent": (
        "female-third", "gang-members", "mental-health-robbery",
        "nearly-around-40", "routes-in-network", "spending-parts",
    ),
}  # fmt: skip


@pytest.mark.parametrize("outcome", SEEN)
def test_what_a_reader_finds_is_found_and_nobody_is_accused_of_more(
    found: Audit, outcome: str
) -> None:
    outcomes = found.findings.set_index("relation")["outcome"]
    assert set(outcomes[list(SEEN[outcome])]) == {outcome}
    assert set(SEEN["inconsistent"]) | {"almost-all-victims-summary"} == set(
        outcomes[outcomes == "inconsistent"].index
    )


def test_no_one_rounding_rule_gives_the_four_percentages_of_57(found: Audit) -> None:
    table = roundings(found.figures, ["L358.1", "L359.1", "L360.1", "L437.1"])
    assert table["half_up"].tolist() == ["no", "yes", "yes", "no"]
    assert table["truncate"].tolist() == ["no", "no", "yes", "yes"]


def test_the_rounding_rule_changes_what_is_contradicted() -> None:
    cut = ask("truncate", with_readings=True).verdicts.set_index("id")["verdict"]
    assert cut["L235.2"] == "not reproduced"
    assert cut["L358.1"] == "contradicted"


def test_without_readings_nothing_rests_on_one() -> None:
    found = ask("half_up", with_readings=False)
    assert list(found.conflicts) == ["figures only"]
    assert not found.verdicts["why"].str.contains("as we read it").any()
    assert len(found.verdicts) == 486
