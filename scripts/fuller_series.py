"""Tabulate the official series that were found after the first tables, edition by edition.

`build_national.py` adds these rows to its tables. No two editions of a series share a source, so
that no line can join them unseen; ``editions`` in ``build_national.yml`` names the source of each.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from tidy import PLACES, observations, two_years


def arrests(folder: Path) -> pd.DataFrame:
    """Arrests of children in a later edition, and in the two forces whose coverage changed."""
    later = pd.read_csv(folder / "second" / "arrests_children_later_edition.csv")
    later = later.rename(columns={"status": "said"}).replace({"All notifiable": "All offences"})
    status = {"lower than": "revised", "without Lancashire": "break in series"}
    notes = {
        "lower than": "Lower than in the edition of 2018.",
        "without Lancashire": "Without Lancashire, to judge by the total.",
        "appears to include": "With Lancashire and Greater Manchester, to judge by the totals.",
    }
    later["status"], later["note"] = "final", ""
    status["appears to include"] = "break in series"
    for words, word in status.items():
        chosen = later["said"].str.contains(words)
        later.loc[chosen, "status"], later.loc[chosen, "note"] = word, notes[words]
    forces = pd.read_csv(folder / "second" / "arrests_children_two_forces.csv")
    forces = forces.assign(status="final", note="")
    forces["geography"] = forces["geography"].str.removesuffix(" police force area")
    rows = pd.concat(
        [
            later.assign(source_id="ho-arrests-second-hand"),
            forces.assign(source_id="ho-arrests-2018"),
        ]
    )
    return observations(rows, period_type="financial year")


def looked_after_children(folder: Path) -> pd.DataFrame:
    """Children who started to be looked after: the series of 2024, and as first published."""
    return _by_edition(folder, "looked_after_started.csv", period_type="year ending March")


def exclusions_by_group(folder: Path) -> pd.DataFrame:
    """Exclusions of children looked after and in need, and all pupils with a fixed exclusion."""
    groups = _by_edition(folder, "exclusions_by_group.csv")
    official = pd.read_csv(folder / "dfe_exclusions_england_2006-07_to_2016-17.csv")
    copied = pd.read_csv(folder / "clmodr_exclusions_england_2007_2021.csv")
    parts = [groups]
    for frame, year, number, source in (
        (official, "year", "one_plus_fixed", "dfe-sfr35-2017"),
        (copied, "end_period_year", "one_plus_susp", "dfe-exclusions-second-hand"),
    ):
        every = frame[frame["school_type"].str.lower().isin(["total", "all"])]
        rows = pd.DataFrame({"period": every[year].map(two_years)})
        rows["value"] = (100 * every[number] / every["headcount"]).round(4)
        rows["note"] = "Worked out from the numbers of pupils."
        parts.append(
            observations(
                rows, series="Pupils with a fixed period exclusion", breakdown="All pupils",
                unit="percent", source_id=source, period_type="academic year",
            )
        )  # fmt: skip
    return pd.concat(parts)


def exclusions(folder: Path) -> pd.DataFrame:
    """Exclusions from pupil referral units, from official pages and from pages that quote them."""
    rows = _by_edition(folder, "pru_exclusions.csv")
    rows["series"] = rows["series"].replace({"Pupils in pupil referral units": "Pupils"})
    # quoted.csv has the rate of 2013/14 too, from another copy of the same page.
    return rows[~((rows["period"] == "2013/14") & (rows["status"] == "quoted"))]


def childrens_services_spending(folder: Path) -> pd.DataFrame:
    """Spending in cash by early and late intervention, gross and net, edition by edition."""
    rows = _by_edition(folder, "section_251_cash.csv", geography="England")
    rows["note"] = "The grouping into early and late is ours."
    whole = rows["breakdown"] == "All"
    rows.loc[whole, "note"] = ""
    return rows


def hospital_sharp_object(folder: Path) -> pd.DataFrame:
    """Admissions of under 18s as the press quotes them."""
    read = pd.read_csv(folder / "second" / "hospital_admissions_under18_points.csv")
    return observations(
        read.drop(columns="status"), series="Admissions: assault by sharp object", status="quoted",
        source_id="quoted-inkl-admissions",
    )  # fmt: skip


def first_time_entrants(folder: Path) -> pd.DataFrame:
    """Children who enter the youth justice system for the first time, England."""
    read = pd.read_csv(folder / "clmodr_first_time_entrants_2009_2020.csv")
    read = read[read["level"] == "England"]
    rows = pd.DataFrame({"period": read["end_period_year"].astype(int), "value": read["count"]})
    return observations(
        rows, series="First-time entrants to the youth justice system", age_band="10-17",
        period_type="calendar year", source_id="yjb-entrants-second-hand",
    )  # fmt: skip


def local_authority_series(folder: Path) -> pd.DataFrame:
    """Children in need and starts to be looked after by authority, one edition of the tool."""
    names = ("children_in_need_by_la.csv.gz", "looked_after_started_by_la.csv.gz")
    read = pd.concat([pd.read_csv(folder / "second" / name, dtype="str") for name in names])
    # 2015 is only in an earlier edition of the tool.
    read = read[read["release"].str.endswith("April 2026")]
    absent = read["status"].str.startswith("not published")
    return read.assign(
        value=pd.to_numeric(read["value"].mask(absent)),
        status=absent.map({True: "not available", False: "revised"}),
        geography=read["geography"].replace(
            {"Yorkshire and the Humber": "Yorkshire and The Humber"}
        ),
        source_id="dfe-lait-2026-04",
    )


def _by_edition(folder: Path, name: str, **constants: str) -> pd.DataFrame:
    """Return one tidy file as observations, the source of each row its edition or page."""
    read = pd.read_csv(folder / "second" / name)
    quoted = read["status"].str.startswith("quoted")
    edition = read["release"].where(~quoted, read["source_path"])
    unknown = sorted(set(edition) - set(PLACES["editions"]))
    if unknown:
        raise ValueError(f"{name}: no source for the edition {unknown[0]!r}")
    revised = read["status"].str.contains("revised")
    status = quoted.map({True: "quoted", False: "final"}).mask(revised, "revised")
    rows = read.assign(status=status, source_id=edition.map(PLACES["editions"]), note="")
    return observations(rows, **constants)
