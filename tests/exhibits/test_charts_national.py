from __future__ import annotations

from itertools import pairwise

import pandas as pd
import pytest
from matplotlib.figure import Figure

from appendices.errors import UsageError
from appendices.exhibits import charts, theme

YEARS = pd.DataFrame(
    {
        "panel": ["number"] * 4 + ["share"] * 2,
        "label": ["official"] * 2 + ["quoted"] * 2 + ["young"] * 2,
        "period": ["2012/13", "2013/14", "2016/17", "2015/16", "2012/13", "2013/14"],
        "value": [10.0, 20.0, 40.0, 30.0, 5.0, 6.0],
        "status": ["final"] * 2 + ["quoted"] * 2 + ["final"] * 2,
    }
)
NUMBER = YEARS[YEARS["panel"] == "number"]


def drawn(chart: charts.Chart, frame: pd.DataFrame) -> Figure:
    with theme.in_force():
        size = (theme.WIDTH, chart.height_for(frame))
        figure = Figure(figsize=size, layout="constrained")
        chart.draw(figure, frame)
        figure.draw_without_rendering()
    return figure


def key_of(axes) -> list[str]:
    legend = axes.get_legend()
    return [text.get_text() for text in legend.get_texts()] if legend else []


def test_periods_stand_by_their_year_so_that_a_missing_one_leaves_a_gap() -> None:
    axes = drawn(charts.lines("period", "value", "label", status="status"), NUMBER).axes[0]
    points = sorted(
        {x for line in axes.lines if line.get_marker() in "os" for x in line.get_xdata()}
    )
    assert points == [2013, 2014, 2016, 2017]
    assert "2014/15" in [label.get_text() for label in axes.get_xticklabels()]


def test_a_line_is_read_from_left_to_right_whatever_the_order_of_its_rows() -> None:
    said = charts.lines("period", "value", "label", status="status").describe(NUMBER)
    assert "quoted: from 30 in 2015/16 to 40 in 2016/17." in said


def test_a_description_crosses_no_break_as_the_line_does_not() -> None:
    years = ["2013", "2014", "2015", "2016"]
    frame = pd.DataFrame({"label": "", "period": years, "value": [9, 4, 3, 5], "status": "final"})
    frame.loc[2, "status"] = "break in series"
    chart = charts.lines("period", "value", "label", status="status")
    told = "from 9 in 2013 to 4 in 2014; after a break from 3 in 2015 to 5 in 2016."
    assert chart.describe(frame) == told
    frame.loc[3, "status"] = "break in series"
    assert chart.describe(frame).endswith("; after a break 3 in 2015; after a break 5 in 2016.")


def test_the_key_explains_the_marks_that_occur_and_no_others() -> None:
    chart = charts.lines("period", "value", "label", status="status")
    assert key_of(drawn(chart, NUMBER).axes[0]) == ["quoted"]
    broken = NUMBER.head(2).assign(status=["lower bound", "break in series"])
    assert key_of(drawn(chart, broken).axes[0]) == ["at least", "break in series"]
    assert key_of(drawn(chart, YEARS[YEARS["panel"] == "share"]).axes[0]) == []


def test_the_range_of_all_areas_lies_behind_the_lines() -> None:
    frame = NUMBER.head(2).assign(lowest=[1.0, 2.0], highest=[50.0, 60.0])
    chart = charts.lines("period", "value", "label", around=("lowest", "highest", "all areas"))
    axes = drawn(chart, frame).axes[0]
    (band,) = axes.collections
    assert band.get_datalim(axes.transData).y1 == 60
    assert key_of(axes) == ["all areas"]
    assert axes.get_ylim()[1] > 60


def test_a_line_keeps_its_look_where_another_is_absent() -> None:
    chart = charts.lines("period", "value", "label", styles=("official", "quoted"))
    alone = NUMBER[NUMBER["label"] == "quoted"]
    (marks,) = {line.get_marker() for line in drawn(chart, alone).axes[0].lines} - {"None"}
    assert marks == theme.MARKERS[1]


def test_names_of_lines_do_not_touch() -> None:
    close = pd.DataFrame(
        {"label": list("abcdef"), "period": ["2013"] * 6, "value": [1, 2, 3, 100, 101, 102]}
    )
    figure = drawn(charts.lines("period", "value", "label", height=2.4), close)
    boxes = sorted((text.get_window_extent() for text in figure.axes[0].texts), key=lambda b: b.y0)
    assert all(above.y0 > below.y1 - 1 for below, above in pairwise(boxes))


def test_panels_draw_each_part_by_its_own_chart_and_leave_out_an_absent_one() -> None:
    chart = charts.panels(
        {
            "number": charts.lines("period", "value", "label", y_title="Number", status="status"),
            "later": charts.lines("period", "value", "label", y_title="Later"),
            "share": charts.bars("period", "value", value_title="Share"),
        }
    )
    figure = drawn(chart, YEARS)
    assert [axes.get_title("left") for axes in figure.axes] == ["Number", "Share"]
    assert "share. 2012/13 5; 2013/14 6." in chart.describe(YEARS)
    assert chart.height_for(YEARS) > chart.height_for(NUMBER)


def test_panels_stand_beside_one_another_and_refuse_rows_without_a_chart() -> None:
    parts = {name: charts.bars("period", "value") for name in ("number", "share")}
    figure = drawn(charts.panels(parts, across=2), YEARS)
    left, right = (axes.get_window_extent() for axes in figure.axes)
    assert left.x1 < right.x0
    with pytest.raises(UsageError, match="no chart for the panel 'share'"):
        charts.panels({"number": parts["number"]}).describe(YEARS)


def test_changes_go_up_and_down_from_zero_and_mark_the_start_that_was_chosen() -> None:
    frame = pd.DataFrame(
        {"start": ["2013", "2018"], "change": [-39.0, 9.2], "chosen": [False, True]}
    )
    chart = charts.changes("start", "change", highlight="chosen")
    axes = drawn(chart, frame).axes[0]
    heights = [bar.get_height() for bar in axes.patches]
    assert heights == [-39.0, 9.2]
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, True]
    assert [text.get_text() for text in axes.texts] == ["−39%", "+9%"]
    assert chart.describe(frame) == "2013 −39%; 2018 +9%."


def test_a_specification_curve_sorts_and_marks_the_published_definition() -> None:
    frame = pd.DataFrame(
        {"group": ["A", "A", "B"], "n": [30, 10, 20], "published": [False, True, True]}
    )
    chart = charts.multiverse("n", "group", "published", marked_title="published")
    figure = drawn(chart, frame)
    first, second = figure.axes
    assert list(first.lines[0].get_ydata()) == [10, 30]
    assert first.texts[0].get_text() == "published\n10"
    assert second.get_ylim() == first.get_ylim()
    assert "A: 10 to 30 over 2 definitions; published 10." in chart.describe(frame)


def test_bars_say_why_a_value_is_missing() -> None:
    frame = pd.DataFrame({"who": ["young", "older"], "n": [61.0, None]})
    chart = charts.bars("who", "n", spec="+.0f", suffix="%", missing="lost")
    texts = [text.get_text() for text in drawn(chart, frame).axes[0].texts]
    assert texts == ["+61%", "lost"]
    assert chart.describe(frame) == "young +61%; older lost."


def test_intervals_mark_a_second_value_on_its_row() -> None:
    frame = pd.DataFrame(
        {"what": ["a", "b"], "low": [1, 2], "mid": [3, 4], "high": [5, 6], "own": [None, 2.5]}
    )
    chart = charts.intervals("what", "mid", "low", "high", mark="own", mark_title="published")
    axes = drawn(chart, frame).axes[0]
    assert key_of(axes) == ["published"]


def test_a_value_stands_at_the_outer_end_of_its_whisker() -> None:
    frame = pd.DataFrame({"x": ["a", "b"], "v": [10.0, -20.0], "low": [4, -33], "high": [17, -5]})
    axes = drawn(charts.changes("x", "v", low="low", high="high"), frame).axes[0]
    up, down = axes.texts
    assert (up.xy[1], up.get_va(), up.get_text()) == (17, "bottom", "+10%")
    assert (down.xy[1], down.get_va(), down.get_text()) == (-33, "top", "−20%")
    reach = [sorted(float(y) for _, y in one) for one in axes.collections[0].get_segments()]
    assert reach == [[4, 17], [-33, -5]]


def test_neither_line_nor_band_crosses_a_break() -> None:
    frame = pd.DataFrame(
        {"period": ["2015/16", "2016/17", "2017/18", "2018/19"], "value": [4.0, 5, 6, 7]}
    ).assign(low=lambda one: one["value"] - 1, high=lambda one: one["value"] + 1, status="final")
    frame.loc[2, "status"] = "break in series"
    options = {"low": "low", "high": "high", "status": "status"}
    chart = charts.lines("period", "value", **options)
    axes = drawn(chart, frame).axes[0]
    solid = [line for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata())]
    assert [list(line.get_xdata()) for line in solid] == [[2016, 2017], [2018, 2019]]
    spans = [band.get_datalim(axes.transData).intervalx.tolist() for band in axes.collections]
    assert spans == [[2016, 2017], [2018, 2019]]
    (upright,) = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert list(upright.get_xdata()) == [2017.5, 2017.5]
    assert key_of(axes) == ["break in series"]


def test_the_dots_from_a_name_to_its_line_do_not_look_like_data() -> None:
    frame = pd.DataFrame(
        {"label": list("aabb"), "period": ["2013", "2019", "2013", "2016"], "value": [1, 2, 5, 6]}
    )
    axes = drawn(charts.lines("period", "value", "label"), frame).axes[0]
    (leader,) = [line for line in axes.lines if line.get_color() == theme.CONTEXT]
    data = [line for line in axes.lines if line.get_color() in theme.CATEGORICAL]
    assert leader.get_xdata()[0] == 2016
    assert leader.get_linewidth() < 0.5 * min(line.get_linewidth() for line in data)
    assert leader.get_linestyle() == "--"  # how matplotlib calls a pattern of its own
    assert leader.get_zorder() < min(line.get_zorder() for line in data)
