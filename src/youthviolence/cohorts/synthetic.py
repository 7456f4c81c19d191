"""The synthetic cohorts of the compendium, from its constraint files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from appendices.errors import unknown
from appendices.project import write_atomic
from figuremodel.graphs import tie_network
from figuremodel.language import load_model
from figuremodel.synthesis import synthesise

SEED = 2020
"""Seed of the committed files."""
COHORTS = ("network", "offenders", "victims")


def cohort_tables(name: str, folder: Path, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Return the tables of a synthetic cohort by the stem of their file name.

    Parameters
    ----------
    name
        "offenders" and "victims" give one table of that name; "network" gives network_people,
        network_incidents, network_institutions and network_ties, of the offenders of that seed.
    folder
        Where offenders.yml, victims.yml and network.yml lie.
    seed
        Same files and seed, same tables.

    Raises
    ------
    UsageError
        An unknown name.
    ConstraintError
        A constraint file that is wrong, contradictory or not decided in time.
    """
    if name not in COHORTS:
        raise unknown("cohort", name, COHORTS)
    if name != "network":
        return {name: synthesise(load_model(folder / f"{name}.yml"), seed)}
    model = load_model(folder / "offenders.yml")
    tables = tie_network(folder / "network.yml", synthesise(model, seed), model, seed)
    stems = {"people": "people", "incident": "incidents", "institution": "institutions"}
    return {f"network_{stems.get(kind, kind)}": table for kind, table in tables.items()}


def write_cohort(name: str, folder: Path, out: Path, seed: int = SEED) -> list[Path]:
    """Write a synthetic cohort as CSV and return the files.

    A cohort of one table is written to `out`; one of several into the folder `out`.
    """
    tables = cohort_tables(name, folder, seed)
    single = len(tables) == 1
    places = [out if single else out / f"{stem}.csv" for stem in tables]
    for place, table in zip(places, tables.values(), strict=True):
        write_atomic(place, table.to_csv(index=False, lineterminator="\n"))
    return places
