from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appendices.data.load import describe, read_table
from appendices.errors import DataError, UsageError
from youthviolence.national.gaps import drop_ins_for, gap_notes
from youthviolence.national.observations import with_drop_in
from youthviolence.national.series import (
    DISPLAY,
    add_lines,
    age_words,
    change_of,
    context_frame,
    series_frame,
    tables_for,
    value_at,
)

ROOT = Path(__file__).resolve().parents[2]
EXHIBITS = (
    "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F11", "F12", "F13", "F14", "F15", "F44",
    "F46", "F47", "F48",
)  # fmt: skip
CONTEXT = ("F01", "F09", "F10", "F20", "F42", "F43", "F44", "F45", "F49", "F50", "F51")


def test_the_lines_speak_of_every_series_exhibit_and_only_of_described_tables(read):
    lines = read("exhibit_lines")
    assert tuple(sorted(lines["source_exhibit"].unique())) == EXHIBITS
    assert set(lines["table"]) <= set(describe(ROOT))


@pytest.mark.parametrize("number", EXHIBITS)
def test_every_exhibit_has_a_frame_to_draw(exhibit, number):
    frame = exhibit(number)
    assert list(frame.columns) == list(DISPLAY)
    assert len(frame) > 0
    assert frame["year"].between(1990, 2030).all()
    for _, line in frame.groupby(["panel", "label", "source_id"]):
        assert line["year"].is_monotonic_increasing


def test_only_lines_that_wait_for_a_drop_in_are_empty(read, tables):
    lines = read("exhibit_lines")
    waiting = set(read("sources").query("not at_hand")["source_id"])
    for line in lines.to_dict("records"):
        alone = pd.DataFrame([line])
        empty = series_frame(alone, tables, line["source_exhibit"]).empty
        sources = set() if pd.isna(line["sources"]) else set(line["sources"].split(";"))
        assert empty == (bool(sources) and sources <= waiting), line["line"]


def test_the_first_named_source_of_a_period_is_shown(exhibit):
    rate = exhibit("F13", "rate").query("label == 'All state-funded'").set_index("period")
    assert rate.loc["2016/17", "source_id"] == "dfe-sfr35-2017"
    assert rate.loc["2018/19", "source_id"] == "dfe-exclusions-second-hand"
    assert len(rate) == 15


def test_printed_and_quoted_figures_stand_apart_from_measured_ones(exhibit):
    frame = exhibit("F06", "arrests")
    assert frame.groupby("label", sort=False)["status"].unique().map(sorted).to_dict() == {
        "Home Office": ["break in series", "final"],
        "Printed in the report": ["printed in the report"],
        "Edition of 2022, second hand": ["break in series", "final", "revised"],
    }
    printed = frame[frame["label"] == "Printed in the report"]
    assert printed.set_index("period")["value"].to_dict() == {
        "2012/13": 11408, "2017/18": 6366, "2019/20": 6954,
    }  # fmt: skip


def test_a_lower_bound_carries_its_range_and_a_lost_value_is_missing_not_zero(exhibit):
    bounded = exhibit("F04", "bands with suppressed months")
    assert (bounded["low"] < bounded["high"]).all()
    assert (exhibit("F04", "episodes").eval("low == value and high == value")).all()
    lost = exhibit("F08", "change").query("status == 'not available'")
    assert len(lost) == 3
    assert lost["value"].isna().all()


@pytest.mark.parametrize(
    ("band", "words"),
    [("0-24", "24 and under"), ("16-17", "16 to 17"), ("21 and over", "21 and over")],
)
def test_age_bands_read_as_words(band, words):
    assert age_words(band) == words


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_does_not_matter(read, tables, seed):
    lines = read("exhibit_lines")
    shuffled = {name: table.sample(frac=1, random_state=seed) for name, table in tables.items()}
    mixed = lines.sample(frac=1, random_state=seed)
    for number in ("F05", "F13", "F48"):
        expected = series_frame(lines, tables, number)
        pd.testing.assert_frame_equal(series_frame(mixed, shuffled, number), expected)


def test_unknown_names_come_with_a_suggestion(read, tables):
    lines = read("exhibit_lines")
    with pytest.raises(UsageError, match=r"'F00'\. Did you mean 'F0"):
        series_frame(lines, tables, "F00")
    with pytest.raises(UsageError, match="Did you mean 'arrests'"):
        series_frame(lines, tables, "F06", "arests")
    with pytest.raises(UsageError, match="needs the table 'arrests'"):
        series_frame(lines, {}, "F06")
    assert tables_for(lines, "F46") == ["exclusions", "exclusions_by_group"]


def test_a_table_without_a_needed_column_is_named(read, tables):
    with pytest.raises(DataError, match="arrests: column 'unit' is missing"):
        series_frame(
            read("exhibit_lines"), {"arrests": tables["arrests"].drop(columns="unit")}, "F06"
        )


@pytest.mark.parametrize("number", CONTEXT)
def test_literature_figures_are_printed_or_worked_out_of_printed_ones(read, number):
    frame = context_frame(read("context_figures"), number)
    assert set(frame["basis"]) <= {"printed in the report", "derived"}
    assert frame["statement"].is_unique or number in ("F01", "F10", "F43", "F45")


def test_shares_worked_out_of_literature_figures_are_right(read):
    context = read("context_figures").set_index(["source_exhibit", "position"])["value"]
    for number, part, whole, share in (
        ("F10", 2, 1, 4), ("F43", 2, 1, 3), ("F43", 7, 6, 8), ("F45", 2, 1, 4), ("F45", 6, 2, 8),
        ("F45", 9, 2, 11),
    ):  # fmt: skip
        expected = 100 * context[number, part] / context[number, whole]
        digits = 0 if context[number, whole] < 1000 else 1  # what so few people can carry
        assert context[number, share] == round(expected, digits)


def test_gaps_are_said_until_the_file_is_there(read):
    gaps = read("gaps")
    assert set(gaps["source_exhibit"]) == {
        "F03", "F04", "F05", "F06", "F07", "F08", "F44", "F47",
    }  # fmt: skip
    assert drop_ins_for(gaps, "F05") == {"drop_in_sharp_homicide_by_age": "sharp_homicide"}
    (note,) = gap_notes(gaps, "F05").to_dict("records")
    assert note["file"] == "drop_in_sharp_homicide_by_age.csv"
    assert note["columns"].startswith("series, geography, age_band")
    assert gap_notes(gaps, "F05", ["drop_in_sharp_homicide_by_age"]).empty
    assert gap_notes(gaps, "F02").empty


def test_every_drop_in_is_described_as_optional_and_names_its_source(read):
    resources = describe(ROOT)
    waiting = set(read("sources").query("not at_hand")["source_id"])
    named = set()
    for name in read("gaps")["drop_in"].dropna().unique():
        assert resources[name].optional
        fields = {field.name: field for field in resources[name].fields}
        named |= set(fields["source_id"].enum)
    assert named == waiting


def test_a_file_put_in_completes_the_exhibit(read, tables, drop_in):
    ages = [
        drop_in(
            series="Homicides by sharp instrument", breakdown="All", age_band=band,
            period=str(year), period_type="year ending March", value=number,
            source_id="official-homicide-ages",
        )
        for band in ("0-15", "16-24", "25-34")
        for year, number in zip(range(2009, 2020), range(20, 31), strict=True)
    ]  # fmt: skip
    text = pd.concat(ages).to_csv(index=False)
    typed, findings = read_table(describe(ROOT)["drop_in_sharp_homicide_by_age"], text.encode())
    assert findings == []
    joined = with_drop_in(tables["sharp_homicide"], typed, "drop_in_sharp_homicide_by_age.csv")
    lines = read("exhibit_lines")
    before = series_frame(lines, tables, "F05", "England and Wales")
    after = series_frame(lines, {"sharp_homicide": joined}, "F05", "England and Wales")
    assert set(before["status"]) == {"quoted"}
    assert len(after) == len(before) + 33
    assert list(after["label"].unique()[:3]) == ["15 and under", "16 to 24", "25 to 34"]


def test_a_file_put_in_under_another_source_is_refused_not_left_undrawn(drop_in):
    text = drop_in(source_id="ho-arrests-2018").to_csv(index=False)
    _, findings = read_table(describe(ROOT)["drop_in_arrests"], text.encode())
    assert [finding.column for finding in findings] == ["source_id"]


def test_a_headline_takes_one_value_or_none(exhibit):
    knife = exhibit("F02", "offences")
    assert value_at(knife, "10 to 17", "2014") == 2556
    assert change_of(knife, "10 to 17", "2010", "2014") == pytest.approx(100 * (2556 / 4444 - 1))
    with pytest.raises(UsageError, match="Did you mean '10 to 17'"):
        value_at(knife, "10 to 18", "2014")
    with pytest.raises(UsageError, match="0 values of '10 to 17' in 1999: expected one"):
        value_at(knife, "10 to 17", "1999")
    with pytest.raises(UsageError, match="2 values"):
        value_at(pd.concat([knife, knife]), "10 to 17", "2014")


def test_lines_add_up_to_wider_bands(exhibit):
    london = exhibit("F05", "London")
    wide = add_lines(
        london, {"24 and under": ["0 to 12", "13 to 19", "20 to 24"], "25 to 34": ["25 to 34"]}
    )
    young = wide[wide["label"] == "24 and under"].set_index("period")["value"]
    assert young["2019"] == 0 + 16 + 15
    assert list(wide.columns) == list(DISPLAY)
    parts = london[london["label"].isin(["0 to 12", "13 to 19", "20 to 24", "25 to 34"])]
    assert wide["value"].sum() == parts["value"].sum()


def test_a_period_without_one_of_its_lines_is_not_added_up(exhibit):
    london = exhibit("F05", "London")
    gone = london[(london["label"] != "0 to 12") | (london["period"] != "2019")]
    wide = add_lines(gone, {"19 and under": ["0 to 12", "13 to 19"]})
    assert "2019" not in set(wide["period"])
    with pytest.raises(UsageError, match="Did you mean '13 to 19'"):
        add_lines(london, {"young": ["13 to 18"]})


def test_a_literature_figure_is_one_text_and_empty_without_a_number(read):
    figures = context_frame(read("context_figures"), "F10")["figure"].tolist()
    assert figures[:3] == ["34,000", "6,560", "19%"]
    assert "8 times as likely" in figures
    assert "" in context_frame(read("context_figures"), "F01")["figure"].tolist()
