"""What a printed figure can mean: the numbers that its digits, rounding and words allow."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterable
from copy import copy
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pandas as pd

from appendices.errors import DataError, unknown
from appendices.numbers import MINUS
from figuremodel.relations import ROUNDINGS, printed_interval

Record = dict[Hashable, Any]
WORDS = ("quantifier", "trend", "comparison", "ordering")
"""Units of the register that stand for words without a number."""
COUNTED = (
    "people", "cases", "incidents", "institutions", "links", "episodes", "arrests", "GBP million",
    "GBP billion",
)  # fmt: skip
_NUDGE = Fraction(1, 10**9)
_OLDEST = Fraction(200)
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`, ends included."""

    low: Fraction
    high: Fraction

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high)

    def __sub__(self, other: Interval) -> Interval:
        return Interval(self.low - other.high, self.high - other.low)

    def __truediv__(self, other: Interval) -> Interval:
        """Divide intervals of numbers above nought."""
        return Interval(self.low / other.high, self.high / other.low)

    def times(self, factor: int | Fraction) -> Interval:
        """Return every number times another."""
        ends = self.low * factor, self.high * factor
        return Interval(min(ends), max(ends))

    def meets(self, other: Interval) -> bool:
        """Whether some number lies in both."""
        return self.low <= other.high and other.low <= self.high

    @property
    def known(self) -> bool:
        """Whether it is one number."""
        return self.low == self.high

    def __str__(self) -> str:
        under = "under " if 0 < round(self.high) - self.high <= 10 * _NUDGE else ""
        ends = dict.fromkeys((number(self.low), under + number(self.high)))
        return " to ".join(ends)


@dataclass(frozen=True)
class Reading:
    """What a figure says: taken strictly, and as widely as a fair reader could."""

    strict: Interval
    wide: Interval


def exactly(value: float | int | Fraction) -> Interval:
    """Return the interval of one number."""
    exact = value if isinstance(value, Fraction) else Fraction(str(value))
    return Interval(exact, exact)


def total(intervals: Iterable[Interval]) -> Interval:
    """Return the sum of intervals."""
    return sum(intervals, start=exactly(0))


def number(value: Fraction) -> str:
    """Return a number as readers write it: whole ones with marks, others to a tenth."""
    if abs(value - round(value)) < Fraction(1, 50):
        text = f"{round(value):,}"
    else:
        text = f"{float(value):,.0f}" if abs(value) >= 1000 else f"{float(value):,.1f}"
    return text.replace("-", MINUS)


class Figures:
    """The register of published figures, read under one rounding rule.

    Parameters
    ----------
    register
        The table ``published_figures``.
    words
        The table ``relations_words``: what a phrase stands for, in percent, and how far a
        number goes that is only near what is printed, as multiples of it.
    rounding
        How whole percentages were made: half_up, half_even or truncate.
    """

    def __init__(self, register: pd.DataFrame, words: pd.DataFrame, rounding: str) -> None:
        if rounding not in ROUNDINGS:
            raise unknown("rounding rule", rounding, ROUNDINGS)
        self.rounding = rounding
        self.rows = {str(row["id"]): row for row in register.to_dict("records")}
        self._phrases, self._near = (
            {
                str(row["words"]): row
                for row in words.to_dict("records")
                if row["stands_for"] == kind
            }
            for kind in ("percent", "multiple")
        )

    def under(self, rounding: str) -> Figures:
        """Return the same figures, read under another rounding rule."""
        other = copy(self)
        other.rounding = rounding
        return other

    def row(self, figure: str) -> Record:
        """Return one figure's row of the register; an unknown id is an error with a suggestion.

        A minus before an id, for a fall that is printed without one, is left out.
        """
        figure = figure.removeprefix("-")
        if figure not in self.rows:
            raise unknown("figure", figure, self.rows)
        return self.rows[figure]

    def value(self, figure: str) -> Fraction:
        """Return the printed number, below nought where the id has a minus."""
        value = Fraction(str(self.row(figure)["value"]))
        return -value if figure.startswith("-") else value

    def phrase(self, figure: str) -> str:
        """Return the words that the figure consists of, where the table of words has them."""
        words = str(self.row(figure)["printed"]).casefold()
        return words if words in self._phrases else ""

    def in_words(self, figure: str) -> bool:
        """Whether the figure is printed in words and not as a number."""
        return bool(self.phrase(figure)) or str(self.row(figure)["unit"]) in WORDS

    def shown(self, figure: str) -> str:
        """Return a figure as it is printed, words in quotation marks."""
        words = re.sub(r"(?<=,)\s(?=\d{3})", "", str(self.row(figure)["printed"]))
        return words if words[:1] in "0123456789£" else f"“{words}”"

    def placed(self, ids: Iterable[str]) -> str:
        """Return figures as they are printed, each with its id and slide, in reading order."""
        plain = dict.fromkeys(one.removeprefix("-") for one in ids)
        return "; ".join(
            f"{self.shown(one)} ({one}, {self.row(one)['place'].partition(',')[0]})"
            for one in sorted(plain, key=lambda one: int(self.row(one)["line"]))
        )

    def base(self, figure: str) -> int | None:
        """Return the size of the group that a figure is a part of, where it is printed as one."""
        group = str(self.row(figure)["denominator"])
        leads = group[:1].isdigit() or group.startswith("GBP ")
        sizes = _DIGITS.findall(group) if leads else []
        return int(sizes[0].replace(",", "")) if len(sizes) == 1 else None

    def ages(self, figure: str) -> Interval:
        """Return the whole ages that a printed band holds, such as 16-18, 18+ or under 18s."""
        row = self.row(figure)
        ends = [Fraction(age) for age in re.findall(r"\d+", str(row["printed"]))]
        below, above = re.search(r"under|over|\+", str(row["printed"])) or [""], _OLDEST
        sides = {
            "under": (Fraction(0), ends[0] - 1), "over": (ends[0] + 1, above), "+": (ends[0], above)
        }  # fmt: skip
        return Interval(*sides.get(below[0], (ends[0], ends[-1])))

    def said(self, figure: str) -> Reading:
        """Return the numbers that a printed figure can stand for.

        Raises
        ------
        DataError
            For words that the table of words does not explain.
        """
        if figure.startswith("-"):
            plain = self.said(figure.removeprefix("-"))
            return Reading(plain.strict.times(-1), plain.wide.times(-1))
        row = self.row(figure)
        if phrase := self.phrase(figure):
            strict, wide = _ends(self._phrases[phrase])
            return Reading(strict, wide)
        if missing(row["value"]):
            raise DataError(
                f"figure {figure} has no number and its words are not in relations_words: "
                f"add {row['printed']!r} there, or leave the figure out of the relation."
            )
        value, precision = Fraction(str(row["value"])), str(row["precision"])
        if precision in self._near:
            strict, wide = (ends.times(value) for ends in _ends(self._near[precision]))
            return Reading(strict, wide)
        if precision == "whole percent":
            low, low_in, high, high_in = printed_interval(value, Fraction(1), self.rounding)
            rounded = Interval(low if low_in else low + _NUDGE, high if high_in else high - _NUDGE)
        elif precision == "rounded":
            half = _last_digit(str(row["printed"]), value) / 2
            rounded = Interval(value - half, value + half - _NUDGE)
        else:
            rounded = exactly(value)
        return Reading(rounded, rounded)


def _ends(row: Record) -> tuple[Interval, Interval]:
    low, high, wide_low, wide_high = (
        Fraction(str(row[name])) for name in ("low", "high", "wide_low", "wide_high")
    )
    return Interval(low, high), Interval(wide_low, wide_high)


def _last_digit(printed: str, value: Fraction) -> Fraction:
    """Return what one step of the last digit that is not a closing nought is worth."""
    found = _DIGITS.search(printed)
    if found is None:
        return Fraction(1)
    text = found.group().replace(",", "")
    whole, _, decimals = text.partition(".")
    step = Fraction(1, 10 ** len(decimals)) if decimals else Fraction(10 ** _noughts(whole))
    return step * value / Fraction(text)


def _noughts(whole: str) -> int:
    return len(whole) - len(whole.rstrip("0"))


def missing(value: Any) -> bool:
    """Whether a cell is empty."""
    return bool(pd.isna(value))


def text_of(value: Any) -> str:
    """Return the text in a cell, empty where it is missing."""
    return "" if missing(value) else str(value)


def whole_numbers(interval: Interval) -> range:
    """Return the whole numbers in an interval."""
    return range(math.ceil(interval.low), math.floor(interval.high) + 1)
