"""The charts. Each draws from one tidy table and can say in words what it shows.

A chart is made by naming the columns it uses: ``lines(x="period", y="value", by="age_band")``.
Series are told apart by marker, dash or hatch as well as by colour.
"""

from appendices.exhibits.charts.bars import bars, columns, stacked
from appendices.exhibits.charts.base import Chart
from appendices.exhibits.charts.changes import changes
from appendices.exhibits.charts.multiverse import multiverse
from appendices.exhibits.charts.panels import panels
from appendices.exhibits.charts.points import heat, intervals, timeline
from appendices.exhibits.charts.series import lines
from appendices.exhibits.charts.sets import upset

__all__ = [
    "Chart",
    "bars",
    "changes",
    "columns",
    "heat",
    "intervals",
    "lines",
    "multiverse",
    "panels",
    "stacked",
    "timeline",
    "upset",
]
