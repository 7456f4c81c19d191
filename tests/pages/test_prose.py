from __future__ import annotations

import pytest

from appendices.errors import UsageError
from appendices.pages.prose import Target, render_prose

TARGETS = {
    "knife-offences": Target("Figure 2.3", "02_second.html#knife-offences"),
    "elsewhere": Target("Appendix 5 (not in this run)", ""),
}


def html(*cells: str, fold: bool = True) -> str:
    return "".join(one.html for one in render_prose(cells, 4, TARGETS, "04_fourth", fold=fold))


def test_sections_are_numbered_through_the_cells_and_the_title_is_left_out() -> None:
    written = render_prose(
        ["# Title\n\n## One", "## *Two* `x`\n\n### Inner"], 4, TARGETS, "", fold=True
    )
    assert [[(s.number, s.title) for s in one.sections] for one in written] == [
        [("4.1", "One")], [("4.2", "Two x")],
    ]  # fmt: skip
    text = "".join(one.html for one in written)
    assert "Title" not in text
    assert '<h2 id="s4_two-x">4.2 <em>Two</em>' in text
    assert '<h3 id="s4_inner">Inner' in text


def test_two_headings_of_one_name_have_anchors_of_their_own() -> None:
    assert 'id="s4_one"' in html("## One\n\n## One")
    assert 'id="s4_one-again"' in html("## One\n\n## One")


def test_a_second_title_is_shown_as_a_section() -> None:
    assert "4.1 Two</h2>" in html("# One\n\n# Two")


def test_a_reference_is_written_as_the_number_of_what_it_names() -> None:
    text = html(
        "## Deaths by year\n\n[](#knife-offences), [them](#knife-offences), [](#deaths-by-year)"
    )
    assert '<a href="02_second.html#knife-offences">Figure 2.3</a>' in text
    assert '<a href="02_second.html#knife-offences">them</a>' in text
    assert '<a href="#s4_deaths-by-year">section 4.1</a>' in text


def test_a_reference_to_what_the_run_lacks_is_words_without_a_link() -> None:
    assert html("See [](#elsewhere) or [*that*](#elsewhere).") == (
        "<p>See Appendix 5 (not in this run) or <em>that</em>.</p>\n"
    )


def test_a_wrong_reference_is_an_error_that_names_the_page_and_the_nearest() -> None:
    with pytest.raises(
        UsageError, match=r"04_fourth 'knife-offence'. Did you mean 'knife-offences'"
    ):
        html("[](#knife-offence)")


def test_html_in_a_cell_is_text_and_a_script_is_no_link() -> None:
    text = html(
        "<img src=x onerror=alert(1)>\n\n[a](javascript:alert(1)) <script>alert(2)</script>"
    )
    assert "<img" not in text
    assert "<script" not in text
    assert "<a" not in text


def test_a_picture_that_is_no_exhibit_is_refused() -> None:
    with pytest.raises(UsageError, match="Show it as an exhibit"):
        html("![chart](chart.png)")


def test_a_method_note_folds_up_to_the_next_heading() -> None:
    cell = "Before\n\n### Method: <counts>\n\nInside\n\n### After\n\nOutside"
    assert html(cell) == (
        '<p>Before</p>\n<details class="method"><summary>Method: &lt;counts&gt;</summary>'
        '<p>Inside</p>\n</details><h3 id="s4_after">After</h3>\n<p>Outside</p>\n'
    )
    assert "<details" not in html(cell, fold=False)
    assert html("### Method\n\nTo the end").endswith("</details>")


def test_a_table_in_the_text_has_caption_scope_and_no_style_of_its_own() -> None:
    text = html("## Words\n\n| A | n |\n|---|--:|\n| x | 1 |")
    assert '<caption class="unseen">Words</caption>' in text
    assert '<th scope="col" class="number">n</th>' in text
    assert "style=" not in text
