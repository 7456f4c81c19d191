"""Write what the solver finds about the published figures to data/raw/audit/.

Usage: python scripts/build_audit.py [--skip-cells]

statements.csv, conflicts.csv and cells.csv, from the constraint files and the synthetic cohorts.
The cells of the offender cohort take under a minute on two cores, everything else some seconds.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from youthviolence.audit.solver import SCOPES, cells_of, conflicts_of, statements_of
from youthviolence.constraints.cohorts import COHORTS, SEED
from youthviolence.constraints.language import load_model
from youthviolence.constraints.relations import ROUNDINGS
from youthviolence.constraints.synthesis import synthesise
from youthviolence.sources.load import load

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


def main(arguments: list[str]) -> None:
    """Write the tables."""
    folder = RAW / "audit"
    folder.mkdir(exist_ok=True)
    tables = {"statements": statements, "conflicts": conflicts, "cells": cells}
    for name, make in tables.items():
        if not (name == "cells" and "--skip-cells" in arguments):
            table = make()
            for column in table.select_dtypes("bool"):
                table[column] = table[column].map({True: "true", False: "false"})
            table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
