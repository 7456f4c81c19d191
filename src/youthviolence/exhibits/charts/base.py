"""What every chart is: a way to draw one tidy table, and a way to say what the drawing shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

Draw = Callable[[Figure, pd.DataFrame], None]
Describe = Callable[[pd.DataFrame], str]


@dataclass(frozen=True)
class Chart:
    """How to draw a table and how to say what the drawing shows; `height` is in inches."""

    draw: Draw
    describe: Describe
    height: float | Callable[[pd.DataFrame], float] = 3.6

    def height_for(self, frame: pd.DataFrame) -> float:
        """Return the figure's height for this table."""
        return self.height(frame) if callable(self.height) else self.height


def groups(frame: pd.DataFrame, by: str | None) -> list[tuple[str, pd.DataFrame]]:
    """Return the parts of a table by a column's values; one unnamed part without a column."""
    if by is None:
        return [("", frame)]
    names = frame[by].unique()
    return [(str(name), frame[frame[by] == name]) for name in names]


def value_axis(axis: Any, spec: str, suffix: str) -> None:
    """Write an axis's ticks as the values are written."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:{spec}}{suffix}"))
