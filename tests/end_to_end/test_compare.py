"""Two finished runs are held against each other without running anything."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.project import sha256_of
from appendices.runs.whole import Request, run_compendium


@pytest.fixture
def runs(project: Path) -> Path:
    """Return the folder of two runs that differ in one parameter."""
    run_compendium(Request(), project)
    run_compendium(Request(assignments=("most=1",), run="other"), project)
    return project / "reports"


def said(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["compare", *words], env={"COLUMNS": "300"})
    return result.exit_code, result.output


def test_a_run_is_the_same_as_itself(runs: Path) -> None:
    code, output = said("default", "default")
    assert code == 0
    assert "2 identical" in output


def test_what_differs_is_named_with_the_parameter_that_may_explain_it(runs: Path) -> None:
    page = runs.parent / "beside.html"
    code, output = said("default", str(runs / "other"), "--html", str(page))
    assert code == 7
    assert "1 identical, 1 different" in output
    assert "parameter most: 3, was 1" in output
    html = page.read_text(encoding="utf-8")
    assert html.count("<figure>") == 2
    assert "<ins>Hull</ins> <del>nothing</del>" in html
    assert "http://" not in html.replace("http://www.w3.org", "")


def test_a_run_that_was_mailed_as_a_zip_is_read(runs: Path, tmp_path: Path) -> None:
    mailed = shutil.make_archive(str(tmp_path / "mailed"), "zip", runs, "other")
    code, output = said("other", mailed)
    assert code == 0, output


def test_a_table_that_is_missing_or_was_changed_is_said(runs: Path) -> None:
    table = runs / "other" / "exhibits" / "towns-people.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("30", "31"), encoding="utf-8")
    assert said("default", "other")[0] == 3
    assert "towns-people.csv is not what the manifest says" in said("default", "other")[1]
    table.unlink()
    assert "towns-people.csv is missing" in said("default", "other")[1]


def test_a_drawing_that_was_changed_is_said(runs: Path) -> None:
    drawing = runs / "other" / "exhibits" / "towns-people.svg"
    drawing.write_text(drawing.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert "towns-people.svg is not what the manifest says" in said("default", "other")[1]


@pytest.mark.parametrize("drawn", [True, False])
def test_a_manifest_brings_in_no_file_from_outside_its_run(runs: Path, *, drawn: bool) -> None:
    for drawing in (runs / "other" / "exhibits").glob("*.svg") if not drawn else ():
        drawing.unlink()
    manifest = runs / "other" / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    outside = runs / "outside.svg"
    outside.write_text("<svg/>", encoding="utf-8")
    content["exhibits"][0]["files"]["svg"] = "../outside.svg"
    content["exhibits"][0]["svg_sha256"] = sha256_of(outside)
    manifest.write_text(json.dumps(content), encoding="utf-8")
    code, output = said("default", "other")
    assert code == 3
    assert "names a file outside the run" in output


def test_a_newer_manifest_and_another_compendium_are_refused(runs: Path) -> None:
    manifest = runs / "other" / "manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(content | {"manifest_version": 99}), encoding="utf-8")
    code, output = said("default", "other")
    assert code == 3
    assert "version 99; this version reads up to 1" in output
    manifest.write_text(json.dumps(content | {"exhibits": []}), encoding="utf-8")
    assert "no exhibit in common" in said("default", "other")[1]
    assert "no run in" in said("default", "nowhere")[1]


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/outside.txt", "a/../../outside.txt", "c:/outside.txt"]
)
def test_a_zip_that_climbs_is_refused_and_nothing_is_written(
    runs: Path, tmp_path: Path, name: str
) -> None:
    mailed = tmp_path / "mailed.zip"
    with zipfile.ZipFile(mailed, "w") as packed:
        packed.writestr(name, "x")
    code, output = said("default", str(mailed))
    assert code == 3
    assert "outside its folder" in output
    assert not list(tmp_path.rglob("outside.txt"))
