"""A run's pages for paper and for Word: PDF through headless Chromium, DOCX through pandoc."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from appendices.errors import UsageError
from appendices.pages.checks import page_mark, people_shown, run_mark
from appendices.pages.edition import Edition, Medium, citation, exhibits_elsewhere, run_citation
from appendices.pages.html import css_text, fill, whole
from appendices.pages.notebook import PageSource, read_page
from appendices.pages.page import page_values
from appendices.pages.paper import print_pdf
from appendices.pages.tools import find_browser, find_pandoc
from appendices.pages.word import make_docx
from appendices.project import write_atomic
from appendices.runs.runs import REPORTS, Run, read_manifest
from appendices.settings import COMMAND

_HEAD = "font: 8pt sans-serif; color: #50565e;"


def export(
    root: Path,
    name: str,
    *,
    pdf: bool,
    docx: bool,
    together: bool,
    supplement: bool = False,
    to: Path | None = None,
) -> list[Path]:
    """Write the pages of a finished run as PDF, Word or both; return the files, in order.

    Parameters
    ----------
    together
        One document of all appendices, instead of one an appendix.
    supplement
        With the supplements, as a part of their own at the end of each appendix.
    to
        The folder to write to, ``export`` in the run's own folder when not given.

    Raises
    ------
    UsageError
        When there is no such run, or none of its notebooks is complete.
    MissingToolError
        When the browser or pandoc is not on this machine; nothing is written then.
    """
    manifest = read_manifest(Run(root, name, {}).folder)
    run = Run(root, name, (manifest or {}).get("parameters", {}))
    if manifest is None:
        held = sorted(path.parent.name for path in (root / REPORTS).glob("*/manifest.json"))
        known = ", ".join(held) or f"none yet; make one with `{COMMAND} run`"
        raise UsageError(f"there is no finished run {name!r}. Runs here: {known}.")
    mark = run_mark(manifest)
    complete = [one for one in manifest["notebooks"] if one["status"] == "complete"]
    lacking = [one["name"] for one in complete if not run.executed(one["name"]).is_file()]
    if lacking:
        raise UsageError(
            f"run {name!r} keeps no executed notebook of {', '.join(lacking)}, from which "
            f"pages are made. Make a run of your own with `{COMMAND} run` and export that."
        )
    pages = tuple(read_page(run.executed(one["name"]), one["title"], mark) for one in complete)
    if not pages:
        raise UsageError(f"run {name!r} has no complete appendix to export.")
    makers: dict[str, tuple[Medium, Callable[[Book], bytes]]] = {}
    if pdf:
        browser = find_browser()
        makers["pdf"] = ("print", lambda book: print_pdf(book.print_html, browser))
    if docx:
        pandoc = find_pandoc()
        makers["docx"] = (
            "word",
            lambda book: make_docx(
                book.word_html(), book.pictures, pandoc, title=book.title, lift=not together
            ),
        )
    elsewhere = exhibits_elsewhere(root, [page.notebook for page in pages])
    written = []
    for kind, (medium, make) in makers.items():
        edition = Edition(manifest, pages, elsewhere, medium, together, supplement)
        for book in books(edition):
            path = (to or run.folder / "export") / f"{book.name}.{kind}"
            write_atomic(path, make(book))
            written.append(path)
    return written


class Book:
    """One document: some pages of an edition, with its file name and title."""

    def __init__(self, edition: Edition, pages: Sequence[PageSource]) -> None:
        self._edition = edition
        manifest = edition.manifest
        chapters = [page_values(page, edition) for page in pages]
        first = pages[0]
        whole_run = run_mark(manifest)
        marks = [whole_run] if whole_run else sorted({page_mark(page) for page in pages} - {""})
        self.pictures = {
            f"{one.exhibit.id}.png": one.exhibit.png
            for page in pages
            for one in page.exhibits
            if one.exhibit.png
        }
        self.title = "All appendices" if edition.together else f"{first.name}. {first.title}"
        self.name = "_".join(
            [f"compendium-{manifest['run']}" if edition.together else first.notebook, *marks]
        )
        self.values: dict[str, Any] = {
            "title": self.title,
            "chapters": chapters,
            "together": edition.together,
            "is_index": False,
            "mark": ", ".join(marks),
            "synthetic": people_shown(pages, manifest),
            "citation": run_citation(manifest) if edition.together else citation(first, manifest),
        }

    def print_html(self, places: Mapping[str, int]) -> str:
        """Return the document for print; `places` are page numbers for its contents, by anchor."""
        return whole(
            "book.html.j2", styles=("style.css", "book.css", self._running_heads()),
            places=places, **self.values,
        )  # fmt: skip

    def word_html(self) -> str:
        """Return the document as the plain HTML that is turned into Word."""
        return fill("word.html.j2", **self.values)

    def _running_heads(self) -> str:
        rules = []
        whole_run = run_mark(self._edition.manifest)
        for one in self.values["chapters"]:
            page = one["page"]
            warning = ", ".join(
                filter(
                    None,
                    [whole_run or page_mark(page), "Synthetic people" if one["synthetic"] else ""],
                )
            )
            heads = (
                f"@top-left {{ content: {css_text(f'{page.name}. {page.title}')}; {_HEAD} }}"
                f"@top-right {{ content: {css_text(warning)}; {_HEAD} }}"
            )
            name = f"chapter{page.chapter}"
            rules.append(
                f".{name} {{ page: {name}; }}\n@page {name} {{ {heads} }}\n"
                f".{name} .wide {{ page: {name}wide; }}\n"
                f"@page {name}wide {{ size: A4 landscape; {heads} }}\n"
            )
        return "".join(rules)


def books(edition: Edition) -> list[Book]:
    """Return the documents of an edition: one of all pages, or one a page."""
    if edition.together:
        return [Book(edition, edition.pages)]
    return [Book(edition, [page]) for page in edition.pages]
