"""What the solver found, as tables a page can show: conflicts in words, and inferences."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from youthviolence.audit.figures import Figures, Record

SMALL = 5
"""A count of people under it is small."""


def conflicts_shown(
    conflicts: pd.DataFrame, statements: pd.DataFrame, figures: Figures, scope: str
) -> pd.DataFrame:
    """Return the minimal conflicts under the rounding rule in force, in words.

    Returns
    -------
    ``cohort, knot, says`` (what cannot hold together), ``printed`` (the figures, with their
    places), ``readings`` (how many statements are ours), ``figures`` (list of ids).
    """
    rows = []
    for row, members in _members(conflicts, statements, figures, scope, "conflict"):
        named = _named(members)
        rows.append(
            {
                "cohort": str(row["cohort"]),
                "knot": row["knot"],
                "says": _together(members),
                "printed": figures.placed(named),
                "readings": sum(one["kind"] == "reading" for one in members),
                "figures": named,
            }
        )
    columns = ["cohort", "knot", "says", "printed", "readings", "figures"]
    return pd.DataFrame(rows, columns=columns)


def repairs_shown(
    conflicts: pd.DataFrame, statements: pd.DataFrame, figures: Figures, scope: str
) -> pd.DataFrame:
    """Return the smallest repairs of each knot under the rounding rule in force, in words.

    Returns ``scope, cohort, knot, leave_out`` (one smallest way out a row), ``printed`` (its
    figures, with their places), ``statements`` (how many that are), ``larger`` (how many minimal
    but larger ways out the knot has).
    """
    rows = [
        (
            scope, str(row["cohort"]), row["knot"], _together(members),
            figures.placed(_named(members)), len(members),
        )
        for row, members in _members(conflicts, statements, figures, scope, "repair")
    ]  # fmt: skip
    names = ["scope", "cohort", "knot", "leave_out", "printed", "statements"]
    frame = pd.DataFrame(rows, columns=names)
    sizes = frame.groupby(["cohort", "knot"])["statements"]
    smallest = frame["statements"] == sizes.transform("min")
    frame["larger"] = (~smallest).groupby([frame["cohort"], frame["knot"]]).transform("sum")
    return frame[smallest].reset_index(drop=True)


def _members(
    conflicts: pd.DataFrame, statements: pd.DataFrame, figures: Figures, scope: str, role: str
) -> Iterator[tuple[Record, list[Record]]]:
    """Yield the rows of a role, each with the statements it names."""
    wanted = {"rounding": figures.rounding, "scope": scope, "role": role}
    known = {(row["cohort"], row["statement"]): row for row in statements.to_dict("records")}
    for row in conflicts.to_dict("records"):
        if all(row[column] == value for column, value in wanted.items()):
            names = str(row["statements"]).split(";")
            yield row, [known[row["cohort"], name] for name in names]


def _named(members: list[Record]) -> list[str]:
    ids = ";".join(str(one["figures"]) for one in members).split(";")
    return list(dict.fromkeys(ids))


def _together(members: list[Record]) -> str:
    return "; ".join(str(one["says"]) for one in members)


def inferences(cells: pd.DataFrame) -> pd.DataFrame:
    """Return each cell with what a reader can infer of it.

    Adds ``state``: "printed"; "pinned, nobody" and "pinned" where only one count is possible
    without the cell being printed; "small" where the count is sure to be under five and can be
    above nought; else "open".
    """
    pinned, small = cells["least"] == cells["most"], cells["most"].between(1, SMALL - 1)
    state = pd.Series("open", index=cells.index)
    state[small] = "small"
    state[pinned] = "pinned"
    state[pinned & (cells["most"] == 0)] = "pinned, nobody"
    state[cells["printed"]] = "printed"
    kind = pd.CategoricalDtype(["printed", "pinned", "pinned, nobody", "small", "open"])
    return cells.assign(state=state.astype(kind))


def freedom_by_cohort(cells: pd.DataFrame) -> pd.DataFrame:
    """Return, by cohort, how much its figures leave open; see `bounds.freedom`.

    Returns ``cohort, people, pairs, cells, pinned`` (without being printed, nobody included),
    ``small`` (surely under five and not surely nobody, without being printed; pinned ones count
    here too), ``freedom`` (percent).
    """
    pair = ["attribute_a", "attribute_b"]
    rows = []
    for cohort, part in inferences(cells).groupby("cohort", observed=True, sort=False):
        people = int(part.groupby(pair)["achieved"].sum().iloc[0])
        open_share = (part["most"] - part["least"]) / people
        rows.append(
            {
                "cohort": str(cohort),
                "people": people,
                "pairs": len(part.drop_duplicates(pair)),
                "cells": len(part),
                "pinned": int(part["state"].isin(["pinned", "pinned, nobody"]).sum()),
                "small": int((part["most"].between(1, SMALL - 1) & ~part["printed"]).sum()),
                # As `bounds.freedom`, which would load the solver for this one line.
                "freedom": 100
                * float(open_share.groupby([part[one] for one in pair]).mean().mean()),
            }
        )
    return pd.DataFrame(rows)
