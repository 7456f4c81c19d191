"""Write what the solver finds about the published figures to data/raw/audit/.

Usage: python scripts/build_audit.py [--only-ranges | --skip-cells]

statements.csv, conflicts.csv and cells.csv, from the constraint files and the synthetic cohorts;
freedom.csv, how much the figures leave open; ranges.csv, what they leave of each count that the
notebooks show of a synthetic cohort; inputs.csv, what all this was made from, so that a test can
tell when it is no longer current. The cells of the offender cohort take about two minutes.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import pandas as pd

from appendices.counts import CountTable
from appendices.data.load import load
from appendices.exhibits import Appendix
from appendices.origin import Condition
from figuremodel.bounds import freedom as share_open
from figuremodel.bounds import pair_bounds
from figuremodel.language import load_model
from figuremodel.relations import ROUNDINGS
from figuremodel.synthesis import synthesise
from youthviolence.audit.inference import freedom_by_cohort
from youthviolence.audit.ranges import ranges_of
from youthviolence.audit.solver import SCOPES, cells_of, conflicts_of, statements_of
from youthviolence.cohorts.synthetic import COHORTS, SEED

ROOT = Path(__file__).resolve().parents[1]
RAW = ROOT / "data" / "raw"
OF_PEOPLE = ("02_victim_cohort", "03_offender_cohort", "04_robbery_subgroup")


def statements() -> pd.DataFrame:
    """Return every statement of every cohort, in the order of the files."""
    register = set(load("published_figures")["id"])
    parts = []
    for name in COHORTS:
        model = load_model(RAW / "constraints" / f"{name}.yml", figures=register)
        parts.append(statements_of(model, synthesise(model, SEED)))
    return pd.concat(parts, ignore_index=True)


def conflicts(scopes: tuple[str, ...] = tuple(SCOPES)) -> pd.DataFrame:
    """Return every minimal conflict and repair, under each rounding rule."""
    parts = [
        conflicts_of(load_model(RAW / "constraints" / f"{name}.yml", rounding=rounding), scope)
        for name in COHORTS
        for rounding in ROUNDINGS
        for scope in scopes
    ]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def cells() -> pd.DataFrame:
    """Return what each cell of two attributes can be, for every cohort."""
    models = [load_model(RAW / "constraints" / f"{name}.yml") for name in COHORTS]
    return pd.concat([cells_of(model, SEED) for model in models], ignore_index=True)


def freedom() -> pd.DataFrame:
    """Return how much the figures leave open, from the cells just written and without readings."""
    table = freedom_by_cohort(load("audit_cells"))
    alone = pd.DataFrame([figures_alone(str(name)) for name in table["cohort"]])
    return pd.concat([table, alone], axis="columns").round(2)


def figures_alone(name: str) -> dict[str, float]:
    """Return what the printed figures alone pin down, bound below five and leave open."""
    model = load_model(RAW / "constraints" / f"{name}.yml")
    bounds = pair_bounds(model, [one for one in model.kept if one.kind == "figure"])
    untold = ~bounds["printed"]
    return {
        "pinned_figures": int((bounds["pinned"] & untold).sum()),
        "small_figures": int((bounds["small"] & untold).sum()),
        "freedom_figures": 100 * share_open(bounds, model.population),
    }


def conditions_shown() -> dict[str, list[Condition]]:
    """Return what is true of the people in each count that the notebooks show, by cohort."""
    found: dict[str, dict[Condition, None]] = {}

    def note(_: Appendix, _exhibit: str, **given: object) -> None:
        data = given["data"]
        if isinstance(data, CountTable):
            for origin, row in zip(data.origins, data.conditions, strict=True):
                known = {one: None for one in row if one is not None}
                found.setdefault(origin.name, {}).update(known)

    show, Appendix.show = Appendix.show, note  # type: ignore[method-assign]
    try:
        for name in OF_PEOPLE:
            text = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
            code = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
            exec("\n".join("".join(cell["source"]) for cell in code), {})  # noqa: S102 - our own
    finally:
        Appendix.show = show  # type: ignore[method-assign]
    return {name: list(conditions) for name, conditions in found.items()}


def ranges() -> pd.DataFrame:
    """Return what the figures leave of each count that the notebooks show."""
    parts = [
        ranges_of(load_model(RAW / "constraints" / f"{name}.yml"), conditions)
        for name, conditions in sorted(conditions_shown().items())
    ]
    return pd.concat(parts).sort_values(["cohort", "condition"], ignore_index=True)


def inputs(raw: Path = RAW) -> pd.DataFrame:
    """Return the digest of every file that the solver's answers rest on, and of the answers."""
    made = [
        raw / "audit" / f"{name}.csv" for name in ("cells", "conflicts", "ranges", "statements")
    ]
    paths = [
        *made,
        *sorted((raw / "cohorts").glob("*.csv")),
        *sorted((raw / "constraints").glob("*.yml")),
    ]
    return pd.DataFrame(
        [
            (str(path.relative_to(raw)), hashlib.sha256(path.read_bytes()).hexdigest())
            for path in paths
        ],
        columns=["file", "sha256"],
    )


def main(arguments: list[str]) -> None:
    """Write the tables; without the cells none of those that rest on them, which are then old."""
    folder = RAW / "audit"
    folder.mkdir(exist_ok=True)
    tables = {"ranges": ranges, "inputs": inputs}
    if "--only-ranges" not in arguments:
        tables = {"statements": statements, "conflicts": conflicts, "ranges": ranges}
        if "--skip-cells" not in arguments:
            tables |= {"cells": cells, "freedom": freedom, "inputs": inputs}
    for name, make in tables.items():
        table = make()
        for column in table.select_dtypes("bool"):
            table[column] = table[column].map({True: "true", False: "false"})
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
