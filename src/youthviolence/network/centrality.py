"""Where each person, incident and institution stands, and how sure that is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import igraph as ig
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csgraph, csr_matrix

from youthviolence.network.model import Network, Whole
from youthviolence.network.projection import project

Values = NDArray[np.float64]
RANKED = ("degree", "betweenness", "core")
STRUCTURE = [
    f"{of} {measure}"
    for measure in ("in the largest component", "in the core", "that are cut points")
    for of in ("Young people", "Institutions", "Incidents")
]


@contextmanager
def seeded_igraph(seed: int) -> Iterator[None]:
    """Give igraph, whose random numbers are shared by the whole process, its own for a while."""
    ig.set_random_number_generator(random.Random(seed))  # noqa: S311 - not for secrets
    try:
        yield
    finally:
        ig.set_random_number_generator(random)


def components(network: Network) -> Whole:
    """Return the connected component of every node, numbered from 1, the largest first."""
    n, ends = network.n_nodes, network.ends()
    graph = csr_matrix((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), shape=(n, n))
    return by_size(csgraph.connected_components(graph, directed=False)[1])


def by_size(groups: Whole) -> Whole:
    """Return the same grouping numbered from 1 by falling size, ties by first member."""
    _, first, inverse, sizes = np.unique(
        groups, return_index=True, return_inverse=True, return_counts=True
    )
    number = np.empty(len(first), dtype=np.int64)
    number[np.lexsort((first, -sizes))] = np.arange(1, len(first) + 1)
    return number[inverse]


def communities(network: Network, *, seed: int = 0, resolution: float = 1.0) -> Whole:
    """Return the cluster of every node, numbered from 1, the largest first.

    Leiden (Traag, Waltman and van Eck 2019) on Barber's bipartite modularity (2007), which is
    the directed modularity of links pointing from people to places: people, incidents and
    institutions are clustered together, without a projection. The best of ten seeded starts.
    """
    if not len(network.links):
        return np.arange(1, network.n_nodes + 1)
    graph = network.graph(directed=True)
    with seeded_igraph(seed):
        found = [
            graph.community_leiden("modularity", resolution=resolution, n_iterations=-1)
            for _ in range(10)
        ]
    best = max(found, key=lambda one: one.quality)
    return by_size(np.asarray(best.membership))


def measures(network: Network, *, seed: int = 0, resolution: float = 1.0) -> pd.DataFrame:
    """Return every node with its measures, sorted by kind and node_id.

    Returns
    -------
    kind, node_id, type, degree (links), others (other people shared a place with; people only),
    component, cluster, core (largest k whose k-core holds the node), betweenness (share of
    shortest paths between other nodes that pass through it), articulation (taking it out
    splits its component), bridges (its links without which a component would split).
    """
    graph, n = network.graph(), network.n_nodes
    bridges = network.ends()[graph.bridges()].ravel()
    articulation = np.zeros(n, dtype=bool)
    articulation[graph.articulation_points()] = True
    others = project(network).others().tolist() + [None] * len(network.places)
    table = network.nodes().assign(
        degree=network.degrees(),
        others=pd.array(others, dtype="Int64"),
        component=components(network),
        cluster=communities(network, seed=seed, resolution=resolution),
        core=np.asarray(graph.coreness(), dtype=np.int64),
        betweenness=_betweenness(graph),
        articulation=articulation,
        bridges=np.bincount(bridges, minlength=n),
    )
    return table.sort_values(["kind", "node_id"], ignore_index=True)


def rank_intervals(
    network: Network,
    *,
    missing: float = 0.1,
    draws: int = 200,
    level: float = 0.9,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how far each node's rank moves when a share of the links is missing at random.

    Parameters
    ----------
    missing
        Share of the links left out in each of the `draws`, without replacement.
    level
        Share of the draws that the interval from rank_low to rank_high holds.

    Returns
    -------
    kind, node_id, type, measure (degree, betweenness or core), value, rank (1 is the highest
    among its kind, equal values share the best rank), rank_low, rank_high, of (nodes of its
    kind); sorted by kind, measure, rank and node_id.
    """
    nodes = network.nodes()
    drawn = np.array(
        [_ranks(_ranked(part), nodes["kind"]) for part in _thinned(network, missing, draws, seed)]
    )
    values = _ranked(network)
    ranks = _ranks(values, nodes["kind"])
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail), axis=0, method="nearest")
    of = nodes.groupby("kind")["node_id"].transform("size")
    parts = [
        nodes.assign(
            measure=measure,
            value=values[row],
            rank=ranks[row].astype(np.int64),
            rank_low=low[row].astype(np.int64),
            rank_high=high[row].astype(np.int64),
            of=of,
        )
        for row, measure in enumerate(RANKED)
    ]
    table = pd.concat(parts, ignore_index=True)
    return table.sort_values(["kind", "measure", "rank", "node_id"], ignore_index=True)


def rank_table(ranks: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `rank_intervals`, or of it protected, as one row a node.

    Returns
    -------
    kind, node_id, type, and for each measure measure_rank, measure_low, measure_high, what else
    the table has (measure_value or measure_band), and measure_range (text); people first, then
    institutions and incidents, by rank of betweenness.
    """
    keys = ["kind", "node_id", "type"]
    held = [name for name in ranks.columns if name not in (*keys, "measure", "of")]
    parts = [
        ranks[ranks["measure"] == measure]
        .set_index(keys)[held]
        .rename(columns=lambda name: f"{measure}_{name.removeprefix('rank_')}")  # noqa: B023
        for measure in RANKED
    ]
    wide = pd.concat(parts, axis=1)
    wide = wide.reset_index()
    for measure in RANKED:
        low, high = (wide[f"{measure}_{end}"].astype("str") for end in ("low", "high"))
        wide[f"{measure}_range"] = low.where(low == high, low + " to " + high)
    place = wide["kind"].map({"person": 0, "institution": 1, "incident": 2})
    order_of = np.lexsort((wide["node_id"], wide["betweenness_rank"], place))
    return wide.iloc[order_of].reset_index(drop=True)


def structure_intervals(
    network: Network,
    *,
    missing: float = 0.1,
    draws: int = 200,
    level: float = 0.9,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how the network hangs together, and how that moves when links are missing at random.

    Parameters as for `rank_intervals`.

    Returns
    -------
    measure (in words), observed, low, high: people, institutions and incidents in the largest
    component, in the core and that are cut points (taking one out splits its component); links
    that are bridges; components of two nodes or more.
    """
    drawn = [_structure(part) for part in _thinned(network, missing, draws, seed)]
    tail = (1 - level) / 2
    low, high = np.quantile(drawn, (tail, 1 - tail), axis=0, method="nearest")
    return pd.DataFrame(
        {
            "measure": [*STRUCTURE, "Links that are bridges", "Components of two nodes or more"],
            "observed": _structure(network),
            "low": np.asarray(low, dtype=np.int64),
            "high": np.asarray(high, dtype=np.int64),
        }
    )


def _structure(network: Network) -> Whole:
    graph = network.graph()
    kind = network.nodes()["kind"].to_numpy()
    component = components(network)
    cut = np.zeros(len(kind), dtype=bool)
    cut[graph.articulation_points()] = True
    core = np.asarray(graph.coreness(), dtype=np.int64) >= 2
    found = [
        int((which & (kind == one)).sum())
        for which in (component == 1, core, cut)
        for one in ("person", "institution", "incident")
    ]
    return np.array([*found, len(graph.bridges()), int((np.bincount(component) >= 2).sum())])


def _betweenness(graph: ig.Graph) -> Values:
    n = graph.vcount()
    pairs = max((n - 1) * (n - 2) / 2, 1)
    return np.asarray(graph.betweenness(), dtype=np.float64) / pairs


def _ranked(network: Network) -> Values:
    graph = network.graph()
    return np.array([network.degrees(), _betweenness(graph), graph.coreness()], dtype=np.float64)


def _thinned(network: Network, missing: float, draws: int, seed: int) -> Iterator[Network]:
    """Yield the network without a share of its links, drawn anew each time."""
    rng = np.random.default_rng(seed)
    n_links = len(network.links)
    for _ in range(draws):
        keep = np.sort(rng.permutation(n_links)[: n_links - round(missing * n_links)])
        yield replace(network, links=network.links.iloc[keep])


def _ranks(values: Values, kind: pd.Series) -> Values:
    # Equal paths can differ in the last bit, which must not make a rank.
    table = pd.DataFrame(values.T.round(12))
    return table.groupby(kind.to_numpy()).rank(method="min", ascending=False).to_numpy().T
