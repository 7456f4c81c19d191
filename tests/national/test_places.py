from pathlib import Path

import pandas as pd
import pytest

from appendices.errors import UsageError
from youthviolence.national.places import resolve

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def authorities():
    return pd.read_csv(ROOT / "data/raw/national/local_authorities.csv")


def test_every_authority_of_2019_is_found_by_name_and_by_code_in_any_case(authorities):
    assert len(authorities) == 317
    for code, name in zip(authorities["code"], authorities["name"], strict=True):
        for text in (name, name.upper(), f" {name.lower()} ", code, code.lower()):
            place = resolve(text, authorities)
            assert (place.name, place.codes) == (name, (code,))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Bristol", "Bristol, City of"),
        ("city of bristol", "Bristol, City of"),
        ("Hull", "Kingston upon Hull, City of"),
        ("Hull City Council", "Kingston upon Hull, City of"),
        ("Herefordshire", "Herefordshire, County of"),
        ("Durham", "County Durham"),
        ("St Helens", "St. Helens"),
        ("Kings Lynn & West Norfolk", "King's Lynn and West Norfolk"),
        ("London Borough of Hackney", "Hackney"),
        ("Royal Borough of Greenwich", "Greenwich"),
        ("Leeds City Council", "Leeds"),
        ("City of London", "City of London"),
        ("City of York", "York"),
        ("Telford", "Telford and Wrekin"),
        ("Stoke on Trent", "Stoke-on-Trent"),
        ("isles of scilly", "Isles of Scilly"),
    ],
)
def test_the_names_people_use_are_found(authorities, text, name):
    assert resolve(text, authorities).name == name


@pytest.mark.parametrize("text", ["Corby", "E07000150"])
def test_an_authority_that_has_merged_since_says_so(authorities, text):
    place = resolve(text, authorities)
    assert not place.is_sum
    assert place.note == (
        "Corby became part of North Northamptonshire in 2021; figures are for its area of 2019."
    )


@pytest.mark.parametrize("text", ["Buckinghamshire", "E06000060"])
def test_an_authority_formed_since_is_the_sum_of_its_parts(authorities, text):
    place = resolve(text, authorities)
    assert place.codes == ("E07000004", "E07000005", "E07000006", "E07000007")
    assert place.is_sum
    assert "formed in 2020 of Aylesbury Vale, Chiltern, South Bucks and Wycombe" in place.note


def test_a_county_is_the_sum_of_its_districts(authorities):
    place = resolve("Kent County Council", authorities)
    assert (place.name, len(place.codes)) == ("Kent", 12)
    assert "county of 12 districts" in place.note


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("Midlesbrough", "Did you mean 'Middlesbrough'?"),
        ("Newcastle", "'Newcastle-under-Lyme' or 'Newcastle upon Tyne'"),
        ("Richmond", "'Richmondshire' or 'Richmond upon Thames'"),
        ("Christchurch", "'Bournemouth, Christchurch and Poole'"),
        ("London", "It is a region"),
        ("North West", "It is a region"),
        ("Atlantis", "one of the 317 local authorities"),
        ("E06999999", "one of the 317 local authorities"),
        ("", "one of the 317 local authorities"),
    ],
)
def test_a_name_that_is_wrong_or_not_enough_is_an_error_with_suggestions(
    authorities, text, suggestion
):
    with pytest.raises(UsageError, match="unknown local authority") as error:
        resolve(text, authorities)
    assert suggestion in str(error.value)
