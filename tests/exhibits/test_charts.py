from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from appendices.exhibits import charts, theme
from appendices.exhibits.charts.base import value_axis

ARRESTS = pd.DataFrame(
    {
        "period": ["2015/16", "2016/17", "2017/18"] * 2,
        "age": ["10-17"] * 3 + ["18+"] * 3,
        "value": [10.0, 30.0, 20.0, 100.0, 90.0, 80.0],
        "status": [
            "final", "final", "printed in the report", "final", "break in series", "final",
        ],
    }
)  # fmt: skip


def drawn(chart: charts.Chart, frame: pd.DataFrame) -> Figure:
    figure = Figure(figsize=(theme.WIDTH, chart.height_for(frame)))
    chart.draw(figure, frame)
    return figure


def test_lines_say_first_last_and_highest() -> None:
    chart = charts.lines("period", "value", "age")
    assert chart.describe(ARRESTS) == (
        "10-17: from 10 in 2015/16 to 20 in 2017/18, highest 30 in 2016/17. "
        "18+: from 100 in 2015/16 to 80 in 2017/18."
    )


def test_series_are_told_apart_by_marker_and_dash_not_by_colour_alone() -> None:
    axes = drawn(charts.lines("period", "value", "age"), ARRESTS).axes[0]
    marks = {line.get_marker() for line in axes.lines if line.get_marker() != "None"}
    assert len(marks) == 2
    assert {text.get_text() for text in axes.texts} == {"10-17", "18+"}


def test_no_line_crosses_a_break_in_a_series_and_quoted_points_are_hollow() -> None:
    axes = drawn(charts.lines("period", "value", "age", status="status"), ARRESTS).axes[0]
    segments = [len(line.get_xdata()) for line in axes.lines if line.get_linestyle() != "None"]
    # 10-17 without its printed point, 18+ before and after the break, and the break's upright
    assert sorted(segments) == [1, 2, 2, 2]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert sum(len(line.get_xdata()) for line in hollow) == 1


def test_a_missing_value_is_a_cross_and_never_a_zero() -> None:
    frame = ARRESTS.head(3).assign(
        value=[10.0, None, 20.0], status=["final", "suppressed", "final"]
    )
    chart = charts.lines("period", "value", status="status")
    axes = drawn(chart, frame).axes[0]
    crosses = [line for line in axes.lines if line.get_marker() == "x"]
    assert len(crosses) == 1
    points = [y for line in axes.lines if line.get_marker() == "o" for y in line.get_ydata()]
    assert 0 not in points
    assert "from 10 in 2015/16 to 20 in 2017/18" in chart.describe(frame)


def test_bars_keep_the_order_of_the_table_and_write_every_value() -> None:
    frame = pd.DataFrame({"who": ["b", "a"], "n": [2.0, None]})
    chart = charts.bars("who", "n", suffix=" %")
    axes = drawn(chart, frame).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    assert [text.get_text() for text in axes.texts] == ["2 %", "withheld"]
    assert chart.describe(frame) == "b 2 %; a a withheld number."


def test_a_withheld_part_is_marked_and_never_a_zero() -> None:
    frame = pd.DataFrame(
        {"age": ["13", "13", "14"], "sex": ["f", "m", "m"], "n": pd.array([None, 4, 5], "Int64")}
    )
    axes = drawn(charts.columns("age", "n", "sex"), frame).axes[0]
    assert [text.get_text() for text in axes.texts] == ["few", "5"]
    axes = drawn(charts.stacked("age", "n", "sex"), frame).axes[0]
    assert "[c]" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("rows", [1, 40])
def test_bars_grow_with_their_rows(rows: int) -> None:
    frame = pd.DataFrame({"who": [str(i) for i in range(rows)], "n": range(rows)})
    assert charts.bars("who", "n").height_for(frame) == pytest.approx(0.9 + 0.27 * rows)


def test_an_axis_of_whole_numbers_has_whole_ticks() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.set_ylim(0, 18)

    value_axis(axes.yaxis, ",.0f", "")

    assert len(axes.get_yticks()) > 2
    assert all(tick % 1 == 0 for tick in axes.get_yticks())
