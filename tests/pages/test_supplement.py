"""Findings stand first, main exhibits in the text, supplements behind one fold a section."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from appendices.pages.edition import Edition
from appendices.pages.index import write_index
from appendices.pages.notebook import PageSource, read_page
from appendices.pages.page import write_body, write_page
from tests.pages.conftest import Document, Pages

FINDINGS = (
    "## In short\n\n"
    "- **Towns.** {short-table: people[Town 01]} people ([](#short-table)).\n"
    "- **Else.** More in [](#by-town).\n"
)


@pytest.fixture
def page(pages: Pages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PageSource:
    """Return the first page with a findings cell and without cells that are tagged main."""
    monkeypatch.setenv("APPENDICES_HOME", str(pages.root))
    source = pages.folder / "notebooks" / "01_first.ipynb"
    content = json.loads(source.read_text(encoding="utf-8"))
    for cell in content["cells"]:
        tags = cell["metadata"].get("tags", [])
        cell["metadata"]["tags"] = [one for one in tags if one != "main"]
    short = {"cell_type": "markdown", "metadata": {"tags": ["findings"]}, "source": FINDINGS}
    content["cells"].insert(1, short)
    path = tmp_path / "01_first.ipynb"
    path.write_text(json.dumps(content), encoding="utf-8")
    return read_page(path, "First")


def edition(pages: Pages, page: PageSource) -> Edition:
    second = read_page(pages.folder / "notebooks" / "02_second.ipynb", "Second")
    return Edition(pages.manifest, (page, second), {"never-made": "Appendix 3"})


def test_what_answers_the_report_or_bears_a_finding_is_main(page: PageSource) -> None:
    numbers = {one.exhibit.id: one.number for one in page.exhibits}
    assert numbers == {
        "towns-people": "Figure 1.1", "short-table": "Table 1.1", "long-table": "Table S1.1",
    }  # fmt: skip


def test_supplements_stand_behind_one_fold_and_links_lead_to_them(
    pages: Pages, page: PageSource
) -> None:
    html = write_page(page, edition(pages, page))
    document = Document(html)
    (fold,) = [one for one in document.all("details") if one.attrs.get("class") == "supplement"]
    assert fold.find("summary")[0].text == "Supplement: Table S1.1"
    assert [one.attrs["id"] for one in fold.find("figure")] == ["long-table"]
    assert "open" not in fold.attrs
    links = {one.text: one.attrs.get("href") for one in document.all("a")}
    assert links["Table S1.1"] == "#long-table"


def test_a_finding_is_filled_from_its_exhibit_and_says_its_basis(
    pages: Pages, page: PageSource
) -> None:
    (first, _) = (
        Document(write_page(page, edition(pages, page))).all("main")[0].find("ul")[0].find("li")
    )
    assert first.text.startswith("Towns. 0 people (Table 1.1). Basis: observed.")


def test_paper_has_the_supplements_only_when_asked(pages: Pages, page: PageSource) -> None:
    paper = replace(edition(pages, page), medium="print")
    without = "".join(write_body(page, paper).pieces)
    assert 'id="long-table"' not in without
    assert "Table S1.1" in without  # the text still names it
    assert 'href="#long-table"' not in without
    asked = "".join(write_body(page, replace(paper, supplement=True)).pieces)
    assert asked.index('id="supplement_1"') < asked.index('id="long-table"')


def test_the_index_opens_with_the_main_finding_of_each_page(pages: Pages, page: PageSource) -> None:
    document = Document(write_index(edition(pages, page)))
    headings = [one.attrs["id"] for one in document.all("h2") if one.attrs["id"] != "contents_"]
    assert headings[0] == "short_"
    (finding,) = [one for one in document.all("div") if one.attrs.get("class") == "finding"]
    assert "Towns. 0 people" in finding.text
    assert "Else" not in finding.text
    assert [one.attrs["href"] for one in finding.find("a")] == [
        "01_first.html", "01_first.html#short-table",
    ]  # fmt: skip
