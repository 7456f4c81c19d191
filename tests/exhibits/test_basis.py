from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from PIL import Image

from appendices.exhibits import charts, theme
from appendices.exhibits.draw import lay_out
from appendices.exhibits.exhibit import Exhibit, basis_line
from tests.conftest import ROOT
from tests.exhibits.kinds import KINDS
from tests.exhibits.test_appendix import declare, show, shown

__all__ = ["shown"]  # the fixture
LINE = "Synthetic people: no record is of a real person. Basis: calibrated."


def test_every_kind_of_chart_is_among_the_small_ones() -> None:
    assert set(charts.__all__) - {"Chart"} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_drawing_of_synthetic_people_says_so_below_the_chart_and_nothing_touches_it(
    kind: str,
) -> None:
    chart, frame = KINDS[kind]
    with theme.in_force():
        figure = lay_out(chart, frame, LINE)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        above, foot = figure.subfigs
        (words,) = foot.texts
        assert words.get_text() == LINE
        assert words.get_fontsize() >= 7
        box, page = words.get_window_extent(), figure.bbox
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1
        for text in above.findobj(Text):
            drawn = text.get_visible() and text.get_text().strip()
            assert not drawn or text.get_window_extent().y0 >= box.y1 - 1, text.get_text()
        assert above.get_tightbbox().y0 * figure.dpi >= box.y1 - 1
    ink = np.asarray(canvas.buffer_rgba())[-round(0.2 * figure.dpi) :, :, :3]
    assert ink[:, : round(box.x1)].min() < 60  # as dark as the text is
    assert ink[:, round(box.x1) + 2 :].min() > 200  # and nothing else is there


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_of_an_exhibit_of_synthetic_people_carries_its_basis(
    project: Path, shown: list[Exhibit], kind: str
) -> None:
    chart, frame = KINDS[kind]
    declare(project, sensitivity="synthetic", basis="calibrated")
    show(project, data=frame, chart=chart, basis="calibrated")
    show(project, data=frame, chart=None, basis="calibrated")
    figure, table = shown
    assert LINE in "".join(ET.fromstring(figure.svg).itertext())  # noqa: S314 - made here
    strip = np.asarray(Image.open(io.BytesIO(base64.b64decode(figure.png))).convert("L"))[-60:]
    assert strip.min() < 80
    for one in (figure, table):
        rows = list(csv.DictReader(io.StringIO(one.csv)))
        assert {row["exhibit_basis"] for row in rows} == {"calibrated, synthetic people"}


def test_a_drawing_says_which_people_it_is_of() -> None:
    assert basis_line("observed", ["public"]) == "Basis: observed."
    assert basis_line("derived", ["confidential"]) == "Basis: derived."
    assert basis_line("derived", ["public", "synthetic"]).startswith("Synthetic people: no record")
    mixed = basis_line("calibrated", ["confidential", "synthetic"])
    assert mixed == "Synthetic people beside records of real people. Basis: calibrated."


def test_every_table_of_the_reference_says_its_basis_and_whether_its_people_are_synthetic() -> None:
    folder = ROOT / "reports" / "reference"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    levels = {one["name"]: one["sensitivity"] for one in manifest["inputs"]}
    assert any(one["sensitivity"] == "synthetic" for one in manifest["exhibits"])
    for one in manifest["exhibits"]:
        path = folder / one["files"]["csv"]
        with path.open(encoding="utf-8", newline="") as file:
            said = {row["exhibit_basis"] for row in csv.DictReader(file)}
        synthetic = "synthetic" in {levels[name] for name in one["sources"]}
        assert said <= {f"{one['basis']}, synthetic people" if synthetic else one["basis"]}, path
