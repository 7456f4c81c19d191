"""Refuse direct identifiers: names, addresses, NHS numbers, dates of birth, postcodes, contacts.

Found by what a column is called and by what its cells look like. A finding gives the column's
place and the rule; what stands there is never shown. Patterns miss things: a free text can name a
person in a way that no pattern knows, which is why free text never goes further than the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from youthviolence.sources.cells import Cells
from youthviolence.sources.validate import MOST_ROWS_NAMED, Finding

_NAMED = {
    "names of people": r"(fore|sur|first|last|middle|full|family|given|maiden|known as|parent|carer|"
    r"mother|father|client|patient|child|young person)?'?s? ?names?|alias(es)?|aka|initials",
    "addresses": r".*\b(address|street|house (no|number)|uprn|town of residence)\b.*",
    "postcodes": r".*\bpost ?codes?\b.*|pcd|.*\bzip\b.*",
    "NHS numbers": r".*\bnhs\b.*(no|num|number|id)?\b.*",
    "dates of birth": r"dob|d o b|.*\b(date of birth|birth ?date|birthday|born)\b.*",
    "e-mail addresses": r".*\be ?mail\b.*",
    "telephone numbers": r".*\b(tele)?phone\b.*|.*\bmobile\b.*|tel( no)?",
    "other identifying numbers": r".*\b(national insurance|ni n(o|umber)|upn|passport|pnc|cro)\b.*"
    r"|nino|hospital (no|number)|mrn|.*\bnoms\b.*|case (no|number|ref.*)|ip address",
}
_BIRTH = "dates of birth"
_POSTCODE = re.compile(r"\b(GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2})\b", re.I)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")
_PHONE = re.compile(r"(?<!\d)(?:\+44[\s().-]*|0)(?:\(0\))?[1237](?:[\s().-]*\d){8,9}(?!\d)")
_TEN = re.compile(r"(?<![\d.])(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?![\d.])")
_STREET = re.compile(
    r"^\d+[a-z]?,? +[a-z][a-z' -]+ (road|rd|street|st|avenue|ave|close|lane|drive|court|way|"
    r"gardens|terrace|grove|crescent|place|square)\b", re.I)  # fmt: skip
_FULL_NAME = re.compile(r"[A-Z][a-z'’-]+,? (?:[A-Z]\.? )?[A-Z][a-zA-Z'’-]+")
_DATE = re.compile(r"(?:\d{1,2}[/. -]\d{1,2}[/. -](\d{4})|(\d{4})-\d{2}-\d{2})(?: [\d:.]+)?")
_BIRTH_YEARS = range(1950, 2016)


def is_nhs_number(text: str) -> bool:
    """Return whether `text` holds ten digits with the check digit of an NHS number (modulus 11)."""
    for found in _TEN.finditer(text):
        digits = [int(one) for one in "".join(found.groups())]
        weighted = sum(
            digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)
        )
        check = (11 - weighted % 11) % 11
        if check == digits[9] and len(set(digits)) > 1:
            return True
    return False


# What a single cell may not hold.
_CELLS: dict[str, Callable[[str], object]] = {
    "an NHS number": is_nhs_number,
    "a postcode": _POSTCODE.search,
    "an e-mail address": _EMAIL.search,
    "a telephone number": _PHONE.search,
    "a street address": _STREET.search,
}


def find_identifiers(cells: Cells, derived: Sequence[str] = ()) -> list[Finding]:
    """Return a finding for each column that names or holds direct identifiers.

    Parameters
    ----------
    derived
        Columns with dates that a mapping turns into ages or bands: a date of birth may stand
        there, and nowhere else.
    """
    findings = []
    for place, name in enumerate(cells.header):
        for rule in _column_rules(name, [row[place] for row in cells.rows], name in derived):
            findings.append(_finding(cells, place, *rule))
    return findings


def _finding(cells: Cells, place: int, rule: str, rows: list[int]) -> Finding:
    said = f"column at place {place + 1} {rule}; delete the column from this file"
    numbers = tuple(cells.numbers[row] for row in rows[:MOST_ROWS_NAMED])
    return Finding(cells.file, None, said, numbers, len(rows))


def _column_rules(name: str, values: list[str], derived: bool) -> list[tuple[str, list[int]]]:
    plain = re.sub(r"[^a-z']+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()).strip()
    for what, pattern in _NAMED.items():
        if re.fullmatch(pattern, plain) and not (derived and what == _BIRTH):
            return [(f"is called as {what} are", [])]
    if derived:
        return []
    for what, holds in _CELLS.items():
        rows = [row for row, value in enumerate(values) if holds(value)]
        if rows:
            return [(f"holds what looks like {what}", rows)]
    filled = [value for value in values if value]
    years = [int(found[1] or found[2]) for value in filled if (found := _DATE.fullmatch(value))]
    births = sum(year in _BIRTH_YEARS for year in years)
    if births and births * 2 >= len(filled):
        return [("holds what look like dates of birth", [])]
    named = [value for value in filled if _FULL_NAME.fullmatch(value)]
    if len(set(named)) >= 5 and len(set(named)) * 2 >= len(filled):
        return [("holds what look like names of people", [])]
    return []
