"""docs/own-cohort.md is walked as it is written: its commands, its mapping, what they print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from appendices.data import mapping
from appendices.data.load import load_resource
from appendices.data.own import find_data_set
from tests.conftest import ROOT
from tests.own.conftest import command

GUIDE = (ROOT / "docs" / "own-cohort.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^\$ (.+)$", GUIDE, re.MULTILINE)
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a project whose cohorts and reports are its own, and all else this checkout's."""
    root = tmp_path / "compendium"
    root.mkdir()
    for name in ("notebooks", "tests", "requirements.lock", "pyproject.toml"):
        (root / name).symlink_to(ROOT / name)
    (root / "data").mkdir()
    (root / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    return root


def test_the_guide_is_walked_with_the_messy_example(checkout: Path) -> None:
    new, copy, check, run, release = (one.split() for one in COMMANDS[:5])
    mapping = next(text for kind, text in BLOCKS if kind == "yaml")
    printed, refused = (text.strip() for kind, text in BLOCKS if not kind)
    folder = checkout / "cohorts" / "messy"

    assert command(checkout, *new[1:])[0] == 0
    assert {path.name for path in folder.iterdir()} >= {"cohort.json", "mapping.yml", ".gitignore"}
    (folder / Path(copy[1]).name).write_bytes((checkout / copy[1]).read_bytes())
    (folder / "mapping.yml").write_text(mapping.replace("n/k, ", "", 3), encoding="utf-8")
    code, said = command(checkout, *check[1:])
    assert code == 3
    first = refused.splitlines()
    assert first[0] in said
    assert first[1].partition("; …")[0] in said

    (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
    code, said = command(checkout, *check[1:])
    assert (code, said.strip()) == (0, printed)

    code, said = command(checkout, *run[1:])
    assert code == 0, said
    page = (checkout / "reports" / "messy" / "02_victim_cohort.html").read_text(encoding="utf-8")
    assert "Own cohort messy" in page
    code, said = command(checkout, *release[1:])
    assert code == 5
    assert "as `person:` in mapping.yml" in said
    assert not {"seen on ward", "Site A", "28/09/2004", "2004-09-28"} & set(re.split(r"[<>]", page))


def test_the_guide_is_walked_with_a_network(checkout: Path) -> None:
    new, copy, check, run = (one.split() for one in COMMANDS[5:9])
    mapping = [text for kind, text in BLOCKS if kind == "yaml"][1]
    folder = checkout / "cohorts" / "ties"
    assert command(checkout, *new[1:])[0] == 0
    own = folder / Path(copy[1]).name
    own.write_bytes((checkout / copy[1]).read_bytes())
    (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
    code, said = command(checkout, *check[1:])
    assert code == 0, said
    assert "165 ties of 57 people" in said
    assert "run 05 -p records=cohorts/ties" in said

    code, said = command(checkout, *run[1:])
    assert code == 0, said
    folder = checkout / "reports" / "ties"
    page = (folder / "05_network_prototype.html").read_text(encoding="utf-8")
    assert "Recorded network" in page
    assert "No record is of a real person" not in page
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode(
        "utf-8", errors="replace"
    )
    assert re.findall(r"(?i)yp-1\d{3}|est \d\d|inc \d\d|her sister", own.read_text("cp1252"))
    assert not re.findall(r"(?i)yp-1\d{3}|est \d\d|inc \d\d|her sister", written)
    code, said = command(checkout, "release", "ties")
    assert code == 5
    assert "is not made of a count table" in said


def test_an_offender_cohort_of_ones_own_is_run_and_released(checkout: Path) -> None:
    assert command(checkout, "cohort", "new", "team", "--like", "offenders")[0] == 0
    people = load_resource(find_data_set(ROOT, "offenders"), ROOT).drop(columns="person")
    folder = checkout / "cohorts" / "team"
    people.assign(ref=[f"id-{i}" for i in range(len(people))]).to_csv(
        folder / "template.csv", index=False
    )
    mapping = (folder / "mapping.yml").read_text(encoding="utf-8")
    (folder / "mapping.yml").write_text(f"person: ref\n{mapping}", encoding="utf-8")
    code, said = command(checkout, "run", "03", "-p", "cohort=cohorts/team", "--run", "team")
    assert code == 0, said
    page = (checkout / "reports" / "team" / "03_offender_cohort.html").read_text(encoding="utf-8")
    assert "Own cohort team" in page
    assert "offender cohort</p>" not in page
    code, said = command(checkout, "release", "team")
    assert code == 0, said
    bundle = checkout / "reports" / "team" / "release"
    assert {"README.txt", "4_budget.csv", "summary.json"} <= {one.name for one in bundle.iterdir()}


def test_every_name_of_the_mapping_is_explained_in_the_guide() -> None:
    keys = {
        one.alias or name
        for model in (mapping.Rule, mapping.FileMapping)
        for name, one in model.model_fields.items()
    }
    for key in keys - {"columns", "file"}:
        assert re.search(rf"^\|[^|]*`{key}`", GUIDE, re.MULTILINE), key
