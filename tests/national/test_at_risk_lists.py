from __future__ import annotations

import pytest

from youthviolence.national.at_risk import at_risk
from youthviolence.national.cuts import PUBLISHED, Cut, Definition
from youthviolence.national.printed_lists import with_printed_place
from youthviolence.national.specifications import (
    Grid,
    choice_in_words,
    specifications,
    spread_by_choice,
    spread_over_definitions,
    top_ten_membership,
)


@pytest.fixture(scope="module")
def every(at_risk_counts):
    return specifications(at_risk_counts, Grid())


def test_each_authority_of_the_printed_lists_is_in_its_printed_place(read, at_risk_counts):
    result = at_risk(PUBLISHED, at_risk_counts)
    for exhibit in ("F18", "F19"):
        top = with_printed_place(result, read("printed_top_tens"), exhibit)
        assert top["printed_place"].tolist() == list(range(1, 11))


def test_under_another_definition_the_printed_place_shows_who_moved(read, at_risk_counts):
    other = Definition.parse(income_measure="imd", crime_cut="decile:3", income_cut="decile:3")
    top = with_printed_place(at_risk(other, at_risk_counts), read("printed_top_tens"), "F18")
    assert top["printed_place"].isna().any()
    assert top.loc[top["name"] == "Birmingham", "printed_place"].item() == 5
    assert top["place"].tolist() == list(range(1, 11))


def test_the_estimates_that_claims_name(at_risk_estimates):
    assert at_risk_estimates["at-risk-c"] == {"2019": 213_403}
    assert at_risk_estimates["at-risk-b-share"]["2019"] == pytest.approx(11.5206, abs=1e-4)
    assert at_risk_estimates["at-risk-places-by-count"]["2019"] == 10


def test_every_definition_is_counted_once_for_each_group(every):
    frame = spread_over_definitions(every)
    assert frame.groupby("group").size().to_dict() == {"A": 60, "B": 180, "C": 900}
    own = frame[frame["published"]].set_index("group")["children"]
    assert own.to_dict() == {"A": 477_014, "B": 517_963, "C": 213_403}
    for _, part in frame.groupby("group"):
        assert part["children"].is_monotonic_increasing


def test_stricter_definitions_than_the_published_one_are_among_them(every):
    frame = every.frame
    assert (frame["c"] < 213_403).sum() == 273
    assert frame["c"].max() / 213_403 == pytest.approx(6.37, abs=0.005)
    same_ages = frame[frame["ages"] == "11-17"]
    assert (same_ages["c"] < 213_403).sum() == 73
    assert same_ages["c"].max() / 213_403 == pytest.approx(4.95, abs=0.005)


def test_the_range_of_a_choice_is_that_of_its_definitions(every, at_risk_counts):
    by_choice = spread_by_choice(every).set_index("label")
    row = by_choice.loc["Income measure: income domain"]
    chosen = every.frame[every.frame["income_measure"] == "income"]["c"]
    assert (row["lowest"], row["highest"]) == (chosen.min(), chosen.max())
    own = by_choice["published"].dropna()
    assert len(own) == 5
    assert set(own) == {213_403}
    # One definition of those, asked for on its own.
    one = Definition.parse(income_measure="income", crime_cut="decile:1", income_cut="decile:1")
    assert row["lowest"] <= at_risk(one, at_risk_counts).groups["children"].iloc[2] == 230_184


def test_who_is_always_in_a_top_ten_is_in_that_of_every_definition(every):
    frame = top_ten_membership(every)
    always = frame[(frame["panel"] == "by number") & (frame["membership"] == "always")]
    assert set(always["name"]) == {"Bradford", "Leeds", "Manchester", "Sheffield"}
    assert (always["percent"] == 100).all()
    assert frame.groupby("panel")["published"].sum().to_dict() == {"by number": 10, "by share": 10}
    assert frame.groupby("panel")["percent"].sum().tolist() == pytest.approx([1000, 1000])


def test_choices_and_definitions_are_said_in_words():
    words = [choice_in_words(one) for one in ("decile:1", "decile:3", "percentile:90", "imd")]
    assert words == ["decile 1", "deciles 1 to 3", "percentile 90", "IMD"]
    assert Cut("rank", 3289).in_words == "rank 1 to 3,289"
    assert PUBLISHED.in_words == (
        "ages 11 to 17, mid-2019; high is a crime score at or above percentile 90 and an IDACI "
        "score at or above percentile 90"
    )
