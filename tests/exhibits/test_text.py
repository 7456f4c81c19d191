from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from appendices.errors import UsageError
from appendices.exhibits.text import WITHHELD, Cells, fill, fill_prose

CELLS = Cells(("girls", "13 to 15", "2"), {"n": ("12", "1,030", "−5"), "low_95": ("1%", "2%", "*")})
TABLES = {"victim-gender": CELLS, "one-row": Cells(None, {"n": ("7",)})}


def prose(text: str) -> str:
    return fill_prose(text, TABLES, "02_victims")


def test_a_text_takes_its_numbers_from_the_cells_it_names() -> None:
    assert fill("{n[girls]} of {n[13 to 15]}, {low_95[2]}", CELLS) == "12 of 1,030, *"
    assert fill("{n} in all", TABLES["one-row"]) == "7 in all"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{n[girl]}", "unknown row of column 'n' in a text 'girl'. Did you mean 'girls'"),
        ("{m[girls]}", "unknown column in a text 'm'"),
        ("{n}", "a table with 3 rows"),
        ("{n[girls]:.1f}", "a brace in a text that is no {column[key]}"),
        ("{n[girls]", "a brace in a text that is no {column[key]}"),
    ],
)
def test_a_text_that_names_nothing_in_the_table_is_an_error(template: str, said: str) -> None:
    with pytest.raises(UsageError) as error:
        fill(template, CELLS)
    assert said in str(error.value)


@pytest.mark.parametrize("cells", [("12", "13"), ("12", "12")])
def test_a_key_that_stands_twice_never_fills_a_text(cells: tuple[str, str]) -> None:
    twice = Cells(("girls", "girls", "boys"), {"n": (*cells, "3")})
    assert fill("{n[boys]}", twice) == "3"
    with pytest.raises(UsageError, match="'girls', and 2 rows have that key: give the exhibit a"):
        fill("{n[girls]}", twice)


def test_prose_names_the_exhibit_the_column_and_the_row() -> None:
    made = MarkdownIt().render(prose("Of {victim-gender: n[13 to 15]}, {one-row:n} and **more**."))
    assert made == "<p>Of 1,030, 7 and <strong>more</strong>.</p>\n"


@pytest.mark.parametrize("cell", ["*x*", "[x](#y)", "# 1. x", "- 5", "<b>&amp;", "`x`", "a | b"])
def test_a_cell_stays_text_whatever_markdown_would_make_of_it(cell: str) -> None:
    made = fill_prose("{t: n}", {"t": Cells(None, {"n": (cell,)})}, "")
    html = MarkdownIt().render(made)
    escaped = cell.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert html == f"<p>{escaped}</p>\n"


def test_what_stands_in_backticks_is_no_placeholder() -> None:
    assert prose("`{a: b[c]}` and ``{`x`}``") == "`{a: b[c]}` and ``{`x`}``"
    assert prose("```\n{x}\n```\n{one-row: n}") == "```\n{x}\n```\n7"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{victim-gendre: n[girls]}", "unknown exhibit of this page 'victim-gendre'. Did you mean"),
        ("{victim-gender: n[grils]}", "Did you mean 'girls'"),
        ("{victim-gender: m[girls]}", "unknown column in a text 'm'"),
        ("{n[girls]}", "is no placeholder. Write {exhibit-id: column[key]}"),
        ("{victim-gender: n[girls]:.1f}", "is no placeholder"),
    ],
)
def test_prose_that_names_nothing_on_its_page_is_an_error_with_its_place(
    text: str, said: str
) -> None:
    with pytest.raises(UsageError) as error:
        prose(text)
    assert said in str(error.value)
    assert str(error.value).startswith("02_victims")
    assert text in str(error.value)


def test_a_withheld_cell_reads_in_prose_as_in_a_headline() -> None:
    table = Cells(("girls",), {"n": (WITHHELD,)}, some_gone=True)
    for cells in (table, replace(table, columns={}), replace(table, keys=("any group",))):
        assert fill_prose("{t: n[girls]} girls", {"t": cells}, "") == f"{WITHHELD} girls"
