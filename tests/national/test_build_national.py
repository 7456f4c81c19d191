from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
RAW = ROOT / "data/raw/national"
SHARED = ROOT.parent / "shared/data"
needs_copies = pytest.mark.skipif(
    not (SHARED / "national").is_dir(), reason="the official copies are not beside the project"
)
OFFICIAL = (
    # table, where, period, value as the official page or file has it
    ("exclusions", {"series": "Permanent exclusions", "breakdown": "All state-funded",
                    "source_id": "dfe-exclusions-second-hand"}, "2018/19", 7894),
    ("exclusions", {"series": "Permanent exclusions", "breakdown": "Pupil referral units"},
     "2018/19", 36),
    ("arrests", {"series": "Arrests", "breakdown": "Drug offences", "age_band": "10-17",
                 "source_id": "ho-arrests-2018"}, "2012/13", 11408),
    ("arrests", {"series": "Arrests", "breakdown": "Drug offences", "age_band": "10-17",
                 "source_id": "ho-arrests-2018"}, "2007/08", 15018),
    ("hospital_sharp_object", {"series": "Consultant episodes: assault by sharp object",
                               "age_band": "All ages", "source_id": "nhs-hes-2022"},
     "2019/20", 4757),
    ("hospital_sharp_object", {"series": "Admissions: assault by sharp object",
                               "age_band": "10-19", "source_id": "nhs-hes-2022"},
     "2017/18", 1012),
    ("sharp_homicide", {"age_band": "All ages", "breakdown": "All",
                        "source_id": "ons-homicide-2018"}, "2018", 285),
    ("looked_after_children", {"series": "Children looked after",
                               "source_id": "dfe-care-second-hand"}, "2019", 78140),
    ("child_protection", {"series": "Section 47 enquiries started", "source_id": "dfe-cin-2018"},
     "2017/18", 198090),
    ("low_income_children", {"breakdown": "All"}, "2019", 2392379),
    ("knife_offences", {"age_band": "10-17", "breakdown": "All",
                        "source_id": "moj-knife-2019-06"}, "2019", 4115),
)  # fmt: skip


@needs_copies
def test_the_committed_tables_are_what_the_scripts_make(tmp_path):
    for script in ("build_national.py", "build_local_authorities.py"):
        subprocess.run(
            [sys.executable, str(ROOT / "scripts" / script), str(SHARED), str(tmp_path)], check=True
        )
    made = sorted(path.name for path in tmp_path.iterdir())
    assert len(made) == 14
    for name in made:
        assert (tmp_path / name).read_bytes() == (RAW / name).read_bytes(), name


@needs_copies
def test_every_quoted_figure_is_as_in_the_quoted_files(tables):
    rows = [pd.read_csv(SHARED / "national" / name) for name in ("quoted.csv", "quoted2.csv")]
    stated = set(pd.concat(rows)["value"])
    for table in tables.values():
        assert set(table.loc[table["status"] == "quoted", "value"]) <= stated


@pytest.mark.parametrize(("table", "place", "period", "expected"), OFFICIAL)
def test_official_figures_are_tabulated_unchanged(value, table, place, period, expected):
    assert value(table, period, **place) == expected


def test_two_copies_of_the_exclusions_agree_to_rounding_except_where_the_notes_say(tables):
    table = tables["exclusions"]
    table = table[(table["series"] == "Permanent exclusions") & (table["status"] == "final")]
    both = table.pivot_table(index=["breakdown", "period"], columns="source_id", values="value")
    gap = (both["dfe-sfr35-2017"] - both["dfe-exclusions-second-hand"]).abs().dropna()
    years = gap.index.get_level_values("period")
    assert gap[~years.isin(["2006/07", "2008/09", "2009/10"])].max() <= 2.5
    assert gap[years == "2008/09"].max() == 171


def test_rates_worked_out_of_rounded_numbers_are_the_second_hand_rates_to_two_decimals(tables):
    table = tables["exclusions"]
    table = table[(table["series"] == "Permanent exclusion rate") & (table["period"] > "2010/11")]
    both = table.pivot_table(index=["breakdown", "period"], columns="source_id", values="value")
    gap = both["dfe-sfr35-2017"] - both["dfe-exclusions-second-hand"]
    assert gap.dropna().abs().max() < 0.005


def test_suppressed_months_are_bounds_and_never_zero(tables):
    table = tables["hospital_sharp_object"]
    bounded = table[table["status"] == "lower bound"]
    assert len(bounded) > 0
    assert (bounded["value_low"] > bounded["value"]).all()
    assert (bounded["value_high"] == 7 * bounded["value_low"] - 6 * bounded["value"]).all()
    whole = table[table["series"].str.startswith(("Adm", "Cons"))]
    whole = whole[whole["source_id"] == "nhs-hes-2022"]
    for _, year in whole.groupby(["series", "period"]):
        parts, total = year[year["age_band"] != "All ages"], year[year["age_band"] == "All ages"]
        assert parts["value_low"].sum() <= total["value"].item() <= parts["value_high"].sum()


def test_every_break_in_a_series_is_marked(tables):
    breaks = {
        (name, period)
        for name, table in tables.items()
        for period in table.loc[table["status"] == "break in series", "period"]
    }
    assert breaks == {
        ("arrests", "2017/18"),
        ("childrens_services_spending", "2014/15"),
        ("low_income_children", "2015"),
    }


def test_every_authority_of_2019_has_children_s_services_in_the_local_series(read):
    authorities, series = read("local_authorities"), read("local_authority_series")
    assert len(authorities) == 317
    assert authorities["type"].value_counts().to_dict() == {
        "county district": 192, "unitary authority": 55, "metropolitan district": 36,
        "London borough": 32, "City of London": 1, "Isles of Scilly": 1,
    }  # fmt: skip
    assert (authorities["county"].notna() == (authorities["type"] == "county district")).all()
    assert set(authorities["childrens_services_code"]) <= set(series["geography_code"])
    assert set(authorities["childrens_services"]) <= set(series["geography"])
    regions = series.loc[series["geography_type"] == "region", "geography"]
    assert set(authorities["region"]) <= set(regions)


def test_later_mergers_are_known(read):
    later = read("local_authorities").groupby("later_name")["later_from"].agg(["first", "size"])
    assert later.T.to_dict("list") == {
        "Buckinghamshire": [2020, 4], "Cumberland": [2023, 3],
        "North Northamptonshire": [2021, 4], "North Yorkshire": [2023, 7], "Somerset": [2023, 4],
        "West Northamptonshire": [2021, 3], "Westmorland and Furness": [2023, 3],
    }  # fmt: skip


def test_the_tool_s_first_time_entrants_are_not_used(read):
    assert not read("local_authority_series")["series"].str.contains("irst").any()


def test_no_table_holds_binary_noise():
    for path in RAW.glob("*.csv"):
        if not path.name.startswith("at_risk"):
            text = path.read_text(encoding="utf-8")
            assert "\r" not in text
            assert "00000" not in text.replace("E0600000", "").replace("E0900000", "").replace(
                "E0700000", ""
            ).replace("E0800000", ""), path.name
