"""The three lists of a network, taken from a list of ties that says what each place is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from appendices.data.findings import Finding, data_error, finding_in_rows
from appendices.data.validate import HEADER_ROWS
from youthviolence.network.validation import ADVICE, ERROR, IDS, validate_network

NOT_RECORDED = "not recorded"


def lists_of(ties: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the people, incidents and institutions of a list of ties, in the order of their ids.

    Parameters
    ----------
    ties
        As `build_network` takes them, with incident_type and institution_type beside them, which
        may be missing in some rows of a place.

    Returns
    -------
    person, route; incident, type; institution, type. What no row says is "not recorded".

    Raises
    ------
    DataError
        When rows of one place give it different types.
    """
    if findings := _two_types(ties):
        raise data_error(findings, ADVICE)
    people = pd.DataFrame({"person": np.sort(ties["person"].dropna().unique())})
    return (
        people.assign(route=f"route {NOT_RECORDED}"),
        _places(ties, "incident"),
        _places(ties, "institution"),
    )


def findings_of_ties(ties: pd.DataFrame) -> list[Finding]:
    """Return what makes it impossible to build a network of a list of ties; see `lists_of`."""
    if findings := _two_types(ties):
        return findings
    found = validate_network(*lists_of(ties), ties)
    errors = found[found["level"] == ERROR].groupby("rule", sort=True)["row"]
    return [_finding(None, str(rule), rows.to_numpy()) for rule, rows in errors]


def _places(ties: pd.DataFrame, kind: str) -> pd.DataFrame:
    named = ties[ties[kind].notna()]
    types = named.groupby(kind, sort=True, observed=True)[f"{kind}_type"].first()
    return types.astype("str").where(types.notna(), NOT_RECORDED).rename("type").reset_index()


def _two_types(ties: pd.DataFrame) -> list[Finding]:
    findings = []
    for kind in IDS.values():
        if kind == "person":
            continue
        said = ties[f"{kind}_type"]
        first = said.astype("str").where(said.notna()).groupby(ties[kind]).transform("first")
        differs = (ties[kind].notna() & said.notna() & (said.astype("str") != first)).to_numpy()
        if differs.any():
            rule = f"is not what an earlier row says of the same {kind}"
            rows = np.flatnonzero(differs) + HEADER_ROWS
            findings.append(_finding(f"{kind}_type", rule, rows))
    return findings


def _finding(column: str | None, rule: str, rows: np.ndarray) -> Finding:
    return finding_in_rows("ties", column, rule, rows)
