"""What is wrong with the tables of a network: table, row and rule, never a value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from appendices.data.findings import data_error, finding_in_rows
from appendices.data.validate import HEADER_ROWS
from youthviolence.network.stays import EARLIEST, LATEST, as_days

ADVICE = "Mend the rows named, or leave them out, then build the network again."
ERROR, WARNING = "error", "warning"
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
    parts = [
        pd.DataFrame({"level": level, "table": table, "row": np.flatnonzero(broken), "rule": rule})
        for level, table, broken, rule in _checks(people, incidents, institutions, ties)
    ]
    found = pd.concat(parts, ignore_index=True)
    found["row"] += HEADER_ROWS
    return found.sort_values(["level", "table", "row", "rule"], kind="stable", ignore_index=True)


def warning_counts(
    people: pd.DataFrame,
    incidents: pd.DataFrame,
    institutions: pd.DataFrame,
    ties: pd.DataFrame,
) -> pd.DataFrame:
    """Return each rule of `validate_network` that only warns: table, rule, rows (found), of."""
    rows = [
        {"table": table, "rule": rule, "rows": int(broken.sum()), "of": len(broken)}
        for level, table, broken, rule in _checks(people, incidents, institutions, ties)
        if level == WARNING
    ]
    return pd.DataFrame(rows)


def require_valid(found: pd.DataFrame) -> None:
    """Raise DataError naming table, rows and rule when a finding is an error."""
    errors = found[found["level"] == ERROR]
    if len(errors):
        raise data_error(
            (
                finding_in_rows(str(table), None, str(rule), rows.to_numpy())
                for (table, rule), rows in errors.groupby(["table", "rule"], sort=True)["row"]
            ),
            ADVICE,
        )


def _checks(
    people: pd.DataFrame, incidents: pd.DataFrame, institutions: pd.DataFrame, ties: pd.DataFrame
) -> Iterator[tuple[str, str, pd.Series, str]]:
    both = ties["incident"].notna() == ties["institution"].notna()
    yield ERROR, "ties", both, "must name an incident or an institution, and not both"
    for (name, column), table in zip(IDS.items(), (people, incidents, institutions), strict=True):
        ids, tied = table[column].astype("str"), ties[column].dropna().astype("str")
        again = ids.duplicated()
        yield ERROR, name, ids.isna(), f"{column} must not be empty"
        yield ERROR, name, again & ids.notna(), f"{column} stands in an earlier row"
        dangling = ties[column].notna() & ~ties[column].astype("str").isin(ids)
        yield ERROR, "ties", dangling, f"{column} is not in {name}"
        yield WARNING, name, ~again & ~ids.isin(tied), "has no tie"
    yield ERROR, "ties", ties["person"].isna(), "person must not be empty"
    yield ERROR, "ties", ties["end"] < ties["start"], "ends before it starts"
    key = [column for column in ties.columns if column != "tie"]
    yield ERROR, "ties", ties.duplicated(subset=key), "stands in an earlier row already"
    undated = ties["institution"].notna() & (ties["start"].isna() | ties["end"].isna())
    yield WARNING, "ties", undated, "a stay without a first or last day counts as open on that side"
    twice = _recorded_twice(ties)
    yield WARNING, "ties", twice, "overlaps another stay of the person there: days count once"


def _recorded_twice(ties: pd.DataFrame) -> pd.Series:
    """Return which stays begin during an earlier stay of the same person at the same place."""
    stays = ties[["person", "institution"]].reset_index(drop=True).astype("str")
    stays["start"], stays["end"] = as_days(ties["start"], EARLIEST), as_days(ties["end"], LATEST)
    stays = stays.dropna().sort_values("start", kind="stable")
    pair = [stays["person"], stays["institution"]]
    earlier = stays["end"].groupby(pair).cummax().groupby(pair).shift()
    return (stays["start"] <= earlier).reindex(range(len(ties)), fill_value=False)
