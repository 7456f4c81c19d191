"""People and the places where they met, as one igraph graph.

A vertex is a person, an incident or an institution, people first, with the attributes kind,
node_id and type ("" for people). An edge, called a link, is one person at one place, once; its
attribute stays holds the recorded stays at an institution in days since 1970-01-01, an open side
being `EARLIEST` or `LATEST`. Links are sorted by person and place.
"""

from __future__ import annotations

import igraph as ig
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from youthviolence.network.stays import EARLIEST, LATEST, Stay, as_days
from youthviolence.network.validation import require_valid, validate_network

Whole = NDArray[np.int_]
NODE = ["kind", "node_id", "type"]


def build_network(
    people: pd.DataFrame,
    incidents: pd.DataFrame,
    institutions: pd.DataFrame,
    ties: pd.DataFrame,
) -> ig.Graph:
    """Return the network of four checked tables.

    Parameters
    ----------
    people, incidents, institutions
        One row each: person; incident, type; institution, type.
    ties
        person, and either incident or institution; start and end of a stay at an institution
        (dates, missing where not known). Several ties of a person to a place (two stays, two
        roles) are one link.

    Raises
    ------
    DataError
        When `validate_network` finds an error: table, rows and rule.
    """
    require_valid(validate_network(people, incidents, institutions, ties))
    table = pd.concat(
        [
            people[["person"]].set_axis(["node_id"], axis=1).assign(kind="person", type=""),
            *(
                named[[kind, "type"]].set_axis(["node_id", "type"], axis=1).assign(kind=kind)
                for kind, named in (("incident", incidents), ("institution", institutions))
            ),
        ]
    ).astype("str")
    network = ig.Graph(len(table))
    for name in NODE:
        network.vs[name] = table[name].tolist()
    position = {
        node: at for at, node in enumerate(zip(table["kind"], table["node_id"], strict=True))
    }
    links: dict[tuple[int, int], list[Stay]] = {}
    start, end = as_days(ties["start"], EARLIEST).tolist(), as_days(ties["end"], LATEST).tolist()
    for kind in ("incident", "institution"):
        for row in np.flatnonzero(ties[kind].notna()):
            person, place = (str(ties[name].iloc[row]) for name in ("person", kind))
            link = position["person", person], position[kind, place]
            stays = links.setdefault(link, [])
            if kind == "institution":
                stays.append((start[row], end[row]))
    network.add_edges(sorted(links))
    network.es["stays"] = [links[link] for link in sorted(links)]
    return network


def nodes(network: ig.Graph) -> pd.DataFrame:
    """Return kind, node_id, type ("" for people) of every node: people first, by position."""
    return pd.DataFrame({name: network.vs[name] for name in NODE}, dtype="str")


def ends(network: ig.Graph) -> Whole:
    """Return the links as rows of two node positions: the person's and the place's."""
    return np.array(network.get_edgelist(), dtype=np.int64).reshape(-1, 2)


def people_in(network: ig.Graph) -> int:
    """Return the number of people, who are the first of the nodes."""
    return int(network.vs["kind"].count("person"))


def keep_nodes(network: ig.Graph, keep: ArrayLike) -> ig.Graph:
    """Return the network of the marked nodes and the links between them."""
    # The other way igraph has of doing this puts the links into another order.
    return network.induced_subgraph(np.flatnonzero(keep), implementation="copy_and_delete")


def keep_links(network: ig.Graph, links: ArrayLike) -> ig.Graph:
    """Return the network with only the links at these positions; nodes all stay."""
    return network.subgraph_edges(links, delete_vertices=False)
