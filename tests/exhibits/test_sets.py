from __future__ import annotations

import pandas as pd
import pytest
from matplotlib.figure import Figure

from appendices.exhibits import charts, theme
from appendices.exhibits.charts import sets

SETS = ["needs", "care", "missing school"]
TABLE = pd.DataFrame(
    {
        "combination": ["needs & care", "care", "none", "needs & care & missing school", "unknown"],
        "n": pd.array([12, 7, pd.NA, 5, 3], dtype="Int64"),
        "needs": pd.array([True, False, False, True, pd.NA], dtype="boolean"),
        "care": pd.array([True, True, False, True, pd.NA], dtype="boolean"),
        "missing school": pd.array([False, False, False, True, pd.NA], dtype="boolean"),
    }
)


def drawn(frame: pd.DataFrame) -> Figure:
    chart = charts.upset(SETS)
    figure = Figure(figsize=(theme.WIDTH, chart.height_for(frame)))
    chart.draw(figure, frame)
    return figure


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_columns_stand_in_the_order_of_the_table_with_their_counts() -> None:
    assert texts(drawn(TABLE)) == ["12", "7", "few", "5"]


def test_a_withheld_count_is_marked_and_is_not_a_zero() -> None:
    above = drawn(TABLE).axes[0]
    stubs = [bar for bar in above.patches if bar.get_hatch()]
    assert len(stubs) == 1
    assert 0 < stubs[0].get_height() < 5
    assert texts(drawn(TABLE.assign(n=pd.array([pd.NA] * 5, dtype="Int64")))) == ["few"] * 4


def test_each_dark_dot_is_a_condition_of_the_combination() -> None:
    below = drawn(TABLE).axes[1]
    dark = [line for line in below.lines if line.get_color() == theme.INK]
    assert [sorted(line.get_xdata()) for line in dark] == [[0, 3], [0, 1, 3], [3]]
    assert len(below.collections) == 2  # the two combinations of more than one condition


def test_each_set_says_how_many_it_has_or_that_this_is_withheld() -> None:
    labels = [label.get_text() for label in drawn(TABLE).axes[1].get_yticklabels()]
    assert labels == ["needs, 17", "care, 24", "missing school, 5"]
    gone = TABLE.assign(n=TABLE["n"].mask(TABLE["n"] == 5))
    labels = [label.get_text() for label in drawn(gone).axes[1].get_yticklabels()]
    assert labels == ["needs, few", "care, few", "missing school, few"]


def test_the_description_says_the_largest_what_is_left_out_and_what_is_withheld(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sets, "MOST_DRAWN", 2)
    said = charts.upset(SETS).describe(TABLE)
    assert said.startswith("4 different combinations, of which the first 2 are drawn. Largest: ")
    assert "needs & care 12; care 7; needs & care & missing school 5." in said
    assert said.endswith("1 count is withheld.")
    assert len(texts(drawn(TABLE))) == 2
