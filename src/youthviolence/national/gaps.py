"""What is missing from an exhibit, which official release has it, and how to put it in."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from youthviolence.national.observations import COLUMNS, require_columns

NEEDED = (
    "gap", "source_exhibit", "missing", "drawn_instead", "publisher", "release", "verified",
    "drop_in", "table", "rows",
)  # fmt: skip


def drop_ins_for(gaps: pd.DataFrame, exhibit: str) -> dict[str, str]:
    """Return the data sets a reader can put in for `exhibit`, each with the table it joins."""
    require_columns(gaps, NEEDED, "gaps")
    chosen = gaps[(gaps["source_exhibit"] == exhibit) & gaps["drop_in"].notna()]
    return dict(zip(chosen["drop_in"].astype("str"), chosen["table"].astype("str"), strict=True))


def gap_notes(gaps: pd.DataFrame, exhibit: str, supplied: Collection[str] = ()) -> pd.DataFrame:
    """Return the data-gap note of `exhibit`: nothing where nothing is missing.

    Parameters
    ----------
    gaps
        The table ``gaps``.
    exhibit
        A number such as ``F05``.
    supplied
        The drop-ins that are in place; their gaps are closed and have no row.

    Returns
    -------
    One row a gap, in order: `missing`, `drawn_instead`, `publisher`, `release`, `verified`,
    `file` (to put into ``data/raw/national``; empty when none is taken), `columns`, `rows` (what
    the rows must say).
    """
    require_columns(gaps, NEEDED, "gaps")
    chosen = gaps[(gaps["source_exhibit"] == exhibit) & ~gaps["drop_in"].isin(list(supplied))]
    notes = chosen.sort_values("gap", ignore_index=True)
    has_file = notes["drop_in"].notna()
    notes["file"] = (notes["drop_in"].astype("object") + ".csv").where(has_file, "")
    notes["columns"] = has_file.map({True: ", ".join(COLUMNS), False: ""})
    return notes[
        ["missing", "drawn_instead", "publisher", "release", "verified", "file", "columns", "rows"]
    ]
