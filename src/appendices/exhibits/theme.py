"""One look for every figure: the Analysis Function palette, quiet axes, fixed fonts.

Colours and their order follow the UK government Analysis Function's guidance on colours in charts:
at most four categories told apart by colour, each also by marker, dash or hatch; text and lines
keep a contrast of at least 3 to 1 with white.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl

CATEGORICAL = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
SEQUENTIAL = ("#12436D", "#2073BC", "#6BACE6", "#C4DDF2")
HIGHLIGHT, CONTEXT = "#12436D", "#BFBFBF"
INK, QUIET, GRID = "#1F1F1F", "#595959", "#E3E3E3"
MARKERS = ("o", "s", "^", "D", "v", "P")
DASHES = (
    "solid",
    (0, (5, 1.5)),
    (0, (1.5, 1.5)),
    (0, (6, 1.5, 1.5, 1.5)),
    (0, (8, 2)),
    (0, (1, 3)),
)
# Lines only: dots weigh a hundred times as much in a vector file.
HATCHES = ("", "////", "\\\\\\\\", "xxxx", "----", "++++")
WIDTH = 7.0  # inches: the text width of an A4 page

RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 2,
    "lines.markersize": 5,
    "hatch.linewidth": 0.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    # Glyphs as outlines: the figure looks the same wherever it is lifted to.
    "svg.fonttype": "path",
}


@contextmanager
def in_force(more: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Draw from matplotlib's own defaults and this theme alone, whatever a user's settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC | dict(more or {}))
        yield
