"""From people x places to people x people, with or without regard to when they were there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from appendices.errors import UsageError
from youthviolence.network.model import Network, Whole, distinct_pairs
from youthviolence.network.stays import overlaps_earlier

# How many entries of the people x people matrix, or pairs of stays, are held at a time.
AT_A_TIME = 2_000_000
# An incident counts 1 and an institution this much, so that one product counts both.
_INSTITUTION = 2**16


@dataclass(frozen=True)
class Projection:
    """Pairs of people with a place in common.

    Parameters
    ----------
    people
        Person ids by position.
    pairs
        a, b (positions, a before b, sorted), incidents, institutions (places shared; int32).
    """

    people: pd.Index
    pairs: pd.DataFrame

    def others(self) -> Whole:
        """Return for each person the number of other people they share a place with."""
        ends = self.pairs[["a", "b"]].to_numpy().ravel()
        return np.bincount(ends, minlength=len(self.people))

    def table(self) -> pd.DataFrame:
        """Return person_a, person_b, places, incidents, institutions; one row a pair, sorted."""
        named = pd.DataFrame(
            {
                "person_a": self.people[self.pairs["a"]],
                "person_b": self.people[self.pairs["b"]],
                "places": self.pairs["incidents"] + self.pairs["institutions"],
                "incidents": self.pairs["incidents"],
                "institutions": self.pairs["institutions"],
            }
        )
        return named.sort_values(["person_a", "person_b"], ignore_index=True)


def project(network: Network, minimum_days: int | None = None) -> Projection:
    """Return who shares a place with whom.

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
    if minimum_days is None:
        pairs = _shared_places(network)
    else:
        together = _overlaps(network, minimum_days)
        pairs = pd.concat(
            [_shared_places(_incidents_only(network)), _acquainted(network, together)]
        )
        pairs = pairs.groupby(["a", "b"], as_index=False, sort=True).sum()
    return Projection(network.people, pairs)


def links_where_met(network: Network, minimum_days: int | None = None) -> Network:
    """Return the network with only the links of people to places where they met somebody.

    People and places all stay. Parameters and errors as for `project`; with None, a place that
    anybody else is linked to will do.
    """
    person, place = network.links["person"].to_numpy(), network.links["place"].to_numpy()
    met = (np.bincount(place, minlength=len(network.places)) >= 2)[place]
    if minimum_days is not None:
        found = _overlaps(network, minimum_days)
        n_places = max(len(network.places), 1)
        held = np.unique(np.concatenate([found[end] * n_places + found["place"] for end in "ab"]))
        incident = (network.places["kind"] == "incident").to_numpy()[place]
        met &= incident | np.isin(person.astype(np.int64) * n_places + place, held)
    links = network.links[met].reset_index(drop=True)
    return replace(network, links=links)


def compare_overlaps(network: Network, minimum_days: Sequence[int] = (1, 30, 90)) -> pd.DataFrame:
    """Return how many links and pairs of people are left as more overlap in time is asked for.

    Returns
    -------
    setting ("dates ignored", "at least 1 day", ...), minimum_days (missing for the first),
    links (of a person to a place where they met somebody), people (who met somebody),
    via_institutions, via_incidents, via_both, pairs.
    """
    rows = []
    for days in (None, *minimum_days):
        links = links_where_met(network, days).links
        pairs = project(network, days).pairs
        school, violence = pairs["institutions"] > 0, pairs["incidents"] > 0
        noun = "day" if days == 1 else "days"
        rows.append(
            {
                "setting": "dates ignored" if days is None else f"at least {days} {noun}",
                "minimum_days": days,
                "links": len(links),
                "people": links["person"].nunique(),
                "via_institutions": int(school.sum()),
                "via_incidents": int(violence.sum()),
                "via_both": int((school & violence).sum()),
                "pairs": len(pairs),
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


def _shared_places(network: Network) -> pd.DataFrame:
    weighted = network.incidence()
    is_institution = network.places["kind"].to_numpy() == "institution"
    weighted.data[is_institution[weighted.indices]] = _INSTITUTION
    others = network.incidence().T.tocsr()
    parts: list[tuple[NDArray[np.int32], ...]] = []
    reach = np.diff(others.indptr)[weighted.indices]
    total = np.concatenate([[0], np.cumsum(reach)])[weighted.indptr]
    for low, high in _portions(total):
        block = sparse.triu(weighted[low:high] @ others, k=low + 1, format="csr")
        block.sort_indices()
        a = np.repeat(np.arange(low, high, dtype=np.int32), np.diff(block.indptr))
        institutions, incidents = np.divmod(block.data, _INSTITUTION)
        parts.append((a, block.indices.astype(np.int32), incidents, institutions))
    columns = ("a", "b", "incidents", "institutions")
    empty = tuple(np.empty(0, np.int32) for _ in columns)
    joined = [np.concatenate(part) for part in zip(empty, *parts, strict=True)]
    return pd.DataFrame(dict(zip(columns, joined, strict=True)))


def _portions(total: Whole) -> Iterator[tuple[int, int]]:
    """Yield ranges over which the running `total` grows by at most `AT_A_TIME`, or one step."""
    low = 0
    while low < len(total) - 1:
        fits = int(np.searchsorted(total, total[low] + AT_A_TIME, side="right")) - 1
        high = max(fits, low + 1)
        yield low, high
        low = high


def _incidents_only(network: Network) -> Network:
    incident = network.places["kind"].to_numpy() == "incident"
    return network.subset(np.ones(len(network.people), dtype=bool), incident)


def _acquainted(network: Network, together: pd.DataFrame) -> pd.DataFrame:
    """Return a, b, incidents (0), institutions from the table of `_overlaps`."""
    n_people = max(len(network.people), 1)
    keys = together["a"].to_numpy() * n_people + together["b"].to_numpy()
    distinct, shared = np.unique(keys, return_counts=True)
    pairs = distinct_pairs(*np.divmod(distinct, n_people), n_people, ("a", "b"))
    return pairs.assign(incidents=np.int32(0), institutions=shared.astype(np.int32))


def _overlaps(network: Network, minimum_days: int) -> pd.DataFrame:
    """Return place, a, b (int64): who was at an institution together for long enough.

    Two stays of one person at one place are one acquaintance: their days add up, and a day that
    is on record twice counts once.
    """
    if minimum_days < 1:
        raise UsageError(f"minimum_days is {minimum_days}; expected at least 1, or None.")
    stays = network.stays.sort_values(["place", "person", "start", "end"])
    place, person, start, end = (stays[name].to_numpy() for name in stays.columns[[1, 0, 2, 3]])
    n_people = max(len(network.people), 1)
    first = np.flatnonzero(
        ~overlaps_earlier(place.astype(np.int64) * n_people + person, start, end)
    )
    place, person, start = place[first], person[first], start[first]
    end = np.maximum.reduceat(end, first) if len(first) else end
    found = []
    for i, j in _pairs_within(place):
        days = np.minimum(end[i], end[j]) - np.maximum(start[i], start[j]) + 1
        together = (days > 0) & (person[i] != person[j])
        # Stays are sorted by person within a place: the first of a pair is the lower position.
        pair = person[i].astype(np.int64) * n_people + person[j]
        met = pd.DataFrame({"place": place[i], "pair": pair, "days": days})
        found.append(met[together])
    nobody = pd.DataFrame({"place": [], "pair": [], "days": []}, dtype=np.int64)
    days_met = pd.concat(found or [nobody]).groupby(["place", "pair"])["days"].sum().reset_index()
    long_enough = days_met[days_met["days"] >= minimum_days]
    a, b = np.divmod(long_enough["pair"].to_numpy(dtype=np.int64), n_people)
    return pd.DataFrame({"place": long_enough["place"].to_numpy(dtype=np.int64), "a": a, "b": b})


def _pairs_within(group: NDArray[np.int32]) -> Iterator[tuple[Whole, Whole]]:
    """Yield the positions i < j of every pair within a sorted group, in bounded portions."""
    last = np.searchsorted(group, group, side="right")
    after = last - np.arange(len(group)) - 1
    total = np.concatenate([[0], np.cumsum(after)])
    for low, high in _portions(total):
        i = np.repeat(np.arange(low, high), after[low:high])
        j = i + 1 + np.arange(len(i)) - np.repeat(total[low:high] - total[low], after[low:high])
        yield i, j
