"""The environment is an input: another package, another Python, one that is missing."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import MissingToolError
from appendices.runs import environment
from appendices.runs.environment import find_environment
from appendices.runs.whole import Request, prepare, run_compendium

HERE = metadata.version("networkx")


@pytest.fixture
def locked(project: Path) -> Path:
    """Return a tiny compendium whose lock has networkx and pandas as they are installed."""
    lock = f"networkx=={HERE}\npandas=={metadata.version('pandas')}\n"
    (project / "requirements.lock").write_text(lock, encoding="utf-8")
    return project


@pytest.fixture
def other_networkx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put another networkx before the one that is installed, as far as its folder says."""
    (tmp_path / "site" / "networkx-3.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "site")


def test_another_version_of_a_package_makes_every_notebook_run_again(
    locked: Path, request: pytest.FixtureRequest
) -> None:
    index = run_compendium(Request(), locked)
    assert prepare(Request(), locked).plan.due == {}
    page = index.parent / "01_first.html"
    assert "2 packages, Python" in page.read_text(encoding="utf-8")

    request.getfixturevalue("other_networkx")
    said = CliRunner().invoke(app, ["run", "--explain"]).output
    assert said.count(f"would run: networkx is 3.0, was {HERE}") == 2
    run_compendium(Request(), locked)
    assert f"networkx 3.0, locked {HERE}" in page.read_text(encoding="utf-8")
    manifest = json.loads((index.parent / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["versions"]["networkx"] == "3.0"
    assert manifest["not_as_locked"] == {"networkx": HERE}
    assert prepare(Request(), locked).plan.due == {}


def test_another_python_or_platform_is_named(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_compendium(Request(), locked)
    monkeypatch.setattr("platform.python_version", lambda: "3.99.1")
    monkeypatch.setattr("platform.machine", lambda: "vax")
    (reasons, *_) = prepare(Request(), locked).plan.due.values()
    assert [one.partition(",")[0] for one in reasons] == [
        "Python is 3.99", "the platform is Linux vax",
    ]  # fmt: skip


def test_a_package_that_is_missing_is_said_before_anything_runs(locked: Path) -> None:
    lock = "networkx==3.6\nno-such-package==1.0\nneither==2 ; sys_platform == 'nowhere'\n"
    (locked / "requirements.lock").write_text(lock, encoding="utf-8")
    with pytest.raises(MissingToolError, match=r"not installed.*: no-such-package\. Run `make"):
        run_compendium(Request(), locked)
    assert not (locked / "reports").exists()


def test_the_names_of_folders_tell_the_same_versions_as_the_metadata() -> None:
    told = environment._installed()
    asked = {
        environment._plain(one.metadata["Name"]): one.version for one in metadata.distributions()
    }
    assert {name: told.get(name) for name in asked} == asked


def test_a_lock_may_have_one_version_for_each_python(tmp_path: Path) -> None:
    lock = (
        f"networkx==0.1 ; python_full_version < '3'\nnetworkx=={HERE} ; python_version >= '3' \\\n"
        "    --hash=sha256:0\n"
    )
    (tmp_path / "requirements.lock").write_text(lock, encoding="utf-8")
    found = find_environment(tmp_path)
    assert (dict(found.packages), dict(found.not_as_locked)) == ({"networkx": HERE}, {})


def test_verify_says_in_which_other_environment_the_reference_was_made() -> None:
    from appendices.runs.verify import _other_environment

    before = {"python": "3.11.1", "platform": "Linux x86_64", "versions": {"networkx": "3.6"}}
    now = before | {"versions": {"networkx": "3.0"}, "not_as_locked": {"networkx": "3.6"}}
    assert _other_environment(now, before)[0] == "networkx 3.0, was 3.6"
