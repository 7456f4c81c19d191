"""The register of published figures: well formed, and complete beside the report's text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from appendices.data.load import load

ROOT = Path(__file__).resolve().parents[2]
REPORT = ROOT.parent / "shared" / "seed" / "report.txt"
needs_report = pytest.mark.skipif(
    not REPORT.is_file(), reason="the report's text (../shared/seed/report.txt) is not here"
)

FRACTIONS = {"half": 50, "halved": 50, "third": 33.33, "fifth": 20, "one in five": 20}
CARDINALS = {
    **{"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"ten": 10, "eleven": 11, "sixteen": 16, "nineteen": 19},
}
OTHER_NUMBERS = "twelve|quarter|majority|most|double[sd]?|once|twice|hundred|thousand"
NUMBER_WORD = re.compile(
    rf"\b({'|'.join(FRACTIONS)}|{'|'.join(CARDINALS)}|{OTHER_NUMBERS})\b", re.IGNORECASE
)
NUMBER = re.compile(r"\d+(?:,\s?\d{3})*(?:\.\d+)?(\smillion)?")
WITHOUT_VALUE = {"age range", "period", "quantifier", "comparison", "trend", "ordering"}
SIGNS = {
    "whole percent": r"\d+%",
    "over": r"over|more than|\+",
    "under": r"under|up to|less than",
    "nearly": r"nearly|almost",
    "around": r"around|approximately|roughly",
    "at least": r"at least|and over|& over|\+",
    "fraction word": "|".join([*FRACTIONS, "all"]),
}
PHRASE = 6


@pytest.fixture(scope="module")
def register() -> pd.DataFrame:
    return load("published_figures")


@pytest.fixture(scope="module")
def not_a_claim() -> pd.DataFrame:
    return load("not_a_claim")


@pytest.fixture(scope="module")
def report() -> list[str]:
    return REPORT.read_text(encoding="utf-8").split("\n")


def occurrences(text: str, line: str, start: int = 0) -> Iterator[tuple[int, int]]:
    """Yield where `text` stands on `line` as whole words and whole digit groups."""
    before = r"(?<!\w)" if text[0].isalnum() else ""
    after = r"(?!\w)" if text[-1].isalnum() else ""
    pattern = re.compile(before + re.escape(text) + after)
    yield from (found.span() for found in pattern.finditer(line, start))


def figure_spans(register: pd.DataFrame, report: list[str]) -> dict[str, tuple[int, int] | None]:
    """Return where each figure stands on its line, each after the one before it."""
    spans: dict[str, tuple[int, int] | None] = {}
    for line, figures in register.groupby("line"):
        position = 0
        for figure in figures.itertuples():
            spans[figure.id] = next(occurrences(figure.printed, report[line - 1], position), None)
            position = (spans[figure.id] or (0, position))[1]
    return spans


def uncovered(
    pattern: re.Pattern[str], register: pd.DataFrame, listed: pd.DataFrame, report: list[str]
) -> list[str]:
    """Return each match of `pattern` in the report that no figure and no listed text holds."""
    covered: dict[int, list[tuple[int, int]]] = {}
    lines = register.set_index("id")["line"]
    for name, span in figure_spans(register, report).items():
        covered.setdefault(lines[name], []).extend([span] if span else [])
    for row in listed.itertuples():
        covered.setdefault(row.line, []).extend(occurrences(row.text, report[row.line - 1]))
    return [
        f"line {number}: {match.group()}"
        for number, line in enumerate(report, start=1)
        for match in pattern.finditer(line)
        if not any(
            start <= match.start() and match.end() <= end for start, end in covered.get(number, [])
        )
    ]


def phrases(text: str) -> set[tuple[str, ...]]:
    """Return every run of six words in `text`."""
    words = re.findall(r"[a-z0-9]+", text.lower())
    return {tuple(words[i : i + PHRASE]) for i in range(len(words) - PHRASE + 1)}


def implied_value(printed: str, unit: str) -> float | None:
    """Return the number that `printed` states in digits or words, or None."""
    found = NUMBER.findall(printed)
    if len(found) > 1:
        raise ValueError(f"{printed!r} holds {len(found)} numbers")
    if match := NUMBER.search(printed):
        number = float(re.sub(r"[,\s]|million", "", match.group()))
        return number * 1e6 if match.group(1) else number
    words = {**FRACTIONS, **CARDINALS} if unit == "percent" else CARDINALS
    return next((v for w, v in words.items() if re.search(rf"\b{w}\b", printed, re.I)), None)


def test_register_holds_well_over_300_figures(register: pd.DataFrame) -> None:
    assert len(register) > 450


def test_every_section_kind_and_notebook_has_figures(register: pd.DataFrame) -> None:
    assert set(register["section"].cat.categories) == set(register["section"])
    assert register["kind"].nunique() == 4
    assert register["notebook"].nunique() == 5


def test_ids_name_the_line_and_count_its_figures_from_one(register: pd.DataFrame) -> None:
    place = register.groupby("line").cumcount() + 1
    expected = "L" + register["line"].astype(str) + "." + place.astype(str)
    assert register["id"].tolist() == expected.tolist()


def test_value_is_the_number_that_is_printed(register: pd.DataFrame) -> None:
    wrong = []
    for figure in register[~register["unit"].isin(WITHOUT_VALUE)].itertuples():
        expected = implied_value(figure.printed, figure.unit)
        if expected is not None and figure.value != pytest.approx(expected):
            wrong.append((figure.id, figure.printed, figure.value))
    assert wrong == []


def test_value_is_empty_only_where_no_single_number_is_printed(register: pd.DataFrame) -> None:
    ranges = register["unit"].isin(WITHOUT_VALUE)
    assert register.loc[ranges, "value"].isna().all()
    empty = register[~ranges & register["value"].isna()]
    assert set(empty["precision"]) <= {"verbal"}


def test_unit_fits_the_printed_sign(register: pd.DataFrame) -> None:
    printed = register["printed"]
    assert (register.loc[printed.str.contains("%"), "unit"] == "percent").all()
    assert (register.loc[printed.str.fullmatch(r"£\d+m"), "unit"] == "GBP million").all()
    assert (register.loc[printed.str.fullmatch(r"£.+bn"), "unit"] == "GBP billion").all()


def test_precision_fits_the_printed_words(register: pd.DataFrame) -> None:
    wrong = [
        (figure.id, figure.printed, figure.precision)
        for figure in register.itertuples()
        if (sign := SIGNS.get(figure.precision))
        and not re.search(sign, figure.printed, re.IGNORECASE)
    ]
    assert wrong == []
    verbal = register[register["precision"] == "verbal"]
    assert not verbal["printed"].str.contains(r"\d").any()


def test_every_percentage_names_its_base(register: pd.DataFrame) -> None:
    assert register.loc[register["unit"] == "percent", "denominator"].notna().all()


def test_both_top_tens_are_complete_and_in_order(register: pd.DataFrame) -> None:
    ranks = register.loc[register["unit"] == "rank", "value"].tolist()
    assert ranks == [*range(1, 11), *range(1, 11)]


def test_relations_point_at_figures_that_exist(register: pd.DataFrame) -> None:
    named = set(register["relation"].str.findall(r"L\d+\.\d+").explode().dropna())
    assert named <= set(register["id"])


@needs_report
def test_every_figure_stands_on_its_line_in_reading_order(
    register: pd.DataFrame, report: list[str]
) -> None:
    spans = figure_spans(register, report)
    assert [name for name, span in spans.items() if span is None] == []


@needs_report
@pytest.mark.parametrize("pattern", [re.compile(r"\d+"), NUMBER_WORD], ids=["digits", "words"])
def test_every_number_of_the_report_is_a_figure_or_listed_as_no_claim(
    pattern: re.Pattern[str],
    register: pd.DataFrame,
    not_a_claim: pd.DataFrame,
    report: list[str],
) -> None:
    assert uncovered(pattern, register, not_a_claim, report) == []


@needs_report
def test_every_text_listed_as_no_claim_is_needed(
    register: pd.DataFrame, not_a_claim: pd.DataFrame, report: list[str]
) -> None:
    numbers = re.compile(rf"\d+|{NUMBER_WORD.pattern}", re.IGNORECASE)

    def numbers_in(text: str) -> list[str]:
        return [match.group() for match in numbers.finditer(text)]

    open_without_list = set(uncovered(numbers, register, not_a_claim.head(0), report))
    superfluous = [
        (row.line, row.text)
        for row in not_a_claim.itertuples()
        if not any(f"line {row.line}: {n}" in open_without_list for n in numbers_in(row.text))
    ]
    assert superfluous == []


@needs_report
def test_no_wording_of_ours_repeats_six_words_of_the_report(
    register: pd.DataFrame, report: list[str]
) -> None:
    theirs = phrases(" ".join(report))
    ours = register[["label", "place", "denominator", "population", "relation"]].fillna("")
    assert [text for text in ours.stack() if phrases(text) & theirs] == []
