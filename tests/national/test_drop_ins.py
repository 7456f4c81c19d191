"""A reader puts an official table in: the chart grows and the data-gap note goes.

Every value here is made up and far from any real one; nothing of it is part of the compendium.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
import pytest

from appendices.errors import NotebookError
from appendices.runs.whole import Request, run_compendium
from tests.conftest import copy_of_project
from tests.national.short import NAME, keep_cells
from youthviolence.national.observations import COLUMNS, KEY

ENGLAND, BOTH = "England", "England and Wales"
EXHIBITS = {
    "robbery-arrests-by-age": "Robbery arrests of people aged 18 and over",
    "sharp-object-episodes-by-age": "Episodes in bands that separate",
    "sharp-homicide-by-age": "Sharp-instrument homicide victims by age",
    "child-drug-arrests": "Drug arrests of children in 2018/19",
    "class-a-convictions-by-age": "Class A drug convictions by age",
    "class-a-convictions-by-drug": "Convictions for powder cocaine",
    "childrens-services-spending": "Early and late intervention spending in real terms",
    "fixed-exclusions-by-group": "Children in need with a fixed period exclusion",
    "data-gaps": "",
}


def rows(
    series: str,
    geography: str,
    source: str,
    period_type: str,
    periods: Iterable[str],
    unit: str = "number",
    ages: Iterable[str] = ("All ages",),
    breakdowns: Iterable[str] = ("All",),
) -> list[dict[str, object]]:
    """Made-up observations: 1001, 1002, …"""
    keys = [(age, kind, period) for age in ages for kind in breakdowns for period in periods]
    return [
        {
            "series": series, "geography": geography, "age_band": age, "breakdown": kind,
            "source_id": source, "period": period, "period_type": period_type,
            "value": 1001 + place, "unit": unit, "status": "final", "note": "",
        }
        for place, (age, kind, period) in enumerate(keys)
    ]  # fmt: skip


def official_shaped() -> dict[str, list[dict[str, object]]]:
    calendar = [str(year) for year in range(2012, 2020)]
    financial = ["2018/19", "2019/20"]
    return {
        "drop_in_arrests": [
            *rows("Arrests", BOTH, "official-arrests", "financial year", financial,
                  ages=("10-17", "18-20", "21 and over"), breakdowns=("Robbery",)),
            *rows("Arrests", BOTH, "official-arrests", "financial year", financial,
                  ages=("10-17",), breakdowns=("Drug offences",)),
        ],
        "drop_in_hospital_by_fine_age": rows(
            "Consultant episodes: assault by sharp object", ENGLAND, "official-hospital-ages",
            "financial year", ["2014/15", "2015/16"], ages=("0-15", "16-18"),
        ),
        "drop_in_sharp_homicide_by_age": rows(
            "Homicides by sharp instrument", BOTH, "official-homicide-ages", "year ending March",
            ["2009", "2010"], ages=("0-15", "16-24"),
        ),
        "drop_in_drug_convictions": rows(
            "Convictions", BOTH, "official-drug-convictions", "calendar year", calendar,
            ages=("0-20", "21 and over"),
            breakdowns=("Class A", "Powder cocaine", "Crack cocaine", "Heroin"),
        ),
        "drop_in_childrens_services_spending": rows(
            "Spending on children's services, real terms", ENGLAND, "official-section-251",
            "financial year", ["2010/11", "2011/12"], unit="GBP billion",
            breakdowns=("All", "Early intervention", "Late intervention"),
        ),
        "drop_in_exclusions_by_group": rows(
            "Pupils with a fixed period exclusion", ENGLAND, "official-outcomes-in-need",
            "academic year", ["2012/13", "2013/14"], unit="percent", breakdowns=("In need",),
        ),
    }  # fmt: skip


def put_in(project: Path, name: str, content: list[Mapping[str, object]]) -> None:
    frame = pd.DataFrame(content)[list(COLUMNS)]
    path = project / "data" / "raw" / "national" / f"{name}.csv"
    frame.sort_values(list(KEY)).to_csv(
        path, index=False, lineterminator="\n", quoting=csv.QUOTE_MINIMAL
    )


def exhibits(project: Path) -> dict[str, pd.DataFrame]:
    folder = project / "reports" / "default" / "exhibits"
    return {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}


def page(project: Path) -> str:
    return (project / "reports" / "default" / f"{NAME}.html").read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = copy_of_project(tmp_path / "compendium", NAME)
    monkeypatch.chdir(project)
    monkeypatch.delenv("APPENDICES_HOME", raising=False)
    return project


def test_every_gap_is_said_and_closes_when_its_file_is_put_in(project: Path) -> None:
    keep_cells(project, *EXHIBITS)
    run_compendium(Request(), project)
    before, text = exhibits(project), page(project)
    for said in filter(None, EXHIBITS.values()):
        assert f"Missing here: {said}" in text
    assert "drop_in_arrests.csv" in text

    for name, content in official_shaped().items():
        put_in(project, name, content)
    run_compendium(Request(), project)
    after, text = exhibits(project), page(project)
    for name in EXHIBITS:
        if name != "data-gaps":
            assert len(after[name]) > len(before[name]), name
            assert after[name]["value"].ge(1001).any(), name
    assert "Missing here: " not in text
    arrests = after["child-drug-arrests"]
    official = arrests[arrests["source_id"] == "official-arrests"]
    assert official["period"].tolist() == ["2018/19", "2019/20"]
    assert "data-gaps" not in after


def test_a_file_that_repeats_an_observation_is_refused_by_row(project: Path) -> None:
    keep_cells(project, "child-drug-arrests")
    again = rows(
        "Arrests", BOTH, "official-arrests", "financial year", ["2018/19"], ages=("10-17",),
        breakdowns=("Robbery",),
    )  # fmt: skip
    put_in(project, "drop_in_arrests", [*again, *again])
    with pytest.raises(NotebookError, match=r"drop_in_arrests\.csv, row 3"):
        run_compendium(Request(), project)
