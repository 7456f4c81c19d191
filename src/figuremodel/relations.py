"""What a constraint says, as integer inequalities over counts of people.

Every relation of the language becomes rows `low <= sum of coefficient * count <= high`, and a
comparison of two rates one product. Percentages and means stay exact: a printed value is the
interval of numbers that its rounding rule takes there, cleared of fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from figuremodel.conditions import EVERYONE, Attribute, Condition, grid, parse
from figuremodel.errors import ConstraintError

ROUNDINGS = ("half_up", "half_even", "truncate")


@dataclass(frozen=True)
class Row:
    """`low <= sum of coefficient * number of people who meet the condition <= high`.

    A row without bounds asks nothing of a cohort; a synthetic one brings its sum near nought.
    """

    terms: tuple[tuple[int, Condition], ...]
    low: int | None = None
    high: int | None = None

    @property
    def bounded(self) -> bool:
        """Whether the row asks anything."""
        return self.low is not None or self.high is not None


@dataclass(frozen=True)
class Rates:
    """The share with `of` is strictly higher among `more` than among `less`."""

    of: Condition
    more: Condition
    less: Condition


Rule = Row | Rates


@dataclass(frozen=True)
class Setting:
    """What a relation needs to know of its file."""

    attributes: Mapping[str, Attribute]
    rounding: str

    def condition(self, written: Any) -> Condition:
        """Parse one condition of the file."""
        return parse(written, self.attributes)


def printed_interval(
    value: Fraction, unit: Fraction, rounding: str
) -> tuple[Fraction, bool, Fraction, bool]:
    """Return low, whether low itself counts, high, whether high itself counts.

    All numbers of that interval, and no others, print as `value` in steps of `unit`.
    """
    if rounding == "truncate":
        return value, True, value + unit, False
    half = unit / 2
    if rounding == "half_up":
        return value - half, True, value + half, False
    even = (value / unit) % 2 == 0
    return value - half, even, value + half, even


def scope_of(rule: Rule) -> list[frozenset[str]]:
    """Return the sets of attributes whose joint counts a rule needs."""
    if isinstance(rule, Rates):
        return [rule.of.scope | rule.more.scope, rule.of.scope | rule.less.scope]
    return [condition.scope for _, condition in rule.terms]


def conditions_of(rule: Rule) -> list[Condition]:
    """Return the conditions a rule counts."""
    if isinstance(rule, Rates):
        return [rule.of, rule.more, rule.less]
    return [condition for _, condition in rule.terms]


SIZES = ("equals", "at_least", "more_than", "at_most", "less_than")
LARGEST, FINEST = 10**9, Fraction(1, 10**6)
"""Beyond them the solver's whole numbers overflow."""


def _exactly(value: Any) -> Fraction:
    try:
        exact = Fraction(str(value))
    except ValueError:
        raise ConstraintError(f"{value} is not a number that can be compared") from None
    if abs(exact) > LARGEST or FINEST.denominator % exact.denominator:
        raise ConstraintError(
            f"{value} is out of reach: expected at most {LARGEST:,} with at most six decimals"
        )
    return exact


def _steps(written: Mapping[str, Any]) -> Fraction:
    """Return the unit a value was printed in: one, a tenth and so on."""
    text = str(written["equals"])
    decimals = int(written.get("decimals", len(text.partition(".")[2])))
    return Fraction(1, 10**decimals)


def _between(
    written: Mapping[str, Any], rounding: str | None
) -> tuple[Fraction | None, bool, Fraction | None, bool]:
    """Read equals, at_least, more_than, at_most, less_than as one interval."""
    given = [name for name in SIZES if name in written]
    ends = [sum(name in given for name in pair) for pair in (SIZES[1:3], SIZES[3:])]
    if max(ends) > 1 or ("equals" in given and len(given) > 1):
        raise ConstraintError(
            f"{' and '.join(given)} are given together: expected equals alone, or one lower and "
            "one upper size"
        )
    if "equals" in written:
        value = _exactly(written["equals"])
        if rounding is None:
            return value, True, value, True
        return printed_interval(value, _steps(written), rounding)
    low = high = None
    low_in = high_in = True
    for name, number in written.items():
        if name in {"at_least", "more_than"}:
            low, low_in = _exactly(number), name == "at_least"
        elif name in {"at_most", "less_than"}:
            high, high_in = _exactly(number), name == "at_most"
    if low is None and high is None:
        raise ConstraintError(f"no size given: expected one of {', '.join(SIZES)}")
    if (
        low is not None
        and high is not None
        and (low > high or (low == high and not (low_in and high_in)))
    ):
        raise ConstraintError(f"no number has the sizes {', '.join(given)} at once")
    return low, low_in, high, high_in


def _ratio_rows(
    weighted: list[tuple[int, Condition]],
    base: Condition,
    interval: tuple[Fraction | None, bool, Fraction | None, bool],
    printed: bool,
) -> list[Rule]:
    """Rows for `weighted sum / size of base` within an interval, and a base that is not empty."""
    low, low_in, high, high_in = interval

    def excess(bound: Fraction, sign: int) -> tuple[tuple[int, Condition], ...]:
        terms = [(sign * bound.denominator * weight, condition) for weight, condition in weighted]
        return (*terms, (-sign * bound.numerator, base))

    rows: list[Rule] = [Row(((1, base),), low=1)]
    if low is not None:
        rows.append(Row(excess(low, 1), low=0 if low_in else 1))
    if high is not None:
        rows.append(Row(excess(high, -1), low=0 if high_in else 1))
    if printed and low is not None and high is not None:
        rows.append(Row(excess((low + high) / 2, 1)))
    return rows


def _count(written: Mapping[str, Any], setting: Setting) -> list[Rule]:
    low, low_in, high, high_in = _between(written, None)
    of = setting.condition(written["of"])
    return [
        Row(
            ((1, of),),
            low=None if low is None else int(low) + (not low_in),
            high=None if high is None else int(high) - (not high_in),
        )
    ]


def _percent(written: Mapping[str, Any], setting: Setting) -> list[Rule]:
    for name in SIZES:
        if name in written and not 0 <= float(written[name]) <= 100:
            raise ConstraintError(f"{written[name]} is not a percentage: expected 0 to 100")
    rounding = str(written.get("rounding", setting.rounding))
    base = setting.condition(written.get("in", "everyone"))
    of = setting.condition(written["of"])
    return _ratio_rows([(100, of & base)], base, _between(written, rounding), "equals" in written)


def _mean(written: Mapping[str, Any], setting: Setting) -> list[Rule]:
    base = setting.condition(written.get("in", "everyone"))
    attribute = setting.attributes.get(written["of"])
    if attribute is None or not attribute.is_integer:
        raise ConstraintError(f"a mean needs an integer attribute, and {written['of']!r} is none")
    weighted = [
        (int(value), Condition("is", attribute.name, frozenset({code})) & base)
        for code, value in enumerate(attribute.values)
    ]
    rounding = str(written.get("rounding", setting.rounding))
    return _ratio_rows(weighted, base, _between(written, rounding), "equals" in written)


def _subset(written: Mapping[str, Any], setting: Setting) -> list[Rule]:
    outside = setting.condition(written["of"]) & ~setting.condition(written["in"])
    return [Row(((1, outside),), low=0, high=0)]


def _definition(written: Mapping[str, Any], setting: Setting) -> list[Rule]:
    this, that = setting.condition(written["of"]), setting.condition(written["when"])
    return [
        Row(((1, this & ~that),), low=0, high=0),
        Row(((1, that & ~this),), low=0, high=0),
    ]


def _compare(written: Mapping[str, Any], setting: Setting) -> list[Rule]:
    of = setting.condition(written["of"])
    one, other = setting.condition(written["in"]), setting.condition(written["than"])
    more, less = (one, other) if written["is"] == "more" else (other, one)
    return [Row(((1, one),), low=1), Row(((1, other),), low=1), Rates(of, more, less)]


def _sum(written: Mapping[str, Any], setting: Setting) -> list[Rule]:
    terms = [(1, setting.condition(part)) for part in written["of"]]
    total = written["equals"]
    if isinstance(total, int):
        return [Row(tuple(terms), low=total, high=total)]
    return [Row((*terms, (-1, setting.condition(total))), low=0, high=0)]


def _order(written: Mapping[str, Any], setting: Setting) -> list[Rule]:
    ranked = [setting.condition(part) for part in written["of"]]
    least = 1 if written.get("strictly") == "yes" else 0
    return [Row(((1, above), (-1, below)), low=least) for above, below in pairwise(ranked)]


RELATIONS: Mapping[str, Callable[[Mapping[str, Any], Setting], list[Rule]]] = {
    "count": _count,
    "percent": _percent,
    "mean": _mean,
    "subset": _subset,
    "definition": _definition,
    "compare": _compare,
    "sum": _sum,
    "order": _order,
}


def rules_of(relation: str, written: Mapping[str, Any], setting: Setting) -> tuple[Rule, ...]:
    """Return the rules of one relation.

    Raises
    ------
    UsageError, ConstraintError
        Unknown attribute or value, a percentage over 100, a group that nobody can be in.
    """
    rules = tuple(RELATIONS[relation](written, setting))
    for base in (written.get("in"), written.get("than")):
        if base is not None and relation in {"percent", "mean", "compare"}:
            _require_possible(setting.condition(base), setting)
    return rules


def _require_possible(base: Condition, setting: Setting) -> None:
    if base != EVERYONE:
        codes = {n: range(len(setting.attributes[n].values)) for n in sorted(base.scope)}
        if not base.holds(grid(codes)).any():
            raise ConstraintError("the base is empty: no combination of values meets it")
