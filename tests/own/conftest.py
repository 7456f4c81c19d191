"""A tiny compendium with a notebook about a cohort, and a folder with a cohort of one's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

from tests.conftest import code, write_notebook
from tests.stress.malformed import DESCRIPTION, FIELDS, HEADER, MAPPING, as_csv, as_mapping

CANARY = "Zebedee Quillfeather"
PERSON = {"name": "person", "type": "string", "constraints": {"required": True, "unique": True}}
ROWS = [
    [
        "FM"[n % 2],
        "01/02/2008",
        "01/06/2024",
        "YN"[n % 3 > 0],
        f"asked for {CANARY}",
        f"{CANARY} {n // 2}",
    ]
    for n in range(30)
]
SHOWN = """people = appendix.cohort("people", instead=cohort)
from youthviolence import cohorts as stats
appendix.show("people-known", data=stats.tabulate(people, ["known"]),
    derive=stats.profile, headline="Known to services", subtitle="Number, everyone",
    sources=[cohort], basis="observed", columns={"category": "Category", "n": "n"})
"""
PARAMETERS = 'cohort: Cohort = "people"  # The cohort.\n'


def write_own(folder: Path, rows: list[list[str]], **mapping: object) -> Path:
    """Write a folder with a cohort: its description, its mapping, a CSV file of these rows."""
    folder.mkdir(parents=True)
    (folder / "cohort.json").write_text(json.dumps(DESCRIPTION), encoding="utf-8")
    (folder / "mapping.yml").write_bytes(as_mapping({**MAPPING, **mapping}))
    (folder / "data.csv").write_bytes(as_csv(HEADER, rows))
    (folder / "secret").write_bytes(bytes(range(32)))
    return folder


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return the folder of a cohort of thirty with a free text that names somebody."""
    return write_own(tmp_path / "own", ROWS)


@pytest.fixture
def compendium(project: Path) -> Path:
    """Return the tiny compendium, with one notebook that shows a cohort."""
    package = project / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text(encoding="utf-8"))
    content["resources"].append(
        {"name": "people", "path": "cohorts/people.csv", "title": "People", "basis": "calibrated",
         "sensitivity": "synthetic", "schema": {"fields": [PERSON, *FIELDS]}}
    )  # fmt: skip
    package.write_text(json.dumps(content), encoding="utf-8")
    raw = project / "data" / "raw" / "cohorts" / "people.csv"
    raw.parent.mkdir()
    raw.write_text(
        "person,sex,age,band,known,ref,seen\np1,male,15,13-15,yes,r1,2024-06-01\n",
        encoding="utf-8",
    )
    for path in (project / "notebooks").iterdir():
        path.unlink()
    write_cohort_notebook(project, "01_people", "")
    return project


def write_cohort_notebook(project: Path, name: str, more: str) -> None:
    """Write a notebook about the cohort, with one more cell."""
    path = project / "notebooks" / f"{name}.ipynb"
    write_notebook(
        path,
        code(SHOWN.replace("people-known", f"known-{name[:2]}")),
        code(more),
        parameters=PARAMETERS,
    )


def started(root: Path, *words: str, **more: str) -> subprocess.Popen[str]:
    """Start the command, with its temporary files and its home in folders beside the project."""
    beside = {name: str(root.parent / name.lower()) for name in ("TMPDIR", "HOME")}
    for folder in beside.values():
        Path(folder).mkdir(exist_ok=True)
    beside["MPLCONFIGDIR"] = mpl.get_cachedir()  # else each run looks for all fonts
    command = [str(Path(sys.executable).with_name("youthviolence")), *words]
    return subprocess.Popen(
        command, cwd=root, env={**os.environ, **beside, **more}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def command(root: Path, *words: str) -> tuple[int, str]:
    """Run the command; return its exit code and all that it said."""
    process = started(root, *words)
    said = "".join(process.communicate(timeout=280))
    return process.returncode, said
