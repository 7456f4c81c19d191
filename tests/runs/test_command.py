"""The command at its edges: signals, limits of the system, and faults of its own."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import NotebookError
from appendices.runs import warm
from appendices.runs.whole import Request, prepare, run_compendium
from tests.conftest import code, show, write_notebook
from tests.disclosure.test_scrub import CANARY
from tests.runs.test_faults import started
from tests.stress.faults import COMMAND, trial


def test_a_terminal_that_closes_ends_the_command_as_ctrl_c_does(project: Path) -> None:
    with trial(project) as here:
        process = started(here, "import time\ntime.sleep(1000)")
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 128 + signal.SIGHUP
        assert "Interrupted" in err
        assert here.left() == []


def test_what_is_started_with_nohup_goes_on_when_the_terminal_closes(project: Path) -> None:
    marker = project / "there"
    source = f"import pathlib, time\npathlib.Path({str(marker)!r}).touch()\ntime.sleep(2)"
    write_notebook(project / "notebooks" / "01_first.ipynb", code(source), show("a", "towns"))
    process = subprocess.Popen(
        ["nohup", *COMMAND, "run", "01"], cwd=project, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not marker.exists():
        assert process.poll() is None
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("kind", "limit", "codes", "says"),
    [
        (resource.RLIMIT_NOFILE, 24, {2}, "only 24 files may be open"),
        (resource.RLIMIT_AS, 65536 * 1024, {2}, "only 64 MB of memory"),
    ],
)
def test_a_limit_of_the_system_that_is_too_low_is_said(
    project: Path, kind: int, limit: int, codes: set[int], says: str
) -> None:
    done = subprocess.run(
        [*COMMAND, "run"], cwd=project, capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=lambda: resource.setrlimit(kind, (limit, limit)),
    )  # fmt: skip
    assert done.returncode in codes, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_low_limit_that_may_be_raised_is_raised(project: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    done = subprocess.run(
        [*COMMAND, "run", "--jobs", "1"], cwd=project, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (24, hard)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def break_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr("appendices.runs.whole.prepare", fail)


@pytest.mark.parametrize("words", [["--debug", "run"], ["run", "--debug"]])
def test_a_fault_of_the_package_is_shown_whole_only_where_that_is_asked_for(
    project: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_package(monkeypatch)
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 1
    assert CANARY in shown.output
    assert "Traceback (most recent call last)" in shown.output
    plain = CliRunner().invoke(app, ["run"])
    assert plain.exit_code == 1
    assert "a fault in the package: KeyError at " in plain.output
    assert "--debug" in plain.output
    assert CANARY not in plain.output


def test_a_fault_beside_a_notebook_is_shown_whole_only_where_that_is_asked_for(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr("appendices.runs.execute.execute", fail)
    plain = CliRunner().invoke(app, ["run", "01"])
    assert "01_first: KeyError" in plain.output
    assert CANARY not in plain.output
    assert CANARY in CliRunner().invoke(app, ["run", "01", "--debug"]).output


@pytest.mark.skipif(not warm.can_fork(), reason="warm kernels need Linux")
def test_starting_kernels_never_empties_the_environment_that_others_copy() -> None:
    lacking: list[bool] = []
    stop = threading.Event()

    def copy() -> None:
        while not stop.is_set():
            lacking.append("PATH" not in {**os.environ})

    copying = threading.Thread(target=copy)
    copying.start()
    try:
        for _ in range(200):
            warm.start_server()
    finally:
        stop.set()
        copying.join()
    assert len(lacking) > 10
    assert not any(lacking)


def test_a_server_of_kernels_that_dies_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(*_: object) -> None:
        raise EOFError

    monkeypatch.setattr("multiprocessing.process.BaseProcess.start", dead)
    with pytest.raises(NotebookError, match="server of the kernels ended while it started"):
        run_compendium(Request(["01"]), project)
    assert prepare(Request(["01"]), project).plan.due
