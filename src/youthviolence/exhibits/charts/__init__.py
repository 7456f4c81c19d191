"""The charts. Each draws from one tidy table and can say in words what it shows.

A chart is made by naming the columns it uses: ``lines(x="period", y="value", by="age_band")``.
Series are told apart by marker, dash or hatch as well as by colour.
"""

from youthviolence.exhibits.charts.bars import bars, columns, stacked
from youthviolence.exhibits.charts.base import Chart
from youthviolence.exhibits.charts.map import choropleth
from youthviolence.exhibits.charts.points import distribution, heat, intervals, timeline
from youthviolence.exhibits.charts.series import lines

__all__ = [
    "Chart",
    "bars",
    "choropleth",
    "columns",
    "distribution",
    "heat",
    "intervals",
    "lines",
    "stacked",
    "timeline",
]
