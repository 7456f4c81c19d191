"""What is missing together, and how far the missing could move each percentage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from appendices.counts import POOLED
from youthviolence.cohorts.comparison import positive_rows
from youthviolence.cohorts.cooccurrence import total
from youthviolence.cohorts.profiles import as_floats, interval, share
from youthviolence.cohorts.tabulation import is_pooled


def missing_patterns(combination_counts: pd.DataFrame) -> pd.DataFrame:
    """Count people by which attributes are missing for them, from `tabulate_combinations`.

    Returns ``pattern`` (names of the missing attributes), ``attributes_missing, n, base,
    percent`` and a boolean column an attribute (True: missing); fewest missing first. Last come
    the people of combinations that were pooled, where any were, without these columns.
    """
    names = [str(name) for name in combination_counts if name != "n"]
    pooled = is_pooled(combination_counts)
    told = combination_counts[~pooled]
    gone = told[names].isna().assign(n=told["n"])
    table = gone.groupby(names, sort=False)["n"].agg(total).reset_index()
    held = table[names].to_numpy(dtype=bool)
    table["pattern"] = [" & ".join(np.array(names)[row]) or "complete" for row in held]
    table["attributes_missing"] = held.sum(axis=1)
    table = table.sort_values(["attributes_missing", "pattern"], ignore_index=True)
    if pooled.any():
        others = {"pattern": POOLED, "n": total(combination_counts.loc[pooled, "n"])}
        table = pd.concat([table, pd.DataFrame([others])], ignore_index=True)
    table["base"] = total(combination_counts["n"])
    table = table.astype(dict.fromkeys(["n", "base", "attributes_missing"], "Int64"))
    table["percent"] = 100 * share(as_floats(table["n"]), as_floats(table["base"]))
    columns = ["pattern", "attributes_missing", "n", "base", "percent", *names]
    return table[columns].astype(dict.fromkeys(names, "boolean"))


def bounds(
    counts: pd.DataFrame, positive: str | Mapping[str, str] = "yes", level: float = 0.95
) -> pd.DataFrame:
    """Bound each percentage by what the missing could be: nobody with it, or all of them.

    The bounds assume nothing about who is missing (Horowitz and Manski 1995); the outer
    interval joins the Wilson limits of both ends.

    Returns one row a group and attribute: ``by, group, attribute, category, n, recorded,
    missing, percent`` (of those recorded), ``percent_lowest, percent_highest`` (of everyone),
    ``width`` (percentage points), ``outer_low, outer_high``.
    """
    rows = positive_rows(counts, positive).reset_index(drop=True)
    n, missing, everyone = (as_floats(rows[name]) for name in ("n", "missing", "base_all"))
    # Counts rounded one by one may add up to more than everyone.
    most = np.minimum(n + missing, everyone)
    lowest, highest = 100 * share(n, everyone), 100 * share(most, everyone)
    return rows[["by", "group", "attribute", "category", "n"]].assign(
        recorded=rows["base_recorded"],
        missing=rows["missing"],
        percent=100 * share(n, as_floats(rows["base_recorded"])),
        percent_lowest=lowest,
        percent_highest=highest,
        width=highest - lowest,
        outer_low=100 * interval(n, everyone, "wilson", level)[0],
        outer_high=100 * interval(most, everyone, "wilson", level)[1],
    )
