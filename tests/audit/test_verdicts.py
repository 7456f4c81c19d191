"""One verdict a figure, by the documented precedence, and the contradictions that must be found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from appendices.data.load import load
from appendices.errors import UsageError
from tests.audit.conftest import count, percent, read, relation, word
from youthviolence.audit.evaluate import evaluate
from youthviolence.audit.evidence import Evidence
from youthviolence.audit.figures import Figures
from youthviolence.audit.relations import Relation
from youthviolence.audit.tables import contradictions, front, independent_facts, roundings, sides
from youthviolence.audit.verdicts import VERDICTS, verdicts
from youthviolence.audit.whole import Audit
from youthviolence.commands.audit import ask
from youthviolence.national.at_risk import at_risk, at_risk_table
from youthviolence.national.claims import check_claims
from youthviolence.national.cuts import PUBLISHED
from youthviolence.national.printed_lists import estimates

CLAIM = {
    "claim": "c", "source_exhibit": "F06", "alone": "reproduced", "relation": "equals",
    "says": "The same", "computed": 20.0, "finding": "The data give 20.", "note": None,
    "reach": "as printed",
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
            ("conflicts", ("figures", "says")),
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


def test_calibrated_stands_beside_the_verdict_and_never_hides_it(figures: Figures) -> None:
    built = "Met by construction in the synthetic offenders: 20 of them."
    for relations, verdict in ((HOLDS,), "consistent"), ((), "not checkable"):
        row = judge(figures, *relations, statements=[STATEMENT])
        assert (row["verdict"], row["calibrated"]) == (verdict, built)
    assert judge(figures, FAILS, statements=[STATEMENT])["calibrated"] == built
    reading = judge(figures, statements=[STATEMENT | {"kind": "reading"}])
    assert ", as we read it" in reading["calibrated"]


@pytest.mark.parametrize("broken", [{"state": "left out"}, {"met": False}])
def test_a_statement_that_is_left_out_or_not_met_makes_nothing_calibrated(
    figures: Figures, broken: dict[str, object]
) -> None:
    assert judge(figures, HOLDS, statements=[STATEMENT | broken])["calibrated"] == ""


def test_what_claims_nothing_has_no_verdict_on_it() -> None:
    frame = read(count(20, relation="no claim: says of whom"), count(10))
    row = judge(frame, FAILS, statements=[STATEMENT])
    assert (row["verdict"], row["why"]) == ("no claim", "Says of whom.")


def test_a_conflict_that_only_the_solver_finds_contradicts_too(figures: Figures) -> None:
    conflict = {"figures": ["L1.1", "L3.1"], "says": "20 of them; none"}
    row = judge(figures, HOLDS, conflicts=[conflict], statements=[STATEMENT])
    assert (row["verdict"], row["others"]) == ("contradicted", "L3.1")
    assert row["why"].startswith("Not all of 20 (L1.1, slide 1); 57 (L3.1, slide 1) can be true.")


def test_what_only_a_reading_contradicts_is_ambiguous_under_it_even_where_others_agree(
    figures: Figures,
) -> None:
    loose = Relation("loose", "subset", ("L1.1",), ("L2.1",), firm=False, says="One is part.")
    row = judge(figures, loose, HOLDS)
    assert row["verdict"] == "ambiguous"
    assert row["why"] == "Contradicted under a reading that is not printed: one is part."
    told = judge(figures, replace(loose, reading="all were asked"), HOLDS)
    assert told["why"] == "Contradicted under the reading that all were asked."


def test_two_senses_are_told_only_where_nothing_else_settles_a_figure(figures: Figures) -> None:
    senses = Relation("senses", "two senses", ("L1.1", "L2.1"), says="Two groups.")
    assert judge(figures, senses)["verdict"] == "ambiguous"
    assert judge(figures, senses, HOLDS)["verdict"] == "consistent"


def test_a_figure_that_nothing_speaks_to_says_what_is_missing(figures: Figures) -> None:
    row = judge(figures)
    assert (row["verdict"], row["why"]) == ("not checkable", "Made up.")


@pytest.mark.parametrize(
    ("printed", "computed", "verdict", "apart"),
    [
        (percent(11), 10.61, "reproduced", ""),
        (percent(13), 11.52, "not reproduced", "1.5 apart"),
        (NEARLY_40, 36.9, "ambiguous", "3.1 apart"),
        (NEARLY_40, 35.9, "not reproduced", "4.1 apart"),
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
    up = CLAIM | {"relation": "above", "alone": "supported"}
    down = up | {"claim": "d", "alone": "not supported", "finding": "From 2009 it fell."}
    both = LINK | {"claims": "c;d"}
    assert judge(rising, links=[LINK], claims=[up])["verdict"] == "reproduced"
    split = judge(rising, links=[both], claims=[up, down])
    assert split["verdict"] == "ambiguous"
    assert "under one reading, not another" in split["why"]
    for open_one in ("cannot be checked", "points towards it"):
        other = judge(rising, links=[both], claims=[up | {"alone": open_one}, down])
        assert (other["verdict"], other["charitable"] != "") == ("ambiguous", True)
    assert (
        judge(rising, links=[both], claims=[down | {"claim": "c"}, down])["verdict"]
        == "not reproduced"
    )
    part = judge(rising, links=[LINK | {"part": True}], claims=[up])
    assert part["verdict"] == "not checkable"
    assert part["why"].startswith("The data speak to a part of it only.")
    leaning = up | {"alone": "points against it", "reach": "earlier years only"}
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
        *((one, "not reproduced") for one in ("L237.2",)),
        *((one, "reproduced") for one in ("L235.1", "L237.1", "L239.1", "L235.2", "L239.2")),
        *((one, "reproduced") for one in ("L128.1", "L792.1", "L792.2", "L250.1", "L272.1")),
        *((one, "reproduced") for one in ("L39.3", "L243.1", "L246.1", "L110.2", "L773.1")),
        *((one, "reproduced") for one in ("L190.3", "L192.1", "L790.2")),
        *((one, "consistent") for one in ("L512.1", "L458.4", "L330.2", "L573.1")),
        *((one, "consistent") for one in ("L161.2", "L721.2", "L723.2", "L730.2", "L798.2")),
        *((one, "consistent") for one in ("L135.1", "L359.1", "L397.3", "L397.5", "L400.1")),
        *((one, "ambiguous") for one in ("L39.4", "L243.2", "L248.2", "L865.3", "L697.4")),
        *((one, "ambiguous") for one in ("L45.1", "L470.1", "L358.1", "L437.1", "L480.1")),
        *((one, "ambiguous") for one in ("L486.1", "L488.1", "L510.2", "L586.2", "L397.6")),
        *((one, "ambiguous") for one in ("L143.2", "L530.1", "L528.3", "L161.1", "L687.3")),
        *((one, "not checkable") for one in ("L78.1", "L456.2", "L139.4")),
        *((one, "no claim") for one in ("L39.2", "L101.1", "L384.1", "L458.1")),
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
    assert len(told) == 5
    assert (told[["says", "printed", "arithmetic", "repair"]] != "").all(axis=None)


def test_the_sides_of_each_contradiction_about_percentages_do_not_meet(found: Audit) -> None:
    drawn = sides(found.findings).set_index(["topic", "side"])["nearest"].unstack()
    assert (drawn["is printed"] != drawn["follows from the others"]).all()
    assert drawn.loc["NEET by age"].tolist() == pytest.approx([43.5, 36.5])
    assert sides(found.findings, "people")["topic"].unique().tolist() == ["Familial harm"]


def test_a_trend_that_data_deny_names_the_reading_under_which_they_do_not(found: Audit) -> None:
    row = found.verdicts.set_index("id").loc["L865.3"]
    assert row["verdict"] == "ambiguous"
    assert "read as a second child protection plan" in row["charitable"]


# Why each accusation stands: figures alone, without a reading of a word, a base or a group.
ACCUSED = {
    "at-risk-base": "three counts and their shares are printed, and no one population gives them",
    "ethnicity-majority": "a majority is more than half, and 40 % is printed",
    "familial-harm": "the definition, its three parts and the total are printed",
    "neet-by-age": "the two printed age groups cover everyone",
    "social-care-robbery": "both shares can be worked out from printed counts",
}


def test_each_accusation_has_its_reason_and_nobody_is_accused_of_more(found: Audit) -> None:
    failed = found.findings[found.findings["outcome"] == "inconsistent"]
    assert set(failed["relation"]) == set(ACCUSED)


def test_what_is_contradicted_is_what_the_solver_finds_from_printed_figures_alone(
    found: Audit,
) -> None:
    sets = [set(figures) for figures in found.conflicts["figures only"]["figures"]]
    verdict = found.verdicts.set_index("id")["verdict"]
    assert set(verdict[verdict == "contradicted"].index) == set.union(*sets)
    failed = found.findings[found.findings["outcome"] == "inconsistent"].set_index("relation")
    declared = {
        frozenset(failed.loc[one, "in_question"]) for one in set(ACCUSED) - {"at-risk-base"}
    }
    assert declared == set(map(frozenset, sets))
    others = found.verdicts.set_index("id")["others"]
    for members in sets:
        for one in members:
            assert set(others[one].split("; ")) | {one} == members


def test_every_failure_under_a_reading_names_a_reading_and_accuses_nobody(found: Audit) -> None:
    under = found.findings[found.findings["under"] != ""]
    assert set(under["outcome"]) == {"ambiguous"}
    seen = {
        "almost-all-victims", "exploitation-order", "exposure-of-57", "harm-outside-in-words",
        "mapped-share", "needs-of-all", "neet-age-bands", "neet-under-18", "not-known-of-57",
        "one-rounding-of-57", "custody-of-all", "criminal-exploitation", "pandemic-concerns",
    }  # fmt: skip
    assert seen <= set(under["relation"])
    relations = load("relations").set_index("relation")
    kinds = load("audit_statements").groupby("statement")["kind"].agg(set)
    for name in set(under["relation"]) & set(relations.index):
        rests_on = str(relations.loc[name, "rests_on"] or "").split(";")
        readings = [one for one in rests_on if "reading" in kinds.get(one, ())]
        assert readings or not relations.loc[name, "firm"], name


def test_no_claim_counts_neither_for_nor_against_and_all_others_add_up(found: Audit) -> None:
    last = front(found.verdicts).iloc[-1]
    assert last["claims"] + last["no_claim"] == last["figures"] == 486
    assert 60 <= last["no_claim"] <= 100
    named = found.verdicts[found.verdicts["verdict"] == "no claim"]["id"]
    links = load("published_figures_links").set_index("figure")["claims"].dropna()
    assert not set(named) & set(links.index)


def test_reproduced_figures_are_counted_apart_from_the_facts_behind_them(found: Audit) -> None:
    (row,) = independent_facts(found.verdicts, load("national_claims")).to_dict("records")
    assert row["reproduced"] == row["places"] + row["others"]
    assert row["places"] == 20
    assert row["inferred"] < row["facts"] < row["others"]


def test_no_figure_has_one_verdict_in_the_national_appendix_and_another_in_the_audit(
    found: Audit,
) -> None:
    lines, printed = load("exhibit_lines"), load("printed_top_tens")
    counts = at_risk_table(load("at_risk_counts"), load("local_authorities"))
    series = {name: load(name) for name in lines["table"].unique()}
    checked = check_claims(
        load("national_claims"), lines, series, estimates(at_risk(PUBLISHED, counts), printed)
    ).set_index("claim")["verdict"]
    audited = found.verdicts.set_index("id")["verdict"]
    same = {"supported": "reproduced", "not supported": "not reproduced"}
    links = load("published_figures_links").query("not part and place.isna() and claims.notna()")
    settled = {"reproduced", "not reproduced", "ambiguous"}
    for figure, claims in zip(links["figure"], links["claims"].str.split(";"), strict=True):
        said = {same.get(checked[claim], checked[claim]) for claim in claims} & settled
        assert said <= {audited[figure]}, figure


def test_the_income_domain_gives_the_share_of_ten_authorities_that_the_note_names() -> None:
    table = at_risk_table(load("at_risk_counts"), load("local_authorities"))
    note = load("national_claims").set_index("claim").loc["F17-ten", "note"]
    shares = set()
    for cuts in (PUBLISHED, replace(PUBLISHED, income_cut=PUBLISHED.crime_cut)):
        answer = at_risk(replace(cuts, income_measure="income"), table)
        value = estimates(answer, load("printed_top_tens"))["at-risk-c-in-ten"]["2019"]
        shares.add(f"{value:.1f}")
    assert shares & {"39.5", "39.7"}
    assert all(share in note for share in shares)


def test_no_one_rounding_rule_gives_the_four_percentages_of_57(found: Audit) -> None:
    table = roundings(found.figures, ["L358.1", "L359.1", "L360.1", "L437.1"])
    assert table["half_up"].tolist() == ["no", "yes", "yes", "no"]
    assert table["truncate"].tolist() == ["no", "no", "yes", "yes"]


def test_the_rounding_rule_changes_what_is_contradicted() -> None:
    cut = ask("truncate", with_readings=True).verdicts.set_index("id")["verdict"]
    assert cut["L235.2"] == "not reproduced"
    assert cut["L358.1"] == "ambiguous"


def test_without_readings_nothing_rests_on_one() -> None:
    found = ask("half_up", with_readings=False)
    assert list(found.conflicts) == ["figures only"]
    assert not found.verdicts["calibrated"].str.contains("as we read it").any()
    assert not found.verdicts["why"].str.contains("Contradicted under").any()
    assert len(found.verdicts) == 486


def test_leaving_readings_out_changes_the_verdicts_that_rest_on_them(found: Audit) -> None:
    alone = ask("half_up", with_readings=False).verdicts.set_index("id")["verdict"]
    both = found.verdicts.set_index("id")["verdict"]
    changed = both[both != alone]
    assert {"L45.1", "L358.1", "L480.1", "L486.1", "L586.2"} <= set(changed.index)
    assert set(both[both == "contradicted"].index) == set(alone[alone == "contradicted"].index)


def test_a_figure_of_several_sets_is_told_the_smallest(figures: Figures) -> None:
    large = {"figures": ["L1.1", "L2.1", "L3.1"], "says": "20 of them; 10 of them; none"}
    small = {"figures": ["L1.1", "L3.1"], "says": "20 of them; none"}
    assert judge(figures, conflicts=[large, small])["others"] == "L3.1"
