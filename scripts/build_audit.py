"""Write what the solver finds about the published figures to data/raw/audit/.

Usage: python scripts/build_audit.py [--skip-cells]

statements.csv, conflicts.csv and cells.csv, from the constraint files and the synthetic cohorts;
freedom.csv, how much the figures leave open; inputs.csv, what all this was made from, so that a
test can tell when it is no longer current. The cells of the offender cohort take about two minutes.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pandas as pd

from appendices.data.load import load
from figuremodel.bounds import freedom as share_open
from figuremodel.bounds import pair_bounds
from figuremodel.language import load_model
from figuremodel.relations import ROUNDINGS
from figuremodel.synthesis import synthesise
from youthviolence.audit.inference import freedom_by_cohort
from youthviolence.audit.solver import SCOPES, cells_of, conflicts_of, statements_of
from youthviolence.cohorts.synthetic import COHORTS, SEED

RAW = Path(__file__).resolve().parents[1] / "data" / "raw"


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


def inputs(raw: Path = RAW) -> pd.DataFrame:
    """Return the digest of every file that the solver's answers rest on, and of the answers."""
    made = [raw / "audit" / f"{name}.csv" for name in ("cells", "conflicts", "statements")]
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
    tables = {"statements": statements, "conflicts": conflicts}
    if "--skip-cells" not in arguments:
        tables |= {"cells": cells, "freedom": freedom, "inputs": inputs}
    for name, make in tables.items():
        table = make()
        for column in table.select_dtypes("bool"):
            table[column] = table[column].map({True: "true", False: "false"})
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
