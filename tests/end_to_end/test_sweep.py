from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import dask
import distributed  # noqa: F401 - before a test changes its settings for a while
import pytest
from rich.console import Console
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import DisclosureError, MissingToolError, NotebookError, UsageError
from appendices.project import sha256_of
from appendices.runs.progress import SweepProgress
from appendices.runs.record import plan
from appendices.runs.runs import read_manifest
from appendices.runs.sweep import SweepRequest, prepare_sweep, run_sweep
from appendices.runs.whole import Request, run_compendium
from tests.conftest import PARAMETERS, ROOT, code, show, write_notebook, write_tables

REQUEST = SweepRequest("01", ["most=1,2,3"], run="grid")


def sweep(root: Path, request: SweepRequest = REQUEST) -> Path:
    return run_sweep(request, root, SweepProgress(Console(quiet=True))).parent


def due(root: Path, request: SweepRequest = REQUEST) -> set[str]:
    prepared = prepare_sweep(request, root)
    return set(plan(prepared.jobs, force=False).due)


def test_each_cell_is_a_run_of_its_own_under_one_index(project: Path) -> None:
    folder = sweep(project)
    for most in ("1", "2", "3"):
        manifest = read_manifest(folder / most)
        assert manifest is not None
        assert manifest["parameters"] == {"01_first": {"level": 0.95, "most": int(most)}}
        assert (folder / most / "01_first.html").is_file()
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{most}/01_first.html"' in index for most in ("1", "2", "3"))
    assert "3 complete" in index
    assert "http" not in index.replace("http-equiv", "")


def test_each_exhibit_is_stacked_over_the_sweep(project: Path) -> None:
    folder = sweep(project)
    with (folder / "stacked" / "towns-people.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["most"], row["place"]) for row in rows] == [
        ("1", "Leeds"), ("2", "Leeds"), ("2", "Hull"), ("3", "Leeds"), ("3", "Hull"),
    ]  # fmt: skip


def test_run_again_only_what_is_missing_or_stale_runs(project: Path) -> None:
    folder = sweep(project)
    assert due(project) == set()
    (folder / "2" / "notebooks" / "01_first.ipynb").unlink()
    assert due(project) == {"2"}
    assert due(project, SweepRequest("01", ["most=1,2,3,4"], run="grid")) == {"2", "4"}
    write_tables(project, towns="place,people\nLeeds,9\n", ports="place,people\nHull,12\n")
    assert due(project) == {"1", "2", "3"}


def test_a_failed_cell_does_not_stop_the_others(project: Path) -> None:
    write_notebook(
        project / "notebooks" / "01_first.ipynb", code("1 / (most - 2)"), show("a", "towns")
    )
    with pytest.raises(NotebookError, match=r"1 of 3 cells failed(.|\n)*2: cell 5: ZeroDiv"):
        sweep(project)
    folder = project / "reports" / "grid"
    states = {most: (read_manifest(folder / most) or {})["status"] for most in ("1", "2", "3")}
    assert states == {"1": "complete", "2": "failed", "3": "complete"}
    assert "1 failed" in (folder / "index.html").read_text(encoding="utf-8")
    assert due(project) == {"2"}


def test_a_cluster_of_worker_processes_gives_the_same(project: Path) -> None:
    alone = sweep(project)
    together = sweep(project, SweepRequest("01", ["most=1,2,3"], run="dask", cluster="2"))
    for most in ("1", "2", "3"):
        for path in sorted((alone / most / "exhibits").iterdir()):
            assert path.read_bytes() == (together / most / "exhibits" / path.name).read_bytes()


def test_a_cluster_that_runs_already_is_used(project: Path, tmp_path: Path) -> None:
    """As `docs/cluster.md` starts one by hand, its workers with Dask's own settings."""
    found = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask_ = [sys.executable, "-m", "dask"]
    settings = ["--scheduler-file", str(found), "--no-dashboard"]
    scheduler = subprocess.Popen([*dask_, "scheduler", *settings, "--port", "0"], **quiet)
    worker = subprocess.Popen(
        [*dask_, "worker", *settings, "--nthreads", "1", "--nworkers", "1"], cwd=tmp_path, **quiet
    )
    try:
        deadline = time.monotonic() + 60
        while not found.exists() or not found.read_text(encoding="utf-8"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        address = json.loads(found.read_text(encoding="utf-8"))["address"]
        folder = sweep(project, SweepRequest("01", ["most=1,2"], run="far", cluster=address))
    finally:
        for process in (worker, scheduler):
            process.terminate()
            process.wait(30)
    assert "2 complete" in (folder / "index.html").read_text(encoding="utf-8")


def test_a_worker_killed_in_the_middle_is_survived(project: Path) -> None:
    marker = project / "died"
    # The first process to come here kills the worker that feeds it, once.
    source = (
        "import os, pathlib, signal\n"
        f"marker = pathlib.Path({str(marker)!r})\n"
        "if most == 2 and not marker.exists():\n"
        "    marker.touch()\n"
        "    one = os.getpid()\n"
        "    for _ in ('guardian', 'server', 'worker'):\n"
        "        one = int(pathlib.Path(f'/proc/{one}/stat').read_text().split()[3])\n"
        "    os.kill(one, signal.SIGKILL)\n"
    )
    write_notebook(project / "notebooks" / "01_first.ipynb", code(source), show("a", "towns"))
    folder = sweep(project, SweepRequest("01", ["most=1,2,3"], run="dask", cluster="2"))
    assert marker.exists()
    assert "3 complete" in (folder / "index.html").read_text(encoding="utf-8")


def test_a_scheduler_that_does_not_answer_is_said(project: Path) -> None:
    quick = dask.config.set({"distributed.comm.timeouts.connect": "1s"})
    refused = pytest.raises(MissingToolError, match=r"no Dask scheduler answers at tcp://127\.0\.0")
    with quick, refused:
        sweep(project, SweepRequest("01", ["most=1"], run="x", cluster="tcp://127.0.0.1:1"))


def test_a_sweep_that_dies_goes_on_where_it_was(project: Path) -> None:
    write_notebook(
        project / "notebooks" / "01_first.ipynb",
        code("import time\ntime.sleep(600 if most == 3 else 0)"), show("a", "towns"),
    )  # fmt: skip
    command = [sys.executable, "-m", "appendices.cli", "sweep", "01", "--over", "most=1,2,3",
               "--run", "grid", "--jobs", "1"]  # fmt: skip
    process = subprocess.Popen(command, cwd=project, start_new_session=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    second = project / "reports" / "grid" / "2" / "manifest.json"
    deadline = time.monotonic() + 120
    while not second.exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert due(project) == {"3"}


def declare_no_sensitivity(project: Path) -> None:
    package = project / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text(encoding="utf-8"))
    for resource in content["resources"]:
        del resource["sensitivity"]
    package.write_text(json.dumps(content), encoding="utf-8")


def test_confidential_data_are_not_swept(project: Path) -> None:
    declare_no_sensitivity(project)
    with pytest.raises(DisclosureError, match="show one cohort in many ways"):
        sweep(project)
    left = [path for path in (project / "reports").rglob("*") if path.is_file()]
    assert {path.parent.name for path in left} <= {".state"}
    assert all(b"Leeds" not in path.read_bytes() for path in left)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (SweepRequest("07", ["most=1"]), "unknown notebook '07'"),
        (SweepRequest("01", ["mots=1"]), "Did you mean 'most'"),
        (SweepRequest("01", ["most=1,x"]), "got 'x'"),
        (SweepRequest("01", ["most=0"]), "between 1 and 100"),
        (SweepRequest("01", ["most"]), "NAME=VALUE"),
        (SweepRequest("01", ["most=all"]), "no closed list"),
        (SweepRequest("01", ["most=1,1"]), "given twice"),
        (SweepRequest("01", []), "at least one --over"),
        (SweepRequest("01", ["most=1"], where=["place=Leeds"]), "--where narrows NAME=all"),
        (SweepRequest("01", ["most=1"], run="../out"), "run name"),
        (SweepRequest("01", ["most=1", "most=2"]), "given twice"),
        (SweepRequest("01", ["most=,1"]), "a value is empty"),
        (SweepRequest("01", ["most=1"], run="reference"), "verify --accept"),
        (SweepRequest("01", ["most=1"], cluster="0"), "a number of processes from 1"),
    ],
)
def test_a_wrong_grid_is_refused_before_anything_runs(
    project: Path, request_: SweepRequest, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        sweep(project, request_)
    assert not (project / "reports").exists()


def test_all_authorities_of_a_region_can_be_swept() -> None:
    every = prepare_sweep(SweepRequest("01", ["local_authority=all"]), ROOT)
    assert len(every.jobs) == 317
    london = SweepRequest("01", ["local_authority=all"], ["region=London"])
    assert len(prepare_sweep(london, ROOT).jobs) == 33
    wrong = SweepRequest("01", ["local_authority=all"], ["region=Londn"])
    with pytest.raises(UsageError, match="Did you mean 'London'"):
        prepare_sweep(wrong, ROOT)
    with pytest.raises(UsageError, match="unknown column of local_authorities 'regoin'"):
        prepare_sweep(SweepRequest("01", ["local_authority=all"], ["regoin=x"]), ROOT)


def test_a_cell_that_failed_is_run_again_though_nothing_changed_since_it_last_succeeded(
    project: Path,
) -> None:
    path = project / "notebooks" / "01_first.ipynb"
    sound = path.read_bytes()
    folder = sweep(project)
    write_notebook(path, show("towns-people", "towns"), code("1 / (most - 2)"))
    with pytest.raises(NotebookError, match="1 of 3 cells failed"):
        sweep(project)
    path.write_bytes(sound)
    sweep(project)
    manifests = [read_manifest(folder / name) for name in ("1", "2", "3")]
    assert [one["status"] for one in manifests if one] == ["complete"] * 3


def test_a_sweep_that_goes_on_reads_no_published_file_again(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sweep(project)
    hashed: list[Path] = []
    monkeypatch.setattr(
        "appendices.project.sha256_of", lambda one: hashed.append(one) or sha256_of(one)
    )
    sweep(project, SweepRequest("01", ["most=1,2,3,4"], run="grid"))
    old = {folder / one for one in ("1", "2", "3")}
    assert [path for path in hashed if isinstance(path, Path) and old & {*path.parents}] == []


def test_a_cell_whose_files_were_spoiled_is_made_again_and_nothing_is_taken_away_before(
    project: Path,
) -> None:
    folder = sweep(project)
    page = folder / "2" / "01_first.html"
    whole, times = page.read_bytes(), page.stat()
    page.write_bytes(whole.replace(b"Leeds", b"Luton"))
    os.utime(page, ns=(times.st_atime_ns, times.st_mtime_ns))
    wrong = SweepRequest("01", ["most=1,2,3"], run="grid", cluster="tcp://127.0.0.1:1")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(MissingToolError),
    ):
        sweep(project, wrong)
    assert (folder / "2" / "notebooks" / "01_first.ipynb").is_file()
    sweep(project)
    assert page.read_bytes() == whole


def test_another_sweep_of_the_same_name_is_refused_without_force(project: Path) -> None:
    sweep(project)
    other = SweepRequest("02", ["most=1,2"], run="grid")
    with pytest.raises(UsageError, match="'grid' holds another sweep"):
        sweep(project, other)
    sweep(project, SweepRequest("02", ["most=1,2"], run="grid", force=True))


def test_a_sweep_and_a_run_do_not_share_a_folder(project: Path) -> None:
    sweep(project)
    with pytest.raises(UsageError, match="'grid' holds a sweep"):
        run_compendium(Request(run="grid"), project)
    run_compendium(Request(run="single"), project)
    with pytest.raises(UsageError, match="'single' holds a run"):
        sweep(project, SweepRequest("01", ["most=1"], run="single"))


def test_a_sweep_of_confidential_data_for_own_eyes_is_marked_everywhere(project: Path) -> None:
    declare_no_sensitivity(project)
    write_notebook(
        project / "notebooks" / "01_first.ipynb", show("towns-people", "towns"),
        parameters=PARAMETERS + 'policy: Policy = "internal"  # Protection policy.\n',
    )  # fmt: skip
    folder = sweep(project)
    assert [path.name for path in (folder / "stacked").iterdir()] == ["towns-people_INTERNAL.csv"]
    (index,) = folder.glob("*.html")
    assert index.name == "index_INTERNAL.html"
    html = index.read_text(encoding="utf-8")
    assert "INTERNAL: not for release" in html
    links = re.findall(r'href="([^"#]+)"', html)
    assert [link for link in links if not (folder / link).is_file()] == []


def test_a_value_with_a_comma_is_swept_in_quotes() -> None:
    request = SweepRequest("01", ['local_authority="Bristol, City of", Leeds'])
    cells = [job.run.parameters["01_national_context"] for job in prepare_sweep(request, ROOT).jobs]
    assert [one["local_authority"] for one in cells] == ["Bristol, City of", "Leeds"]
    with pytest.raises(UsageError, match="unknown local authority 'City of'"):
        prepare_sweep(SweepRequest("01", ["local_authority=Bristol, City of"]), ROOT)


def test_the_command_says_what_it_does(project: Path) -> None:
    result = CliRunner().invoke(app, ["sweep", "01", "--over", "most=1,2", "--run", "grid"])
    assert result.exit_code == 0, result.output
    assert "2 cells, 2 to run, 0 up to date." in result.output
    assert "reports/grid/index.html" in result.output
