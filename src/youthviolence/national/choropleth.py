"""A choropleth of England by local authority, with London enlarged, drawn without a map library."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PatchCollection
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from appendices.errors import UsageError
from appendices.exhibits import theme
from appendices.exhibits.charts.base import Chart
from appendices.numbers import write_number
from youthviolence.national.at_risk import AtRisk

Rings = Mapping[str, Sequence[NDArray[np.float64]]]
MAP_CLASSES = 4
MERIDIAN = -2.0  # degrees: the central meridian of the British National Grid
LONDON = "E09"  # how the codes of the City of London and the boroughs begin
NONE, UNKNOWN = "None", "Unknown"
_FILL = {NONE: "#EBEBEB", UNKNOWN: "#FFFFFF"}
_BETWEEN, _OUTLINE, _MARK = "#FFFFFF", "#6B6B6B", theme.CATEGORICAL[3]


def project(longitude: Any, latitude: Any) -> tuple[Any, Any]:
    """Return x and y on the sinusoidal projection: equal areas, so no authority looks too large."""
    return (longitude - MERIDIAN) * np.cos(np.radians(latitude)), latitude


def rings_from_wkt(boundaries: pd.DataFrame) -> dict[str, list[NDArray[np.float64]]]:
    """Return the projected rings of each area, by ``code``.

    `boundaries` has ``code`` and ``geometry``: a polygon or multipolygon as well-known text, in
    longitude and latitude. A ring is an array of (x, y) whose last corner is its first; holes are
    rings like any other, and wind the other way.
    """
    rings: dict[str, list[NDArray[np.float64]]] = {}
    for code, text in zip(boundaries["code"].astype("str"), boundaries["geometry"], strict=True):
        parts = [part.replace(",", " ").split() for part in re.findall(r"\(([^()]+)\)", text)]
        corners = [np.array(part, dtype=float).reshape(-1, 2) for part in parts]
        rings[code] = [np.column_stack(project(ring[:, 0], ring[:, 1])) for ring in corners]
    return rings


def outline(rings: Rings) -> list[NDArray[np.float64]]:
    """Return the lines around all areas together: the sides that belong to one area only."""
    sides: Counter[tuple[tuple[float, float], ...]] = Counter()
    for parts in rings.values():
        for ring in parts:
            corners = [(float(x), float(y)) for x, y in ring]
            sides.update((min(pair), max(pair)) for pair in pairwise(corners))
    open_ends: defaultdict[tuple[float, float], list[tuple[float, float]]] = defaultdict(list)
    for (start, end), times in sides.items():
        if times == 1:
            open_ends[start].append(end)
            open_ends[end].append(start)
    lines = []
    for first in list(open_ends):
        while open_ends[first]:
            line = [first]
            while open_ends[line[-1]]:
                following = open_ends[line[-1]].pop()
                open_ends[following].remove(line[-1])
                line.append(following)
            lines.append(np.array(line))
    return lines


def class_colours(labels: Sequence[str]) -> dict[str, str]:
    """Return a colour for each class, light to dark blue; none is grey, unknown is white."""
    ranked = [label for label in labels if label not in _FILL]
    scale = LinearSegmentedColormap.from_list("sequential", theme.SEQUENTIAL[::-1])
    if len(ranked) == len(theme.SEQUENTIAL):
        colours = list(theme.SEQUENTIAL[::-1])
    else:
        colours = [to_hex(scale(place)) for place in np.linspace(0, 1, max(2, len(ranked)))]
    return _FILL | dict(zip(ranked, colours, strict=False))


def draw_choropleth(
    axes: Axes,
    frame: pd.DataFrame,
    rings: Rings,
    *,
    legend_title: str = "",
    numbered: int = 10,
    highlight: Sequence[str] = (),
    called: str = "",
) -> None:
    """Draw one area a row of `frame`, filled by its class.

    Parameters
    ----------
    axes
        Where to draw; its frame and ticks are taken away.
    frame
        ``code, class_label`` (ordered categorical: its order is the legend's), ``rank``, ``name``,
        ``longitude, latitude``.
    rings
        Projected rings by code. An area without a row is drawn as unknown.
    legend_title
        What the classes measure, with unit.
    numbered
        How many of the highest areas carry their rank on the map and are named beside it.
    highlight
        Codes of areas drawn with a heavy outline.
    called
        What the highlighted areas are together; each has its own name when not given.
    """
    labels = [str(label) for label in frame["class_label"].cat.categories]
    codes = frame["code"].astype("str")
    classes = dict(zip(codes, frame["class_label"].astype("str"), strict=True))
    england = _extent(rings.values())
    london = _extent(parts for code, parts in rings.items() if code.startswith(LONDON))
    inset = axes.inset_axes((0.735, 0.735, 0.265, 0.235))
    near = {code: parts for code, parts in rings.items() if london.overlaps(_extent([parts]))}
    marked = [ring for code in highlight for ring in rings[code]]
    for panel, shown, thin in ((axes, rings, 0.25), (inset, near, 0.5)):
        _draw_areas(panel, shown, classes, class_colours(labels), thin)
        panel.add_collection(LineCollection(marked, colors=_MARK, linewidths=1.8, zorder=4))
        panel.set(xticks=[], yticks=[], aspect=1.0)
    around = outline(rings)
    axes.add_collection(LineCollection(around, colors=_OUTLINE, linewidths=0.7, zorder=3))
    boroughs = outline({code: parts for code, parts in rings.items() if code.startswith(LONDON)})
    inside = [line for line in around if london.overlaps(_extent([[line]]))] + boroughs
    inset.add_collection(LineCollection(inside, colors=_OUTLINE, linewidths=0.7, zorder=3))
    # Sea on both sides: the legend stands in the west, London in the east.
    axes.set(xlim=(england.x0 - 0.25, england.x1 + 0.75), ylim=(england.y0, england.y1))
    axes.axis("off")
    inset.set(xlim=(london.x0, london.x1), ylim=(london.y0, london.y1))
    for spine in inset.spines.values():
        spine.set(visible=True, color=theme.QUIET, linewidth=0.8)
    inset.set_title("London", loc="left", fontsize=8, color=theme.QUIET, pad=3)
    axes.indicate_inset(london.bounds, edgecolor=theme.QUIET, linewidth=0.8, alpha=1)
    first = frame[frame["rank"].notna()].nsmallest(numbered, "rank")
    for place, row in enumerate(first.to_dict("records")):
        panel = inset if row["code"].startswith(LONDON) else axes
        _number(panel, project(row["longitude"], row["latitude"]), row["rank"])
        height = 0.60 - 0.026 * place
        for x, text, side in ((0.045, row["rank"], "right"), (0.06, row["name"], "left")):
            axes.text(x, height, str(text), ha=side, transform=axes.transAxes, fontsize=8)
    chosen = frame.loc[codes.isin(highlight), ["name", "longitude", "latitude"]]
    if called and len(chosen):
        chosen = chosen[["longitude", "latitude"]].mean().to_frame().T.assign(name=called)
    for row in chosen.to_dict("records"):
        _name(axes, project(row["longitude"], row["latitude"]), str(row["name"]))
    _legend(axes, frame, labels, legend_title)


def _draw_areas(
    axes: Axes, rings: Rings, classes: Mapping[str, str], colours: Mapping[str, str], thin: float
) -> None:
    for label, colour in colours.items():
        codes = [code for code in rings if classes.get(code, UNKNOWN) == label]
        patches = [
            PathPatch(Path.make_compound_path(*(Path(ring, closed=True) for ring in rings[code])))
            for code in codes
            if rings[code]
        ]
        unknown = label == UNKNOWN
        axes.add_collection(
            PatchCollection(
                patches, facecolor=colour, linewidths=thin, zorder=2,
                edgecolor=theme.QUIET if unknown else _BETWEEN,
                hatch="//////" if unknown else None,
            )
        )  # fmt: skip


def _extent(areas: Iterable[Sequence[NDArray[np.float64]]]) -> Bbox:
    corners = np.concatenate([ring for parts in areas for ring in parts])
    return Bbox([corners.min(axis=0) - 0.02, corners.max(axis=0) + 0.02])


def _number(axes: Axes, at: tuple[float, float], number: int) -> None:
    axes.annotate(
        str(number), at, ha="center", va="center_baseline", fontsize=6, color=theme.INK, zorder=6,
        bbox={
            "boxstyle": "circle,pad=0.18", "facecolor": "white", "edgecolor": theme.INK,
            "linewidth": 0.5,
        },
    )  # fmt: skip


def _name(axes: Axes, at: tuple[float, float], name: str) -> None:
    """Write the name of a highlighted area beside it, legible on any fill."""
    inland = -1 if at[0] > 0.8 else 1  # in the east the name is written westwards
    axes.annotate(
        name, at, xytext=(16 * inland, 10), textcoords="offset points", fontsize=9,
        fontweight="bold", ha="right" if inland < 0 else "left", zorder=7,
        path_effects=[withStroke(linewidth=3, foreground="white")],
        arrowprops={"arrowstyle": "-", "color": theme.INK, "linewidth": 0.8, "zorder": 7},
    )  # fmt: skip


def _legend(axes: Axes, frame: pd.DataFrame, labels: Sequence[str], title: str) -> None:
    sizes = frame["class_label"].value_counts()
    colours = class_colours(labels)
    handles = [
        Patch(
            facecolor=colours[label], linewidth=0.6, edgecolor=theme.QUIET,
            hatch="//////" if label == UNKNOWN else None,
            label=f"{label} ({sizes[label]})",
        )
        for label in [*[one for one in labels if one not in _FILL][::-1], NONE, UNKNOWN]
        if label in labels and sizes[label]
    ]  # fmt: skip
    legend = axes.legend(
        handles=handles, title=title, loc="upper left", bbox_to_anchor=(0.0, 0.98),
        fontsize=8, title_fontsize=8, alignment="left", handlelength=1.6, handleheight=1.0,
    )  # fmt: skip
    legend.get_title().set_color(theme.QUIET)


def choropleth(
    boundaries: pd.DataFrame, *, legend_title: str, value: str, spec: str = ",.0f",
    numbered: int = 10, highlight: Sequence[str] = (), called: str = "",
) -> Chart:  # fmt: skip
    """Return the map as a chart; `value` is the column it is classed by, `spec` its format."""
    rings = rings_from_wkt(boundaries)

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        draw_choropleth(
            figure.add_subplot(), frame, rings,
            legend_title=legend_title, numbered=numbered, highlight=highlight, called=called,
        )  # fmt: skip

    def describe(frame: pd.DataFrame) -> str:
        sizes = frame["class_label"].value_counts(sort=False)
        classes = "; ".join(f"{label}: {size} areas" for label, size in sizes.items() if size)
        first = frame[frame["rank"].notna()].nsmallest(max(3, numbered), "rank")
        highest = "; ".join(
            f"{name} {write_number(number, spec)}"
            for name, number in zip(first["name"], first[value], strict=True)
        )
        return f"Map of England by local authority. {classes}. Highest: {highest}."

    return Chart(draw, describe, height=6.6)


def map_frame(
    result: AtRisk,
    boundaries: pd.DataFrame,
    by: Literal["count", "share"] = "count",
) -> pd.DataFrame:
    """Return group C by authority, classed for a choropleth.

    Parameters
    ----------
    result
        The answer to map.
    boundaries
        ``code, name, longitude, latitude``: one row an authority. One that stands there but is
        absent from `result` is unknown, which is not the same as none.
    by
        Class by number of young people or by share of the population of the same ages, at the
        quartiles of the authorities that have any, to two significant figures.

    Returns
    -------
    ``rank, code, name, count, population, share, class_label, longitude, latitude``, highest first.
    ``class_label`` is an ordered categorical: unknown, none, then the classes from low to high;
    ``count`` and ``share`` are missing where unknown.

    Raises
    ------
    UsageError
        When `by` is neither.
    """
    if by not in ("count", "share"):
        raise UsageError(f"by is {by!r}: expected 'count' or 'share'.")
    drawn = boundaries[["code", "name", "longitude", "latitude"]].astype({"code": "object"})
    known = result.by_authority[["code", "c", "population", "c_share"]]
    known = known.rename(columns={"c": "count", "c_share": "share"})
    frame = drawn.merge(known, on="code", how="left", validate="one_to_one")
    for column in ("count", "population"):
        frame[column] = frame[column].astype("Int64")
    value = frame[by].astype("float64")
    edges = _edges(value[value > 0], by)
    labels = _labels(edges, by)
    # A missing value sorts last; its label is replaced at once.
    named = np.array(labels)[np.searchsorted(edges, value, side="right")]
    named = np.select([value.isna(), value == 0], [UNKNOWN, NONE], named)
    order = pd.CategoricalDtype([UNKNOWN, NONE, *labels], ordered=True)
    frame["class_label"] = pd.Series(named, index=frame.index).astype(order)
    frame["rank"] = value.rank(method="min", ascending=False).astype("Int64")
    columns = [
        "rank", "code", "name", "count", "population", "share", "class_label",
        "longitude", "latitude",
    ]  # fmt: skip
    return frame.sort_values(["rank", "code"], ignore_index=True)[columns]


def _edges(values: pd.Series, by: str) -> list[float]:
    """Return the quartiles to two significant figures, each once."""
    quantiles = np.quantile(values, np.arange(1, MAP_CLASSES) / MAP_CLASSES) if len(values) else []
    rounded = [float(f"{quantile:.2g}") for quantile in quantiles]
    return sorted({edge for edge in rounded if by == "share" or edge > 1})


def _labels(edges: Sequence[float], by: str) -> list[str]:
    if by == "count":
        lows = [1, *(int(np.ceil(edge)) for edge in edges)]
        spans = [f"{low:,} to {high - 1:,}" for low, high in pairwise(lows)]
        return [*spans, f"{lows[-1]:,} or more"]
    percents = [write_number(100 * edge, ".3g", "%") for edge in edges]
    if not percents:
        return ["more than 0%"]
    spans = [f"{low} to under {high}" for low, high in pairwise(percents)]
    return [f"under {percents[0]}", *spans, f"{percents[-1]} or more"]
