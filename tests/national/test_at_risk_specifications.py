from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from appendices.errors import MissingToolError, UsageError
from youthviolence.national.at_risk import CLASSES, COUNTS, AtRiskTable, at_risk, at_risk_table
from youthviolence.national.cuts import PUBLISHED_CUT, Cut, Definition
from youthviolence.national.lsoas import read_lsoas
from youthviolence.national.specifications import Grid, cut_steps, specifications

ROOT = Path(__file__).resolve().parents[2]
NATIONAL = ROOT / "data/raw/national"
PARQUET = ROOT.parent / "shared/data/lsoa_iod2019_pop.parquet"
AUTHORITIES = pd.read_csv(NATIONAL / "local_authorities.csv")


@pytest.fixture(scope="module")
def derived():
    return at_risk_table(pd.read_csv(NATIONAL / "at_risk_counts.csv.gz"), AUTHORITIES)


@pytest.fixture(scope="module")
def full():
    if not PARQUET.is_file():
        pytest.skip("the table of all LSOAs is not beside the project")
    return at_risk_table(read_lsoas(PARQUET), AUTHORITIES)


@pytest.fixture(params=["derived", "full"])
def table(request):
    return request.getfixturevalue(request.param)


def asked(row):
    return Definition.parse(
        crime_cut=row["crime_cut"],
        income_measure=row["income_measure"],
        income_cut=row["income_cut"],
        ages=row["ages"],
        population_year=row["population_year"],
    )


def test_every_combination_stands_once_and_the_published_one_is_marked(table):
    frame = specifications(table).frame
    cuts = 19 if table.is_full else 5
    assert len(frame) == cuts * cuts * 3 * 3 * 4
    keys = ["crime_cut", "income_measure", "income_cut", "population_year", "ages"]
    assert not frame.duplicated(keys).any()
    published = frame[frame["published"]]
    assert published[["a", "b", "c"]].to_numpy().tolist() == [[477_014, 517_963, 213_403]]
    moved = ["top_ten_by_count", "top_ten_by_share", "moved_in", "moved_out"]
    assert published[moved].to_numpy().tolist() == [[10, 10, 0, 0]]


def test_a_sample_of_rows_equals_the_answers_asked_one_by_one(table):
    frame = specifications(table).frame
    published = {
        (year, ages): at_risk(Definition.parse(population_year=year, ages=ages), table)
        for year, ages in frame[["population_year", "ages"]].drop_duplicates().to_numpy()
    }
    names = at_risk(Definition(), table)
    tops = set(names.top_by_count["code"]), set(names.top_by_share["code"])
    for row in frame.sample(40, random_state=1).to_dict("records"):
        answer = at_risk(asked(row), table)
        assert [row["a"], row["b"], row["c"]] == answer.groups["children"].tolist()
        assert row["population"] == answer.groups["population"].iloc[0]
        assert row["share_in_top_ten"] == pytest.approx(answer.share_in_top)
        assert row["top_ten_by_count"] == len(tops[0] & set(answer.top_by_count["code"]))
        assert row["top_ten_by_share"] == len(tops[1] & set(answer.top_by_share["code"]))
        before = published[row["population_year"], row["ages"]].groups["children"].iloc[2]
        assert row["c"] == before + row["moved_in"] - row["moved_out"]


def test_membership_counts_the_definitions_one_by_one(derived):
    grid = Grid(cuts=(PUBLISHED_CUT, Cut("decile", 2)), years=(2019,), age_bands=((11, 17),))
    result = specifications(derived, grid)
    answers = [at_risk(asked(row), derived) for row in result.frame.to_dict("records")]
    assert len(answers) == 12
    for row in result.membership.to_dict("records"):
        for name in ("by_count", "by_share"):
            times = sum(row["code"] in set(getattr(a, f"top_{name}")["code"]) for a in answers)
            word = {0: "never", 12: "always"}.get(times, "sometimes")
            assert (row[name], row[f"{name}_class"]) == (times, word)


def test_an_authority_with_nobody_at_risk_is_in_no_top_ten() -> None:
    codes = [f"E{number:08d}" for number in range(12)]
    high = [code in codes[:3] for code in codes]  # too few to fill a list of ten
    rows = pd.DataFrame({"authority_code": codes, "lsoas": 1} | dict.fromkeys(CLASSES, high))
    rows = rows.assign(**dict.fromkeys(COUNTS, 5))
    table = AtRiskTable(rows, pd.DataFrame({"code": codes, "name": codes}), np.arange(12))
    grid = Grid((PUBLISHED_CUT,), ("idaci",), (2019,), ((11, 17),))
    membership = specifications(table, grid).membership
    for name in ("by_count", "by_share"):
        assert membership[name].tolist() == [1, 1, 1, *[0] * 9]
        assert set(membership[f"{name}_class"].iloc[3:]) == {"never"}


def test_manchester_is_always_in_both_top_tens_and_oldham_only_sometimes(table):
    membership = specifications(table).membership.set_index("name")
    assert membership.loc["Manchester", ["by_count_class", "by_share_class"]].tolist() == [
        "always",
        "always",
    ]
    assert membership.loc["Oldham", "by_count_class"] == "sometimes"
    assert not membership.loc["Oldham", "published_by_count"]


def test_each_step_of_the_cut_accounts_for_everyone_who_moves(table):
    steps = cut_steps(table)
    assert steps["varied"].unique().tolist() == [
        "both cuts", "crime cut", "income cut", "income measure",
    ]  # fmt: skip
    for _, way in steps.groupby("varied"):
        after = way["children"].shift() + way["moved_in"] - way["moved_out"]
        assert after.iloc[1:].tolist() == way["children"].iloc[1:].tolist()
    widening = steps[steps["varied"] != "income measure"]
    assert (widening["moved_out"] == 0).all()
    for name, choice in (("both cuts", "percentile:90"), ("income measure", "idaci")):
        way = steps[steps["varied"] == name]
        published = way[way["to_choice"] == choice]["children"].tolist()
        assert published in ([213_403], [])
    measures = steps[steps["varied"] == "income measure"].iloc[0]
    assert (
        measures["children"]
        == at_risk(Definition(income_measure="income"), table).groups["children"].iloc[2]
    )


def test_a_grid_without_the_published_definition_is_refused(derived):
    with pytest.raises(UsageError, match="lacks the published definition"):
        specifications(derived, Grid(years=(2017,)))


def test_a_grid_of_percentiles_needs_the_full_table(derived):
    with pytest.raises(MissingToolError, match=r"--lsoa FOLDER.*lsoa_table"):
        specifications(derived, Grid(cuts=(PUBLISHED_CUT, Cut("percentile", 80))))
