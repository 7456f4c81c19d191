"""Protect a table of counts, before anything is drawn or derived from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from youthviolence.disclosure.policy import Policy
from youthviolence.errors import DisclosureError, unknown
from youthviolence.types import Sensitivity

SUPPRESSED = "[c]"


@dataclass(frozen=True)
class Protected:
    """A table that may be shown, and where its cells were withheld.

    ``withheld`` has one boolean column for each count column of ``frame``.
    """

    frame: pd.DataFrame
    withheld: pd.DataFrame

    @property
    def rows_withheld(self) -> pd.Series:
        """Whether any count of the row was withheld."""
        return self.withheld.any(axis=1)


@dataclass(frozen=True)
class Shielded:
    """A table that is safe under a policy by another rule than that of counts.

    Only code of this room makes one, from the data themselves: see `disclosure.network`.

    Parameters
    ----------
    frame
        The table as it may be shown.
    policy
        The policy under which it was made; under another it does not go out.
    rule
        What was done, in a sentence for the reader.
    refused
        Why the table must not be shown at all; empty where it may.
    """

    frame: pd.DataFrame
    policy: Policy
    rule: str
    refused: str = ""


def unshield(shielded: Shielded, policy: Policy) -> Protected:
    """Return the table of `shielded`, if it was made under `policy`.

    Raises
    ------
    DisclosureError
        When it was made under another policy, or must not be shown.
    """
    if shielded.refused:
        raise DisclosureError(shielded.refused)
    if shielded.policy != policy:
        raise DisclosureError(
            f"this table was made for policy {shielded.policy.name!r}, and the exhibits are under "
            f"{policy.name!r}; make it under that one."
        )
    return Protected(shielded.frame, pd.DataFrame(index=shielded.frame.index))


def protect(
    frame: pd.DataFrame, counts: Sequence[str], sensitivity: Sensitivity, policy: Policy
) -> Protected:
    """Return `frame` with its counts protected as `policy` says.

    Public and synthetic data, and any data under a policy that shows records, pass unchanged.

    Parameters
    ----------
    frame
        One row a cell of the exhibit.
    counts
        The columns that count people. For confidential data every other numeric column is
        dropped: a statistic must be derived from the protected counts.

    Raises
    ------
    DisclosureError
        When confidential data come without count columns: they cannot be protected.
    """
    for name in counts:
        if name not in frame.columns:
            raise unknown("count column", name, frame.columns)
    nothing = pd.DataFrame(data=False, index=frame.index, columns=list(counts))
    if sensitivity in ("public", "synthetic") or policy.show_records:
        return Protected(frame, nothing)
    if not counts:
        raise DisclosureError(
            f"this exhibit is not made of counts, and policy {policy.name!r} protects only counts."
        )
    labels = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    kept = frame[[name for name in frame.columns if name in labels or name in counts]].copy()
    withheld = nothing.copy()
    for name in counts:
        values = kept[name].astype("Float64")
        small = ((values > 0) & (values < policy.threshold)).fillna(value=False).astype(bool)
        withheld[name] = small | values.isna()
        rounded = np.floor(values / policy.rounding_base + 0.5) * policy.rounding_base
        kept[name] = rounded.astype("Int64").mask(withheld[name])
    return Protected(kept, withheld)
