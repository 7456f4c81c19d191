"""What may be shown of a network of people: made safe here from the network itself."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import pandas as pd

from appendices.disclosure.policy import Policy
from appendices.disclosure.protect import Shielded
from youthviolence.network import (
    Network,
    NullDraws,
    Protection,
    bridging,
    communities,
    describe_clusters,
    enlarged,
    layout,
    measures,
    merge_small_clusters,
    protect_measures,
    protect_network,
    prune,
    rank_intervals,
    rank_table,
)
from youthviolence.network.model import Whole


@dataclass(frozen=True)
class ShownNetwork:
    """A network as a policy lets it be shown.

    Parameters
    ----------
    network
        Under pseudonyms, unless the policy shows records.
    clusters
        The cluster of every node, those of too few people merged.
    policy
        The policy.
    """

    network: Network
    clusters: Whole
    policy: Policy

    @property
    def protection(self) -> Protection:
        """The policy in the terms of the network."""
        return protection_of(self.policy)


def protection_of(policy: Policy) -> Protection:
    """Return how a network may be shown under `policy`."""
    return Protection(threshold=policy.network_group, show_ids=policy.show_records)


def show_network(
    network: Network,
    policy: Policy,
    *,
    reading: str | None = None,
    minimum_days: int | None = None,
    resolution: float = 1.0,
    seed: int = 0,
) -> ShownNetwork:
    """Return `network`, pruned by `reading`, as `policy` lets it be shown.

    The pseudonyms come from the whole network and the seed: a node has the same one however the
    network is pruned, and another under another seed or other data. The key is made from the
    links themselves, which nobody has who has not the data.

    Parameters
    ----------
    reading, minimum_days
        As for `network.prune`; None keeps the whole network.
    resolution, seed
        As for `network.communities`.
    """
    protection = protection_of(policy)
    shown = protect_network(network, protection, _run_key(network, seed))
    if reading is not None:
        shown = prune(shown, reading, minimum_days)
    found = communities(shown, seed=seed, resolution=resolution)
    return ShownNetwork(shown, merge_small_clusters(shown, found, protection), policy)


def _run_key(network: Network, seed: int) -> str:
    tables = (network.nodes(), network.links, network.stays)
    text = "\n".join(table.to_csv(index=False, lineterminator="\n") for table in tables)
    return blake2b(f"{seed}\n{text}".encode()).hexdigest()


def _shield(shown: ShownNetwork, frame: pd.DataFrame, rule: str) -> Shielded:
    return Shielded(frame, shown.policy, "" if shown.protection.show_ids else rule)


def map_table(shown: ShownNetwork) -> Shielded:
    """Return the table of `network.layout`."""
    return _shield(
        shown,
        layout(shown.network, shown.clusters),
        "Ids are pseudonyms made for this run; clusters and types of place with fewer than "
        f"{shown.protection.threshold} young people are put together.",
    )


def enlarged_table(shown: ShownNetwork) -> Shielded:
    """Return the table of `network.enlarged`."""
    nodes = layout(shown.network, shown.clusters)
    return _shield(
        shown,
        enlarged(nodes, describe_clusters(shown.network, shown.clusters)),
        f"Clusters of fewer than {shown.protection.threshold} young people are not drawn.",
    )


def cluster_table(shown: ShownNetwork) -> Shielded:
    """Return the table of `network.describe_clusters`."""
    return _shield(
        shown,
        describe_clusters(shown.network, shown.clusters),
        f"Clusters of fewer than {shown.protection.threshold} young people stand together, as do "
        "types of incident that fewer are tied to.",
    )


def bridging_table(shown: ShownNetwork) -> Shielded:
    """Return the table of `network.bridging`."""
    nodes = layout(shown.network, shown.clusters)
    return _shield(
        shown,
        bridging(nodes),
        "Ids are pseudonyms made for this run; nodes of merged clusters are left out.",
    )


def ranks_shielded(shown: ShownNetwork, *, missing: float, draws: int, seed: int) -> Shielded:
    """Return the table of `network.rank_table`: ranks and bands.

    Where the policy shows records, with values, and others, component, articulation and bridges
    of `network.measures`.
    """
    ranks = rank_intervals(shown.network, missing=missing, draws=draws, seed=seed)
    table = rank_table(protect_measures(ranks, shown.protection))
    if shown.protection.show_ids:
        keys = ["kind", "node_id"]
        more = [*keys, "others", "component", "articulation", "bridges"]
        table = table.merge(measures(shown.network)[more], on=keys, how="left")
    return _shield(
        shown,
        table,
        "Ids are pseudonyms made for this run; ranks and bands stand in the place of values.",
    )


@dataclass(frozen=True)
class ShownChance:
    """The tables of a null model as they may be shown; see `network.NullDraws`."""

    summary: Shielded
    distribution: Shielded
    mixing: Shielded


def show_chance(null: NullDraws, network: Network, policy: Policy) -> ShownChance:
    """Return the tables of the null model of `network`, unless it is too small under `policy`.

    They hold numbers of the network as a whole, which single nobody out while enough people and
    pairs of people stand behind them. Of the p-values only the two-sided one is kept.
    """
    pairs = int(null.observed["connected_pairs"].iloc[0])
    small = len(network.people) < 2 * policy.network_group or pairs < policy.network_group
    refused = "too few people or pairs of people stand behind numbers of the whole network."
    summary = null.summary().drop(columns=["p_at_least", "p_at_most"])
    tables = (summary, null.distribution(), null.mixing)
    return ShownChance(
        *(
            Shielded(frame, policy, "", refused if small and not policy.show_records else "")
            for frame in tables
        )
    )
