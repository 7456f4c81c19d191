"""Every page of a run, walked: links, ids, numbers, files and the manifest agree."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from urllib.parse import unquote, urlparse

import pytest

from appendices.pages.edition import Edition, exhibits_elsewhere
from appendices.pages.index import write_index
from appendices.pages.notebook import read_page
from appendices.pages.page import write_page
from tests.pages.conftest import HOSTILE, Document, Pages

NAMES = ["01_first.html", "02_second.html", "index.html"]


def document(pages: Pages, name: str) -> Document:
    return pages.documents[name]


def test_every_complete_notebook_has_a_page_and_nothing_else_has(pages: Pages) -> None:
    assert sorted(pages.documents) == NAMES
    listed = [one["page"] for one in pages.manifest["notebooks"]]
    assert listed == ["01_first.html", "02_second.html", None]


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(pages: Pages, name: str) -> None:
    links = [one.attrs["href"] for one in document(pages, name).all("a")]
    assert len(links) > 5
    for link in links:
        parts = urlparse(link)
        assert not parts.scheme, link
        file = unquote(parts.path) or name
        assert (pages.folder / file).is_file(), link
        if parts.fragment:
            assert pages.documents[file].by_id(parts.fragment)


@pytest.mark.parametrize("name", NAMES)
def test_ids_are_unique_and_what_they_label_is_there(pages: Pages, name: str) -> None:
    elements = document(pages, name).elements
    ids = [one.attrs["id"] for one in elements if "id" in one.attrs]
    assert len(ids) == len(set(ids))
    references = ("aria-labelledby", "aria-describedby", "for")
    named = {one.attrs[key] for one in elements for key in references if key in one.attrs}
    assert named <= set(ids)


def test_numbers_texts_and_files_agree_with_the_manifest(pages: Pages) -> None:
    exhibits = pages.manifest["exhibits"]
    assert [one["number"] for one in exhibits] == [
        "Figure 1.1", "Table 1.1", "Table 1.2", "Figure 2.1", "Table 2.1",
    ]  # fmt: skip
    for one in exhibits:
        figure = document(pages, f"{one['notebook']}.html").by_id(one["id"])
        heading = next(iter(figure.find("h3") + figure.find("h2")))
        assert heading.text == f"{one['number']} {one['headline']}"
        assert one["subtitle"] in figure.text
        assert one["basis"].capitalize() in figure.text
        payload = json.loads(next(e.text for e in figure.find("script")))
        assert payload.encode() == (pages.folder / one["files"]["csv"]).read_bytes()
        assert hashlib.sha256(payload.encode()).hexdigest() == one["data_sha256"]
        links = [link.attrs for link in figure.find("a") if "data-take" in link.attrs]
        assert {link["data-take"]: link["href"] for link in links} == one["files"]
        for image in figure.find("img"):
            assert image.attrs["alt"] == one["alt"]
            drawn = unquote(image.attrs["src"].removeprefix("data:image/svg+xml,"))
            assert drawn == (pages.folder / one["files"]["svg"]).read_text(encoding="utf-8")
        entry = next(e for e in document(pages, "index.html").all("li") if one["number"] in e.text)
        assert one["headline"] in entry.text


def test_prose_holds_the_number_of_the_table_it_names(pages: Pages) -> None:
    text = document(pages, "01_first.html").by_id("main_").text
    first = (pages.folder / "exhibits" / "short-table.csv").read_text().splitlines()[1]
    assert first.startswith("Town 01,0,")
    assert "In bold, 0 in the first of them." in text


@pytest.mark.parametrize("name", NAMES)
def test_figures_have_alt_and_size_and_tables_caption_and_scope(pages: Pages, name: str) -> None:
    for image in document(pages, name).all("img"):
        assert len(image.attrs["alt"]) > 20
        assert int(image.attrs["width"]) > 300
        assert int(image.attrs["height"]) > 50
    tables = document(pages, name).all("table")
    assert tables
    for one in tables:
        assert [caption.text.strip() for caption in one.find("caption")] != [""]
        assert len(one.find("caption")) == 1
        assert all(head.attrs.get("scope") in ("col", "row") for head in one.find("th"))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_loads_and_runs_nothing_but_itself(pages: Pages, name: str) -> None:
    for one in document(pages, name).elements:
        assert "style" not in one.attrs
        assert not [key for key in one.attrs if key.startswith("on")]
        assert one.tag not in ("link", "iframe", "object", "embed", "base", "form")
        assert one.attrs.get("src", "data:").startswith("data:")
    metas = [one.attrs for one in document(pages, name).all("meta")]
    (policy,) = [one["content"] for one in metas if "http-equiv" in one]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    styles = document(pages, name).all("style")
    scripts = [one for one in document(pages, name).all("script") if "type" not in one.attrs]
    for one in (*styles, *scripts):
        digest = base64.b64encode(hashlib.sha256(one.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
        assert not re.search(r"url\(|@import|https?:", one.text)


@pytest.mark.parametrize("name", NAMES)
def test_markup_in_data_shows_as_text(pages: Pages, name: str) -> None:
    page = document(pages, name)
    assert not [one for one in page.all("b") if "bold" in one.text]
    assert not page.all("i")
    assert not page.all("u")
    text = " ".join(one.text for one in page.elements if one.tag == "body")
    assert HOSTILE in text  # in the title of a data set, at the least


def test_a_formula_in_data_stays_text_in_the_file(pages: Pages) -> None:
    lines = (pages.folder / "exhibits" / "towns-people.csv").read_text().splitlines()
    assert next(line for line in lines if "1+1" in line).startswith("'=1+1")


@pytest.mark.parametrize("name", NAMES)
def test_language_title_headings_and_skip_link_are_set(pages: Pages, name: str) -> None:
    page = document(pages, name)
    (root,) = page.all("html")
    assert root.attrs["lang"] == "en-GB"
    (title,) = [one for one in page.all("title") if "head" in one.inside]
    assert title.text.endswith("Appendices")
    assert len(page.all("h1")) == 1
    first = next(one for one in page.all("a"))
    assert page.by_id(first.attrs["href"].removeprefix("#")).tag == "main"


def test_titles_differ_from_page_to_page(pages: Pages) -> None:
    titles = [page.all("title")[0].text for page in pages.documents.values()]
    assert len(set(titles)) == len(NAMES)


def test_the_index_says_what_failed_and_what_is_synthetic(pages: Pages) -> None:
    index = document(pages, "index.html")
    text = index.all("body")[0].text
    assert "1 of 3 appendices failed" in text
    assert "failed/03_third.ipynb" in text
    assert "a secret" not in text
    assert "Synthetic people." in index.all("aside")[0].text
    assert "What the audit found" in text
    assert "OGL-UK-3.0" in text


def test_only_pages_with_synthetic_data_carry_the_banner(pages: Pages) -> None:
    assert document(pages, "02_second.html").all("aside")
    assert not document(pages, "01_first.html").all("aside")


def test_code_follows_its_exhibit_and_neighbouring_cells_are_one(pages: Pages) -> None:
    page = document(pages, "01_first.html")
    order = [
        one.attrs.get("id") or one.children[0].text
        for one in page.elements
        if one.tag == "figure" or (one.tag == "details" and one.attrs.get("class") == "code")
    ]
    assert order == [
        "Code", "towns-people", "Code for Figure 1.1", "short-table", "Code for Table 1.1",
        "long-table", "Code for Table 1.2",
    ]  # fmt: skip
    codes = [one.text for one in page.all("details") if one.attrs.get("class") == "code"]
    assert "few = places.head(6)" in codes[1]
    assert "appendix.show" in codes[1]


def test_sections_are_numbered_and_references_read_as_numbers(pages: Pages) -> None:
    page = document(pages, "01_first.html")
    assert [one.text for one in page.all("h2") if one.attrs.get("id", "").startswith("s1_")] == [
        "1.1 By town", "1.2 Tables & <u>more</u>",
    ]  # fmt: skip
    links = {one.text: one.attrs["href"] for one in page.all("a")}
    assert links["Figure 2.1"] == "02_second.html#dolls-people"
    assert links["section 1.1"] == "#s1_by-town"
    assert links["Appendix 2"] == "02_second.html"
    # An exhibit that the run could not make is named with its appendix, without a link.
    text = document(pages, "02_second.html").all("main")[0].text
    assert "on to Appendix 3 (not in this run)" in text


def test_long_tables_scroll_and_only_longer_ones_sort(pages: Pages) -> None:
    page = document(pages, "01_first.html")
    frames = {name: page.by_id(name).find("div")[0].attrs for name in ("short-table", "long-table")}
    assert frames["short-table"]["class"] == "scroll"
    assert frames["long-table"]["class"] == "scroll long"
    assert all(one["tabindex"] == "0" and one["role"] == "region" for one in frames.values())
    sortable = [one.attrs["id"] for one in page.all("table") if one.attrs.get("class")]
    assert sortable == ["table-long-table"]


def test_pages_are_small_and_the_same_bytes_again(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APPENDICES_HOME", str(pages.root))
    complete = [one for one in pages.manifest["notebooks"] if one["status"] == "complete"]
    sources = tuple(
        read_page(pages.folder / "notebooks" / f"{one['name']}.ipynb", one["title"])
        for one in complete
    )
    elsewhere = exhibits_elsewhere(pages.root, [one["name"] for one in complete])
    edition = Edition(pages.manifest, sources, elsewhere)
    again = {f"{one.notebook}.html": write_page(one, edition) for one in sources}
    again["index.html"] = write_index(edition)
    for name, html in again.items():
        assert (pages.folder / name).read_text(encoding="utf-8") == html
        assert len(html) < 3_000_000
