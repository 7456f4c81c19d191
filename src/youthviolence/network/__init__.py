"""The bipartite network of people, incidents and institutions."""

from youthviolence.network.centrality import (
    communities,
    components,
    measures,
    rank_intervals,
    rank_table,
    structure_intervals,
)
from youthviolence.network.chance import STATISTICS, NullDraws, draw_null
from youthviolence.network.clusters import (
    bridging,
    cluster_text,
    compare_resolutions,
    describe_clusters,
    enlarged,
)
from youthviolence.network.lists import findings_of_ties, lists_of
from youthviolence.network.model import Network, build_network
from youthviolence.network.placement import layout
from youthviolence.network.projection import (
    Projection,
    compare_overlaps,
    links_where_met,
    project,
    shares_of_first,
)
from youthviolence.network.protection import (
    MERGED,
    Protection,
    merge_small_clusters,
    protect_measures,
    protect_network,
)
from youthviolence.network.pruning import compare_prunings, inventory, percent_kept, prune
from youthviolence.network.validation import validate_network, warning_counts

__all__ = [
    "MERGED",
    "STATISTICS",
    "Network",
    "NullDraws",
    "Projection",
    "Protection",
    "bridging",
    "build_network",
    "cluster_text",
    "communities",
    "compare_overlaps",
    "compare_prunings",
    "compare_resolutions",
    "components",
    "describe_clusters",
    "draw_null",
    "enlarged",
    "findings_of_ties",
    "inventory",
    "layout",
    "links_where_met",
    "lists_of",
    "measures",
    "merge_small_clusters",
    "percent_kept",
    "project",
    "protect_measures",
    "protect_network",
    "prune",
    "rank_intervals",
    "rank_table",
    "shares_of_first",
    "structure_intervals",
    "validate_network",
    "warning_counts",
]
