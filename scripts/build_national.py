"""Tabulate the national figures again, tidily, from a folder of copies of official releases.

Usage: python scripts/build_national.py FOLDER [TARGET]

FOLDER holds ``national/`` (``../shared/data`` beside the repository); TARGET is
``data/raw/national`` when not given. Who has no such folder uses the tables in the repository,
which this script made. ``data/raw/national/sources.csv`` says where each figure was read;
``build_national.yml``, beside this script, holds the places of quoted and printed figures.

One row is one observation. The same folder gives the same bytes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import fuller_series
import pandas as pd
from tidy import BOUNDS, COLUMNS, KEY, PLACES, RAW, as_csv, observations, two_years

UNITS = {"count": "number", "count (rounded)": "number", "GBP billion": "GBP billion"}
MONTHS_HIDDEN = "Months of 1 to 7 are suppressed: the value is a lower bound."


def hospital_sharp_object(folder: Path) -> pd.DataFrame:
    """Hospital admissions and episodes for assault by sharp object, by age."""
    read = pd.read_csv(folder / "hes_assault_sharp_object_england_by_age.csv")
    hidden = read["suppressed_month_cells"]
    parts = []
    for column, name in (("fae", "Admissions"), ("fce", "Consultant episodes")):
        rows = pd.DataFrame({"period": read["year"].map(two_years), "age_band": read["age"]})
        rows["value"] = read[column]
        rows["value_low"], rows["value_high"] = read[column] + hidden, read[column] + 7 * hidden
        rows["status"] = hidden.gt(0).map({True: "lower bound", False: "final"})
        rows["note"] = hidden.gt(0).map({True: MONTHS_HIDDEN, False: ""})
        parts.append(observations(rows, series=f"{name}: assault by sharp object"))
    return pd.concat(parts).assign(source_id="nhs-hes-2022", period_type="financial year")


def arrests(folder: Path) -> pd.DataFrame:
    """Arrests for drug offences, robbery and all offences, by age."""
    read = pd.read_csv(folder / "homeoffice_arrests_EW_by_age_offence_2006-07_to_2017-18.csv")
    ages = {
        "Under 10 years": "0-9", "10 - 17 years": "10-17", "18 - 20 years": "18-20",
        "21 years and over": "21 and over",
    }  # fmt: skip
    read["age_band"] = read["age_group"].replace(ages)
    kept = read["offence"].where(read["offence"].isin(["Drug offences", "Robbery"]))
    both = pd.concat([read.assign(breakdown=kept), read.assign(breakdown="All offences")])
    total = both.groupby(["breakdown", "age_band", "financial_year"])[["arrests"]].sum()
    rows = total.reset_index().rename(columns={"financial_year": "period", "arrests": "value"})
    last = rows["period"] == "2017/18"
    rows["status"] = last.map({True: "break in series", False: "final"})
    rows["note"] = last.map({True: "Without Lancashire.", False: ""})
    return observations(
        rows, series="Arrests", geography="England and Wales", source_id="ho-arrests-2018",
        period_type="financial year",
    )  # fmt: skip


def knife_offences(folder: Path) -> pd.DataFrame:
    """Knife and offensive weapon offences by age: two March editions, and children in detail."""
    read = pd.read_csv(folder / "moj_knife_offences_by_age_EW_editions.csv")
    editions = {"42a4cc9": "moj-knife-2019-06", "5b0ec15": "moj-knife-2020-09"}
    read = read[read["commit"].isin(editions)].rename(columns={"year": "period"})
    read["source_id"] = read["commit"].map(editions)
    read["age_band"] = read["age_group"].map(
        {"Juvenile (Aged 10 to 17)": "10-17", "Adult (Aged 18 and over)": "18 and over"}
    )
    adults = _with_total(read, "offence", ["source_id", "age_band", "period"])
    children = pd.read_csv(folder / "clmodr_knife_offences_EW_children_2012_2022.csv")
    children["previous"] = children["prev_convict_caut"].str.extract(r"^(\d(?: or more)?)")
    children["previous"] = (
        children["previous"]
        .replace({"0": "No previous"})
        .map(lambda text: text if text == "No previous" else f"{text} previous")
    )
    children = children.rename(columns={"end_period_year": "period", "age": "age_band"})
    children = _with_total(children, "previous", ["age_band", "period"])
    series = "Knife and offensive weapon offences"
    return pd.concat(
        [
            observations(adults, series=series, period_type="year ending March"),
            observations(
                children, series=f"{series} by children", source_id="moj-knife-second-hand",
                period_type="year ending, month not stated",
            ),
        ]
    ).assign(geography="England and Wales")  # fmt: skip


def _with_total(frame: pd.DataFrame, breakdown: str, within: list[str]) -> pd.DataFrame:
    both = pd.concat([frame.assign(breakdown=frame[breakdown]), frame.assign(breakdown="All")])
    total = both.groupby([*within, "breakdown"])[["count"]].sum()
    return total.reset_index().rename(columns={"count": "value"})


def sharp_homicide(folder: Path) -> pd.DataFrame:
    """Homicides by sharp instrument: England and Wales by sex, London by age."""
    by_sex = pd.read_csv(folder / "ons_homicide_EW_by_method_sex_ye2008_2018.csv")
    by_sex = by_sex[by_sex["method"] == "Sharp instrument"]
    by_sex = by_sex.assign(sex=by_sex["sex"].str.capitalize(), period=by_sex["year_ending_march"])
    by_sex = _with_total(by_sex, "sex", ["period"])
    london = pd.read_csv(folder / "mps_homicide_london_by_yemarch_age_method.csv")
    # The list starts in January 2003: what it calls the year to March 2003 is a quarter of one.
    london = london[london["ye_march"] > 2003]
    ages = [age.replace(" to ", "-") for age in london["age_group"].unique()]
    london = london[london["method"] == "Knife or Sharp Implement"]
    london = london.assign(age_band=london["age_group"].str.replace(" to ", "-"))
    counted = london.groupby(["age_band", "ye_march"])[["count"]].sum()
    # A band and year without a victim is absent from a count of victims: it is a true zero.
    years = sorted(london["ye_march"].unique())
    every = pd.MultiIndex.from_product([ages, years], names=["age_band", "period"])
    counted = counted.reindex(every, fill_value=0)
    return pd.concat(
        [
            observations(by_sex, geography="England and Wales", source_id="ons-homicide-2018"),
            observations(
                counted.reset_index().rename(columns={"count": "value"}), geography="London",
                source_id="mps-homicide-london",
            ),
        ]
    ).assign(series="Homicides by sharp instrument", period_type="year ending March")  # fmt: skip


def looked_after_children(folder: Path) -> pd.DataFrame:
    """Children looked after: number and rate at 31 March, and number during the year."""
    read = pd.read_csv(folder / "clmodr_care_england_2010_2022.csv")
    read["period"] = read["end_period_year"].astype(int)
    names = {"Day": "Children looked after", "Year": "Children looked after during the year"}
    types = {"Day": "at 31 March", "Year": "year ending March"}
    number = observations(
        read.rename(columns={"count": "value"}), series=read["period_length"].map(names),
        period_type=read["period_length"].map(types), source_id="dfe-care-second-hand",
    )  # fmt: skip
    tool = _tool(folder, {"LAC": "Children looked after, rate", "LACnum": "Children looked after"})
    return pd.concat([number, tool.assign(period_type="at 31 March")]).assign(age_band="0-17")


def _tool(folder: Path, names: dict[str, str]) -> pd.DataFrame:
    read = pd.read_csv(folder / "dfe_lait_england_series.csv", dtype="str")
    read = read[read["Short Desc"].isin(names) & (read["Values"] != "-")]
    name = read["Short Desc"].map(names)
    unit = name.map(lambda text: "per 10,000 children" if text.endswith("rate") else "number")
    return observations(
        pd.DataFrame({"period": read["Years"], "value": read["Values"].astype(float)}), series=name,
        unit=unit, status="revised", source_id="dfe-lait-2025",
    )  # fmt: skip


def child_protection(folder: Path) -> pd.DataFrame:
    """Section 47 enquiries, children in need, protection plans and repeat referrals."""
    read = pd.read_csv(folder / "dfe_cin_s47_referrals_england_2012-13_to_2017-18.csv")
    enquiries = "Number of Section 47 enquiries which started during the year ending 31 March5"
    rate = "Rate per 10,000 children aged under 18 years3"
    plan_again = "became the subject of a child protection plan for the second or subsequent time"
    names = {
        enquiries: ("Section 47 enquiries started", "number"),
        f"{enquiries} | {rate},5": ("Section 47 enquiries started, rate", "per 10,000 children"),
        f"Number of children in need episodes at 31 March | {rate}": (
            "Children in need at 31 March, rate", "per 10,000 children"
        ),
        f"Number who {plan_again} | Percentage who {plan_again}": (
            "Child protection plans started that were a second or later plan", "percent"
        ),
        "Number within 12 months of a previous referral | "
        "Percentage within 12 months of a previous referral": (
            "Referrals within 12 months of an earlier one", "percent"
        ),
    }  # fmt: skip
    read = read[read["measure"].isin(names)]
    series, unit = zip(*read["measure"].map(names), strict=True)
    official = observations(
        pd.DataFrame({"period": read["year"].map(two_years), "value": read["value"].astype(float)}),
        series=series, unit=unit, source_id="dfe-cin-2018",
    )  # fmt: skip
    tool = _tool(
        folder,
        {
            "Section_47": "Section 47 enquiries started, rate",
            "CIN": "Children in need at 31 March, rate",
        },
    )
    tool["period"] = tool["period"].map(two_years)
    table = pd.concat([official, tool]).assign(period_type="financial year", age_band="0-17")
    stock = table["series"].str.startswith("Children in need at")
    table.loc[stock, "period_type"] = "at 31 March"
    table.loc[stock, "period"] = (table.loc[stock, "period"].str[:4].astype(int) + 1).astype("str")
    return table


def exclusions(folder: Path) -> pd.DataFrame:
    """Permanent and fixed period exclusions by type of school: numbers, pupils and rates."""
    official = pd.read_csv(folder / "dfe_exclusions_england_2006-07_to_2016-17.csv")
    official["period"] = official["year"].map(two_years)
    copied = pd.read_csv(folder / "clmodr_exclusions_england_2007_2021.csv")
    copied["period"] = copied["end_period_year"].map(two_years)
    copied = copied.rename(columns={"suspension": "fixed_excl", "one_plus_susp": "one_plus_fixed"})
    schools = {"total": "All state-funded", "all": "All state-funded"}
    parts = []
    for frame, source in ((official, "dfe-sfr35-2017"), (copied, "dfe-exclusions-second-hand")):
        kind = frame["school_type"].str.lower().str.removeprefix("state-funded ")
        kind = kind.map(lambda text: schools.get(text, text.capitalize()))
        rate = 100 * frame["perm_excl"] / frame["headcount"]
        for series, value, unit in (
            ("Permanent exclusions", frame["perm_excl"].round(), "number"),
            ("Fixed period exclusions", frame["fixed_excl"], "number"),
            ("Pupils", frame["headcount"], "number"),
            ("Permanent exclusion rate", rate.round(4), "percent"),
        ):
            rows = pd.DataFrame({"period": frame["period"], "breakdown": kind, "value": value})
            rows["note"] = "Worked out from numbers rounded to 5." if unit == "percent" else ""
            if source != "dfe-sfr35-2017":
                rows["note"] = ""
            parts.append(observations(rows, series=series, unit=unit, source_id=source))
    return pd.concat(parts).assign(period_type="academic year")


def exclusions_by_group(folder: Path) -> pd.DataFrame:
    """Exclusions of looked-after children, children in need and all pupils."""
    read = pd.read_csv(folder / "dfe_lait_england_series.csv", dtype="str")
    fixed, permanent = "Pupils with a fixed period exclusion", "Pupils permanently excluded"
    names = {
        "LAC_Fixed_ Ex": (fixed, "Looked after"),
        "CINFixedExclusion": (fixed, "In need"),
        "Total_ Pup_FixedEx": (fixed, "All pupils"),
        "CINPermExclusion": (permanent, "In need"),
        "TotPermEx": ("Permanent exclusion rate", "All pupils"),
    }
    read = read[read["Short Desc"].isin(names) & (read["Values"] != "-")]
    series, group = zip(*read["Short Desc"].map(names), strict=True)
    labelled = read["Years"].str.len() == 4
    rows = pd.DataFrame(
        {
            "period": read["Years"].map(two_years),
            "value": read["Values"].astype(float),
            "note": labelled.map({True: "Year taken as the academic year's end.", False: ""}),
        }
    )
    return observations(
        rows, series=series, breakdown=group, unit="percent", status="revised",
        source_id="dfe-lait-2025", period_type="academic year",
    )  # fmt: skip


def low_income_children(folder: Path) -> pd.DataFrame:
    """Children in low-income families: all, and by age and whether the family works."""
    total = pd.read_csv(folder / "clmodr_low_income_children_england.csv")
    detail = pd.read_csv(folder / "clmodr_low_income_children_england_age_work.csv")
    detail = detail.groupby(["end_period_year", "work_status"])[["count"]].sum().reset_index()
    total["work_status"] = "All"
    detail["note"] = "Only families whose work and child's age are known."
    rows = pd.concat([total, detail]).rename(columns={"count": "value", "work_status": "breakdown"})
    rows["period"] = rows["end_period_year"].astype(int)
    snapshot = rows["period"] <= 2012
    changed = (rows["period"] == 2015) & (rows["breakdown"] == "All")
    rows["period_type"] = snapshot.map({True: "at 31 August", False: "year, month not stated"})
    rows["status"] = changed.map({True: "break in series", False: "final"})
    rows.loc[changed, "note"] = "Another measure from here: whole years, not a day in August."
    return observations(
        rows, series="Children in low-income families", source_id="dwp-low-income-second-hand",
        age_band="Children",
    )  # fmt: skip


def offending_histories(folder: Path) -> pd.DataFrame:
    """Cautions and convictions for violence by number of earlier ones: four editions."""
    read = pd.read_csv(folder / "moj_criminal_history_occasions_by_age_offence_EW_2008_2019.csv")
    read = read[read["offence_group"] == "01 Violence against the person"]
    ends = {"Q1": "year ending March", "Q3": "year ending September", "Q4": "calendar year"}
    edition = read["edition"].str.extract(r"(20\d\dQ\d)")[0]
    rows = pd.DataFrame({"period": read["year"], "value": read["value"]})
    rows["breakdown"] = read["target"].str.extract(r"^([\d-]+(?: or more)?) previous")
    return observations(
        rows, breakdown=(rows["breakdown"] + " previous").fillna("No previous"),
        series="Cautions and convictions: violence against the person",
        geography="England and Wales",
        age_band=read["offence_type"].map({"Juveniles": "10-17", "Adults": "18 and over"}),
        source_id="moj-histories-" + edition.str.lower(),
        period_type=edition.str[-2:].map(ends),
    )  # fmt: skip


def childrens_services_spending(folder: Path) -> pd.DataFrame:
    """Net current expenditure on children's social care, cash terms."""
    read = pd.read_csv(folder / "mhclg_rs_children_social_care_england.csv")
    value = read["children_social_care_net_current_expenditure_gbp_thousand"].round()
    rows = pd.DataFrame({"period": read["year"].map(two_years), "value": value})
    widened = rows["period"] == "2014/15"
    rows["status"] = widened.map({True: "break in series", False: "final"})
    rows["note"] = widened.map({True: "The line was widened in this year.", False: ""})
    return observations(
        rows, series="Net current expenditure on children's social care, cash terms",
        unit="GBP thousand", source_id="mhclg-outturn", period_type="financial year",
    )  # fmt: skip


def quoted_and_printed(folder: Path, sources: pd.DataFrame) -> pd.DataFrame:
    """Figures read on pages that quote a release, and figures printed in the report.

    Raises
    ------
    ValueError
        When the quoted files have no row, or more than one from a page, for an entry.
    """
    read = pd.concat([pd.read_csv(folder / name) for name in ("quoted.csv", "quoted2.csv")])
    address = dict(zip(sources["read_from"], sources["source_id"], strict=True))
    read["source_id"] = read["source"].map(address)
    parts = []
    for entry in PLACES["quoted"]:
        place = {"geography": "England and Wales", **entry}
        rows = read[(read["series"] == place.pop("take")) & read["source_id"].notna()]
        rows = rows[rows["source_id"].isin(place.pop("only", rows["source_id"]))]
        if rows.empty:
            raise ValueError(f"no quoted row for {entry['take']!r}")
        is_march = place["period_type"] in ("year ending March", "at 31 March")
        period = rows["period"].map(_march if is_march else two_years)
        unit = place.pop("unit", rows["unit"].replace(UNITS))
        rows = rows[["value", "source_id"]].assign(period=period)
        parts.append(_placed(rows, status="quoted", unit=unit, **place))
    for entry in PLACES["printed"]:
        place = {"geography": "England and Wales", **entry}
        points = pd.Series(place.pop("points"), dtype="float64", name="value")
        rows = points.rename_axis("period").reset_index()
        lost = rows["value"].isna().map({True: "not available", False: "printed in the report"})
        parts.append(_placed(rows, status=lost, source_id="report-2021", **place))
    return pd.concat(parts)


def _placed(rows: pd.DataFrame, table: str, **constants: Any) -> pd.DataFrame:
    return observations(rows, **constants).assign(table=table)


def _march(text: str) -> str:
    """Return the year a period ends in, however it is written."""
    match = re.fullmatch(r"(?:year ending March )?(\d{4})(?:[-/](\d\d))?", text)
    if match is None:
        raise ValueError(f"not a period: {text!r}")
    return str(int(match[1]) + 1) if match[2] else match[1]


MAKERS = (
    arrests, child_protection, childrens_services_spending, exclusions, exclusions_by_group,
    hospital_sharp_object, knife_offences, looked_after_children, low_income_children,
    offending_histories, sharp_homicide,
    fuller_series.arrests, fuller_series.childrens_services_spending, fuller_series.exclusions,
    fuller_series.exclusions_by_group, fuller_series.first_time_entrants,
    fuller_series.hospital_sharp_object, fuller_series.looked_after_children,
)  # fmt: skip


def build(shared: Path) -> dict[str, pd.DataFrame]:
    """Return every table by name, from the folder of official copies."""
    folder = shared / "national"
    sources = pd.read_csv(RAW / "sources.csv")
    points = quoted_and_printed(folder, sources)
    tables = {}
    for name in sorted({*(make.__name__ for make in MAKERS), *points["table"]}):
        own = [make(folder) for make in MAKERS if make.__name__ == name]
        table = pd.concat([*own, points[points["table"] == name].drop(columns="table")])
        if set(BOUNDS) & set(table.columns):
            for bound in BOUNDS:
                table[bound] = table[bound].fillna(table["value"])
        columns = [name for name in (*COLUMNS, *BOUNDS) if name in table]
        tables[name] = table.sort_values(KEY)[columns]
    return tables


def main(shared: Path, target: Path = RAW) -> None:
    """Write every table to `target`."""
    for name, table in build(shared).items():
        (target / f"{name}.csv").write_text(as_csv(table), encoding="utf-8", newline="")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
