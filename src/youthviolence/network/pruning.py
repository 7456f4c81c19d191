"""Which nodes to keep: the published rule can be read in three ways, so it is a parameter."""

from __future__ import annotations

from typing import Literal, get_args

import igraph as ig
import numpy as np
import pandas as pd

from appendices.errors import unknown
from youthviolence.network.meetings import count_others, links_where_met
from youthviolence.network.model import keep_nodes, nodes, people_in

Reading = Literal["others", "links", "core"]
RULES = {
    "whole": "Nothing is left out",
    "others": "One pass: people who share a place with two others, places with two people",
    "links": "One pass: nodes with two links",
    "core": "Nodes with fewer than two links, taken out until none is left",
}
PARTS = {"person": "Young people", "incident": "Incidents", "institution": "Institutions"}


def prune(network: ig.Graph, reading: str = "others", minimum_days: int | None = None) -> ig.Graph:
    """Return the part of the network that `reading` retains.

    "others": one pass; a person stays who shares a place with at least two other people, a place
    that at least two people are linked to. "links": one pass; a node stays that has at least two
    links. "core": the 2-core, removing nodes with fewer than two links until none is left
    (Seidman 1983).

    Parameters
    ----------
    minimum_days
        Days that two people's stays at an institution must overlap for it to count as shared;
        links to places where a person met nobody are then left out first. None ignores dates.

    Raises
    ------
    UsageError
        When `reading` is none of the three, or `minimum_days` is less than one.
    """
    if reading not in get_args(Reading):
        raise unknown("reading of the pruning rule", reading, get_args(Reading))
    if minimum_days is not None:
        network = links_where_met(network, minimum_days)
    keep = np.array(network.coreness() if reading == "core" else network.degree()) >= 2
    if reading == "others":
        keep[: people_in(network)] = count_others(network, minimum_days) >= 2
    return keep_nodes(network, keep)


def compare_prunings(network: ig.Graph, minimum_days: int | None = None) -> pd.DataFrame:
    """Return the whole network and each reading of the rule, side by side.

    Returns
    -------
    reading ("whole", "others", "links", "core"), rule (in words), people, incidents,
    institutions, nodes, links, alone (retained nodes none of whose links are retained).
    """
    rows = []
    for reading, rule in RULES.items():
        kept = network if reading == "whole" else prune(network, reading, minimum_days)
        kinds = kept.vs["kind"]
        rows.append(
            {
                "reading": reading,
                "rule": rule,
                "people": kinds.count("person"),
                "incidents": kinds.count("incident"),
                "institutions": kinds.count("institution"),
                "nodes": kept.vcount(),
                "links": kept.ecount(),
                "alone": kept.degree().count(0),
            }
        )
    return pd.DataFrame(rows)


def inventory(network: ig.Graph, kept: ig.Graph, groups: pd.Series) -> pd.DataFrame:
    """Return what the network is made of, and how much of it a pruning kept.

    Parameters
    ----------
    groups
        The group of every person, by person id, as it is to be named.

    Returns
    -------
    part ("All", "Young people", "Incidents", "Institutions"), item ("Links", "Nodes"; "All young
    people", ..., a group or type), recorded, retained; in this order.
    """
    counts = [_items(one, groups) for one in (network, kept)]
    table = pd.concat(counts, axis=1, keys=["recorded", "retained"]).fillna(0).astype("int64")
    part, item = (table.index.get_level_values(name) for name in ("part", "item"))
    place = pd.Index(["All", *PARTS.values()]).get_indexer(part)
    single = ~item.str.startswith("All ")
    return table.iloc[np.lexsort((-table["recorded"], single, place))].reset_index()


def percent_kept(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `inventory` with percent: retained of recorded."""
    recorded, retained = (table[name].astype("Float64") for name in ("recorded", "retained"))
    return table.assign(percent=100 * retained / recorded.mask(recorded == 0))


def _items(network: ig.Graph, groups: pd.Series) -> pd.Series:
    table = nodes(network)
    group_of = groups.astype("str").set_axis(groups.index.astype("str"))
    table["type"] = table["type"].mask(table["kind"] == "person", table["node_id"].map(group_of))
    counts = {("All", "Nodes"): network.vcount(), ("All", "Links"): network.ecount()}
    for kind, part in PARTS.items():
        types = table.loc[table["kind"] == kind, "type"]
        counts[part, f"All {part.lower()}"] = len(types)
        counts |= {(part, str(name)): n for name, n in types.value_counts().items()}
    return pd.Series(counts, dtype="int64").rename_axis(["part", "item"])
