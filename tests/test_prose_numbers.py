"""No number is typed into prose: it comes from an exhibit, or it is one that the report prints."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
# Code, placeholders, where links lead, addresses, and the numbers of a list.
NO_PROSE = re.compile(r"(`+).*?\1|\{[^{}]*\}|\]\([^)]*\)|https?://\S+|^\d+\. ", re.DOTALL | re.M)
SENTENCES = re.compile(r"(?<=[.:;])\s+(?=[A-Z*\[])|\n(?=[-*#|])")
NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)*(?:/\d+)?")
YEAR = re.compile(r"(19|20)\d\d(/\d\d)?")
AGE = re.compile(
    r"\b(?:aged?|ages|under|over)[ -](?:under )?\d+(?:(?:,? to|,? or|,? and|-|,) \d+)*"
    r"|\b\d+ to \d+(?= years|-year)|\b\d+(?= and over| or over| or older|-year-old)"
)
REFERENCE = re.compile(
    r"\b(?:section|sections|appendix|slide|exhibit|figure|table) \d+(?:\.\d+)*", re.I
)
OF_THE_REPORT = re.compile(r"\breport|\bprint", re.I)


@dataclass(frozen=True)
class Typed:
    notebook: str
    number: str
    sentence: str


@cache
def printed(notebook: str) -> dict[str, list[str]]:
    """Return the lines of the report that print each number about which this notebook is."""
    lines: dict[str, list[str]] = {}
    with (ROOT / "data" / "raw" / "published_figures.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["notebook"] in (notebook, "") or notebook.startswith("06"):
                for number in NUMBER.findall(f"{row['printed']} {row['value']}"):
                    lines.setdefault(number, []).append(row["line"])
    return lines


def prose_of(notebook: str) -> str:
    content = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    cells = ("".join(c["source"]) for c in content["cells"] if c["cell_type"] == "markdown")
    return "\n\n".join(cells)


def typed_in(notebook: str, prose: str) -> Iterator[Typed]:
    """Yield each number in prose that is no placeholder, year, age, reference or printed figure."""
    for paragraph in NO_PROSE.sub(" ", prose).split("\n\n"):
        known = printed(notebook) if OF_THE_REPORT.search(paragraph) else {}
        for sentence in SENTENCES.split(paragraph):
            said = " ".join(sentence.split())
            for number in NUMBER.findall(REFERENCE.sub(" ", AGE.sub(" ", said))):
                if not YEAR.fullmatch(number) and number not in known:
                    yield Typed(notebook, number, said)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_every_number_in_prose_is_a_placeholder_or_printed_in_the_report(notebook: str) -> None:
    loose = [f"{one.number} in: {one.sentence}" for one in typed_in(notebook, prose_of(notebook))]
    assert not loose, "Write {exhibit-id: column[key]} instead of\n" + "\n".join(loose)


@pytest.mark.parametrize(
    ("prose", "numbers"),
    [
        ("In 2017/18, under-18s aged 10 to 17 (section 2.3) were `99` of {a: b[3]}.", []),
        ("1. First\n2. Second [9](#a-7)", ["9"]),
        ("The report prints 57.", []),
        ("There were 57.", ["57"]),
        ("The report prints 58.5 %.", ["58.5"]),
    ],
)
def test_what_counts_as_typed_in(prose: str, numbers: list[str]) -> None:
    assert [one.number for one in typed_in("02_victim_cohort", prose)] == numbers
