"""Percentages and their uncertainty, of whom, from a table of counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from youthviolence.cohort.tabulation import COUNTS, LABELS
from youthviolence.errors import DataError, UsageError, unknown

METHODS = {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}
OF_RECORDED = "those with it recorded"
OF_EVERYONE = "everyone it applies to"
_smallest_base: ContextVar[int] = ContextVar("smallest_base", default=1)


@contextmanager
def no_base_below(people: int) -> Iterator[None]:
    """Give no percentage, interval or comparison of fewer than `people` while this is open."""
    before = _smallest_base.set(people)
    try:
        yield
    finally:
        _smallest_base.reset(before)


def smallest_base() -> int:
    """Return the fewest people of whom a statistic is given; at least 1."""
    return _smallest_base.get()


def interval(n: Any, base: Any, method: str = "wilson", level: float = 0.95) -> np.ndarray:
    """Return low and high (2 x rows, proportions) for `n` of `base`; NaN where unknown or empty.

    Wilson 1927; Clopper and Pearson 1934; Jeffreys with the limits of 0 at none and 1 at all
    (Brown, Cai and DasGupta 2001).
    """
    if method not in METHODS:
        raise unknown("interval method", method, METHODS)
    check_level(level)
    x, size = (np.asarray(v, dtype=float) for v in (n, base))
    if (x > size).any():
        raise DataError("a count is larger than its base; the table of counts is not consistent.")
    known = ~np.isnan(x) & (size >= smallest_base())
    limits = np.full((2, *x.shape), np.nan)
    if known.any():
        x, size = x[known], size[known]
        low, high = proportion_confint(x, size, alpha=1 - level, method=METHODS[method])
        limits[0, known] = np.where(x == 0, 0.0, low)
        limits[1, known] = np.where(x == size, 1.0, high)
    return limits


def profile(
    counts: pd.DataFrame,
    method: str = "wilson",
    level: float = 0.95,
    missing: str = "own row",
) -> pd.DataFrame:
    """Return each count with its base, percentage and interval.

    Parameters
    ----------
    counts
        As `tabulate` makes them, protected or not. An NA count or base gives NA, never 0.
    method, level
        "wilson", "clopper-pearson" or "jeffreys"; confidence level.
    missing
        "own row": recorded categories are of those recorded, the missing row of everyone.
        "in base": every row is of everyone. "both": the recorded categories twice, both ways.

    Returns
    -------
    DataFrame
        ``by, group, group_kind, attribute, category, kind, n, base, of_whom, missing`` (people
        with the attribute missing), ``percent, low, high`` (percent), ``method, level``.
        Rows of people to whom the question does not apply have a count and nothing else.
    """
    if missing not in {"own row", "in base", "both"}:
        raise unknown("treatment of missing values", missing, ["own row", "in base", "both"])
    check_counts(counts)
    if missing == "both":
        recorded = counts[counts["kind"] == "recorded"]
        return pd.concat(
            [profile(counts, method, level, "in base"), profile(recorded, method, level)]
        )
    of_recorded = (counts["kind"] == "recorded") & (missing == "own row")
    base = counts["base_all"].where(~of_recorded, counts["base_recorded"])
    base = base.mask(counts["kind"] == "not applicable")
    table = counts[[*LABELS, "n"]].assign(
        base=base,
        of_whom=np.where(of_recorded, OF_RECORDED, OF_EVERYONE),
        missing=counts["missing"],
    )
    return with_percent(table, "n", "base", method, level).assign(method=method, level=level)


def table_one(counts: pd.DataFrame, missing: str = "own row") -> pd.DataFrame:
    """Lay a profile out by group: one row a category, two columns a group.

    Returns ``attribute, category, kind, of_whom`` and for each group ``<group>_n`` and
    ``<group>_percent``. The first row, ``people``, is everyone the question applies to for the
    attribute that applies to most.
    """
    rows = profile(counts, missing=missing)
    keys = ["attribute", "category", "kind", "of_whom"]
    groups = list(dict.fromkeys(rows["group"]))
    wide = rows.drop_duplicates(keys)[keys]
    first: dict[str, Any] = dict(zip(keys, ("people", "", "people", ""), strict=True))
    for group in groups:
        part = rows[rows["group"] == group]
        names = {"n": f"{group}_n", "percent": f"{group}_percent"}
        wide = wide.merge(part[[*keys, *names]].rename(columns=names), on=keys, how="left")
        people = counts.loc[part.index, "base_all"].max()
        first |= {
            names["n"]: people,
            names["percent"]: 100 * share(*[as_floats(pd.Series([people], dtype="Int64"))] * 2)[0],
        }
    everyone = pd.DataFrame([first], columns=wide.columns).astype(wide.dtypes.to_dict())
    return pd.concat([everyone, wide], ignore_index=True)


def numeric_summary(
    counts: pd.DataFrame, attributes: Sequence[str], level: float = 0.95
) -> pd.DataFrame:
    """Return mean, spread and quartiles of attributes whose categories are numbers.

    Returns one row a group and attribute: ``group, attribute, n, missing, mean, low, high``
    (Student's interval for the mean), ``sd, lower_quartile, median, upper_quartile`` (numpy's
    linear interpolation). One suppressed count makes them NA.
    """
    check_counts(counts, attributes)
    check_level(level)
    rows = []
    recorded = counts[(counts["kind"] == "recorded") & counts["attribute"].isin(attributes)]
    for (group, name), part in recorded.groupby(["group", "attribute"], sort=False):
        try:
            values = part["category"].astype(float).to_numpy()
        except ValueError:
            raise UsageError(f"{name!r} has categories that are not numbers.") from None
        row = {"group": group, "attribute": name, "n": part["base_recorded"].iloc[0]}
        row["missing"] = part["missing"].iloc[0]
        if part["n"].notna().all() and part["n"].sum() >= max(2, smallest_base()):
            people = np.repeat(values, part["n"].to_numpy(dtype=int))
            row |= {"mean": people.mean(), "sd": people.std(ddof=1)}
            error = row["sd"] / np.sqrt(len(people))
            half = stats.t.ppf((1 + level) / 2, len(people) - 1) * error
            row |= {"low": row["mean"] - half, "high": row["mean"] + half}
            quartiles = np.quantile(people, [0.25, 0.5, 0.75])
            row |= zip(("lower_quartile", "median", "upper_quartile"), quartiles, strict=True)
        rows.append(row)
    columns = ["group", "attribute", "n", "missing", "mean", "low", "high", "sd"]
    columns += ["lower_quartile", "median", "upper_quartile"]
    return pd.DataFrame(rows, columns=columns)


def with_percent(
    table: pd.DataFrame, n: str, base: str, method: str = "wilson", level: float = 0.95
) -> pd.DataFrame:
    """Add ``percent, low, high`` of the columns `n` and `base`; NA where either is unknown."""
    size = as_floats(table[base])
    x = np.where(np.isnan(size), np.nan, as_floats(table[n]))
    low, high = interval(x, size, method, level)
    return table.assign(percent=100 * share(x, size), low=100 * low, high=100 * high)


def share(n: Any, base: Any) -> np.ndarray:
    """Return n / base, NaN where either is unknown or the base is empty or too small."""
    n, base = np.asarray(n, dtype=float), np.asarray(base, dtype=float)
    return np.divide(n, base, out=np.full(n.shape, np.nan), where=base >= smallest_base())


def as_floats(values: pd.Series) -> np.ndarray:
    """Return counts as floats with NaN for NA."""
    return values.to_numpy(dtype=float, na_value=np.nan)


def check_level(level: float) -> None:
    """Refuse a confidence level, power or error rate that is not between 0 and 1."""
    if not 0 < level < 1:
        raise UsageError(f"got {level}; a level, power or error rate lies between 0 and 1.")


def check_counts(counts: pd.DataFrame, attributes: Iterable[str] = ()) -> None:
    """Refuse a frame that is not a table of counts, or an attribute that is not in it."""
    lacking = {*LABELS, *COUNTS}.difference(counts.columns)
    if lacking:
        raise UsageError(f"not a table of counts: no column {', '.join(sorted(lacking))}.")
    known = set(counts["attribute"])
    for name in attributes:
        if name not in known:
            raise unknown("attribute", name, known)
