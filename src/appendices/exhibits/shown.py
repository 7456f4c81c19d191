"""From what a notebook hands in to the table that stands in the exhibit, with its marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from appendices.counts import CountTable
from appendices.disclosure.policy import Policy
from appendices.disclosure.protect import Shielded, shown_of
from appendices.errors import DisclosureError
from appendices.exhibits.marks import counting_columns, missing_marks, rounded_columns
from appendices.numbers import write_number
from appendices.origin import Protection
from appendices.precision import Precision, measured_with
from appendices.types import Sensitivity

Derive: TypeAlias = Callable[[pd.DataFrame], pd.DataFrame]
Data: TypeAlias = pd.DataFrame | CountTable | Shielded
REASON = "reason"


@dataclass(frozen=True)
class ShownTable:
    """The table of an exhibit.

    Parameters
    ----------
    frame
        Everything derived, from shown counts and nothing else where people are protected.
    marks
        The mark of each missing cell, "" where there is a value.
    rounded
        Columns of counts that are changed and rounded.
    counting
        Columns of protected counts.
    base
        Smallest and largest base of the counts, as text; "" where none is counted.
    few
        Whether any count is few.
    refused
        Whether the table says no more than why nothing is shown.
    """

    frame: pd.DataFrame
    marks: pd.DataFrame
    rounded: frozenset[str] = frozenset()
    counting: frozenset[str] = frozenset()
    base: str = ""
    few: bool = False
    refused: bool = False


def show_table(
    data: Data, derive: Derive | None, sensitivity: Sensitivity, policy: Policy
) -> ShownTable:
    """Return what an exhibit shows of `data`; where nothing may be shown, a table that says why."""
    try:
        counts = shown_of(data, sensitivity, policy)
    except DisclosureError as refusal:
        frame = pd.DataFrame({REASON: [f"Not shown under policy {policy.name}: {refusal}"]})
        return ShownTable(frame, frame.astype("object").where(frame.isna(), ""), refused=True)
    columns, protection = _protected(data)
    few = counts[columns].isna().any(axis=1)
    frame = unlimited = counts
    if derive is not None:
        precision = protection.precision if protection else Precision()
        with measured_with(replace(precision, smallest_base=1)):
            unlimited = derive(counts)
        with measured_with(precision):
            frame = derive(counts)
    marks = missing_marks(frame, unlimited, few, protected=protection is not None, counts=columns)
    base = _base_of(counts, columns)
    if protection is None:
        return ShownTable(frame, marks, base=base)
    counting = frozenset(counting_columns(frame, columns))
    rounded = rounded_columns(frame, policy, columns)
    return ShownTable(frame, marks, rounded, counting, base, bool(few.any()))


def _protected(data: Data) -> tuple[list[str], Protection | None]:
    """Return the columns that count people, and how they are protected."""
    if isinstance(data, Shielded):
        return list(data.counts), data.protection
    if isinstance(data, CountTable):
        return list(data.columns), data.protection
    return [], None


def _base_of(counts: pd.DataFrame, columns: Any) -> str:
    """Return the smallest and largest base of the shown counts; "" where none is counted.

    The bases are counts themselves (`tabulate`): of those with an attribute recorded, or of all.
    """
    bases = [name for name in columns if name.startswith("base")] or list(columns)
    values = counts[bases].to_numpy(dtype=float, na_value=np.nan).ravel()
    known = values[values > 0]
    ends = dict.fromkeys([known.min(), known.max()]) if len(known) else {}
    return " to ".join(map(write_number, ends))
