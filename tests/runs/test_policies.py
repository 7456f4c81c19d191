"""Which policy is in force, and what is left of a run under another."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import NotebookError
from appendices.runs.whole import Request, prepare, run_compendium
from tests.conftest import PARAMETERS, code, show, write_notebook
from tests.disclosure.test_scrub import CANARY, make_confidential

POLICY = PARAMETERS + 'policy: Policy = "release"  # Protection policy.\n'


@pytest.fixture
def guarded(project: Path) -> Path:
    """Return a tiny compendium whose two notebooks take a policy, one with confidential data."""
    make_confidential(project)
    for name, table in (("01_first", "towns"), ("02_second", "ports")):
        path = project / "notebooks" / f"{name}.ipynb"
        cells = code(f'print(appendix.load("{table}"))'), show(f"{table}-people", table)
        write_notebook(path, *cells, parameters=POLICY)
    (project / "internal.yml").write_text("policy: internal\n", encoding="utf-8")
    return project


def in_force(root: Path, **request: object) -> set[object]:
    run = prepare(Request(**request), root).run  # type: ignore[arg-type]
    return {values["policy"] for values in run.parameters.values()}


def test_of_the_policies_that_are_asked_for_the_strictest_is_in_force(guarded: Path) -> None:
    file = guarded / "internal.yml"
    assert in_force(guarded) == {"release"}
    assert in_force(guarded, parameter_file=file) == {"internal"}
    assert in_force(guarded, policy="internal") == {"internal"}
    assert in_force(guarded, parameter_file=file, policy="release") == {"release"}
    assert in_force(guarded, parameter_file=file, assignments=["policy=release"]) == {"release"}
    assert in_force(guarded, policy="internal", assignments=["policy=release"]) == {"release"}
    mixed = in_force(guarded, policy="internal", assignments=["02:policy=release"])
    assert mixed == {"internal", "release"}


def test_the_run_says_which_policy_is_in_force(guarded: Path) -> None:
    explain = ["run", "--explain", "--params", "internal.yml"]
    said = CliRunner().invoke(app, explain).output
    assert "policy internal for 01_first, 02_second" in said
    said = CliRunner().invoke(app, [*explain, "--policy", "release"]).output
    assert "policy release for 01_first, 02_second" in said
    said = (
        CliRunner()
        .invoke(app, ["run", "--explain", "--policy", "internal", "-p", "policy=release"])
        .output
    )
    assert "stricter than internal, which was asked for" in said


def test_a_policy_is_no_parameter_of_a_notebook_without_one(project: Path) -> None:
    assert prepare(Request(policy="release"), project).plan.due
    assert CliRunner().invoke(app, ["run", "--policy", "internal"]).exit_code == 2


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file()}


def test_nothing_unprotected_is_left_where_a_run_is_made_again_under_release(
    guarded: Path,
) -> None:
    folder = run_compendium(Request(policy="internal", run="b"), guarded).parent
    assert "01_first_INTERNAL.ipynb" in names(folder)
    (folder / "export").mkdir()
    (folder / "export" / "01_first_INTERNAL.pdf").touch()
    (folder / "failed").mkdir(exist_ok=True)
    (folder / "failed" / "01_first_INTERNAL.ipynb").write_text(CANARY, encoding="utf-8")
    run_compendium(Request(run="b", force=True), guarded)
    assert not [name for name in names(folder) if "INTERNAL" in name]
    holding = [path for path in folder.rglob("*") if path.is_file()
               and CANARY.encode() in path.read_bytes()]  # fmt: skip
    assert holding == []


def test_nor_where_the_run_under_release_fails(guarded: Path) -> None:
    folder = run_compendium(Request(policy="internal", run="b"), guarded).parent
    for name in ("01_first", "02_second"):
        path = guarded / "notebooks" / f"{name}.ipynb"
        write_notebook(path, code("1 / 0"), parameters=POLICY)
    with pytest.raises(NotebookError):
        run_compendium(Request(run="b", force=True), guarded)
    assert not [name for name in names(folder) if "INTERNAL" in name]


def test_the_page_of_a_deleted_notebook_goes_though_another_begins_like_it(project: Path) -> None:
    old = project / "notebooks" / "01_first_old.ipynb"
    write_notebook(old, show("old-people", "towns"))
    folder = run_compendium(Request(), project).parent
    assert "01_first_old.html" in names(folder)
    old.unlink()
    run_compendium(Request(), project)
    assert {name for name in names(folder) if "old" in name} == {"01_first_old.json"}
    assert {"01_first.html", "01_first.ipynb", "index.html"} <= names(folder)
