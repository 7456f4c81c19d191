from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.runs.verify import compare
from tests.conftest import PARAMETERS, show, write_notebook, write_tables


def invoke(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["verify", *arguments])
    return result.exit_code, result.output


def snapshot(project: Path) -> dict[str, bytes]:
    folder = project / "reports" / "reference"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def accepted(project: Path) -> Path:
    exit_code, output = invoke("--accept")
    assert exit_code == 0, output
    return project


def test_the_reference_is_the_manifest_and_the_tables_only(accepted: Path) -> None:
    names = {Path(name).as_posix() for name in snapshot(accepted)}
    assert names == {"manifest.json", "exhibits/towns-people.csv", "exhibits/ports-people.csv"}


def test_the_same_numbers_are_said_and_nothing_is_written(accepted: Path) -> None:
    before = snapshot(accepted)
    exit_code, output = invoke()
    assert exit_code == 0
    assert "2 identical" in output
    assert "The same numbers" in output
    assert snapshot(accepted) == before
    names = {path.name for path in (accepted / "reports").iterdir()}
    assert names <= {"reference", ".reference.lock"}


def test_a_changed_number_is_named_with_its_cell_and_what_explains_it(accepted: Path) -> None:
    before = snapshot(accepted)
    write_tables(
        accepted, towns="place,people\nLeeds,31\nHull,12\n", ports="place,people\nHull,12\n"
    )
    exit_code, output = invoke()
    assert exit_code == 7
    for words in (
        "1 identical, 1 different", "towns-people", "row 2 'people'", "by up to 1",
        "data set towns is another", "differs from its reference",
    ):  # fmt: skip
        assert words in output
    assert snapshot(accepted) == before


def test_accept_shows_the_difference_and_takes_it(accepted: Path) -> None:
    write_tables(accepted, towns="place,people\nLeeds,31\n", ports="place,people\nHull,12\n")
    exit_code, output = invoke("--accept")
    assert exit_code == 0
    assert "1 rows, were 2" in output
    assert invoke()[0] == 0


def test_any_run_can_be_held_against_another(project: Path) -> None:
    assert CliRunner().invoke(app, ["run", "01", "-p", "most=1", "--run", "old"]).exit_code == 0
    exit_code, output = invoke("--against", "reports/old")
    assert exit_code == 0, output
    assert "1 identical" in output


def test_a_new_default_and_a_changed_notebook_are_seen_and_explain_what_differs(
    accepted: Path,
) -> None:
    path = accepted / "notebooks" / "01_first.ipynb"
    write_notebook(path, show("towns-people", "towns"), parameters=PARAMETERS.replace("= 3", "= 1"))
    exit_code, output = invoke()
    assert exit_code == 7
    assert "1 rows, were 2" in output
    assert "01_first, parameter most: 1, was 3" in " ".join(output.split())
    assert "notebook 01_first is another" in output


@pytest.mark.parametrize("content", ["{}", '{"exhibits": []}', "[]", "x"])
def test_a_folder_that_holds_no_run_is_refused_before_anything_runs(
    project: Path, content: str
) -> None:
    (project / "mine").mkdir()
    (project / "mine" / "manifest.json").write_text(content, encoding="utf-8")
    exit_code, output = invoke("--against", "mine")
    assert exit_code == 3
    assert "Name the folder of a run" in output
    assert invoke("--accept", "--against", "mine")[0] == 2


def test_without_a_reference_it_says_what_to_do(project: Path) -> None:
    exit_code, output = invoke()
    assert exit_code == 3
    assert "youthviolence verify --accept" in output


ENTRY = {
    "number": "Figure 1.1", "kind": "figure", "notebook": "01_first", "headline": "12 girls",
    "subtitle": "Number of people", "note": "Read it right.", "alt": "Bars of people.",
    "sources": ["towns"], "source_exhibit": None, "basis": "observed", "sensitivity": "public",
    "policy": None, "symbols": {}, "table_sha256": "0", "svg_sha256": "0", "png_sha256": "0",
}  # fmt: skip
TABLES = {"a": "n\n1\n", "b": "n\n2\n"}


def with_changes(
    folder: Path, exhibit: int = 0, top: dict[str, str] | None = None, **changes: object
) -> Path:
    """Return a run whose manifest has these changes in one exhibit, and those at its top."""
    path = run_folder(folder, **TABLES) / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8")) | (top or {})
    manifest["exhibits"][exhibit] |= changes
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("number", "Figure 1.2", "number “Figure 1.2”, was “Figure 1.1”"),
        ("kind", "table", "kind “table”, was “figure”"),
        ("headline", "13 girls", "headline “13 girls”, was “12 girls”"),
        ("subtitle", "Rate", "subtitle “Rate”, was “Number of people”"),
        ("note", "", "note “”, was “Read it right.”"),
        ("alt", "Bars.", "alt text “Bars.”, was “Bars of people.”"),
        ("sources", ["ports"], "sources “['ports']”, was “['towns']”"),
        ("basis", "derived", "basis “derived”, was “observed”"),
        ("sensitivity", "synthetic", "sensitivity “synthetic”, was “public”"),
        ("policy", "release", "policy “release”, was “None”"),
        ("symbols", {"[x]": "gone"}, "symbols “{'[x]': 'gone'}”, was “{}”"),
        ("table_sha256", "1", "table as shown"),
    ],
)
def test_whatever_an_exhibit_says_is_held_against_the_reference(
    tmp_path: Path, field: str, value: object, said: str
) -> None:
    before = run_folder(tmp_path / "before", **TABLES)
    result = compare(with_changes(tmp_path / "now", **{field: value}), before)
    assert [(one.state, one.says) for one in result.exhibits] == [
        ("different", said), ("identical", ""),
    ]  # fmt: skip
    assert not result.holds
    assert not result.only_redrawn


def test_other_drawings_alone_are_a_fault_only_in_the_same_environment(tmp_path: Path) -> None:
    before = run_folder(tmp_path / "before", **TABLES)
    drawn = {"svg_sha256": "1", "png_sha256": "1"}
    same = compare(with_changes(tmp_path / "same", **drawn), before)
    assert (same.exhibits[0].state, same.exhibits[0].says) == (
        "redrawn",
        "other bytes: SVG and PNG",
    )
    assert not same.holds
    assert not same.only_redrawn
    other = compare(with_changes(tmp_path / "other", top={"platform": "y"}, **drawn), before)
    assert other.only_redrawn
    assert not other.holds
    worse = with_changes(tmp_path / "worse", top={"platform": "y"}, headline="13", **drawn)
    assert not compare(worse, before).only_redrawn


def test_an_exhibit_that_stands_elsewhere_is_told(tmp_path: Path) -> None:
    before = run_folder(tmp_path / "before", **TABLES)
    moved = run_folder(tmp_path / "now", **dict(reversed(TABLES.items())))
    said = [one.says for one in compare(moved, before).exhibits if one.state == "different"]
    assert said == ["order: stands where a did"]


def test_a_long_text_is_quoted_from_shortly_before_it_parts(tmp_path: Path) -> None:
    before = with_changes(tmp_path / "before", alt=f"{'x ' * 90}12 girls")
    result = compare(with_changes(tmp_path / "now", alt=f"{'x ' * 90}13 girls"), before)
    assert len(result.exhibits[0].says) < 200
    assert "13 girls”, was “… x x" in result.exhibits[0].says


def test_the_command_tells_redrawn_apart_by_its_exit_code(accepted: Path) -> None:
    path = accepted / "reports" / "reference" / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["exhibits"][0]["svg_sha256"] = "0" * 64
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert invoke()[0] == 7
    manifest["platform"] = "Another machine"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    exit_code, output = invoke()
    assert exit_code == 10
    assert "1 redrawn" in output
    assert "Another machine" in output


def run_folder(folder: Path, **tables: str) -> Path:
    (folder / "exhibits").mkdir(parents=True)
    exhibits = []
    for name, text in tables.items():
        (folder / "exhibits" / f"{name}.csv").write_text(text, encoding="utf-8")
        exhibits.append({**ENTRY, "id": name, "files": {"csv": f"exhibits/{name}.csv"}})
    manifest = {
        "exhibits": exhibits, "inputs": [], "lock_sha256": "", "package_sha256": "",
        "python": "3", "platform": "x", "versions": {}, "notebooks": [], "parameters": {},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("now", "before", "state"),
    [
        ("n\n1.0000000001\n", "n\n1\n", "equal"),
        ("n\n1.00001\n", "n\n1\n", "different"),
        ("n\n[c]\n", "n\n1\n", "different"),
        ("m\n1\n", "n\n1\n", "different"),
        ("n\n1\n2\n", "n\n1\n", "different"),
        ("n\nnan\n", "n\n1\n", "different"),
        ("n\n0\n", "n\n1e-15\n", "equal"),
    ],
)
def test_what_counts_as_the_same(tmp_path: Path, now: str, before: str, state: str) -> None:
    fresh, reference = run_folder(tmp_path / "a", t=now), run_folder(tmp_path / "b", t=before)
    assert [one.state for one in compare(fresh, reference).exhibits] == [state]


def test_missing_and_new_exhibits_and_changed_verdicts_are_told(tmp_path: Path) -> None:
    verdicts = "figure,verdict\nL1.1,{}\n"
    fresh = run_folder(
        tmp_path / "a", **{"new": "n\n1\n", "audit-all-verdicts": verdicts.format("contradicted")}
    )
    reference = run_folder(
        tmp_path / "b", **{"old": "n\n1\n", "audit-all-verdicts": verdicts.format("consistent")}
    )
    result = compare(fresh, reference)
    assert result.counts() == {
        "identical": 0, "equal": 0, "redrawn": 0, "different": 1, "missing": 1, "new": 1,
    }  # fmt: skip
    assert result.verdicts == ("L1.1: consistent became contradicted",)
    assert not result.holds
