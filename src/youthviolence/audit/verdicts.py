"""The verdict on each published figure: one row each, by rules of precedence.

In this order, the first that applies (docs/audit.md gives the reasons):

1. *reproduced*, *not reproduced*: recomputed from real data. Data settle what figures only suggest.
2. *contradicted*: an inconsistent relation, or a conflict of printed figures alone, speaks against
   it.
3. *calibrated*: the synthetic cohort is made to meet it. That is no evidence for it.
4. *consistent*: a relation with other published figures holds.
5. *not checkable*: none of these, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from youthviolence.audit.figures import Figures, Record, exactly, missing, number, text_of
from youthviolence.audit.relations import AMBIGUOUS, CONSISTENT, INCONSISTENT, WIDEST
from youthviolence.errors import unknown

VERDICTS = (
    "reproduced", "not reproduced", "calibrated", "consistent", "contradicted", "not checkable",
)  # fmt: skip
SETTLED = {
    "reproduced": True, "supported": True, "not reproduced": False, "not supported": False,
}  # fmt: skip
FRAMES = ("period", "age range", "years of age", "years", "times", "days", "weeks", "months")
"""Units of figures that say of whom or when, and claim nothing by themselves."""


@dataclass(frozen=True)
class Evidence:
    """Everything a verdict is made from.

    ``claims`` is `national.claims.check_claims`; ``links`` the table ``published_figures_links``;
    ``places`` says by exhibit and place whether the authority printed there stands there;
    ``findings`` is `relations.evaluate`; ``statements`` the table ``audit_statements``;
    ``conflicts`` is `inference.conflicts_shown`, figures only.
    """

    claims: pd.DataFrame
    links: pd.DataFrame
    places: Mapping[tuple[str, int], bool]
    findings: pd.DataFrame
    statements: pd.DataFrame
    conflicts: pd.DataFrame


@dataclass(frozen=True)
class _Verdict:
    verdict: str
    why: str
    arithmetic: str = ""
    charitable: str = ""
    others: tuple[str, ...] = ()


@dataclass
class _Figure:
    """One figure and all that bears on it."""

    name: str
    figures: Figures
    link: Record = field(default_factory=dict)
    claims: list[Record] = field(default_factory=list)
    findings: list[Record] = field(default_factory=list)
    statements: list[Record] = field(default_factory=list)
    conflicts: list[Record] = field(default_factory=list)

    @property
    def row(self) -> Record:
        return self.figures.row(self.name)

    def with_outcome(self, *outcomes: str) -> list[Record]:
        return [one for one in self.findings if one["outcome"] in outcomes]

    def others(self, findings: list[Record]) -> tuple[str, ...]:
        """Return the other figures of some findings, once each."""
        named = (one.removeprefix("-") for finding in findings for one in finding["figures"])
        return tuple(dict.fromkeys(one for one in named if one != self.name))


def verdicts(figures: Figures, evidence: Evidence) -> pd.DataFrame:
    """Return the verdict on every published figure.

    Returns
    -------
    One row a figure, in reading order: ``id, section, place, printed, label, verdict, why,
    arithmetic, charitable`` (the reading that would repair it), ``others`` (figures it was held
    against), ``relations`` (ids of every relation it is part of), ``exhibit, notebook``.

    Raises
    ------
    UsageError
        When a link or a statement names an unknown figure, or a link an unknown claim.
    """
    rows = []
    for one in _gather(figures, evidence).values():
        found = (
            _by_data(one, evidence.places)
            or _by_contradiction(one)
            or _by_construction(one)
            or _by_agreement(one)
            or _unsettled(one)
        )
        rows.append(
            {
                "id": one.name,
                **{key: str(one.row[key]) for key in ("section", "place", "printed", "label")},
                "verdict": found.verdict,
                "why": found.why,
                "arithmetic": found.arithmetic,
                "charitable": found.charitable,
                "others": "; ".join(found.others),
                "relations": "; ".join(finding["relation"] for finding in one.findings),
                "exhibit": text_of(one.link.get("exhibit")),
                "notebook": str(one.row["notebook"]),
            }
        )
    kinds = {"verdict": pd.CategoricalDtype(list(VERDICTS))}
    return pd.DataFrame(rows).astype(kinds)


def _gather(figures: Figures, evidence: Evidence) -> dict[str, _Figure]:
    """Return every figure with what bears on it."""
    by_name = {name: _Figure(name, figures) for name in figures.rows}

    def named(ids: Iterable[str]) -> list[_Figure]:
        return [by_name[str(figures.row(one)["id"])] for one in ids]

    known = {str(one["claim"]): one for one in evidence.claims.to_dict("records")}
    for link in evidence.links.to_dict("records"):
        (figure,) = named([str(link["figure"])])
        figure.link = link
        for claim in _listed(link["claims"]):
            if claim not in known:
                raise unknown("claim", claim, known)
            figure.claims.append(known[claim])
    for finding in evidence.findings.to_dict("records"):
        for figure in named(finding["figures"]):
            figure.findings.append(finding)
    for statement in evidence.statements.to_dict("records"):
        for figure in named(_listed(statement["figures"])):
            figure.statements.append(statement)
    for conflict in evidence.conflicts.to_dict("records"):
        for figure in named(conflict["in_question"]):
            figure.conflicts.append(conflict)
    return by_name


def _listed(text: Any) -> list[str]:
    return [part for part in text_of(text).split(";") if part]


def _by_data(one: _Figure, places: Mapping[tuple[str, int], bool]) -> _Verdict | None:
    if not one.claims or one.link["part"]:
        return None
    if not missing(one.link["place"]):
        stands = places[str(one.claims[0]["source_exhibit"]), int(one.link["place"])]
        where = "in" if stands else "not in"
        return _settled(stands, f"The data put it {where} this place of the list.")
    settled = [claim for claim in one.claims if claim["verdict"] in SETTLED]
    held = {_agrees(one, claim) for claim in settled}
    if len(held) != 1:
        return None
    why = _said(settled)
    claim = settled[0]
    if claim["relation"] != "equals" or missing(one.row["value"]):
        leaning = [] if True in held else one.claims
        other = [
            f"{claim['says']}: {text_of(claim['finding'])} {text_of(claim['note'])}".strip()
            for claim in leaning
            if claim["verdict"] == "points towards it"
        ]
        return _settled(True in held, why, charitable=" ".join(other))
    printed, got = one.figures.value(one.name), exactly(abs(float(claim["computed"])))
    arithmetic = f"{got} from the data, {one.figures.shown(one.name)} printed"
    if True in held:
        return _settled(True, why, arithmetic)
    wide = WIDEST if got.meets(one.figures.said(one.name).wide) else ""
    apart = f"{arithmetic}: {number(abs(got.low - printed))} apart"
    return _settled(False, why, apart, wide or " ".join(found["repair"] for found in _against(one)))


def _said(claims: list[Record]) -> str:
    """Return what the data say and what must be known of it, each sentence once."""
    sentences = [*(claim["finding"] for claim in claims), *(claim["note"] for claim in claims)]
    return " ".join(dict.fromkeys(text_of(sentence) for sentence in sentences)).strip()


def _agrees(one: _Figure, claim: Record) -> bool:
    """Whether the data agree, numbers at the precision that this figure is printed with."""
    if claim["relation"] == "equals" and not missing(one.row["value"]):
        return exactly(abs(float(claim["computed"]))).meets(one.figures.said(one.name).strict)
    return SETTLED[str(claim["verdict"])]


def _settled(holds: bool, why: str, arithmetic: str = "", charitable: str = "") -> _Verdict:
    return _Verdict("reproduced" if holds else "not reproduced", why, arithmetic, charitable)


def _against(one: _Figure) -> list[Record]:
    """Return the findings that speak against a figure."""
    failed = one.with_outcome(INCONSISTENT)
    return [finding for finding in failed if one.name in finding["in_question"]]


def _by_contradiction(one: _Figure) -> _Verdict | None:
    against = _against(one)
    if against:
        arithmetic = _lines(against)
        first = against[0]
        return _Verdict(
            "contradicted", first["says"], arithmetic, first["repair"], one.others(against)
        )
    if one.conflicts:
        first = one.conflicts[0]
        why = f"It cannot hold together with other printed figures: {first['says']}."
        return _Verdict("contradicted", why, others=one.others([first]))
    return None


def _by_construction(one: _Figure) -> _Verdict | None:
    met = [row for row in one.statements if row["state"] != "left out" and row["met"]]
    if not met:
        return None
    said = next((row for row in met if row["kind"] == "figure"), met[0])
    reading = "" if said["kind"] == "figure" else ", as we read it"
    why = f"Met by construction in the synthetic {said['cohort']}{reading}: {said['says']}."
    holding = one.with_outcome(CONSISTENT)
    return _Verdict("calibrated", why, _lines(holding), _repairs(one), one.others(holding))


def _by_agreement(one: _Figure) -> _Verdict | None:
    holding = one.with_outcome(CONSISTENT)
    if not holding:
        return None
    why = str(holding[0]["says"])
    return _Verdict("consistent", why, _lines(holding), _repairs(one), one.others(holding))


def _unsettled(one: _Figure) -> _Verdict:
    open_ones = one.with_outcome(AMBIGUOUS, INCONSISTENT)
    if open_ones:
        first = open_ones[0]
        why = f"It rests on a reading that is not printed. {first['says']}"
        return _Verdict(
            "not checkable", why, first["arithmetic"], first["repair"], one.others([first])
        )
    return _Verdict("not checkable", _why_open(one))


def _why_open(one: _Figure) -> str:
    """Say why nothing settles a figure."""
    if one.claims:
        return _why_data_do_not_reach(one)
    text = text_of(one.row["relation"])
    if text.startswith("none: "):
        text = text.removeprefix("none: ")
        return f"{text[:1].upper()}{text[1:]}."
    if str(one.row["unit"]) in FRAMES or text == "axis tick":
        return "It says of whom, when or on what scale, and claims nothing."
    if one.figures.in_words(one.name):
        return f"Words without a number; what bears on them: {text}."
    return f"Nothing is held against it: {text}."


def _why_data_do_not_reach(one: _Figure) -> str:
    if one.link["part"]:
        return f"The data speak to a part of it only. {_said(one.claims)}"
    found = " ".join(dict.fromkeys(str(claim["finding"]) for claim in one.claims))
    if len({SETTLED[claim["verdict"]] for claim in one.claims if claim["verdict"] in SETTLED}) > 1:
        return f"The data hold it up from one year and not from another. {found}"
    leaning = {str(claim["verdict"]) for claim in one.claims} - {"cannot be checked", *SETTLED}
    lean = f" What there is {' and '.join(sorted(leaning))}." if leaning else ""
    reach = "; ".join(dict.fromkeys(str(claim["reach"]) for claim in one.claims))
    return f"The data do not reach it ({reach}).{lean} {found}"


def _lines(findings: list[Record], most: int = 3) -> str:
    """Return the arithmetic of some findings, the first few of them."""
    lines = list(dict.fromkeys(finding["arithmetic"] for finding in findings))
    more = f"; and {len(lines) - most} more" if len(lines) > most else ""
    return "; ".join(lines[:most]) + more


def _repairs(one: _Figure) -> str:
    """Return the readings that ambiguous relations rest on."""
    return " ".join(dict.fromkeys(finding["repair"] for finding in one.with_outcome(AMBIGUOUS)))
