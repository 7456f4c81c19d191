"""The national appendix: run once as a whole, and in short for authorities of every type."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from appendices.errors import NotebookError, UsageError
from appendices.runs.whole import Request, run_compendium
from tests.conftest import ROOT, copy_of_project
from tests.national.short import NAME, keep_cells

SHARED = ROOT.parent / "shared"
PARQUET = SHARED / "data/lsoa_iod2019_pop.parquet"
SOURCE_EXHIBITS = {
    *(f"F{number:02d}" for number in range(1, 21)),
    *(f"F{number}" for number in range(42, 52)),
}
TOP_TENS = {
    "at-risk-most": [
        "Manchester", "Leeds", "Bradford", "Liverpool", "Birmingham", "Sheffield",
        "Kingston upon Hull, City of", "Bristol, City of", "Bolton", "Newcastle upon Tyne",
    ],
    "at-risk-highest-share": [
        "Middlesbrough", "Manchester", "North East Lincolnshire", "Blackpool",
        "Kingston upon Hull, City of", "Hartlepool", "Liverpool", "Leeds", "Newcastle upon Tyne",
        "Rochdale",
    ],
}  # fmt: skip


def at_home(project: Path, patch: pytest.MonkeyPatch) -> Path:
    patch.chdir(project)
    patch.delenv("APPENDICES_HOME", raising=False)
    return project


class Run:
    """What one run left: its page, manifest and exhibits."""

    def __init__(self, project: Path, *assignments: str) -> None:
        index = run_compendium(Request(assignments=list(assignments)), project)
        self.folder = index.parent
        self.page = (self.folder / f"{NAME}.html").read_text(encoding="utf-8")
        text = (self.folder / "manifest.json").read_text(encoding="utf-8")
        self.manifest: dict[str, Any] = json.loads(text)

    @property
    def exhibits(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in self.manifest["exhibits"]}

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / self.exhibits[name]["files"]["csv"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    with pytest.MonkeyPatch.context() as patch:
        return Run(
            at_home(copy_of_project(tmp_path_factory.mktemp("national") / "home", NAME), patch)
        )


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose notebook holds the at-risk groups and the local pages only."""
    project = copy_of_project(tmp_path_factory.mktemp("local") / "home", NAME)
    keep_cells(project, "at-risk-groups", "local-at-risk", "local-series")
    return project


def test_the_published_numbers_are_on_the_page(run: Run) -> None:
    for number in ("477,014", "517,963", "213,403", "36.9%", "4,495,992"):
        assert number in run.page
    assert run.table("at-risk-groups")["children"].tolist() == [477_014, 517_963, 213_403]


def test_both_top_tens_stand_in_the_printed_order(run: Run) -> None:
    for name, authorities in TOP_TENS.items():
        table = run.table(name)
        assert table["name"].tolist() == authorities
        assert table["printed_place"].tolist() == list(range(1, 11))


def test_every_national_exhibit_of_the_report_is_done_again(run: Run) -> None:
    shown = {one["source_exhibit"] for one in run.exhibits.values()} - {None}
    assert shown == SOURCE_EXHIBITS


@pytest.mark.skipif(not SHARED.is_dir(), reason="the list of exhibits is not beside the project")
def test_the_list_of_exhibits_is_that_of_the_report() -> None:
    with (SHARED / "design" / "exhibits.csv").open(encoding="utf-8") as file:
        listed = list(csv.reader(file))
    assert {row[0] for row in listed if NAME in row[2]} == SOURCE_EXHIBITS


def test_every_exhibit_has_its_text_source_basis_and_data(run: Run) -> None:
    assert len(run.exhibits) >= 40
    for name, one in run.exhibits.items():
        for key in ("headline", "subtitle", "alt", "basis", "sources"):
            assert one[key], (name, key)
        assert one["basis"] in {"observed", "derived"}, name
        kinds = {"csv", "svg", "png"} if one["kind"] == "figure" else {"csv"}
        assert kinds <= set(one["files"]), name
        assert len(run.table(name)), name


def test_each_incomplete_exhibit_says_what_is_missing_and_where_to_put_it(run: Run) -> None:
    gaps = pd.read_csv(ROOT / "data/raw/national/gaps.csv")
    for gap in gaps.to_dict("records"):
        assert f"Missing here: {gap['missing']}" in run.page
        assert f"{gap['drop_in']}.csv: " in run.page
    states = run.table("exhibits-drawn-again").set_index("source_exhibit")["state"]
    assert (states["F07"], states["F06"], states["F13"]) == ("gap", "partly drawn", "drawn")


def test_printed_points_are_marked_as_printed_and_suppressed_ones_are_ranges(run: Run) -> None:
    drugs = run.table("child-drug-arrests")
    printed = drugs[drugs["status"] == "printed in the report"]
    assert printed["value"].tolist() == [11_408, 6_366, 6_954]
    stabbed = run.table("sharp-object-episodes-by-age")
    bounds = stabbed[stabbed["status"] == "lower bound"]
    assert (bounds["value"] == bounds["low"]).all()  # a value below its lower limit cannot be
    assert (bounds["high"] > bounds["low"]).all()


def test_the_start_that_the_report_chose_is_the_low_point(run: Run) -> None:
    since = run.table("drug-arrests-since-every-start").set_index("start_period")
    assert since["change_percent"].round().loc[["2012/13", "2017/18"]].tolist() == [-39, 4]
    assert since.loc["2017/18", "start_rank"] == 1
    assert not since["comparable"].any()  # 2017/18 lacks Lancashire, 2019/20 is a label
    assert "4%" in run.exhibits["drug-arrests-since-every-start"]["headline"]


HEADLINES = {
    # said of the exhibit, worked out here from the official files or the tables by other means
    "at-risk-map": f"{37_667 / 213_403:.1%} of all",
    "robbery-arrests-by-age": f"fell by {100 * (1 - 4286 / 20563):.0f}%",
    "sharp-object-episodes-by-age": f"rose by {100 * (1038 / 622 - 1):.0f}%",
    "child-drug-arrests": f"fell by {100 * (1 - 6694 / 15698):.0f}%",
    "drug-arrests-since-every-start": f"{100 * (6954 / 6694 - 1):.0f}% above 2017/18",
    "permanent-exclusion-rate": "held for two and fell by 51%",
    "fixed-exclusions-by-group": "4.8 times as likely as all pupils",
    "change-since-every-start": "4 are the lowest of their series, 2 of them across a break in it",
    "verdicts": "report prints 25 bear it out and 1 speak against it; 12 are of",
    "at-risk-definitions": "273 give fewer than the published 213,403",
    "growth-of-the-young": "From 3 of 9 first years stab wounds",
    "section-47-enquiries": f"{100 * (198_090 / 127_190 - 1):.0f}% in five years",
    "looked-after-children": f"{100 * (1 - 31_010 / 32_940):.0f}% fewer entered care",
    "violent-first-time": f"fell by {100 * (1 - 1156 / 4340):.0f}%",
    "low-income-children": f"{100 * (2_392_379 / 1_980_568 - 1):.0f}% more children",
    "exhibits-drawn-again": "12 are drawn again, 6 in part and 2 not at all; 10 quote others",
}


def test_headlines_say_what_the_data_say(run: Run) -> None:
    for name, said in HEADLINES.items():
        assert said in run.exhibits[name]["headline"], name


def test_every_headline_is_a_sentence_with_a_number(run: Run) -> None:
    words = {"gang-tiers", "recommendations-safety", "recommendations-support"}
    for name, one in run.exhibits.items():
        assert (
            re.search(r"\d", one["headline"]) or name in words or "ne in five" in one["headline"]
        ), name


def test_captions_hold_no_instructions_for_who_puts_a_table_in(run: Run) -> None:
    for name, one in run.exhibits.items():
        if name != "data-gaps":
            said = f"{one['headline']} {one['subtitle']} {one['alt']}"
            assert not re.search(r"\.csv|\.yml|data/raw|at hand|\blost\b", said), name


def test_england_has_no_local_page_and_the_page_is_small_enough_to_send(run: Run) -> None:
    assert not [name for name in run.exhibits if name.startswith("local-")]
    assert len(run.page.encode()) < 3_000_000


@pytest.mark.parametrize(
    ("authority", "services"),
    [
        ("Manchester", "Manchester"),  # metropolitan district
        ("E06000002", "Middlesbrough"),  # unitary authority, by code
        ("Worthing", "West Sussex"),  # county district: its county's services
        ("London Borough of Hackney", "Hackney"),
        ("Isles of Scilly", "Isles of Scilly"),
    ],
)
def test_an_authority_of_every_type_has_its_page(
    short: Path, monkeypatch: pytest.MonkeyPatch, authority: str, services: str
) -> None:
    local = Run(at_home(short, monkeypatch), f"local_authority={authority}")
    groups = local.table("local-at-risk")
    assert groups["area_type"].tolist()[::3] == ["local authority", "region", "England"]
    assert groups["children"].tolist()[-3:] == [477_014, 517_963, 213_403]
    series = local.table("local-series")
    assert series["line"].iloc[0] == services
    assert series.groupby("series").size().gt(20).all()
    assert {"lowest", "highest", "rank"} <= set(series.columns)


def test_a_misspelt_authority_is_refused_before_anything_runs(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = at_home(short, monkeypatch)
    with pytest.raises(UsageError, match=r"local_authority.*Did you mean 'Middlesbrough'"):
        Run(project, "local_authority=Midlesbrough")
    assert not list(project.glob("reports/*idlesbrough*"))


def test_a_cut_that_needs_all_lsoas_says_so(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotebookError, match="the parameter lsoa_table in a notebook"):
        Run(at_home(short, monkeypatch), "crime_cut=rank:3289")


@pytest.mark.skipif(not PARQUET.is_file(), reason="the table of all LSOAs is not at hand")
def test_with_all_lsoas_any_cut_is_counted(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cuts = ("crime_cut=rank:3289", "income_cut=rank:3307", f"lsoa_table={PARQUET}")
    local = Run(at_home(short, monkeypatch), *cuts)
    assert local.table("at-risk-groups")["children"].tolist() == [477_014, 517_963, 213_403]
    assert "rank 1 to 3,289" in local.exhibits["at-risk-groups"]["subtitle"]
    assert "at_risk_counts" not in local.exhibits["at-risk-groups"]["sources"]
