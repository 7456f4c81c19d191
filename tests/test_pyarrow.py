"""pyarrow, which pandas uses where it is there, is not needed and changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import copy_of_project
from tests.stress.faults import results

HIDE = "import sys\nsys.modules['pyarrow'] = None\n"
PROGRAM = """
import sys
import appendices.data.load
import pandas as pd
assert sys.modules.get("pyarrow") is None or {present}
assert pd.Series(["a"]).dtype.storage == "python"
"""


@pytest.fixture
def hidden(tmp_path: Path) -> dict[str, str]:
    """The environment of processes that find no pyarrow."""
    (tmp_path / "hide").mkdir()
    (tmp_path / "hide" / "sitecustomize.py").write_text(HIDE, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(tmp_path / "hide")}


def test_a_notebook_gives_the_same_bytes_with_and_without_pyarrow(
    tmp_path: Path, hidden: dict[str, str]
) -> None:
    made = []
    for name, environment in (("with", {**os.environ}), ("without", hidden)):
        project = copy_of_project(tmp_path / name, "03_offender_cohort")
        done = subprocess.run(
            [sys.executable, "-m", "appendices.cli", "run"], cwd=project, env=environment,
            capture_output=True, encoding="utf-8", check=False, timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        made.append(results(project / "reports" / "default"))
    assert made[0] == made[1]


@pytest.mark.parametrize("present", [True, False])
def test_text_is_kept_as_python_keeps_it(present: bool, hidden: dict[str, str]) -> None:
    if present:
        pytest.importorskip("pyarrow")
    subprocess.run(
        [sys.executable, "-c", PROGRAM.format(present=present)],
        env={**os.environ} if present else hidden, check=True,
    )  # fmt: skip
