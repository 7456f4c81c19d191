"""One small run with everything a page can hold, made once for all tests of pages."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from appendices.errors import MissingToolError, NotebookError
from appendices.pages.tools import find_browser
from appendices.runs.whole import Request, run_compendium
from tests.conftest import code, markdown, show, write_notebook, write_tables

HOSTILE = """<b onclick="alert(1)">'bold'</b>"""
VOID = {"meta", "img", "input", "br", "hr", "col", "link"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def find(self, tag: str) -> list[Element]:
        found = []
        for child in self.children:
            found += [child] if child.tag == tag else []
            found += child.find(tag)
        return found


class Document(HTMLParser):
    """The elements of a page, each with its attributes, its text and what it is inside of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {k: v or "" for k, v in attrs}, tuple(e.tag for e in self._open))
        self.elements.append(element)
        if self._open:
            self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str) -> list[Element]:
        return [one for one in self.elements if one.tag == tag]

    def by_id(self, name: str) -> Element:
        (found,) = [one for one in self.elements if one.attrs.get("id") == name]
        return found


@dataclass(frozen=True)
class Pages:
    """A finished run: its folder, its manifest and its pages, read."""

    root: Path
    folder: Path
    manifest: dict[str, Any]
    documents: dict[str, Document]


def table(exhibit_id: str, rows: int, **more: str) -> dict[str, object]:
    texts = {"headline": f"People in {rows} towns {HOSTILE}", "subtitle": "Number of people"} | more
    extra = "".join(f", {name}={value!r}" for name, value in texts.items())
    return code(
        f'appendix.show("{exhibit_id}", data=places.head({rows}), sources=["places"],'
        f' basis="observed"{extra})',
        "main",
    )


def make_project(root: Path) -> None:
    names = [f"Town {place:02d}" for place in range(1, 35)]
    names[1], names[2] = HOSTILE.replace('"', '""'), "=1+1"
    places = "place,people\n" + "".join(
        f'"{name}",{(37 * place) % 61 * 10}\n' for place, name in enumerate(names)
    )
    write_tables(root, places=places, dolls="place,people\nHull,12\nLeeds,30\n")
    package = root / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text())
    real, dolls = content["resources"]
    real |= {"title": f"Places {HOSTILE}", "sources": [{"title": f"Office {HOSTILE}"}]}
    dolls |= {"sensitivity": "synthetic", "basis": "calibrated", "title": f"Dolls {HOSTILE}"}
    package.write_text(json.dumps(content))
    write_notebook(
        root / "notebooks" / "01_first.ipynb",
        code('places = appendix.load("places")'),
        markdown(
            f"First words {HOSTILE}. See [](#dolls-people), [](#long-table), [](#by-town) and "
            "[](#02_second).\n\n## By town\n\nIn **bold**, "
            "{short-table: people[Town 01]} in the first of them.\n\n"
            "### Method: counting\n\nOne by one.\n"
        ),
        code("few = places.head(6)"),
        code(
            'appendix.show("towns-people", data=few, headline="People by place",'
            ' subtitle="Number of people, six places", sources=["places"], basis="observed",'
            ' note="Read it <i>right</i>.", source_exhibit="F06",'
            ' chart=charts.bars("place", "people"), alt="Bars of people by place.")\nprint("done")'
        ),
        markdown("## Tables & <u>more</u>\n\n| A | n |\n|---|--:|\n| x | 1 |\n"),
        table("short-table", 3, key="place"),
        table("long-table", 30, note="Thirty of them."),
    )
    second = show("dolls-people", "dolls")
    second["source"] = str(second["source"]).replace("observed", "calibrated")
    write_notebook(
        root / "notebooks" / "02_second.ipynb",
        markdown("## Dolls\n\nBack to [the towns](#towns-people), on to [](#never-made)."),
        second,
        code(
            'appendix.show("audit-verdicts", data=dolls, headline="What the audit found",'
            ' subtitle="Verdicts", sources=["dolls"], basis="calibrated")'
        ),
    )
    failing = show("never-made", "places")
    failing["source"] = f"raise ValueError('a secret')\n{failing['source']}"
    write_notebook(root / "notebooks" / "03_third.ipynb", failing)
    lock = f"pandas=={version('pandas')}\n"
    (root / "requirements.lock").write_text(lock, encoding="utf-8")


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Return a run of three notebooks: real data, synthetic data, and one that fails."""
    root = tmp_path_factory.mktemp("pages") / "a small compendium"
    make_project(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APPENDICES_HOME", str(root))
        with pytest.raises(NotebookError):
            run_compendium(Request(), root)
    folder = root / "reports" / "default"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    documents = {
        path.name: Document(path.read_text(encoding="utf-8")) for path in folder.glob("*.html")
    }
    yield Pages(root, folder, manifest, documents)
    os.environ.pop("APPENDICES_HOME", None)


# Its event loop runs while it is open, and no kernel can be started beside one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Return a headless browser; tests skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    try:
        path = find_browser()
    except MissingToolError as error:
        pytest.skip(f"no browser: {error}")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-quic"]
        )
        yield browser
        browser.close()
