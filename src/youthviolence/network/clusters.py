"""What each cluster is made of, and what ties it to the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import igraph as ig
import numpy as np
import pandas as pd

from appendices.disclosure.policy import Policy
from youthviolence.network.centrality import communities
from youthviolence.network.model import Whole, ends, nodes, people_in
from youthviolence.network.placement import BETWEEN_IDS
from youthviolence.network.protection import MERGED, merge_small_clusters

COLUMNS = [
    "cluster", "name", "people", "institutions", "shared_institutions", "incidents",
    "incident_types", "links", "links_out", "bridging_people", "bridging_institutions",
    "bridging_incidents", "bridges_to",
]  # fmt: skip
COUNTED = tuple(
    one for one in COLUMNS if one not in {"cluster", "name", "incident_types", "bridges_to"}
)
FEW = "few"
Show: TypeAlias = Callable[[int], int | None]
"""What is shown of a true count; None where it is few."""


def describe_clusters(network: ig.Graph, clusters: Whole, show: Show = int) -> pd.DataFrame:
    """Return one row a cluster, by number.

    Parameters
    ----------
    clusters
        The cluster of every node, by position.
    show
        Gives for each count, those in texts too, what is shown of it.

    Returns
    -------
    cluster, name ("1", ..., "merged"), people, institutions, shared_institutions (that two or more
    people of the cluster are linked to), incidents, incident_types (text, the most frequent first),
    links (within), links_out (to other clusters), bridging_people, bridging_institutions,
    bridging_incidents (its nodes with a link to another cluster), bridges_to (text: those).
    """
    table = nodes(network).assign(cluster=clusters)
    links = pd.DataFrame(ends(network), columns=["person", "place"])
    links["home"], links["cluster"] = clusters[links["person"]], clusters[links["place"]]
    within = links["home"] == links["cluster"]
    inside, across = links[within], links[~within]
    both_ways = pd.concat(
        [
            across[["home", "cluster"]],
            across[["cluster", "home"]].set_axis(["home", "cluster"], axis=1),
        ]
    )
    shared = table.index.isin(inside["place"][inside["place"].duplicated()])
    bridging = table.index.isin(pd.concat([across["person"], across["place"]]))
    rows = []
    for number, part in table.groupby("cluster", sort=True):
        kinds = part["kind"].value_counts()
        crossing = part.loc[bridging[part.index], "kind"].value_counts()
        beyond = both_ways.loc[both_ways["home"] == number, "cluster"]
        rows.append(
            [
                number,
                "merged" if number == MERGED else str(number),
                kinds.get("person", 0),
                kinds.get("institution", 0),
                int((shared[part.index] & (part["kind"] == "institution")).sum()),
                kinds.get("incident", 0),
                _types(part[part["kind"] == "incident"], show),
                int((inside["cluster"] == number).sum()),
                len(beyond),
                crossing.get("person", 0),
                crossing.get("institution", 0),
                crossing.get("incident", 0),
                ", ".join(map(str, sorted(set(beyond)))),
            ]
        )
    table = pd.DataFrame(rows, columns=COLUMNS)
    for name in COUNTED:
        table[name] = pd.array([show(int(n)) for n in table[name]], dtype="Int64")
    return table


def _types(incidents: pd.DataFrame, show: Show) -> str:
    """Return "2 stabbing, 1 kidnap", in the order of what is shown."""
    shown = {name: show(int(n)) for name, n in incidents["type"].value_counts().items()}
    order = sorted(shown, key=lambda name: (-(shown[name] or 0), str(name)))
    return ", ".join(f"{_number(shown[name])} {name}" for name in order)


def cluster_text(row: pd.Series) -> str:
    """Return one row of `describe_clusters` in words."""
    incidents = _count(row["incidents"], "incident")
    if row["incident_types"]:
        incidents += f" ({row['incident_types']})"
    said = (
        f"{_count(row['people'], 'young person', 'young people')}; "
        f"{_count(row['institutions'], 'institution')}, "
        f"{_number(row['shared_institutions'])} shared; "
        f"{incidents}."
    )
    if not row["bridges_to"]:
        return said
    numbers = row["bridges_to"].split(", ")
    others = [one for one in numbers if one != str(MERGED)]
    to = [f"cluster{'s' * (len(others) > 1)} {', '.join(others)}"] * bool(others)
    to += ["the merged ones"] * (str(MERGED) in numbers)
    through = [
        _count(row["bridging_people"], "young person", "young people"),
        _count(row["bridging_institutions"], "institution"),
        _count(row["bridging_incidents"], "incident"),
    ]
    held = ", ".join(words for words in through if not words.startswith("0 "))
    return f"{said} Tied to {' and '.join(to)} through {held}."


def _count(number: int | None, one: str, many: str = "") -> str:
    return f"{_number(number)} {one if _number(number) == '1' else many or one + 's'}"


def _number(shown: int | None) -> str:
    return FEW if pd.isna(shown) else str(shown)


def enlarged(nodes: pd.DataFrame, descriptions: pd.DataFrame) -> pd.DataFrame:
    """Return the nodes of `layout` whose cluster has people and is drawn, by cluster.

    Parameters
    ----------
    descriptions
        As from `describe_clusters`.

    Returns
    -------
    The columns of `layout`, and about (the description of the cluster in words).
    """
    peopled = set(nodes.loc[nodes["kind"] == "person", "cluster"])
    drawn = descriptions[descriptions["cluster"].isin(peopled - {MERGED})]
    about = {row["cluster"]: cluster_text(row) for _, row in drawn.iterrows()}
    inside = nodes[nodes["cluster"].isin(list(about)) & (nodes["kind"] != "merged")]
    table = inside.assign(about=inside["cluster"].map(about).astype("str"))
    return table.sort_values("cluster", kind="stable", ignore_index=True)


def bridging(nodes: pd.DataFrame) -> pd.DataFrame:
    """Return the nodes of `layout` that are tied to another cluster than their own.

    Returns
    -------
    kind, node_id, type, cluster, ties_beyond (links to other clusters), reaches (text: those
    clusters, "merged" for the merged ones); places before people, those that reach most clusters
    first.
    """
    home = nodes.set_index("node_id")["cluster"]
    single = nodes[nodes["kind"] != "merged"]
    ties = single.assign(other=single["tied_to"].str.split(BETWEEN_IDS)).explode("other")
    ties = ties[ties["other"].ne("") & ties["other"].notna()]
    ties["to"] = ties["other"].map(home)
    across = ties[ties["to"] != ties["cluster"]]
    columns = ["kind", "node_id", "type", "cluster"]
    if across.empty:
        return single[columns].head(0).assign(ties_beyond=pd.Series(dtype="int64"), reaches="")
    found = across.groupby(columns, as_index=False, sort=False).agg(
        ties_beyond=("to", "size"), reaches=("to", _numbers), n=("to", "nunique")
    )
    person = found["kind"] == "person"
    found = found.iloc[np.lexsort((found["node_id"], -found["ties_beyond"], -found["n"], person))]
    return found.drop(columns="n").reset_index(drop=True)


def _numbers(clusters: pd.Series) -> str:
    numbers = sorted(set(clusters) - {MERGED})
    return ", ".join([*map(str, numbers), *["merged"] * bool(MERGED in set(clusters))])


def compare_resolutions(
    network: ig.Graph, resolutions: Sequence[float], policy: Policy, *, seed: int = 0
) -> pd.DataFrame:
    """Return what finer and coarser clusters would be, and how many people would be merged.

    Returns
    -------
    resolution (text), clusters (with people), largest (people in the largest), people_apart (in
    clusters of their own on the map), people_merged (in clusters too small for that).
    """
    n_people, rows = people_in(network), []
    for resolution in sorted(set(resolutions)):
        found = communities(network, seed=seed, resolution=resolution)
        shown = merge_small_clusters(network, found, policy)[:n_people]
        sizes = np.bincount(found[:n_people])
        merged = int((shown == MERGED).sum())
        rows.append(
            {
                "resolution": f"{resolution:g}",
                "clusters": int((sizes > 0).sum()),
                "largest": int(sizes.max(initial=0)),
                "people_apart": n_people - merged,
                "people_merged": merged,
            }
        )
    return pd.DataFrame(rows)
