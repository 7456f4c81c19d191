"""What goes into a bundle for another kind of machine, and who may install it."""

from __future__ import annotations

import importlib
import platform
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from tests.conftest import ROOT


@pytest.fixture
def bundle(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, which finds its neighbours and the lock from the project's folder."""
    monkeypatch.chdir(ROOT)
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return importlib.import_module("bundle")


def test_a_bundle_holds_what_its_platform_and_python_need_and_no_more(bundle: ModuleType) -> None:
    def names(system: str, python: str) -> set[str]:
        return {line.split("==")[0] for line in bundle.needed(system, python)}

    windows, linux = names("win_amd64", "3.12"), names("linux_x86_64", "3.12")
    assert windows - linux == {"colorama", "pywinpty"}
    assert linux - windows == {"pexpect", "ptyprocess"}
    assert names("macosx_arm64", "3.12") - linux == {"appnope"}
    assert "aiohttp" in linux
    assert "aiohttp" not in names("linux_x86_64", "3.13")


def test_a_package_that_two_patch_releases_need_in_two_versions_goes_in_twice(
    bundle: ModuleType,
) -> None:
    soup = [line.split()[0] for line in bundle.needed("linux_x86_64", "3.11") if "soup" in line]
    assert len([line for line in soup if line.startswith("soupsieve==")]) == 2


def test_a_platform_that_is_not_known_is_answered_with_those_that_are(bundle: ModuleType) -> None:
    with pytest.raises(SystemExit, match="'amiga': expected win_amd64, macosx_arm64"):
        bundle.parts("amiga")


def test_a_bundle_for_another_machine_says_for_which(bundle: ModuleType, tmp_path: Path) -> None:
    text = bundle.INSTALL.format(system="win", machine="amd64", python="3.12")
    (tmp_path / "install.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "install.py"], cwd=tmp_path, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "This bundle is for win amd64 and Python 3.12; here is" in done.stderr
    assert platform.python_version().rpartition(".")[0] in done.stderr


def test_a_package_for_the_later_patch_releases_of_a_python_is_asked_for_as_one_of_them(
    bundle: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, str]] = []

    def run(command: list[str], **_: object) -> None:
        lock = Path(command[-1]).read_text(encoding="utf-8")
        asked.append((command[command.index("--python-version") + 1], lock))

    monkeypatch.setattr(bundle, "BUNDLE", tmp_path)
    monkeypatch.setattr(bundle.subprocess, "run", run)
    bundle.download("linux_x86_64", "3.11")
    assert len(asked) == 2
    assert all(Version(python) in SpecifierSet("~=3.11.5") for python, _ in asked)
    assert all("soupsieve==" in lock for _, lock in asked)
