"""Tables: what a column is called and how it is written, and accessible HTML through Styler."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from appendices.errors import unknown
from appendices.exhibits.marks import NOT_AVAILABLE, ROUNDED
from appendices.exhibits.text import texts_of


@dataclass(frozen=True)
class Column:
    """How one column is shown.

    ``title`` heads the column; ``format`` is a Python format spec for its numbers (``",.0f"``);
    ``suffix`` follows each number (``"%"``). A ``p_value`` of synthetic data says so in its title.
    ``base`` names the column of how many people a percentage is of, where the table has it.
    """

    title: str
    format: str = ""
    suffix: str = ""
    p_value: bool = False
    base: str = "base"

    def write(self, frame: pd.DataFrame, name: str) -> list[str]:
        """Return the column `name` as texts; a missing value is said to be withheld."""
        return texts_of(frame, name, self.format, self.suffix, self.base)


def columns_of(frame: pd.DataFrame, given: Mapping[str, str | Column] | None) -> dict[str, Column]:
    """Return how each shown column is written, in the order given, else in the table's order.

    A column given only a title, or not given at all, is written by its type: whole numbers with
    thousands marks, other numbers with one decimal.
    """
    names = list(given) if given else list(frame.columns)
    columns = {}
    for name in names:
        if name not in frame.columns:
            raise unknown("column", name, [str(one) for one in frame.columns])
        wanted = given[name] if given else name.replace("_", " ").capitalize()
        columns[name] = wanted if isinstance(wanted, Column) else _by_type(frame[name], wanted)
    return columns


def say_synthetic(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Return the columns with the title of each p-value saying that it is of synthetic data."""
    return {
        name: replace(column, title=f"{column.title} (synthetic data)")
        if column.p_value
        else column
        for name, column in columns.items()
    }


def _by_type(values: pd.Series, title: str) -> Column:
    if pd.api.types.is_bool_dtype(values):
        return Column(title)
    if pd.api.types.is_integer_dtype(values):
        return Column(title, ",.0f")
    if pd.api.types.is_float_dtype(values):
        whole = bool((values.dropna() % 1 == 0).all())
        return Column(title, ",.0f" if whole else ",.1f")
    return Column(title)


MOST_ROWS = 400  # in a page; the CSV has every row
# No option that a user has set leaves out rows or columns.
_WHOLE = (
    "styler.render.max_elements", 2**31, "styler.render.max_rows", None,
    "styler.render.max_columns", None,
)  # fmt: skip
_TableStyler = Styler.from_custom_template(
    str(Path(__file__).parent / "templates"), html_table="table.html"
)


def table_html(
    frame: pd.DataFrame,
    columns: Mapping[str, Column],
    caption: str,
    exhibit_id: str,
    marks: pd.DataFrame,
    rounded: Collection[str] = (),
) -> str:
    """Return the table as HTML: a caption, column headers and row headers with scope.

    The first shown column heads each row. Every text is escaped. A missing number has its mark in
    its place, and a count that was rounded has one before it. Of a table longer than `MOST_ROWS`
    the first rows are shown.
    """
    frame, marks = frame.head(MOST_ROWS), marks.head(MOST_ROWS)
    shown = pd.DataFrame(
        {
            name: [
                _cell(value, text, mark, rounded=name in rounded)
                for value, text, mark in zip(
                    frame[name], column.write(frame, name), marks[name], strict=True
                )
            ]
            for name, column in columns.items()
        },
        dtype="object",
    )
    numeric = [
        pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name])
        for name in columns
    ]
    styler = _TableStyler(shown, uuid=exhibit_id, cell_ids=False).format(escape="html")
    styler = styler.hide(axis="index")
    with pd.option_context(*_WHOLE):
        html: str = styler.to_html(
            exclude_styles=True,
            caption_text=escape(caption),
            titles=[escape(column.title) for column in columns.values()],
            numeric=numeric,
            table_id=f"table-{exhibit_id}",
        )
    return html


def _cell(value: Any, text: str, mark: str, *, rounded: bool) -> str:
    if pd.isna(value):
        return mark or NOT_AVAILABLE
    return f"{ROUNDED}{text}" if rounded and value != 0 else text
