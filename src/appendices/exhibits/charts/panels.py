"""Several charts of one table in one figure, a panel each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from appendices.errors import UsageError
from appendices.exhibits.charts.base import Chart


def panels(charts: Mapping[str, Chart], by: str = "panel", *, across: int = 1) -> Chart:
    """Return a figure with a panel for each value of the column `by` that has a chart.

    Parameters
    ----------
    charts
        What draws the rows of each value. A value without rows is left out, so that a panel
        appears once there are data for it.
    across
        How many panels stand beside one another.

    Raises
    ------
    UsageError
        When drawn: a value of `by` has no chart, so that its rows would not be seen.
    """

    def parts(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
        values = frame[by].astype("str")
        unseen = sorted(set(values) - set(charts))
        if unseen:
            raise UsageError(f"no chart for the panel {unseen[0]!r}: name every value of {by!r}.")
        return {name: frame[values == name] for name in charts if (values == name).any()}

    def heights(frame: pd.DataFrame) -> list[float]:
        own = [charts[name].height_for(part) for name, part in parts(frame).items()]
        return [max(own[start : start + across]) for start in range(0, len(own), across)]

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        rows = heights(frame)
        grid = figure.subfigures(len(rows), across, height_ratios=rows, squeeze=False, hspace=0.03)
        for place, (name, part) in zip(np.ndindex(grid.shape), parts(frame).items(), strict=False):
            charts[name].draw(grid[place], part)

    def describe(frame: pd.DataFrame) -> str:
        said = (f"{name}. {charts[name].describe(part)}" for name, part in parts(frame).items())
        return " ".join(said)

    return Chart(draw, describe, lambda frame: sum(heights(frame)))
