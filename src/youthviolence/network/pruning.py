"""Which nodes to keep: the published rule can be read in three ways, so it is a parameter."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from appendices.errors import unknown
from youthviolence.network.model import Network
from youthviolence.network.projection import links_where_met, project

Reading = Literal["others", "links", "core"]
RULES = {
    "whole": "Nothing is left out",
    "others": "One pass: people who share a place with two others, places with two people",
    "links": "One pass: nodes with two links",
    "core": "Nodes with fewer than two links, taken out until none is left",
}
KINDS = {"people": "person", "incidents": "incident", "institutions": "institution"}


def prune(network: Network, reading: str = "others", minimum_days: int | None = None) -> Network:
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
    if reading == "core":
        keep = np.asarray(network.graph().coreness(), dtype=np.int64) >= 2
    else:
        keep = network.degrees() >= 2
    n_people = len(network.people)
    people = keep[:n_people]
    if reading == "others":
        people = project(network, minimum_days).others() >= 2
    return network.subset(people, keep[n_people:])


def compare_prunings(network: Network, minimum_days: int | None = None) -> pd.DataFrame:
    """Return the whole network and each reading of the rule, side by side.

    Returns
    -------
    reading ("whole", "others", "links", "core"), rule (in words), people, incidents,
    institutions, nodes, links, alone (retained nodes none of whose links are retained).
    """
    kept = {"whole": network} | {
        reading: prune(network, reading, minimum_days) for reading in get_args(Reading)
    }
    return pd.DataFrame([_sizes(reading, part) for reading, part in kept.items()])


def _sizes(reading: str, network: Network) -> dict[str, str | int]:
    kinds = network.nodes()["kind"].value_counts()
    return {
        "reading": reading,
        "rule": RULES[reading],
        **{name: int(kinds.get(kind, 0)) for name, kind in KINDS.items()},
        "nodes": network.n_nodes,
        "links": len(network.links),
        "alone": int((network.degrees() == 0).sum()),
    }


def inventory(network: Network, kept: Network, groups: pd.Series) -> pd.DataFrame:
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
    parts = [_items(one, groups) for one in (network, kept)]
    table = pd.concat(parts, axis=1, keys=["recorded", "retained"]).fillna(0).astype("int64")
    order = {part: place for place, part in enumerate(("All", "Young people", *_PARTS.values()))}
    total = table.index.get_level_values("item").isin(_TOTALS)
    place = table.index.get_level_values("part").map(order)
    table = table.iloc[np.lexsort((-table["recorded"], ~total, place))]
    return table.reset_index()


def percent_kept(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `inventory` with percent: retained of recorded."""
    recorded, retained = (table[name].astype("Float64") for name in ("recorded", "retained"))
    return table.assign(percent=100 * retained / recorded.mask(recorded == 0))


_PARTS = {"incident": "Incidents", "institution": "Institutions"}
_TOTALS = ("All young people", "All incidents", "All institutions")


def _items(network: Network, groups: pd.Series) -> pd.Series:
    people = groups.astype("str").set_axis(groups.index.astype("str"))[network.people]
    counts = {("Young people", name): n for name, n in people.value_counts().items()}
    counts["Young people", "All young people"] = len(people)
    for kind, part in _PARTS.items():
        types = network.places.loc[network.places["kind"] == kind, "type"]
        counts |= {(part, name): n for name, n in types.value_counts().items()}
        counts[part, f"All {part.lower()}"] = len(types)
    counts["All", "Nodes"], counts["All", "Links"] = network.n_nodes, len(network.links)
    return pd.Series(counts, dtype="int64").rename_axis(["part", "item"])
