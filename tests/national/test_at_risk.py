import gzip
import json
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appendices.errors import DataError, MissingToolError, UsageError
from youthviolence.national.at_risk import at_risk, at_risk_table, authority_page, derive_cells
from youthviolence.national.cuts import PUBLISHED, Cut, Definition
from youthviolence.national.lsoas import read_lsoas
from youthviolence.national.places import resolve

ROOT = Path(__file__).resolve().parents[2]
NATIONAL = ROOT / "data/raw/national"
PARQUET = ROOT.parent / "shared/data/lsoa_iod2019_pop.parquet"
needs_lsoas = pytest.mark.skipif(
    not PARQUET.is_file(), reason="the table of all LSOAs is not beside the project"
)
AUTHORITIES = pd.read_csv(NATIONAL / "local_authorities.csv")


@pytest.fixture(scope="module")
def derived():
    return at_risk_table(pd.read_csv(NATIONAL / "at_risk_counts.csv.gz"), AUTHORITIES)


@pytest.fixture(scope="module")
def full():
    return at_risk_table(read_lsoas(PARQUET), AUTHORITIES)


@pytest.fixture(params=["derived", pytest.param("full", marks=needs_lsoas)])
def table(request):
    return request.getfixturevalue(request.param)


def test_the_published_definition_gives_the_printed_groups(table):
    result = at_risk(PUBLISHED, table)
    assert result.groups["children"].tolist() == [477_014, 517_963, 213_403]
    assert result.groups["lsoas"].tolist() == [3_289, 3_307, 1_392]
    assert result.groups["population"].unique().tolist() == [4_495_992]
    assert result.groups["share"].round(3).tolist() == [0.106, 0.115, 0.047]


def test_the_published_definition_gives_both_printed_top_tens_in_their_order(table):
    result = at_risk(PUBLISHED, table)
    assert result.top_by_count["name"].tolist() == [
        "Manchester", "Leeds", "Bradford", "Liverpool", "Birmingham", "Sheffield",
        "Kingston upon Hull, City of", "Bristol, City of", "Bolton", "Newcastle upon Tyne",
    ]  # fmt: skip
    assert result.top_by_share["name"].tolist() == [
        "Middlesbrough", "Manchester", "North East Lincolnshire", "Blackpool",
        "Kingston upon Hull, City of", "Hartlepool", "Liverpool", "Leeds", "Newcastle upon Tyne",
        "Rochdale",
    ]  # fmt: skip
    assert result.share_in_top == pytest.approx(0.369, abs=0.0005)


@needs_lsoas
@pytest.mark.parametrize(
    ("options", "crime", "measure", "income", "people"),
    [
        (
            {"crime_cut": "decile:1", "income_cut": "decile:1"},
            "crime_decile == 1", "idaci", "idaci_decile == 1", (2019, 11, 17),
        ),
        (
            {"crime_cut": "decile:1", "income_measure": "income", "income_cut": "decile:1"},
            "crime_decile == 1", "income", "income_decile == 1", (2019, 11, 17),
        ),
        (
            {"crime_cut": "decile:2", "income_measure": "imd", "income_cut": "decile:3",
             "ages": "10-18", "population_year": 2020},
            "crime_decile <= 2", "imd", "imd_decile <= 3", (2020, 10, 18),
        ),
        (
            {"crime_cut": "rank:1000", "income_cut": "rank:5000", "ages": "16-17",
             "population_year": "2017"},
            "crime_rank <= 1000", "idaci", "idaci_rank <= 5000", (2017, 16, 17),
        ),
        (
            {"crime_cut": "percentile:85", "income_cut": "percentile:85"},
            "crime_score >= crime_score.quantile(0.85)", "idaci",
            "idaci_score >= idaci_score.quantile(0.85)", (2019, 11, 17),
        ),
        (
            {"crime_cut": "percentile:97.5", "income_measure": "imd", "income_cut": "percentile:80",
             "ages": "10"},
            "crime_score >= crime_score.quantile(0.975)", "imd",
            "imd_score >= imd_score.quantile(0.8)", (2019, 10, 10),
        ),
        (
            {"income_measure": "income", "ages": "12-15", "population_year": 2020},
            "crime_score >= crime_score.quantile(0.9)", "income",
            "income_score >= income_score.quantile(0.9)", (2020, 12, 15),
        ),
    ],
)  # fmt: skip
def test_other_definitions_agree_with_a_query_of_their_own(
    full, options, crime, measure, income, people
):
    year, first, last = people
    lsoas = pd.read_parquet(PARQUET)
    children = lsoas[[f"pop_age{age}_mid{year}" for age in range(first, last + 1)]].sum(axis=1)
    where = (crime, income, f"({crime}) and ({income})")
    expected = [children[lsoas.eval(one)].sum() for one in where]
    result = at_risk(Definition.parse(**options), full)
    assert result.definition.income_measure == measure
    assert result.groups["children"].tolist() == expected


whole = st.integers(1, 10).map(lambda number: Cut("decile", number))
derivable = st.just(Cut("percentile", 90)) | whole


@needs_lsoas
@given(
    crime=derivable,
    income=derivable,
    measure=st.sampled_from(["idaci", "income", "imd"]),
    ages=st.tuples(st.integers(10, 18), st.integers(10, 18)).map(sorted),
    year=st.sampled_from([2017, 2019, 2020]),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_derived_table_answers_exactly_as_all_lsoas_do(
    derived, full, crime, income, measure, ages, year
):
    definition = Definition(crime, measure, income, *ages, year)
    small, large = at_risk(definition, derived), at_risk(definition, full)
    pd.testing.assert_frame_equal(small.by_authority, large.by_authority)
    assert small.to_dict() == large.to_dict()


@needs_lsoas
def test_the_committed_table_is_what_the_script_makes(full):
    script = runpy.run_path(str(ROOT / "scripts/build_at_risk.py"))
    made = script["compressed_csv"](derive_cells(full))
    committed = (NATIONAL / "at_risk_counts.csv.gz").read_bytes()
    assert gzip.decompress(made) == gzip.decompress(committed)
    assert made == script["compressed_csv"](derive_cells(full))
    assert len(committed) < 2_000_000


@pytest.mark.parametrize("cut", ["rank:3289", "percentile:89", "percentile:90.5"])
def test_a_cut_the_derived_table_cannot_answer_says_what_is_needed(derived, cut):
    with pytest.raises(MissingToolError, match=r"lsoa_table in a notebook\. docs/at-risk-data\.md"):
        at_risk(Definition.parse(crime_cut=cut), derived)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"crime_cut": "percentil:90"}, "Did you mean 'percentile'"),
        ({"crime_cut": "90"}, "crime cut is '90': expected percentile:P"),
        ({"income_cut": "decile:11"}, "decile:1 to decile:10"),
        ({"income_cut": "decile:1.5"}, "decile:1 to decile:10"),
        ({"income_cut": "rank:32845"}, "rank:1 to rank:32844"),
        ({"crime_cut": "percentile:100"}, "between 0 and 100"),
        ({"crime_cut": "percentile:nan"}, "expected percentile:P"),
        ({"income_measure": "idacy"}, "Did you mean 'idaci'"),
        ({"ages": "9-17"}, "within 10-18"),
        ({"ages": "17-11"}, "within 10-18"),
        ({"ages": "teens"}, "expected FIRST-LAST"),
        ({"population_year": 2018}, "expected one of 2017, 2019, 2020"),
        ({"population_year": "twenty"}, "expected one of 2017, 2019, 2020"),
    ],
)
def test_a_wrong_definition_is_refused_with_what_is_allowed(options, message):
    with pytest.raises(UsageError) as error:
        Definition.parse(**options)
    assert message in str(error.value)


def test_an_unknown_authority_and_a_top_list_without_end_are_refused(derived):
    with pytest.raises(UsageError, match="Did you mean 'Middlesbrough'"):
        at_risk(Definition.parse(local_authority="Midlesbrough"), derived)
    with pytest.raises(UsageError, match="expected 1 to 317"):
        at_risk(PUBLISHED, derived, top=0)


@pytest.mark.parametrize(
    "name",
    ["Manchester", "Middlesbrough", "Corby", "Hackney", "City of London", "Isles of Scilly"],
)
def test_one_authority_of_each_type_is_its_row_of_the_national_table(derived, name):
    england = at_risk(PUBLISHED, derived)
    result = at_risk(Definition.parse(local_authority=name), derived)
    row = england.by_authority.set_index("name").loc[name]
    assert result.groups["children"].tolist() == row[["a", "b", "c"]].tolist()
    assert result.groups["population"].iloc[0] == row["population"]
    assert result.top_by_count.equals(england.top_by_count)


def test_an_authority_formed_since_is_the_sum_of_its_parts(derived):
    result = at_risk(Definition.parse(local_authority="North Northamptonshire"), derived)
    parts = result.by_authority[
        result.by_authority["name"].isin(
            ["Corby", "East Northamptonshire", "Kettering", "Wellingborough"]
        )
    ]
    assert result.groups["children"].tolist() == parts[["a", "b", "c"]].sum().tolist()
    assert result.place is not None
    assert "formed in 2021" in result.place.note


def test_shares_ranks_and_lsoas_add_up(derived):
    result = at_risk(PUBLISHED, derived)
    frame = result.by_authority
    assert frame["lsoas"].sum() == 32_844
    assert (frame["c"] <= frame[["a", "b"]].min(axis=1)).all()
    for column, rank in (("c", "count_rank"), ("c_share", "share_rank")):
        higher = [int((frame[column] > value).sum()) + 1 for value in frame[column]]
        assert frame[rank].tolist() == higher


def test_the_authority_page_stands_it_against_region_and_england(derived):
    result = at_risk(PUBLISHED, derived)
    page = authority_page(result, resolve("Middlesbrough", AUTHORITIES))
    assert page["area"].unique().tolist() == ["Middlesbrough", "North East", "England"]
    both = page[page["group"] == "C"].set_index("area")
    assert both.loc["Middlesbrough", ["count_rank", "share_rank"]].tolist() == [11, 1]
    assert both.loc["Middlesbrough", "highest_share"] == both.loc["Middlesbrough", "share"]
    assert both.loc["England", "children"] == 213_403
    assert both.loc[["North East", "England"], "count_rank"].isna().all()
    in_region = result.by_authority["region"] == "North East"
    assert both.loc["North East", "children"] == result.by_authority.loc[in_region, "c"].sum()
    crime = result.by_authority["a_share"]
    own = page[(page["area"] == "Middlesbrough") & (page["group"] == "A")].iloc[0]
    assert own["share_rank"] == int((crime > own["share"]).sum()) + 1


def test_a_place_made_of_several_has_no_rank(derived):
    page = authority_page(at_risk(PUBLISHED, derived), resolve("Kent", AUTHORITIES))
    assert page["count_rank"].isna().all()
    assert page["area"].unique().tolist() == ["Kent", "South East", "England"]


def test_every_authority_has_a_page(derived):
    result = at_risk(PUBLISHED, derived)
    for code in AUTHORITIES["code"]:
        page = authority_page(result, resolve(code, AUTHORITIES))
        assert len(page) == 9
        assert page[["count_rank", "share_rank"]].head(3).notna().all(axis=None)


def test_the_answer_is_plain_json(derived):
    result = at_risk(Definition.parse(local_authority="Leeds"), derived, top=3)
    read = json.loads(json.dumps(result.to_dict()))
    assert read["definition"]["local_authority"] == "Leeds"
    assert [one["name"] for one in read["top_by_count"]] == ["Manchester", "Leeds", "Bradford"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows.drop(columns="mid2019_age11"), "lacks 1 columns"),
        (lambda rows: rows.iloc[1:], "Expected each of the 32,844"),
        (lambda rows: rows.replace({"authority_code": {"E06000001": "E06000099"}}), "authorities"),
        (lambda rows: rows.assign(lsoas=rows["lsoas"].replace(14, np.nan)), "empty cells"),
    ],
)
def test_a_broken_table_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        at_risk_table(change(pd.read_csv(NATIONAL / "at_risk_counts.csv.gz")), AUTHORITIES)


@pytest.mark.parametrize("text", ["percentile:0", "percentile:100", "decile:0", "decile:11"])
def test_a_cut_at_the_end_of_its_range_or_beyond_is_refused(text):
    with pytest.raises(UsageError, match="out of range"):
        Cut.parse(text)


@pytest.mark.parametrize("ages", ["9-17", "11-19", "17-11"])
def test_ages_that_no_table_holds_are_refused(ages):
    with pytest.raises(UsageError, match="out of range"):
        Definition.parse(ages=ages)
