"""Refuse direct identifiers: names, addresses, NHS numbers, dates of birth, postcodes, contacts.

Found by what a column is called and by what its cells look like. A finding gives the column's
place and the rule; what stands there is never shown. Patterns miss things: a free text can name a
person in a way that no pattern knows, which is why free text never goes further than the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from youthviolence.sources.cells import Cells
from youthviolence.sources.findings import MOST_ROWS_NAMED, Finding

_NAMED = {
    "names of people": r"((fore|sur|first|last|middle|full|family|given|maiden|known as|preferred|"
    r"parent|carer|mother|father|guardian|client|patient|child|pupil|student|young person|person|"
    r"people|service user|user|offender|victim|suspect|defendant|contact|worker|yp|f|l)"
    r"('?s)? ?)*names?( of (the )?.*(child|client|parent|patient|person|people|pupil|student|yp|"
    r"user|offender|victim)('?s)?)?"
    r"|.*\b(fore|sur)names?\b.*|alias(es)?|aka|initials|next of kin",
    "addresses": r".*\b(address|addr|street|house (no|number|name)|uprn|town of residence)\b.*",
    "postcodes": r".*\bpost(al)? ?codes?\b.*|pcd|.*\bzip\b.*",
    "NHS numbers": r".*\bnhs ?(no|num|number|id)\b.*|nhs",
    "dates of birth": r".*\b(dob|d o b|date ?of ?birth|birth ?date|birthday|born)\b.*",
    "e-mail addresses": r".*\be ?mails?\b.*",
    "telephone numbers": r".*\b(tele)?phone\b.*|.*\bmobile\b.*|tel( no)?|contact (no|number)",
    "other identifying numbers": r".*\b(national insurance|ni n(o|umber)|upn|passport|pnc|cro)\b.*"
    r"|nino|hospital (no|number)|mrn|.*\bnoms\b.*|case (no|number|ref.*)",
}
_BIRTH = "dates of birth"
_POSTCODE = re.compile(r"\b(GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]?[ -]?\d[ABD-HJLNP-UW-Z]{2})\b", re.I)
_INSURANCE = re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b", re.I)
_EMAIL = re.compile(r"[^\s@]@[^\s@]+\.[^\s@]{2}")
_PHONE = re.compile(r"(?<!\d)(?:\+44[\s().-]*|0)(?:\(0\))?[1237](?:[\s().-]*\d){8,9}(?!\d)")
_TEN = re.compile(r"(?<![\d.])(\d{3})[ -]?(\d{3})[ -]?(\d{4})(?:\.0+)?(?![\d.])")
_STREET = re.compile(
    r"^\d+[a-z]?,? +[a-z][a-z' -]+ (road|rd|street|st|avenue|ave|close|lane|drive|court|way|"
    r"gardens|terrace|grove|crescent|place|square)\b", re.I)  # fmt: skip
_FULL_NAME = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Miss|Dr)\.? )?[A-Z][A-Za-z'\u2019-]+(?:, ?| )"
    r"(?:[A-Z](?:\.|[A-Za-z'\u2019-]+)? )?[A-Z][A-Za-z'\u2019-]+"
)
_DATE = re.compile(
    r"(?:\d{1,2}[/. -](?:\d{1,2}|[A-Za-z]{3,9})[/. -](?P<last>\d{4}|\d{2})"
    r"|\d{1,2}[A-Za-z]{3,9}(?P<short>\d{4})|[A-Za-z]{3,9} \d{1,2},? (?P<us>\d{4})"
    r"|(?P<first>\d{4})(?:[/. -]\d{1,2}[/. -]\d{1,2}|\d{4}))(?:[ T][\d:.]+)?"
)
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
    "a National Insurance number": _INSURANCE.search,
    "a postcode": _POSTCODE.search,
    "an e-mail address": _EMAIL.search,
    "a telephone number": _PHONE.search,
    "a street address": _STREET.search,
}


def find_identifiers(
    cells: Cells,
    derived: Collection[str] = (),
    coded: Collection[str] = (),
    days: Collection[str] = (),
) -> list[Finding]:
    """Return a finding for each column that names or holds direct identifiers.

    Parameters
    ----------
    derived
        Columns with dates that a mapping turns into ages or bands: a date of birth may stand
        there, and nowhere else.
    coded
        Columns that may hold declared values only: there *Black African* is no person's name.
    days
        Columns with dates that a mapping keeps as dates: early ones are no births.
    """
    findings = []
    for place, name in enumerate(cells.header):
        values = [row[place] for row in cells.rows]
        rule = _column_rule(
            name, values, derived=name in derived, coded=name in coded, is_day=name in days
        )
        if rule:
            findings.append(_finding(cells, place, *rule))
    return findings


def _finding(cells: Cells, place: int, rule: str, rows: list[int]) -> Finding:
    said = f"column at place {place + 1} {rule}; delete the column from this file"
    numbers = tuple(cells.numbers[row] for row in rows[:MOST_ROWS_NAMED])
    return Finding(cells.file, None, said, numbers, len(rows))


def _column_rule(
    name: str, values: list[str], *, derived: bool, coded: bool, is_day: bool
) -> tuple[str, list[int]] | None:
    """Return the first rule that a column breaks, and in which rows where it is not all of it."""
    plain = re.sub(r"[^a-z']+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()).strip()
    for what, pattern in _NAMED.items():
        if re.fullmatch(pattern, plain) and not (derived and what == _BIRTH):
            return f"is called as {what} are", []
    if derived:
        return None
    for what, holds in _CELLS.items():
        held = {value for value in set(values) if holds(value)}
        if held:
            return (
                f"holds what looks like {what}",
                [row for row, value in enumerate(values) if value in held],
            )
    filled = [value for value in values if value]
    births = sum(_year(value) in _BIRTH_YEARS for value in filled)
    if births and births * 2 >= len(filled) and not is_day:
        return "holds what look like dates of birth", []
    named = {value for value in filled if _FULL_NAME.fullmatch(value)}
    if not coded and len(named) >= 5 and len(named) * 2 >= len(filled):
        return "holds what look like names of people", []
    return None


def _year(text: str) -> int | None:
    """Return the year of a date in any common form; two digits are of the last hundred years."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year = int(next(one for one in found.group("last", "short", "us", "first") if one))
    return year if year > 99 else year + (2000 if year < 30 else 1900)
