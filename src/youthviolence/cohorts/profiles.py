"""Percentages and their uncertainty, of whom, from a table of counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from appendices.errors import DataError, UsageError, unknown
from appendices.precision import precision, smallest_base
from youthviolence.cohorts.tabulation import COUNTS, LABELS

METHODS = {"wilson": "wilson", "clopper-pearson": "beta", "jeffreys": "jeffreys"}
OF_RECORDED = "those with it recorded"
OF_EVERYONE = "everyone it applies to"
_MOST_OF = 0.95  # of the people whose number is known, so many must be in shown counts


def interval(n: Any, base: Any, method: str = "wilson", level: float = 0.95) -> np.ndarray:
    """Return low and high (2 x rows, proportions) for `n` of `base`; NaN where unknown or empty.

    Wilson 1927; Clopper and Pearson 1934; Jeffreys with the limits of 0 at none and 1 at all
    (Brown, Cai and DasGupta 2001). Of counts that are not exact, the distance from the share to
    each limit is joined with that of their error, root of the sum of squares (Donner and Zou 2012).
    """
    if method not in METHODS:
        raise unknown("interval method", method, METHODS)
    check_level(level)
    x, size = (np.asarray(v, dtype=float) for v in (n, base))
    if (x > size).any():
        if precision().is_exact:
            raise DataError("a count is larger than its base; the table is not consistent.")
        x = np.minimum(x, size)
    known = ~np.isnan(x) & (size >= smallest_base())
    limits = np.full((2, *x.shape), np.nan)
    if known.any():
        x, size = x[known], size[known]
        low, high = proportion_confint(x, size, alpha=1 - level, method=METHODS[method])
        low, high = np.where(x == 0, 0.0, low), np.where(x == size, 1.0, high)
        limits[:, known] = _widened(x / size, size, low, high, level)
    return limits


def _widened(
    p: np.ndarray, size: np.ndarray, low: np.ndarray, high: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of shares of people with the error of shown counts allowed for."""
    if precision().is_exact:
        return low, high
    z = stats.norm.ppf((1 + level) / 2)
    more = z * np.sqrt(precision().interval_variance * (1 + p**2)) / size
    return np.maximum(p - np.hypot(p - low, more), 0.0), np.minimum(
        p + np.hypot(high - p, more), 1.0
    )


def effective(n: float, base: float) -> tuple[float, float]:
    """Return `n` of `base` as so many exactly counted people as would be as informative.

    The share stays, and with E the variance of a shown count's error, the size is
    base / (1 + E (1 + p^2) / (base p (1 - p))), p at least half a person from 0 and 1; never less
    than one person.
    """
    if precision().is_exact or not base:
        return n, base
    share_of = min(n / base, 1.0)
    p = min(max(share_of, 0.5 / base), 1 - 0.5 / base)
    size = base / (1 + precision().error_variance * (1 + p**2) / (base * p * (1 - p)))
    size = max(size, 1.0)
    return share_of * size, size


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
    linear interpolation). They are NA where the counts that are shown are of less than 95 percent
    of the people with the attribute recorded; the interval, where they are not exact.
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
        told = part["n"].sum()
        enough = pd.notna(row["n"]) and told >= _MOST_OF * row["n"]
        if enough and told >= max(2, smallest_base()):
            people = np.repeat(values, part["n"].fillna(0).to_numpy(dtype=int))
            row |= {"mean": people.mean(), "sd": people.std(ddof=1)}
            error = row["sd"] / np.sqrt(len(people))
            half = stats.t.ppf((1 + level) / 2, len(people) - 1) * error
            if precision().is_exact:
                row |= {"low": row["mean"] - half, "high": row["mean"] + half}
            quartiles = np.quantile(people, [0.25, 0.5, 0.75])
            row |= zip(("lower_quartile", "median", "upper_quartile"), quartiles, strict=True)
        rows.append(row)
    columns = ["group", "attribute", "n", "missing", "mean", "low", "high", "sd"]
    columns += ["lower_quartile", "median", "upper_quartile"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(["n", "missing"], "Int64"))


def with_percent(
    table: pd.DataFrame, n: str, base: str, method: str = "wilson", level: float = 0.95
) -> pd.DataFrame:
    """Add ``percent, low, high`` of the columns `n` and `base`; NA where either is unknown."""
    size = as_floats(table[base])
    x = np.where(np.isnan(size), np.nan, as_floats(table[n]))
    low, high = interval(x, size, method, level)
    return table.assign(percent=100 * share(x, size), low=100 * low, high=100 * high)


def share(n: Any, base: Any) -> np.ndarray:
    """Return n / base, NaN where either is unknown or the base is empty or too small.

    Counts that are not exact may exceed their base: then all of it is meant.
    """
    n, base = np.asarray(n, dtype=float), np.asarray(base, dtype=float)
    n = n if precision().is_exact else np.minimum(n, base)
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
