"""The index over a sweep: every cell of the grid with its page, and every exhibit stacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from appendices.disclosure.policy import marked_name
from appendices.pages.html import whole
from appendices.runs.notebooks import Notebook

STACKED = "stacked"


def write_grid(
    name: str,
    notebook: Notebook,
    over: Sequence[str],
    cells: Sequence[Mapping[str, Any]],
    mark: str,
) -> str:
    """Return the index page of the sweep `name` as one self-contained HTML file.

    Parameters
    ----------
    over
        The swept parameters, in order.
    cells
        One a run: name, values, status, error, seconds, page, index, exhibits.
    mark
        What the policies in force write on the page and into the names of the stacked files.
    """
    exhibits: dict[str, Mapping[str, Any]] = {}
    for cell in cells:
        for one in cell["exhibits"]:
            exhibits.setdefault(one["id"], one)
    levels = {one["sensitivity"] for cell in cells for one in cell["exhibits"]}
    states = [cell["status"] for cell in cells]
    return whole(
        "grid.html.j2", styles=("style.css",), scripts=("page.js",),
        title=f"{notebook.title}, {len(cells)} times", heading=f"{notebook.title}, swept",
        is_index=True, mark=mark, ending=marked_name(".csv", mark),
        synthetic="synthetic" if "synthetic" in levels else "",
        open_government=True,
        name=name, notebook=notebook, over=over, cells=cells, exhibits=list(exhibits.values()),
        complete=states.count("complete"), failed=states.count("failed"),
        waiting=states.count("not run"),
    )  # fmt: skip
