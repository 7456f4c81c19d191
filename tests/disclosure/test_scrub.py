"""What a failing notebook that read confidential data leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from appendices.errors import NotebookError
from appendices.runs.whole import Request, run_compendium
from tests.conftest import code, show, write_notebook

CANARY = "Zebedee"


def make_confidential(project: Path) -> None:
    package = project / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text(encoding="utf-8"))
    for resource in content["resources"]:
        if resource["name"] == "towns":
            resource["sensitivity"] = "confidential"
    package.write_text(json.dumps(content), encoding="utf-8")
    (project / "data" / "raw" / "towns.csv").write_text(
        f"place,people\n{CANARY},30\nHull,2\n", encoding="utf-8"
    )


def everything(project: Path) -> list[Path]:
    """Return each file below the project that holds the canary, its own source apart."""
    found = []
    for path in project.rglob("*"):
        if path.is_file() and path.name != "towns.csv" and CANARY.encode() in path.read_bytes():
            found.append(path)
    return found


LOADING = 'towns = appendix.load("towns")\n'


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ('{}[towns["place"].iloc[0]]', "KeyError"),
        ('raise RuntimeError(towns["place"].iloc[0])', "RuntimeError"),
        ('print(towns)\nprint(towns, file=__import__("sys").stderr)\n1 / 0', "ZeroDivisionError"),
        (
            'import pandas.errors\nraise pandas.errors.DataError(towns["place"].iloc[0])',
            "an error of another type",
        ),
        ('towns\nimport warnings\nwarnings.warn(towns["place"].iloc[0])\nint("x")', "ValueError"),
        (
            "from youthviolence import cohorts as stats\n"
            'stats.tabulate(towns, [towns["place"].iloc[0]])',
            r"UsageError: unknown attribute '…'",
        ),
        (
            "from youthviolence import cohorts as stats\nname = towns['place'].iloc[0]\n"
            "stats.tabulate(towns, [name], by=name)",
            "UsageError",
        ),
        ('raise type(towns["place"].iloc[0], (Exception,), {})', "an error of another type"),
        ('import subprocess\nsubprocess.run(["echo", towns["place"].iloc[0]])\n1 / 0', "ZeroDiv"),
    ],
)
def test_a_failure_with_confidential_data_tells_its_kind_and_place_and_no_value(
    project: Path, source: str, cause: str, capfd: pytest.CaptureFixture[str]
) -> None:
    make_confidential(project)
    path = project / "notebooks" / "01_first.ipynb"
    write_notebook(path, code(LOADING + source), show("towns-people", "towns"))
    with pytest.raises(NotebookError, match=f"01_first, cell 5: {cause}") as caught:
        run_compendium(Request(), project)
    kept = project / "reports" / "default" / "failed" / "01_first.ipynb"
    assert cause in json.loads(kept.read_text("utf-8"))["cells"][-2]["outputs"][-1]["traceback"][0]
    assert CANARY not in str(caught.value)
    assert "".join(capfd.readouterr()).count(CANARY) == 0
    assert everything(project) == []


def test_a_message_of_the_package_is_told(project: Path) -> None:
    make_confidential(project)
    path = project / "notebooks" / "01_first.ipynb"
    write_notebook(path, code(LOADING + 'appendix.basis_of("twons")'))
    with pytest.raises(NotebookError, match="Did you mean 'towns'"):
        run_compendium(Request(), project)


def test_printed_records_are_on_no_page_and_in_no_kept_notebook(project: Path) -> None:
    make_confidential(project)
    path = project / "notebooks" / "01_first.ipynb"
    write_notebook(path, code(LOADING + "print(towns)\ntowns"))
    run_compendium(Request(), project)
    assert everything(project) == []
