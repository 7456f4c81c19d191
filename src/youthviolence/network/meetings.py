"""Who was at the same place as whom, with or without regard to when they were there."""

from __future__ import annotations

from collections.abc import Sequence

import igraph as ig
import numpy as np
import pandas as pd

from appendices.errors import UsageError
from youthviolence.network.model import Whole, ends, keep_links, people_in
from youthviolence.network.stays import days_together, merge_stays


def meetings(network: ig.Graph, minimum_days: int | None = None) -> pd.DataFrame:
    """Return who shares a place with whom: place, kind, a, b (positions, a before b).

    Parameters
    ----------
    minimum_days
        Days that two people's stays at an institution must overlap, the first and the last
        included, for it to count as shared. None ignores dates. People in the same incident
        are always together.

    Raises
    ------
    UsageError
        When `minimum_days` is less than one.
    """
    if minimum_days is not None and minimum_days < 1:
        raise UsageError(f"minimum_days is {minimum_days}; expected at least 1, or None.")
    links = pd.DataFrame(ends(network), columns=["person", "place"])
    links["stays"] = pd.Series([merge_stays(stays) for stays in network.es["stays"]], dtype=object)
    met = links.merge(links, on="place", suffixes=("", "_other"))
    met = met[met["person"] < met["person_other"]]
    met.insert(1, "kind", np.array(network.vs["kind"], dtype=object)[met["place"]])
    if minimum_days is not None:
        stays = zip(met["stays"], met["stays_other"], strict=True)
        long_enough = np.array([days_together(a, b) for a, b in stays]) >= minimum_days
        met = met[(met["kind"] == "incident") | long_enough]
    met = met.rename(columns={"person": "a", "person_other": "b"})
    return met[["place", "kind", "a", "b"]].reset_index(drop=True)


def count_others(network: ig.Graph, minimum_days: int | None = None) -> Whole:
    """Return for each person the number of other people they share a place with."""
    pairs = meetings(network, minimum_days)[["a", "b"]].drop_duplicates()
    return np.bincount(pairs.to_numpy().ravel(), minlength=people_in(network))


def links_where_met(network: ig.Graph, minimum_days: int | None = None) -> ig.Graph:
    """Return the network with only the links of people to places where they met somebody.

    People and places all stay. Parameters and errors as for `meetings`.
    """
    held = _links_of(meetings(network, minimum_days))
    return keep_links(
        network, [at for at, link in enumerate(network.get_edgelist()) if link in held]
    )


def compare_overlaps(network: ig.Graph, minimum_days: Sequence[int]) -> pd.DataFrame:
    """Return how many links and pairs of people are left as more overlap in time is asked for.

    Returns
    -------
    setting ("dates ignored", "at least 1 day", ...), minimum_days (missing for the first),
    links (of a person to a place where they met somebody), people (who met somebody),
    via_institutions, via_incidents, via_both, pairs.
    """
    rows = []
    for days in (None, *minimum_days):
        met = meetings(network, days)
        links = _links_of(met)
        pairs = {
            kind: set(zip(part["a"], part["b"], strict=True))
            for kind in ("incident", "institution")
            for part in [met[met["kind"] == kind]]
        }
        school, violence = pairs["institution"], pairs["incident"]
        noun = "day" if days == 1 else "days"
        rows.append(
            {
                "setting": "dates ignored" if days is None else f"at least {days} {noun}",
                "minimum_days": days,
                "links": len(links),
                "people": len({person for person, _ in links}),
                "via_institutions": len(school),
                "via_incidents": len(violence),
                "via_both": len(school & violence),
                "pairs": len(school | violence),
            }
        )
    return pd.DataFrame(rows).astype({"minimum_days": "Int64"})


def shares_of_first(counts: pd.DataFrame, of: Sequence[str]) -> pd.DataFrame:
    """Return the table with each column of `of` also as a percentage of its first row.

    The new columns are named percent_of_...; missing where the first row is nought or missing.
    """
    shares = counts.copy()
    for name in of:
        values = counts[name].astype("Float64")
        first = values.iloc[0]
        known = pd.notna(first) and first > 0
        shares[f"percent_of_{name}"] = 100 * values / (first if known else pd.NA)
    return shares


def _links_of(met: pd.DataFrame) -> set[tuple[int, int]]:
    return {
        (person, place)
        for end in "ab"
        for person, place in zip(met[end], met["place"], strict=True)
    }
