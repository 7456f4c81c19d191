from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import DataError, UsageError
from appendices.runs.runs import hold
from appendices.runs.whole import Request, prepare, run_compendium
from tests.conftest import code, show, write_notebook, write_tables


def due(root: Path, **request: object) -> dict[str, tuple[str, ...]]:
    return dict(prepare(Request(**request), root).plan.due)  # type: ignore[arg-type]


def manifest(root: Path, run: str = "default") -> dict[str, object]:
    content: dict[str, object] = json.loads(
        (root / "reports" / run / "manifest.json").read_text(encoding="utf-8")
    )
    return content


def test_a_notebook_runs_again_only_when_something_it_depends_on_changed(project: Path) -> None:
    run_compendium(Request(), project)
    assert due(project) == {}

    write_tables(
        project, towns="place,people\nLeeds,31\nHull,12\n", ports="place,people\nHull,12\n"
    )
    assert due(project) == {"01_first": ("data set towns changed",)}

    write_notebook(
        project / "notebooks" / "02_second.ipynb", code("x = 1"), show("ports-people", "ports")
    )
    assert due(project)["02_second"] == ("the notebook changed",)

    run_compendium(Request(), project)
    assert due(project) == {}
    (project / "requirements.lock").write_text("pandas==4\n", encoding="utf-8")
    assert due(project) == dict.fromkeys(("01_first", "02_second"), ("the lock file changed",))
    assert set(due(project, force=True).values()) == {("--force was given",)}


def test_explain_says_which_and_runs_nothing(project: Path) -> None:
    result = CliRunner().invoke(app, ["run", "--explain"])
    assert result.exit_code == 0
    assert "would run: it has not run yet" in result.output
    assert not (project / "reports").exists()


def test_other_parameters_go_to_a_run_of_their_own(project: Path) -> None:
    first = run_compendium(Request(), project)
    page = first.parent / "01_first.html"
    before = page.read_bytes()

    other = run_compendium(Request(["01"], ["most=1"]), project)
    assert other.parent.name == "most-1"
    assert page.read_bytes() == before
    assert run_compendium(Request(["01"], ["most=1"]), project) == other


def test_a_named_run_with_other_parameters_is_overwritten_only_by_force(project: Path) -> None:
    run_compendium(Request(["01"], run="mine"), project)
    page = project / "reports" / "mine" / "01_first.html"
    before = page.read_bytes()
    changed = Request(["01"], ["most=1"], run="mine")
    with pytest.raises(UsageError, match=r"01_first:most.*--run most-1.*--force"):
        run_compendium(changed, project)
    assert page.read_bytes() == before

    run_compendium(Request(["01"], ["most=1"], run="mine", force=True), project)
    assert page.read_bytes() != before
    assert manifest(project, "mine")["parameters"] == {"01_first": {"level": 0.95, "most": 1}}


def test_a_run_name_never_holds_a_path_that_was_a_value(project: Path) -> None:
    from appendices.runs.notebooks import find_notebooks
    from appendices.runs.runs import choose_run

    notebooks = find_notebooks(project)
    held = {"01_first": {"level": 0.95, "most": 3}}
    run_compendium(Request(["01"]), project)
    settings = {"01_first": held["01_first"] | {"most": "/secret/folder of cases"}}
    chosen = choose_run(project, None, settings, notebooks, force=False)  # type: ignore[arg-type]
    assert chosen.name.startswith("most-")
    assert "secret" not in chosen.name


def test_runs_whose_parameters_look_alike_in_a_name_do_not_share_a_folder(project: Path) -> None:
    run_compendium(Request(), project)
    folders = {
        run_compendium(Request(assignments=values), project).parent
        for values in (
            ["01:level=0.9", "02:level=0.8"], ["01:level=0.99", "02:level=0.8"], ["level=0.8"],
        )
    }  # fmt: skip
    assert len(folders) == 3
    assert manifest(project)["parameters"]["01_first"]["level"] == 0.95  # type: ignore[index]


def test_the_reference_is_no_name_for_a_run(project: Path) -> None:
    with pytest.raises(UsageError, match="verify --accept"):
        run_compendium(Request(run="reference"), project)


def test_a_file_that_changes_during_a_run_is_read_again_by_the_next(project: Path) -> None:
    changing = code(
        "import pathlib\n"
        'path = pathlib.Path("data/raw/towns.csv")\n'
        'path.write_text("place,people\\nLeeds,31\\nHull,12\\n") if most == 3 else None\n'
    )
    write_notebook(
        project / "notebooks" / "01_first.ipynb", show("towns-people", "towns"), changing
    )
    with pytest.raises(DataError, match="changed while the run was reading them: towns"):
        run_compendium(Request(), project)
    assert set(prepare(Request(), project).plan.due) == {"01_first"}
    index = run_compendium(Request(), project)
    assert "31" in (index.parent / "exhibits" / "towns-people.csv").read_text(encoding="utf-8")


def test_a_data_file_that_is_taken_away_is_seen(project: Path) -> None:
    run_compendium(Request(), project)
    (project / "data" / "raw" / "ports.csv").unlink()
    assert prepare(Request(), project).plan.due == {"02_second": ("data set ports changed",)}


def test_a_notebook_that_is_deleted_leaves_the_run(project: Path) -> None:
    index = run_compendium(Request(), project)
    (project / "notebooks" / "02_second.ipynb").unlink()
    run_compendium(Request(), project)
    assert [one["name"] for one in manifest(project)["notebooks"]] == ["01_first"]  # type: ignore[attr-defined]
    left = [path.name for path in index.parent.rglob("*") if "02_second" in path.name]
    assert left == ["02_second.json"]  # how long it took, if it ever comes back


def test_one_notebook_alone_keeps_the_pages_of_the_others(project: Path) -> None:
    index = run_compendium(Request(), project)
    run_compendium(Request(["02"], force=True), project)
    assert [one["name"] for one in manifest(project)["notebooks"]] == ["01_first", "02_second"]  # type: ignore[attr-defined]
    assert (index.parent / "01_first.html").is_file()


def test_one_notebook_alone_runs_though_another_of_the_run_is_stale(project: Path) -> None:
    run_compendium(Request(), project)
    write_tables(
        project, towns="place,people\nLeeds,31\nHull,12\n", ports="place,people\nHull,12\n"
    )
    run_compendium(Request(["02"], force=True), project)
    assert due(project) == {"01_first": ("data set towns changed",)}


def test_the_same_run_twice_at_once_is_refused(project: Path) -> None:
    prepared = prepare(Request(), project)
    with hold(prepared.run), pytest.raises(UsageError, match="in progress"):
        run_compendium(Request(), project)


def test_the_same_data_give_the_same_bytes(project: Path) -> None:
    def files() -> dict[str, bytes]:
        folder = project / "reports" / "default"
        return {
            path.name: path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.suffix in (".csv", ".svg", ".png", ".html") and path.name != "index.html"
        }

    run_compendium(Request(), project)
    first = files()
    assert len(first) == 8
    run_compendium(Request(force=True), project)
    assert files() == first


def test_an_executed_notebook_says_which_data_it_was_made_from(project: Path) -> None:
    run_compendium(Request(), project)
    executed = project / "reports" / "default" / "notebooks" / "01_first.ipynb"
    said = json.loads(executed.read_text(encoding="utf-8"))["metadata"]["appendices"]["inputs"]
    recorded = {one["name"]: one["sha256"] for one in manifest(project)["inputs"]}  # type: ignore[attr-defined]
    assert said
    assert said.items() <= recorded.items()


def test_the_manifest_says_what_went_in_and_what_came_out(project: Path) -> None:
    from appendices.project import sha256_of

    run_compendium(Request(), project)
    content = manifest(project)
    folder = project / "reports" / "default"
    for one in content["inputs"]:  # type: ignore[attr-defined]
        assert one["sha256"] == sha256_of(project / "data" / "raw" / one["path"])
    exhibits = content["exhibits"]
    assert [one["number"] for one in exhibits] == ["Figure 1.1", "Figure 2.1"]  # type: ignore[attr-defined]
    for one in exhibits:  # type: ignore[attr-defined]
        assert one["data_sha256"] == sha256_of(folder / one["files"]["csv"])
        assert all((folder / path).stat().st_size > 0 for path in one["files"].values())
    assert content["status"] == "complete"
    assert "pandas" in content["versions"]  # type: ignore[operator]


def test_an_input_that_changes_while_it_is_read_is_an_error(project: Path) -> None:
    from appendices.errors import DataError

    target = project / "data" / "raw" / "ports.csv"
    write_notebook(
        project / "notebooks" / "01_first.ipynb",
        show("towns-people", "towns"),
        code(f"open({str(target)!r}, 'a').write('Goole,3\\n')"),
    )
    with pytest.raises(DataError, match=r"changed while.*ports"):
        run_compendium(Request(), project)
    assert not (project / "reports" / "default" / "manifest.json").exists()


def test_what_is_remembered_of_a_notebook_may_be_spoiled(project: Path) -> None:
    run_compendium(Request(), project)
    state = project / "reports" / "default" / ".state"
    for spoilt in (lambda data: data[: len(data) // 3], lambda _: b"", lambda _: b"[1]\n"):
        for path in (state / "notebooks").glob("*.json"):
            path.write_bytes(spoilt(path.read_bytes()))
        assert set(due(project)) == {"01_first", "02_second"}
        run_compendium(Request(), project)
        assert due(project) == {}


def test_another_working_folder_finds_the_same_project(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project / "notebooks")
    assert CliRunner().invoke(app, ["check"]).exit_code == 0
    monkeypatch.chdir(project.parent)
    monkeypatch.setenv("APPENDICES_HOME", str(project))
    assert CliRunner().invoke(app, ["check"]).exit_code == 0
    monkeypatch.setenv("APPENDICES_HOME", os.fspath(project.parent))
    assert CliRunner().invoke(app, ["check"]).exit_code == 2
