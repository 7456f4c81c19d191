"""Amounts by category: horizontal bars, each with its value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from appendices.exhibits import theme
from appendices.exhibits.charts.base import (
    Chart,
    describe_rows,
    groups,
    name_rows,
    row_heights,
    value_axis,
)
from appendices.exhibits.marks import FEW, INVENTED, NOT_GIVEN, is_invented
from appendices.exhibits.text import texts_of
from appendices.numbers import write_number


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
    missing: str = "",
) -> Chart:
    """Return horizontal bars in the table's order, each with its value written at its end.

    With `by`, the bars of a category stand under one another, told apart by hatch and colour.
    With `low` and `high`, a whisker shows the interval. `highlight` names the categories drawn in
    full colour when the rest are context. `limit` fixes the end of the value axis. `missing` is
    written for a value that is absent for another reason than that it is withheld.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        names = list(dict.fromkeys(frame[category].astype("str")))
        parts = groups(frame, by)
        thick = 0.78 / len(parts)
        for order, (name, part) in enumerate(parts):
            at = row_heights(part[category], names, order, len(parts), thick)
            full = part[category].astype("str").isin(names if highlight is None else highlight)
            axes.barh(
                at, part[value].astype(float).fillna(0), height=thick * 0.92, label=name,
                color=np.where(full, theme.CATEGORICAL[order % 6], theme.CONTEXT).tolist(),
                hatch=theme.HATCHES[order % 6], edgecolor="white", linewidth=0.5,
            )  # fmt: skip
            if low and high:
                _draw_whiskers(axes, at, part[low].astype(float), part[high].astype(float))
            texts = np.where(
                part[value].isna(), missing or "withheld", texts_of(part, value, spec, suffix)
            )
            _write_at_ends(axes, at, part[high if low and high else value], texts)
        name_rows(axes, names)
        axes.set_xlim(0, limit)
        axes.spines["left"].set_color(theme.QUIET)
        value_axis(axes.xaxis, spec, suffix)
        axes.grid(axis="x")
        axes.set_title(value_title, loc="left", color=theme.QUIET)
        if by is not None:
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=min(4, len(parts)))

    def words_of(rows: pd.DataFrame) -> list[str]:
        texts = texts_of(rows, value, spec, suffix)
        told = zip(rows[category], rows[value].isna() & bool(missing), texts, strict=True)
        return [f"{name} {missing if gone else text}" for name, gone, text in told]

    def height(frame: pd.DataFrame) -> float:
        rows = frame[category].nunique() * (frame[by].nunique() if by else 1)
        return 0.9 + 0.27 * rows + (0.3 if by else 0)

    return Chart(draw, lambda frame: describe_rows(frame, by, words_of), height)


def _draw_whiskers(axes: Axes, at: NDArray[np.float64], low: pd.Series, high: pd.Series) -> None:
    # White beneath the ink: a whisker is seen on a dark bar as well as beside it.
    for colour, width in (("white", 3.2), (theme.INK, 1.3)):
        axes.hlines(at, low, high, color=colour, linewidth=width)


def _write_at_ends(
    axes: Axes, at: NDArray[np.float64], ends: pd.Series, texts: Iterable[str]
) -> None:
    for row, end, text in zip(at, ends.astype(float).fillna(0), texts, strict=True):
        axes.annotate(
            text, (end, row), xytext=(4, 0), textcoords="offset points", va="center",
            annotation_clip=False,
        )  # fmt: skip


def columns(
    x: str,
    value: str,
    by: str | None = None,
    *,
    value_title: str = "",
    spec: str = ",.0f",
    suffix: str = "",
    height: float = 3.4,
) -> Chart:
    """Return upright columns over an ordered category such as age; with `by`, stacked.

    Each column's total is written above it, or the mark of a withheld part; the parts are told
    apart by hatch and colour.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        names = list(dict.fromkeys(frame[x].astype("str")))
        base = np.zeros(len(names))
        absent = np.zeros(len(names), dtype=bool)
        parts = groups(frame, by)
        for order, (name, part) in enumerate(parts):
            heights = part.set_index(part[x].astype("str"))[value].astype(float)
            absent |= heights.reindex(names).isna().to_numpy() & np.isin(names, heights.index)
            filled = heights.reindex(names).fillna(0).to_numpy()
            axes.bar(
                range(len(names)), filled, bottom=base, width=0.8, label=name,
                color=theme.CATEGORICAL[order % 6], hatch=theme.HATCHES[order % 6],
                edgecolor="white", linewidth=0.5,
            )  # fmt: skip
            base += filled
        for place, (total, unknown) in enumerate(zip(base, absent, strict=True)):
            text = FEW if unknown else write_number(total, spec, suffix)
            mark = f" {INVENTED}" * is_invented(
                frame[frame[x].astype("str") == names[place]], value
            )
            axes.annotate(
                text + mark, (place, total),
                xytext=(0, 3), ha="center", textcoords="offset points",
            )  # fmt: skip
        axes.set_xticks(range(len(names)), names)
        axes.tick_params(axis="x", length=0)
        value_axis(axes.yaxis, spec, suffix)
        axes.grid(axis="y")
        axes.margins(y=0.12)
        axes.set_title(value_title, loc="left", color=theme.QUIET)
        if by is not None:
            axes.legend(loc="upper right", ncols=len(parts))

    return Chart(draw, bars(x, value, by, spec=spec, suffix=suffix).describe, height)


def stacked(
    category: str,
    value: str,
    by: str,
    *,
    value_title: str = "",
    spec: str = ".0f",
    suffix: str = "%",
) -> Chart:
    """Return one horizontal bar a category, made of its parts; each part's value is in it."""

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        names = list(dict.fromkeys(frame[category].astype("str")))
        left = np.zeros(len(names))
        total = frame.groupby(category, observed=True, sort=False)[value].sum().max()
        for order, (name, part) in enumerate(groups(frame, by)):
            rows = part[category].astype("str")
            widths = part.set_index(rows)[value].astype(float)
            written = dict(zip(rows, texts_of(part, value, spec, suffix, ""), strict=True))
            filled = widths.reindex(names).fillna(0).to_numpy()
            for hidden in np.flatnonzero(np.isin(names, widths.index[widths.isna()])):
                axes.annotate(NOT_GIVEN, (left[hidden], hidden), va="center", color=theme.QUIET)
            axes.barh(
                range(len(names)), filled, left=left, height=0.62, label=name,
                color=theme.CATEGORICAL[order % 6], hatch=theme.HATCHES[order % 6],
                edgecolor="white", linewidth=0.8,
            )  # fmt: skip
            for place, (start, width) in enumerate(zip(left, filled, strict=True)):
                if width > 0.06 * total:
                    axes.annotate(
                        written[names[place]], (start + width / 2, place), ha="center",
                        va="center", fontweight="bold", color=theme.INK,
                        bbox={"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none"},
                    )  # fmt: skip
            left += filled
        name_rows(axes, names)
        value_axis(axes.xaxis, spec, suffix)
        axes.set_title(value_title, loc="left", color=theme.QUIET)
        axes.legend(loc="upper center", bbox_to_anchor=(0.45, -0.1), ncols=4)

    def describe(frame: pd.DataFrame) -> str:
        return bars(by, value, category, spec=spec, suffix=suffix).describe(frame)

    return Chart(draw, describe, lambda frame: 1.3 + 0.45 * frame[category].nunique())
