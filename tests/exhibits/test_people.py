"""Exhibits of protected people: everything on them comes from shown counts."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from appendices.disclosure.cohorts import write_secret
from appendices.disclosure.policy import SECRET
from appendices.errors import DisclosureError, UsageError
from appendices.exhibits import Appendix, Column, charts
from appendices.exhibits import appendix as door
from appendices.exhibits.exhibit import Exhibit
from youthviolence import cohorts as stats

PLACES = ["Leeds"] * 40 + ["Hull"] * 3 + ["York"] * 12


@pytest.fixture
def appendix(project: Path, monkeypatch: pytest.MonkeyPatch) -> Appendix:
    """Return the door of a notebook about 55 confidential people, that keeps what goes out."""
    monkeypatch.setattr(door, "_emit", collected.append)
    collected.clear()
    folder = project / "data" / "raw"
    rows = [f"p{i},{place},{'yes' if i % 3 else 'no'}" for i, place in enumerate(PLACES)]
    (folder / "people.csv").write_text("\n".join(["person,place,needs", *rows]) + "\n")
    package = json.loads((folder / "datapackage.json").read_text())
    labels = {"place": ["Leeds", "Hull", "York"], "needs": ["yes", "no"]}
    fields = [{"name": "person", "type": "string", "constraints": {"unique": True}}]
    fields += [{"name": k, "type": "string", "categories": v} for k, v in labels.items()]
    package["resources"].append(
        {"name": "people", "path": "people.csv", "title": "People", "schema": {"fields": fields}}
    )
    (folder / "datapackage.json").write_text(json.dumps(package))
    (folder / SECRET).write_bytes(bytes(range(32)))
    return Appendix("01_first", root=project)


collected: list[Exhibit] = []


def show(appendix: Appendix, data: Any, **changes: Any) -> Exhibit:
    arguments = {
        "headline": "People", "subtitle": "Everyone", "sources": ["people"], "basis": "observed",
    } | changes  # fmt: skip
    appendix.show("people", data=data, **arguments)
    return collected[-1]


def test_what_is_shown_of_people_is_derived_from_shown_counts(appendix: Appendix) -> None:
    seen: list[pd.DataFrame] = []

    def derive(counts: pd.DataFrame) -> pd.DataFrame:
        seen.append(counts)
        return stats.profile(counts)

    table = stats.tabulate(appendix.cohort("people"), ["place"])
    exhibit = show(
        appendix, table, derive=derive, key="category", chart=charts.bars("category", "percent"),
        alt="Bars.", headline="{n[Leeds]} in Leeds, {n[Hull]} in Hull: {percent[Hull]}",
        columns={"category": "Place", "n": "n", "percent": Column("Percent", ".0f", "%")},
    )  # fmt: skip
    assert [frame["n"].isna().tolist() for frame in seen] == [[False, True, False, True]] * 2
    assert seen[0]["n"].dropna().mod(5).eq(0).all()
    assert exhibit.headline.endswith("few in Hull: a withheld number")
    row = exhibit.table_html.split("Hull</th>")[1].split("</tr>")[0]
    assert (row.count(">few<"), row.count("[c]")) == (1, 1)
    assert exhibit.symbols["few"].startswith("about 5 or fewer, nobody included")
    assert exhibit.symbols["≈"].startswith("changed by a little and rounded to the nearest 5")
    assert "Hull a withheld number" in exhibit.alt
    assert exhibit.policy == "release"
    assert len(exhibit.cells) == len(set(exhibit.cells)) > 4


def test_a_percentage_of_a_small_base_has_a_mark_of_its_own(appendix: Appendix) -> None:
    people = appendix.cohort("people").where("place", "York")
    exhibit = show(appendix, stats.tabulate(people, ["needs"]), derive=stats.profile)
    assert "[b]" in {mark for _, _, mark in exhibit.marks}
    assert exhibit.symbols["[b]"] == "of fewer than about 15 people no statistic is given"


def test_a_chart_of_nothing_but_few_becomes_a_table_that_says_so(appendix: Appendix) -> None:
    people = appendix.cohort("people").where("place", "Hull")
    table = stats.tabulate(people, ["needs"])
    empty = charts.Chart(lambda figure, frame: None, lambda frame: "nothing")
    exhibit = show(appendix, table, chart=empty, alt="Bars.")
    assert (exhibit.kind, exhibit.svg) == ("table", "")
    assert "No chart is drawn" in exhibit.note


def test_counts_of_people_name_their_data_set(appendix: Appendix) -> None:
    appendix.load("towns")
    table = stats.tabulate(appendix.cohort("people"), ["place"])
    with pytest.raises(UsageError, match="its counts are of 'people'"):
        show(appendix, table, sources=["towns"])


def test_true_counts_of_confidential_people_are_shown_under_no_other_policy(
    appendix: Appendix,
) -> None:
    frame = pd.read_csv(appendix.root / "data" / "raw" / "people.csv")
    own = stats.tabulate(frame, ["place"])
    appendix.load("towns")
    with pytest.raises(UsageError, match="'people', which"):
        show(appendix, own, sources=["towns"])
    appendix.cohort("people")
    counted = frame.groupby("place").size().reset_index(name="n")
    assert "Not shown under policy release" in show(appendix, counted).csv


def test_without_the_secret_nothing_is_counted_and_the_remedy_is_said(appendix: Appendix) -> None:
    folder = appendix.root / "data" / "raw"
    for content in (None, b"", b"short"):
        (folder / SECRET).unlink(missing_ok=True)
        if content is not None:
            (folder / SECRET).write_bytes(content)
        with pytest.raises(DisclosureError, match="youthviolence cohort upgrade raw"):
            appendix.cohort("people")
    assert (folder / SECRET).read_bytes() == b"short"


def test_a_secret_is_for_its_owner_alone_and_written_once(tmp_path: Path) -> None:
    path = write_secret(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(path.read_bytes()) == 32
    before = path.read_bytes()
    with pytest.raises(UsageError, match="has a secret already"):
        write_secret(tmp_path)
    assert path.read_bytes() == before


def test_a_mean_is_given_only_where_nearly_everybody_is_in_a_shown_count() -> None:
    counts = stats.tabulate(pd.DataFrame({"age": [15] * 40 + [16] * 40 + [17] * 5}), ["age"]).frame
    summary = partial(stats.numeric_summary, attributes=["age"])
    assert summary(counts)["mean"].notna().all()
    counts.loc[counts["category"] == "17", "n"] = pd.NA
    assert summary(counts)["mean"].isna().all()
