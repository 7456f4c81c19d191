"""What stands in the place of a number, and beside one that is not exact, with what it means."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from youthviolence.disclosure.policy import Policy
from youthviolence.disclosure.protect import SUPPRESSED, Protected

NOT_AVAILABLE = "[x]"
NOT_APPLICABLE = "[z]"
SMALL_BASE = "[b]"
ROUNDED = "≈"
ZERO = "0"

_COUNTS = re.compile(r"(?!turned_)(.*_)?(n|base|base_all|base_recorded|recorded|missing|both|people"
                     r"|at_least|n_incomplete|size)")  # fmt: skip


def missing_marks(
    shown: pd.DataFrame, unlimited: pd.DataFrame, withheld: pd.Series
) -> pd.DataFrame:
    """Return the mark of each missing cell of `shown`, "" where there is a value.

    Parameters
    ----------
    shown, unlimited
        The table with and without the rule on small bases.
    withheld
        Whether a count was withheld, for each row of the protected table.
    """
    if not shown.index.equals(withheld.index):  # other rows: any of them may lack a number
        withheld = pd.Series(data=bool(withheld.any()), index=shown.index)
    absent = shown.isna()
    marks = pd.DataFrame(NOT_AVAILABLE, index=shown.index, columns=shown.columns, dtype="object")
    if "kind" in shown:
        beside = (shown["kind"] == "not applicable").fillna(value=False).to_numpy(dtype=bool)
        marks.loc[beside] = NOT_APPLICABLE
    marks.loc[withheld.to_numpy(dtype=bool)] = SUPPRESSED
    if unlimited.shape == shown.shape and list(unlimited.columns) == list(shown.columns):
        marks = marks.mask(absent.to_numpy() & unlimited.notna().to_numpy(), SMALL_BASE)
    return marks.where(absent, "")


def rounded_columns(shown: pd.DataFrame, protected: Protected, policy: Policy) -> frozenset[str]:
    """Return the columns of rounded counts: those protected, and sums and copies of them."""
    if policy.rounding_base == 1 or protected.withheld.empty:
        return frozenset()
    found = set()
    for name in map(str, shown.columns):
        named = name in protected.withheld.columns or _COUNTS.fullmatch(name)
        if not named:
            continue
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
        SUPPRESSED: "withheld to protect people",
        SMALL_BASE: f"of what may be fewer than {policy.minimum_base} people no statistic is given",
        NOT_AVAILABLE: "not available",
        NOT_APPLICABLE: "not applicable",
    }
    found = {mark: meaning for mark, meaning in known.items() if f">{mark}<" in html}
    if rounded and f">{ROUNDED}" in html:
        found[ROUNDED] = f"rounded to the nearest {policy.rounding_base}"
    if rounded and f">{ZERO}<" in html:
        found[ZERO] = "nobody, not rounded"
    return found
