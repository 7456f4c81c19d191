"""The pages in a real browser: accessible, quiet, steady, and useful when mailed alone."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.pages.conftest import Pages

NAMES = ["01_first.html", "02_second.html", "index.html"]
DESK, ZOOMED = {"width": 1280, "height": 900}, {"width": 320, "height": 256}  # 1280 at 400 %
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND_VIOLATIONS = """async (tags) => {
  const found = await axe.run(document, {runOnly: tags, rules: {"target-size": {enabled: true}}});
  return found.violations.map((one) => `${one.id}: ${one.nodes[0].html.slice(0, 120)}`);
}"""
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  list.getEntries().forEach((one) => { window.shifted += one.value; });
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.fixture(scope="session")
def axe() -> str:
    """Return the script of axe-core."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is not installed (axe-playwright-python)")
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


class Opened:
    """A page in a window of its own, and everything that it complained of or asked for."""

    def __init__(self, browser: Any, file: Path, **settings: Any) -> None:
        self.window = browser.new_context(viewport=DESK, accept_downloads=True, **settings)
        self.page = self.window.new_page()
        self.heard: list[str] = []
        self.page.on("console", lambda message: self.heard.append(message.text))
        self.page.on("pageerror", lambda error: self.heard.append(str(error)))
        self.page.on("request", self._asked)
        self.page.add_init_script(WATCH_SHIFTS)
        self.page.goto(file.as_uri())
        self._file = file

    def _asked(self, request: Any) -> None:
        if not request.url.startswith(("data:", "blob:", "file:")):
            self.heard.append(f"asked for {request.url}")

    def said(self) -> str:
        words: str = self.page.locator("#said_").inner_text()
        return words


@pytest.fixture
def open_page(chromium: Any, pages: Pages) -> Iterator[Any]:
    opened: list[Opened] = []

    def opener(name: str, **settings: Any) -> Opened:
        opened.append(Opened(chromium, pages.folder / name, **settings))
        return opened[-1]

    yield opener
    for one in opened:
        one.window.close()
        assert one.heard == []


@pytest.fixture
def alone(chromium: Any, pages: Pages, tmp_path: Path) -> Iterator[Opened]:
    """Return the first page opened from a folder that holds nothing else."""
    shutil.copy(pages.folder / "01_first.html", tmp_path)
    opened = Opened(
        chromium, tmp_path / "01_first.html", permissions=["clipboard-read", "clipboard-write"]
    )
    yield opened
    opened.window.close()
    assert opened.heard == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_and_nothing_runs_off_the_page(
    open_page: Any, axe: str, name: str, scheme: str
) -> None:
    page = open_page(name, color_scheme=scheme).page
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    page.evaluate(axe)
    for size in (DESK, ZOOMED):
        page.set_viewport_size(size)
        assert page.evaluate(FIND_VIOLATIONS, RULES) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_paints_within_a_second_and_stays_where_it_is(open_page: Any, name: str) -> None:
    page = open_page(name).page
    page.wait_for_function(
        "() => performance.getEntriesByName('first-contentful-paint').length > 0"
    )
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert painted < 1000
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_timeout(100)
    assert page.evaluate("window.shifted") == 0


def take(opened: Opened, exhibit: str, kind: str) -> tuple[str, bytes]:
    with opened.page.expect_download() as started:
        opened.page.click(f"#{exhibit} [data-take={kind}]")
    return started.value.suggested_filename, Path(started.value.path()).read_bytes()


def test_a_page_mailed_alone_gives_its_data_and_drawings(alone: Opened, pages: Pages) -> None:
    exhibits = pages.folder / "exhibits"
    for kind in ("csv", "svg"):
        name, content = take(alone, "towns-people", kind)
        assert name == f"towns-people.{kind}"
        assert content == (exhibits / name).read_bytes()
    assert take(alone, "long-table", "csv")[1] == (exhibits / "long-table.csv").read_bytes()


def test_the_png_of_a_page_mailed_alone_is_the_figure_at_300_dpi(
    alone: Opened, pages: Pages
) -> None:
    name, content = take(alone, "towns-people", "png")
    drawn = Image.open(io.BytesIO(content))
    official = Image.open(pages.folder / "exhibits" / name)
    assert [round(one) for one in drawn.info["dpi"]] == [300, 300]
    assert all(abs(a - b) <= 8 for a, b in zip(drawn.size, official.size, strict=True))
    small = [np.asarray(one.convert("L").resize((300, 100)), float) for one in (drawn, official)]
    assert abs(small[0] - small[1]).mean() < 6


def test_without_script_the_files_beside_the_page_are_linked(open_page: Any) -> None:
    page = open_page("01_first.html", java_script_enabled=False).page
    link = page.locator("#towns-people [data-take=png]")
    assert link.get_attribute("href") == "exhibits/towns-people.png"
    assert not page.locator("#towns-people [data-cite]").is_visible()
    assert (
        not open_page("index.html", java_script_enabled=False).page.locator("#find_").is_visible()
    )


def test_a_citation_is_copied_and_it_is_said(alone: Opened, pages: Pages) -> None:
    alone.page.focus("#towns-people [data-cite]")
    alone.page.keyboard.press("Enter")
    alone.page.wait_for_function("() => document.querySelector('#said_').textContent !== ''")
    assert alone.said() == "Citation copied"
    copied = alone.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Appendices, version ")
    assert "Figure 1.1, “People by place”, in Appendix 1" in copied
    assert copied.endswith("Run default, not under git.")


def test_a_citation_is_copied_where_the_clipboard_is_closed(alone: Opened) -> None:
    alone.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    alone.page.evaluate(
        "document.addEventListener('copy', () => { window.copied = document.activeElement.value; })"
    )
    alone.page.click("#short-table [data-cite]")
    alone.page.wait_for_function("() => document.querySelector('#said_').textContent !== ''")
    assert "Table 1.1" in alone.page.evaluate("window.copied")


def test_the_contents_mark_what_is_being_read(open_page: Any) -> None:
    page = open_page("01_first.html").page
    current = page.locator(".contents [aria-current]")
    for anchor in ("s1_by-town", "towns-people", "long-table", "s1_by-town"):
        page.evaluate(
            f"document.getElementById('{anchor}').scrollIntoView({{behavior: 'instant'}})"
        )
        page.wait_for_function(
            "(hash) => document.querySelector('.contents [aria-current]')?.hash === hash",
            arg=f"#{anchor}", timeout=3000,
        )  # fmt: skip
    assert current.count() == 1


def test_all_code_can_be_shown_and_hidden(open_page: Any) -> None:
    page = open_page("01_first.html").page
    button = page.get_by_role("button", name="Show all code")
    assert page.locator("details.code[open]").count() == 0
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator("details.code[open]").count() == page.locator("details.code").count() == 4
    button.click()
    assert page.locator("details.code[open]").count() == 0


def test_a_table_sorts_up_down_and_back_by_keyboard(open_page: Any) -> None:
    page = open_page("01_first.html").page
    head = page.locator("#table-long-table thead th").nth(1)

    def column() -> list[int]:
        cells = page.locator("#table-long-table tbody td").all_inner_texts()
        return [int(cell) for cell in cells]

    own = column()
    assert own != sorted(own)
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    assert column() == sorted(own)
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    assert column() == sorted(own, reverse=True)
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") is None
    assert column() == own
    assert page.locator("#table-short-table button").count() == 0


def test_the_search_counts_what_it_finds(open_page: Any) -> None:
    page = open_page("index.html").page
    page.fill("#find_", "f06 place")
    assert page.locator("#found_").inner_text() == "1 of 5 exhibits shown"
    assert page.locator(".exhibits > li:visible").count() == 1
    page.fill("#find_", "")
    assert page.locator(".exhibits > li:visible").count() == 5


def test_everything_can_be_reached_by_keyboard_and_shows_its_focus(open_page: Any) -> None:
    page = open_page("01_first.html").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main_"
    wanted = page.evaluate(
        "[...document.querySelectorAll('main :is(a[href], button, summary, [tabindex=\"0\"])')]"
        ".filter((one) => one.checkVisibility({contentVisibilityAuto: true})).length"
    )
    reached = 0
    for _ in range(wanted):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "[document.activeElement.closest('main') !== null,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert seen == [True, "solid"]
        reached += 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main')") is None
    assert reached > 20


def test_motion_is_reduced_when_asked(open_page: Any) -> None:
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    assert open_page("01_first.html", reduced_motion="reduce").page.evaluate(behaviour) == "auto"
    assert (
        open_page("01_first.html", reduced_motion="no-preference").page.evaluate(behaviour)
        == "smooth"
    )


def test_print_shows_the_data_of_charts_and_hides_what_only_a_screen_can_use(
    open_page: Any,
) -> None:
    page = open_page("01_first.html").page
    page.emulate_media(media="print")
    assert page.locator("#towns-people .data table").is_visible()
    assert page.locator(".method p").is_visible()
    for hidden in (".take", ".contents", ".code", "#all_code"):
        assert not page.locator(hidden).first.is_visible()
