"""What `docs/extending.md` says a newcomer must do is enough: its own code is run."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.runs.runs import read_manifest
from tests.conftest import ROOT, code, markdown


def test_the_notebook_of_the_guide_becomes_an_appendix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    blocks = [
        textwrap.dedent(block)
        for block in re.findall(r"^ +```python\n(.*?)^ +```", guide, flags=re.DOTALL | re.MULTILINE)
    ]
    imports, parameters, *rest = blocks
    cells = [markdown("# A topic\n\nA few words."), code(imports), code(parameters, "parameters"),
             *map(code, rest)]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {
        "cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": kernel},
    }  # fmt: skip
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    (tmp_path / "notebooks").mkdir()
    notebook = tmp_path / "notebooks" / "07_your_topic.ipynb"
    notebook.write_text(json.dumps(content), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    listed = CliRunner().invoke(app, ["list"])
    assert "07_your_topic" in listed.stdout
    assert "Confidence level of every" in listed.stdout
    done = CliRunner().invoke(app, ["run", "07"])
    assert done.exit_code == 0, done.output
    page = (tmp_path / "reports" / "default" / "07_your_topic.html").read_text(encoding="utf-8")
    assert "aged 10 to 17" in page
    manifest = read_manifest(tmp_path / "reports" / "default")
    assert manifest is not None
    assert [one["number"] for one in manifest["exhibits"]] == ["Figure 7.1"]
