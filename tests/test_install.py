"""Setting up: the locks as they stand, on an index of stubs that offers newer versions too.

A stub is a wheel with the METADATA of the package that is installed here and none of its code,
but for the few that build the project itself: these are whole.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from scripts import install
from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the commands are those of POSIX")
BUILDERS = {"hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers"}
PYTHON = Path(getattr(sys, "_base_executable", sys.executable))
# No index and no settings of this machine's: a stub that is not offered is not to be had.
ALONE = {
    **{name: text for name, text in os.environ.items() if not name.startswith(("PIP_", "UV_"))},
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_NO_CACHE_DIR": "1",
}


@dataclass(frozen=True)
class Copy:
    """A copy of the project with a lock of stubs, and the folder that is its index."""

    root: Path
    wheels: Path

    @property
    def lock(self) -> Path:
        return self.root / install.LOCK

    @property
    def python(self) -> Path:
        return self.root / ".venv" / "bin" / "python"

    def set_up(self, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
        command = [str(PYTHON), "scripts/install.py", *(options or ("--wheels", str(self.wheels)))]
        return subprocess.run(
            command, cwd=self.root, env=ALONE | env, capture_output=True, text=True, check=False,
            timeout=280,
        )  # fmt: skip

    def said(self, *options: str, **env: str) -> str:
        """What setting up says where it fails."""
        done = self.set_up(*options, **env)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert "Not installed." in done.stderr
        return done.stderr

    def versions(self) -> dict[str, str]:
        listed = subprocess.run(
            [str(self.python), "-m", "pip", "list", "--format", "json"],
            env=ALONE, capture_output=True, check=True,
        )  # fmt: skip
        return {one["name"].lower().replace("_", "-"): one["version"]
                for one in json.loads(listed.stdout)}  # fmt: skip


def wheel(folder: Path, name: str, version: str) -> str:
    """Write a stub of the installed package as this version; return the hash of the wheel."""
    dist = metadata.distribution(name)
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    text = dist.read_text("METADATA") or ""
    about = re.sub(r"(?m)^Version: .*$", f"Version: {version}", text, count=1)
    kind = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files = {f"{info}/METADATA": about.encode(), f"{info}/WHEEL": kind}
    if name in BUILDERS:
        inside = (path for path in dist.files or [] if path.suffix == ".py")
        files |= {str(path): Path(str(path.locate())).read_bytes() for path in inside}
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode()},\n"
        for path, text in files.items()
    )
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        for inside_name, text in files.items():
            file.writestr(inside_name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def stubbed(lock: Path, wheels: Path) -> str:
    """Return the lock with the hashes of stubs, written into `wheels` with a newer one of each."""
    blocks = []
    for block in re.split(r"\n(?=[a-z0-9])", lock.read_text(encoding="utf-8").strip()):
        line = block.splitlines()[0].removesuffix("\\").strip()
        needed = Requirement(line)
        if needed.marker is None or needed.marker.evaluate():
            version = str(needed.specifier).removeprefix("==")
            blocks.append(f"{line} --hash=sha256:{wheel(wheels, needed.name, version)}")
            wheel(wheels, needed.name, f"{version}.1")
        else:
            blocks.append(block)
    return "\n".join(blocks) + "\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy of the project that was set up from stubs."""
    copy = Copy(tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("wheels"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "scripts/install.py",
                 "src/appendices/__init__.py", "src/figuremodel/__init__.py",
                 "src/youthviolence/__init__.py"):  # fmt: skip
        (copy.root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy.root / name)
    for lock in (install.LOCK, install.DEV_LOCK):
        (copy.root / lock).write_text(stubbed(ROOT / lock, copy.wheels), encoding="utf-8")
    done = copy.set_up()
    assert done.returncode == 0, done.stdout + done.stderr
    return copy


@pytest.fixture
def small(made: Copy, tmp_path: Path) -> Copy:
    """The same with a lock of a few packages, not yet set up, for a test to spoil."""
    root = tmp_path / "project"
    shutil.copytree(made.root, root, ignore=shutil.ignore_patterns(".venv"))
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    project = (root / "pyproject.toml").read_text(encoding="utf-8")
    project = re.sub(r"(?s)\ndependencies = \[.*?\n\]", '\ndependencies = ["six"]', project)
    (root / "pyproject.toml").write_text(project, encoding="utf-8")
    kept = []
    for line in made.lock.read_text(encoding="utf-8").splitlines():
        if (name := line.split("==")[0]) in {*BUILDERS, "six"}:
            kept.append(line)
            for path in made.wheels.glob(f"{name.replace('-', '_')}-*"):
                shutil.copy(path, wheels)
    copy = Copy(root, wheels)
    copy.lock.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return copy


def locked(lock: Path) -> dict[str, str]:
    lines = re.findall(r"(?m)^([a-z0-9].*?)(?: --hash.*| \\)$", lock.read_text(encoding="utf-8"))
    here = [one for one in map(Requirement, lines) if not one.marker or one.marker.evaluate()]
    return {one.name: str(one.specifier).removeprefix("==") for one in here}


def test_the_lock_is_installed_as_it_stands_whatever_else_the_index_offers(made: Copy) -> None:
    installed = made.versions()
    assert installed.pop("pip")
    installed.pop("setuptools", None)
    assert installed.pop("youth-violence-compendium")
    assert installed == locked(ROOT / install.LOCK)
    assert (made.root / ".venv" / "bin" / "youthviolence").is_file()


def test_a_plain_install_of_the_same_lock_stops_where_the_index_offers_newer(made: Copy) -> None:
    """An extra that the lock does not name makes pip look for the newest, which has no hash."""
    plain = install.lock_command(made.python, made.lock, made.wheels)
    plain = [word for word in plain if word != "--no-deps"] + ["--dry-run", "--force-reinstall"]
    done = subprocess.run(plain, env=ALONE, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "must have their versions pinned" in done.stderr


def test_setting_up_again_does_nothing_and_the_second_lock_adds_to_the_first(made: Copy) -> None:
    before = made.versions()
    again = made.set_up()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    done = made.set_up("--dev", "--wheels", str(made.wheels))
    assert done.returncode == 0, done.stderr
    assert made.versions() == before | locked(ROOT / install.DEV_LOCK)


def cause(made: Copy, small: Copy, **env: str) -> str:
    """Why pip stops on the small lock, in the words that setting up says."""
    command = install.lock_command(made.python, small.lock, None if env else small.wheels)
    done = subprocess.run(
        [*command, "--dry-run", "--force-reinstall"], env=ALONE | env, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    return install.reason(done.stdout + done.stderr)


def test_why_a_lock_was_not_installed_is_said_in_words(made: Copy, small: Copy) -> None:
    right = small.lock.read_text(encoding="utf-8")

    def change(pattern: str, text: str) -> None:
        small.lock.write_text(re.sub(pattern, text, right), encoding="utf-8")

    change(r"(six==.*sha256:)\w{4}", r"\1beef")
    assert "not the one the lock names" in cause(made, small)
    change(r"six==\S+", "six")
    assert "lock is damaged" in cause(made, small)
    change(r"six==\S+", "six==0.0.1")
    assert "does not offer" in cause(made, small)
    change("", "")
    down = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    assert "did not answer" in cause(made, small, **down)
    for path in small.wheels.glob("six-*"):
        path.write_bytes(path.read_bytes()[:900])
    assert "not the one the lock names" in cause(made, small)


def test_what_is_half_made_is_made_anew_and_a_failure_leaves_the_environment_of_before(
    small: Copy,
) -> None:
    (small.root / ".venv" / "bin").mkdir(parents=True)
    small.python.symlink_to(PYTHON)
    done = small.set_up()
    assert done.returncode == 0, done.stderr
    assert small.versions()["six"] == locked(small.lock)["six"]
    mine = small.root / ".venv" / "mine"
    mine.touch()
    right = small.lock.read_text(encoding="utf-8")
    small.lock.write_text(re.sub(r"(?m)^six==.*\n", "", right), encoding="utf-8")
    said = small.said()
    assert "six, which is not installed" in said
    assert "The lock lacks a package" in said
    assert mine.is_file()
    assert sorted(path.name for path in small.root.glob(".venv*")) == [".venv"]
    small.lock.write_text(right + "\n", encoding="utf-8")
    done = small.set_up()
    assert done.returncode == 0, done.stderr
    assert not mine.exists()


def test_a_full_disk_is_said() -> None:
    assert "disk is full" in install.reason("ERROR: [Errno 28] No space left on device")


def test_an_older_python_can_read_the_installer_and_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (ROOT / "scripts" / "install.py").read_text(encoding="utf-8")
    ast.parse(text, feature_version=(3, 6))
    monkeypatch.setattr(install.sys, "version_info", (3, 9, 2, "final", 0))
    with pytest.raises(SystemExit, match=r"Python 3.11 or newer is needed; this is 3.9.2"):
        install.check_python()


def test_nothing_but_python_itself_is_needed_to_install() -> None:
    tree = ast.parse((ROOT / "scripts" / "install.py").read_text(encoding="utf-8"))
    names = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import)
             for one in node.names}  # fmt: skip
    froms = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names | froms <= sys.stdlib_module_names
