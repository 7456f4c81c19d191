"""Protect a table of counts, before anything is drawn or derived from it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from youthviolence.cohort.behind import Counted, behind, lists_only_met
from youthviolence.cohort.tabulation import pool
from youthviolence.disclosure.policy import Policy
from youthviolence.errors import DisclosureError, unknown
from youthviolence.types import Sensitivity

SUPPRESSED = "[c]"
_ABSENT = ("missing", "n_incomplete")  # columns that count people of whom something is not known


@dataclass(frozen=True)
class Shown:
    """One count of an exhibit: whose it is, and what a reader sees of it (None: withheld)."""

    counted: Counted
    value: int | None


@dataclass(frozen=True)
class Protected:
    """A table that may be shown, and where its cells were withheld.

    ``withheld`` has one boolean column for each count column of ``frame``. ``cells`` are the
    counts whose people are known; ``unknown`` is how many others there are.
    """

    frame: pd.DataFrame
    withheld: pd.DataFrame
    cells: tuple[Shown, ...] = ()
    unknown: int = 0

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
    frame: pd.DataFrame,
    counts: Sequence[str],
    sensitivity: Sensitivity,
    policy: Policy,
    also: Collection[str] = (),
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
    also
        Ids of counts that are withheld though they are not small; see `disclosure.attack`.

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
    if lists_only_met(frame):
        frame = pool(frame, frame["n"] < policy.threshold)
        nothing = pd.DataFrame(data=False, index=frame.index, columns=list(counts))
    labels = [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]
    kept = frame[[name for name in frame.columns if name in labels or name in counts]].copy()
    withheld = nothing.copy()
    cells: list[Shown] = []
    others = 0
    for name in counts:
        values = kept[name].astype("Float64")
        people = [behind(token).get(name) for token in frame.index]
        chosen = pd.Series([one is not None and one.id in also for one in people], frame.index)
        small = ((values > 0) & (values < policy.threshold)).fillna(value=False).astype(bool)
        if policy.withhold_zeros and name not in _ABSENT:
            empty = (values == 0).fillna(value=False).astype(bool)
            small |= empty & np.array([bool(behind(token)) for token in frame.index])
        withheld[name] = small | values.isna() | chosen
        rounded = ((values / policy.rounding_base + 0.5) // 1) * policy.rounding_base
        kept[name] = rounded.astype("Int64").mask(withheld[name])
        for one, value, gone, true in zip(people, kept[name], withheld[name], values, strict=True):
            if one is not None:
                cells.append(Shown(one, None if gone else int(value)))
            elif pd.isna(true) or true > 0:
                others += 1
    return Protected(kept, withheld, tuple(cells), others)


def check_sum(quantities: pd.Series, policy: Policy) -> None:
    """Refuse a sum of a quantity, one value a person, that few people make up.

    The (n, k) rule (Hundepool and others 2012, section 4.2.2). No exhibit of the compendium sums
    a quantity: all are made of counts, where everybody weighs the same.

    Raises
    ------
    DisclosureError
        When fewer people than the threshold stand behind the sum, or the largest dominate it.
    """
    held = quantities.dropna().abs().sort_values(ascending=False)
    if len(held) < policy.threshold:
        raise DisclosureError("fewer people than the policy's threshold stand behind a sum.")
    few = held.iloc[: policy.dominance_people].sum()
    if 100 * few > policy.dominance_percent * held.sum():
        raise DisclosureError(
            f"{policy.dominance_people} people hold more than {policy.dominance_percent} % of a "
            "sum: the policy's rule of dominance."
        )


def read_also(path: str | None) -> frozenset[str]:
    """Return the ids in the file that `WITHHELD_VARIABLE` names; none where it names none."""
    return frozenset(_lines(path)) if path else frozenset()


def _lines(path: str) -> Iterator[str]:
    file = Path(path)
    if file.is_file():
        yield from file.read_text(encoding="ascii").split()
