"""What the scripts that tabulate national figures share: columns, periods, and how to write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

RAW = Path(__file__).resolve().parents[1] / "data" / "raw" / "national"
PLACES = yaml.safe_load(Path(__file__).with_name("build_national.yml").read_text(encoding="utf-8"))
KEY = ["series", "geography", "age_band", "breakdown", "source_id", "period"]
COLUMNS = [*KEY, "period_type", "value", "unit", "status", "note"]
BOUNDS = ["value_low", "value_high"]
DEFAULTS = {
    "geography": "England",
    "age_band": "All ages",
    "breakdown": "All",
    "unit": "number",
    "status": "final",
    "note": "",
}


def observations(frame: pd.DataFrame, **constants: Any) -> pd.DataFrame:
    """Return `frame` with the columns of an observation table; `constants` fill whole columns."""
    frame = frame.assign(**constants)
    for column, value in DEFAULTS.items():
        frame[column] = frame[column].fillna(value) if column in frame else value
    frame["period"] = frame["period"].astype("str")
    return frame[[name for name in (*COLUMNS, *BOUNDS) if name in frame]]


def two_years(label: Any) -> str:
    """Return ``2012/13`` for 2012-13, 201213 or 2012/13, and for a year ending in 2013."""
    digits = re.sub(r"\D", "", str(label))
    if len(digits) == 4:
        digits = f"{int(digits) - 1}{digits[2:]}"
    return f"{digits[:4]}/{digits[-2:]}"


def as_csv(table: pd.DataFrame) -> str:
    """Return the table as CSV, whole numbers without a point and no trace of binary fractions."""
    written = table.copy()
    for name in written.columns:
        if pd.api.types.is_float_dtype(written[name]):
            written[name] = written[name].map(lambda x: "" if pd.isna(x) else f"{round(x, 6):.15g}")
    text: str = written.to_csv(index=False, lineterminator="\n")
    return text
