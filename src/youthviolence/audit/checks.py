"""The kinds of relation between printed figures, each with its arithmetic in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from appendices.numbers import MINUS
from figuremodel.relations import ROUNDINGS
from youthviolence.audit.figures import (
    COUNTED,
    Interval,
    Reading,
    exactly,
    number,
    total,
    whole_numbers,
)
from youthviolence.audit.relations import (
    AMBIGUOUS,
    CONSISTENT,
    INCONSISTENT,
    Answer,
    Case,
    about,
    decided,
    outcome,
)

RULES = {
    "half_up": "rounding half up",
    "half_even": "rounding half to even",
    "truncate": "cutting off",
}
FURTHEST = 1_000
"""The largest group that is tried when a percentage fits none of the printed size."""


def _people(share: Interval, base: Interval) -> range:
    """Return the counts of a base that a percentage can stand for."""
    low, high = share.low * base.low / 100, share.high * base.high / 100
    return whole_numbers(Interval(max(low, Fraction(0)), min(high, base.high)))


def _granularity(case: Case) -> Answer:
    (share,), base = case.values, case.whole
    if counts := _people(share, base):
        some = counts[len(counts) // 2]
        span = f"{counts[0]} to {counts[-1]} do" if len(counts) > 1 else "no other does"
        line = f"{some} of {base} is {number(100 * some / base.low)} % ({span})"
        return Answer(CONSISTENT, line)
    below = int((share.low + share.high) / 200 * base.low)
    near = [f"{one} of {base} is {number(100 * one / base.low)} %" for one in (below, below + 1)]
    own = int(base.low)
    smaller = next((n for n in range(own - 1, 0, -1) if _people(share, exactly(n))), None)
    larger = next((n for n in range(own + 1, FURTHEST) if _people(share, exactly(n))), None)
    bases = " or ".join(str(n) for n in (smaller, larger) if n)
    hint = f"The nearest numbers of people that allow it are {bases}." if bases else ""
    line = f"{'; '.join(near)}; none gives {case.names()}"
    shares = [exactly(100 * one / base.low) for one in map(Fraction, (below, below + 1))]
    nearest = min(shares, key=lambda one: max(share.low - one.low, one.low - share.high))
    return Answer(INCONSISTENT, line, hint=hint, got=nearest, said=share)


def _one_rounding(case: Case) -> Answer:
    parts, base = case.relation.parts, case.whole
    allowed = {
        rule: {one for one in parts if _people(case.figures.under(rule).said(one).strict, base)}
        for rule in ROUNDINGS
    }
    lines = []
    for one in parts:
        rules = [RULES[rule] for rule in ROUNDINGS if one in allowed[rule]]
        says = "any rule" if len(rules) == len(RULES) else " or ".join(rules) or "no rule"
        lines.append(f"{case.figures.shown(one)} by {says}")
    against = tuple(one for one in parts if one not in allowed[case.figures.rounding])
    shared = any(some == set(parts) for some in allowed.values())
    return Answer(decided(shared), f"of {base}: {'; '.join(lines)}", against)


def _as_printed(got: Interval, said: Reading, line: str, result: str) -> Answer:
    end = "as printed" if got.meets(said.strict) else f"not {result} as printed"
    line = f"{line} = {about(got)}, {end}"
    return Answer(outcome(got, said), line, got=got, said=said.strict)


def _sum(case: Case) -> Answer:
    relation = case.relation
    said = case.said if relation.printed else Reading(case.whole, case.whole)
    result = case.numbers([relation.printed]) if relation.printed else case.size
    return _as_printed(total(case.values), said, case.numbers(relation.parts), result)


def _union(case: Case) -> Answer:
    one, other, both = case.values
    result = case.numbers([case.relation.printed])
    return _as_printed(one + other - both, case.said, f"{one} + {other} {MINUS} {both}", result)


def _together(case: Case, most: Fraction | None = None) -> Interval:
    """Return how many people some groups can be together, when their overlap is not known."""
    reach = total(case.values).high
    largest = max(value.low for value in case.values)
    return Interval(largest, reach if most is None else min(reach, most))


def _cover(case: Case) -> Answer:
    reach = _together(case)
    return case.judge(reach, f"groups of {case.names()} are {reach} people together")


def _share_of_any(case: Case) -> Answer:
    reach = _together(case, case.whole.high)
    got = (reach / case.whole).times(100)
    return case.judge(
        got, f"groups of {case.names()} are {reach} of {case.whole} people together, {got} %"
    )


def _subset(case: Case) -> Answer:
    fits = all(value.low <= case.whole.high for value in case.values)
    verb = "are" if len(case.values) > 1 else "is"
    line = f"{case.numbers(case.relation.parts, ' and ')} {verb} {'no more' if fits else 'more'}"
    line = f"{line} than the {case.size} of the whole"
    largest = max(case.values, key=lambda one: one.low)
    return Answer(decided(fits), line, got=Interval(Fraction(0), case.whole.high), said=largest)


def _share(case: Case) -> Answer:
    got = (total(case.values) / case.whole).times(100)
    return case.judge(got, f"{case.top} / {case.size} = {about(got)} %")


def _between(case: Case) -> Answer:
    values, relation = case.values, case.relation
    reach = Interval(min(value.low for value in values), max(value.high for value in values))
    found = outcome(reach, case.said)
    one, *others = (case.figures.value(name) for name in (relation.printed, *relation.parts))
    where = "between" if found == CONSISTENT else "outside"
    parts = " and ".join(number(other) for other in others)
    line = f"{number(one)} % lies {where} {parts} %, of which it is made up"
    if found == CONSISTENT and len(others) == 2 and others[0] != others[1]:
        first = 100 * (one - others[1]) / (others[0] - others[1])
        line += f"; it holds if the first part is {number(first)} % of the whole"
    return Answer(found, line, got=reach, said=case.said.strict)


def _common_base(case: Case) -> Answer:
    pairs = list(zip(case.relation.parts, case.relation.whole, strict=True))
    said, shown = case.figures.said, case.figures.shown
    bases = [(said(count).strict / said(share).strict).times(100) for count, share in pairs]
    shared = max(base.low for base in bases) <= min(base.high for base in bases)
    lines = [
        f"{shown(count)} at {shown(share)} needs {base}"
        for (count, share), base in zip(pairs, bases, strict=True)
    ]
    if len(bases) > 1:
        lines.append("one base fits all" if shared else "no base fits all")
    return Answer(decided(shared), "; ".join(lines))


def _change(case: Case) -> Answer:
    before, after = case.values
    got = ((after - before) / before).times(100)
    steps, sign = case.numbers(case.relation.parts, " to "), "+" if got.low > 0 else ""
    line = f"from {steps} is {sign}{about(got)} %"
    if case.figures.phrase(case.relation.printed) or not case.figures.in_words(
        case.relation.printed
    ):
        return case.judge(got.times(-1) if got.high < 0 else got, line)
    rises = (case.relation.stated or 1) > 0
    holds = got.low > 0 if rises else got.high < 0
    return Answer(decided(holds), f"{line}, against {case.printed}")


def _complement(case: Case) -> Answer:
    readings = [case.figures.said(one) for one in case.relation.parts]
    strict, wide = (total(one.strict for one in readings), total(one.wide for one in readings))
    added = number(sum(map(case.figures.value, case.relation.parts), start=Fraction(0)))
    line = f"{case.numbers(case.relation.parts, ' and ')} make {added} %, with rounding {strict} %"
    return Answer(outcome(exactly(100), Reading(strict, wide)), f"{line}, against 100 %")


def _compare(case: Case) -> Answer:
    group, size = (value.low for value in case.values)
    wider, everyone = (case.figures.said(one).strict.low for one in case.relation.whole)
    rest_of_all = wider - group, everyone - size
    rows = {"the group": (group, size), "the rest": rest_of_all, "all": (wider, everyone)}
    line = ", ".join(
        f"{number(some)}/{number(base)} = {number(100 * some / base)} % in {whom}"
        for whom, (some, base) in rows.items()
    )
    lead = group / size - (wider - group) / (everyone - size)
    more = (case.relation.stated or 1) > 0
    rest = 100 * (wider - group) / (everyone - size)
    said = Interval(rest, Fraction(100)) if more else Interval(Fraction(0), rest)
    return Answer(
        decided(lead > 0 if more else lead < 0), f"{line}, against {case.printed}",
        got=exactly(100 * group / size), said=said,
    )  # fmt: skip


def _same(case: Case) -> Answer:
    readings = [case.figures.said(one) for one in case.relation.parts]
    strict = all(a.strict.meets(b.strict) for a, b in pairwise(readings))
    wide = all(a.wide.meets(b.wide) for a, b in pairwise(readings))
    found = CONSISTENT if strict else AMBIGUOUS if wide else INCONSISTENT
    verb = {CONSISTENT: "agree", AMBIGUOUS: "may agree", INCONSISTENT: "differ"}[found]
    *most, last = case.relation.parts
    line = f"{case.names(most, ', ')} and {case.names([last])} {verb}"
    words_first = sorted(case.relation.parts, key=lambda one: not case.figures.in_words(one))
    said, got = (case.figures.said(words_first[end]).strict for end in (0, -1))
    counted = {case.figures.row(one)["unit"] for one in case.relation.parts} & set(COUNTED)
    if len(counted) < 2:
        return Answer(found, line, got=got, said=said)
    found = AMBIGUOUS if found == CONSISTENT else found
    return Answer(found, f"{line}, but count different things: {', '.join(sorted(counted))}")


def _two_senses(case: Case) -> Answer:
    rows = [(case.figures.shown(one), case.figures.row(one)) for one in case.relation.parts]
    return Answer(AMBIGUOUS, "; ".join(f"{shown}: {row['label']}" for shown, row in rows))


def _exceed(case: Case) -> Answer:
    least = case.whole.high
    holds = all(value.low > least for value in case.values)
    above = case.numbers(case.relation.whole) if case.relation.whole else "nought"
    verb = "lie" if len(case.values) > 1 else "lies"
    line = f"{case.names()} {verb if holds else 'do not all lie'} above {above}"
    return Answer(decided(holds), f"{line}, against {case.printed}")


def _gap(case: Case) -> Answer:
    rate, gap = case.values
    points, ratio = rate - gap, (rate / (exactly(100) + gap)).times(100)
    line = f"{case.names(sign=' less ')} is {points} % as points, {ratio} % as a ratio"
    if not case.relation.printed:
        return Answer(AMBIGUOUS, line)
    fits = [one.meets(case.said.strict) for one in (points, ratio)]
    found = CONSISTENT if all(fits) else AMBIGUOUS if any(fits) else INCONSISTENT
    return Answer(found, f"{line}, against {case.printed}")


def _span(case: Case) -> Answer:
    printed = " ".join(str(case.figures.row(one)["printed"]) for one in case.relation.parts)
    years = [int(year) for year in re.findall(r"\b(?:19|20)\d\d", printed)]
    length = max(years) - min(years)
    return case.judge(exactly(length), f"{min(years)} to {max(years)}: {length} apart")


def _counted(case: Case) -> Answer:
    stated = case.relation.stated or Fraction(len(case.relation.parts))
    return case.judge(exactly(stated), f"{number(stated)} counted")


def _bands(case: Case) -> Answer:
    ages = [case.figures.ages(one) for one in case.relation.parts]
    apart = all(one.high < other.low for one, other in pairwise(ages))
    if not case.relation.whole:
        return Answer(decided(apart), f"{case.names()} {'do not meet' if apart else 'overlap'}")
    whole = case.figures.ages(case.relation.whole[0])
    inside = apart and ages[0].low >= whole.low and ages[-1].high <= whole.high
    reach = "lie inside" if inside else "reach beyond"
    return Answer(decided(inside), f"{case.names()} {reach} {case.names(case.relation.whole)}")


@dataclass(frozen=True)
class Kind:
    """What a kind of relation needs, and which of its figures a failure speaks against.

    `parts` is how many it takes, nought for one or more; `size` says whether it takes the figures
    of a `whole` ("figures"), one for each part ("each"), either figures or a `stated` number
    ("any"), or none (""); `printed` whether it needs one.
    """

    check: Callable[[Case], Answer]
    parts: int = 0
    size: str = ""
    printed: bool = True
    against: str = "all"


KINDS: Mapping[str, Kind] = {
    "granularity": Kind(_granularity, 1, "any", printed=False, against="parts"),
    "one rounding": Kind(_one_rounding, 0, "any", printed=False, against="parts"),
    "sum": Kind(_sum, printed=False),
    "union": Kind(_union, 3),
    "cover": Kind(_cover),
    "subset": Kind(_subset, 0, "any", printed=False),
    "share": Kind(_share, 0, "any", against="printed"),
    "share of any": Kind(_share_of_any, 0, "any", against="printed"),
    "between": Kind(_between),
    "common base": Kind(_common_base, 0, "each", printed=False, against="whole"),
    "change": Kind(_change, 2, against="printed"),
    "complement": Kind(_complement, printed=False),
    "compare": Kind(_compare, 2, "figures", against="printed"),
    "same": Kind(_same, printed=False),
    "exceed": Kind(_exceed, against="printed"),
    "two senses": Kind(_two_senses, printed=False),
    "gap": Kind(_gap, 2, printed=False, against="parts"),
    "span": Kind(_span, against="printed"),
    "counted": Kind(_counted, against="printed"),
    "bands": Kind(_bands, printed=False),
}
