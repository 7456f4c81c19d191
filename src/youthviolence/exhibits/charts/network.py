"""Drawings of a network: the map, its clusters enlarged, and the null model."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.patheffects import withStroke
from scipy.spatial import ConvexHull, QhullError

from youthviolence.exhibits import theme
from youthviolence.exhibits.charts import Chart
from youthviolence.network.protection import MERGED

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


def draw_network(
    axes: Axes,
    nodes: pd.DataFrame,
    links: pd.DataFrame,
    *,
    hulls: bool = True,
    labels: bool = False,
    legend: bool = True,
) -> None:
    """Draw a network map: three kinds of node by shape and colour, clusters tinted and numbered.

    Parameters
    ----------
    nodes, links
        As in `youthviolence.network.NetworkMap`. Links between clusters are dashed.
    hulls
        Whether each cluster of two nodes or more is tinted and numbered.
    labels
        Whether each node's id is written beside it.
    """
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.margins(0.04)
    if hulls:
        for order, (number, part) in enumerate(nodes.groupby("cluster", sort=True)):
            _draw_hull(axes, part, str(number), TINTS[order % len(TINTS)])
    _draw_links(axes, nodes, links)
    for kind, (marker, colour, size, _) in STYLES.items():
        part = nodes[nodes["kind"] == kind]
        axes.plot(
            part["x"], part["y"], marker, color=colour, markersize=size,
            markeredgecolor="white", markeredgewidth=0.7, zorder=3,
        )  # fmt: skip
    if labels:
        for _, node in nodes[nodes["kind"] != "merged"].iterrows():
            axes.annotate(
                node["node_id"], (node["x"], node["y"]), xytext=(0, 5.5),
                textcoords="offset points", ha="center", va="bottom", fontsize=SMALL, zorder=4,
                path_effects=[withStroke(linewidth=2, foreground="white")],
            )  # fmt: skip
    if legend:
        handles = legend_handles(nodes, links)
        axes.legend(
            handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), fontsize=8,
            ncols=3 if len(handles) > 4 else 4, handletextpad=0.4, columnspacing=1.4,
        )  # fmt: skip


def legend_handles(nodes: pd.DataFrame, links: pd.DataFrame) -> list[Line2D]:
    """Return a key for the kinds of node and link that are there."""
    there = set(nodes["kind"])
    handles = [
        Line2D([], [], marker=marker, color="none", markerfacecolor=colour, label=name,
               markeredgecolor="white", markersize=min(size, 9.0))
        for kind, (marker, colour, size, name) in STYLES.items() if kind in there
    ]  # fmt: skip
    if links["between_clusters"].any():
        dashed = Line2D([], [], color=theme.QUIET, linewidth=0.9, linestyle=(0, (4, 2)))
        dashed.set_label("Link between clusters")
        handles.append(dashed)
    return handles


def _draw_links(axes: Axes, nodes: pd.DataFrame, links: pd.DataFrame) -> None:
    at = nodes.set_index(["kind", "node_id"])[["x", "y"]]
    for between, part in links.groupby("between_clusters"):
        ends = [
            at.loc[pd.MultiIndex.from_frame(part[[f"kind_{end}", f"node_{end}"]])].to_numpy()
            for end in "ab"
        ]
        dash, colour = ((0, (4, 2)), "#949494") if between else ("solid", theme.QUIET)
        lines = LineCollection(list(np.stack(ends, axis=1)), colors=colour, zorder=2)
        lines.set(linewidth=0.5 if between else 0.8, linestyle=dash)
        axes.add_collection(lines)


def _draw_hull(axes: Axes, part: pd.DataFrame, name: str, tint: str) -> None:
    points = part[["x", "y"]].to_numpy()
    if len(points) < 2:
        return
    try:
        corners = points[ConvexHull(points).vertices]
        outline = Polygon(corners, facecolor=tint, edgecolor=tint, joinstyle="round", zorder=0)
        outline.set_linewidth(20)
        axes.add_patch(outline)
    except (QhullError, ValueError):  # all on one line
        across = points[np.lexsort(points.T)][[0, -1]].T
        axes.plot(*across, color=tint, linewidth=20, solid_capstyle="round", zorder=0)
    axes.annotate(
        name, points[points[:, 1].argmax()], xytext=(0, 8), textcoords="offset points",
        fontsize=9, fontweight="bold", color=theme.QUIET, ha="center", va="bottom", zorder=4,
    )  # fmt: skip


def draw_clusters(
    figure: Figure, nodes: pd.DataFrame, links: pd.DataFrame, descriptions: pd.DataFrame
) -> None:
    """Draw each cluster enlarged under its description, two in a row.

    Parameters
    ----------
    nodes, links
        As in `youthviolence.network.NetworkMap`.
    descriptions
        As from `youthviolence.network.describe_clusters`; one panel a row.
    """
    rows = max(-(-len(descriptions) // 2), 1)
    grid = figure.subplots(2 * rows, 2, squeeze=False, height_ratios=[0.34, 1] * rows)
    for axes in grid.flat:
        axes.set_axis_off()
    ordered = descriptions.sort_values("cluster", key=lambda number: number.replace(MERGED, np.inf))
    panels = zip(grid[::2].flat, grid[1::2].flat, ordered.iterrows(), strict=False)
    for words, axes, (_, row) in panels:
        words.set_title(_cluster_name(row["cluster"]), loc="left", fontweight="bold")
        words.text(0, 1, cluster_text(row), va="top", fontsize=7.5, linespacing=1.25)
        inside = nodes[nodes["cluster"] == row["cluster"]]
        ids = inside["kind"] + " " + inside["node_id"]
        held = (links["kind_a"] + " " + links["node_a"]).isin(ids) & ~links["between_clusters"]
        draw_network(axes, inside, links[held], hulls=False, labels=True, legend=False)
        axes.set_adjustable("datalim")
        axes.margins(0.1, 0.18)
    figure.legend(
        handles=legend_handles(nodes, links.head(0)), loc="outside lower center", ncols=4,
        fontsize=8,
    )  # fmt: skip


def _cluster_name(number: int) -> str:
    return f"Cluster {number}" if number else "Smaller clusters, merged"


def network_map(links: pd.DataFrame, *, labels: bool = False, height: float = 5.2) -> Chart:
    """Return the map as a chart of the table of nodes; see `draw_network`."""

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        draw_network(figure.add_subplot(), frame, links, labels=labels)

    def describe(frame: pd.DataFrame) -> str:
        kinds = frame["kind"].value_counts()
        said = [_count(kinds[kind], *NAMES[kind]) for kind in NAMES if kind in kinds]
        if "merged" in kinds:
            said.append("and smaller clusters merged into one mark")
        clusters, crossing = frame["cluster"].nunique(), int(links["between_clusters"].sum())
        return (
            f"A map of {', '.join(said)}, in {_count(clusters, 'cluster', 'clusters')}: "
            f"{_count(len(links), 'link', 'links')}, {crossing} of them between clusters."
        )

    return Chart(draw, describe, height)


def cluster_panels(nodes: pd.DataFrame, links: pd.DataFrame) -> Chart:
    """Return the enlarged clusters as a chart of `describe_clusters`; see `draw_clusters`."""

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        draw_clusters(figure, nodes, links, frame)

    def describe(frame: pd.DataFrame) -> str:
        return " ".join(
            f"{_cluster_name(row['cluster'])}: {cluster_text(row, width=10_000)}".replace("\n", " ")
            for _, row in frame.iterrows()
        )

    return Chart(draw, describe, lambda frame: 0.5 + 3.0 * max(-(-len(frame) // 2), 1))


def null_distributions(names: Mapping[str, str], height: float = 2.6) -> Chart:
    """Return histograms of the null model with the observed value marked, side by side.

    The chart's table is that of `youthviolence.network.NullDraws.distribution`; `names` gives the
    title of each statistic, in the order wanted.
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
            axes.annotate(
                f"Observed\n{_short(seen)}", (seen, 1), xycoords=("data", "axes fraction"),
                xytext=(-4 if right else 4, 0), textcoords="offset points", va="top",
                ha="right" if right else "left", color=theme.CATEGORICAL[2], fontweight="bold",
                fontsize=8,
            )  # fmt: skip
            axes.set_ylim(0, part["share"].max() * 100 * 1.35)
            axes.set_title(textwrap.fill(title, 26), loc="left")
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}%")
            axes.tick_params(labelsize=8)
        grid[0].set_ylabel("Share of draws")

    def describe(frame: pd.DataFrame) -> str:
        said = []
        for statistic, title in names.items():
            part = frame[frame["statistic"] == statistic]
            drawn = part[part["share"] > 0]
            said.append(
                f"{title}: observed {_short(part['observed'].iloc[0])}, chance gives "
                f"{_short(drawn['low'].min())} to {_short(drawn['high'].max())}."
            )
        return " ".join(said)

    return Chart(draw, describe, height)


def _short(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 10 else f"{value:.2g}"


def cluster_text(row: pd.Series, width: int = 58) -> str:
    """Return one row of `describe_clusters` in words, wrapped."""
    incidents = _count(row["incidents"], *NAMES["incident"])
    if row["incident_types"]:
        incidents += f" ({row['incident_types']})"
    lines = [
        f"{_count(row['people'], *NAMES['person'])}; "
        f"{_count(row['institutions'], *NAMES['institution'])}, {row['shared_institutions']} "
        f"shared; {incidents}."
    ]
    if row["bridges_to"]:
        columns = zip(("people", "institutions", "incidents"), NAMES.values(), strict=True)
        counted = [(row[f"bridging_{column}"], names) for column, names in columns]
        bridging = ", ".join(_count(number, *names) for number, names in counted if number)
        others = [one for one in row["bridges_to"].split(", ") if one != str(MERGED)]
        said = [f"cluster{'s' * (len(others) > 1)} {', '.join(others)}"] * bool(others)
        said += ["the merged ones"] * (str(MERGED) in row["bridges_to"].split(", "))
        lines.append(f"Tied to {' and '.join(said)} through {bridging}.")
    return "\n".join(textwrap.fill(line, width) for line in lines)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
