from __future__ import annotations

import pytest

from appendices.errors import UsageError
from youthviolence.national.local import latest_local, local_series, services_note
from youthviolence.national.places import resolve


@pytest.fixture(scope="module")
def authorities(read):
    return read("local_authorities")


@pytest.fixture(scope="module")
def page(read, authorities):
    series = read("local_authority_series")
    return lambda *codes: local_series(series, authorities, codes)


EXAMPLES = (
    # name, lines of its page
    ("Manchester", ["Manchester", "North West", "England"]),
    ("Middlesbrough", ["Middlesbrough", "North East", "England"]),
    ("Hackney", ["Hackney", "London", "England"]),
    ("City of London", ["City of London", "London", "England"]),
    ("Isles of Scilly", ["Isles of Scilly", "South West", "England"]),
    ("County Durham", ["Durham", "North East", "England"]),
    ("Exeter", ["Devon", "South West", "England"]),
    ("Aylesbury Vale", ["Buckinghamshire", "South East", "England"]),
    ("Corby", ["Northamptonshire", "North Northamptonshire", "East Midlands", "England"]),
    ("Carlisle", ["Cumbria", "Cumberland", "North West", "England"]),
    ("Selby", ["North Yorkshire", "Yorkshire and The Humber", "England"]),
)


@pytest.mark.parametrize(("name", "lines"), EXAMPLES)
def test_every_kind_of_authority_has_its_page(authorities, page, name, lines):
    frame = page(*resolve(name, authorities).codes)
    assert list(frame["line"].unique()) == lines
    assert set(frame["series"]) == {
        "Children looked after, rate", "Permanent exclusion rate",
        "Section 47 enquiries started, rate", "Children in need at 31 March, rate",
        "Children who started to be looked after, rate",
    }  # fmt: skip


def test_one_authority_in_ten_taken_as_it_comes_has_a_page(authorities, page):
    for code in authorities["code"][::10]:
        kinds = set(page(code)["kind"])
        assert {"authority", "region", "England"} <= kinds, code


def test_values_ranks_and_ranges_are_those_of_all_authorities(read, page):
    frame = page("E06000002")
    frame = frame[frame["series"] == "Children looked after, rate"]
    row = frame.query("kind == 'authority' and period == '2020'").iloc[0]
    everyone = read("local_authority_series").query(
        "series == 'Children looked after, rate' and period == '2020'"
        " and geography_type == 'local authority'"
        " and geography not in ('City of London', 'Isles of Scilly')"
    )["value"]
    assert row["value"] == 188
    assert row["lowest"] == everyone.min()
    assert row["highest"] == everyone.max() == 228
    assert row["authorities"] == everyone.notna().sum()
    assert row["rank"] == (everyone > 188).sum() + 1
    assert frame.query("kind == 'England' and period == '2020'")["value"].iloc[0] == 68


def test_what_is_not_available_is_missing_not_zero(page):
    frame = page("E06000053").query("kind == 'authority' and period == '2020'")
    frame = frame[frame["series"] == "Children looked after, rate"]
    assert frame["status"].tolist() == ["not available"]
    assert frame["value"].isna().all()


def test_whose_children_s_services_they_are_is_said(authorities):
    assert services_note(authorities, ["E06000002"]) == ""
    assert services_note(authorities, ["E07000028"]) == (
        "Children's services were those of Cumbria. From 2023 they are those of Cumberland."
    )
    assert "those of Devon" in services_note(authorities, ["E07000041"])


def test_an_authority_with_few_children_is_not_ranked_and_the_page_says_why(authorities, page):
    for code, name in (("E06000053", "Isles of Scilly"), ("E09000001", "City of London")):
        shown = latest_local(page(code))
        assert len(shown) == 5
        assert set(shown["place"]) == {"not ranked"}
        assert f"So few children live in {name}" in services_note(authorities, [code])
    enquiries = page("E06000002").query("series == 'Section 47 enquiries started, rate'")
    assert enquiries.query("period == '2024/25'")["highest"].max() == 541.3


def test_authorities_with_the_same_value_share_the_best_rank_and_it_is_called_joint(read, page):
    series = read("local_authority_series")
    at = series.query(
        "series == 'Children looked after, rate' and period == '2025'"
        " and geography_type == 'local authority'"
    )
    same = at["geography"].isin(["Middlesbrough", "Blackpool"])
    series = series.assign(value=series["value"].mask(series.index.isin(at[same].index), 184.0))
    shown = latest_local(local_series(series, read("local_authorities"), ("E06000002",)))
    row = shown.set_index("series").loc["Children looked after, rate"]
    assert (row["rank"], row["tied"], row["place"]) == (1, 2, "joint 1 of 151")


def test_an_unknown_code_is_refused_with_a_suggestion(page):
    with pytest.raises(UsageError, match="Did you mean"):
        page("E06000099")


def test_the_last_value_of_each_series_stands_beside_region_and_england(page):
    shown = latest_local(page("E06000002")).set_index("series")
    assert shown["line"].unique().tolist() == ["Middlesbrough"]
    last = shown.loc["Permanent exclusion rate"]
    assert (last["period"], last["rank"], last["authorities"]) == ("2023/24", 1, 151)
    assert last["value"] == last["highest"] > last["region"] > last["england"] > last["lowest"]
    scilly = latest_local(page("E06000053")).set_index("series")
    assert scilly.loc["Children looked after, rate", "period"] == "2019"
