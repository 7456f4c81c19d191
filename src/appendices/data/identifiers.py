"""Refuse direct identifiers: names, addresses, NHS numbers, dates of birth, postcodes, contacts.

Found by what a column is called and by what its cells look like. A finding gives the column's
place and the rule; what stands there is never shown. Patterns miss things: a free text can name a
person in a way that no pattern knows, which is why free text never goes further than the file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from appendices.data.cells import Cells, Column, clean
from appendices.data.findings import Finding, finding_in_rows
from appendices.data.mapping import FileMapping
from appendices.settings import compendium

_PERSON = "|".join(
    (
        "parent", "carer", "mother", "father", "guardian", "client", "patient", "child", "pupil",
        "student", "person", "people", "service user", "user", "suspect", "defendant", "worker",
        *compendium().person_words,
    )
)  # fmt: skip
_NAMED = {
    "names of people": r"((fore|sur|first|last|middle|full|family|given|maiden|known as|preferred|"
    rf"{_PERSON}|contact|f|l)('?s)? ?)*names?( of (the )?.*({_PERSON})('?s)?)?"
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
# Of any script and in any case: what tells names from short notes is that hardly any comes twice.
_WORD = r"[^\W\d_](?:[^\W\d_]|['\u2019-](?=[^\W\d_]))*"
_FULL_NAME = re.compile(
    rf"(?:(?:mr|mrs|ms|miss|dr)\.? )?{_WORD}(?:, ?| )(?:{_WORD}\.? ){{0,2}}{_WORD}", re.I
)
_NOT_IN_NAMES = frozenset(
    re.findall(
        r"\w+",
        "a about after again all an and any arrest as asked at attended back be before between by "
        "call called case charge closed court due for from general had has he her his home "
        "hospital in into is it known left low high medium me new next no none not of off on open "
        "or other out over pending police refer referral referred review school seen self she "
        "since team the their then they to under unit unknown up via visit waiting ward was were "
        "when with without week year",
    )
)
_LEAST_NAMES = 5
_DATE = re.compile(
    r"(?:\d{1,2}[/. -](?:\d{1,2}|[A-Za-z]{3,9})[/. -](?P<last>\d{4}|\d{2})"
    r"|\d{1,2}[A-Za-z]{3,9}(?P<short>\d{4})|[A-Za-z]{3,9} \d{1,2},? (?P<us>\d{4})"
    r"|(?P<first>\d{4})(?:[/. -]\d{1,2}[/. -]\d{1,2}|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])))"
    r"(?:[ T][\d:.]+)?"
)
_BIRTH_YEARS = range(1940, 2100)
# Of columns that are called so, dates from this year on are taken for what they say.
_EVENTS = re.compile(
    r"\b(refer\w*|court|hearing|offen[cs]e|arrest\w*|incident|admi\w+|discharge\w*|assess\w*|"
    r"review\w*|open\w*|clos\w+|sentence\w*|release\w*|charge\w*|appointment|extract\w*|report\w*)\b",
    re.I,
)
_EVENTS_FROM = 2016


@dataclass(frozen=True)
class _Marks:
    """How many marks of which kind each of many texts has, counted for all of them at once."""

    digits: NDArray[np.intp]
    letters: NDArray[np.intp]
    at_signs: NDArray[np.intp]
    inward: NDArray[np.bool_]
    starts_with_digit: NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Sequence[str]) -> _Marks:
        """Return the marks of `texts`, which have no line breaks; all beyond ASCII are letters."""
        raw = np.frombuffer(("\n".join(texts) + "\n\n\n").encode(), np.uint8)
        starts = np.r_[0, np.flatnonzero(raw == 10)[: len(texts)] + 1]
        is_digit = (raw >= 48) & (raw <= 57)
        lower = raw | 32
        is_letter = ((lower >= 97) & (lower <= 122)) | (raw >= 128)
        # The second half of a postcode: a digit and two letters.
        inward = is_digit[:-2] & is_letter[1:-1] & is_letter[2:]
        sums = [np.r_[0, np.cumsum(kind)] for kind in (is_digit, is_letter, raw == 64, inward)]
        digits, letters, at_signs, halves = (
            one[np.minimum(starts[1:], len(one) - 1)] - one[np.minimum(starts[:-1], len(one) - 1)]
            for one in sums
        )
        return cls(digits, letters, at_signs, halves > 0, is_digit[starts[:-1]])


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


# What a single cell may not hold, and what is quickly told of a text that can hold it.
_CELLS: dict[str, tuple[Callable[[str], object], Callable[[_Marks], NDArray[np.bool_]]]] = {
    "an NHS number": (is_nhs_number, lambda marks: marks.digits >= 10),
    "a National Insurance number": (
        _INSURANCE.search, lambda marks: (marks.digits >= 6) & (marks.letters >= 3)
    ),
    "a postcode": (_POSTCODE.search, lambda marks: marks.inward),
    "an e-mail address": (_EMAIL.search, lambda marks: marks.at_signs > 0),
    "a telephone number": (_PHONE.search, lambda marks: marks.digits >= 10),
    "a street address": (
        _STREET.search, lambda marks: marks.starts_with_digit & (marks.letters >= 4)
    ),
}  # fmt: skip


def find_identifiers(cells: Cells, mapping: FileMapping) -> list[Finding]:
    """Return a finding for each column that names or holds direct identifiers.

    A date of birth may stand in a column whose dates the mapping turns into ages or bands, and
    nowhere else. Where the mapping has declared values, or the column is declared to hold none,
    two words are no person's name; and days that stay days, or are declared so, are no births.
    """
    derived = {clean(name) for name in mapping.derived}
    days = {clean(name) for name in mapping.days}
    coded = {clean(rule.source) for rule in mapping.columns.values() if rule.values}
    coded |= {clean(name) for name in mapping.not_names}
    findings = []
    for place, (name, column) in enumerate(zip(cells.header, cells.columns, strict=True)):
        called = _called(name)
        if called and not (called == _BIRTH and name in derived):
            findings.append(_finding(cells, place, f"is called as {called} are", ()))
        elif name not in derived:
            rule = _held(column, name, is_day=name in days, is_coded=name in coded)
            if rule:
                findings.append(_finding(cells, place, *rule))
    return findings


def _finding(cells: Cells, place: int, rule: str, texts: Iterable[str]) -> Finding:
    said = f"column at place {place + 1} {rule}; delete the column from this file"
    rows = cells.numbers[cells.columns[place].holds(texts)]
    return finding_in_rows(cells.file, None, said, rows)


def _called(name: str) -> str | None:
    """Return what identifiers a column is called as."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    plain = re.sub(r"[^a-z']+", " ", _unaccented(spaced)).strip()
    return next((what for what, form in _NAMED.items() if re.fullmatch(form, plain)), None)


def _unaccented(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return "".join(mark for mark in parts if not unicodedata.combining(mark))


def _held(
    column: Column, name: str, *, is_day: bool, is_coded: bool
) -> tuple[str, tuple[str, ...]] | None:
    """Return the first rule that a column's cells break, and the texts where it is not all."""
    texts, marks = column.texts, _Marks.of(column.texts)
    for what, (holds, may_hold) in _CELLS.items():
        held = tuple(texts[at] for at in np.flatnonzero(may_hold(marks)) if holds(texts[at]))
        if held:
            return f"holds what looks like {what}", held
    counts = np.bincount(column.codes, minlength=len(texts))
    filled = int(counts.sum() - (counts[texts.index("")] if "" in texts else 0))
    births = 0 if is_day else _count_births(texts, counts, marks, name)
    if births and births * 2 >= filled:
        return "holds what look like dates of birth (of other dates: list it under `not_birth`)", ()
    if not is_coded and len(texts) >= _LEAST_NAMES and len(texts) * 2 >= filled:
        named = sum(_is_name(texts[at]) for at in np.flatnonzero(marks.digits == 0))
        if named >= _LEAST_NAMES and named * 2 >= filled:
            return "holds what look like names of people (if not: list it under `not_names`)", ()
    return None


def _count_births(texts: Sequence[str], counts: NDArray[np.intp], marks: _Marks, name: str) -> int:
    """Return how many rows hold what may be a date of birth."""
    before = _EVENTS_FROM if _EVENTS.search(name) else _BIRTH_YEARS.stop
    # Digits alone, with the name of a month, or with the T before a time.
    is_likely = (marks.letters == 0) | ((marks.letters >= 3) & (marks.letters <= 9))
    is_likely = (marks.digits >= 3) & (is_likely | ((marks.letters == 1) & (marks.digits >= 10)))
    years = ((at, _year(texts[at]) or 0) for at in np.flatnonzero(is_likely).tolist())
    return sum(int(counts[at]) for at, year in years if _BIRTH_YEARS.start <= year < before)


def _is_name(text: str) -> bool:
    words = text.casefold().replace(",", " ").split()
    return bool(_FULL_NAME.fullmatch(text)) and _NOT_IN_NAMES.isdisjoint(words)


def _year(text: str) -> int | None:
    """Return the year of a date in any common form; two digits are of the last hundred years."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year = int(next(one for one in found.group("last", "short", "us", "first") if one))
    return year if year > 99 else year + (2000 if year < 30 else 1900)
