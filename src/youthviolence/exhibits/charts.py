"""The charts. Each draws from one tidy table and can say in words what it shows.

A chart is made by naming the columns it uses: ``lines(x="period", y="value", by="age_band")``.
Series are told apart by marker, dash or hatch as well as by colour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from youthviolence.exhibits import theme
from youthviolence.exhibits.text import number_text

Draw = Callable[[Figure, pd.DataFrame], None]
Describe = Callable[[pd.DataFrame], str]
HOLLOW = {"printed in the report", "quoted", "provisional"}
NO_VALUE = {"suppressed", "not available"}


@dataclass(frozen=True)
class Chart:
    """How to draw a table and how to say what the drawing shows; `height` is in inches."""

    draw: Draw
    describe: Describe
    height: float | Callable[[pd.DataFrame], float] = 3.6

    def height_for(self, frame: pd.DataFrame) -> float:
        """Return the figure's height for this table."""
        return self.height(frame) if callable(self.height) else self.height


def _groups(frame: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    if by is None:
        return [("", frame)]
    names = frame[by].unique()
    return [(str(name), frame[frame[by] == name]) for name in names]


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


def _value_axis(axis: Any, spec: str, suffix: str) -> None:
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:{spec}}{suffix}"))


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
    printed in the report; a cross on the axis is a value withheld or not available; a dotted
    upright is a break in the series, and no line crosses it.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        places = _positions(frame, x)
        ends: list[tuple[float, float, str, str]] = []
        for order, (name, part) in enumerate(_groups(frame, by)):
            colour = theme.CATEGORICAL[order % 6]
            at = part[x].map(places).astype(float)
            value = part[y].astype(float)
            states = part[status].astype("str") if status else pd.Series("", index=part.index)
            stretch = (states == "break in series").cumsum()
            for _, index in part.groupby(stretch).groups.items():
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
        _value_axis(axes.yaxis, spec, suffix)
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
    for name, part in _groups(frame, by):
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


def bars(
    category: str,
    value: str,
    by: str | None = None,
    *,
    value_title: str = "",
    spec: str = ",.0f",
    suffix: str = "",
    low: str | None = None,
    high: str | None = None,
    highlight: Sequence[str] | None = None,
    limit: float | None = None,
) -> Chart:
    """Return horizontal bars in the table's order, each with its value written at its end.

    With `by`, the bars of a category stand under one another, told apart by hatch and colour.
    With `low` and `high`, a whisker shows the interval. `highlight` names the categories drawn in
    full colour when the rest are context. `limit` fixes the end of the value axis.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        names = list(dict.fromkeys(frame[category].astype("str")))
        groups = _groups(frame, by)
        thick = 0.78 / len(groups)
        for order, (name, part) in enumerate(groups):
            at = np.array([names.index(one) for one in part[category].astype("str")], dtype=float)
            at += (order - (len(groups) - 1) / 2) * thick
            length = part[value].astype(float).to_numpy()
            colours = [
                theme.CATEGORICAL[order % 6]
                if highlight is None or one in highlight
                else theme.CONTEXT
                for one in part[category].astype("str")
            ]
            axes.barh(
                at, np.nan_to_num(length), height=thick * 0.92, color=colours, label=name,
                hatch=theme.HATCHES[order % 6], edgecolor="white", linewidth=0.5,
            )  # fmt: skip
            ends = length
            if low and high:
                ends = part[high].astype(float).to_numpy()
                axes.hlines(at, part[low].astype(float), ends, color=theme.INK, linewidth=1.1)
            for place, end, number in zip(at, ends, part[value], strict=True):
                text = number_text(number, spec)
                text = "withheld" if text.startswith("a withheld") else f"{text}{suffix}"
                axes.annotate(
                    text, (0 if np.isnan(end) else end, place), xytext=(4, 0),
                    textcoords="offset points", va="center", annotation_clip=False,
                )  # fmt: skip
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_xlim(0, limit)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_color(theme.QUIET)
        _value_axis(axes.xaxis, spec, suffix)
        axes.grid(axis="x")
        axes.set_title(value_title, loc="left", color=theme.QUIET)
        if by is not None:
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=min(4, len(groups)))

    def describe(frame: pd.DataFrame) -> str:
        sentences = []
        for name, part in _groups(frame, by):
            said = [
                f"{row[category]} {number_text(row[value], spec)}"
                + ("" if pd.isna(row[value]) else suffix)
                for _, row in part.head(10).iterrows()
            ]
            rest = f"; and {len(part) - 10} more" if len(part) > 10 else ""
            sentences.append((f"{name}: " if name else "") + "; ".join(said) + rest + ".")
        return " ".join(sentences)

    def height(frame: pd.DataFrame) -> float:
        rows = frame[category].nunique() * (frame[by].nunique() if by else 1)
        return 0.9 + 0.27 * rows + (0.3 if by else 0)

    return Chart(draw, describe, height)
