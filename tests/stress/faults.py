"""What the fault tests share: commands that can be found again, and a look at what they leave."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from appendices.project import sha256_of

COMMAND = [sys.executable, "-m", "appendices.cli"]
TOWNS = {"a": "place,people\nLeeds,30\nHull,12\n", "b": "place,people\nLeeds,31\nHull,12\n"}
_ENDS = {".html": b"</html>", ".svg": b"</svg>", ".png": b"IEND\xaeB`\x82"}


class Trial:
    """Commands in one project, marked so that every process below them can be found again."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root, self.scratch = root, scratch
        self._mark = uuid4().hex
        self.env = {**os.environ, "TMPDIR": str(scratch), "FAULT_TRIAL": self._mark}
        # With pytest's own variable ipykernel does not listen to what programs print.
        for name in ("APPENDICES_HOME", "PYTEST_CURRENT_TEST"):
            self.env.pop(name, None)

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *words], cwd=self.root, env={**self.env, **env}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def run(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*words, **env)
        out, err = process.communicate(timeout=300)
        assert "Traceback (most recent call last):\n" not in err, err
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def finish(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command that must succeed, and look that it leaves nothing."""
        done = self.run(*words, **env)
        assert done.returncode == 0, done.stderr + done.stdout
        left = self.left()
        assert left == [], left
        return done

    def processes(self, patience: float = 10) -> list[str]:
        """Return the processes that are still there after so many seconds."""
        deadline = time.monotonic() + patience
        while (running := self._running()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return running

    def _running(self) -> list[str]:
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if f"FAULT_TRIAL={self._mark}".encode() in (folder / "environ").read_bytes():
                    state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                    if state != "Z":
                        found.append((folder / "cmdline").read_text()[:60].replace("\0", " "))
            except OSError:
                continue
        return found

    def left(self) -> list[str]:
        """Return what commands that ended have left: processes, temporary files, drafts."""
        running = self.processes()
        return [*running, *map(str, [*self.scratch.iterdir(), *self.root.rglob("*.draft")])]


@contextmanager
def trial(root: Path) -> Iterator[Trial]:
    scratch = Path(tempfile.mkdtemp(prefix="ft-"))  # short: the path of a socket may be 107 bytes
    try:
        yield Trial(root, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def kill(process: subprocess.Popen[str], *, group: bool) -> bool:
    """Kill a command, with its process group or alone; return whether it was still running."""
    running = process.poll() is None
    if running:
        (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
    process.communicate()
    return running


def assert_whole(folder: Path) -> int:
    """Look that no file under a final name is a part of one; return how many were looked at."""
    looked = 0
    for path in folder.rglob("*"):
        if not path.is_file() or ".state" in path.parts or path.suffix == ".draft":
            continue
        looked += 1
        data = path.read_bytes()
        if path.suffix in (".json", ".ipynb"):
            json.loads(data)
        elif path.suffix == ".csv":
            rows = list(csv.reader(data.decode().splitlines()))
            assert data.endswith(b"\n"), path
            assert len({len(row) for row in rows}) == 1, path
        elif path.suffix in _ENDS:
            assert data.rstrip().endswith(_ENDS[path.suffix]), path
    return looked


def assert_as_the_manifest_says(folder: Path) -> None:
    for path in [*folder.glob("manifest.json"), *folder.glob("*/manifest.json")]:
        for one in json.loads(path.read_text(encoding="utf-8"))["exhibits"]:
            assert sha256_of(path.parent / one["files"]["csv"]) == one["data_sha256"]


def results(folder: Path) -> dict[str, bytes]:
    """Return every file of a run or a sweep but those that hold the time it took."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {".state", "failed"} & {*path.parts}
        and path.name not in ("index.html", "manifest.json") and path.suffix != ".draft"
    }  # fmt: skip


def set_towns(root: Path, version: str) -> None:
    (root / "data" / "raw" / "towns.csv").write_text(TOWNS[version], encoding="utf-8")


def own_mounts() -> list[str]:
    """Return the command that gives a shell mounts of its own; skip where that is not allowed."""
    for command in (["unshare", "-m", "sh", "-ec"], ["unshare", "-rm", "sh", "-ec"]):
        try:
            done = subprocess.run(
                [*command, "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False
            )
        except OSError:
            break
        if done.returncode == 0:
            return command
    pytest.skip("no file system may be mounted here")
