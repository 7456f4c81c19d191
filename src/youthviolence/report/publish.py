"""Write what a run leaves: exhibits, pages, manifest and index, each whole or not at all."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from youthviolence.errors import NotebookError
from youthviolence.pipeline.manifest import Numbered, Result, as_json, build_manifest
from youthviolence.pipeline.notebooks import Notebook
from youthviolence.pipeline.runs import Run
from youthviolence.project import write_atomic
from youthviolence.report.page import PageSource, read_page, render, render_page


@dataclass(frozen=True)
class Check:
    """One line of the checks panel."""

    name: str
    passed: bool
    says: str


def publish(
    run: Run,
    notebooks: Mapping[str, Notebook],
    results: Mapping[str, Result],
    inputs: list[dict[str, Any]],
) -> dict[str, Any]:
    """Write the run's exhibits, pages, manifest and index; return the manifest.

    The manifest is written after everything it names, so that what it names is there.

    Parameters
    ----------
    notebooks
        The notebooks of the run, by name.
    results
        How each ended. Only complete ones get a page; an earlier page of a failed one stays.
    inputs
        What they read, hashed; see `manifest.read_inputs`.
    """
    complete = [name for name, result in results.items() if result.status == "complete"]
    pages = [read_page(run.executed(name), notebooks[name].title) for name in complete]
    exhibits = [one for page in pages for one in page.exhibits]
    _refuse_twins(exhibits)
    titles = {name: notebook.title for name, notebook in notebooks.items()}
    manifest = build_manifest(run, results, titles, inputs, exhibits, run.parameters)
    for one in exhibits:
        _write_exhibit(run, one)
    synthetic = {one["name"] for one in inputs if one["sensitivity"] == "synthetic"}
    for page in pages:
        targets = _targets(exhibits, page)
        context = _context(page, notebooks[page.notebook], manifest, synthetic)
        html = render_page(page, targets, context)
        write_atomic(run.folder / f"{page.notebook}.html", html)
    counts = {page.notebook: _counted(page.exhibits) for page in pages}
    index = render(
        "index.html.j2", title="Appendices and exhibits", manifest=manifest, pages=pages,
        counts=counts, synthetic=bool(synthetic), mark="", is_index=True,
    )  # fmt: skip
    write_atomic(run.folder / "manifest.json", as_json(manifest))
    write_atomic(run.folder / "index.html", index)
    _remove_orphans(run, exhibits, results)
    return manifest


def _refuse_twins(exhibits: Iterable[Numbered]) -> None:
    seen: dict[str, Numbered] = {}
    for one in exhibits:
        twin = seen.setdefault(one.exhibit.id, one)
        if twin is not one:
            raise NotebookError(
                f"exhibit id {one.exhibit.id!r} is used twice: {twin.number} in "
                f"{twin.exhibit.notebook} and {one.number} in {one.exhibit.notebook}."
            )


def _write_exhibit(run: Run, numbered: Numbered) -> None:
    exhibit = numbered.exhibit
    content: dict[str, bytes] = {"csv": exhibit.csv.encode()}
    if exhibit.kind == "figure":
        content |= {"svg": exhibit.svg.encode(), "png": base64.b64decode(exhibit.png)}
    for kind, path in numbered.files.items():
        write_atomic(run.folder / path, content[kind])


def _remove_orphans(run: Run, exhibits: list[Numbered], results: Mapping[str, Result]) -> None:
    """Remove files of exhibits that no notebook makes any more, once none of them failed."""
    if all(one.status == "complete" for one in results.values()):
        wanted = {path for one in exhibits for path in one.files.values()}
        for path in (run.folder / "exhibits").glob("*"):
            if f"exhibits/{path.name}" not in wanted:
                path.unlink()


def _targets(exhibits: list[Numbered], page: PageSource) -> dict[str, tuple[str, str]]:
    return {
        one.exhibit.id: (
            one.number,
            f"#{one.exhibit.id}"
            if one.exhibit.notebook == page.notebook
            else f"{one.exhibit.notebook}.html#{one.exhibit.id}",
        )
        for one in exhibits
    }


def _context(
    page: PageSource, notebook: Notebook, manifest: dict[str, Any], synthetic: set[str]
) -> dict[str, Any]:
    own = [one for one in manifest["inputs"] if page.notebook in one["read_by"]]
    values = manifest["parameters"][page.notebook]
    changed = [name for name, value in values.items() if value != notebook.parameters[name].default]
    used = sorted({one["name"] for one in own} & synthetic)
    policies = sorted({one.exhibit.policy for one in page.exhibits if one.exhibit.policy})
    commit = manifest["commit"]
    checks = [
        Check("Parameters", not changed, ", ".join(changed) or "all at their defaults"),
        Check(
            "Commit", bool(commit and manifest["tree_clean"]),
            f"{commit[:12]}{'' if manifest['tree_clean'] else ', with uncommitted changes'}"
            if commit else "not in git",
        ),
        Check("Data", passed=True, says=f"{len(own)} data sets valid and unchanged in the run"),
        Check("Protection", passed=True, says=", ".join(policies) or "no confidential data"),
        Check("Synthetic data", not used, ", ".join(used) or "none on this page"),
    ]  # fmt: skip
    return {
        "checks": checks,
        "inputs": manifest["inputs"],
        "parameters": [(name, values[name], notebook.parameters[name].help) for name in values],
        "pages": manifest["notebooks"],
        "synthetic": bool(used),
        "mark": "",
        "is_index": False,
    }


def _counted(exhibits: list[Numbered]) -> str:
    figures = sum(one.exhibit.kind == "figure" for one in exhibits)
    tables = len(exhibits) - figures
    words = [
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((figures, "figure"), (tables, "table"))
        if count
    ]
    return ", ".join(words)
