from __future__ import annotations

from pathlib import Path

import pytest

from appendices.errors import NotebookError
from appendices.runs.whole import Request, run_compendium
from tests.conftest import markdown, show, write_notebook


def test_a_wrong_reference_is_an_error_with_a_suggestion_and_gives_no_page(project: Path) -> None:
    path = project / "notebooks" / "01_first.ipynb"
    write_notebook(path, markdown("[](#port-people)"), show("towns-people", "towns"))
    with pytest.raises(NotebookError, match="Did you mean 'ports-people'"):
        run_compendium(Request(), project)
    folder = project / "reports" / "default"
    assert {path.name for path in folder.glob("*.html")} == {"02_second.html", "index.html"}


def test_a_run_of_some_notebooks_may_refer_to_exhibits_of_the_others(project: Path) -> None:
    path = project / "notebooks" / "01_first.ipynb"
    write_notebook(path, markdown("[](#ports-people)"), show("towns-people", "towns"))
    index = run_compendium(Request(("01",)), project)
    page = (index.parent / "01_first.html").read_text(encoding="utf-8")
    assert "Appendix 2 (not in this run)" in page
    run_compendium(Request(), project)
    page = (index.parent / "01_first.html").read_text(encoding="utf-8")
    assert '<a href="02_second.html#ports-people">Figure 2.1</a>' in page
