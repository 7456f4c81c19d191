"""The bipartite network of people, incidents and institutions."""

from youthviolence.network.centrality import structure_intervals
from youthviolence.network.chance import STATISTICS, draw_null
from youthviolence.network.clusters import compare_resolutions
from youthviolence.network.lists import findings_of_ties, lists_of
from youthviolence.network.meetings import compare_overlaps, shares_of_first
from youthviolence.network.model import build_network
from youthviolence.network.pruning import compare_prunings, inventory, percent_kept, prune
from youthviolence.network.validation import warning_counts

__all__ = [
    "STATISTICS",
    "build_network",
    "compare_overlaps",
    "compare_prunings",
    "compare_resolutions",
    "draw_null",
    "findings_of_ties",
    "inventory",
    "lists_of",
    "percent_kept",
    "prune",
    "shares_of_first",
    "structure_intervals",
    "warning_counts",
]
