"""The charts. Each draws from one tidy table and can say in words what it shows.

A chart is made by naming the columns it uses: ``lines(x="period", y="value", by="age_band")``.
Series are told apart by marker, dash or hatch as well as by colour.
"""

from youthviolence.exhibits.charts.bars import bars, columns, stacked
from youthviolence.exhibits.charts.base import Chart
from youthviolence.exhibits.charts.changes import changes
from youthviolence.exhibits.charts.map import choropleth
from youthviolence.exhibits.charts.multiverse import multiverse
from youthviolence.exhibits.charts.network import (
    cluster_panels,
    network_map,
    null_distributions,
    rank_ranges,
)
from youthviolence.exhibits.charts.panels import panels
from youthviolence.exhibits.charts.points import heat, intervals, timeline
from youthviolence.exhibits.charts.series import lines
from youthviolence.exhibits.charts.sets import upset

__all__ = [
    "Chart",
    "bars",
    "changes",
    "choropleth",
    "cluster_panels",
    "columns",
    "heat",
    "intervals",
    "lines",
    "multiverse",
    "network_map",
    "null_distributions",
    "panels",
    "rank_ranges",
    "stacked",
    "timeline",
    "upset",
]
