"""The audit page: run on a copy of the project, as it is, and with a wrong figure put in."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from appendices.data.load import load
from appendices.runs.parameters import code_cells, read_notebook
from appendices.runs.verify import VERDICTS as VERIFIED
from appendices.runs.whole import Request, run_compendium
from tests.conftest import ROOT, copy_of_project

VERDICTS_OF_ALL, KEY, VERDICT = VERIFIED  # what two runs are compared by
NOTEBOOK = "06_published_figures_audit"
VERDICTS = [
    "reproduced", "not_reproduced", "consistent", "contradicted", "ambiguous", "not_checkable",
    "no_claim",
]  # fmt: skip
EXHIBITS = {
    "audit-verdicts", "audit-verdicts-by-section", "audit-conflicting-sides",
    "audit-contradictions", "audit-contradictions-offenders", "audit-open-readings",
    "audit-not-reproduced", "audit-rounding", "audit-conflicts", "audit-repairs", "audit-left-out",
    "audit-freedom", "audit-inference", "audit-bounds", "audit-pinned", "audit-small",
    "audit-target", "audit-facts", VERDICTS_OF_ALL,
}  # fmt: skip


class Page:
    """One run of the notebook in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        self.exhibits = {one["id"]: one for one in content["exhibits"]}
        self.status = content["status"]

    def __getitem__(self, exhibit: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "exhibits" / f"{exhibit}.csv", keep_default_na=False)

    @property
    def html(self) -> str:
        return (self.folder / f"{NOTEBOOK}.html").read_text(encoding="utf-8")


def run(root: Path, *parameters: str, name: str = "audit") -> Page:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.delenv("APPENDICES_HOME", raising=False)
        return Page(run_compendium(Request([NOTEBOOK], list(parameters), run=name), root).parent)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_project(tmp_path_factory.mktemp("audit"), NOTEBOOK)


@pytest.fixture(scope="module")
def page(root: Path) -> Page:
    return run(root)


def test_every_exhibit_is_there_and_the_page_is_small_enough_to_send(page: Page) -> None:
    assert page.status == "complete"
    assert set(page.exhibits) == EXHIBITS
    assert len(page.html) < 3_000_000


def test_verdicts_add_up_to_all_published_figures(page: Page) -> None:
    front = page["audit-verdicts"].set_index("section")
    total = front.loc["all sections"]
    assert total[VERDICTS].sum() == total["figures"] == len(load("published_figures")) == 486
    assert (front[VERDICTS].sum(axis=1) == front["figures"]).all()
    assert len(page[VERDICTS_OF_ALL]) == 486
    assert page["audit-verdicts-by-section"]["figures"].sum() == 486


def test_each_figure_on_the_page_has_one_verdict_and_a_reason(page: Page) -> None:
    table = page[VERDICTS_OF_ALL]
    assert (KEY, VERDICT) == ("figure", "verdict")
    assert table[KEY].tolist() == load("published_figures")["id"].tolist()
    assert (table["explained"] != "").all()
    counted = table["verdict"].str.replace(" ", "_").value_counts()
    total = page["audit-verdicts"].set_index("section").loc["all sections"]
    assert {name: counted[name] for name in VERDICTS} == {name: total[name] for name in VERDICTS}


def test_each_contradiction_is_told_with_arithmetic_and_the_kindest_reading(page: Page) -> None:
    tables = page["audit-contradictions"], page["audit-contradictions-offenders"]
    told = pd.concat(tables)
    assert told["told"].str.contains(r"Arithmetic: .+ Kindest reading: .+").all()
    # Those that rest on printed figures alone; the others are ambiguous.
    assert set(told["topic"]) == {
        "At risk base", "Ethnicity majority", "Familial harm", "NEET by age", "Social care robbery",
    }  # fmt: skip


def test_every_exhibit_that_a_figure_points_to_is_in_some_notebook(page: Page) -> None:
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    sources = "".join(source for path in paths for source, _ in code_cells(read_notebook(path)))
    shown = set(re.findall(r'show\(\s*"([a-z0-9-]+)"', sources))
    assert set(page[VERDICTS_OF_ALL]["exhibit"]) - {""} <= shown


def test_what_rests_on_synthetic_people_is_never_called_observed(page: Page) -> None:
    assert {one["basis"] for one in page.exhibits.values()} == {"derived", "calibrated", "assumed"}
    for name in ("audit-bounds", "audit-target"):
        assert (page.exhibits[name]["basis"], page.exhibits[name]["sensitivity"]) == (
            "calibrated", "synthetic",
        )  # fmt: skip


def test_a_wrong_figure_put_in_is_named_on_the_page(root: Path) -> None:
    register = root / "data" / "raw" / "published_figures.csv"
    text = register.read_text(encoding="utf-8")
    wrong = text.replace(
        ",£31m,ring-fenced prevention money,31,", ",£41m,ring-fenced prevention money,41,"
    )
    assert wrong != text
    register.write_text(wrong, encoding="utf-8")
    try:
        table = run(root, name="wrong")[VERDICTS_OF_ALL].set_index("figure")
    finally:
        register.write_text(text, encoding="utf-8")
    assert table.loc["L798.2", "verdict"] == "contradicted"
    assert table.loc["L798.2", "arithmetic"].startswith("41 / 145 = 28.3")


def test_the_page_runs_without_readings_and_with_another_rounding(root: Path) -> None:
    page = run(root, "with_readings=false", "rounding=truncate", name="other")
    assert set(page.exhibits) == EXHIBITS
    assert set(page["audit-conflicts"]["scope"]) == {"figures only"}
    relations = load("relations")
    readings = relations.loc[~relations["firm"], "relation"]
    assert not page["audit-open-readings"]["relation"].isin(readings).any()
    assert page["audit-rounding"]["nearest"].str.contains("18 of 57 is 31.6 %").any()
