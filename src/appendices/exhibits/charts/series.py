"""Values over time: lines with the status of every point."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from appendices.exhibits import theme
from appendices.exhibits.charts.base import Chart, groups, key_below, value_axis
from appendices.exhibits.text import number_text

# Points that are not the official series itself: hollow, and no line joins them.
ALONE = {"printed in the report", "quoted"}
HOLLOW = ALONE | {"provisional"}
NO_VALUE = {"suppressed", "not available"}
WIDEST_NAME = 26  # characters of a line's name before it is wrapped
BREAK = "break in series"
_PERIOD = re.compile(r"(\d{4})(/\d{2})?")
_BAND = "#EDEDED"
_LEADER = (0, (1, 2.5))  # from a line's name to its end: no line of data is grey or so thin


def _year(period: Any) -> int | None:
    """Return the year in which a period such as 2012/13 or 2013 ends, None for other texts."""
    found = _PERIOD.fullmatch(str(period))
    return int(found[1]) + bool(found[2]) if found else None


def _positions(frame: pd.DataFrame, x: str) -> dict[Any, float]:
    """Return where each value stands: periods by their year, so that a missing one is a gap."""
    values = list(dict.fromkeys(frame[x]))
    if pd.api.types.is_numeric_dtype(frame[x]):
        return {value: float(value) for value in values}
    years = {value: _year(value) for value in values}
    if None not in years.values():
        return {value: float(year) for value, year in years.items() if year is not None}
    return {value: float(place) for place, value in enumerate(sorted(values, key=str))}


def _in_order(part: pd.DataFrame, x: str) -> pd.DataFrame:
    """Return the rows of one line from left to right."""
    places = part[x].map(_positions(part, x))
    return part.loc[places.sort_values(kind="stable").index]


def _spread(heights: Sequence[float], sizes: Sequence[float], lowest: float) -> list[float]:
    """Return label heights moved apart so that labels of these sizes do not touch, in order.

    Labels are moved up from one another and then back down by half, but none below `lowest`.
    """
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, dtype=float)
    for before, after in pairwise(order):
        gap = (sizes[before] + sizes[after]) / 2
        placed[after] = max(placed[after], placed[before] + gap)
    if len(order):
        down = (placed.mean() - np.mean(heights)) / 2
        placed -= min(down, max(0.0, placed.min() - lowest))
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
    around: tuple[str, str, str] | None = None,
    styles: Sequence[str] = (),
    height: float = 3.6,
) -> Chart:
    """Return a line chart with each line named at its end.

    Where a `status` column is given: a hollow marker is a point that is provisional, quoted or
    printed in the report, and the last two are joined by no line; an arrow upwards is a lower
    bound; a cross on the axis is a value withheld or not available; a dotted upright is a break in
    the series, and neither line, band nor description crosses it. A key below the chart says so of
    those that occur. `around` names the columns of the lowest and highest
    value of a grey band behind the lines, and what the band is. `styles` lists the names of lines
    in the order of colours and markers, so that a line looks the same in two panels.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        places = _positions(frame, x)
        ends: list[tuple[float, float, str, str]] = []
        starts: set[float] = set()
        for place, (name, group) in enumerate(groups(frame, by)):
            order = styles.index(name) if name in styles else place
            part = _in_order(group, x)
            at = part[x].map(places).astype(float)
            value = part[y].astype(float)
            states = part[status].astype("str") if status else pd.Series("", index=part.index)
            begins = _begins(part, status)
            starts.update(at[begins])
            band = part[[low, high]].astype(float) if low and high else None
            _draw_line(axes, at, value, states, begins, order, band)
            ends += _end_of_line(at, value, name, theme.CATEGORICAL[order % 6])
        for start in sorted(starts):
            axes.axvline(start - 0.5, color=theme.QUIET, linestyle=":", linewidth=1)
        if around:
            reach = frame.groupby(frame[x].map(places))[[*around[:2]]].first().astype(float)
            axes.fill_between(reach.index, *reach.to_numpy().T, color=_BAND, zorder=0)
        axes.margins(x=0.02, y=0.07)
        highest = axes.dataLim.y1
        axes.set_ylim(0, 1.07 * highest if highest > 0 else 1)
        _name_lines(axes, ends, height)
        longest = max((len(line) for end in ends for line in end[2].split("\n")), default=0)
        _period_axis(axes, places, figure.bbox.width / figure.dpi - 0.8 - 0.08 * longest)
        value_axis(axes.yaxis, spec, suffix)
        axes.grid(axis="y")
        axes.set_title(y_title, loc="left", color=theme.QUIET)
        found = set(frame[status].astype("str")) if status else set()
        _key(axes, found | ({BREAK} if starts else set()), around)

    def describe(frame: pd.DataFrame) -> str:
        return " ".join(_describe_series(frame, x, y, by, spec, suffix, status))

    return Chart(draw, describe, height)


def _end_of_line(
    at: pd.Series, value: pd.Series, name: str, colour: str
) -> list[tuple[float, float, str, str]]:
    """Return where a line ends, its name in lines and its colour; nothing of one without values."""
    drawn = value.dropna()
    if drawn.empty:
        return []
    words = "\n".join(textwrap.wrap(name, WIDEST_NAME))
    return [(at[drawn.index[-1]], drawn.iloc[-1], words, colour)]


def _draw_line(
    axes: Axes,
    at: pd.Series,
    value: pd.Series,
    states: pd.Series,
    begins: pd.Series,
    order: int,
    band: pd.DataFrame | None,
) -> None:
    """Draw one line and its band between its breaks, and each of its points by its status.

    `begins` says at which points the line begins anew; `band` has its lower and upper end.
    """
    colour, marker = theme.CATEGORICAL[order % 6], theme.MARKERS[order % 6]
    for _, rows in states.groupby(begins.cumsum()):
        joined = rows.index[~rows.isin(ALONE)]
        axes.plot(at[joined], value[joined], color=colour, linestyle=theme.DASHES[order % 6])
        if band is not None:
            ends = band.loc[rows.index].to_numpy().T
            axes.fill_between(at[rows.index], *ends, color=colour, alpha=0.15, linewidth=0)
    hollow = states.isin(HOLLOW)
    for mask, face in ((~hollow, colour), (hollow, "white")):
        axes.plot(
            at[mask], value[mask], marker, color=colour, linestyle="none", markerfacecolor=face,
            zorder=3,
        )  # fmt: skip
    bound = states == "lower bound"
    if bound.any():
        axes.plot(
            at[bound], value[bound], marker="$\u2191$", color=colour, markersize=9,
            linestyle="none",
        )  # fmt: skip
    for here in at[states.isin(NO_VALUE)]:
        axes.plot(here, 0, "x", color=theme.QUIET, clip_on=False, zorder=4)


def _begins(part: pd.DataFrame, status: str | None) -> pd.Series:
    """Return at which points a line begins anew."""
    return part[status].astype("str") == BREAK if status else pd.Series(False, index=part.index)


def _name_lines(axes: Axes, ends: list[tuple[float, float, str, str]], inches: float) -> None:
    """Write each line's name at the right, with dots in grey to its last point if that is apart.

    A line that ends in the left third has its name beside its last point.
    """
    bottom, top = axes.get_ylim()
    left, right = axes.get_xlim()
    scale = (top - bottom) / max(0.5, inches - 0.8)  # of the value axis, per inch
    early = [end for end in ends if end[0] < left + (right - left) / 3]
    for at, value, name, colour in early:
        axes.annotate(
            name, (at, value), xytext=(7, 0), textcoords="offset points", color=colour,
            va="center", fontweight="bold",
        )  # fmt: skip
    late = [end for end in ends if end not in early]
    sizes = [0.16 * scale * (1 + end[2].count("\n")) for end in late]
    heights = _spread([end[1] for end in late], sizes, bottom)
    for (at, value, name, colour), height in zip(late, heights, strict=True):
        if not name:
            continue
        if right - at > 0.06 * (right - left) or abs(height - value) > 0.12 * scale:
            axes.plot(
                [at, right], [value, height], color=theme.CONTEXT, linewidth=0.7, clip_on=False,
                linestyle=_LEADER, zorder=0,
            )  # fmt: skip
        axes.annotate(
            name, (right, height), xytext=(4, 0), textcoords="offset points", color=colour,
            va="center", fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)


def _period_axis(axes: Axes, places: dict[Any, float], inches: float) -> None:
    """Mark as many periods as there is room for, the last one always, also those without data."""
    words = {place: str(value) for value, place in places.items()}
    if all(_year(word) == place for place, word in words.items()):
        slash = any("/" in word for word in words.values())
        for year in range(int(min(words)), int(max(words)) + 1):
            words.setdefault(year, f"{year - 1}/{year % 100:02d}" if slash else str(year))
    ordered = sorted(words)
    room = 0.62 if any("/" in word for word in words.values()) else 0.45
    step = max(1, int(np.ceil(len(ordered) / max(2, inches / room))))
    shown = ordered[::-step][::-1]
    axes.set_xticks(shown, [words[place] for place in shown])


def _key(axes: Axes, states: set[str], around: tuple[str, str, str] | None) -> None:
    """Say below the chart what the marks mean that occur in it."""
    ink = theme.QUIET
    marks: dict[str, Artist] = {}
    hollow = sorted(states & HOLLOW)
    if hollow:
        marks[", ".join(hollow)] = Line2D(
            [], [], marker="o", color=ink, markerfacecolor="white", linestyle="none"
        )
    if "lower bound" in states:
        marks["at least"] = Line2D([], [], marker="$\u2191$", color=ink, linestyle="none")
    if states & NO_VALUE:
        marks[" or ".join(sorted(states & NO_VALUE))] = Line2D(
            [], [], marker="x", color=ink, linestyle="none"
        )
    if BREAK in states:
        marks[BREAK] = Line2D([], [], color=ink, linestyle=":", linewidth=1)
    if around:
        marks[around[2]] = Patch(color=_BAND)
    if marks:
        key_below(axes, marks)


def _describe_series(
    frame: pd.DataFrame,
    x: str,
    y: str,
    by: str | None,
    spec: str,
    suffix: str,
    status: str | None,
) -> list[str]:
    """Return a sentence on each line; a stretch after a break is told apart, as it is drawn."""

    def say(row: pd.Series) -> str:
        return f"{number_text(row[y], spec, suffix, row.get('base'))} in {row[x]}"

    sentences = []
    for name, group in groups(frame, by):
        part = _in_order(group, x)
        stretch = _begins(part, status).cumsum()
        drawn = part[part[y].notna()]
        if drawn.empty:
            sentences.append(f"{name or 'The series'} has no value to show.")
            continue
        told = [_describe_stretch(rows, y, say) for _, rows in drawn.groupby(stretch)]
        lead = f"{name}: " if name else ""
        sentences.append(f"{lead}{'; after a break '.join(told)}.")
    return sentences


def _describe_stretch(drawn: pd.DataFrame, y: str, say: Callable[[pd.Series], str]) -> str:
    first, last = drawn.iloc[0], drawn.iloc[-1]
    if len(drawn) == 1:
        return say(first)
    peak = drawn.iloc[int(np.argmax(drawn[y].astype(float)))]
    highest = "" if peak.name in (first.name, last.name) else f", highest {say(peak)}"
    return f"from {say(first)} to {say(last)}{highest}"
