"""Write what a run leaves: exhibits, pages, manifest and index, each whole or not at all."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from appendices.disclosure.policy import marked_name, marks_of
from appendices.errors import UsageError
from appendices.pages.edition import Edition, exhibits_elsewhere
from appendices.pages.index import write_index
from appendices.pages.notebook import read_page
from appendices.pages.page import write_page
from appendices.project import sha256_of, write_atomic
from appendices.runs.manifest import Inputs, Numbered, as_json, build_manifest
from appendices.runs.notebooks import Notebook
from appendices.runs.outcomes import PageError, Result
from appendices.runs.runs import (
    Run,
    remove_of_other_policies,
    write_published,
)

_WRITERS = 8  # most of the time to write a small file is to wait for the disk


def publish(
    run: Run,
    notebooks: Mapping[str, Notebook],
    results: Mapping[str, Result],
    inputs: Inputs,
) -> dict[str, Any]:
    """Write the run's exhibits, pages, manifest and index; return the manifest.

    Everything is made before anything is written, and the manifest is written after everything it
    names, so that what it names is there. Last comes the record of what was written: where it does
    not hold, the publication was cut short or spoiled, and the next run publishes again.

    Parameters
    ----------
    notebooks
        The notebooks of the run, by name.
    results
        How each ended. Only complete ones get a page; an earlier page of a failed one stays.
    inputs
        What they read and ran in; see `manifest.inputs_of`.

    Raises
    ------
    PageError
        When two exhibits have one id, or a cross-reference in a text leads nowhere.
    """
    complete = [name for name, result in results.items() if result.status == "complete"]
    mark = marks_of(run.parameters)
    pages = tuple(read_page(run.executed(name), notebooks[name].title, mark) for name in complete)
    exhibits = [one for page in pages for one in page.exhibits]
    _refuse_twins(exhibits)
    titles = {name: notebook.title for name, notebook in notebooks.items()}
    manifest = build_manifest(run, results, titles, inputs, exhibits)
    edition = Edition(manifest, pages, exhibits_elsewhere(run.root, complete))
    files = {path: data for one in exhibits for path, data in _exhibit_files(one).items()}
    for page in pages:
        try:
            html = write_page(page, edition)
        except UsageError as error:
            raise PageError(page.notebook, str(error)) from error
        files[marked_name(f"{page.notebook}.html", mark)] = html.encode()
    last = {run.manifest.name: as_json(manifest).encode()}
    last |= {marked_name("index.html", mark): write_index(edition).encode()}
    record = {name: sha256_of(data) for name, data in (*files.items(), *last.items())}
    record |= {
        str(path.relative_to(run.folder)): sha256_of(path) for path in map(run.executed, complete)
    }

    with ThreadPoolExecutor(_WRITERS) as pool:
        for written in [pool.submit(write_atomic, run.folder / one, files[one]) for one in files]:
            written.result()
    for name, data in last.items():
        write_atomic(run.folder / name, data)
    remove_of_other_policies(run)
    _remove_orphans(run, exhibits, results)
    write_published(run, record)
    return manifest


def _refuse_twins(exhibits: Iterable[Numbered]) -> None:
    seen: dict[str, Numbered] = {}
    for one in exhibits:
        twin = seen.setdefault(one.exhibit.id, one)
        if twin is not one:
            raise PageError(
                one.exhibit.notebook,
                f"exhibit id {one.exhibit.id!r} is used twice: {twin.number} in "
                f"{twin.exhibit.notebook} and {one.number} in {one.exhibit.notebook}.",
            )


def _exhibit_files(numbered: Numbered) -> dict[str, bytes]:
    exhibit = numbered.exhibit
    content: dict[str, bytes] = {"csv": exhibit.csv.encode()}
    if exhibit.kind == "figure":
        content |= {"svg": exhibit.svg.encode(), "png": base64.b64decode(exhibit.png)}
    return {path: content[kind] for kind, path in numbered.files.items()}


def _remove_orphans(run: Run, exhibits: Sequence[Numbered], results: Mapping[str, Result]) -> None:
    """Remove what is of notebooks that are no more, and, once none failed, of their exhibits."""
    mark = marks_of(run.parameters)
    wanted = {run.folder / marked_name(f"{name}.html", mark) for name in ("index", *results)}
    wanted |= {path for name in results for path in (run.executed(name), run.failed(name))}
    kinds = (("", "*.html"), ("notebooks", "*.ipynb"), ("failed", "*.ipynb"))
    present = {path for folder, kind in kinds for path in (run.folder / folder).glob(kind)}
    if all(one.status == "complete" for one in results.values()):
        wanted |= {run.folder / path for one in exhibits for path in one.files.values()}
        present |= set((run.folder / "exhibits").glob("*"))
    for path in present - wanted:
        path.unlink()
