"""Turn the columns of a file into the described ones: each distinct text once, not each row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.data.cells import ERRORS, NO_RESULT, Cells, Column
from appendices.data.findings import Finding, finding_in_rows
from appendices.data.mapping import ORDERS, THOUSANDS, FileMapping, Rule, folded

_DATE = re.compile(
    r"(\d{1,4})[/. -](\d{1,2})[/. -](\d{1,4})(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?![\d/.-])")
_WHOLE = re.compile(r"([+-]?\d+)\.0{1,2}")
_SHORTENED = re.compile(r"[+-]?\d(\.\d+)?E\+?\d+", re.IGNORECASE)


@dataclass(frozen=True)
class _Broken:
    says: str


def _unknown(text: str) -> _Broken:
    return _Broken(
        f"holds a value that the mapping does not know ({kind_of_text(text)}); add it to `values` "
        "or `missing`"
    )


_IS_ERROR = _Broken("is an error of the spreadsheet; mend or empty it, or put it under `missing`")
_NO_RESULT = _Broken("is a formula that was saved without its result; open and save the file again")
_NO_DATE = "is no date in the declared order with four digits of the year"
_NO_NUMBER = "is no whole number"
_NO_DAY = _Broken("has no day to reckon the age at")
_NO_BAND = _Broken("is in none of the bands")
_EARLY = _Broken("comes after the day the age is reckoned at")
_NO_ID = _Broken('is empty; where that means that there is none, put "" under `missing`')
_SHORT_ID = _Broken("is a number that a spreadsheet has shortened; keep ids as text")
_DATED_ID = _Broken("is a date among ids that are none: a spreadsheet may have made it one")
_NOT_SWAPPED = _Broken("is a date whose day is no month, so it cannot be swapped")


def kind_of_text(text: str) -> str:
    """Return what kind of thing a cell holds, in words: never the thing itself."""
    if not text:
        return "nothing"
    if text in ("TRUE", "FALSE"):
        return "TRUE or FALSE"
    if _ISO.match(text) or _DATE.fullmatch(text):
        return "a date"
    if re.fullmatch(r"[+-]?\d+", text):
        return "a whole number"
    if re.fullmatch(r"[+-]?[\d.,' ]+%?", text):
        return "a number with other marks"
    return "a text"


def apply_mapping(
    cells: Cells, mapping: FileMapping, places: dict[str, int]
) -> tuple[dict[str, Column], list[Finding]]:
    """Return the described columns as text (None where nothing is known), and every finding.

    `places` has where each column that the mapping uses stands in `cells`.
    """
    findings: list[Finding] = []
    columns: dict[str, Column] = {}
    for name, rule in mapping.columns.items():
        if rule.always is not None:
            value = None if rule.always == "missing" else rule.always
            columns[name] = _whole((value,), np.zeros(len(cells.numbers), np.intp))
            continue
        column = cells.columns[places[rule.source]]
        if isinstance(rule.age_at, str):
            answers, codes = _ages_at(column, cells.columns[places[rule.age_at]], rule)
        else:
            answers, codes = _described(column, rule), column.codes
        findings += _findings(answers, codes, name, cells)
        columns[name] = _whole(
            [None if isinstance(one, _Broken) else one for one in answers], codes
        )
        if rule.pseudonyms:
            columns[name] = _pseudonymised(columns[name], rule.pseudonyms)
    return columns, findings


def _whole(texts: Sequence[str | None], codes: NDArray[np.intp]) -> Column:
    """Return a column in which each text stands once; None, for nothing known, too."""
    places: dict[str | None, int] = {}
    again = np.fromiter((places.setdefault(text, len(places)) for text in texts), np.intp)
    return Column(tuple(places), again[codes] if len(again) else codes)  # type: ignore[arg-type]


def _findings(
    answers: Sequence[object], codes: NDArray[np.intp], name: str, cells: Cells
) -> list[Finding]:
    by_rule: dict[str, list[int]] = {}
    for code, answer in enumerate(answers):
        if isinstance(answer, _Broken):
            by_rule.setdefault(answer.says, []).append(code)
    findings = []
    for says, broken in by_rule.items():
        rows = cells.numbers[np.isin(codes, broken)]
        if len(rows):
            findings.append(finding_in_rows(cells.file, name, says, rows))
    return findings


def _ages_at(
    born: Column, days: Column, rule: Rule
) -> tuple[list[str | _Broken | None], NDArray[np.intp]]:
    """Return the answers for births at the days of another column, and which of them each row has.

    Answers are the whole years from 0 on, then all that is no age. Days are reckoned with as
    numbers such as 20240831: whole years are what differs in the first four digits.
    """
    births = [None if folded(text) in rule.absent else _day(text, rule) for text in born.texts]
    others = list(dict.fromkeys(one for one in births if not isinstance(one, date)))
    first = np.array([_as_number(one) for one in births], np.int64)[born.codes]
    last = np.array([_as_number(_day(text, rule)) for text in days.texts], np.int64)[days.codes]
    ages = (last - first) // 10_000
    most = int(max(ages[(first > 0) & (last >= first)], default=0))
    answers = [*(_banded(age, rule) for age in range(most + 1)), _NO_DAY, _EARLY, *others]
    codes = np.where(last == 0, most + 1, np.where(last < first, most + 2, ages))
    places = np.array([0 if isinstance(one, date) else others.index(one) for one in births], int)
    return answers, np.where(first == 0, most + 3 + places[born.codes], codes)


def _as_number(day: date | _Broken | None) -> int:
    return day.year * 10_000 + day.month * 100 + day.day if isinstance(day, date) else 0


def _described(column: Column, rule: Rule) -> list[str | _Broken | None]:
    answers = [_answer(text, rule) for text in column.texts]
    if rule.pseudonyms:
        dated = {text for text in column.texts if _ISO.match(text)}
        if dated and not dated.issuperset(filter(None, column.texts)):
            answers = [
                _DATED_ID if text in dated else answer
                for text, answer in zip(column.texts, answers, strict=True)
            ]
    return answers


def _answer(text: str, rule: Rule) -> str | _Broken | None:
    """Return the described text of one in the file, nothing where none is known, or what breaks."""
    known = folded(text)
    if known in rule.absent:
        return None
    if text == NO_RESULT:
        return _NO_RESULT
    if text in ERRORS and known not in rule.described:
        return _IS_ERROR
    if rule.values:
        found = _WHOLE.fullmatch(known)
        spelt = known if known in rule.described or not found else found[1]
        return rule.described.get(spelt, _unknown(text))
    if rule.pseudonyms:
        if _SHORTENED.fullmatch(text):
            return _SHORT_ID
        return canonical_id(text, rule.leading_zeros) or _NO_ID
    if rule.is_day:
        read = _day(text, rule)
        return read.isoformat() if isinstance(read, date) else read
    if isinstance(rule.age_at, date):
        return _age(text, rule, rule.age_at)
    return _number(text, rule)


def _age(text: str, rule: Rule, day: date) -> str | _Broken:
    born = _day(text, rule)
    if isinstance(born, _Broken):
        return born
    years = (_as_number(day) - _as_number(born)) // 10_000
    return _EARLY if born > day else _banded(years, rule)


def _number(text: str, rule: Rule) -> str | _Broken:
    """Return a whole number as it is described, or the band that it falls in; other texts as is."""
    plain = text
    if rule.thousands:
        mark = re.escape(THOUSANDS[rule.thousands])
        plain = (
            re.sub(mark, "", text) if re.fullmatch(rf"\d{{1,3}}({mark}\d{{3}})+", text) else text
        )
    found = _WHOLE.fullmatch(plain)
    plain = found[1] if found and not rule.thousands else plain
    if not rule.bands:
        return plain
    if re.fullmatch(r"\d{1,9}", plain):
        return _banded(int(plain), rule)
    return _Broken(f"{_NO_NUMBER} ({kind_of_text(text)})")


def _banded(number: int, rule: Rule) -> str | _Broken:
    if not rule.bands:
        return str(number)
    inside = (label for label, (low, high) in rule.bands.items() if low <= number <= high)
    return next(inside, _NO_BAND)


def _pseudonymised(column: Column, letter: str) -> Column:
    """Return the ids as numbered names, in the order in which they first stand in the file."""
    first = pd.unique(column.codes)
    known = [code for code in first if column.texts[code] is not None]
    width = len(str(len(known)))
    names: list[str | None] = [None] * len(column.texts)
    for number, code in enumerate(known, 1):
        names[code] = f"{letter}{number:0{width}d}"
    return Column(tuple(names), column.codes)  # type: ignore[arg-type]


def canonical_id(text: str, leading_zeros: str = "") -> str:
    """Return an id in one spelling: case, space and ``.0`` at its end do not count.

    Zeros at its beginning do not count where they are declared to be the `same`.

    Example
    -------
    >>> canonical_id(" Yp-7 "), canonical_id("7.0"), canonical_id("0007", "same")
    ('yp-7', '7', '7')
    """
    plain = folded(text)
    found = _WHOLE.fullmatch(plain) if "." in plain else None
    plain = found[1] if found else plain
    return without_zeros(plain) if leading_zeros == "same" else plain


def without_zeros(plain: str) -> str:
    """Return an id of digits without the zeros at its beginning; another as it is."""
    return (plain.lstrip("0") or "0") if plain.isdecimal() else plain


def _day(text: str, rule: Rule) -> date | _Broken:
    """Return the date in `text`: as declared, or YYYY-MM-DD as a spreadsheet's own dates come."""
    if text == NO_RESULT:
        return _NO_RESULT
    found = _DATE.fullmatch(text)
    if not found:
        return _Broken(f"{_NO_DATE} ({kind_of_text(text)})")
    own = bool(_ISO.match(text))
    parts = (found[1], found[2], found[3])
    year, month, day = (parts[place] for place in (ORDERS["year/month/day"] if own else rule.order))
    if own and rule.swapped_dates == "yes":
        month, day = day, month
        if int(month) > 12:
            return _NOT_SWAPPED
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else _Broken(_NO_DATE)
    except ValueError:
        return _Broken(_NO_DATE)
