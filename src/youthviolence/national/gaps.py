"""What is missing from an exhibit, which official release has it, and how to put it in."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from youthviolence.national.observations import COLUMNS, MEASURED, require_columns
from youthviolence.national.series import series_frame, tables_for

NEEDED = (
    "gap", "source_exhibit", "missing", "drawn_instead", "publisher", "release", "verified",
    "drop_in", "table", "rows",
)  # fmt: skip


def drop_ins_for(gaps: pd.DataFrame, exhibit: str) -> dict[str, str]:
    """Return the data sets a reader can put in for `exhibit`, each with the table it joins."""
    require_columns(gaps, NEEDED, "gaps")
    chosen = gaps[(gaps["source_exhibit"] == exhibit) & gaps["drop_in"].notna()]
    return dict(zip(chosen["drop_in"].astype("str"), chosen["table"].astype("str"), strict=True))


def sources_of(
    lines: pd.DataFrame, gaps: pd.DataFrame, exhibit: str, supplied: Collection[str] = ()
) -> list[str]:
    """Return the data sets that `exhibit` is drawn from, drop-ins that are in place among them."""
    own = [name for name in drop_ins_for(gaps, exhibit) if name in supplied]
    return [*tables_for(lines, exhibit), *own]


def gap_notes(
    gaps: pd.DataFrame, exhibit: str | None = None, supplied: Collection[str] = ()
) -> pd.DataFrame:
    """Return the data-gap notes of `exhibit`: nothing where nothing is missing.

    Parameters
    ----------
    gaps
        The table ``gaps``.
    exhibit
        A number such as ``F05``; every exhibit when not given.
    supplied
        The drop-ins that are in place; their gaps are closed and have no row.

    Returns
    -------
    One row a gap, in order: `source_exhibit`, `missing`, `drawn_instead`, `publisher`, `release`,
    `verified`, `file` (to put into ``data/raw/national``; empty when none is taken), `columns`,
    `rows` (what the rows must say), and for a narrow table `published` (publisher, release and how
    far that was checked) and `put_in` (file and rows).
    """
    notes = _open(gaps, exhibit, supplied)
    has_file = notes["drop_in"].notna()
    notes["file"] = (notes["drop_in"].astype("object") + ".csv").where(has_file, "")
    notes["columns"] = ", ".join(COLUMNS)
    texts = notes.astype("object").fillna("")
    notes["published"] = (
        texts["publisher"]
        + " publishes it in “"
        + texts["release"]
        + "” ("
        + texts["verified"]
        + ")"
    )
    notes["put_in"] = (notes["file"] + ": " + texts["rows"]).where(has_file, "no file is taken yet")
    return notes[
        ["source_exhibit", "missing", "drawn_instead", "publisher", "release", "verified", "file",
         "columns", "rows", "published", "put_in"]
    ]  # fmt: skip


def gap_text(gaps: pd.DataFrame, exhibit: str, supplied: Collection[str] = ()) -> str:
    """Return the data-gap note of `exhibit` as sentences, empty where nothing is missing."""
    notes = gap_notes(gaps, exhibit, supplied).to_dict("records")
    return " ".join(f"Missing here: {one['missing']}. {one['published']}." for one in notes)


def exhibit_states(
    exhibits: pd.DataFrame,
    lines: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    gaps: pd.DataFrame,
    supplied: Collection[str] = (),
) -> pd.DataFrame:
    """Return how far each exhibit of the report could be drawn again, and why not further.

    Parameters
    ----------
    exhibits
        The table ``national_exhibits``.
    lines, tables
        As in `series.series_frame`; an exhibit without lines has no series.

    Returns
    -------
    One row an exhibit, in order: `source_exhibit`, `shows`, `state` ("drawn"; "partly drawn" where
    the official series is at hand in part; "gap" where only printed or quoted figures are;
    "figures only" where the report tabulates other people's figures), `why`.
    """
    require_columns(exhibits, ("source_exhibit", "shows", "remark", "drawn_from"), "exhibits")
    notes = gap_notes(gaps, supplied=supplied).groupby("source_exhibit")["missing"].agg(list)
    rows = []
    for one in exhibits.sort_values("source_exhibit").to_dict("records"):
        exhibit = str(one["source_exhibit"])
        state = "figures only" if one["drawn_from"] == "literature" else "drawn"
        missing = notes.get(exhibit, [])
        if missing:
            frame = series_frame(lines, tables, exhibit)
            official = frame["status"].isin(MEASURED) & frame["value"].notna()
            state = "partly drawn" if official.any() else "gap"
        remark = [] if pd.isna(one["remark"]) else [str(one["remark"])]
        why = " ".join([*(f"Missing: {text}." for text in missing), *remark])
        rows.append({"source_exhibit": exhibit, "shows": one["shows"], "state": state, "why": why})
    return pd.DataFrame(rows)


def _open(gaps: pd.DataFrame, exhibit: str | None, supplied: Collection[str]) -> pd.DataFrame:
    require_columns(gaps, NEEDED, "gaps")
    chosen = gaps[~gaps["drop_in"].isin(list(supplied))]
    if exhibit is not None:
        chosen = chosen[chosen["source_exhibit"] == exhibit]
    return chosen.sort_values("gap", ignore_index=True)
