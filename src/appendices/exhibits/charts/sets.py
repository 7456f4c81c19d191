"""How many people have each exact combination of conditions: an UpSet chart (Lex et al. 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from appendices.counts import POOLED
from appendices.exhibits import theme
from appendices.exhibits.charts.base import Chart
from appendices.exhibits.marks import FEW, INVENTED, is_invented
from appendices.exhibits.text import texts_of
from appendices.numbers import write_number


def upset(
    sets: Sequence[str], *, n: str = "n", combination: str = "combination", most: int = 20
) -> Chart:
    """Return combinations as columns over a matrix of dots that says what each is made of.

    The table has a row a combination in the order drawn, its name in `combination`, its count in
    `n` and a boolean column for each of `sets` (empty in a row that counts the rest, which is not
    drawn). A count that is few is a hatched stub with its mark. Only the first `most` are drawn;
    the number of people in each set, beside its name, is of all.
    """

    def rows_of(frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame[list(sets)].notna().all(axis=1)]

    def draw(figure: Any, frame: pd.DataFrame) -> None:
        shown = rows_of(frame).head(most)
        counts = shown[n].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        tallest = np.nanmax(np.append(counts, 1.0))
        at = np.arange(len(shown))
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.7, 0.27 * len(sets)])
        above.bar(at, np.nan_to_num(counts), width=0.7, color=theme.CATEGORICAL[0])
        gone = at[np.isnan(counts)]
        above.bar(
            gone, tallest * 0.06, width=0.7, color="white", hatch="////", edgecolor=theme.QUIET
        )
        for place, count, said in zip(at, counts, texts_of(shown, n, ",.0f"), strict=True):
            height, text = (tallest * 0.06, FEW) if np.isnan(count) else (count, said)
            above.annotate(
                text, (place, height), xytext=(0, 2), textcoords="offset points", ha="center",
                fontsize=8,
            )  # fmt: skip
        above.set_ylim(0, tallest * 1.12)
        above.set_yticks([])
        above.tick_params(axis="x", length=0, labelbottom=False)
        above.spines["left"].set_visible(False)
        above.set_title("People with exactly this combination", loc="left", color=theme.QUIET)
        for row, name in enumerate(sets):
            if row % 2 == 0:
                below.axhspan(row - 0.5, row + 0.5, color="#F3F3F3", linewidth=0)
            inside = shown[name].to_numpy(dtype=bool)
            below.plot(at[~inside], np.full((~inside).sum(), row), "o", color="#D0D0D0", ms=5)
            below.plot(at[inside], np.full(inside.sum(), row), "o", color=theme.INK, ms=6)
        for place, inside in zip(at, shown[list(sets)].to_numpy(dtype=bool), strict=True):
            if inside.sum() > 1:
                ends = np.flatnonzero(inside)[[0, -1]]
                below.vlines(place, *ends, color=theme.INK, linewidth=1.6)
        below.set_yticks(range(len(sets)), [f"{name}, {_size(frame, name)}" for name in sets])
        below.set_ylim(len(sets) - 0.5, -0.5)
        below.set_xlim(-0.6, len(shown) - 0.4)
        below.tick_params(length=0, labelbottom=False)
        for side in ("left", "bottom"):
            below.spines[side].set_visible(False)

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
        if len(rows) > most:
            text += f", of which the first {most} are drawn"
        if frame[combination].eq(POOLED).any():
            text += ", others put together"
        text += f". Largest: {'; '.join(said)}." if said else "."
        withheld = len(rows) - len(known)
        counts = "count is" if withheld == 1 else "counts are"
        return text + (f" {withheld} {counts} withheld." if withheld else "")

    return Chart(draw, describe, lambda frame: 2.0 + 0.25 * len(sets))
