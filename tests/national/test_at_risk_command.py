from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import UsageError
from appendices.runs.parameters import Parameter
from youthviolence.commands.at_risk import find_place

ROOT = Path(__file__).resolve().parents[2]
PARQUET = ROOT.parent / "shared/data/lsoa_iod2019_pop.parquet"
needs_lsoas = pytest.mark.skipif(
    not PARQUET.is_file(), reason="the table of all LSOAs is not beside the project"
)


@pytest.fixture(autouse=True)
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("APPENDICES_HOME", raising=False)
    monkeypatch.delenv("YOUTHVIOLENCE_LSOA", raising=False)
    monkeypatch.setenv("COLUMNS", "80")


def ask(*options: str):
    return CliRunner().invoke(app, ["at-risk", *options])


def test_without_options_it_prints_the_published_groups_and_both_lists():
    result = ask()
    assert result.exit_code == 0
    for number in ("477,014", "517,963", "213,403", "4,495,992"):
        assert number in result.output
    lists = result.output.split("Highest share in group C")
    assert lists[0].index("Manchester") < lists[0].index("Leeds") < lists[0].index("Bradford")
    assert lists[1].index("Middlesbrough") < lists[1].index("Manchester")
    assert "36.9% of group C" in result.output


def test_json_parses_and_holds_what_the_tables_show():
    content = json.loads(ask("--json", "--top", "3").output)
    assert [row["children"] for row in content["groups"]] == [477_014, 517_963, 213_403]
    assert [row["name"] for row in content["top_by_count"]] == ["Manchester", "Leeds", "Bradford"]
    assert content["definition"]["ages"] == "11-17"
    assert "areas" not in content


def test_every_option_changes_the_definition():
    content = json.loads(
        ask(
            "--crime-cut", "decile:1", "--income-measure", "income", "--income-cut", "decile:1",
            "--ages", "11-17", "--population-year", "2019", "--json",
        ).output
    )  # fmt: skip
    assert [row["children"] for row in content["groups"]] == [476_435, 549_044, 230_184]
    younger = json.loads(ask("--ages", "10-10", "--population-year", "2017", "--json").output)
    assert younger["definition"]["population_year"] == 2017
    assert younger["groups"][0]["population"] < 1_000_000


def test_one_authority_stands_beside_its_region_and_england():
    result = ask("--local-authority", "middlesbrough", "--top", "1")
    assert result.exit_code == 0
    assert "Rank of" in result.output
    for text in ("4,335", "37.2%", "12.3%", "4.7%"):
        assert text in result.output
    areas = json.loads(ask("--local-authority", "E06000002", "--json").output)["areas"]
    assert [row["area"] for row in areas[::3]] == ["Middlesbrough", "North East", "England"]
    assert areas[2]["share_rank"] == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Kent", "Kent is a county of 12 districts; figures are their sum."),
        ("Harrogate", "Harrogate became part of North Yorkshire in 2023"),
        ("North Northamptonshire", "North Northamptonshire was formed in 2021"),
    ],
)
def test_a_county_and_a_later_merger_are_said(name, said):
    assert said in ask("--local-authority", name).output


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--local-authority", "Midlesborough"), 2, "Did you mean 'Middlesbrough'?"),
        (("--local-authority", "Newcastle"), 2, "'Newcastle upon Tyne'"),
        (("--crime-cut", "top:10"), 2, "Write percentile:P with P between 0 and 100, decile:1"),
        (("--income-measure", "idci"), 2, "Did you mean 'idaci'"),
        (("--ages", "9-17"), 2, "expected FIRST-LAST within 10-18"),
        (("--population-year", "2018"), 2, "expected one of 2017, 2019, 2020"),
        (("--top", "0"), 2, "expected 1 to 317"),
        (("--lsoa", "nowhere.parquet"), 2, "docs/at-risk-data.md"),
        (("--crime-cut", "rank:3289"), 8, "--lsoa FOLDER on the command line"),
    ],
)
def test_what_is_not_taken_ends_with_its_code_and_what_to_do(options, code, said):
    result = ask(*options)
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.output


@needs_lsoas
def test_the_table_of_all_lsoas_answers_any_cut():
    options = ("--crime-cut", "rank:3289", "--income-cut", "rank:3307", "--lsoa", str(PARQUET))
    content = json.loads(ask(*options, "--json").output)
    assert [row["children"] for row in content["groups"]] == [477_014, 517_963, 213_403]


def test_help_shows_examples():
    result = ask("--help")
    assert result.exit_code == 0
    assert "youthviolence at-risk --local-authority Middlesbrough" in result.output


def test_an_empty_place_is_england_and_costs_no_import_of_pandas():
    assert find_place("  ") is None
    program = (
        "import sys; from youthviolence.commands.at_risk import find_place; find_place('');"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    ("kind", "good", "bad", "said"),
    [
        ("LocalAuthority", "Leeds", "Leedz", "Did you mean 'Leeds'"),
        ("AtRiskCut", "decile:2", "decile:11", "out of range"),
        ("IncomeMeasure", "imd", "imb", "Did you mean 'imd'"),
        ("AgeRange", "10-18", "18-10", "out of range"),
        ("PopulationYear", 2020, 2021, "must be one of 2017, 2019, 2020"),
    ],
)
def test_the_notebooks_parameters_take_the_same_values(kind, good, bad, said):
    parameter = Parameter("one", kind, good, "Help.")
    assert parameter.check(good) == good
    with pytest.raises(UsageError, match=said):
        parameter.check(bad)
