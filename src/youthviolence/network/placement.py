"""Where each node is drawn: the same place on every run."""

from __future__ import annotations

import igraph as ig
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from youthviolence.network.centrality import components, seeded_igraph
from youthviolence.network.model import NODE, Whole, ends, nodes
from youthviolence.network.protection import MERGED

Points = NDArray[np.float64]
# Above this size the spring layout, which does not hold every pair of nodes, is used.
STRESS_LIMIT = 500
ORDER = ("person", "institution", "incident", "merged")
BETWEEN_IDS = "; "
WIDTH = 1.4  # wanted, of a height of 1
GAP = 1.5  # between the discs of clusters, in lengths of a link


def layout(network: ig.Graph, clusters: Whole) -> pd.DataFrame:
    """Return where to draw each node; the clusters merged into `MERGED` are drawn as one node.

    Each cluster is laid out by itself from its own links (Kamada and Kawai 1989; Fruchterman and
    Reingold 1991 where large) and becomes a disc; the discs of a component are laid out the same
    way, and then kept from overlapping; components are set in rows, the largest first.

    Parameters
    ----------
    clusters
        The cluster of every node, by position, as from `communities`.

    Returns
    -------
    kind ("person", "institution", "incident" or "merged"), node_id (distinct: where two kinds
    share an id, the kind stands before it), type, cluster, degree, tied_to (the ids of the nodes
    at the other ends of its links, "; " between them), x, y (in lengths of a link, four
    decimals); sorted by kind in this order and node_id.
    """
    table = nodes(network).assign(cluster=clusters)
    merged = clusters == MERGED
    table.loc[merged, NODE] = "merged"
    lead = np.where(merged, merged.argmax() if len(merged) else 0, np.arange(len(table)))
    _, first, unit = np.unique(lead, return_index=True, return_inverse=True)
    table = table.iloc[first].reset_index(drop=True)
    table["node_id"] = _distinct(table)
    links = np.unique(unit[ends(network)], axis=0)
    links = links[links[:, 0] != links[:, 1]]
    _, disc = np.unique(table["cluster"], return_inverse=True)
    crosses = disc[links[:, 0]] != disc[links[:, 1]]
    table["degree"] = np.bincount(links.ravel(), minlength=len(table))
    both = pd.DataFrame(np.vstack([links, links[:, ::-1]]), columns=["node", "tied_to"])
    names = both["tied_to"].map(table["node_id"]).astype("str")
    tied = names.sort_values().groupby(both["node"]).agg(BETWEEN_IDS.join)
    table["tied_to"] = tied.reindex(table.index, fill_value="").astype("str")
    # Adding nought turns a negative nought into a plain one.
    table[["x", "y"]] = _arrange(disc, links[~crosses], disc[links[crosses]]).round(4) + 0.0
    order = np.lexsort((table["node_id"], pd.Index(ORDER).get_indexer(pd.Index(table["kind"]))))
    return table.iloc[order].reset_index(drop=True)


def _distinct(table: pd.DataFrame) -> pd.Series:
    """Return ids that name one node each and hold no mark that stands between ids."""
    ids = table["node_id"].str.replace(BETWEEN_IDS.strip(), ",")
    return ids.where(~ids.duplicated(keep=False), table["kind"] + " " + ids)


def _arrange(disc: Whole, within: Whole, across: Whole) -> Points:
    """Return a point for each node: nodes within discs, discs within components, those in rows."""
    points = np.zeros((len(disc), 2))
    n_discs = int(disc.max(initial=-1)) + 1
    radius = np.zeros(n_discs)
    graph = ig.Graph(len(disc), within)
    for number in range(n_discs):
        members = np.flatnonzero(disc == number)
        points[members] = _spring(graph.induced_subgraph(members.tolist()))
        radius[number] = np.hypot(*points[members].T).max() + GAP / 2
    discs = ig.Graph(n_discs, np.unique(np.sort(across, axis=1), axis=0))
    component = components(discs)
    centre = np.zeros((n_discs, 2))
    boxes = []
    for number in range(1, int(component.max(initial=0)) + 1):
        members = np.flatnonzero(component == number)
        wanted = _spring(discs.induced_subgraph(members.tolist()))
        centre[members] = _apart(wanted, radius[members])
        low = (centre[members] - radius[members, np.newaxis]).min(axis=0)
        centre[members] -= low
        boxes.append((centre[members] + radius[members, np.newaxis]).max(axis=0))
    if boxes:
        centre += _rows(np.array(boxes))[component - 1]
    return points + centre[disc]


def _spring(graph: ig.Graph) -> Points:
    """Return a connected graph's points around nought, the longest extent along x."""
    n = graph.vcount()
    # Scaling untangles; the circle keeps apart the nodes that scaling puts on one point.
    start = np.array(graph.layout_circle().coords)
    if n <= STRESS_LIMIT:
        if n > 2:
            start = np.array(graph.layout_mds().coords) + start / 10
        found = graph.layout_kamada_kawai(seed=start.tolist(), maxiter=100 * n)
    else:
        with seeded_igraph(0):
            found = graph.layout_fruchterman_reingold(seed=start.tolist(), niter=500)
    points = np.array(found.coords) - np.mean(found.coords, axis=0)
    (xx, xy), (_, yy) = points.T @ points
    # A round shape has no longest extent: turning it would follow rounding errors.
    if np.hypot(2 * xy, xx - yy) < 0.05 * (xx + yy):
        return points
    angle = np.arctan2(2 * xy, xx - yy) / 2
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ turn


def _apart(centre: Points, radius: Points) -> Points:
    """Return the centres drawn together, then pushed apart until no two discs overlap."""
    if len(centre) < 2:
        return centre
    spread = np.sqrt((centre**2).sum(axis=1).mean())
    shape = np.array([np.sqrt(WIDTH), np.sqrt(1 / WIDTH)])
    centre = centre * (0.5 * np.sqrt((radius**2).sum()) / spread) * shape
    i, j = np.triu_indices(len(centre), k=1)
    for _ in range(2000):
        between = centre[i] - centre[j]
        distance = np.hypot(*between.T)
        overlap = radius[i] + radius[j] - distance
        if overlap.max() < 0.01:
            break
        push = (np.maximum(overlap, 0) / 2 / np.maximum(distance, 1e-9))[:, np.newaxis] * between
        np.add.at(centre, i, push)
        np.subtract.at(centre, j, push)
    return centre


def _rows(boxes: Points) -> Points:
    """Return the lower left corner of each box when set in rows of about the wanted shape."""
    line = max(np.sqrt(WIDTH * boxes.prod(axis=1).sum()), boxes[:, 0].max())
    corners = np.zeros_like(boxes)
    x = y = height = 0.0
    for number, (wide, high) in enumerate(boxes):
        if x and x + wide > line + 1e-9:
            x, y, height = 0.0, y - height, 0.0
        corners[number] = x, y - high
        x, height = x + wide, max(height, high)
    return corners
