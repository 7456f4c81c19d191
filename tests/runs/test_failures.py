from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from appendices.errors import DataError, NotebookError
from appendices.runs.outcomes import Limits
from appendices.runs.whole import Request, prepare, run_compendium
from tests.conftest import code, markdown, show, write_notebook

COMMAND = [sys.executable, "-m", "appendices.cli", "run"]


def break_first(project: Path, source: str) -> None:
    write_notebook(
        project / "notebooks" / "01_first.ipynb", code(source), show("towns-people", "towns")
    )


def pages(project: Path) -> set[str]:
    return {path.name for path in (project / "reports" / "default").glob("*.html")}


def status(project: Path) -> dict[str, str]:
    path = project / "reports" / "default" / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    return {one["name"]: one["status"] for one in content["notebooks"]}


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import math\nmath.sqrt(-1)", "ValueError"),
        ("import os\nos._exit(3)", "the kernel died"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "the kernel died"),
        ("raise SystemExit(2)", "SystemExit"),
    ],
)
def test_a_notebook_that_fails_stops_nothing_but_itself(
    project: Path, source: str, cause: str
) -> None:
    break_first(project, source)
    with pytest.raises(NotebookError, match=f"01_first, cell 5: .*{cause}") as caught:
        run_compendium(Request(), project)
    assert caught.value.exit_code == 4
    assert "default/failed/01_first.ipynb" in str(caught.value)
    assert pages(project) == {"index.html", "02_second.html"}
    assert status(project) == {"01_first": "failed", "02_second": "complete"}
    kept = project / "reports" / "default" / "failed" / "01_first.ipynb"
    assert json.loads(kept.read_text(encoding="utf-8"))["cells"]


def test_the_message_shows_the_line_that_failed(project: Path) -> None:
    break_first(project, "fine = 1\nraise RuntimeError('no more')")
    with pytest.raises(NotebookError) as caught:
        run_compendium(Request(), project)
    assert "RuntimeError: no more" in str(caught.value)
    assert "raise RuntimeError" in str(caught.value)


def test_the_next_run_takes_up_only_what_is_missing(project: Path) -> None:
    break_first(project, "1 / 0")
    with pytest.raises(NotebookError):
        run_compendium(Request(), project)
    assert set(prepare(Request(), project).plan.due) == {"01_first"}
    break_first(project, "1 / 1")
    run_compendium(Request(), project)
    assert status(project) == {"01_first": "complete", "02_second": "complete"}
    assert not (project / "reports" / "default" / "failed" / "01_first.ipynb").exists()


def test_an_earlier_page_stays_when_its_notebook_fails_later(project: Path) -> None:
    index = run_compendium(Request(), project)
    page = index.parent / "01_first.html"
    before = page.read_bytes()
    break_first(project, "1 / 0")
    with pytest.raises(NotebookError):
        run_compendium(Request(), project)
    assert page.read_bytes() == before
    assert status(project)["01_first"] == "failed"
    assert "Failed" in index.read_text(encoding="utf-8")


def test_a_cell_that_never_ends_is_ended(project: Path) -> None:
    break_first(project, "while True: pass")
    with pytest.raises(NotebookError, match="cell 5: the notebook took longer than 3 seconds"):
        run_compendium(Request(limits=Limits(seconds=3)), project)
    assert status(project)["02_second"] == "complete"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), ["towns.csv", "missing"]),
        (
            lambda path: path.write_text("place,people\nLeeds,many\n"),
            ["row 2", "'people'", "whole"],
        ),
        (lambda path: path.write_text("place\nLeeds\n"), ["'people'", "column is missing"]),
        (lambda path: path.write_text(""), ["towns.csv", "empty"]),
        (lambda path: path.write_bytes(b"place,people\nL\xe9eds,3\n"), ["row 2", "utf-8"]),
    ],
)
def test_a_bad_file_fails_its_reader_and_names_row_column_and_rule(
    project: Path, spoil: object, said: list[str]
) -> None:
    spoil(project / "data" / "raw" / "towns.csv")  # type: ignore[operator]
    with pytest.raises(NotebookError) as caught:
        run_compendium(Request(), project)
    for words in said:
        assert words in str(caught.value)
    assert "many" not in str(caught.value)
    assert status(project) == {"01_first": "failed", "02_second": "complete"}


def test_an_unknown_data_set_fails_its_reader_with_a_suggestion(project: Path) -> None:
    write_notebook(project / "notebooks" / "01_first.ipynb", show("towns-people", "twons"))
    with pytest.raises(NotebookError, match=r"01_first, cell 5: .*Did you mean 'towns'"):
        run_compendium(Request(), project)
    assert status(project)["02_second"] == "complete"


def test_a_notebook_that_names_no_kernel_runs(project: Path) -> None:
    path = project / "notebooks" / "01_first.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["metadata"]["kernelspec"]
    path.write_text(json.dumps(content), encoding="utf-8")
    run_compendium(Request(["01"], ["most=1"]), project)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (show("towns-people", "ports"), r"'towns-people' is used twice: Figure 1\.1 in 01_first"),
        (markdown("See [](#nowhere)."), r"02_second: .*'nowhere'"),
        (code("x = (1"), r"02_second, cell 5: SyntaxError"),
        (code("%%bash\nexit 3"), r"02_second, cell 5"),
    ],
    ids=["an id that stands twice", "a reference to nothing", "no Python", "a failing magic"],
)
def test_what_is_wrong_with_one_page_stops_no_other(
    project: Path, cell: dict[str, object], said: str
) -> None:
    sound = (project / "notebooks" / "02_second.ipynb").read_bytes()
    write_notebook(project / "notebooks" / "02_second.ipynb", cell)
    with pytest.raises(NotebookError, match=said):
        run_compendium(Request(), project)
    assert pages(project) == {"01_first.html", "index.html"}
    assert (project / "reports" / "default" / "failed" / "02_second.ipynb").is_file()
    (project / "notebooks" / "02_second.ipynb").write_bytes(sound)
    assert set(prepare(Request(), project).plan.due) == {"02_second"}
    run_compendium(Request(), project)
    assert pages(project) == {"01_first.html", "02_second.html", "index.html"}


def test_a_full_disk_leaves_no_part_of_a_file(project: Path) -> None:
    # A limit on the size of any file stands for the full disk: every larger write fails.
    run_compendium(Request(), project)
    folder = project / "reports" / "default"
    before = {path: path.read_bytes() for path in folder.glob("*.html")}

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))

    result = subprocess.run(
        [*COMMAND, "--force"], cwd=project, capture_output=True, text=True, check=False,
        preexec_fn=no_room, timeout=120,
    )  # fmt: skip
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    assert {path: path.read_bytes() for path in folder.glob("*.html")} == before
    assert not list(folder.rglob("*.draft"))
    run_compendium(Request(), project)
    assert set(status(project).values()) == {"complete"}


def test_ctrl_c_ends_the_kernels_and_keeps_what_was_finished(project: Path) -> None:
    marker = project / "started"
    break_first(
        project,
        f"import os, pathlib, time\npathlib.Path({str(marker)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(600)",
    )
    process = subprocess.Popen(
        [*COMMAND, "--jobs", "2"], cwd=project, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True, start_new_session=True,
    )  # fmt: skip
    executed = project / "reports" / "default" / "notebooks" / "02_second.ipynb"
    deadline = time.monotonic() + 120
    while not (marker.exists() and marker.read_text() and executed.exists()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    kernel = int(marker.read_text())
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in stderr
    assert "Traceback" not in stderr
    for _ in range(50):
        if not Path(f"/proc/{kernel}").exists():
            break
        time.sleep(0.1)
    assert not Path(f"/proc/{kernel}").exists()
    assert not list(project.rglob("*.draft"))

    break_first(project, "1 + 1")
    assert set(prepare(Request(), project).plan.due) == {"01_first"}
    run_compendium(Request(), project)
    assert set(status(project).values()) == {"complete"}


def test_a_notebook_that_takes_too_much_memory_fails_alone(project: Path) -> None:
    break_first(project, "held = [bytearray(10_000_000) for _ in range(100)]")
    with pytest.raises(NotebookError, match="cell 5: MemoryError"):
        run_compendium(Request(limits=Limits(memory_gb=0.3)), project)
    assert status(project) == {"01_first": "failed", "02_second": "complete"}


def test_a_notebook_that_prints_without_end_is_cut(project: Path) -> None:
    break_first(project, "for _ in range(200):\n    print('x' * 100_000)")
    run_compendium(Request(limits=Limits(printed_mb=1)), project)
    executed = project / "reports" / "default" / "notebooks" / "01_first.ipynb"
    assert executed.stat().st_size < 2_000_000
    assert "the rest was not kept" in executed.read_text(encoding="utf-8")


def test_data_errors_have_their_own_exit_code() -> None:
    assert DataError("x").exit_code == 3
