"""One estimate under many definitions, sorted: a specification curve."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from appendices.exhibits import theme
from appendices.exhibits.charts.base import Chart, groups, value_axis
from appendices.numbers import write_number


def multiverse(
    value: str,
    by: str,
    marked: str,
    *,
    marked_title: str,
    value_title: str = "",
    spec: str = ",.0f",
    height: float = 3.4,
) -> Chart:
    """Return a panel for each value of `by`: every estimate, from lowest to highest.

    `marked` names a column of yes and no; the estimate where it is yes is drawn large, with its
    value and `marked_title`. The panels share one value axis. (Specification curve: Simonsohn,
    Simmons and Nelson 2020.)
    """

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        parts = groups(frame, by)
        panels = figure.subplots(1, len(parts), sharey=True, squeeze=False)[0]
        for order, (axes, (name, part)) in enumerate(zip(panels, parts, strict=True)):
            ordered = part.sort_values(value, kind="stable").reset_index(drop=True)
            colour = theme.CATEGORICAL[order % 6]
            # One line, not a point each: thousands of points would weigh more than the page.
            axes.plot(ordered.index, ordered[value], color=colour, linewidth=2.5)
            own = ordered[ordered[marked].astype(bool)]
            axes.plot(
                own.index, own[value], theme.MARKERS[order % 6], markersize=9, color=theme.INK,
                markerfacecolor="white", markeredgewidth=2,
            )  # fmt: skip
            for place, number in zip(own.index.to_numpy(), own[value], strict=True):
                # A curve that rises leaves room at the upper left.
                axes.annotate(
                    f"{marked_title}\n{write_number(number, spec)}", (place, number),
                    xytext=(0.05, 0.66),
                    textcoords="axes fraction", fontweight="bold",
                    arrowprops={"arrowstyle": "-", "color": theme.INK, "shrinkB": 5},
                )  # fmt: skip
            axes.set_title(name, loc="left", color=colour, fontweight="bold")
            axes.set_xticks([0, len(ordered) - 1], ["1", f"{len(ordered):,}"])
            axes.set_xlabel("definitions, sorted", color=theme.QUIET)
            axes.grid(axis="y")
        panels[0].set_ylim(bottom=0)
        panels[0].set_ylabel(value_title, color=theme.QUIET)
        value_axis(panels[0].yaxis, spec, "")

    def describe(frame: pd.DataFrame) -> str:
        sentences = []
        for name, part in groups(frame, by):
            own = part.loc[part[marked].astype(bool), value]
            ends = (part[value].min(), part[value].max())
            spread = " to ".join(write_number(end, spec) for end in ends)
            said = ", ".join(write_number(number, spec) for number in own)
            sentences.append(
                f"{name}: {spread} over {len(part):,} definitions; {marked_title} {said}."
            )
        return " ".join(sentences)

    return Chart(draw, describe, height)
