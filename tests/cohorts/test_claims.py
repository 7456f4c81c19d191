"""Claims that something is more common in a subgroup."""

from __future__ import annotations

import pandas as pd
import pytest

from appendices.errors import UsageError
from tests.cohorts.frames import tabulate
from youthviolence.cohorts import answer_claims, compare, compare_each


def counts(**cells: tuple[int, int]) -> pd.DataFrame:
    """Return counts of 28 people inside and 29 outside, with so many having each attribute."""
    people = {"side": ["in"] * 28 + ["out"] * 29}
    for name, (x1, x2) in cells.items():
        people[name] = ["yes"] * x1 + ["no"] * (28 - x1) + ["yes"] * x2 + ["no"] * (29 - x2)
    return tabulate(pd.DataFrame(people), {name: ["yes", "no"] for name in cells}, by="side")


def verdicts(table: pd.DataFrame, **options: object) -> dict[str, str]:
    claims = dict.fromkeys(table["attribute"].unique(), "more common")
    answered = answer_claims(compare(table, "in"), claims, **options)  # type: ignore[arg-type]
    return dict(zip(answered["attribute"], answered["verdict"], strict=True))


def test_each_claim_gets_the_answer_that_its_counts_give() -> None:
    table = counts(clear=(26, 5), fragile=(21, 13), chance=(15, 14), less=(21, 24), none=(0, 0))
    assert verdicts(table) == {
        "clear": "holds",
        "fragile": "suggestive",
        "chance": "may be chance",
        "less": "does not hold",
        "none": "does not hold",
    }


def test_a_claim_alone_needs_no_allowance_for_others() -> None:
    assert verdicts(counts(fragile=(21, 13))) == {"fragile": "holds"}


def test_the_answer_says_the_counts_and_how_few_people_would_turn_it() -> None:
    table = counts(fragile=(21, 13), less=(21, 24))
    row = answer_claims(compare(table, "in"), {"fragile": "More"}).iloc[0]
    assert (row["subgroup"], row["reference"]) == ("21 of 28 (75 %)", "13 of 29 (45 %)")
    assert "turn if 1 person was" in row["answer"]


def test_a_family_of_the_comparisons_with_both_sides_known_is_adjusted_for_those_alone() -> None:
    table = compare(counts(needs=(21, 13), care=(21, 24)), "in")
    assert table["p"].round(3).tolist() == [0.031, 0.530]
    assert table["p_holm"].round(3).iloc[0] == 0.061
    answered = answer_claims(table, {"needs": "More", "care": "More"})
    assert answered["verdict"].tolist() == ["suggestive", "does not hold"]


def test_a_claim_about_counts_that_nobody_printed_gets_no_answer() -> None:
    table = compare(counts(needs=(21, 13), excluded=(14, 2)), "in", attributes=["needs"])
    claims = {"needs": "More", "excluded": "More"}
    row = answer_claims(table, claims, unprinted=["excluded"]).iloc[1]
    assert row["verdict"] == "cannot be known"
    assert row[["difference", "low", "high"]].isna().all()
    with pytest.raises(UsageError, match="unknown attribute 'excluded'"):
        answer_claims(table, claims)


def test_nothing_is_said_of_a_withheld_count() -> None:
    table = counts(a=(3, 20))
    table.loc[table["group"] == "in", "n"] = pd.NA
    row = answer_claims(compare(table, "in"), {"a": "More"}).iloc[0]
    assert (row["verdict"], row["subgroup"]) == ("cannot be said", "withheld")


def test_unknown_attributes_and_adjustments_are_refused() -> None:
    comparison = compare(counts(needs=(21, 13)), "in")
    with pytest.raises(UsageError, match="Did you mean 'needs'"):
        answer_claims(comparison, {"need": "More"})
    with pytest.raises(UsageError, match="adjustment 'holms'"):
        answer_claims(comparison, {"needs": "More"}, adjusted="holms")
    twice = pd.concat([comparison, comparison])
    with pytest.raises(UsageError, match="one comparison"):
        answer_claims(twice, {"needs": "More"})


def test_each_reference_is_compared_in_turn() -> None:
    table = counts(a=(21, 13), b=(5, 6))
    both = compare_each(table, "in", ["rest", "whole"])
    assert list(both["reference"]) == ["rest", "rest", "whole", "whole"]
    pd.testing.assert_frame_equal(
        both.iloc[2:].reset_index(drop=True), compare(table, "in", "whole")
    )
