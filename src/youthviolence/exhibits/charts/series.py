"""Values over time: lines with the status of every point."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from youthviolence.exhibits import theme
from youthviolence.exhibits.charts.base import Chart, groups, value_axis
from youthviolence.exhibits.text import number_text

# Points that are not the official series itself: hollow, and no line joins them.
ALONE = {"printed in the report", "quoted"}
HOLLOW = ALONE | {"provisional"}
NO_VALUE = {"suppressed", "not available"}


def _positions(frame: pd.DataFrame, x: str) -> dict[Any, float]:
    values = list(dict.fromkeys(frame[x]))
    if pd.api.types.is_numeric_dtype(frame[x]):
        return {value: float(value) for value in values}
    return {value: float(place) for place, value in enumerate(sorted(values, key=str))}


def _spread(heights: Sequence[float], gap: float) -> list[float]:
    """Return label heights moved apart to at least `gap`, in the same order."""
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, dtype=float)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + gap)
    if len(order):
        placed -= (placed.mean() - np.mean(heights)) / 2
    return placed.tolist()


def lines(
    x: str,
    y: str,
    by: str | None = None,
    *,
    y_title: str = "",
    spec: str = ",.0f",
    suffix: str = "",
    low: str | None = None,
    high: str | None = None,
    status: str | None = None,
    zero: bool = True,
    height: float = 3.6,
) -> Chart:
    """Return a line chart with each line named at its end.

    Where a `status` column is given: a hollow marker is a point that is provisional, quoted or
    printed in the report, and the last two are joined by no line; an arrow upwards is a lower
    bound; a cross on the axis is a value withheld or not available; a dotted upright is a break in
    the series, and no line crosses it.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        places = _positions(frame, x)
        ends: list[tuple[float, float, str, str]] = []
        for order, (name, part) in enumerate(groups(frame, by)):
            colour = theme.CATEGORICAL[order % 6]
            at = part[x].map(places).astype(float)
            value = part[y].astype(float)
            states = part[status].astype("str") if status else pd.Series("", index=part.index)
            joined = part[~states.isin(ALONE)]
            stretch = (states == "break in series").cumsum()[joined.index]
            for _, index in joined.groupby(stretch).groups.items():
                sns.lineplot(
                    x=at[index], y=value[index], ax=axes, color=colour, errorbar=None,
                    linestyle=theme.DASHES[order % 6], legend=False,
                )  # fmt: skip
            hollow = states.isin(HOLLOW)
            for mask, face in ((~hollow, colour), (hollow, "white")):
                axes.plot(
                    at[mask], value[mask], theme.MARKERS[order % 6], color=colour, linestyle="none",
                    markerfacecolor=face, zorder=3,
                )  # fmt: skip
            bound = states == "lower bound"
            if bound.any():
                axes.plot(
                    at[bound], value[bound], marker="$\u2191$", color=colour, markersize=9,
                    linestyle="none",
                )  # fmt: skip
            for here in at[states.isin(NO_VALUE)]:
                axes.plot(here, 0, "x", color=theme.QUIET, clip_on=False, zorder=4)
            for here in at[states == "break in series"]:
                axes.axvline(here - 0.5, color=theme.QUIET, linestyle=":", linewidth=1)
            if low and high:
                axes.fill_between(
                    at, part[low].astype(float), part[high].astype(float),
                    color=colour, alpha=0.15, linewidth=0,
                )  # fmt: skip
            drawn = value.dropna()
            if len(drawn):
                ends.append((at[drawn.index[-1]], drawn.iloc[-1], name, colour))
        if zero:
            axes.set_ylim(bottom=0)
        axes.margins(x=0.02)
        _name_lines(axes, ends)
        _period_axis(axes, places)
        value_axis(axes.yaxis, spec, suffix)
        axes.grid(axis="y")
        axes.set_xlabel("")
        axes.set_ylabel("")
        axes.set_title(y_title, loc="left", color=theme.QUIET)

    def describe(frame: pd.DataFrame) -> str:
        return " ".join(_describe_series(frame, x, y, by, spec, suffix))

    return Chart(draw, describe, height)


def _name_lines(axes: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    bottom, top = axes.get_ylim()
    heights = _spread([end[1] for end in ends], (top - bottom) * 0.065)
    right = axes.get_xlim()[1]
    for (_, _, name, colour), height in zip(ends, heights, strict=True):
        if name:
            axes.annotate(
                name, (right, height), xytext=(4, 0), textcoords="offset points", color=colour,
                va="center", fontweight="bold", annotation_clip=False,
            )  # fmt: skip


def _period_axis(axes: Axes, places: dict[Any, float]) -> None:
    step = max(1, int(np.ceil(len(places) / 9)))
    shown = sorted(places.items(), key=lambda item: item[1])[::-step][::-1]
    axes.set_xticks([place for _, place in shown], [str(value) for value, _ in shown])


def _describe_series(
    frame: pd.DataFrame, x: str, y: str, by: str | None, spec: str, suffix: str
) -> list[str]:
    sentences = []
    for name, part in groups(frame, by):
        drawn = part[part[y].notna()]
        if drawn.empty:
            sentences.append(f"{name or 'The series'} has no value to show.")
            continue
        first, last = drawn.iloc[0], drawn.iloc[-1]
        peak = drawn.iloc[int(np.argmax(drawn[y].astype(float)))]

        def say(row: pd.Series) -> str:
            return f"{number_text(row[y], spec)}{suffix} in {row[x]}"

        lead = f"{name}: " if name else ""
        if len(drawn) == 1:
            sentences.append(f"{lead}{say(first)}.")
        else:
            highest = "" if peak.name in (first.name, last.name) else f", highest {say(peak)}"
            sentences.append(f"{lead}from {say(first)} to {say(last)}{highest}.")
    return sentences
