"""A page of two runs beside each other: what differs, both drawings, cells marked."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from appendices.pages.html import whole
from appendices.runs.compare import FinishedRun, cells_beside
from appendices.runs.verify import Compared, Verification, shown

MOST_ROWS = 30


def write_beside(
    names: tuple[str, str], runs: tuple[FinishedRun, FinishedRun], difference: Verification
) -> str:
    """Return the page of one run held against another, self-contained.

    Confidential exhibits are in it as the runs show them, under the policy of each.
    """
    exhibits = [_entry(one, names, runs) for one in shown(difference.exhibits)]
    levels = {one["sensitivity"] for run in runs for one in run.manifest["exhibits"]}
    policies = sorted(
        {str(one["policy"]) for run in runs for one in run.manifest["exhibits"] if one["policy"]}
    )
    return whole(
        "beside.html.j2", styles=("style.css",), scripts=("page.js",),
        title=f"{names[0]} beside {names[1]}", is_index=True, mark=", ".join(policies),
        synthetic="synthetic" if "synthetic" in levels else "", open_government=True,
        names=names, counts=difference.counts(), exhibits=exhibits,
        lists=[
            ("Verdicts that changed", difference.verdicts),
            ("What may explain it", difference.explanations),
            ("Another environment", difference.environment),
        ],
        commits=[run.manifest.get("commit") or "no commit" for run in runs],
    )  # fmt: skip


def _entry(
    compared: Compared, names: tuple[str, str], runs: tuple[FinishedRun, FinishedRun]
) -> dict[str, Any]:
    name, state = compared.exhibit, compared.state
    entries = [run.exhibits()[name] for run in runs if name in run.exhibits()]
    columns, rows = cells_beside(name, *runs) if state == "different" else ([], [])
    drawn = zip(names, runs, strict=True) if state in ("different", "redrawn") else ()
    drawings = [
        (whose, f"data:image/svg+xml,{quote(svg)}", run.exhibits()[name]["alt"])
        for whose, run in drawn
        if (svg := run.drawing(name))
    ]
    return {
        "id": name, "state": state, "says": compared.says, "number": entries[0]["number"],
        "headline": entries[0]["headline"], "columns": columns, "rows": rows[:MOST_ROWS],
        "more": max(0, len(rows) - MOST_ROWS),
        "drawings": drawings,
    }  # fmt: skip
