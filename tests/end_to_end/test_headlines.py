"""What a headline about synthetic people may say: printed numbers, and what follows from them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from ortools.sat.python import cp_model

from figuremodel.conditions import parse
from figuremodel.counts import run
from figuremodel.language import Model, load_model
from figuremodel.tables import Tables, linked_parts
from tests.conftest import ROOT

REFERENCE = ROOT / "reports" / "reference"
PAGES = {"02": "victims", "03": "offenders", "04": "offenders", "05": "network"}
KNOWN: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "headline_numbers.yml").read_text(encoding="utf-8")
)


@cache
def model(name: str) -> Model:
    return load_model(ROOT / "data" / "raw" / "constraints" / f"{name}.yml")


@cache
def printed() -> pd.Series:
    path = ROOT / "data" / "raw" / "published_figures.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False).set_index("id")["printed"]


def possible(name: str, form: dict[str, str]) -> tuple[int, int]:
    """Return the fewest and the most people who can meet a condition in any admissible group."""
    group = model(name)
    condition = parse(form, group.attributes)
    constraints = (*group.kept, *group.nearest)
    near = {one.id for one in group.nearest}
    parts = linked_parts(group.attributes, constraints)
    kept = [
        one
        for names, part in parts
        if set(names) & set(condition.scope)
        for one in part
        if one.id not in near
    ]
    ends = []
    for sign in (1, -1):
        tables = Tables(
            group.attributes, group.population, kept, names=condition.scope, conditions=[condition]
        )
        tables.cp.minimize(sign * tables.count(condition))
        status, search = run(tables.cp, 20)
        assert status == cp_model.OPTIMAL
        ends.append(sign * round(search.objective_value))
    return ends[0], ends[1]


def settled(name: str, form: dict[str, str]) -> int:
    fewest, most = possible(name, form)
    assert fewest == most, f"{form} may be anything from {fewest} to {most}"
    return fewest


def numbers_in(text: str) -> list[str]:
    return re.findall(r"\d+(?:[.,]\d+)*%?", text)


def check(name: str, number: str, source: dict[str, Any]) -> None:
    if "printed" in source:
        assert number in numbers_in(printed()[source["printed"]])
    elif "count" in source:
        assert settled(name, source["count"]) == int(number)
    elif "percent" in source:
        inside = source.get("in", {})
        base = settled(name, inside) if inside else model(name).population
        for n in possible(name, source["percent"] | inside):
            assert f"{100 * n / base:.0f}%" == number
    else:
        for form in source["from"]:
            settled(name, form)


def test_the_model_is_asked_and_knows_what_is_open() -> None:
    assert possible("offenders", {"charged_with_robbery": "yes"}) == (28, 28)
    with pytest.raises(AssertionError, match="may be anything"):
        settled("offenders", {"familial_harm": "yes", "extra_familial_harm": "yes"})


def synthetic_headlines() -> dict[str, tuple[str, str]]:
    """Return chapter and headline of each exhibit of synthetic people in the reference run."""
    manifest = json.loads((REFERENCE / "manifest.json").read_text(encoding="utf-8"))
    return {
        one["id"]: (one["notebook"][:2], one["headline"])
        for one in manifest["exhibits"]
        if one["sensitivity"] == "synthetic" and one["notebook"][:2] in PAGES
    }


def test_every_number_in_a_headline_about_synthetic_people_is_printed_or_follows() -> None:
    headlines = synthetic_headlines()
    assert len(headlines) > 40
    for exhibit, (chapter, headline) in headlines.items():
        said = set(numbers_in(headline))
        assert said == set(KNOWN.get(exhibit, {})), f"{exhibit}: {headline}"
        for number, source in KNOWN.get(exhibit, {}).items():
            check(PAGES[chapter], number, source)
    assert set(KNOWN) <= set(headlines)
