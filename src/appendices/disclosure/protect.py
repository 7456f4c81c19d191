"""The one door: what may be shown of a table, whatever it is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from appendices.counts import CountTable
from appendices.disclosure.noise import Noise
from appendices.disclosure.policy import Policy
from appendices.errors import DisclosureError
from appendices.origin import Protection
from appendices.types import Sensitivity


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
    counts
        Columns of counts that are changed as those of people are, NA where one is few.
    protection
        How they were changed.
    """

    frame: pd.DataFrame
    policy: Policy
    rule: str
    refused: str = ""
    counts: tuple[str, ...] = ()
    protection: Protection | None = None


def shield_counts(frame: pd.DataFrame, counts: Sequence[str], noise: Noise) -> Shielded:
    """Return a table with its counts changed, rounded and withheld as those of people are.

    For counts without keys, as those of a network: the same true count has the same noise in every
    table of it.
    """
    table = frame.copy()
    for name in counts:
        true = table[name].to_numpy(dtype=float, na_value=0.0).astype(np.int64)
        shown = noise.show(true, np.zeros(len(true), dtype=np.uint64))
        table[name] = pd.array(shown, dtype="Int64")
        table[name] = table[name].mask((shown < 0) | frame[name].isna().to_numpy())
    return Shielded(table, noise.policy, "", counts=tuple(counts), protection=noise)


def shown_of(
    data: pd.DataFrame | CountTable | Shielded, sensitivity: Sensitivity, policy: Policy
) -> pd.DataFrame:
    """Return the table that may be shown of `data`.

    Public and synthetic data, and any data under a policy that shows records, pass unchanged.

    Parameters
    ----------
    sensitivity
        Of the most sensitive data set that `data` comes from.

    Raises
    ------
    DisclosureError
        Confidential data that are neither counts of protected people nor shielded under this
        policy.
    """
    if isinstance(data, Shielded):
        if data.refused:
            raise DisclosureError(data.refused)
        if data.policy != policy:
            raise DisclosureError(
                f"this table was made for policy {data.policy.name!r}, and the exhibits are under "
                f"{policy.name!r}; make it under that one."
            )
        return data.frame
    if sensitivity == "confidential" and not policy.show_records:
        if not isinstance(data, CountTable):
            raise DisclosureError(
                "this exhibit of confidential data is not made of a count table, and nothing else "
                "is protected."
            )
        if any(one.sensitivity == "confidential" and not one.protection for one in data.origins):
            raise DisclosureError("these counts were made without protection.")
    return data.frame if isinstance(data, CountTable) else data
