"""Tabulate the local authorities of 2019 and their children's-services series again, tidily.

Usage: python scripts/build_local_authorities.py FOLDER [TARGET]

FOLDER holds ``national/`` and ``lsoa_iod2019_pop.parquet`` (``../shared/data`` beside the
repository); TARGET is ``data/raw/national`` when not given. ``build_national.yml``, beside this
script, holds the counties (Office for National Statistics, lower to upper tier lookup, April 2019)
and the mergers. The same folder gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import fuller_series
import pandas as pd
from tidy import PLACES, RAW, as_csv, two_years


def local_authority_series(folder: Path) -> pd.DataFrame:
    """Take looked-after, section 47 and exclusion rates by local authority and region.

    The first-time-entrant column of the tool is left out: it is not the published count.
    """
    read = pd.read_csv(folder / "dfe_lait_la_series_subset.csv.gz", dtype="str")
    names = {
        "LAC": ("Children looked after, rate", "at 31 March", "per 10,000 children"),
        "Section_47": (
            "Section 47 enquiries started, rate", "financial year", "per 10,000 children"
        ),
        "TotPermEx": ("Permanent exclusion rate", "academic year", "percent"),
    }  # fmt: skip
    read = read[read["Short Desc"].isin(names)]
    series, period_type, unit = zip(*read["Short Desc"].map(names), strict=True)
    number = read["LA Number"].astype(float).astype(int)
    kind = pd.Series("local authority", index=read.index).mask(number >= 980, "region")
    absent = read["Values"] == "-"
    rows = pd.DataFrame(
        {
            "series": series,
            "geography_code": number.astype("str"),
            "geography": read["LA and Regions"].replace(
                {"Yorkshire and the Humber": "Yorkshire and The Humber"}
            ),
            "geography_type": kind.mask(number == 970, "England"),
            "period": read["Years"],
            "period_type": period_type,
            "value": pd.to_numeric(read["Values"].mask(absent)),
            "unit": unit,
            "status": absent.map({True: "not available", False: "revised"}),
            "source_id": "dfe-lait-2025",
        }
    )
    flow = rows["period_type"] == "financial year"
    rows["period"] = rows["period"].mask(flow, rows["period"].map(two_years))
    both = pd.concat([rows, fuller_series.local_authority_series(folder)[rows.columns]])
    return both.sort_values(["series", "geography_code", "period"])


def local_authorities(folder: Path) -> pd.DataFrame:
    """List the 317 authorities of 2019: type, region, children's services, later mergers."""
    codes = pd.read_parquet(
        folder.parent / "lsoa_iod2019_pop.parquet",
        columns=["lad19cd", "lad19nm", "lad20cd", "lad21cd"],
    ).drop_duplicates()
    tool = pd.read_csv(folder / "dfe_lait_la_series_subset.csv.gz", dtype="str")
    tool = tool.drop_duplicates("LA and Regions").set_index("LA and Regions")
    regions = tool["Region"].replace({"Inner London": "London", "Outer London": "London"}).to_dict()
    numbers = tool["LA Number"].astype(float).astype(int).to_dict()
    rows = [_authority(record, regions, numbers) for record in codes.to_dict("records")]
    return pd.DataFrame(rows).sort_values("code")


def _authority(
    record: dict[Any, str], regions: dict[Any, str], numbers: dict[Any, int]
) -> dict[str, Any]:
    code, name = record["lad19cd"], record["lad19nm"]
    county = _county(code)
    services = county or PLACES["tool_names"].get(name, name)
    return {
        "code": code,
        "name": name,
        "type": _type(code),
        "county": county,
        "region": regions[services],
        "childrens_services": services,
        "childrens_services_code": str(numbers[services]),
        **_later(code, record["lad20cd"], record["lad21cd"]),
    }


def _type(code: str) -> str:
    special = {"E06000053": "Isles of Scilly", "E09000001": "City of London"}
    kinds = {
        "E06": "unitary authority",
        "E07": "county district",
        "E08": "metropolitan district",
        "E09": "London borough",
    }
    return special.get(code, kinds[code[:3]])


def _county(code: str) -> str:
    """Return the county of a district, else an empty text."""
    if not code.startswith("E07000"):
        return ""
    digits = code[-3:]
    for county, ranges in PLACES["counties"].items():
        if any(first <= digits <= last for first, last in (text.split("-") for text in ranges)):
            return str(county)
    raise ValueError(f"no county for district {code}")


def _later(code: str, code20: str, code21: str) -> dict[str, Any]:
    """Return the authority that `code` later became part of, and from which year."""
    mergers = PLACES["mergers"]
    found: dict[str, Any] = {"later_code": "", "later_name": "", "later_from": ""}
    for year, now in ((2020, code20), (2021, code21)):
        if now != code and not found["later_code"]:
            found = dict(zip(found, (now, mergers[year][now], str(year)), strict=True))
    for successor, said in mergers[2023].items():
        if code.startswith("E07") and code[-3:] in said["from"]:
            found = dict(zip(found, (successor, said["name"], "2023"), strict=True))
    return found


def main(shared: Path, target: Path = RAW) -> None:
    """Write both tables to `target`."""
    folder = shared / "national"
    for make in (local_authorities, local_authority_series):
        content = as_csv(make(folder))
        (target / f"{make.__name__}.csv").write_text(content, encoding="utf-8", newline="")


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(*map(Path, sys.argv[1:]))
