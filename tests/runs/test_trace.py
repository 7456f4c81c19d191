"""What a notebook really read: declared, undeclared, and what changes when it changes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from appendices.errors import DataError, DisclosureError
from appendices.runs import warm
from appendices.runs.execute import execute
from appendices.runs.notebooks import find_notebooks
from appendices.runs.outcomes import Limits
from appendices.runs.parameters import Value
from appendices.runs.release import write_release
from appendices.runs.whole import Request, prepare, run_compendium
from tests.conftest import code, show, write_notebook
from tests.disclosure.test_scrub import make_confidential

DEFAULTS: dict[str, Value] = {"level": 0.95, "most": 3}


def set_first(project: Path, source: str) -> None:
    write_notebook(project / "notebooks" / "01_first.ipynb", code(source), show("a", "towns"))


def read(project: Path, source: str) -> set[tuple[str, str]]:
    """Return what a notebook with a cell of `source` reads beside its data set, by last names."""
    set_first(project, source)
    outcome = execute(find_notebooks(project)["01_first"], DEFAULTS, project, Limits())
    assert outcome.failure is None
    declared = {"towns", "towns.csv", "01_first.ipynb", "datapackage.json"}
    return {
        (one.kind, Path(one.what).name)
        for one in outcome.reads
        if Path(one.what).name not in declared
    }


def undeclared(project: Path) -> list[dict[str, object]]:
    path = project / "reports" / "default" / "manifest.json"
    found: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))["undeclared"]
    return found


def due(project: Path) -> tuple[str, ...]:
    return prepare(Request(["01"]), project).plan.due.get("01_first", ())


READ_CSV = 'import pandas as pd\nprint(pd.read_csv("extra.csv"))'


def test_a_table_that_is_read_past_the_door_is_watched_and_said(project: Path) -> None:
    extra = project / "extra.csv"
    extra.write_text("n\n1\n", encoding="utf-8")
    set_first(project, READ_CSV)
    index = run_compendium(Request(["01"]), project)
    assert due(project) == ()
    (entry,) = undeclared(project)
    assert (entry["kind"], entry["name"], entry["read_by"]) == ("file", "extra.csv", "01_first")
    page = (index.parent / "01_first.html").read_text(encoding="utf-8")
    assert "read without being declared: 1 file" in page
    assert "appendix.load" in page
    extra.write_text("n\n100\n", encoding="utf-8")
    assert due(project) == ("extra.csv (not declared) changed",)
    run_compendium(Request(["01"]), project)
    assert "100" in (index.parent / "01_first.html").read_text(encoding="utf-8")
    extra.unlink()
    assert due(project) == ("extra.csv (not declared) changed",)


def test_what_only_looks_like_a_data_set_is_none(project: Path) -> None:
    source = (
        "import io, json\nimport numpy as np\nfile = io.BytesIO()\nnp.save(file, np.arange(3))\n"
        "file.seek(0)\nnp.load(file)\njson.load(io.StringIO('{}'))\n"
        "name = 'towns'\nappendix.load(name)"
    )
    assert read(project, source) == set()


def test_declared_inputs_leave_nothing_undeclared(project: Path) -> None:
    index = run_compendium(Request(), project)
    assert undeclared(project) == []
    page = (index.parent / "01_first.html").read_text(encoding="utf-8")
    assert "nothing was read but what is declared" in page


@pytest.mark.parametrize("plain", [False, True], ids=["forked", "plain"])
def test_files_folders_databases_addresses_and_programs_are_seen(
    project: Path, plain: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if plain:
        monkeypatch.setenv(warm.PLAIN_KERNELS, "1")
    (project / "helper.py").write_text("x = 1\n", encoding="utf-8")
    (project / "folder").mkdir()
    (project / "read.txt").write_text("r", encoding="utf-8")
    with sqlite3.connect(project / "facts.db") as database:
        database.execute("create table facts (n)")
    database.close()
    source = (
        "import os, pathlib, socket, sqlite3, subprocess, sys, tempfile\n"
        f"os.chdir({str(project)!r})\nsys.path.insert(0, '')\nimport helper\n"
        "pathlib.Path('read.txt').read_bytes()\nos.close(os.open('read.txt', os.O_RDONLY))\n"
        "list(pathlib.Path('folder').iterdir())\nsqlite3.connect('facts.db').close()\n"
        "try:\n    socket.create_connection(('127.0.0.1', 1))\nexcept OSError:\n    pass\n"
        "subprocess.run(['echo', 'secret'], stdout=subprocess.DEVNULL)\n"
        "own = pathlib.Path('own.txt')\nown.write_text('w')\nown.read_text()\n"
        "kept = pathlib.Path(tempfile.mkdtemp(), 'x')\nkept.write_text('w')\nkept.read_text()"
    )
    assert read(project, source) == {
        ("file", "helper.py"), ("file", "read.txt"), ("folder", "folder"),
        ("database", "facts.db"), ("network", "127.0.0.1:1"), ("program", "echo"),
    }  # fmt: skip


def test_a_local_module_that_changes_makes_its_notebook_run_again(project: Path) -> None:
    helper = project / "helper.py"
    helper.write_text("x = 1\n", encoding="utf-8")
    set_first(project, f"import sys\nsys.path.insert(0, {str(project)!r})\nimport helper")
    run_compendium(Request(["01"]), project)
    run_compendium(Request(["01"], force=True), project)  # compiled by now
    assert due(project) == ()
    helper.write_text("x = 2\n", encoding="utf-8")
    assert due(project) == ("helper.py (not declared) changed",)


def test_an_undeclared_file_that_changes_while_it_is_read_is_an_error(project: Path) -> None:
    (project / "extra.csv").write_text("n\n1\n", encoding="utf-8")
    set_first(project, f"{READ_CSV}\nopen('extra.csv', 'a').write('2\\n')")
    with pytest.raises(DataError, match=r"changed while .* reading them: an undeclared input"):
        run_compendium(Request(["01"]), project)


def test_a_hook_that_cannot_write_down_what_it_sees_stops_nothing_and_is_told(
    project: Path,
) -> None:
    source = "import os\nos.remove(os.environ['APPENDICES_TRACE'])\nopen('requirements.lock')"
    assert ("unseen", "what it read was not written down") in read(project, source)


def test_names_of_undeclared_files_are_in_the_holders_manifest_alone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_confidential(project)
    (project / "Case of Zoe.csv").write_text("n\n1\n", encoding="utf-8")
    source = 'import pandas as pd\npd.read_csv("Case of Zoe.csv")'
    set_first(project, source)
    index = run_compendium(Request(), project)
    holding = {
        path.relative_to(index.parent).as_posix()
        for path in index.parent.rglob("*")
        if path.is_file() and b"Case of Zoe" in path.read_bytes().replace(source.encode(), b"")
        and path.suffix not in (".html", ".ipynb")
    }  # fmt: skip
    assert holding == {"manifest.json", ".state/notebooks/01_first.json"}
    (project / "Case of Zoe.csv").write_text("n\n2\n", encoding="utf-8")
    assert due(project) == ("an undeclared input changed",)
    with pytest.raises(DisclosureError, match="Declared: 01_first read 1 thing that nobody") as no:
        write_release(project, "default")
    assert "Zoe" not in str(no.value)
