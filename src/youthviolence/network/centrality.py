"""Where each person, incident and institution stands, and how sure that is."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import igraph as ig
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from youthviolence.network.meetings import count_others
from youthviolence.network.model import Whole, ends, keep_links, nodes, people_in

Values = NDArray[Any]
RANKED = ("degree", "betweenness", "core")
KINDS = {"person": "Young people", "institution": "Institutions", "incident": "Incidents"}
STRUCTURE = ("in the largest component", "in the core", "that are cut points")
LEVEL = 0.9  # the share of the trials that a range holds


@contextmanager
def seeded_igraph(seed: int) -> Iterator[None]:
    """Give igraph, whose random numbers are shared by the whole process, its own for a while."""
    ig.set_random_number_generator(random.Random(seed))  # noqa: S311 - not for secrets
    try:
        yield
    finally:
        ig.set_random_number_generator(random)


def components(network: ig.Graph) -> Whole:
    """Return the connected component of every node, numbered from 1, the largest first."""
    return by_size(network.connected_components().membership)


def by_size(groups: list[int]) -> Whole:
    """Return the same grouping numbered from 1 by falling size, ties by first member."""
    # Values are counted in the order in which they first come, and that order is kept among ties.
    found = pd.Series(groups, dtype="int64")
    return found.value_counts().index.get_indexer(pd.Index(found)) + 1


def communities(network: ig.Graph, *, seed: int = 0, resolution: float = 1.0) -> Whole:
    """Return the cluster of every node, numbered from 1, the largest first.

    Leiden (Traag, Waltman and van Eck 2019) on Barber's bipartite modularity (2007), which is
    the directed modularity of links pointing from people to places: people, incidents and
    institutions are clustered together, without a projection. The best of ten seeded starts.
    """
    if not network.ecount():
        return np.arange(1, network.vcount() + 1)
    graph = network.as_directed(mode="acyclic")
    with seeded_igraph(seed):
        found = [
            graph.community_leiden("modularity", resolution=resolution, n_iterations=-1)
            for _ in range(10)
        ]
    return by_size(max(found, key=lambda clustering: clustering.quality).membership)


def measures(network: ig.Graph) -> pd.DataFrame:
    """Return every node with its measures.

    Returns
    -------
    kind, node_id, type, degree (links), others (other people shared a place with; people only),
    component, core (largest k whose k-core holds the node), betweenness (share of shortest paths
    between other nodes that pass through it), articulation (taking it out splits its component),
    bridges (its links without which a component would split).
    """
    values = dict(zip(RANKED, _ranked(network), strict=True))
    others = count_others(network).tolist() + [None] * (network.vcount() - people_in(network))
    return nodes(network).assign(
        degree=values["degree"].astype(np.int64),
        others=pd.array(others, dtype="Int64"),
        component=components(network),
        core=values["core"].astype(np.int64),
        betweenness=values["betweenness"],
        articulation=_cut_points(network),
        bridges=np.bincount(ends(network)[network.bridges()].ravel(), minlength=network.vcount()),
    )


def rank_intervals(
    network: ig.Graph, *, missing: float = 0.1, draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Return how far each node's rank moves when a share of the links is missing at random.

    Parameters
    ----------
    missing
        Share of the links left out in each of the `draws`, without replacement.

    Returns
    -------
    kind, node_id, type, measure (degree, betweenness or core), value, rank (1 is the highest
    among its kind, equal values share the best rank), rank_low, rank_high (which hold nine draws
    in ten), of (nodes of its kind); sorted by kind, measure, rank and node_id.
    """
    table = nodes(network)
    kind = table["kind"]

    def ranks(part: ig.Graph) -> Values:
        # Equal paths can differ in the last bit, which must not make a rank.
        values = pd.DataFrame(_ranked(part).T.round(12))
        return values.groupby(kind).rank(method="min", ascending=False).to_numpy().T

    low, high = _ranges(ranks, network, missing, draws, seed)
    parts = [
        table.assign(measure=measure, value=value, rank=rank, rank_low=least, rank_high=most)
        for measure, value, rank, least, most in zip(
            RANKED, _ranked(network), ranks(network).astype(np.int64), low, high, strict=True
        )
    ]
    found = pd.concat(parts, ignore_index=True)
    found["of"] = found["kind"].map(kind.value_counts())
    return found.sort_values(["kind", "measure", "rank", "node_id"], ignore_index=True)


def rank_table(ranks: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `rank_intervals`, or of it protected, as one row a node.

    Returns
    -------
    kind, node_id, type, and for each measure measure_rank, measure_low, measure_high, what else
    the table has (measure_value or measure_band), and measure_range (text); people first, then
    institutions and incidents, by rank of betweenness.
    """
    keys = ["kind", "node_id", "type"]
    parts = [
        part.set_index(keys)
        .drop(columns=["measure", "of"])
        .rename(columns=lambda name: name.removeprefix("rank_"))
        .add_prefix(f"{measure}_")
        for measure in RANKED
        for part in [ranks[ranks["measure"] == measure]]
    ]
    wide = pd.concat(parts, axis=1).reset_index()
    for measure in RANKED:
        low, high = (wide[f"{measure}_{end}"].astype("str") for end in ("low", "high"))
        wide[f"{measure}_range"] = low.where(low == high, low + " to " + high)
    place = pd.Index(KINDS).get_indexer(pd.Index(wide["kind"]))
    order = np.lexsort((wide["node_id"], wide["betweenness_rank"], place))
    return wide.iloc[order].reset_index(drop=True)


def structure_intervals(
    network: ig.Graph, *, missing: float = 0.1, draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Return how the network hangs together, and how that moves when links are missing at random.

    Parameters as for `rank_intervals`.

    Returns
    -------
    measure (in words), observed, low, high: people, institutions and incidents in the largest
    component, in the core and that are cut points (taking one out splits its component); links
    that are bridges; components of two nodes or more.
    """
    low, high = _ranges(_structure, network, missing, draws, seed)
    titles = [f"{of} {measure}" for measure in STRUCTURE for of in KINDS.values()]
    return pd.DataFrame(
        {
            "measure": [*titles, "Links that are bridges", "Components of two nodes or more"],
            "observed": _structure(network),
            "low": low,
            "high": high,
        }
    )


def _structure(network: ig.Graph) -> Whole:
    kind, component = np.array(network.vs["kind"]), components(network)
    core = np.array(network.coreness()) >= 2
    counts = [
        int((which & (kind == one)).sum())
        for which in (component == 1, core, _cut_points(network))
        for one in KINDS
    ]
    together = int((np.bincount(component) >= 2).sum())
    return np.array([*counts, len(network.bridges()), together])


def _cut_points(network: ig.Graph) -> NDArray[np.bool_]:
    return np.isin(np.arange(network.vcount()), network.articulation_points())


def _ranked(network: ig.Graph) -> Values:
    """Return a row each of degree, betweenness (as a share of pairs) and core number."""
    n = network.vcount()
    pairs = max((n - 1) * (n - 2) / 2, 1)
    between = np.array(network.betweenness()) / pairs
    return np.array([network.degree(), between, network.coreness()], dtype=np.float64)


def _ranges(
    measure: Callable[[ig.Graph], Values], network: ig.Graph, missing: float, draws: int, seed: int
) -> Whole:
    """Return the low and high ends of a measure when a share of the links is left out."""
    rng, n_links = np.random.default_rng(seed), network.ecount()
    kept = n_links - round(missing * n_links)
    drawn = [
        measure(keep_links(network, np.sort(rng.permutation(n_links)[:kept]))) for _ in range(draws)
    ]
    tails = (1 - LEVEL) / 2, 1 - (1 - LEVEL) / 2
    return np.quantile(drawn, tails, axis=0, method="nearest").astype(np.int64)
