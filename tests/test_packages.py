"""Three packages, imports one way; the engine and the figure model know no subject."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

SECOND = Path(__file__).parent / "second_compendium"
MAY_IMPORT = {
    "appendices": set(),
    "figuremodel": set(),
    "youthviolence": {"appendices", "figuremodel"},
}
SUBJECT = re.compile(
    r"(?<![a-z])(youth ?violence|youths?|violen(t|ce)|victims?|offend(er|ers|ing)|robber(y|ies)|"
    r"lsoas?|authorit(y|ies)|knife|homicides?|police|idaci|neet|custody|young (people|person)|"
    r"england|london|middlesbrough)(?![a-z])",
    re.IGNORECASE,
)
# Notes in a column of text, by which the guard tells names of people from short remarks.
NOT_OF_THE_SUBJECT = {"src/appendices/data/identifiers.py": {"police"}}


def imported(path: Path) -> set[str]:
    """Return the first part of the name of every module that a file imports, wherever it does."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_one_way(package: str) -> None:
    others = set(MAY_IMPORT) - {package} - MAY_IMPORT[package]
    wrong = {
        path.relative_to(ROOT).as_posix(): sorted(imported(path) & others)
        for path in (ROOT / "src" / package).rglob("*.py")
        if imported(path) & others
    }
    assert wrong == {}


@pytest.mark.parametrize("package", ["appendices", "figuremodel"])
def test_the_engine_and_the_figure_model_hold_no_word_of_the_subject(package: str) -> None:
    found = {}
    for path in (ROOT / "src" / package).rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            name = path.relative_to(ROOT).as_posix()
            words = {hit[0].lower() for hit in SUBJECT.finditer(path.read_text(encoding="utf-8"))}
            if words - NOT_OF_THE_SUBJECT.get(name, set()):
                found[name] = sorted(words)
    assert found == {}


def test_another_compendium_runs_to_a_page_without_ours(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(SECOND, tmp_path / "second compendium"))
    hidden = tmp_path / "hidden"
    for name in ("youthviolence", "figuremodel"):
        (hidden / name).mkdir(parents=True)
        (hidden / name / "__init__.py").write_text("raise ImportError('hidden')\n", "utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "APPENDICES_HOME"}
    made = subprocess.run(
        [sys.executable, "-m", "appendices", "run"], cwd=copy, check=False, capture_output=True,
        text=True, encoding="utf-8", env=environment | {"PYTHONPATH": str(hidden)},
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    page = (copy / "reports" / "default" / "01_shelves.html").read_text(encoding="utf-8")
    assert "120 metres of shelves are in the northern library" in page
    assert "Shelf lengths" in page
    for folder in (copy / "reports" / "default").rglob("*.html"):
        assert not SUBJECT.search(folder.read_text(encoding="utf-8")), folder


def test_a_setting_that_the_engine_does_not_know_is_an_error_that_says_what_it_expects(
    tmp_path: Path,
) -> None:
    copy = Path(shutil.copytree(SECOND, tmp_path / "second"))
    settings = copy / "pyproject.toml"
    settings.write_text(settings.read_text("utf-8").replace("title", "titel", 1), "utf-8")
    made = subprocess.run(
        [sys.executable, "-m", "appendices", "list"], cwd=copy, check=False, capture_output=True,
        text=True, encoding="utf-8",
    )  # fmt: skip
    assert made.returncode == 2
    assert "unknown titel; expected title" in made.stderr
