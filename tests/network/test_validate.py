from __future__ import annotations

import pandas as pd
import pytest

from appendices.errors import DataError
from youthviolence.network import build_network, warning_counts
from youthviolence.network.validation import validate_network


def found(tables) -> set[tuple[str, str, int, str]]:
    return set(validate_network(*tables).itertuples(index=False, name=None))


def test_a_sound_network_has_no_finding_and_is_not_changed(tables_of):
    tables = tables_of([("a", "S1"), ("b", "S1"), ("a", "V1")])
    tables[3]["start"] = tables[3]["end"] = pd.Timestamp("2019-01-01")
    before = [table.copy() for table in tables]
    assert validate_network(*tables).empty
    for table, copy in zip(tables, before, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_every_broken_rule_is_found_with_table_and_row(tables_of):
    people, incidents, institutions, ties = tables_of(
        [("a", "S1"), ("b", "S1"), ("a", "V1")], people=["lonely"], places=["S9", "V9"]
    )
    ties["start"] = pd.Timestamp("2019-01-10")
    ties["end"] = pd.Timestamp("2019-02-10")
    ties.loc[1, "end"] = pd.Timestamp("2019-01-09")
    dangling = ties.loc[[0]].assign(person="nobody", institution="V1")  # an incident's id
    undated = ties.loc[[0]].assign(end=pd.NaT)
    both, neither = ties.loc[[0]].assign(incident="V1"), ties.loc[[0]].assign(institution=None)
    again = ties.loc[[0]].assign(start=pd.Timestamp("2019-02-10"), end=pd.Timestamp("2019-04-01"))
    ties = pd.concat(
        [ties, ties.loc[[0]], dangling, undated, both, neither, again], ignore_index=True
    )
    people = pd.concat([people, people.loc[[0]]], ignore_index=True)
    one_place = "must name an incident or an institution, and not both"
    assert found((people, incidents, institutions, ties)) == {
        ("error", "people", 5, "person stands in an earlier row"),
        ("error", "ties", 3, "ends before it starts"),
        ("error", "ties", 5, "stands in an earlier row already"),
        ("error", "ties", 6, "person is not in people"),
        ("error", "ties", 6, "institution is not in institutions"),
        ("error", "ties", 8, one_place),
        ("error", "ties", 9, one_place),
        ("warning", "incidents", 3, "has no tie"),
        ("warning", "institutions", 3, "has no tie"),
        ("warning", "people", 4, "has no tie"),
        ("warning", "ties", 5, "overlaps another stay of the person there: days count once"),
        ("warning", "ties", 7, "a stay without a first or last day counts as open on that side"),
        ("warning", "ties", 7, "overlaps another stay of the person there: days count once"),
        ("warning", "ties", 8, "overlaps another stay of the person there: days count once"),
        ("warning", "ties", 10, "overlaps another stay of the person there: days count once"),
    }


def test_stays_that_follow_each_other_are_not_reported_as_overlapping(tables_of):
    people, incidents, institutions, ties = tables_of([("a", "S1"), ("a", "S1"), ("a", "S2")])
    ties["start"] = pd.to_datetime(["2019-01-01", "2019-02-01", "2019-01-15"])
    ties["end"] = pd.to_datetime(["2019-01-31", "2019-02-28", "2019-02-15"])
    assert validate_network(people, incidents, institutions, ties).empty
    table = warning_counts(people, incidents, institutions, ties)
    assert table["rows"].tolist() == [0] * 5
    assert table["of"].tolist() == [1, 0, 2, 3, 3]


def test_an_error_stops_the_build_and_names_rows_but_no_value(tables_of):
    people, incidents, institutions, ties = tables_of([("secret-person", "S1"), ("b", "S1")])
    ties.loc[0, "person"] = "secret-stranger"
    with pytest.raises(DataError) as error:
        build_network(people, incidents, institutions, ties)
    assert "ties, row 2: person is not in people" in str(error.value)
    assert "secret" not in str(error.value)


def test_two_stays_and_two_roles_are_one_link(tables_of):
    people, incidents, institutions, ties = tables_of([("a", "S1"), ("a", "V1")])
    again = ties.assign(role="witness", start=pd.Timestamp("2019-01-01"))
    network = build_network(people, incidents, institutions, pd.concat([ties, again]))
    assert network.ecount() == 2
    assert [len(stays) for stays in network.es["stays"]] == [0, 2]  # V1, S1


def test_a_stay_that_begins_on_the_last_day_of_another_overlaps_it(tables_of):
    people, incidents, institutions, ties = tables_of([("a", "S1"), ("a", "S1")])
    ties["start"] = pd.to_datetime(["2019-01-01", "2019-01-31"])
    ties["end"] = pd.to_datetime(["2019-01-31", "2019-02-28"])
    assert found((people, incidents, institutions, ties)) == {
        ("warning", "ties", 3, "overlaps another stay of the person there: days count once")
    }


def test_a_second_row_of_an_id_is_an_error_and_not_one_more_without_a_tie(tables_of):
    people, incidents, institutions, ties = tables_of([("a", "S1")], people=["b"])
    ties["start"] = ties["end"] = pd.Timestamp("2019-01-01")
    people = pd.concat([people, people], ignore_index=True)
    assert found((people, incidents, institutions, ties)) == {
        ("error", "people", 4, "person stands in an earlier row"),
        ("error", "people", 5, "person stands in an earlier row"),
        ("warning", "people", 3, "has no tie"),
    }
