"""What every chart is: a way to draw one tidy table, and a way to say what the drawing shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import AutoLocator, FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from appendices.exhibits import theme
from appendices.numbers import write_number

# The figure may be part of a larger one (matplotlib's SubFigure), which draws in the same way.
Draw = Callable[[Any, pd.DataFrame], None]
Describe = Callable[[pd.DataFrame], str]


@dataclass(frozen=True)
class Chart:
    """How to draw a table and how to say what the drawing shows; `height` is in inches.

    `interactive` returns what a page needs to let a reader explore the drawing: plain JSON values,
    made from the same table.
    """

    draw: Draw
    describe: Describe
    height: float | Callable[[pd.DataFrame], float] = 3.6
    interactive: Callable[[pd.DataFrame], Mapping[str, Any]] | None = None

    def height_for(self, frame: pd.DataFrame) -> float:
        """Return the figure's height for this table."""
        return self.height(frame) if callable(self.height) else self.height


def groups(frame: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    """Return the parts of a table by a column's values; one unnamed part without a column."""
    if by is None:
        return [("", frame)]
    names = frame[by].unique()
    return [(str(name), frame[frame[by] == name]) for name in names]


def describe_rows(
    frame: pd.DataFrame, by: str | None, words_of: Callable[[pd.DataFrame], Iterable[str]]
) -> str:
    """Return a sentence a group: its first ten rows in the words of `words_of`, then how many."""
    sentences = []
    for name, part in groups(frame, by):
        rest = f"; and {len(part) - 10} more" if len(part) > 10 else ""
        said = "; ".join(words_of(part.head(10)))
        sentences.append((f"{name}: " if name else "") + said + rest + ".")
    return " ".join(sentences)


def row_heights(
    values: pd.Series, names: Sequence[str], order: int, parts: int, apart: float
) -> NDArray[np.float64]:
    """Return where the rows of one of `parts` groups stand, `apart` from those of the next."""
    at = np.array([names.index(one) for one in values.astype("str")], dtype=float)
    return at + (order - (parts - 1) / 2) * apart


def name_rows(axes: Any, names: Sequence[str]) -> None:
    """Write a name at each row, the first uppermost."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def value_axis(axis: Any, spec: str, suffix: str) -> None:
    """Write an axis's ticks as the values are written, with the decimals that a tick needs.

    Where values are whole, counts of people for one, so are the ticks.
    """
    if spec.endswith(".0f") and isinstance(axis.get_major_locator(), AutoLocator):
        axis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    needed = spec.rstrip("0123456789.fgd") + ".6g"
    axis.set_major_formatter(FuncFormatter(lambda value, _: write_number(value, needed, suffix)))


def key_below(axes: Any, marks: Mapping[str, Any]) -> None:
    """Say below the axes, from their left edge, what the marks mean: words and their handles."""
    below = ScaledTranslation(0, -0.27, axes.figure.dpi_scale_trans)
    axes.legend(
        marks.values(), marks.keys(), loc="upper left", bbox_to_anchor=(0, 0), fontsize=7.5,
        bbox_transform=axes.transAxes + below, borderaxespad=0, borderpad=0, ncols=4,
        labelcolor=theme.QUIET, handlelength=1.4, columnspacing=1.4,
    )  # fmt: skip
