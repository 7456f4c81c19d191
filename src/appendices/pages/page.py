"""One executed notebook as one page: its parts in order, its contents, and how to cite it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from appendices.disclosure.policy import marked_name
from appendices.exhibits.text import fill_prose
from appendices.pages.checks import (
    inputs_of,
    page_mark,
    people_shown,
    run_checks,
    run_mark,
    summary,
)
from appendices.pages.edition import Edition, Medium, citation, counted
from appendices.pages.findings import findings_text
from appendices.pages.html import (
    column_texts,
    data_address,
    fill,
    longest_word,
    marked_code,
    svg_size,
    whole,
)
from appendices.pages.notebook import TEXTS, Block, PageSource
from appendices.pages.prose import Prose, Section, render_prose
from appendices.runs.manifest import Numbered, is_supplement

SORT_FROM = 9  # rows from which a table can be sorted by the reader
SCROLL_FROM = 26  # rows from which a table scrolls in a frame of its own
PRINT_DATA_TO = 40  # rows up to which the data of a figure are printed with it
WIDE_FROM = 105  # characters side by side from which a table is printed across the sheet


@dataclass(frozen=True)
class Body:
    """A page's parts as HTML in order, and the sections and exhibits they hold."""

    pieces: tuple[Markup, ...]
    contents: tuple[Section | Numbered, ...]


def write_page(page: PageSource, edition: Edition) -> str:
    """Return the page as one self-contained HTML file."""
    manifest = edition.manifest
    # What explores a network goes only where there is one.
    network = any(one.exhibit.interactive for one in page.exhibits)
    return whole(
        "page.html.j2", styles=("style.css", *["network.css"] * network),
        scripts=("page.js", *["network.js"] * network),
        title=f"{page.name}. {page.title}", is_index=False,
        mark=run_mark(manifest) or page_mark(page),
        index=marked_name("index.html", run_mark(manifest)),
        **page_values(page, edition),
    )  # fmt: skip


def page_values(page: PageSource, edition: Edition) -> dict[str, Any]:
    """Return what a template needs to write `page`."""
    manifest = edition.manifest
    values = manifest["parameters"][page.notebook]
    checks = run_checks(page, manifest)
    inputs = inputs_of(page, manifest)
    order = [one["name"] for one in manifest["notebooks"]]
    place = order.index(page.notebook)
    neighbours = {
        "before": manifest["notebooks"][place - 1] if place else None,
        "after": manifest["notebooks"][place + 1] if place + 1 < len(order) else None,
    }
    return {
        "page": page,
        "manifest": manifest,
        "body": write_body(page, edition),
        "counts": counted(page),
        "checks": checks,
        "checks_say": summary(checks),
        "parameters": [
            (name, value, page.declared[name].help if name in page.declared else "")
            for name, value in values.items()
        ],
        "inputs": inputs,
        "synthetic": people_shown([page], manifest),
        "open_government": any("OGL-UK-3.0" in one["licences"] for one in inputs),
        "citation": citation(page, manifest),
        "neighbours": neighbours,
    }


def write_body(page: PageSource, edition: Edition) -> Body:
    """Return the parts of `page` for the edition's medium.

    Raises
    ------
    UsageError
        When a cross-reference or a placeholder leads nowhere.
    """
    tables = {one.exhibit.id: one.exhibit.as_texts for one in page.exhibits}
    left_out = [name for block in page.blocks if block.kind == "left out" for name in block.made]
    blocks = [block for block in page.blocks if not _speaks_of(block, left_out)]
    cells = [
        fill_prose(
            findings_text(page, one.text) if one.kind == "findings" else one.text,
            tables,
            page.notebook,
        )
        for one in blocks
        if one.kind in TEXTS
    ]
    targets, fold = edition.targets(page), edition.medium == "screen"
    prose = iter(render_prose(cells, page.chapter, targets, page.notebook, fold=fold))
    body = _BodyWriter(page, edition)
    for block in blocks:
        if block.kind in TEXTS:
            body.write_prose(next(prose))
        else:
            body.write_block(block)
    return body.finish()


class _BodyWriter:
    """Puts the parts of a page in order: what is supplement waits for the end of its section.

    On paper and in Word it waits for the end of the page, and stands there only when asked for.
    """

    def __init__(self, page: PageSource, edition: Edition) -> None:
        self._page = page
        self._edition = edition
        self._screen = edition.medium == "screen"
        self._pieces: list[Markup] = []
        self._contents: list[Section | Numbered] = []
        self._waiting: list[Markup] = []
        self._numbers: list[Numbered] = []

    def write_prose(self, written: Prose) -> None:
        if written.sections and self._screen:
            self._fold()
        self._contents += written.sections
        self._pieces.append(written.html)

    def write_block(self, block: Block) -> None:
        if block.exhibit:
            aside = block.exhibit.supplement
            level = 3 if any(isinstance(one, Section) for one in self._contents) else 2
            html = _exhibit_html(block.exhibit, self._page, self._edition, level)
            (self._numbers if aside else self._contents).append(block.exhibit)
            (self._waiting if aside else self._pieces).append(html)
        elif block.kind == "left out":
            self._pieces.append(Markup("<p><em>{}</em></p>").format(block.text))
        elif block.kind == "output":
            output = Markup('<pre class="output" tabindex="0">{}</pre>').format(block.text)
            self._pieces.append(output)
        elif self._screen:
            name = f"Code for {' and '.join(block.made)}" if block.made else "Code"
            aside = bool(block.made) and all(map(is_supplement, block.made))
            code = fill("code.html.j2", name=name, code=marked_code(block.text))
            (self._waiting if aside else self._pieces).append(code)

    def finish(self) -> Body:
        if self._screen or self._edition.supplement:
            self._fold()
        return Body(tuple(self._pieces), tuple(self._contents))

    def _fold(self) -> None:
        if not self._waiting:
            return
        if not self._screen:
            anchor = f"supplement_{self._page.chapter}"
            self._contents.append(Section("", "Supplement", anchor))
            self._contents += self._numbers
        self._pieces.append(
            fill(
                "supplement.html.j2", chapter=self._page.chapter, pieces=self._waiting,
                numbered=self._numbers, screen=self._screen,
            )
        )  # fmt: skip
        self._waiting, self._numbers = [], []


def _speaks_of(block: Block, left_out: Collection[str]) -> bool:
    """Return whether a text gives numbers of an exhibit that is left out."""
    return block.kind == "prose" and any(f"{{{name}:" in block.text for name in left_out)


def _exhibit_html(numbered: Numbered, page: PageSource, edition: Edition, level: int) -> Markup:
    exhibit, medium = numbered.exhibit, edition.medium
    rows = exhibit.table_html.count("<tr>") - 1
    is_figure = exhibit.kind == "figure"
    caption = f"Data for {numbered.number}" if is_figure else exhibit.headline
    in_all = len(list(csv.reader(io.StringIO(exhibit.csv)))) - 1
    if in_all > rows:
        caption = f"{caption}: the first {rows} of {in_all:,} rows; the CSV has all"
    narrowest = sum(longest_word(texts) + 2 for texts in column_texts(exhibit.table_html))
    width, height = svg_size(exhibit.svg)
    titles = {one["name"]: one for one in edition.manifest["inputs"]}
    origins = [
        origin
        for name in exhibit.sources
        if name in titles
        for origin in titles[name]["sources"] or [titles[name]["title"]]
    ]
    return fill(
        "exhibit_word.html.j2" if medium == "word" else "exhibit.html.j2",
        number=numbered.number, exhibit=exhibit, files=numbered.files, level=level, rows=rows,
        table=_table(exhibit.table_html, caption, sortable=rows >= SORT_FROM, medium=medium),
        long=rows >= SCROLL_FROM, wide=not is_figure and narrowest >= WIDE_FROM,
        printing=medium == "print",
        with_data=is_figure and (medium == "screen" or rows <= PRINT_DATA_TO),
        address=data_address(exhibit.svg), width=width, height=height,
        origins=list(dict.fromkeys(origins)), citation=citation(page, edition.manifest, numbered),
    )  # fmt: skip


def _table(html: str, caption: str, *, sortable: bool, medium: Medium) -> Markup:
    """Return an exhibit's table with its caption as the page gives it."""
    table = re.sub(
        r"<caption>.*?</caption>", lambda _: f"<caption>{escape(caption)}</caption>", html,
        count=1, flags=re.DOTALL,
    )  # fmt: skip
    table = table.replace('<th scope="row"></th>', "<td></td>")  # an empty header heads nothing
    if sortable and medium == "screen":
        table = table.replace("<table ", '<table class="sortable" ', 1)
    if medium == "word":
        # A word processor takes alignment from the cell, and the caption from a paragraph.
        table = re.sub(r"<caption>.*?</caption>", "", table, count=1, flags=re.DOTALL)
        table = table.replace(' class="number"', ' align="right"')
    return Markup(table)  # noqa: S704 - escaped where the table was made
