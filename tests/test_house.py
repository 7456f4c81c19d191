"""What holds for the project as a whole: its files, not its functions."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from appendices.runs.notebooks import find_notebooks
from appendices.runs.parameters import code_cells, read_notebook
from tests.conftest import ROOT

NOTEBOOKS = [
    "01_national_context", "02_victim_cohort", "03_offender_cohort", "04_robbery_subgroup",
    "05_network_prototype", "06_published_figures_audit",
]  # fmt: skip


def tracked() -> list[Path]:
    """Return the files git knows or would add; every text file below the root without git."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


def texts() -> dict[str, str]:
    found = {}
    for path in tracked():
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def test_the_six_notebooks_are_there() -> None:
    assert set(NOTEBOOKS) <= set(find_notebooks(ROOT))


def test_no_notebook_is_kept_with_outputs_or_defines_a_function() -> None:
    for name, notebook in find_notebooks(ROOT).items():
        content = read_notebook(notebook.path)
        for cell in content["cells"]:
            assert not cell.get("outputs"), name
            assert cell.get("execution_count") is None, name
        for source, _ in code_cells(content):
            for node in ast.walk(ast.parse(source)):
                defining = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
                assert not isinstance(node, defining), f"{name}: {source[:60]}"


def test_nbstripout_finds_nothing_to_strip() -> None:
    paths = [str(notebook.path) for notebook in find_notebooks(ROOT).values()]
    done = subprocess.run(
        [sys.executable, "-m", "nbstripout", "--verify", *paths], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()


def test_conda_users_get_the_same_direct_dependencies() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    direct = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    (by_pip,) = [one["pip"] for one in conda["dependencies"] if isinstance(one, dict)]
    assert by_pip == direct
    assert f"python{project['project']['requires-python']}" in conda["dependencies"]


def test_the_lock_pins_every_direct_dependency_by_hash_and_names_no_address() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table, groups = project["project"], project["dependency-groups"]
    first = [*table["dependencies"], *groups["build"]]
    extras = table["optional-dependencies"]
    second = [*groups["dev"], *extras["cluster"], *extras["parquet"]]
    pinned: list[set[str]] = []
    for lock, direct in (("requirements.lock", first), ("requirements-dev.lock", second)):
        text = (ROOT / lock).read_text(encoding="utf-8")
        assert "://" not in text
        assert "--index" not in text
        blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
        assert all(re.match(r"\S+==\S+", block) and "--hash=sha256:" in block for block in blocks)
        pinned.append({block.split("==")[0] for block in blocks})
        names = {re.split(r"[<>=\[]", one)[0].lower().replace("_", "-") for one in direct}
        assert names <= set().union(*pinned), lock
    assert not pinned[0] & pinned[1]
    assert not pinned[0] & {"dask", "distributed", "duckdb", "pyarrow"}


def test_no_path_of_one_machine_is_written_down() -> None:
    pattern = re.compile(r"(?<![\w./~$}-])/(?:home|root|work|Users)/\w")
    found = {name: pattern.search(text) for name, text in texts().items()}
    assert [name for name, hit in found.items() if hit and "test_house" not in name] == []


def test_every_package_folder_says_what_happens_in_it() -> None:
    for path in (ROOT / "src").rglob("__init__.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_a_module_over_four_hundred_lines_is_two_modules() -> None:
    for path in (ROOT / "src").rglob("*.py"):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 400, f"{path.name} has {lines} lines"


def test_the_citation_and_the_package_have_one_version() -> None:
    import youthviolence

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == youthviolence.__version__
    assert json.dumps(citation["authors"])


def test_what_archives_read_agrees_with_the_citation() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    wanted = {
        "title": citation["title"], "version": citation["version"],
        "abstract": " ".join(citation["abstract"].split()), "keywords": citation["keywords"],
        "authors": [one["name"] for one in citation["authors"]], "license": citation["license"],
    }  # fmt: skip
    meta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
    assert wanted == {
        "title": meta["name"], "version": meta["version"], "abstract": meta["description"],
        "keywords": meta["keywords"], "authors": [one["name"] for one in meta["author"]],
        "license": meta["license"].rpartition("/")[2],
    }  # fmt: skip
    deposit = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert wanted == {
        "title": deposit["title"], "version": deposit["version"],
        "abstract": deposit["description"], "keywords": deposit["keywords"],
        "authors": [one["name"] for one in deposit["creators"]],
        "license": deposit["license"].upper(),
    }  # fmt: skip


def test_container_and_binder_install_the_lock_as_it_stands() -> None:
    assert "make setup INSTALL=--pip" in (ROOT / "Containerfile").read_text(encoding="utf-8")
    built = (ROOT / ".binder" / "postBuild").read_text(encoding="utf-8")
    assert "--no-deps --require-hashes --only-binary :all: -r requirements.lock" in built
