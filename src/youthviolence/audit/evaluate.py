"""The declared relations: read, checked, and evaluated on the register of published figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

import pandas as pd

from appendices.errors import AppendicesError, DataError, unknown
from figuremodel.relations import ROUNDINGS
from youthviolence.audit.checks import KINDS, RULES, Kind
from youthviolence.audit.figures import Figures, Record, missing, text_of
from youthviolence.audit.relations import (
    AMBIGUOUS,
    CONSISTENT,
    INCONSISTENT,
    WIDEST,
    Answer,
    Case,
    Relation,
)

ENDS = ("got_low", "got_high", "said_low", "said_high")
COLUMNS = [
    "relation", "kind", "outcome", "arithmetic", "figures", "in_question", "says", "repair",
    "under", "unit", *ENDS,
]  # fmt: skip
NO_REPAIR = "One of them is misprinted, or they do not count the same people."


def declared(table: pd.DataFrame, statements: pd.DataFrame, figures: Figures) -> list[Relation]:
    """Return the relations of the table ``relations``, each checked against the register.

    A relation that rests on a statement of a constraint file which is a reading is not firm; see
    the table ``audit_statements``.

    Raises
    ------
    DataError
        For an unknown kind, figure or statement (with a suggestion), a role that is missing or not
        taken, a percentage of people over 100, an empty base; names the relation.
    """
    known = {str(row["statement"]): row for row in statements.to_dict("records")}
    relations = []
    for row in table.to_dict("records"):
        readings = _readings(row, known)
        relation = Relation(
            id=str(row["relation"]),
            kind=str(row["kind"]),
            parts=_listed(row["parts"]),
            whole=_listed(row["whole"]),
            printed=text_of(row["printed"]),
            stated=None if missing(row["stated"]) else Fraction(str(row["stated"])),
            firm=bool(row["firm"]) and not readings,
            reading="; ".join(readings),
            in_question=_listed(row["in_question"]),
            says=str(row["says"]),
            repair=text_of(row["repair"]),
        )
        require_sound(relation, figures)
        relations.append(relation)
    return relations


def _readings(row: Record, statements: Mapping[str, Record]) -> list[str]:
    """Return what the readings say among the statements that a relation rests on."""
    rests_on = _listed(row["rests_on"])
    for name in rests_on:
        if name not in statements:
            error = unknown("statement", name, statements)
            raise DataError(f"relation {row['relation']!r}: {error}")
    chosen = [statements[name] for name in rests_on]
    return [str(one["says"]) for one in chosen if one["kind"] == "reading"]


def _listed(text: Any) -> tuple[str, ...]:
    return tuple(part.strip() for part in text_of(text).split(";") if part.strip())


def require_sound(relation: Relation, figures: Figures) -> None:
    """Refuse a relation that cannot be evaluated; see `declared`."""
    where = f"relation {relation.id!r}"
    try:
        if relation.kind not in KINDS:
            raise unknown("kind of relation", relation.kind, KINDS)
        for figure in (*relation.figures, *relation.in_question):
            figures.row(figure)
    except AppendicesError as error:
        raise DataError(f"{where}: {error}") from None
    kind = KINDS[relation.kind]
    if missing := _missing(relation, kind):
        raise DataError(f"{where}: a relation of kind {relation.kind!r} needs {missing}.")
    if relation.kind in ("granularity", "one rounding", "share", "complement"):
        for figure in filter(None, (*relation.parts, relation.printed)):
            if figures.row(figure)["unit"] == "percent" and figures.value(figure) > 100:
                raise DataError(f"{where}: {figure} is over 100 %, which no part of a group is.")
    if kind.size == "any":
        sizes = [figures.value(one) for one in relation.whole]
        if sum(sizes, relation.stated or Fraction(0)) <= 0:
            raise DataError(f"{where}: its base is empty; a share of nobody means nothing.")


def _missing(relation: Relation, kind: Kind) -> str:
    """Return which role of a relation is missing, in words."""
    counts = {"figures": 2, "each": len(relation.parts)}
    if not relation.parts or (kind.parts and len(relation.parts) != kind.parts):
        return f"{kind.parts or 'at least one'} of its figures as parts"
    if kind.size in counts and len(relation.whole) != counts[kind.size]:
        return f"{counts[kind.size]} figures as its whole"
    if kind.size == "any" and not relation.whole and relation.stated is None:
        return "a whole, or the size of it stated"
    return "a printed figure to hold it against" if kind.printed and not relation.printed else ""


def evaluate(relations: Iterable[Relation], figures: Figures) -> pd.DataFrame:
    """Return the outcome of every relation.

    Returns
    -------
    One row a relation: ``relation, kind, outcome`` (consistent, ambiguous, inconsistent),
    ``arithmetic`` (one line), ``figures, in_question`` (lists of ids; the second empty where it is
    consistent; all members of a set that cannot be true together where it is inconsistent),
    ``says, repair`` (the charitable reading), ``under`` (the reading under which it fails, empty
    where it holds or where printed figures alone fail), ``unit``, and where both are numbers
    ``got_low, got_high`` (what follows from the other figures) and ``said_low, said_high`` (what is
    printed).
    """
    rows = [_evaluate(relation, figures) for relation in relations]
    return pd.DataFrame(rows, columns=COLUMNS)


def _evaluate(relation: Relation, figures: Figures) -> dict[str, object]:
    kind = KINDS[relation.kind]
    answer = kind.check(Case(relation, figures))
    outcome = answer.outcome
    under = ""
    if outcome == INCONSISTENT and not relation.firm:
        outcome, under = AMBIGUOUS, relation.reading or relation.says
    against: tuple[str, ...] = ()
    repair = relation.repair
    if outcome == INCONSISTENT:
        against = relation.in_question or answer.against or relation.figures
    elif outcome != CONSISTENT:
        roles = {"parts": relation.parts, "whole": relation.whole, "printed": (relation.printed,)}
        against = relation.in_question or answer.against or roles.get(kind.against, ())
        against = against or _words_first(relation, figures)
    if outcome != CONSISTENT:
        readings = repair, answer.hint, _other_rule(relation, figures, answer.outcome)
        repair = " ".join(filter(None, readings))
        repair = repair or (NO_REPAIR if outcome == INCONSISTENT else WIDEST)
    return {
        "relation": relation.id,
        "kind": relation.kind,
        "outcome": outcome,
        "arithmetic": answer.arithmetic,
        "figures": list(relation.figures),
        "in_question": [one.removeprefix("-") for one in against],
        "says": relation.says,
        "repair": repair,
        "under": under,
        "unit": _unit(relation, figures),
        **dict(zip(ENDS, _ends(answer), strict=True)),
    }


def _ends(answer: Answer) -> list[float]:
    if answer.got is None or answer.said is None:
        return [float("nan")] * len(ENDS)
    return [float(one) for side in (answer.got, answer.said) for one in (side.low, side.high)]


def _unit(relation: Relation, figures: Figures) -> str:
    """Return what the two sides of a relation are measured in: percent, or what is counted."""
    named = [relation.printed or relation.parts[-1], *relation.parts]
    shares = relation.kind == "compare" or any(
        figures.row(one)["unit"] == "percent" or figures.phrase(one) for one in named
    )
    return "percent" if shares else str(figures.row(named[0])["unit"])


def _words_first(relation: Relation, figures: Figures) -> tuple[str, ...]:
    """Return what a failure speaks against: the words where words and numbers disagree."""
    words = tuple(one for one in relation.figures if figures.in_words(one))
    return words or relation.figures


def _other_rule(relation: Relation, figures: Figures, outcome: str) -> str:
    """Say whether an inconsistent relation holds when percentages were made by another rule."""
    # A base that several shares have in common must also be near the real one, which no rule mends.
    if outcome != INCONSISTENT or relation.kind == "common base":
        return ""
    check = KINDS[relation.kind].check
    holding = [
        RULES[rule]
        for rule in ROUNDINGS
        if rule != figures.rounding
        and check(Case(relation, figures.under(rule))).outcome == CONSISTENT
    ]
    return f"It holds if percentages were made by {' or by '.join(holding)}." if holding else ""
