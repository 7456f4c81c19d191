"""What may be shown of a network: pseudonyms, merged clusters, ranks and bands."""

from __future__ import annotations

from hashlib import blake2b

import igraph as ig
import numpy as np
import pandas as pd

from appendices.disclosure.policy import Policy
from youthviolence.network.model import Whole, ends, nodes, people_in

MERGED = 0  # the number of the cluster that small clusters are merged into
PREFIX = {"person": "P", "incident": "V", "institution": "I"}
BANDS = 4


def protect_network(network: ig.Graph, policy: Policy, run_key: str) -> ig.Graph:
    """Return the network under pseudonyms, unless the policy shows records.

    Pseudonyms are P01, V01 and I01 (person, incident, institution), numbered by a keyed hash
    (BLAKE2b) of the recorded id: the same key gives the same pseudonyms, another key others, and
    nobody without the key can tell which is whose, so the key must not be shown with them. Node
    positions stay, so that layout and clusters do not depend on the key. Types of place that
    fewer people than the policy's group are linked to become "other".
    """
    if policy.show_records:
        return network
    table = nodes(network)
    key = blake2b(run_key.encode(), digest_size=32).digest()
    hashes = [
        blake2b(f"{kind}\n{node_id}".encode(), key=key).hexdigest()
        for kind, node_id in zip(table["kind"], table["node_id"], strict=True)
    ]
    number = pd.Series(hashes).groupby(table["kind"]).rank(method="first").astype(int)
    width = table["kind"].map(table["kind"].value_counts().astype("str").str.len().clip(lower=2))
    links = pd.DataFrame(ends(network), columns=["person", "place"])
    types = table["kind"] + " " + table["type"]
    people = links.groupby(links["place"].map(types))["person"].nunique()
    rare = (table["kind"] != "person") & ~types.map(people).ge(policy.network_group)
    protected = network.copy()
    protected.vs["node_id"] = [
        f"{PREFIX[kind]}{one:0{digits}d}"
        for kind, one, digits in zip(table["kind"], number, width, strict=True)
    ]
    protected.vs["type"] = table["type"].mask(rare, "other").tolist()
    return protected


def merge_small_clusters(network: ig.Graph, clusters: Whole, policy: Policy) -> Whole:
    """Return the clusters with those of too few people put together as `MERGED`.

    Smallest first, and on until the merged cluster itself holds as many people as the policy's
    group, so that it cannot be told apart as the one that is left over. A cluster of places
    without people hides nobody: it is merged only where others are.
    """
    fewest = policy.network_group
    people = np.bincount(clusters[: people_in(network)], minlength=clusters.max(initial=0) + 1)
    numbers = np.unique(clusters)
    merged: list[int] = []
    for number in numbers[np.lexsort((numbers, people[numbers]))]:
        held = people[merged].sum()
        if people[number] >= fewest and (not held or held >= fewest):
            break
        merged.append(int(number))
    if not people[merged].sum():
        return clusters
    return np.where(np.isin(clusters, merged), MERGED, clusters)


def protect_measures(ranks: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return ranks and bands in place of values; the table of `rank_intervals` otherwise.

    Returns
    -------
    The columns of `rank_intervals` without value, and band: "1 of 4" holds the highest ranks. Up
    to four bands of about equal size, each of as many nodes of the kind as the policy's group or
    more; nodes of the same rank are in the same band.
    """
    if policy.show_records:
        return ranks
    bands = ranks.groupby(["kind", "measure"])["rank"].transform(_bands, policy.network_group)
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
