from __future__ import annotations

import io
from xml.etree import ElementTree

import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from appendices.exhibits import charts
from appendices.exhibits.draw import draw
from appendices.exhibits.lean import lean_svg


def plain_drawing() -> str:
    figure = Figure(figsize=(3, 2))
    axes = figure.add_subplot()
    axes.plot([0, 1 / 3, 2 / 7], [1e-9, 22 / 7, -1.00001], label="a <b> & -- c")
    axes.set_title("a <b> & -- c")
    held = io.StringIO()
    FigureCanvasSVG(figure).print_svg(held, metadata={"Date": None, "Title": "a --> b"})
    return held.getvalue()


def test_a_drawing_gets_smaller_and_keeps_every_element() -> None:
    plain = plain_drawing()
    lean = lean_svg(plain, "a")
    assert len(lean) < 0.85 * len(plain)
    assert lean_svg(lean, "a") == lean
    before, after = (
        [
            (one.tag, {"x" if name == "transform" else name for name in one.keys()})  # noqa: SIM118
            for one in ElementTree.fromstring(text).iter()  # noqa: S314
        ]
        for text in (plain, lean)
    )
    assert before == after
    assert "a --&gt; b" in lean


def test_only_long_coordinates_are_rounded() -> None:
    path = '<path d="M 1.23456 -0.0001 \nL 12.5 3 \nz\n" transform="scale(0.015625)"'
    text = f'{path} style="fill: #fff; x: 1"/>'
    assert lean_svg(text, "a") == (
        '<path d="M1.23 0L12.5 3z" transform="scale(0.015625)" style="fill:#fff;x:1"/>'
    )


def test_what_is_drawn_for_an_exhibit_is_lean() -> None:
    frame = pd.DataFrame({"place": ["Hull", "Leeds"], "people": [1, 3]})
    svg, _ = draw(
        charts.bars("place", "people"), frame, exhibit_id="x", title="t", alt="a", basis="b"
    )
    assert lean_svg(svg, "a") == svg


def test_ids_do_not_hang_on_the_last_digits_of_a_layout() -> None:
    drawn = '<defs><clipPath id="p{0}"/><path id="m0c27290f93"/></defs><g clip-path="url(#p{0})"/>'

    one, other = (lean_svg(drawn.format(name), "ages") for name in ("f0fd53981f", "50d23b0a15"))

    assert one == other
    assert 'id="ages-0"' in one
    assert "url(#ages-0)" in one
    assert 'id="ages-1"' in one
