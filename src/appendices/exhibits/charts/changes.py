"""Changes up and down: upright columns from a line at zero."""

from __future__ import annotations

import math

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from appendices.exhibits import theme
from appendices.exhibits.charts.base import Chart, value_axis
from appendices.exhibits.text import texts_of


def changes(
    x: str,
    value: str,
    *,
    highlight: str | None = None,
    low: str | None = None,
    high: str | None = None,
    value_title: str = "",
    spec: str = "+.0f",
    suffix: str = "%",
    height: float = 2.6,
) -> Chart:
    """Return one column a row, upwards or downwards, each with its value at its end.

    `highlight` names a column of yes and no: where it is yes the column is dark and hatched, the
    others are context. With `low` and `high` a whisker shows the interval.
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        names = list(frame[x].astype("str"))
        at = range(len(names))
        lengths = frame[value].astype(float)
        chosen = frame[highlight].astype(bool) if highlight else pd.Series(True, index=frame.index)
        axes.bar(
            at, lengths, width=0.8, edgecolor="white", linewidth=0.5,
            color=[theme.HIGHLIGHT if one else theme.CONTEXT for one in chosen],
            hatch=["////" if one and highlight else "" for one in chosen],
        )  # fmt: skip
        ends = lengths
        if low and high:
            axes.vlines(at, frame[low].astype(float), frame[high].astype(float), color=theme.INK)
            ends = frame[high].where(lengths >= 0, frame[low]).astype(float).fillna(lengths)
        # In a narrow panel only the marked column and the two at the ends have room for a value.
        wide = (figure.bbox.width / figure.dpi - 0.7) / max(1, len(names))
        texts = pd.Series(texts_of(frame, value, spec, suffix), index=frame.index)
        _write_at_ends(axes, lengths, ends, texts, chosen, room=wide > 0.4)
        axes.axhline(0, color=theme.QUIET, linewidth=1)
        step = max(1, math.ceil(0.09 * max(map(len, names)) / wide))
        axes.set_xticks(list(at)[::-step][::-1], names[::-step][::-1])
        axes.tick_params(axis="x", length=0)
        axes.spines["bottom"].set_visible(False)
        value_axis(axes.yaxis, "+.0f", suffix)
        axes.grid(axis="y")
        axes.margins(y=0.16)
        axes.set_title(value_title, loc="left", color=theme.QUIET)

    def describe(frame: pd.DataFrame) -> str:
        said = [
            f"{name} {text}"
            for name, text in zip(frame[x], texts_of(frame, value, spec, suffix), strict=True)
        ]
        return "; ".join(said) + "."

    return Chart(draw, describe, height)


def _write_at_ends(
    axes: Axes, lengths: pd.Series, ends: pd.Series, texts: pd.Series, chosen: pd.Series,
    *, room: bool,
) -> None:  # fmt: skip
    """Write the texts beyond the ends; where there is no `room`, of those chosen and the outer."""
    for column, (end, number, text, one) in enumerate(
        zip(ends, lengths, texts, chosen, strict=True)
    ):
        if not math.isnan(number) and (room or one or column in (0, len(lengths) - 1)):
            axes.annotate(
                text, (column, end), xytext=(0, 3 if number >= 0 else -3),
                textcoords="offset points", ha="center", va="bottom" if number >= 0 else "top",
                fontweight="bold" if one else "normal", fontsize=8,
            )  # fmt: skip
