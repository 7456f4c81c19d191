"""The index of a run: appendices, verdicts, figures, tables, data, and where it all came from."""

from __future__ import annotations

from markupsafe import Markup

from appendices.disclosure.policy import marked_name
from appendices.pages.checks import (
    page_mark,
    parameters_at_default,
    people_shown,
    run_checks,
    run_mark,
    summary,
)
from appendices.pages.edition import Edition, counted, run_citation
from appendices.pages.html import whole
from appendices.pages.notebook import chapter_of

VERDICTS = "audit-verdicts"  # the exhibit whose table the index shows, where the run has it
SECTIONS = (
    ("appendices_", "Appendices"), ("verdicts_", "Verdicts on the published figures"),
    ("figures_", "Figures"), ("tables_", "Tables"), ("data_", "Data"),
    ("bases_", "Where each number comes from"), ("cite_", "How to cite"),
    ("provenance_", "Provenance"),
)  # fmt: skip


def write_index(edition: Edition) -> str:
    """Return the index page of a run as one self-contained HTML file."""
    manifest, pages = edition.manifest, edition.pages
    sensitivities = {one["sensitivity"] for one in manifest["inputs"]}
    verdicts = next(
        (one for page in pages for one in page.exhibits if one.exhibit.id == VERDICTS), None
    )
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
        sections=[one for one in SECTIONS if verdicts or one[0] != "verdicts_"],
        verdicts=verdicts,
        verdicts_table=Markup(verdicts.exhibit.table_html) if verdicts else "",  # noqa: S704
        synthetic=people_shown(pages, manifest), sensitivities=sensitivities,
        open_government=any("OGL-UK-3.0" in one["licences"] for one in manifest["inputs"]),
        citation=run_citation(manifest),
    )  # fmt: skip
