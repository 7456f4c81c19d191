"""What may be shown of a network: pseudonyms, merged clusters, ranks and bands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import pandas as pd

from youthviolence.network.model import Network, Whole

MERGED = 0  # the number of the cluster that small clusters are merged into
PREFIX = {"person": "P", "incident": "V", "institution": "I"}
BANDS = 4


@dataclass(frozen=True)
class Protection:
    """How a network may be shown.

    Parameters
    ----------
    threshold
        The fewest people that a cluster or a band may hold.
    show_ids
        Whether recorded ids and values are shown; if not, pseudonyms, ranks and bands are.
    """

    threshold: int = 5
    show_ids: bool = False


def protect_network(network: Network, protection: Protection, run_key: str) -> Network:
    """Return the network under pseudonyms, unless recorded ids may be shown.

    Pseudonyms are P01, V01 and I01 (person, incident, institution), numbered by a keyed hash
    (BLAKE2b) of the recorded id: the same key gives the same pseudonyms, another key others, and
    nobody without the key can tell which is whose, so the key must not be shown with them. Node
    positions stay, so that layout and clusters do not depend on the key. Types of place that
    fewer than `threshold` people are linked to become "other".
    """
    if protection.show_ids:
        return network
    nodes = network.nodes()
    key = blake2b(run_key.encode(), digest_size=32).digest()
    hashes = [
        blake2b(f"{kind}\n{node_id}".encode(), key=key).hexdigest()
        for kind, node_id in zip(nodes["kind"], nodes["node_id"], strict=True)
    ]
    number = pd.Series(hashes).groupby(nodes["kind"]).rank(method="first").astype(int)
    width = nodes.groupby("kind")["kind"].transform("size").astype("str").str.len().clip(lower=2)
    ids = [
        f"{PREFIX[kind]}{one:0{digits}d}"
        for kind, one, digits in zip(nodes["kind"], number, width, strict=True)
    ]
    people, other = ids[: len(network.people)], ids[len(network.people) :]
    types = _types(network, protection.threshold)
    places = network.places.assign(node_id=pd.Series(other, dtype="str"), type=types)
    return replace(network, people=pd.Index(people, dtype="str", name="person"), places=places)


def _types(network: Network, threshold: int) -> pd.Series:
    kinds = network.places["kind"] + " " + network.places["type"]
    kind = kinds.to_numpy()[network.links["place"]]
    people = network.links.groupby(kind)["person"].nunique()
    return network.places["type"].where(kinds.map(people).ge(threshold), "other")


def merge_small_clusters(network: Network, clusters: Whole, protection: Protection) -> Whole:
    """Return the clusters with those of too few people put together as `MERGED`.

    Smallest first, and on until the merged cluster itself holds at least `threshold` people, so
    that it cannot be told apart as the one that is left over. A cluster of places without people
    hides nobody: it is merged only where others are.
    """
    people = np.bincount(
        clusters[: len(network.people)], minlength=int(clusters.max(initial=0)) + 1
    )
    numbers = np.unique(clusters)
    falling = numbers[np.lexsort((numbers, people[numbers]))]
    merged: list[int] = []
    for number in falling:
        held = people[merged].sum()
        if people[number] >= protection.threshold and (not held or held >= protection.threshold):
            break
        merged.append(int(number))
    if not people[merged].sum():
        return clusters
    return np.where(np.isin(clusters, merged), MERGED, clusters)


def protect_measures(ranks: pd.DataFrame, protection: Protection) -> pd.DataFrame:
    """Return ranks and bands in place of values; the table of `rank_intervals` otherwise.

    Returns
    -------
    The columns of `rank_intervals` without value, and band: "1 of 4" holds the highest ranks. Up
    to four bands of about equal size, each of at least `threshold` nodes of the kind; nodes of
    the same rank are in the same band.
    """
    if protection.show_ids:
        return ranks
    bands = ranks.groupby(["kind", "measure"])["rank"].transform(_bands, protection.threshold)
    return ranks.drop(columns="value").assign(band=bands)


def _bands(ranks: pd.Series, threshold: int) -> pd.Series:
    wanted = max(threshold, -(-len(ranks) // BANDS))
    band_of, held, band = {}, 0, 1
    for rank, size in ranks.value_counts().sort_index().items():
        left = int((ranks >= rank).sum())
        if held >= wanted and left >= threshold:
            band, held = band + 1, 0
        band_of[rank] = band
        held += size
    return ranks.map(band_of).astype("str") + f" of {band}"
