"""What stands in the place of a number, and beside one that is not exact, with what it means."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from appendices.disclosure.policy import Policy

FEW = "few"
NOT_GIVEN = "[c]"
NOT_AVAILABLE = "[x]"
NOT_APPLICABLE = "[z]"
SMALL_BASE = "[b]"
ROUNDED = "≈"
INVENTED = "[i]"
INVENTED_MEANS = (
    "invented: the published figures leave it open, and a solver chose it; in the place of a "
    "number: not given, as it would rest on invented ones"
)

_COUNTS = re.compile(r"(?!turned_)(.*_)?(n|base|base_all|base_recorded|recorded|missing|both|people"
                     r"|at_least|n_incomplete|size)")  # fmt: skip


def flag_of(column: str) -> str:
    """Return the name of the column that says which numbers of `column` are invented."""
    return f"{column} {INVENTED}"


def is_invented(frame: pd.DataFrame, column: str) -> bool:
    """Return whether any number of `column` is invented."""
    return flag_of(column) in frame and bool(frame[flag_of(column)].any())


def missing_marks(
    shown: pd.DataFrame,
    unlimited: pd.DataFrame,
    few: pd.Series,
    *,
    protected: bool,
    counts: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the mark of each missing cell of `shown`, "" where there is a value.

    Parameters
    ----------
    shown, unlimited
        The table with and without the rule on small bases.
    few
        Whether a count is few, for each row of the table of counts.
    protected
        Whether counts are protected at all.
    counts
        Names of protected counts.
    """
    if not shown.index.equals(few.index):  # other rows: any of them may lack a number
        few = pd.Series(data=bool(few.any()), index=shown.index)
    absent = shown.isna()
    marks = pd.DataFrame(NOT_AVAILABLE, index=shown.index, columns=shown.columns, dtype="object")
    if "kind" in shown:
        beside = (shown["kind"] == "not applicable").fillna(value=False).to_numpy(dtype=bool)
        marks.loc[beside] = NOT_APPLICABLE
    if protected:
        marks = marks.mask(few.to_numpy(dtype=bool)[:, None] & absent.to_numpy(), NOT_GIVEN)
    if unlimited.shape == shown.shape and list(unlimited.columns) == list(shown.columns):
        marks = marks.mask(absent.to_numpy() & unlimited.notna().to_numpy(), SMALL_BASE)
    if protected:
        for name in counting_columns(shown, counts):
            marks[name] = FEW
    return marks.where(absent, "")


def counting_columns(shown: pd.DataFrame, counts: Sequence[str] = ()) -> list[str]:
    """Return the columns that count: those protected, `counts`, and sums and copies of them."""
    names = map(str, shown.columns)
    return [name for name in names if name in counts or _COUNTS.fullmatch(name)]


def rounded_columns(
    shown: pd.DataFrame, policy: Policy, counts: Sequence[str] = ()
) -> frozenset[str]:
    """Return the columns of counts that are changed and rounded."""
    found = set()
    for name in counting_columns(shown, counts):
        known = pd.to_numeric(shown[name], errors="coerce").dropna()
        if len(known) and not np.any(known.to_numpy(dtype=float) % policy.rounding_base):
            found.add(name)
    return frozenset(found)


def listed(marks: pd.DataFrame, shown: pd.DataFrame) -> list[tuple[int, int, str]]:
    """Return the marks of cells that would hold a number, each with its row and column."""
    numeric = [pd.api.types.is_numeric_dtype(kind) for kind in shown.dtypes]
    return [
        (row, column, str(mark))
        for row, line in enumerate(marks.to_numpy())
        for column, mark in enumerate(line)
        if mark and numeric[column]
    ]


def meanings(html: str, policy: Policy, *, rounded: bool) -> dict[str, str]:
    """Return the marks that stand in a table, with what each means."""
    known = {
        FEW: f"about {policy.threshold} or fewer, nobody included; counts are changed a little "
        "to protect people",
        NOT_GIVEN: "not given, as it is made of a count that is few",
        SMALL_BASE: f"of fewer than about {policy.minimum_base} people no statistic is given",
        NOT_AVAILABLE: "not available",
        NOT_APPLICABLE: "not applicable",
    }
    found = {mark: meaning for mark, meaning in known.items() if f">{mark}<" in html}
    if INVENTED in html:
        found[INVENTED] = INVENTED_MEANS
    if rounded and f">{ROUNDED}" in html:
        found[ROUNDED] = (
            f"changed by a little and rounded to the nearest {policy.rounding_base}, "
            "to protect people"
        )
    return found
