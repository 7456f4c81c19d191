from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from appendices.data.load import load
from youthviolence.national.at_risk import at_risk, at_risk_table
from youthviolence.national.cuts import PUBLISHED
from youthviolence.national.printed_lists import estimates
from youthviolence.national.series import series_frame

ROOT = Path(__file__).resolve().parents[2]
TABLES = (
    "arrests", "child_protection", "childrens_services_spending", "drug_convictions", "exclusions",
    "exclusions_by_group", "first_time_entrants", "hospital_sharp_object", "knife_offences",
    "looked_after_children", "low_income_children", "offending_histories", "sharp_homicide",
)  # fmt: skip


@pytest.fixture(scope="session")
def read():
    """A table of data/raw, valid and typed, by name."""
    return lambda name: load(name, ROOT)


@pytest.fixture(scope="session")
def tables(read):
    return {name: read(name) for name in TABLES}


@pytest.fixture(scope="session")
def exhibit(read, tables):
    """The display frame of an exhibit, or of one of its panels."""
    lines = read("exhibit_lines")
    return lambda number, panel=None: series_frame(lines, tables, number, panel)


@pytest.fixture(scope="session")
def at_risk_counts(read):
    """The derived at-risk table of the repository, ready to count from."""
    return at_risk_table(read("at_risk_counts"), read("local_authorities"))


@pytest.fixture(scope="session")
def at_risk_estimates(read, at_risk_counts):
    """The values that claims about the at-risk estimate name, for the published definition."""
    return estimates(at_risk(PUBLISHED, at_risk_counts), read("printed_top_tens"))


@pytest.fixture(scope="session")
def value(tables):
    """The one value that a table holds for a place and period."""

    def find(table, period, **place):
        frame = tables[table]
        keep = frame["period"] == period
        for column, wanted in place.items():
            keep &= frame[column] == wanted
        (found,) = frame.loc[keep, "value"]
        return found

    return find


@pytest.fixture(scope="session")
def drop_in():
    """One row of an official table a reader could put in, with changes."""
    row = {
        "series": "Arrests", "geography": "England and Wales", "age_band": "10-17",
        "breakdown": "Drug offences", "source_id": "official-arrests", "period": "2018/19",
        "period_type": "financial year", "value": 1.0, "unit": "number", "status": "final",
        "note": None,
    }  # fmt: skip
    return lambda **change: pd.DataFrame([row | change])
