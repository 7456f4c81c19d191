"""Drawings of a network: the map, its clusters enlarged, ranks, and the null model."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from appendices.exhibits import theme
from appendices.exhibits.charts.base import Chart, value_axis
from appendices.exhibits.charts.panels import panels
from appendices.exhibits.charts.points import intervals
from appendices.numbers import write_number

# Kind of node: shape, colour, size in points, name. Told apart without colour by shape.
STYLES = {
    "person": ("o", theme.CATEGORICAL[0], 6.5, "Young person"),
    "institution": ("s", theme.CATEGORICAL[1], 6.0, "Institution"),
    "incident": ("^", theme.CATEGORICAL[2], 8.5, "Incident"),
    "merged": ("h", theme.CONTEXT, 22.0, "Smaller clusters, merged"),
}
NAMES = {
    "person": ("young person", "young people"),
    "institution": ("institution", "institutions"),
    "incident": ("incident", "incidents"),
}
TINTS = ("#DCE6F1", "#DDF1EF", "#F1DFE9", "#FDE8DD", "#E6E6E6", "#ECE7F6")
SMALL = 7.0
TIES = "; "


def links_of(nodes: pd.DataFrame) -> pd.DataFrame:
    """Return the links that the table of nodes names: a, b (rows, a first), between_clusters."""
    ties = nodes["tied_to"].str.split(TIES).explode()
    ties = ties[ties.ne("") & ties.notna()]
    b = pd.Index(nodes["node_id"]).get_indexer(pd.Index(ties))
    links = pd.DataFrame({"a": ties.index.to_numpy(dtype=np.int64), "b": b})
    links = links[links["a"] < links["b"]].reset_index(drop=True)
    cluster = nodes["cluster"].to_numpy()
    return links.assign(between_clusters=cluster[links["a"]] != cluster[links["b"]])


def draw_network(
    axes: Axes,
    nodes: pd.DataFrame,
    *,
    hulls: bool = True,
    labels: bool = False,
    legend: bool = True,
) -> None:
    """Draw a network map: three kinds of node by shape and colour, clusters tinted and numbered.

    Parameters
    ----------
    nodes
        kind, node_id, cluster, tied_to, x, y; see `youthviolence.network.layout`. A tie to a node
        that is not there is not drawn; links between clusters are dashed.
    hulls
        Whether each cluster of two nodes or more is tinted and numbered.
    labels
        Whether each node's id is written beside it.
    """
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.margins(0.04)
    links = links_of(nodes)
    if hulls:
        for order, (number, part) in enumerate(_numbered_clusters(nodes)):
            _draw_hull(axes, part, str(number), TINTS[order % len(TINTS)])
    _draw_links(axes, nodes, links)
    for kind, (marker, colour, size, _) in STYLES.items():
        part = nodes[nodes["kind"] == kind]
        axes.plot(
            part["x"], part["y"], marker, color=colour, markersize=size,
            markeredgecolor="white", markeredgewidth=0.7, zorder=3,
        )  # fmt: skip
    if labels:
        _draw_labels(axes, nodes, links)
    if legend:
        handles = legend_handles(nodes, dashed=bool(links["between_clusters"].any()))
        axes.legend(
            handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), fontsize=8,
            ncols=3 if len(handles) > 4 else 4, handletextpad=0.4, columnspacing=1.4,
        )  # fmt: skip


def legend_handles(nodes: pd.DataFrame, *, dashed: bool) -> list[Line2D]:
    """Return a key for the kinds of node that are there, and for links between clusters."""
    there = set(nodes["kind"])
    handles = [
        Line2D([], [], marker=marker, color="none", markerfacecolor=colour, label=name,
               markeredgecolor="white", markersize=min(size, 9.0))
        for kind, (marker, colour, size, name) in STYLES.items() if kind in there
    ]  # fmt: skip
    if dashed:
        line = Line2D([], [], color=theme.QUIET, linewidth=0.9, linestyle=(0, (4, 2)))
        line.set_label("Link between clusters")
        handles.append(line)
    return handles


def _draw_links(axes: Axes, nodes: pd.DataFrame, links: pd.DataFrame) -> None:
    at = nodes[["x", "y"]].to_numpy(dtype=float)
    for between, part in links.groupby("between_clusters"):
        dash, colour = ((0, (4, 2)), "#949494") if between else ("solid", theme.QUIET)
        ends = np.stack([at[part["a"]], at[part["b"]]], axis=1)
        lines = LineCollection(list(ends), colors=colour, zorder=2)
        lines.set(linewidth=0.5 if between else 0.8, linestyle=dash)
        axes.add_collection(lines)


def _draw_labels(axes: Axes, nodes: pd.DataFrame, links: pd.DataFrame) -> None:
    """Write each id on the side of its node where it is farthest from nodes, links and labels."""
    points = nodes[["x", "y"]].to_numpy(dtype=float)
    a, b = points[links["a"]], points[links["b"]]
    taken = np.concatenate([points, *((1 - t) * a + t * b for t in (0.2, 0.35, 0.5, 0.65, 0.8))])
    near = np.hypot(*(points[:, np.newaxis] - taken).transpose(2, 0, 1))
    crowded = np.sort(near, axis=1)[:, 1:4].sum(axis=1)  # the first is the node itself
    for place in np.argsort(crowded, kind="stable"):
        candidates = points[place] + _SIDES * _LABEL_AT
        apart = np.hypot(*((candidates[:, np.newaxis] - taken) / _LABEL_SIZE).transpose(2, 0, 1))
        side = int(apart.min(axis=1).round(6).argmax())
        taken = np.concatenate([taken, candidates[[side]]])
        axes.annotate(
            nodes["node_id"].iloc[place], tuple(points[place]),
            xytext=tuple(_SIDES[side] * (12, 8)), textcoords="offset points", ha="center",
            va="center", fontsize=SMALL, zorder=4,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )  # fmt: skip


# Sides of a node to write its id on, and a label's distance and size in lengths of a link.
_SIDES = np.array(
    [(0, 1), (0, -1), (1, 0), (-1, 0), (0.8, 0.8), (-0.8, 0.8), (0.8, -0.8), (-0.8, -0.8)]
)
_LABEL_AT, _LABEL_SIZE = np.array([0.5, 0.35]), np.array([1.6, 1.0])


def _numbered_clusters(nodes: pd.DataFrame) -> list[tuple[int, pd.DataFrame]]:
    clusters = sorted(set(nodes["cluster"]))
    parts = [(number, nodes[nodes["cluster"] == number]) for number in clusters]
    return [(int(number), part) for number, part in parts if len(part) > 1]


def _around(part: pd.DataFrame) -> NDArray[np.float64]:
    """Return the corners around the nodes: two where all lie on one line."""
    points = part[["x", "y"]].to_numpy(dtype=float)
    try:
        return points[ConvexHull(points).vertices]
    except (QhullError, ValueError):
        return points[np.lexsort(points.T)][[0, -1]]


def _draw_hull(axes: Axes, part: pd.DataFrame, name: str, tint: str) -> None:
    outline = Polygon(_around(part), facecolor=tint, edgecolor=tint, joinstyle="round", zorder=0)
    outline.set(linewidth=20, capstyle="round")
    axes.add_patch(outline)
    points = part[["x", "y"]].to_numpy(dtype=float)
    axes.annotate(
        name, tuple(points[points[:, 1].argmax()]), xytext=(0, 8),
        textcoords="offset points", fontsize=9, fontweight="bold", color=theme.QUIET,
        ha="center", va="bottom", zorder=4,
    )  # fmt: skip


def network_map(height: float = 5.2) -> Chart:
    """Return the map as a chart of the table of nodes, which a page lets its reader explore."""

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        draw_network(figure.add_subplot(), frame)

    def describe(frame: pd.DataFrame) -> str:
        kinds, links = frame["kind"].value_counts(), links_of(frame)
        said = [_count(kinds[kind], *NAMES[kind]) for kind in NAMES if kind in kinds]
        if "merged" in kinds:
            said.append("and smaller clusters merged into one mark")
        clusters, crossing = len(_numbered_clusters(frame)), int(links["between_clusters"].sum())
        return (
            f"A map of {', '.join(said) or 'nothing'}, in "
            f"{_count(clusters, 'cluster', 'clusters')}: "
            f"{_count(len(links), 'link', 'links')}, {crossing} of them between clusters."
        )

    return Chart(draw, describe, height, explorable_map)


def explorable_map(nodes: pd.DataFrame) -> dict[str, Any]:
    """Return the map as plain values for the page's script: nodes, links by place, outlines."""
    columns = ["node_id", "kind", "type", "cluster", "x", "y"]
    return {
        "nodes": nodes[columns].rename(columns={"node_id": "id"}).to_dict("records"),
        "links": links_of(nodes)[["a", "b"]].to_numpy().tolist(),
        "clusters": [
            {"number": number, "around": _around(part).tolist()}
            for number, part in _numbered_clusters(nodes)
        ],
        "kinds": {kind: style[3] for kind, style in STYLES.items()},
    }


def cluster_panels() -> Chart:
    """Return the enlarged clusters, two in a row, each under its description.

    The chart's table is that of `youthviolence.network.enlarged`.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        clusters = frame.groupby("cluster")
        rows = max(-(-len(clusters) // 2), 1)
        grid = figure.subplots(2 * rows, 2, squeeze=False, height_ratios=[0.22, 1] * rows)
        for axes in grid.flat:
            axes.set_axis_off()
        for words, axes, (number, part) in zip(
            grid[::2].flat, grid[1::2].flat, clusters, strict=False
        ):
            words.set_title(f"Cluster {number}", loc="left", fontweight="bold")
            said = "\n".join(textwrap.wrap(part["about"].iloc[0], 58))
            words.text(0, 1, said, va="top", fontsize=7.5, linespacing=1.25)
            draw_network(axes, part.reset_index(drop=True), hulls=False, labels=True, legend=False)
            axes.set_adjustable("datalim")
            axes.margins(0.1, 0.18)
        if frame.empty:
            draw_network(grid[1, 0], frame, hulls=False, legend=False)
            grid[0, 0].text(0, 1, describe(frame), va="top")
            return
        figure.legend(
            handles=legend_handles(frame, dashed=False), loc="outside lower center", ncols=4,
            fontsize=8,
        )  # fmt: skip

    def describe(frame: pd.DataFrame) -> str:
        about = frame.groupby("cluster")["about"].first()
        said = [f"Cluster {number}: {text}" for number, text in about.items()]
        return " ".join(said) or "No cluster has enough young people to be drawn."

    def height(frame: pd.DataFrame) -> float:
        return 0.5 + 3.6 * max(-(-frame["cluster"].nunique() // 2), 1)

    return Chart(draw, describe, height)


def rank_ranges(measure: str, *, first: int = 10) -> Chart:
    """Return the ranks of the first young people and institutions, each with its interval.

    The chart's table is that of `youthviolence.network.rank_table`; `measure` is one of its.
    """

    def leading(frame: pd.DataFrame) -> pd.DataFrame:
        shown = frame[frame["kind"].isin(["person", "institution"])]
        ranked = shown.sort_values(
            ["kind", f"{measure}_rank", "node_id"], ascending=[False, True, True]
        )
        top = ranked.groupby("kind", sort=False).head(first)
        named = top["node_id"].where(top["kind"] == "person", top["node_id"] + " " + top["type"])
        return top.assign(label=named, panel=top["kind"].map(_PANELS))

    def panel(title: str) -> Chart:
        columns = [f"{measure}_{end}" for end in ("rank", "low", "high")]
        return intervals("label", *columns, value_title=f"{title}: rank", spec=".0f")

    inner = panels({title: panel(title) for title in _PANELS.values()}, across=2)

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        if leading(frame).empty:
            draw_network(figure.add_subplot(), _NOTHING)
        else:
            inner.draw(figure, leading(frame))

    return Chart(
        draw, lambda frame: inner.describe(leading(frame)),
        lambda frame: max(inner.height_for(leading(frame)), 1.0),
    )  # fmt: skip


_PANELS = {"person": "Young people", "institution": "Institutions"}
_NOTHING = pd.DataFrame(columns=["kind", "node_id", "cluster", "tied_to", "x", "y"])


def null_distributions(
    names: Mapping[str, str], *, observed_title: str = "Observed", height: float = 2.6
) -> Chart:
    """Return histograms of the null model with the observed value marked, side by side.

    The chart's table is that of `youthviolence.network.NullDraws.distribution`; `names` gives the
    title of each statistic, in the order wanted, `observed_title` what the mark is.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        grid = figure.subplots(1, len(names), squeeze=False)[0]
        for axes, (statistic, title) in zip(grid, names.items(), strict=True):
            part = frame[frame["statistic"] == statistic]
            axes.bar(
                part["low"], part["share"] * 100, width=part["high"] - part["low"], align="edge",
                color=theme.SEQUENTIAL[3], edgecolor="white", linewidth=0.4,
            )  # fmt: skip
            seen = part["observed"].iloc[0]
            axes.axvline(seen, color=theme.CATEGORICAL[2], linewidth=2)
            right = seen > (part["low"].min() + part["high"].max()) / 2
            words = "\n".join([*observed_title.split(), _short(seen)])
            axes.annotate(
                words, (seen, 1), xycoords=("data", "axes fraction"),
                xytext=(-4 if right else 4, 0), textcoords="offset points", va="top",
                ha="right" if right else "left", color=theme.CATEGORICAL[2], fontweight="bold",
                fontsize=8,
            )  # fmt: skip
            axes.set_ylim(0, part["share"].max() * 100 * 1.5)
            axes.set_title(textwrap.fill(title, 26), loc="left")
            value_axis(axes.yaxis, "", "%")
            axes.tick_params(labelsize=8)
        grid[0].set_ylabel("Share of draws")

    def describe(frame: pd.DataFrame) -> str:
        said = []
        for statistic, title in names.items():
            part = frame[frame["statistic"] == statistic]
            drawn = part[part["share"] > 0]
            said.append(
                f"{title}: {observed_title.lower()} {_short(part['observed'].iloc[0])}, chance "
                f"gives {_short(drawn['low'].min())} to {_short(drawn['high'].max())}."
            )
        return " ".join(said)

    return Chart(draw, describe, height)


def _short(value: float) -> str:
    return write_number(value, ",.0f" if abs(value) >= 10 else ".2g")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
