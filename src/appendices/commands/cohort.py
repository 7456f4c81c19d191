"""The commands ``cohort …``: bring a cohort of one's own, or make a synthetic one."""

from __future__ import annotations

import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from appendices.data.findings import data_error
from appendices.data.mapping import MAPPING, fill_mapping
from appendices.data.new_own import new_cohort
from appendices.data.own import (
    ADVICE,
    FOLDER,
    NETWORK,
    TIE,
    TIES,
    OwnReport,
    described_names,
    own_resource,
    read_own,
)
from appendices.disclosure.cohorts import write_secret
from appendices.errors import UsageError
from appendices.runs.notebooks import few, find_notebooks, select
from appendices.settings import COMMAND, compendium

if TYPE_CHECKING:
    import pandas as pd

ABOUT_KEY = (
    "  Keep the file `secret` with your data, and a copy of it: it decides how counts are changed "
    "to protect people. Whoever has it can undo that."
)


def new(
    name: str, like: str, to: Path | None, root: Path, out: Console, *, notebook: str = ""
) -> None:
    """Write the folder of a new cohort and say what to do next.

    With a `notebook` it has the attributes that this one uses, and no others.
    """
    folder = to or root / FOLDER / name
    only = None
    if notebook:
        (chosen,) = select(find_notebooks(root), [notebook])
        if not chosen.cohorts:
            raise UsageError(f"{chosen.name} takes no cohort of one's own.")
        like = str(chosen.parameters[chosen.cohorts[0]].default)
        like, only = (NETWORK, None) if like == TIES else (like, chosen.words)
    for path in (*new_cohort(name, like, folder, root, only), write_secret(folder)):
        out.print(f"  wrote {escape(path.name)}")
    out.print(ABOUT_KEY)
    shown = escape(os.path.relpath(folder))
    out.print(f"In {shown}: put your file there, fill in mapping.yml, then")
    out.print(f"  {COMMAND} cohort check {shown}")


def upgrade(folder: Path, out: Console) -> None:
    """Give a cohort's folder made by an earlier version the secret that it lacks."""
    own_resource(folder)
    out.print(f"  wrote {escape(write_secret(folder).name)}")
    out.print(ABOUT_KEY)


def fill(folder: Path, out: Console) -> None:
    """Write into the mapping that nothing is known of the attributes that have no rule."""
    filled = fill_mapping(folder / MAPPING, described_names(folder))
    told = ", ".join(filled) if filled else "every attribute has a rule already"
    out.print(f"  filled in {MAPPING} with `always: missing`: {escape(told)}")


def check(folder: Path, out: Console) -> OwnReport:
    """Read a cohort through its mapping and say what was found out; see `own.read_own`."""
    resource = own_resource(folder)
    table, report = read_own(resource)
    if resource.fields[0].name in compendium().checks:
        _check_ties(table, report, resource.path.name)
        what = f"{report.records} ties of {table['person'].nunique()} people"
    else:
        what = f"{report.records} people, {len(table.columns) - 1} attributes"
    out.print(f"{escape(resource.title)}, {resource.sensitivity}: the file holds up.")
    out.print(f"  {what}")
    for said in report.said:
        out.print(f"  {said}")
    if report.ignored:
        out.print(f"  not used, as the mapping says: {escape(', '.join(report.ignored))}")
    if report.dropped:
        # A header that is missing makes a name of a record: its place is enough.
        places = ", ".join(map(str, report.dropped))
        out.print(f"  not used and not named in the mapping: columns at place {places}")
    return report


def _check_ties(ties: pd.DataFrame, report: OwnReport, file: str) -> None:
    module, _, function = compendium().checks[TIE].partition(":")
    findings = [
        replace(one, file=file, rows=tuple(report.rows[row - 2] for row in one.rows))
        for one in getattr(import_module(module), function)(ties)
    ]
    if findings:
        raise data_error(findings, ADVICE)


def show_next(folder: Path, root: Path, out: Console) -> None:
    """Say how to run the notebooks that this cohort fits."""
    fit: dict[str, list[str]] = {}
    partly = []
    for one in find_notebooks(root).values():
        for name in one.cohorts:
            lacking = one.lacking({name: str(folder)}, root)
            if not lacking:
                fit.setdefault(name, []).append(one.name[:2])
            elif one.shares({name: str(folder)}, root):
                chosen = f"{one.name[:2]} -p {name}={escape(str(folder))}"
                partly.append(f"{chosen}   (not recorded: {few(lacking)})")
    if not fit and not partly:
        out.print("It has not the attributes that a notebook needs: see `cohort new --like`.")
    for name, notebooks in fit.items():
        chosen = f"{' '.join(notebooks)} -p {name}={escape(str(folder))}"
        out.print(f"Next: {COMMAND} run {chosen}")
    for words in () if fit else partly:
        out.print(f"In part: {COMMAND} run {words}")
