"""A relation between printed figures: what it names, how it is written, and the answer to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from youthviolence.audit.figures import Figures, Interval, Reading, exactly, number, total

CONSISTENT, AMBIGUOUS, INCONSISTENT = ("consistent", "ambiguous", "inconsistent")
WIDEST = "The words are taken in their widest sense."


@dataclass(frozen=True)
class Relation:
    """A statement that some figures stand in a relation, and what could mend it if they do not.

    Figures are named by role: `parts`, `whole`, and `printed`, the one that states the result.
    `stated` is a number that no figure prints, such as the size of a group named in passing. A
    relation that is not `firm` rests on a reading of ours, told in `reading` where it is not what
    the relation says: where it fails the figures are ambiguous, not inconsistent. `in_question`
    names the figures that a failure speaks against, where they are not those that its kind says.
    """

    id: str
    kind: str
    parts: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    printed: str = ""
    stated: Fraction | None = None
    firm: bool = True
    reading: str = ""
    in_question: tuple[str, ...] = ()
    says: str = ""
    repair: str = ""

    @property
    def figures(self) -> tuple[str, ...]:
        """Every figure it names, once, in order."""
        named = [*self.parts, *self.whole, self.printed]
        return tuple(dict.fromkeys(name.removeprefix("-") for name in named if name))


@dataclass(frozen=True)
class Answer:
    """What a check found: the outcome, one line of arithmetic, and what it speaks against.

    `hint` is a reading that would repair it, worked out and not declared; `got` what follows from
    the other figures and `said` what is printed, where both are numbers.
    """

    outcome: str
    arithmetic: str
    against: tuple[str, ...] = ()
    hint: str = ""
    got: Interval | None = None
    said: Interval | None = None


@dataclass(frozen=True)
class Case:
    """A relation before the register: the numbers it is about, and how they are written."""

    relation: Relation
    figures: Figures

    @property
    def values(self) -> list[Interval]:
        """What each part stands for."""
        return [self.figures.said(one).strict for one in self.relation.parts]

    @property
    def whole(self) -> Interval:
        """The size of the whole: its figures added, else the number stated."""
        if self.relation.whole:
            return total(self.figures.said(one).strict for one in self.relation.whole)
        return exactly(self.relation.stated or 0)

    @property
    def said(self) -> Reading:
        """What the printed result stands for."""
        return self.figures.said(self.relation.printed)

    @property
    def printed(self) -> str:
        """The printed result as it stands in the report."""
        return self.figures.shown(self.relation.printed)

    def names(self, ids: Sequence[str] | None = None, sign: str = " and ") -> str:
        """Return figures as they are printed, joined; the parts where none are named."""
        return sign.join(map(self.figures.shown, self.relation.parts if ids is None else ids))

    def numbers(self, ids: Sequence[str], sign: str = " + ") -> str:
        """Return the printed numbers joined; words stay as they are printed."""
        return sign.join(
            self.figures.shown(one)
            if self.figures.in_words(one)
            else number(self.figures.value(one))
            for one in ids
        )

    @property
    def top(self) -> str:
        """The parts added, as the upper side of a fraction."""
        added = self.numbers(self.relation.parts)
        return f"({added})" if len(self.relation.parts) > 1 else added

    @property
    def size(self) -> str:
        """The whole, as the lower side of a fraction."""
        if not self.relation.whole:
            return number(self.relation.stated or Fraction(0))
        added = self.numbers(self.relation.whole)
        return f"({added})" if len(self.relation.whole) > 1 else added

    def judge(self, got: Interval, line: str) -> Answer:
        """Hold a result against the printed one, and say so at the end of the line."""
        said = self.said
        line = f"{line}, against {self.printed}"
        return Answer(outcome(got, said), line, got=got, said=said.strict)


def outcome(got: Interval, said: Reading) -> str:
    """Return whether a result agrees with what is said, taken strictly or widely."""
    if got.meets(said.strict):
        return CONSISTENT
    return AMBIGUOUS if got.meets(said.wide) else INCONSISTENT


def decided(is_so: bool) -> str:
    """Return the outcome of a question with two answers."""
    return CONSISTENT if is_so else INCONSISTENT


def about(got: Interval) -> str:
    """Return a result: the number, or its middle and how far rounding lets it go."""
    middle = number((got.low + got.high) / 2)
    return middle if got.known else f"{middle} ({got})"
