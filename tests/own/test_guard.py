"""What git is kept from: somebody's cohort, undeclared data, executed notebooks, runs."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.own.conftest import ROWS, write_own

SPEC = importlib.util.spec_from_file_location("refuse_data", ROOT / "scripts" / "refuse_data.py")
assert SPEC is not None
guard = importlib.util.module_from_spec(SPEC)
assert SPEC.loader is not None
SPEC.loader.exec_module(guard)


def git(root: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    nobody = {f"GIT_{who}_{what}": "nobody" for who in ("AUTHOR", "COMMITTER")
              for what in ("NAME", "EMAIL")}  # fmt: skip
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    beside = {"HOME": str(root), "PRE_COMMIT_HOME": str(root.parent / "hooks")}
    return subprocess.run(
        ["git", "-C", str(root), *words], capture_output=True, text=True, check=False,
        env={**plain, **nobody, **beside, **more},
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a git repository with this project's hook, its declarations, and a cohort."""
    if not shutil.which("git"):
        pytest.skip("git is not on this machine")
    root = tmp_path / "repository"
    for name in (
        "scripts/refuse_data.py", ".pre-commit-config.yaml", ".gitignore",
        "data/raw/datapackage.json", "data/declared.csv", "data/raw/relations.csv",
        "notebooks/01_national_context.ipynb",
    ):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / ".venv").symlink_to(sys.prefix)
    write_own(root / "cohorts" / "borough", ROWS)
    write_own(root / "elsewhere", ROWS)
    (root / "elsewhere" / ".gitignore").write_text("*\n", encoding="utf-8")
    assert git(root, "init", "-q").returncode == 0
    return root


def test_the_hook_lets_declared_data_in_and_nothing_else(repository: Path) -> None:
    hook = [sys.executable, "-m", "pre_commit", "install"]
    env = {
        **os.environ,
        "HOME": str(repository),
        "PRE_COMMIT_HOME": str(repository.parent / "hooks"),
    }
    subprocess.run(hook, cwd=repository, check=True, capture_output=True, env=env)
    others = "ruff-check,ruff-format,nbstripout"
    git(repository, "add", "data", "notebooks", "scripts", ".gitignore", ".pre-commit-config.yaml")
    done = git(repository, "commit", "-m", "declared", SKIP=others)
    assert done.returncode == 0, done.stdout + done.stderr

    executed = json.loads((repository / "notebooks/01_national_context.ipynb").read_text("utf-8"))
    cell = next(one for one in executed["cells"] if one["cell_type"] == "code")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "Zebedee"}]
    (repository / "notebooks/02_executed.ipynb").write_text(json.dumps(executed), encoding="utf-8")
    (repository / "extract.XLSX").write_bytes(b"PK")
    (repository / "data/raw/more.csv").write_text("name\nZebedee\n", encoding="utf-8")
    (repository / "records.json").write_text('[{"name": "Zebedee"}]', encoding="utf-8")
    refused = ["notebooks/02_executed.ipynb", "extract.XLSX", "data/raw/more.csv", "records.json"]
    forced = ["cohorts/borough/data.csv", "elsewhere/mapping.yml", "elsewhere/cohort.json"]
    git(repository, "add", "-f", *refused, *forced)
    done = git(repository, "commit", "-m", "undeclared", SKIP=others)
    assert done.returncode == 1
    for name in (*refused, *forced):
        assert f"refused: {name}: " in done.stdout + done.stderr
    assert "Zebedee" not in done.stdout + done.stderr
    assert git(repository, "log", "--format=%s").stdout.split() == ["declared"]


def test_git_does_not_see_a_cohort(repository: Path) -> None:
    listed = git(repository, "ls-files", "--others", "--exclude-standard").stdout
    assert "data.csv" not in listed
    assert "cohort.json" not in listed
    assert "scripts/refuse_data.py" in listed


def test_a_reference_run_goes_in_unless_confidential_data_went_into_it(tmp_path: Path) -> None:
    for name in ("data/raw/datapackage.json", "reports/reference/manifest.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(
            '{"resources": [], "inputs": [], "exhibits": [{"files": {"csv": "exhibits/a.csv"}}]}',
            encoding="utf-8",
        )
    assert guard.refusals(["reports/reference/exhibits/a.csv"], tmp_path) == []
    for other in ("exhibits/b.csv", "notebooks/02_victim_cohort.ipynb", "a_INTERNAL.pdf"):
        assert len(guard.refusals([f"reports/reference/{other}"], tmp_path)) == 1, other
    (tmp_path / "reports/reference/manifest.json").write_text(
        '{"inputs": [{"name": "own"}]}', "utf-8"
    )
    assert len(guard.refusals(["reports/reference/exhibits/a.csv"], tmp_path)) == 1


def test_every_file_of_the_project_may_be_committed() -> None:
    listed = git(ROOT, "ls-files", "-co", "--exclude-standard", "-z")
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    names = [name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    assert guard.refusals(names, ROOT) == []
