"""The lists of a network taken from its ties."""

from __future__ import annotations

import pandas as pd
import pytest

from appendices.errors import DataError
from youthviolence.network import build_network, findings_of_ties, lists_of

NONE = {"incident": None, "institution": None, "incident_type": None, "institution_type": None}


def ties(*rows: dict[str, str | None]) -> pd.DataFrame:
    table = pd.DataFrame([{**NONE, "start": None, "end": None, **row} for row in rows])
    return table.assign(start=pd.to_datetime(table["start"]), end=pd.to_datetime(table["end"]))


SOUND = (
    {"person": "p2", "institution": "s1", "institution_type": "school"},
    {"person": "p1", "incident": "i1"},
    {"person": "p1", "institution": "s1", "start": "2019-01-01", "end": "2019-02-01"},
    {"person": "p2", "incident": "i1", "incident_type": "murder"},
    {"person": "p2", "incident": "i2"},
)


def test_people_and_places_are_taken_from_the_ties_with_what_any_row_says_of_them() -> None:
    people, incidents, institutions = lists_of(ties(*SOUND))
    assert people["person"].tolist() == ["p1", "p2"]
    assert incidents.to_dict("list") == {
        "incident": ["i1", "i2"], "type": ["murder", "not recorded"],
    }  # fmt: skip
    assert institutions.to_dict("list") == {"institution": ["s1"], "type": ["school"]}
    assert build_network(people, incidents, institutions, ties(*SOUND)).vcount() == 5
    assert findings_of_ties(ties(*SOUND)) == []


def test_a_place_of_two_types_is_told_by_row_and_rule() -> None:
    other = {"person": "p1", "institution": "s1", "institution_type": "custody"}
    (found,) = findings_of_ties(ties(*SOUND, other))
    assert (found.column, found.rows) == ("institution_type", (7,))
    assert found.rule == "is not what an earlier row says of the same institution"
    with pytest.raises(DataError, match="row 7, column 'institution_type'"):
        lists_of(ties(*SOUND, other))


def test_a_type_beside_no_place_contradicts_no_place() -> None:
    stray = {"person": "p1", "incident": "i3", "institution_type": "custody"}
    assert findings_of_ties(ties(*SOUND, stray)) == []
    _, _, institutions = lists_of(ties(*SOUND, stray))
    assert institutions.to_dict("list") == {"institution": ["s1"], "type": ["school"]}


def test_ties_that_cannot_be_are_told_by_row_and_rule() -> None:
    backwards = {"person": "p1", "institution": "s2", "start": "2019-02-01", "end": "2019-01-01"}
    nowhere, again = {"person": "p1"}, SOUND[4]
    found = findings_of_ties(ties(*SOUND, backwards, nowhere, again))
    assert {(one.rule, one.rows) for one in found} == {
        ("ends before it starts", (7,)),
        ("must name an incident or an institution, and not both", (8,)),
        ("stands in an earlier row already", (9,)),
    }
