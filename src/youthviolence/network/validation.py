"""What is wrong with the tables of a network: table, row and rule, never a value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.data.findings import MOST_ROWS_NAMED, Finding, data_error
from appendices.data.validate import HEADER_ROWS
from youthviolence.network.stays import EARLIEST, LATEST, as_days, overlaps_earlier

ADVICE = "Mend the rows named, or leave them out, then build the network again."
ERROR, WARNING = "error", "warning"
Rows = NDArray[np.int64]
IDS = {"people": "person", "incidents": "incident", "institutions": "institution"}


def validate_network(
    people: pd.DataFrame,
    incidents: pd.DataFrame,
    institutions: pd.DataFrame,
    ties: pd.DataFrame,
) -> pd.DataFrame:
    """Return every finding about the four tables of a network; see `build_network` for them.

    Returns
    -------
    level ("error" or "warning"), table, row (the header is row 1), rule. No finding holds a
    value. An error makes the network impossible to build; a warning (a person without ties, a
    place nobody is tied to, a stay without dates or recorded twice over) leaves it possible.
    """
    tables = {"people": people, "incidents": incidents, "institutions": institutions}
    return findings(tables, ties, locate(tables, ties))


def warning_counts(
    people: pd.DataFrame,
    incidents: pd.DataFrame,
    institutions: pd.DataFrame,
    ties: pd.DataFrame,
) -> pd.DataFrame:
    """Return each rule of `validate_network` that only warns: table, rule, rows (found), of."""
    tables = {"people": people, "incidents": incidents, "institutions": institutions}
    rows = [
        {"table": table, "rule": rule, "rows": int(np.sum(broken)), "of": len(broken)}
        for level, table, broken, rule in _checks(tables, ties, locate(tables, ties))
        if level == WARNING
    ]
    return pd.DataFrame(rows)


def locate(tables: dict[str, pd.DataFrame], ties: pd.DataFrame) -> dict[str, Rows]:
    """Return for each table where the id that a tie names first stands in it, -1 if nowhere."""
    where = {}
    for name, table in tables.items():
        ids = table[IDS[name]]
        first = np.flatnonzero(~ids.duplicated())
        codes, distinct = pd.factorize(ties[IDS[name]].astype("str"))
        found = pd.Index(ids.iloc[first].astype("str")).get_indexer(pd.Index(distinct))
        where[name] = np.append(np.append(first, -1)[found], -1)[codes]
    return where


def findings(
    tables: dict[str, pd.DataFrame], ties: pd.DataFrame, where: dict[str, Rows]
) -> pd.DataFrame:
    """Return the findings of `validate_network`, the ids having been located."""
    parts = [
        pd.DataFrame(
            {
                "level": level,
                "table": table,
                "row": np.flatnonzero(np.asarray(broken, dtype=bool)) + HEADER_ROWS,
                "rule": rule,
            }
        )
        for level, table, broken, rule in _checks(tables, ties, where)
    ]
    found = pd.concat(parts, ignore_index=True)
    return found.sort_values(["level", "table", "row", "rule"], kind="stable", ignore_index=True)


def require_valid(found: pd.DataFrame) -> None:
    """Raise DataError naming table, rows and rule when a finding is an error."""
    errors = found[found["level"] == ERROR]
    if len(errors):
        raise data_error(
            (
                Finding(str(table), None, str(rule), tuple(rows.head(MOST_ROWS_NAMED)), len(rows))
                for (table, rule), rows in errors.groupby(["table", "rule"], sort=True)["row"]
            ),
            ADVICE,
        )


def _checks(
    tables: dict[str, pd.DataFrame], ties: pd.DataFrame, where: dict[str, Rows]
) -> Iterator[tuple[str, str, pd.Series | NDArray[np.bool_], str]]:
    both = ties["incident"].notna() == ties["institution"].notna()
    yield ERROR, "ties", both, "must name an incident or an institution, and not both"
    for name, table in tables.items():
        ids, at = table[IDS[name]], where[name]
        yield ERROR, name, ids.isna(), f"{IDS[name]} must not be empty"
        yield ERROR, name, ids.duplicated() & ids.notna(), f"{IDS[name]} stands in an earlier row"
        dangling = ties[IDS[name]].notna() & (at < 0)
        yield ERROR, "ties", dangling, f"{IDS[name]} is not in {name}"
        alone = ~ids.duplicated().to_numpy()
        alone[at[at >= 0]] = False
        yield WARNING, name, alone, "has no tie"
    yield ERROR, "ties", ties["person"].isna(), "person must not be empty"
    yield ERROR, "ties", ties["end"] < ties["start"], "ends before it starts"
    key = [column for column in ties.columns if column != "tie"]
    yield ERROR, "ties", ties.duplicated(subset=key), "stands in an earlier row already"
    undated = ties["institution"].notna() & (ties["start"].isna() | ties["end"].isna())
    yield WARNING, "ties", undated, "a stay without a first or last day counts as open on that side"
    twice = _recorded_twice(ties, where)
    yield WARNING, "ties", twice, "overlaps another stay of the person there: days count once"


def _recorded_twice(ties: pd.DataFrame, where: dict[str, Rows]) -> NDArray[np.bool_]:
    """Return which stays begin during an earlier stay of the same person at the same place."""
    person, place = where["people"], where["institutions"]
    pair = person * (place.max(initial=0) + 1) + place
    named = np.flatnonzero((person >= 0) & (place >= 0))
    # Few pairs have two stays: only those are sorted.
    rows = named[pd.Series(pair[named]).duplicated(keep=False)]
    start, end = (
        as_days(ties["start"].iloc[rows], EARLIEST),
        as_days(ties["end"].iloc[rows], LATEST),
    )
    order = np.lexsort((start, pair[rows]))
    twice = np.zeros(len(ties), dtype=bool)
    twice[rows[order]] = overlaps_earlier(pair[rows][order], start[order], end[order])
    return twice
