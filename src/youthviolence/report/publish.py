"""Write what a run leaves: exhibits, pages, manifest and index, each whole or not at all."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from youthviolence.errors import NotebookError
from youthviolence.pipeline.manifest import Numbered, Result, as_json, build_manifest
from youthviolence.pipeline.notebooks import Notebook
from youthviolence.pipeline.runs import Run
from youthviolence.project import write_atomic
from youthviolence.report.edition import Edition, exhibits_elsewhere
from youthviolence.report.index import write_index
from youthviolence.report.notebook import read_page
from youthviolence.report.page import write_page


def publish(
    run: Run,
    notebooks: Mapping[str, Notebook],
    results: Mapping[str, Result],
    inputs: list[dict[str, Any]],
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write the run's exhibits, pages, manifest and index; return the manifest.

    Everything is made before anything is written, and the manifest is written after everything it
    names, so that what it names is there.

    Parameters
    ----------
    notebooks
        The notebooks of the run, by name.
    results
        How each ended. Only complete ones get a page; an earlier page of a failed one stays.
    inputs
        What they read, hashed; see `manifest.read_inputs`.
    facts
        The commit and environment, when many runs share them; found out when not given.

    Raises
    ------
    NotebookError
        When two exhibits have one id.
    UsageError
        When a cross-reference in a text leads nowhere.
    """
    complete = [name for name, result in results.items() if result.status == "complete"]
    pages = tuple(read_page(run.executed(name), notebooks[name].title) for name in complete)
    exhibits = [one for page in pages for one in page.exhibits]
    _refuse_twins(exhibits)
    titles = {name: notebook.title for name, notebook in notebooks.items()}
    manifest = build_manifest(run, results, titles, inputs, exhibits, run.parameters, facts)
    edition = Edition(manifest, pages, exhibits_elsewhere(run.root, complete))
    written = {f"{page.notebook}.html": write_page(page, edition) for page in pages}
    index = write_index(edition)

    for one in exhibits:
        _write_exhibit(run, one)
    for name, html in written.items():
        write_atomic(run.folder / name, html)
    write_atomic(run.manifest, as_json(manifest))
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


def _remove_orphans(run: Run, exhibits: Sequence[Numbered], results: Mapping[str, Result]) -> None:
    """Remove files of exhibits that no notebook makes any more, once none of them failed."""
    if all(one.status == "complete" for one in results.values()):
        wanted = {path for one in exhibits for path in one.files.values()}
        for path in (run.folder / "exhibits").glob("*"):
            if f"exhibits/{path.name}" not in wanted:
                path.unlink()
