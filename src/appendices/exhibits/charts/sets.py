"""How many people have each exact combination of conditions: an UpSet chart (Lex et al. 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from appendices.counts import POOLED
from appendices.exhibits import theme
from appendices.exhibits.charts.base import Chart
from appendices.exhibits.marks import FEW, INVENTED, is_invented
from appendices.exhibits.text import texts_of
from appendices.numbers import write_number

MOST_DRAWN = 20  # combinations


def upset(sets: Sequence[str], *, n: str = "n", combination: str = "combination") -> Chart:
    """Return combinations as columns over a matrix of dots that says what each is made of.

    The table has a row a combination in the order drawn, its name in `combination`, its count in
    `n` and a boolean column for each of `sets` (empty in a row that counts the rest, which is not
    drawn). A count that is few is a hatched stub with its mark. Only the first `MOST_DRAWN` are
    drawn; the number of people in each set, beside its name, is of all.
    """

    def rows_of(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame[list(sets)].notna().all(axis=1)]

    def draw(figure: Any, frame: pd.DataFrame) -> None:
        shown = rows_of(frame).head(MOST_DRAWN)
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.7, 0.27 * len(sets)])
        counts = shown[n].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        _draw_counts(above, counts, texts_of(shown, n, ",.0f"))
        _draw_matrix(below, shown[list(sets)].to_numpy(dtype=bool))
        below.set_yticks(range(len(sets)), [f"{name}, {_size(frame, name)}" for name in sets])

    def _size(frame: pd.DataFrame, name: str) -> str:
        rows = rows_of(frame)
        size = rows.loc[rows[name].astype(bool), n].sum(skipna=False)
        if frame[combination].eq(POOLED).any():  # some of them may be in the set
            return FEW
        mark = f" {INVENTED}" * is_invented(rows[rows[name].astype(bool)], n)
        return FEW if pd.isna(size) else write_number(size, ",.0f") + mark

    def describe(frame: pd.DataFrame) -> str:
        rows = rows_of(frame)
        known = rows[rows[n].notna()]
        first = known.head(5)
        texts = texts_of(first, n, ",.0f")
        said = [f"{name} {text}" for name, text in zip(first[combination], texts, strict=True)]
        text = f"{len(rows)} different combinations"
        if len(rows) > MOST_DRAWN:
            text += f", of which the first {MOST_DRAWN} are drawn"
        if frame[combination].eq(POOLED).any():
            text += ", others put together"
        text += f". Largest: {'; '.join(said)}." if said else "."
        withheld = len(rows) - len(known)
        counts = "count is" if withheld == 1 else "counts are"
        return text + (f" {withheld} {counts} withheld." if withheld else "")

    return Chart(draw, describe, lambda frame: 2.0 + 0.25 * len(sets))


def _draw_counts(axes: Axes, counts: NDArray[Any], texts: Sequence[str]) -> None:
    """Draw a column a combination, with its count or the mark that it is few."""
    at = np.arange(len(counts))
    tallest = np.nanmax(np.append(counts, 1.0))
    axes.bar(at, np.nan_to_num(counts), width=0.7, color=theme.CATEGORICAL[0])
    stub = tallest * 0.06
    axes.bar(
        at[np.isnan(counts)], stub, width=0.7, color="white", hatch="////", edgecolor=theme.QUIET
    )
    for column, count, text in zip(at, counts, texts, strict=True):
        height, said = (stub, FEW) if np.isnan(count) else (count, text)
        axes.annotate(
            said, (column, height), xytext=(0, 2), textcoords="offset points", ha="center",
            fontsize=8,
        )  # fmt: skip
    axes.set_ylim(0, tallest * 1.12)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0, labelbottom=False)
    axes.spines["left"].set_visible(False)
    axes.set_title("People with exactly this combination", loc="left", color=theme.QUIET)


def _draw_matrix(axes: Axes, inside: NDArray[np.bool_]) -> None:
    """Draw a row of dots a set and a column a combination; a line joins those of several."""
    combinations, sets = inside.shape
    at = np.arange(combinations)
    for row, here in enumerate(inside.T):
        if row % 2 == 0:
            axes.axhspan(row - 0.5, row + 0.5, color="#F3F3F3", linewidth=0)
        axes.plot(at[~here], np.full((~here).sum(), row), "o", color="#D0D0D0", ms=5)
        axes.plot(at[here], np.full(here.sum(), row), "o", color=theme.INK, ms=6)
    for column, members in enumerate(inside):
        if members.sum() > 1:
            ends = np.flatnonzero(members)[[0, -1]]
            axes.vlines(column, *ends, color=theme.INK, linewidth=1.6)
    axes.set_ylim(sets - 0.5, -0.5)
    axes.set_xlim(-0.6, combinations - 0.4)
    axes.tick_params(length=0, labelbottom=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
