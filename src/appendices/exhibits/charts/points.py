"""Estimates with intervals, tables as colour, and sequences of events."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from appendices.exhibits import theme
from appendices.exhibits.charts.base import (
    Chart,
    describe_rows,
    groups,
    key_below,
    name_rows,
    row_heights,
    value_axis,
)
from appendices.exhibits.marks import INVENTED, flag_of
from appendices.exhibits.text import texts_of

_SHADES = LinearSegmentedColormap.from_list("shades", ["#F3F7FA", *reversed(theme.SEQUENTIAL)])


def intervals(
    category: str,
    value: str,
    low: str,
    high: str,
    by: str | None = None,
    *,
    value_title: str = "",
    reference: float | None = None,
    reference_title: str = "",
    mark: str | None = None,
    mark_title: str = "",
    spec: str = ".1f",
    suffix: str = "",
) -> Chart:
    """Return estimates as points with their interval as a line, one row a category.

    `reference` draws an upright line, such as no difference; `mark` names the column of a second
    value that is marked on the same row.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        names = list(dict.fromkeys(frame[category].astype("str")))
        parts = groups(frame, by)
        for order, (name, part) in enumerate(parts):
            at = row_heights(part[category], names, order, len(parts), 0.7 / len(parts))
            ends = part[[low, high]].astype(float)
            axes.hlines(at, ends[low], ends[high], color=theme.CATEGORICAL[order % 6], linewidth=2)
            axes.plot(
                part[value].astype(float), at, theme.MARKERS[order % 6], markersize=6, label=name,
                color=theme.CATEGORICAL[order % 6],
            )  # fmt: skip
            _mark_invented(axes, at, part, value)
        if mark:
            marked = _draw_marks(axes, row_heights(frame[category], names, 0, 1, 0), frame[mark])
        if reference is not None:
            _draw_reference(axes, reference, reference_title)
        name_rows(axes, names)
        value_axis(axes.xaxis, spec, suffix)
        axes.grid(axis="x")
        axes.set_title(value_title, loc="left", color=theme.QUIET, pad=14)
        if by is not None:
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=min(4, len(parts)))
        elif mark:
            key_below(axes, {mark_title: marked})

    def words_of(rows: pd.DataFrame) -> Iterator[str]:
        ends = (texts_of(rows, end, spec, base="") for end in (low, high))
        known = rows[[value, low]].notna().all(axis=1)
        texts = texts_of(rows, value, spec, suffix)
        for name, given, text, start, end in zip(rows[category], known, texts, *ends, strict=True):
            yield f"{name} {text}" + (f" ({start} to {end})" if given else "")

    def height(frame: pd.DataFrame) -> float:
        rows = frame[category].nunique() * (0.6 + 0.4 * (frame[by].nunique() if by else 1))
        return 1.0 + 0.3 * rows + (0.3 if by else 0)

    return Chart(draw, lambda frame: describe_rows(frame, by, words_of), height)


def _mark_invented(axes: Axes, at: NDArray[np.float64], part: pd.DataFrame, value: str) -> None:
    for height, (_, row) in zip(at, part.iterrows(), strict=True):
        if row.get(flag_of(value), False):
            axes.annotate(
                INVENTED, (row[value], height), xytext=(0, 4), ha="center",
                textcoords="offset points", fontsize=7.5,
            )  # fmt: skip


def _draw_marks(axes: Axes, at: NDArray[np.float64], values: pd.Series) -> Line2D:
    (marks,) = axes.plot(
        values.astype(float), at, "D", color=theme.CATEGORICAL[3], markersize=7,
        markeredgecolor="white", zorder=3, linestyle="none",
    )  # fmt: skip
    return marks


def _draw_reference(axes: Axes, value: float, title: str) -> None:
    axes.axvline(value, color=theme.QUIET, linewidth=1, zorder=0)
    axes.annotate(
        title, (value, -0.5), xytext=(3, 2), textcoords="offset points", color=theme.QUIET,
        fontsize=8,
    )  # fmt: skip


def heat(
    x: str, y: str, value: str, *, value_title: str = "", spec: str = ".0f", suffix: str = ""
) -> Chart:
    """Return a table as colour, with every value written in its cell; an empty cell is hatched."""

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        down, across = list(dict.fromkeys(frame[y])), list(dict.fromkeys(frame[x]))
        told = frame.assign(words=texts_of(frame, value, spec, suffix, "")).astype({value: float})
        wide = told.pivot(index=y, columns=x, values=value).reindex(index=down, columns=across)
        words = told.pivot(index=y, columns=x, values="words").reindex(index=down, columns=across)
        words = words.where(wide.notna(), "")
        axes.set_facecolor("white")
        axes.patch.set(hatch="////", edgecolor="#BFBFBF")
        sns.heatmap(
            wide, ax=axes, cmap=_SHADES, annot=words, fmt="", linewidths=1, linecolor="white",
            cbar=False, annot_kws={"fontsize": 8},
        )  # fmt: skip
        axes.set(xlabel="", ylabel="")
        axes.tick_params(length=0)
        axes.tick_params(axis="x", rotation=45)
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
        axes.set_title(value_title, loc="left", color=theme.QUIET)

    def describe(frame: pd.DataFrame) -> str:
        ranked = frame.dropna(subset=[value]).sort_values(value, ascending=False, kind="stable")
        highest = ranked.head(3)
        said = [
            f"{one} and {other} {text}"
            for one, other, text in zip(
                highest[y], highest[x], texts_of(highest, value, spec, suffix), strict=True
            )
        ]
        return f"Highest: {'; '.join(said)}." if said else "No cell has a value to show."

    return Chart(draw, describe, lambda frame: 1.6 + 0.32 * frame[y].nunique())


def timeline(lane: str, step: str, text: str, kind: str) -> Chart:
    """Return sequences of events as boxes in order, one column a lane.

    The kind of an event is told by its label as well as by the colour of the box's edge.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        lanes = list(dict.fromkeys(frame[lane].astype("str")))
        kinds = list(dict.fromkeys(frame[kind].astype("str")))
        deepest = int(frame[step].max())
        characters = int(74 / len(lanes))
        for _, row in frame.iterrows():
            x, y = lanes.index(str(row[lane])), -float(row[step])
            colour = theme.CATEGORICAL[kinds.index(str(row[kind])) % 6]
            body = "\n".join(textwrap.wrap(str(row[text]), characters))
            axes.annotate(
                f"{row[kind]}\n{body}", (x, y), ha="center", va="center", fontsize=7.5,
                bbox={"boxstyle": "round,pad=0.5", "fc": "white", "ec": colour, "lw": 1.6},
            )  # fmt: skip
            if row[step] < frame.loc[frame[lane] == row[lane], step].max():
                axes.annotate(
                    "", (x, y - 0.68), (x, y - 0.38),
                    arrowprops={"arrowstyle": "-|>", "color": theme.QUIET},
                )  # fmt: skip
        axes.plot(range(len(lanes)), [0.0] * len(lanes), linestyle="none")
        for place, name in enumerate(lanes):
            axes.annotate(name, (place, -0.35), ha="center", fontweight="bold")
        axes.set_xlim(-0.5, len(lanes) - 0.5)
        axes.set_ylim(-deepest - 0.6, 0)
        axes.axis("off")

    def describe(frame: pd.DataFrame) -> str:
        sentences = []
        for name, part in groups(frame, lane):
            steps = "; ".join(str(one) for one in part.sort_values(step)[text])
            sentences.append(f"{name}: {steps}.")
        return " ".join(sentences)

    return Chart(draw, describe, lambda frame: 0.6 + 0.85 * float(frame[step].max()))
