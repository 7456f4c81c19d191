from __future__ import annotations

import pytest

from appendices.errors import DataError
from youthviolence.national.gaps import (
    exhibit_states,
    gap_notes,
    gap_text,
    sources_of,
)


@pytest.fixture
def gaps(read):
    return read("gaps")


@pytest.fixture
def states(read, tables, gaps):
    def ask(supplied=()):
        frame = exhibit_states(
            read("national_exhibits"), read("exhibit_lines"), tables, gaps, supplied
        )
        return frame.set_index("source_exhibit")

    return ask


def test_a_note_says_what_is_missing_and_who_publishes_it_and_no_file_name(gaps):
    text = gap_text(gaps, "F05")
    for said in (
        "Missing here: Sharp-instrument homicide victims by age",
        "Office for National Statistics publishes it in “Homicide in England and Wales",
    ):
        assert said in text
    assert ".csv" not in text
    assert gap_text(gaps, "F05", ["drop_in_sharp_homicide_by_age"]) == ""
    assert gap_text(gaps, "F02") == ""


def test_how_far_a_release_was_checked_is_always_said(gaps):
    notes = gap_notes(gaps)
    assert len(notes) == len(gaps)
    assert all(one.endswith(")") for one in notes["published"])
    assert notes["put_in"].str.startswith("drop_in_").all()


def test_every_exhibit_of_the_report_has_a_state_and_a_reason(states):
    frame = states()
    assert len(frame) == 30
    assert frame["state"].value_counts().to_dict() == {
        "figures only": 10, "drawn": 12, "partly drawn": 6, "gap": 2,
    }  # fmt: skip
    assert frame.index[frame["state"] == "gap"].tolist() == ["F07", "F08"]
    assert frame.loc[frame["state"].isin(["gap", "partly drawn"]), "why"].str.len().min() > 20


def test_a_supplied_table_makes_an_exhibit_whole(states):
    frame = states(["drop_in_drug_convictions", "drop_in_arrests"])
    assert set(frame.loc[["F03", "F06", "F07", "F08"], "state"]) == {"drawn"}
    assert frame.loc["F44", "state"] == "partly drawn"


def test_a_drop_in_is_a_source_once_it_is_there(read, gaps):
    lines = read("exhibit_lines")
    assert sources_of(lines, gaps, "F06") == ["arrests"]
    both = ["arrests", "drop_in_arrests"]
    assert (
        sources_of(lines, gaps, "F06", ["drop_in_arrests", "drop_in_exclusions_by_group"]) == both
    )


def test_a_missing_column_is_named(gaps):
    with pytest.raises(DataError, match="column 'release' is missing"):
        gap_notes(gaps.drop(columns="release"))
