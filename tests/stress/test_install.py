"""The whole of each installation, from an index, with the pip of Python, the newest, and uv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts import install
from tests.conftest import ROOT

pytestmark = [pytest.mark.stress, pytest.mark.timeout(1800)]
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3.14")
FILES = ("pyproject.toml", "README.md", "LICENSE", install.LOCK, install.DEV_LOCK)


def found(name: str) -> str:
    """The path of a Python that works; the test skips where there is none."""
    path = shutil.which(name)
    if path is None or subprocess.run([path, "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"{name} is not on this machine")
    return path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("scripts", "src"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def listed(python: Path) -> list[str]:
    done = subprocess.run(
        [python, "-m", "pip", "freeze", "--exclude-editable"],
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    return sorted(done.stdout.splitlines())


@pytest.mark.parametrize("name", PYTHONS)
@pytest.mark.parametrize("way", ["pip", "newest pip", "uv"])
def test_a_full_install_is_the_lock(copy: Path, name: str, way: str) -> None:
    base = found(name)
    options = ["--pip"]
    path = os.environ["PATH"]
    if way == "uv":
        options, path = [], f"{Path(sys.executable).parent}{os.pathsep}{path}"
        assert shutil.which("uv", path=path)
    start = time.monotonic()
    if way == "newest pip":
        subprocess.run([base, "-m", "venv", ".venv"], cwd=copy, check=True)
        python = install.environment_python(copy / ".venv")
        subprocess.run([python, "-m", "pip", "install", "-q", "--upgrade", "pip"], check=True)
        subprocess.run(install.lock_command(python, copy / install.LOCK), check=True)
        subprocess.run([python, "-m", "pip", "check"], check=True)
    else:
        subprocess.run(
            [base, "scripts/install.py", *options], cwd=copy, check=True,
            env={**os.environ, "PATH": path},
        )  # fmt: skip
        python = install.environment_python(copy / ".venv")
    seconds = time.monotonic() - start
    packages = listed(python)
    size = sum(one.stat().st_size for one in (copy / ".venv").rglob("*") if one.is_file())
    print(f"\n{name}, {way}: {seconds:.0f} s, {len(packages)} packages, {size / 1e6:.0f} MB")
    text = (copy / install.LOCK).read_text(encoding="utf-8")
    assert {one.lower().replace("_", "-").replace(".", "-") for one in packages} <= {
        line.split()[0].replace(".", "-") for line in text.splitlines() if "==" in line
    }


def test_a_disk_that_is_full_is_said_and_the_next_set_up_mends_it(copy: Path) -> None:
    if os.name == "nt" or os.geteuid():
        pytest.skip("only the administrator can make a small disk")
    script = (
        "mount -t tmpfs -o size=60m tmpfs . && cp -a '{0}'/. . && "
        "('{1}' scripts/install.py --pip; echo code $?; ls -a | grep venv; "
        "mount -o remount,size=3g .; '{1}' scripts/install.py --pip; echo code $?)"
    )
    disk = copy.parent / "disk"
    disk.mkdir()
    base = getattr(sys, "_base_executable", sys.executable)
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", f"cd '{disk}' && " + script.format(copy, base)],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert "The disk is full" in done.stderr, done.stdout + done.stderr
    assert done.stdout.count("code 1") == 1
    assert done.stdout.count("code 0") == 1
