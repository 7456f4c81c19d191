"""The short version of what `make stress` does to a run at length; docs/faults.md is the table."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appendices.errors import NotebookError, OutputError, UsageError
from appendices.project import scratch_folder, write_atomic
from appendices.runs.outcomes import Limits
from appendices.runs.runs import hold
from appendices.runs.whole import Request, prepare, run_compendium
from tests.conftest import code, show, write_notebook
from tests.stress.faults import Trial, assert_whole, kill, results, set_towns, trial


def started(here: Trial, source: str) -> subprocess.Popen[str]:
    """Start a run whose first notebook does `source`; return when the notebook does."""
    marker = here.root / "there"
    begin = f"import pathlib\npathlib.Path({str(marker)!r}).touch()\n"
    write_notebook(here.root / "notebooks" / "01_first.ipynb", code(begin + source))
    process = here.start("run", "01")
    deadline = time.monotonic() + 60
    while not marker.exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def test_nothing_outlives_a_command_that_is_killed(project: Path) -> None:
    with trial(project) as here:
        process = started(
            here,
            "import subprocess, tempfile, time\ntempfile.mkdtemp()\n"
            "subprocess.Popen(['sleep', '1000'], start_new_session=True)\ntime.sleep(1000)",
        )
        kill(process, group=False)
        assert here.processes() == []
        assert list(here.scratch.iterdir()) != []
        write_notebook(project / "notebooks" / "01_first.ipynb", show("a", "towns"))
        here.finish("run")


def test_a_request_to_end_is_heeded(project: Path) -> None:
    with trial(project) as here:
        process = started(here, "import time\ntime.sleep(1000)")
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 143
        assert "Interrupted" in err
        assert here.left() == []


def test_after_a_kill_at_any_moment_the_next_run_completes(project: Path) -> None:
    run_compendium(Request(), project)
    expected = results(project / "reports" / "default")
    chance = random.Random(1)
    with trial(project) as here:
        for group in (True, False):
            set_towns(project, "b")
            process = here.start("run")
            time.sleep(chance.uniform(1.5, 3.5))
            kill(process, group=group)
            assert_whole(project / "reports")
    set_towns(project, "a")
    run_compendium(Request(), project)
    assert results(project / "reports" / "default") == expected
    assert not list(project.rglob("*.draft"))


def test_what_ran_but_was_not_published_is_published_by_the_next_run(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = run_compendium(Request(), project)
    set_towns(project, "b")
    with monkeypatch.context() as patch:
        patch.setattr("appendices.runs.whole.publish", _die)
        with pytest.raises(SystemError):
            run_compendium(Request(), project)
    assert prepare(Request(), project).plan.due == {}
    run_compendium(Request(), project)
    table = (index.parent / "exhibits" / "towns-people.csv").read_text(encoding="utf-8")
    assert "31" in table


def _die(*_: object) -> None:
    raise SystemError


@pytest.mark.parametrize("name", ["01_first.html", "manifest.json", "exhibits/towns-people.svg"])
def test_a_spoiled_result_is_made_again(project: Path, name: str) -> None:
    index = run_compendium(Request(), project)
    path = index.parent / name
    times, before = path.stat(), results(index.parent)
    path.write_bytes(path.read_bytes()[:50])
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    run_compendium(Request(), project)
    assert results(index.parent) == before
    assert json.loads((index.parent / "manifest.json").read_text())["status"] == "complete"


def test_times_of_files_do_not_matter_only_what_is_in_them(project: Path) -> None:
    run_compendium(Request(), project)
    table = project / "data" / "raw" / "towns.csv"
    for moment in (0, 4 * 10**9):
        for path in project.rglob("*"):
            os.utime(path, (moment, moment))
        assert prepare(Request(), project).plan.due == {}
    set_towns(project, "b")
    os.utime(table, (moment, moment))
    assert prepare(Request(), project).plan.due == {"01_first": ("data set towns changed",)}


def test_a_run_in_progress_is_not_even_planned_again(project: Path) -> None:
    run_compendium(Request(), project)
    prepared = prepare(Request(), project)
    with hold(prepared.run), pytest.raises(UsageError, match="'default' is in progress"):
        prepare(Request(), project)


def test_a_notebook_ends_with_all_it_started_and_left(project: Path) -> None:
    pids = project / "pids"
    source = (
        "import os, subprocess, tempfile\n"
        "one = subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "two = subprocess.run('setsid sleep 1000 >/dev/null 2>&1 & echo $!', shell=True,\n"
        "                     capture_output=True, text=True).stdout\n"
        "said = f'{one.pid} {two} {tempfile.mkdtemp()}'\n"
        f"open({str(pids)!r}, 'w').write(said)\nos._exit(0)"
    )
    write_notebook(project / "notebooks" / "01_first.ipynb", code(source))
    with pytest.raises(NotebookError, match="the kernel died"):
        run_compendium(Request(["01"]), project)
    one, two, folder = pids.read_text().split()
    assert not Path(f"/proc/{one}").exists()
    assert not Path(f"/proc/{two}").exists()
    assert not Path(folder).exists()


def test_what_is_printed_is_cut_in_the_kernel(project: Path) -> None:
    write_notebook(
        project / "notebooks" / "01_first.ipynb", code("print('x' * 100_000_000)"),
        show("towns-people", "towns"),
    )  # fmt: skip
    run_compendium(Request(["01"], limits=Limits(printed_mb=1)), project)
    executed = project / "reports" / "default" / "notebooks" / "01_first.ipynb"
    text = executed.read_text(encoding="utf-8")
    assert len(text) < 1_500_000
    assert text.count("the rest was not kept") == 1


def test_a_draft_that_a_killed_writer_left_goes_and_one_being_written_stays(
    tmp_path: Path,
) -> None:
    leave = (
        "import os, sys; from appendices import project; from pathlib import Path\n"
        "project.os.fsync = lambda _: os._exit(1)\n"
        "project.write_atomic(Path('page.html'), 'half')"
    )
    subprocess.run([sys.executable, "-c", leave], cwd=tmp_path, check=False)
    (left,) = tmp_path.iterdir()
    host, process, _ = left.name.removeprefix(".page.html.").split("-")
    held = tmp_path / left.name.replace(f"-{process}-", f"-{os.getpid()}-")
    elsewhere = tmp_path / left.name.replace(host, "0f0f0f")
    for path in (held, elsewhere):
        path.write_text("half")
    write_atomic(tmp_path / "page.html", "whole")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"page.html", held.name, elsewhere.name}


def test_a_file_is_written_for_those_that_the_user_lets_read(tmp_path: Path) -> None:
    write = "from appendices.project import write_atomic; from pathlib import Path\n"
    for umask, mode in ((0o077, 0o600), (0o022, 0o644)):
        subprocess.run(
            [sys.executable, "-c", f"{write}write_atomic(Path('page.html'), '')"],
            cwd=tmp_path, umask=umask, check=True,
        )  # fmt: skip
        assert (tmp_path / "page.html").stat().st_mode & 0o777 == mode


def test_a_write_that_fails_says_which_file_and_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "page.html"
    write_atomic(target, "old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"page\.html: No space left on device. Make room") as one:
        write_atomic(target, "new")
    assert one.value.exit_code == 9
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


def test_temporary_files_are_in_one_folder_that_no_one_else_can_read() -> None:
    folder = scratch_folder()
    assert folder == scratch_folder()
    assert folder.stat().st_mode & 0o077 == 0
