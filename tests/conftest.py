"""A tiny compendium of its own for each test that runs notebooks: two tables, two notebooks."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

RESOURCE = {
    "format": "csv",
    "sensitivity": "public",
    "basis": "observed",
    "licenses": [{"name": "OGL-UK-3.0"}],
    "sources": [{"title": "Office of Small Examples"}],
}
SCHEMA = {
    "fields": [
        {"name": "place", "type": "string", "constraints": {"required": True}},
        {
            "name": "people",
            "type": "integer",
            "constraints": {"required": True, "minimum": 0, "maximum": 1000},
        },
    ],
    "primaryKey": ["place"],
}
IMPORTS = (
    "from appendices.exhibits import Appendix, charts\n"
    "from youthviolence.parameters import Cohort, Count, Level, Policy\n"
)
PARAMETERS = "level: Level = 0.95  # Level of the intervals.\nmost: Count = 3  # Rows to show.\n"


def heed_requests_to_end() -> None:
    """Take back that a request to end is ignored: what the tests start would ignore it too.

    Under nohup a closing terminal is, and in the background of a shell Ctrl-C is.
    """
    for name, action in (("SIGHUP", signal.SIG_DFL), ("SIGINT", signal.default_int_handler)):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, action)


heed_requests_to_end()


def copy_of_project(folder: Path, *notebooks: str) -> Path:
    """Copy the data, the lock file and these notebooks of the project into `folder`; return it."""
    shutil.copytree(ROOT / "data" / "raw", folder / "data" / "raw")
    (folder / "notebooks").mkdir()
    for name in notebooks:
        shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder / "notebooks")
    for name in ("requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def code(source: str, *tags: str) -> dict[str, object]:
    return {
        "cell_type": "code", "id": f"c{abs(hash(source)) % 10**8}", "execution_count": None,
        "metadata": {"tags": list(tags)} if tags else {}, "outputs": [], "source": source,
    }  # fmt: skip


def markdown(source: str) -> dict[str, object]:
    return {"cell_type": "markdown", "id": f"m{abs(hash(source)) % 10**8}", "metadata": {},
            "source": source}  # fmt: skip


def write_notebook(path: Path, *cells: dict[str, object], parameters: str = PARAMETERS) -> Path:
    """Write a notebook with a title, the imports, its parameters, an appendix, and `cells`."""
    opening = f"appendix = Appendix({path.stem!r}, globals())"
    whole = [markdown(f"# Title of {path.stem}"), code(IMPORTS), code(parameters, "parameters"),
             code(opening), *cells]  # fmt: skip
    content = {
        "cells": whole, "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3",
                                    "language": "python"}},
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return path


def show(exhibit_id: str, table: str) -> dict[str, object]:
    """Return a cell that loads `table` and shows a bar chart of it."""
    return code(
        f'{table} = appendix.load("{table}")\n'
        f'appendix.show("{exhibit_id}", data={table}.head(most), headline="People by place",\n'
        f'    subtitle="Number of people, two places", sources=["{table}"], basis="observed",\n'
        '    chart=charts.bars("place", "people"), alt="Bars of people by place.")'
    )


def write_tables(root: Path, **tables: str) -> None:
    """Write CSV tables of place and people, and the package that describes them."""
    folder = root / "data" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    resources = []
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        resources.append(
            {"name": name, "path": f"{name}.csv", "title": f"The {name}", "schema": SCHEMA}
            | RESOURCE
        )
    package = {"name": "tiny", "resources": resources}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a tiny compendium; the working folder is changed to it."""
    root = tmp_path / "a tiny compendium"
    write_tables(root, towns="place,people\nLeeds,30\nHull,12\n", ports="place,people\nHull,12\n")
    write_notebook(root / "notebooks" / "01_first.ipynb", show("towns-people", "towns"))
    write_notebook(root / "notebooks" / "02_second.ipynb", show("ports-people", "ports"))
    (root / "requirements.lock").write_text("pandas==3\n", encoding="utf-8")
    monkeypatch.chdir(root)
    monkeypatch.delenv("APPENDICES_HOME", raising=False)
    return root


@pytest.fixture
def shared() -> Path:
    """Return the folder of official copies; the test skips where a stranger has none."""
    if not SHARED.is_dir():
        pytest.skip("the folder of official copies, ../shared, is not on this machine")
    return SHARED
