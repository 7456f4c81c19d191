"""The map that a reader explores: by keyboard alone, by pointer, without scripts, and in print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appendices.runs.whole import Request, run_compendium
from tests.conftest import code, write_notebook, write_tables
from tests.pages.test_browser import FIND_VIOLATIONS, RULES, Opened, axe  # noqa: F401

# P03 - I02 above V01 above P01 - I01 - P02, I03 nearer to P01 than what P01 is tied to, and the
# merged mark at the right by itself.
NODES = """
import pandas as pd
nodes = pd.DataFrame(
    [
        ("person", "P01", "", 1, 2, "I01; V01", 0.0, 0.0),
        ("person", "P02", "", 1, 2, "I01; I03", 2.0, 0.0),
        ("person", "P03", "", 2, 2, "I02; V01", 0.0, 4.0),
        ("institution", "I01", "school", 1, 2, "P01; P02", 1.0, 0.0),
        ("institution", "I02", "college", 2, 1, "P03", 2.0, 4.0),
        ("institution", "I03", "custody", 1, 1, "P02", 0.5, 0.1),
        ("incident", "V01", "stabbing", 2, 2, "P01; P03", 0.0, 2.0),
        ("merged", "merged", "merged", 0, 0, "", 5.0, 0.0),
    ],
    columns=["kind", "node_id", "type", "cluster", "degree", "tied_to", "x", "y"],
)
from youthviolence.network.charts import network_map
appendix.load("towns")
appendix.show("a-map", data=nodes, chart=network_map(), headline="A small network",
    subtitle="Nodes and links", sources=["towns"], basis="observed", alt="A small map.")
"""


@pytest.fixture(scope="module")
def map_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("map")
    write_tables(root, towns="place,people\nLeeds,30\n")
    write_notebook(root / "notebooks" / "01_first.ipynb", code(NODES))
    (root / "requirements.lock").write_text("pandas==3\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("APPENDICES_HOME", str(root))
        run_compendium(Request(), root)
    return root / "reports" / "default" / "01_first.html"


@pytest.fixture
def open_map(chromium: Any, map_page: Path) -> Iterator[Any]:
    opened: list[Opened] = []

    def opener(**settings: Any) -> Any:
        opened.append(Opened(chromium, map_page, **settings))
        return opened[-1].page

    yield opener
    for one in opened:
        one.window.close()
        assert one.heard == []  # no request, no complaint of the page's own policy


def focused(page: Any) -> str:
    words: str = page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")
    return words


def telling(page: Any) -> str:
    words: str = page.locator(".telling").inner_text()
    return words


def counted(page: Any) -> str:
    words: str = page.locator(".counted").inner_text()
    return words


def test_the_keyboard_alone_reaches_moves_pins_and_leaves(open_map: Any) -> None:
    page = open_map()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "option":
            break
    assert focused(page) == "P01, young person"
    assert telling(page) == "P01, young person, cluster 1. Tied to 2: I01 school, V01 stabbing."
    ring = "getComputedStyle(document.activeElement.querySelector('.ring')).stroke"
    assert page.evaluate(ring) != "none"

    path = []
    for key in (
        "ArrowRight",
        "ArrowRight",
        "ArrowRight",
        "Home",
        "ArrowUp",
        "ArrowUp",
        "ArrowRight",
    ):
        page.keyboard.press(key)
        path.append(focused(page).partition(",")[0])
    # Along the links first; to the right of P02 there is only the mark that nothing is tied to.
    assert path == ["I01", "P02", "Smaller clusters", "P01", "V01", "P03", "I02"]
    page.keyboard.press("End")
    assert telling(page) == "Smaller clusters, merged. No ties shown."
    page.keyboard.press("PageDown")  # from the last round to the first
    assert focused(page) == "P01, young person"

    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    assert telling(page).endswith("Tied to 2: P01, P03. P01 is pinned.")
    assert page.locator("[role=option][aria-selected=true]").count() == 1
    assert page.locator("[role=option][tabindex='0']").count() == 1

    page.keyboard.press("Escape")
    assert page.locator("[aria-selected=true]").count() == 0
    assert page.evaluate("document.activeElement.type") == "checkbox"
    assert telling(page) == ""


def test_filters_leave_what_is_asked_for_and_the_keyboard_stays_on_it(open_map: Any) -> None:
    page = open_map()
    assert counted(page) == "8 of 8 nodes shown"
    people, _, incidents, _ = page.locator(".filters input").all()
    people.focus()
    page.keyboard.press("Space")
    assert counted(page) == "5 of 8 nodes shown"
    page.locator("[role=option][tabindex='0']").focus()
    assert focused(page) == "I01, institution, school"
    assert telling(page) == "I01, institution, school, cluster 1. No ties shown."
    people.check()
    incidents.uncheck()

    def left() -> list[str]:
        ids = "(all) => all.map((one) => one.getAttribute('aria-label').slice(0, 3))"
        found: list[str] = page.locator("[role=option]:not([hidden])").evaluate_all(ids)
        return found

    kind, cluster = page.locator(".filters select").all()
    kind.select_option("school")
    assert left() == ["P01", "P02", "I01"]
    kind.select_option("")
    cluster.select_option(label="Cluster 2")
    assert left() == ["P03", "I02"]
    kind.select_option("school")
    assert counted(page) == "0 of 8 nodes shown"


def test_a_pointer_shows_and_pins_the_ties_of_a_node(open_map: Any) -> None:
    page = open_map()
    page.locator("[aria-label^=V01]").hover()
    assert telling(page) == "V01, incident, stabbing, cluster 2. Tied to 2: P01, P03."
    assert page.locator(".tie.lit").count() == 2
    assert page.locator(".name:visible").count() == 3
    page.locator("[aria-label^=I02]").click()
    page.mouse.move(0, 0)
    assert telling(page).endswith("I02 is pinned.")


def test_the_map_can_be_enlarged_and_follows_the_keyboard(open_map: Any) -> None:
    page = open_map()
    board = page.locator(".board")
    whole = board.get_attribute("viewBox")
    for _ in range(4):
        page.get_by_role("button", name="Enlarge the map").click()
    assert float(board.get_attribute("viewBox").split()[2]) < float(whole.split()[2]) / 4
    page.locator("[role=option][tabindex='0']").focus()
    for key in ("End", "Home"):
        page.keyboard.press(key)
        x, y, w, h = map(float, board.get_attribute("viewBox").split())
        at = page.evaluate("document.activeElement.getAttribute('transform')")
        node_x, node_y = map(float, at[10:-1].split(","))
        assert x <= node_x <= x + w
        assert y <= node_y <= y + h
    page.get_by_role("button", name="Whole map").click()
    assert board.get_attribute("viewBox") == whole


def test_without_scripts_and_in_print_the_drawing_stands(open_map: Any) -> None:
    page = open_map(java_script_enabled=False)
    assert page.locator("#a-map img").is_visible()
    assert page.locator(".explorer").count() == 0
    page = open_map()
    assert not page.locator("#a-map img").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#a-map img").is_visible()
    assert not page.locator(".explorer").is_visible()


def test_the_table_under_the_map_says_the_same(open_map: Any) -> None:
    page = open_map()
    rows = page.locator("#a-map .data tbody tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent.trim()))"
    )
    ties = {row[1]: row[5] for row in rows}
    assert len(ties) == 8
    assert sum(bool(tied) for tied in ties.values()) == 7
    page.locator("[role=option][tabindex='0']").focus()
    for name, tied in ties.items():
        said = telling(page)
        bare = (
            said.replace(" school", "")
            .replace(" college", "")
            .replace(" custody", "")
            .replace(" stabbing", "")
        )
        assert tied.replace("; ", ", ") in bare, name
        page.keyboard.press("PageDown")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_map_and_it_fits_a_phone(
    open_map: Any,
    axe: str,  # noqa: F811
    scheme: str,
) -> None:
    page = open_map(color_scheme=scheme)
    page.evaluate(axe)
    page.locator("[role=option][tabindex='0']").focus()
    page.keyboard.press("Enter")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(FIND_VIOLATIONS, RULES) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
