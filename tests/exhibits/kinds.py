"""One small chart of every kind, with the table it draws."""

from __future__ import annotations

import pandas as pd

from appendices.exhibits import charts
from youthviolence.national.choropleth import choropleth
from youthviolence.network.charts import (
    cluster_panels,
    network_map,
    null_distributions,
    rank_ranges,
)

WHO = pd.DataFrame(
    {
        "who": ["girls", "boys"] * 2, "age": ["13 to 15"] * 2 + ["16 to 18"] * 2,
        "n": [12, 30, 7, 19], "low": [8.0, 22.0, 4.0, 11.0], "high": [17.0, 39.0, 12.0, 28.0],
        "chosen": [True, False, False, True], "step": [1, 1, 2, 2], "panel": ["a", "a", "b", "b"],
    }
)  # fmt: skip
YEARS = pd.DataFrame(
    {
        "period": ["2012/13", "2013/14", "2014/15", "2015/16"] * 2,
        "who": ["girls"] * 4 + ["boys"] * 4,
        "n": [12.0, 14.0, None, 11.0, 30.0, 26.0, 28.0, 41.0],
        "status": [
            "final",
            "lower bound",
            "suppressed",
            "final",
            "final",
            "break in series",
            "quoted",
            "provisional",
        ],
    }
)
SETS = pd.DataFrame(
    {
        "combination": ["care & needs", "care", "needs"], "n": [12, 7, 5],
        "care": [True, True, False], "needs": [True, False, True],
    }
)  # fmt: skip
NODES = pd.DataFrame(
    {
        "kind": ["person", "institution", "incident", "person"],
        "node_id": ["P01", "I01", "V01", "P02"], "type": ["", "school", "stabbing", ""],
        "cluster": [1, 1, 1, 2], "tied_to": ["I01; V01", "P01; P02", "P01", "I01"],
        "x": [0.0, 1.0, 0.5, 2.0], "y": [0.0, 0.2, 1.0, 0.4], "about": ["Some words"] * 4,
        **{f"degree_{end}": [1.0, 2.0, 3.0, 2.0] for end in ("rank", "low", "high")},
    }
)  # fmt: skip
DRAWS = pd.DataFrame(
    {
        "statistic": "links", "low": [1.0, 2.0, 3.0], "high": [2.0, 3.0, 4.0],
        "share": [0.2, 0.5, 0.3], "observed": 3.4,
    }
)  # fmt: skip
BOUNDARIES = pd.DataFrame(
    {
        "code": ["E06", "E09"],
        "geometry": ["POLYGON ((-2 51, -1 51, -1 52, -2 52, -2 51))",
                     "POLYGON ((-1 51, 0 51, 0 52, -1 52, -1 51))"],
    }
)  # fmt: skip
AREAS = pd.DataFrame(
    {
        "code": ["E06", "E09"], "name": ["West", "East"], "rank": [1, 2], "n": [40, 3],
        "class_label": pd.Categorical(["10 or more", "1 to 9"], ["1 to 9", "10 or more"]),
        "longitude": [-1.5, -0.5], "latitude": [51.5, 51.5],
    }
)  # fmt: skip
_BARS = charts.bars("who", "n", "age", low="low", high="high")

KINDS: dict[str, tuple[charts.Chart, pd.DataFrame]] = {
    "bars": (_BARS, WHO),
    "one bar": (charts.bars("who", "n"), WHO.head(1)),
    "many bars": (charts.bars("who", "n"), WHO.loc[[0] * 60].assign(who=list(map(str, range(60))))),
    "columns": (charts.columns("age", "n", "who"), WHO),
    "stacked": (charts.stacked("age", "n", "who"), WHO),
    "changes": (charts.changes("age", "n", highlight="chosen", low="low", high="high"), WHO[::2]),
    "choropleth": (choropleth(BOUNDARIES, legend_title="n", value="n"), AREAS),
    "multiverse": (charts.multiverse("n", "age", "chosen", marked_title="published"), WHO),
    "heat": (charts.heat("who", "age", "n"), WHO),
    "intervals": (charts.intervals("who", "n", "low", "high", "age", reference=20), WHO),
    "timeline": (charts.timeline("age", "step", "who", "panel"), WHO),
    "lines": (charts.lines("period", "n", "who", status="status"), YEARS),
    "upset": (charts.upset(["care", "needs"]), SETS),
    "panels": (charts.panels({"a": _BARS, "b": _BARS}, across=2), WHO),
    "network_map": (network_map(), NODES),
    "cluster_panels": (cluster_panels(), NODES),
    "rank_ranges": (rank_ranges("degree"), NODES),
    "null_distributions": (null_distributions({"links": "Links"}), DRAWS),
}
