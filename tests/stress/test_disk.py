"""A disk that is full, at every size it may have, and at every write in turn; read-only folders."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from appendices.errors import NotebookError, OutputError
from appendices.runs.whole import Request, run_compendium
from tests.conftest import show, write_notebook
from tests.stress.faults import (
    COMMAND,
    assert_as_the_manifest_says,
    assert_whole,
    own_mounts,
    results,
    trial,
)

pytestmark = [pytest.mark.stress, pytest.mark.timeout(1800)]
YV = " ".join(f"'{word}'" for word in COMMAND)


def shell(root: Path, script: str, **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*own_mounts(), script], cwd=root, env={**os.environ, **env}, text=True,
        capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout, done.stderr + done.stdout
    return done


def test_a_full_disk_of_any_size_is_said_and_the_next_run_completes(project: Path) -> None:
    with trial(project) as here:
        here.finish("run")
    expected = results(project / "reports" / "default")
    tried = []
    sizes = [f"size={kilobytes}k" for kilobytes in (4, 12, *range(24, 340, 40))]
    for limit in [*sizes, *(f"nr_inodes={count}" for count in range(2, 50, 6))]:
        kept = project / "kept"
        done = shell(
            project,
            f"""mount -t tmpfs -o {limit} tmpfs reports
            set +e; {YV} run; first=$?; cp -a reports '{kept}-1'
            mount -o remount,size=50m,nr_inodes=1000 reports
            {YV} run; second=$?; cp -a reports '{kept}-2'
            echo "codes $first $second" """,
        )  # fmt: skip
        first, second = done.stdout.rsplit("codes ", 1)[1].split()
        assert second == "0", (limit, done.stdout, done.stderr)
        assert first in ("0", "4", "9"), (limit, done.stdout, done.stderr)
        if first != "0":
            assert "No space left on device" in done.stderr or "Make room" in done.stderr, limit
        for folder in (Path(f"{kept}-1"), Path(f"{kept}-2")):
            assert_whole(folder)
            assert_as_the_manifest_says(folder / "default")
        assert results(Path(f"{kept}-2") / "default") == expected, limit
        assert not list(Path(f"{kept}-2").rglob("*.draft"))
        subprocess.run(["rm", "-rf", f"{kept}-1", f"{kept}-2"], check=True)
        tried.append(first)
        if first == "0" and limit.startswith("nr"):
            break
    print(f"\nfull disks: {len(tried)}, of these {len(tried) - tried.count('0')} stopped the run")
    assert tried.count("0") < len(tried) / 2


@pytest.mark.parametrize("call", ["mkstemp", "fsync", "replace"])
def test_any_single_write_may_fail(
    project: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    run_compendium(Request(), project)
    folder = project / "reports" / "default"
    expected = results(folder)
    module = __import__("tempfile") if call == "mkstemp" else os
    real, calls = getattr(module, call), 0

    def failing(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **named)

    for at in range(1, 200):
        calls, said = 0, ""
        with monkeypatch.context() as patch:
            patch.setattr(module, call, failing)
            try:
                run_compendium(Request(force=True), project)
            except (OutputError, NotebookError) as error:
                said = str(error)
        assert calls < at or "No space left on device" in said
        assert_whole(folder)
        assert_as_the_manifest_says(folder)
        assert not list(project.rglob("*.draft"))
        if calls < at:
            break
        run_compendium(Request(), project)
        assert results(folder) == expected, at
    print(f"\n{call}: failed at each of {at - 1} calls")
    assert at > 10


@pytest.mark.parametrize(
    ("folder", "words", "code"),
    [
        ("reports", ("run",), 9),
        ("reports", ("sweep", "01", "--over", "most=1,2"), 9),
        ("reports", ("verify", "--accept"), 9),
        (".", ("run",), 9),
        ("data", ("run",), 0),
        ("data", ("check",), 0),
    ],
)
def test_a_folder_that_can_only_be_read_is_named(
    project: Path, folder: str, words: tuple[str, ...], code: int
) -> None:
    (project / "reports").mkdir()
    write_notebook(project / "notebooks" / "02_second.ipynb", show("ports-people", "ports"))
    done = shell(
        project,
        f"mount --bind {folder} {folder}; mount -o remount,ro,bind {folder}; cd '{project}'; "
        f"{YV} {' '.join(words)}",
    )
    assert done.returncode == code, done.stderr + done.stdout
    if code:
        assert "cannot write" in done.stderr
        assert str(project / folder) in done.stderr
        assert "Read-only file system" in done.stderr


def test_another_folder_is_taken_where_that_for_temporary_files_is_full(project: Path) -> None:
    done = shell(project, f"mount -t tmpfs -o nr_inodes=1 tmpfs /mnt; {YV} run", TMPDIR="/mnt")
    assert done.returncode == 0, done.stderr
