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
    ("exclusions", {"series": "Permanent exclusions", "breakdown": "Pupil referral units",
                    "source_id": "dfe-pru-2019"}, "2018/19", 36),
    ("exclusions", {"series": "Permanent exclusion rate", "breakdown": "Pupil referral units",
                    "source_id": "quoted-schools-week-2017"}, "2014/15", 0.13),
    ("looked_after_children", {"series": "Children who started to be looked after",
                               "source_id": "dfe-care-2024"}, "2018", 32190),
    ("looked_after_children", {"series": "Children who started to be looked after",
                               "source_id": "quoted-family-law-week-2018"}, "2018", 32050),
    ("exclusions_by_group", {"series": "Permanent exclusion rate", "breakdown": "Looked after",
                             "source_id": "dfe-outcomes-sfr49-2014"}, "2012/13", 0.11),
    ("exclusions_by_group", {"series": "Permanent exclusion rate", "breakdown": "Looked after",
                             "source_id": "dfe-outcomes-sfr12-2017"}, "2012/13", 0.13),
    ("childrens_services_spending", {"series": "Spending on children's services, cash, gross",
                                     "breakdown": "All",
                                     "source_id": "dfe-section-251-outturn"}, "2010/11", 9.2431),
    ("arrests", {"series": "Arrests", "breakdown": "Robbery", "age_band": "10-17",
                 "source_id": "ho-arrests-second-hand"}, "2019/20", 6621),
    ("first_time_entrants", {}, "2009", 63291),
    ("first_time_entrants", {}, "2019", 10853),
    ("arrests", {"series": "Arrests", "breakdown": "Drug offences", "age_band": "10-17",
                 "geography": "England and Wales", "source_id": "ho-arrests-2018"},
     "2012/13", 11408),
    ("arrests", {"series": "Arrests", "breakdown": "Drug offences", "age_band": "10-17",
                 "geography": "England and Wales", "source_id": "ho-arrests-2018"},
     "2007/08", 15018),
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

QUOTED = {
    "arrests": 1, "child_protection": 9, "childrens_services_spending": 10, "exclusions": 11,
    "exclusions_by_group": 10, "hospital_sharp_object": 18, "knife_offences": 3,
    "looked_after_children": 16, "sharp_homicide": 15,
}  # fmt: skip


@needs_copies
def test_the_committed_tables_are_what_the_scripts_make(tmp_path):
    for script in ("build_national.py", "build_local_authorities.py"):
        subprocess.run(
            [sys.executable, str(ROOT / "scripts" / script), str(SHARED), str(tmp_path)], check=True
        )
    made = sorted(path.name for path in tmp_path.iterdir())
    assert len(made) == 15
    for name in made:
        assert (tmp_path / name).read_bytes() == (RAW / name).read_bytes(), name


@needs_copies
def test_every_quoted_figure_is_as_in_the_quoted_files(tables):
    rows = [pd.read_csv(SHARED / "national" / name) for name in ("quoted.csv", "quoted2.csv")]
    for name in ("looked_after_started", "pru_exclusions", "hospital_admissions_under18_points"):
        later = pd.read_csv(SHARED / "national/second" / f"{name}.csv")
        rows.append(later[later["status"].str.startswith("quoted")])
    stated = set(pd.concat(rows)["value"])
    counted = {}
    for name, table in tables.items():
        quoted = table.loc[table["status"] == "quoted", "value"]
        assert set(quoted) <= stated, name
        counted[name] = len(quoted)
    assert {name: number for name, number in counted.items() if number} == QUOTED


@pytest.mark.parametrize(("table", "place", "period", "expected"), OFFICIAL)
def test_official_figures_are_tabulated_unchanged(value, table, place, period, expected):
    assert value(table, period, **place) == expected


def test_a_quarter_of_a_year_does_not_pass_for_a_year_of_homicide_in_london(tables):
    london = tables["sharp_homicide"].query("geography == 'London'")
    assert london["period"].min() == "2004"
    by_year = london.groupby("period")["value"].sum()
    assert (by_year["2004"], by_year["2024"]) == (87, 81)


# Looked at: schools were closed in the pandemic year 2020/21, and threatening is a kind of offence
# whose first year no page shows.
TRUE_TURNS = {
    *(
        ("Permanent exclusions", "England", kind, "dfe-exclusions-second-hand", "last")
        for kind in ("All state-funded", "Primary")
    ),
    *(
        (
            "Knife and offensive weapon offences",
            "England and Wales",
            "Threatening",
            edition,
            "first",
        )
        for edition in ("moj-knife-2019-06", "moj-knife-2020-09")
    ),
}


def ends_far_off(table):
    """Return the series whose first or last number is not within half and twice its neighbours."""
    numbers = table[(table["unit"] == "number") & (table["status"] != "lower bound")]
    # Ages that are listed apart are added up, for a part of a year shows in the sum.
    apart = numbers[~numbers["age_band"].isin(["All ages", "Unknown"])]
    far = set()
    keys = ["series", "geography", "breakdown", "source_id"]
    for frame in (numbers[numbers["age_band"] == "All ages"], apart):
        for key, part in frame.groupby(keys):
            values = part.groupby("period")["value"].sum().to_list()
            for end, near in (("first", values[:4]), ("last", values[:-5:-1])):
                typical = sorted(near[1:])[1] if len(near) == 4 else 0
                if typical >= 30 and not 0.5 < near[0] / typical < 2:
                    far.add((*key, end))
    return far


def test_no_series_begins_or_ends_far_from_its_other_years_unless_that_was_looked_at(tables):
    assert set().union(*map(ends_far_off, tables.values())) == TRUE_TURNS
    homicide = tables["sharp_homicide"]
    quarter = homicide.query("geography == 'London' and period == '2004'")
    quarter = quarter.assign(period="2003", value=quarter["value"] // 4)
    assert ends_far_off(pd.concat([homicide, quarter])) == {
        ("Homicides by sharp instrument", "London", "All", "mps-homicide-london", "first")
    }


@needs_copies
def test_every_year_of_homicide_in_london_has_its_four_quarters(tables):
    quarters = pd.read_csv(SHARED / "national/second/london_homicide_quarters.csv")
    quarters = quarters[quarters["breakdown"] == "Knife or sharp implement"]
    year, quarter = quarters["period"].str[:4].astype(int), quarters["period"].str[-1].astype(int)
    counted = quarters.groupby(year + (quarter > 1))["value"].agg(["sum", "size"])
    london = tables["sharp_homicide"].query("geography == 'London'")
    for period, value in london.groupby("period")["value"].sum().items():
        assert counted.loc[int(period), "size"] == 4
        assert counted.loc[int(period), "sum"] == value, period


def test_no_two_editions_of_a_series_share_a_source(tables):
    table = tables["exclusions_by_group"]
    looked_after = table[(table["breakdown"] == "Looked after") & (table["period"] == "2012/13")]
    rates = looked_after[looked_after["series"] == "Permanent exclusion rate"]
    assert rates.set_index("source_id")["value"].to_dict() == {
        "dfe-outcomes-sfr12-2017": 0.13, "dfe-outcomes-sfr49-2014": 0.11, "quoted-tes-2018": 0.14,
    }  # fmt: skip
    later = tables["arrests"].query("source_id == 'ho-arrests-second-hand'")
    assert "2017/18" not in set(later["period"])


def test_pupils_with_a_fixed_exclusion_are_worked_out_of_the_numbers_in_every_year(value):
    place = {"series": "Pupils with a fixed period exclusion", "breakdown": "All pupils"}
    for source, period, expected in (
        ("dfe-sfr35-2017", "2012/13", 1.92),
        ("dfe-exclusions-second-hand", "2012/13", 1.92),
        ("dfe-exclusions-second-hand", "2017/18", 2.33),
    ):
        found = value("exclusions_by_group", period, source_id=source, **place)
        assert round(found, 2) == expected


def test_children_in_need_by_authority_are_of_one_edition_of_the_tool(read):
    need = read("local_authority_series").query("series == 'Children in need at 31 March, rate'")
    assert set(need["source_id"]) == {"dfe-lait-2026-04"}
    assert need.query("geography_type == 'England' and period == '2018'")["value"].item() == 345.4
    assert "2015" not in set(need["period"])


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
        ("arrests", "2018/19"),
        ("arrests", "2019/20"),
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
            text = path.read_text(encoding="utf-8").replace("11700000", "")
            assert "\r" not in text
            assert "00000" not in text.replace("E0600000", "").replace("E0900000", "").replace(
                "E0700000", ""
            ).replace("E0800000", ""), path.name
