"""Relations that the register gives away by itself: bases, rounding, pairs, runs and links.

Nothing here knows what a figure is about. A scan reads the columns of the register: which figures
share a base, stand on one line, follow one another, or say in `relation` what they restate, are a
part, a complement or a quotient of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any

from youthviolence.audit.evaluate import essence
from youthviolence.audit.figures import Figures, Record
from youthviolence.audit.relations import Relation

_ID = r"(L\d+\.\d+)"
_LINKS = {
    "over": re.compile(rf"^{_ID} over {_ID}"),
    "restates": re.compile(rf"^restates {_ID}"),
    "complement": re.compile(rf"complement of {_ID}"),
    "part": re.compile(rf"(?:part of|at most) {_ID}( as a reading)?"),
    "contains": re.compile(rf"at least {_ID}( as a reading)?"),
    "sum": re.compile(rf"sum of {_ID} to {_ID}"),
    "union": re.compile(rf"union of {_ID} and {_ID}"),
    "both": re.compile(rf"intersection of {_ID} and {_ID}"),
}
SAYS = {
    "granularity": "A whole percentage must come from a whole number of people.",
    "one rounding": "Percentages of one base are rounded by one rule.",
    "share": "The share and the two counts it is made of are all printed.",
    "subset": "A part is no larger than its whole.",
    "sum": "The parts of a group add up to it.",
    "complement": "Two shares that exclude each other and leave nothing out make 100 %.",
    "same": "One quantity is printed more than once.",
    "union": "How many are in either of two groups follows from how many are in each and in both.",
}


def discover(figures: Figures) -> list[Relation]:
    """Return every relation that a scan finds, each once, in the order of the scans."""
    found: dict[tuple[object, ...], Relation] = {}
    for scan in SCANS:
        for one in scan(figures):
            found.setdefault(essence(one, figures), one)
    return list(found.values())


def _relation(kind: str, parts: tuple[str, ...], **roles: Any) -> Relation:
    one = Relation(id="", kind=kind, parts=parts, says=SAYS[kind], found="scan", **roles)
    return replace(one, id=f"{kind} {' '.join(one.figures)}")


def _of_base(figures: Figures, name: str) -> dict[str, Any]:
    """Return the base of a figure as a role: the figure that prints it, else its size.

    Where the register says that the base is not printed, the relation rests on a reading.
    """
    printed = figures.base_figure(name)
    base = {"whole": (printed,)} if printed else {"stated": Fraction(figures.base(name) or 0)}
    return base | {"firm": "base not printed" not in str(figures.row(name)["denominator"])}


def _shares(figures: Figures) -> Iterator[str]:
    """Yield each whole percentage of a group whose size is printed with it."""
    for name, row in figures.rows.items():
        base = figures.base(name)
        if base and row["precision"] == "whole percent" and base < 1000 and _is_of_people(row):
            yield name


def _is_of_people(row: Record) -> bool:
    """Whether a figure is a share of a counted group and not of money or of an earlier year."""
    return row["unit"] == "percent" and not re.search(
        r"GBP|\bin (19|20)\d\d", str(row["denominator"])
    )


def granular(figures: Figures) -> Iterator[Relation]:
    """Yield each whole percentage of a printed base: can whole people give it."""
    for name in _shares(figures):
        yield _relation("granularity", (name,), **_of_base(figures, name))


def rounded_alike(figures: Figures) -> Iterator[Relation]:
    """Yield all whole percentages of one base: can one rounding rule give them."""
    by_base: dict[str, list[str]] = {}
    for name in _shares(figures):
        by_base.setdefault(str(figures.row(name)["denominator"]), []).append(name)
    for names in by_base.values():
        if len(names) > 1:
            yield _relation("one rounding", tuple(names), **_of_base(figures, names[0]))


def pairs(figures: Figures) -> Iterator[Relation]:
    """Yield a count and a percentage of the same base beside each other on one line."""
    rows = list(figures.rows.items())
    for (one, first), (other, second) in pairwise(rows):
        beside = first["line"] == second["line"] and first["denominator"] == second["denominator"]
        if not (beside and figures.base(one)):
            continue
        # Words come before their count, "half (20)"; a percentage stands on either side of it.
        for share, count in ((one, other), (other, one)):
            leads = share == one or not figures.in_words(share)
            if _has_share(figures, share) and figures.is_count(count) and leads:
                base = _of_base(figures, count)
                yield _relation("share", (count,), **base, printed=share)


def within_base(figures: Figures) -> Iterator[Relation]:
    """Yield each count of a group whose size is printed: no more than the group."""
    for name in figures.rows:
        if figures.base(name) and figures.is_count(name):
            yield _relation("subset", (name,), **_of_base(figures, name))


def runs(figures: Figures) -> Iterator[Relation]:
    """Yield counts on lines that follow each other whose sum is the size of their group."""
    counts = [
        (name, row) for name, row in figures.rows.items()
        if figures.base(name) and figures.is_count(name)
    ]  # fmt: skip

    def run_of(place: int) -> tuple[object, ...]:
        row = counts[place][1]
        return row["denominator"], row["unit"], row["line"] - place

    for _, places in groupby(range(len(counts)), run_of):
        names = tuple(counts[place][0] for place in places)
        base = figures.base(names[0])
        if len(names) > 1 and sum(figures.value(name) for name in names) == base:
            yield _relation("sum", names, **_of_base(figures, names[0]))


def links(figures: Figures) -> Iterator[Relation]:
    """Yield what the register itself says that a figure is made of."""
    both = {}
    for name, row in figures.rows.items():
        if match := _LINKS["both"].search(str(row["relation"])):
            both[frozenset(match.groups())] = name
    for name, row in figures.rows.items():
        text = str(row["relation"])
        found = {link: match for link, pattern in _LINKS.items() if (match := pattern.search(text))}
        if (
            (match := found.get("over"))
            and name not in match.groups()
            and _has_share(figures, name)
        ):
            top, base = match.groups()
            yield _relation("share", (top,), whole=(base,), printed=name)
        if match := found.get("restates"):
            yield from _restated(figures, name, match[1])
        if match := found.get("complement"):
            yield _relation("complement", (name, match[1]))
        for link in ("part", "contains"):
            if (match := found.get(link)) and _counts_alike(figures, name, match[1]):
                part, whole = (name, match[1]) if link == "part" else (match[1], name)
                yield _relation("subset", (part,), whole=(whole,), firm=not match[2])
        if match := found.get("sum"):
            ids = list(figures.rows)
            parts = tuple(ids[ids.index(match[1]) : ids.index(match[2]) + 1])
            yield _relation("sum", parts, printed=name)
        if (match := found.get("union")) and (overlap := both.get(frozenset(match.groups()))):
            yield _relation("union", (*match.groups(), overlap), printed=name)


def _restated(figures: Figures, name: str, other: str) -> Iterator[Relation]:
    if not (_has_number(figures, name) and _has_number(figures, other)):
        return
    if _has_share(figures, name) == _has_share(figures, other):
        yield _relation("same", (name, other))
    elif figures.base(other) and _has_share(figures, name):
        yield _relation("share", (other,), **_of_base(figures, other), printed=name)


def _has_share(figures: Figures, name: str) -> bool:
    row = figures.row(name)
    return row["unit"] == "percent" or bool(figures.phrase(name))


def _has_number(figures: Figures, name: str) -> bool:
    return bool(figures.phrase(name)) or figures.row(name)["value"] == figures.row(name)["value"]


def _counts_alike(figures: Figures, one: str, other: str) -> bool:
    """Whether two figures are counts of one thing, or shares of one group."""
    first, second = figures.row(one), figures.row(other)
    same = first["unit"] == second["unit"]
    return same and (first["unit"] != "percent" or _is_of_people(first))


SCANS: tuple[Callable[[Figures], Iterator[Relation]], ...] = (
    granular, rounded_alike, links, pairs, within_base, runs,
)  # fmt: skip
