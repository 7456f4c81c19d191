"""Turn a chart and its table into SVG and PNG bytes that are the same on every run."""

from __future__ import annotations

import base64
import io

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from appendices.errors import UsageError
from appendices.exhibits import theme
from appendices.exhibits.charts.base import Chart
from appendices.exhibits.lean import lean_svg

PNG_DPI = 300
_FOOT = 0.24  # inches: the line that says whom the figure is about


def draw(
    chart: Chart, frame: pd.DataFrame, *, exhibit_id: str, title: str, alt: str, basis: str
) -> tuple[str, str]:
    """Return the figure as SVG text and as base64 of a 300 dpi PNG.

    Both carry the line `basis` below the chart. The SVG carries its title and alt text, no date,
    and ids salted with the exhibit's id, so that the same table gives the same bytes.

    Raises
    ------
    UsageError
        When the chart draws nothing.
    """
    with theme.in_force({"svg.hashsalt": exhibit_id}):
        figure = lay_out(chart, frame, basis)
        if not any(axes.has_data() for axes in figure.axes):
            raise UsageError(f"exhibit {exhibit_id!r}: the chart is empty; check its columns.")
        vector = io.StringIO()
        FigureCanvasSVG(figure).print_svg(
            vector,
            metadata={"Date": None, "Creator": None, "Title": title,
                      "Description": f"{alt} {basis}"},
        )  # fmt: skip
        return lean_svg(vector.getvalue(), exhibit_id), _png(figure)


def lay_out(chart: Chart, frame: pd.DataFrame, basis: str) -> Figure:
    """Return the figure with its chart, and below it a line that says what its numbers are."""
    height = chart.height_for(frame)
    # A figure of its own, not pyplot's: no backend to set, no state shared between charts.
    figure = Figure(figsize=(theme.WIDTH, height + _FOOT), layout="constrained")
    above, foot = figure.subfigures(2, 1, height_ratios=[height, _FOOT], squeeze=False).flat
    chart.draw(above, frame)
    foot.text(
        0.012, 0.5, basis, va="center", fontsize=8, color=theme.INK,
        fontweight="bold" if "ynthetic" in basis else "normal",
    )  # fmt: skip
    return figure


def _png(figure: Figure) -> str:
    # The layout found for the vector is kept: finding it again costs as much as drawing.
    figure.set_layout_engine("none")
    figure.dpi = PNG_DPI
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    # A palette of 256 colours, found on a smaller copy: charts look the same, and weigh a third.
    palette = image.reduce(4).quantize(256, method=Image.Quantize.FASTOCTREE)
    image = image.quantize(palette=palette, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", dpi=(PNG_DPI, PNG_DPI), compress_level=6)
    return base64.b64encode(buffer.getvalue()).decode("ascii")
