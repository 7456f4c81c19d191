"""The index of a run: appendices, findings, exhibits, data, and where it all came from."""

from __future__ import annotations

from markupsafe import Markup

from appendices.disclosure.policy import marked_name
from appendices.exhibits.text import fill_prose
from appendices.pages.checks import (
    page_mark,
    parameters_at_default,
    people_shown,
    run_checks,
    run_mark,
    summary,
)
from appendices.pages.edition import Edition, counted, run_citation
from appendices.pages.findings import main_finding
from appendices.pages.html import whole
from appendices.pages.notebook import PageSource, chapter_of
from appendices.pages.prose import render_prose
from appendices.runs.manifest import is_supplement

SECTIONS = (
    ("short_", "In short"), ("appendices_", "Appendices"), ("exhibits_", "Exhibits"),
    ("supplement_", "Supplement"), ("data_", "Data"),
    ("bases_", "Where each number comes from"), ("cite_", "How to cite"),
    ("provenance_", "Provenance"),
)  # fmt: skip


def write_index(edition: Edition) -> str:
    """Return the index page of a run as one self-contained HTML file."""
    manifest, pages = edition.manifest, edition.pages
    sensitivities = {one["sensitivity"] for one in manifest["inputs"]}
    findings = _findings(edition)
    parts = {
        "exhibits_": [one for one in manifest["exhibits"] if not is_supplement(one["number"])],
        "supplement_": [one for one in manifest["exhibits"] if is_supplement(one["number"])],
    }
    empty = set() if findings else {"short_"}
    empty |= {"supplement_"} if not parts["supplement_"] else set()
    changed = [(page, parameters_at_default(page, manifest)) for page in pages]
    return whole(
        "index.html.j2", styles=("style.css",), scripts=("page.js",),
        title="Appendices and exhibits", heading="Appendices and exhibits", is_index=True,
        mark=run_mark(manifest) or ", ".join(sorted({page_mark(page) for page in pages} - {""})),
        ending=marked_name(".html", run_mark(manifest)),
        manifest=manifest, pages=pages,
        failed=[one for one in manifest["notebooks"] if one["status"] == "failed"],
        names={one["name"]: f"Appendix {chapter_of(one['name'])}" for one in manifest["notebooks"]},
        counts={page.notebook: counted(page) for page in pages},
        checks={page.notebook: summary(run_checks(page, manifest)) for page in pages},
        changed="; ".join(
            f"{page.name}: {check.says}" for page, check in changed if check.outcome != "pass"
        ),
        sections=[one for one in SECTIONS if one[0] not in empty],
        findings=findings, parts=parts,
        synthetic=people_shown(pages, manifest), sensitivities=sensitivities,
        open_government=any("OGL-UK-3.0" in one["licences"] for one in manifest["inputs"]),
        citation=run_citation(manifest),
    )  # fmt: skip


def _findings(edition: Edition) -> list[tuple[PageSource, Markup]]:
    """Return the main finding of each page that has one, as HTML."""
    targets = edition.targets(None)
    found = []
    for page in edition.pages:
        if text := main_finding(page):
            cells = {one.exhibit.id: one.exhibit.as_texts for one in page.exhibits}
            filled = fill_prose(text, cells, page.notebook)
            (prose,) = render_prose([filled], page.chapter, targets, page.notebook, fold=False)
            found.append((page, prose.html))
    return found
