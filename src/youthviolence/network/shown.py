"""What may be shown of a network of people: made safe here from the network itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b

import igraph as ig
import numpy as np
import pandas as pd

from appendices.disclosure.noise import Noise
from appendices.disclosure.policy import Policy
from appendices.disclosure.protect import Shielded
from youthviolence.network.centrality import communities, measures, rank_intervals, rank_table
from youthviolence.network.chance import NullDraws
from youthviolence.network.clusters import COUNTED, bridging, describe_clusters, enlarged
from youthviolence.network.model import Whole, ends, nodes, people_in
from youthviolence.network.placement import layout
from youthviolence.network.protection import (
    merge_small_clusters,
    protect_measures,
    protect_network,
)
from youthviolence.network.pruning import prune


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
    noise
        What its counts are changed by; None where they are shown as they are.
    """

    network: ig.Graph
    clusters: Whole
    policy: Policy
    noise: Noise | None

    def shield(self, frame: pd.DataFrame, rule: str) -> Shielded:
        """Return a table of it with what was done, said in `rule`."""
        few = rule.format(self.policy.network_group)
        return Shielded(frame, self.policy, "" if self.policy.show_records else few)

    @property
    def described(self) -> pd.DataFrame:
        """The table of `network.describe_clusters`, its counts changed where they must be."""
        return describe_clusters(self.network, self.clusters, self._show_count)

    def _show_count(self, n: int) -> int | None:
        if self.noise is None:
            return n
        (shown,) = self.noise.show(np.array([n]), np.zeros(1, dtype=np.uint64)).tolist()
        return None if shown < 0 else shown


def show_network(
    network: ig.Graph,
    policy: Policy,
    noise: Noise | None,
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
    noise
        As from `Appendix.network_noise`.
    reading, minimum_days
        As for `network.prune`; None keeps the whole network.
    resolution, seed
        As for `network.communities`.
    """
    shown = protect_network(network, policy, _run_key(network, seed))
    if reading is not None:
        shown = prune(shown, reading, minimum_days)
    found = communities(shown, seed=seed, resolution=resolution)
    return ShownNetwork(shown, merge_small_clusters(shown, found, policy), policy, noise)


def _run_key(network: ig.Graph, seed: int) -> str:
    people = people_in(network)
    links = pd.DataFrame(ends(network) - [0, people], columns=["person", "place"])
    stays = pd.DataFrame(
        [
            (person, place, *stay)
            for (person, place), held in zip(links.to_numpy(), network.es["stays"], strict=True)
            for stay in held
        ],
        columns=["person", "place", "start", "end"],
    )
    tables = (nodes(network), links, stays)
    text = "\n".join(table.to_csv(index=False, lineterminator="\n") for table in tables)
    return blake2b(f"{seed}\n{text}".encode()).hexdigest()


def map_table(shown: ShownNetwork) -> Shielded:
    """Return the table of `network.layout`."""
    return shown.shield(
        layout(shown.network, shown.clusters),
        "Ids are pseudonyms made for this run; clusters and types of place with fewer than {} "
        "young people are put together.",
    )


def enlarged_table(shown: ShownNetwork) -> Shielded:
    """Return the table of `network.enlarged`."""
    drawn = layout(shown.network, shown.clusters)
    return shown.shield(
        enlarged(drawn, shown.described),
        "Clusters of fewer than {} young people are not drawn." + _changed(shown.noise),
    )


def cluster_table(shown: ShownNetwork) -> Shielded:
    """Return the table of `network.describe_clusters`."""
    table = shown.shield(
        shown.described,
        "Clusters of fewer than {} young people stand together, as do types of incident that "
        "fewer are tied to." + _changed(shown.noise),
    )
    return table if shown.noise is None else replace(table, counts=COUNTED, protection=shown.noise)


def _changed(noise: Noise | None) -> str:
    if noise is None:
        return ""
    base, threshold = noise.policy.rounding_base, noise.policy.threshold
    return (
        f" Numbers, those in words too, are changed by a little and rounded to the nearest {base}; "
        f"few is about {threshold} or fewer, none included."
    )


def bridging_table(shown: ShownNetwork) -> Shielded:
    """Return the table of `network.bridging`."""
    return shown.shield(
        bridging(layout(shown.network, shown.clusters)),
        "Ids are pseudonyms made for this run; nodes of merged clusters are left out.",
    )


def ranks_shielded(shown: ShownNetwork, *, missing: float, draws: int, seed: int) -> Shielded:
    """Return the table of `network.rank_table`: ranks and bands.

    Where the policy shows records, with values, and others, component, articulation and bridges
    of `network.measures`.
    """
    ranks = rank_intervals(shown.network, missing=missing, draws=draws, seed=seed)
    table = rank_table(protect_measures(ranks, shown.policy))
    if shown.policy.show_records:
        keys = ["kind", "node_id"]
        more = [*keys, "others", "component", "articulation", "bridges"]
        table = table.merge(measures(shown.network)[more], on=keys, how="left")
    return shown.shield(
        table, "Ids are pseudonyms made for this run; ranks and bands stand in the place of values."
    )


@dataclass(frozen=True)
class ShownChance:
    """The tables of a null model as they may be shown; see `network.NullDraws`."""

    summary: Shielded
    distribution: Shielded
    mixing: Shielded


def show_chance(null: NullDraws, network: ig.Graph, policy: Policy) -> ShownChance:
    """Return the tables of the null model of `network`, unless it is too small under `policy`.

    They hold numbers of the network as a whole, which single nobody out while enough people and
    pairs of people stand behind them. Of the p-values only the two-sided one is kept.
    """
    pairs = null.observed["connected_pairs"]
    small = people_in(network) < 2 * policy.network_group or pairs < policy.network_group
    refused = "too few people or pairs of people stand behind numbers of the whole network."
    summary = null.summary().drop(columns=["p_at_least", "p_at_most"])
    tables = (summary, null.distribution(), null.mixing)
    return ShownChance(
        *(
            Shielded(frame, policy, "", refused if small and not policy.show_records else "")
            for frame in tables
        )
    )
