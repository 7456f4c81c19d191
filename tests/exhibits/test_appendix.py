from __future__ import annotations

import base64
import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from appendices.disclosure.policy import find_policy
from appendices.disclosure.protect import Shielded
from appendices.errors import UsageError
from appendices.exhibits import Appendix, Column, charts
from appendices.exhibits import appendix as door
from appendices.exhibits.exhibit import Exhibit
from appendices.exhibits.text import cells_of, fill
from tests.conftest import write_tables

TOWNS = "place,people\nLeeds,30\nHull,2\nYork,0\n"


@pytest.fixture
def shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[Exhibit]:
    """Return the list that collects each exhibit as it goes out of the door."""
    collected: list[Exhibit] = []
    monkeypatch.setattr(door, "_emit", collected.append)
    write_tables(project, towns=TOWNS)
    return collected


def declare(project: Path, **values: object) -> None:
    package = project / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text())
    for key, value in values.items():
        if value is None:
            content["resources"][0].pop(key)
        else:
            content["resources"][0][key] = value
    package.write_text(json.dumps(content))


def show(project: Path, **changes: Any) -> None:
    appendix = Appendix("01_first", root=project)
    arguments = {
        "data": appendix.load("towns"), "headline": "People by place", "subtitle": "Two places",
        "sources": ["towns"], "basis": "observed", "chart": charts.bars("place", "people"),
        "alt": "Bars of people by place.",
    } | changes  # fmt: skip
    appendix.show(str(arguments.pop("exhibit_id", "towns-people")), **arguments)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"alt": ""}, "needs alt"),
        ({"alt": "  "}, "needs alt"),
        ({"headline": ""}, "needs headline"),
        ({"subtitle": ""}, "needs subtitle"),
        ({"sources": []}, "sources"),
        ({"sources": ["twons"]}, "Did you mean 'towns'"),
        ({"basis": "measured"}, "unknown basis 'measured'"),
        ({"exhibit_id": "Towns People"}, "lower-case words"),
        ({"columns": {"peple": "People"}}, "Did you mean 'people'"),
        ({"chart": charts.bars("place", "nothing")}, "nothing"),
    ],
)
def test_an_exhibit_that_lacks_something_is_refused(
    project: Path, shown: list[Exhibit], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises((UsageError, KeyError), match=said):
        show(project, **changes)
    assert shown == []


def test_synthetic_data_are_never_called_observed(project: Path, shown: list[Exhibit]) -> None:
    declare(project, sensitivity="synthetic")
    with pytest.raises(UsageError, match="not observed but calibrated"):
        show(project)
    show(project, basis="calibrated")
    assert shown[0].sensitivity == "synthetic"


@pytest.mark.parametrize("sensitivity", [None, "confidential", "Public", "none"])
@pytest.mark.parametrize("chart", [charts.bars("place", "people"), None])
def test_confidential_data_that_are_no_count_table_are_not_shown_and_the_page_says_why(
    project: Path, shown: list[Exhibit], chart: charts.Chart | None, sensitivity: str | None
) -> None:
    declare(project, sensitivity=sensitivity)
    show(
        project, chart=chart, key="place", headline="{people[Leeds]} in Leeds",
        note="Hull: {people[Hull]}", columns={"place": "Place", "people": "People"},
    )  # fmt: skip
    (exhibit,) = shown
    assert (exhibit.kind, exhibit.svg) == ("table", "")
    assert exhibit.headline == "a withheld number in Leeds"
    assert exhibit.note == "Hull: a withheld number"
    assert "Not shown under policy release: this exhibit of confidential data" in exhibit.csv
    assert "Not shown under policy release" in exhibit.table_html
    assert "30" not in repr(exhibit.as_json())


def test_p_values_of_synthetic_data_say_so_in_table_and_file(
    project: Path, shown: list[Exhibit]
) -> None:
    frame = pd.DataFrame({"place": ["Leeds"], "people": [30], "p": [0.031]})
    columns = {"place": "Place", "p": Column("p", ".3f", p_value=True)}
    show(project, data=frame, chart=None, columns=columns)
    declare(project, sensitivity="synthetic")
    show(project, data=frame, chart=None, columns=columns, basis="calibrated")
    observed, synthetic = shown
    assert ">p</th>" in observed.table_html
    assert ">p (synthetic data)</th>" in synthetic.table_html
    assert observed.csv.splitlines()[0] == "place,people,p,exhibit_basis"
    assert synthetic.csv.splitlines()[0] == "place,people,p_synthetic,exhibit_basis"


def test_another_data_set_can_take_the_place_of_the_one_named(project: Path) -> None:
    appendix = Appendix("01_first", root=project)
    write_tables(project, towns=TOWNS, ports="place,people\nHull,12\n")
    assert len(appendix.load("ports", instead="towns")) == 3
    assert len(appendix.load("ports", instead="")) == 1
    assert appendix.basis_of("towns") == "observed"
    declare(project, basis="derived")
    appendix.load("towns")
    assert appendix.basis_of("towns", "ports") == "derived"
    with pytest.raises(UsageError, match="Did you mean 'towns'"):
        appendix.basis_of("twons")
    with pytest.raises(UsageError, match="Did you mean 'towns'"):
        appendix.load("ports", instead="town")
    package = project / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text())
    content["resources"][1]["schema"]["fields"].pop(1)
    package.write_text(json.dumps(content))
    with pytest.raises(UsageError, match=r"cannot take the place of 'towns'.*column people"):
        appendix.load("towns", instead="ports")


def test_a_table_made_safe_by_another_rule_goes_out_and_says_the_rule(
    project: Path, shown: list[Exhibit]
) -> None:
    declare(project, sensitivity="confidential")
    ranks = pd.DataFrame({"place": ["P01", "P02"], "people": [1.5, 2.5]})
    show(project, data=ranks)
    safe = Shielded(ranks, find_policy("release"), "Ranks stand in the place of values.")
    show(project, data=safe, note="Two towns.")
    show(project, data=replace(safe, policy=find_policy("internal")))
    show(project, data=replace(safe, refused="too few people."))
    bare, protected, other_policy, too_small = shown
    assert "Not shown under policy release: this exhibit of confidential data" in bare.csv
    assert protected.csv == "place,people,exhibit_basis\nP01,1.5,observed\nP02,2.5,observed\n"
    assert protected.note == "Two towns. Ranks stand in the place of values."
    assert protected.policy == "release"
    assert "made for policy 'internal'" in other_policy.csv
    assert "too few people" in too_small.csv
    assert "1.5" not in bare.csv + other_policy.csv + too_small.csv


def test_a_shielded_table_of_synthetic_people_carries_its_policy_too(
    project: Path, shown: list[Exhibit]
) -> None:
    declare(project, sensitivity="synthetic")
    frame = pd.DataFrame({"place": ["P01"], "people": [1]})
    show(project, data=Shielded(frame, find_policy("release"), ""), basis="calibrated")
    show(project, basis="calibrated")
    assert [exhibit.policy for exhibit in shown] == ["release", ""]


def test_the_same_table_gives_the_same_bytes(project: Path, shown: list[Exhibit]) -> None:
    show(project)
    show(project)
    assert shown[0] == shown[1]
    assert "<dc:date>" not in shown[0].svg


def test_a_figure_says_its_main_numbers_and_is_drawn_at_300_dpi(
    project: Path, shown: list[Exhibit]
) -> None:
    show(project)
    (exhibit,) = shown
    assert exhibit.alt == "Bars of people by place. Leeds 30; Hull 2; York 0."
    assert exhibit.alt in exhibit.svg
    image = Image.open(io.BytesIO(base64.b64decode(exhibit.png)))
    assert image.size[0] == 2100
    assert round(image.info["dpi"][0]) == 300
    assert len(image.getcolors() or []) > 3


def test_an_empty_figure_is_an_error(project: Path, shown: list[Exhibit]) -> None:
    empty = charts.Chart(lambda figure, frame: None, lambda frame: "nothing")
    with pytest.raises(UsageError, match="the chart is empty"):
        show(project, chart=empty)


def test_a_table_has_a_caption_and_every_header_its_scope(
    project: Path, shown: list[Exhibit]
) -> None:
    show(project, chart=None, columns={"place": "Place", "people": Column("People", ",.0f")})
    html = shown[0].table_html
    assert shown[0].kind == "table"
    assert "<caption>People by place</caption>" in html
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 3
    assert html.count("<th ") == 5


def test_markup_and_formulas_in_data_stay_text(project: Path, shown: list[Exhibit]) -> None:
    frame = pd.DataFrame(
        {"place": ["<script>alert(1)</script>", '"=1+1', "=1+1", "@x"], "people": [5, 6, 7, -8]}
    )
    show(project, data=frame, headline="<b>bold</b>", chart=None)
    (exhibit,) = shown
    assert "<script>" not in exhibit.table_html
    assert "<b>" not in exhibit.table_html
    cells = [row[0] for row in csv.reader(io.StringIO(exhibit.csv))]
    assert cells[1:] == ["<script>alert(1)</script>", '"=1+1', "'=1+1", "'@x"]
    assert exhibit.csv.endswith("-8,observed\n")


def test_a_text_names_a_cell_or_is_an_error(project: Path, shown: list[Exhibit]) -> None:
    with pytest.raises(UsageError, match="Did you mean 'Hull'"):
        show(project, key="place", headline="{people[Hul]} people")
    with pytest.raises(UsageError, match="Did you mean 'people'"):
        show(project, key="place", headline="{peple[Hull]} people")
    numbered = pd.DataFrame({"place": ["1", "2"], "people": [5, 6]})
    show(project, data=numbered, key="place", headline="{people[2]} people")
    assert shown[0].headline == "6 people"
    with pytest.raises(UsageError, match="3 rows"):
        show(project, headline="{people} people")


def test_a_text_about_a_row_that_protection_put_together_with_another_calls_it_withheld() -> None:
    frame = pd.DataFrame({"category": ["any group"], "n": [10]})
    texts = {"n": ["10"]}
    template = "{n[one group]} of one group, {n[any group]} of any"
    said = fill(template, cells_of(frame, "category", texts, some_gone=True))
    assert said == "a withheld number of one group, 10 of any"
    with pytest.raises(UsageError, match="unknown row of column 'n'"):
        fill(template, cells_of(frame, "category", texts))
