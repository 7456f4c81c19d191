"""The verdict on each published figure: one row each, by rules of precedence.

In this order, the first that applies (docs/audit.md gives the reasons):

1. *no claim*: the register says so. It says of whom, when or on what scale, or tells one case.
2. *reproduced*, *not reproduced*: recomputed from real data. Data settle what figures only suggest.
3. *contradicted*: it is one of a smallest set of printed figures that cannot be true together.
4. *ambiguous*: data or other figures contradict it under one fair reading and not under another.
5. *consistent*: a relation with other published figures holds.
6. *ambiguous*: it can be taken in two senses.
7. *not checkable*: none of these, and why.

Whether a synthetic cohort is made to meet a figure stands beside the verdict: it is no evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from youthviolence.audit.evidence import Bearing, Evidence, gather
from youthviolence.audit.figures import Figures, Record, exactly, missing, number, text_of
from youthviolence.audit.relations import AMBIGUOUS, CONSISTENT, INCONSISTENT, WIDEST
from youthviolence.national.claims import CANNOT, SETTLED, TOWARDS

NO_CLAIM = "no claim"
VERDICTS = (
    "reproduced", "not reproduced", "consistent", "contradicted", "ambiguous", "not checkable",
    NO_CLAIM,
)  # fmt: skip


@dataclass(frozen=True)
class _Verdict:
    verdict: str
    why: str
    arithmetic: str = ""
    charitable: str = ""
    others: tuple[str, ...] = ()


def verdicts(figures: Figures, evidence: Evidence) -> pd.DataFrame:
    """Return the verdict on every published figure.

    Returns
    -------
    One row a figure, in reading order: ``id, section, place, printed, label, verdict, why,
    arithmetic, charitable`` (the reading that would repair it), ``calibrated`` (what the synthetic
    cohort that is made to meet it was told, empty where none is), ``others`` (figures it was held
    against; of a contradicted one the rest of the set), ``facts`` (what data it was held against),
    ``relations`` (ids of every relation it is part of), ``exhibit, notebook``.

    Raises
    ------
    UsageError
        When a link or a statement names an unknown figure, or a link an unknown claim.
    """
    rows = []
    for one in gather(figures, evidence).values():
        found = (
            _by_nature(one)
            or _by_data(one, evidence.places)
            or _by_contradiction(one)
            or _by_reading(one)
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
                "calibrated": _construction(one),
                "others": "; ".join(found.others),
                "facts": _facts(one),
                "relations": "; ".join(finding["relation"] for finding in one.findings),
                "exhibit": text_of(one.link.get("exhibit")),
                "notebook": str(one.row["notebook"]),
            }
        )
    kinds = {"verdict": pd.CategoricalDtype(list(VERDICTS))}
    return pd.DataFrame(rows).astype(kinds)


def _by_nature(one: Bearing) -> _Verdict | None:
    """Return no claim where the register says that the figure claims nothing."""
    mark, _, reason = text_of(one.row["relation"]).partition(": ")
    return _Verdict(NO_CLAIM, _sentence(reason)) if mark == NO_CLAIM else None


def _facts(one: Bearing) -> str:
    """Return the names of the recomputed numbers that bear on a figure, or the list it is of."""
    if not one.claims or one.link["part"]:
        return ""
    if not missing(one.link["place"]):
        return f"order of list {one.claims[0]['source_exhibit']}"
    return ";".join(str(claim["claim"]) for claim in one.claims if claim["alone"] in SETTLED)


def _by_data(one: Bearing, places: Mapping[tuple[str, int], bool]) -> _Verdict | None:
    if not one.claims or one.link["part"]:
        return None
    if not missing(one.link["place"]):
        stands = places[str(one.claims[0]["source_exhibit"]), int(one.link["place"])]
        where = "in" if stands else "not in"
        return _settled(stands, f"The data put it {where} this place of the list.")
    settled = [claim for claim in one.claims if claim["alone"] in SETTLED]
    held = {_agrees(one, claim) for claim in settled}
    if not held:
        return None
    why, notes = _said(settled), [text_of(claim["note"]) for claim in settled]
    if len(held) > 1:
        return _Verdict(AMBIGUOUS, f"The data hold it up under one reading, not another. {why}")
    claim = settled[0]
    if claim["relation"] != "equals" or missing(one.row["value"]):
        leaning = [] if True in held else one.claims
        other = [
            f"{claim['says']}: {text_of(claim['finding'])} {text_of(claim['note'])}".strip()
            for claim in leaning
            if claim["alone"] in (TOWARDS, CANNOT)
        ]
        if other:
            why = f"The data deny it under one reading. {why}"
            return _Verdict(AMBIGUOUS, why, charitable=" ".join(other))
        return _settled(True in held, why)
    printed, got = one.figures.value(one.name), exactly(abs(float(claim["computed"])))
    arithmetic = f"{got} from the data, {one.figures.shown(one.name)} printed"
    if True in held:
        return _settled(True, why, arithmetic)
    apart = f"{arithmetic}: {number(abs(got.low - printed))} apart"
    if got.meets(one.figures.said(one.name).wide):
        return _Verdict(AMBIGUOUS, why, apart, " ".join([WIDEST, *dict.fromkeys(notes)]).strip())
    return _settled(False, why, apart, " ".join(found["repair"] for found in _against(one)))


def _said(claims: list[Record]) -> str:
    """Return what the data say and what must be known of it, each sentence once."""
    sentences = [*(claim["finding"] for claim in claims), *(claim["note"] for claim in claims)]
    return " ".join(dict.fromkeys(text_of(sentence) for sentence in sentences)).strip()


def _agrees(one: Bearing, claim: Record) -> bool:
    """Whether the data agree, numbers at the precision that this figure is printed with."""
    if claim["relation"] == "equals" and not missing(one.row["value"]):
        return exactly(abs(float(claim["computed"]))).meets(one.figures.said(one.name).strict)
    return SETTLED[str(claim["alone"])]


def _settled(holds: bool, why: str, arithmetic: str = "", charitable: str = "") -> _Verdict:
    return _Verdict("reproduced" if holds else "not reproduced", why, arithmetic, charitable)


def _against(one: Bearing) -> list[Record]:
    """Return the findings that speak against a figure."""
    failed = one.with_outcome(INCONSISTENT)
    return [finding for finding in failed if one.name in finding["in_question"]]


def _by_contradiction(one: Bearing) -> _Verdict | None:
    against = _against(one)
    if not (against or one.conflicts):
        return None
    sets = [finding["in_question"] for finding in against]
    sets += [conflict["figures"] for conflict in one.conflicts]
    members = min(sets, key=len)
    others = tuple(name.removeprefix("-") for name in members if name != one.name)
    told = [*(finding["says"] for finding in against), *(one["says"] for one in one.conflicts)]
    together = f"Not all of {one.figures.placed(members)} can be true. {_sentence(told[0])}"
    repair = against[0]["repair"] if against else ""
    return _Verdict("contradicted", together, _lines(against), repair, others)


def _by_reading(one: Bearing) -> _Verdict | None:
    """Return ambiguous where a reading of ours, and no printed figure alone, speaks against it."""
    failed = [finding for finding in one.with_outcome(AMBIGUOUS) if finding["under"]]
    against = [finding for finding in failed if one.name in finding["in_question"]]
    if not against:
        return None
    first = against[0]
    lead = "Contradicted under the reading that"
    if first["under"] == first["says"]:
        lead = "Contradicted under a reading that is not printed:"
    why = f"{lead} {first['under'][:1].lower()}{first['under'][1:]}"
    others = one.others([first])
    return _Verdict(AMBIGUOUS, _sentence(why), _lines(against), first["repair"], others)


def _construction(one: Bearing) -> str:
    """Return what a synthetic cohort that is made to meet a figure was told, or nothing."""
    met = [row for row in one.statements if row["state"] != "left out" and row["met"]]
    if not met:
        return ""
    said = next((row for row in met if row["kind"] == "figure"), met[0])
    reading = "" if said["kind"] == "figure" else ", as we read it"
    return f"Met by construction in the synthetic {said['cohort']}{reading}: {said['says']}."


def _sentence(text: str) -> str:
    text = text.strip().rstrip(".")
    return f"{text[:1].upper()}{text[1:]}."


def _by_agreement(one: Bearing) -> _Verdict | None:
    holding = one.with_outcome(CONSISTENT)
    if not holding:
        return None
    why = str(holding[0]["says"])
    return _Verdict("consistent", why, _lines(holding), _repairs(one), one.others(holding))


def _unsettled(one: Bearing) -> _Verdict:
    if open_ones := one.with_outcome(AMBIGUOUS):
        first = open_ones[0]
        why = f"It rests on a reading that is not printed. {first['says']}"
        return _Verdict(AMBIGUOUS, why, first["arithmetic"], first["repair"], one.others([first]))
    return _Verdict("not checkable", _why_open(one))


def _why_open(one: Bearing) -> str:
    """Say why nothing settles a figure."""
    if one.claims:
        return _why_data_do_not_reach(one)
    text = text_of(one.row["relation"])
    if text.startswith("none: "):
        return _sentence(text.removeprefix("none: "))
    if one.figures.in_words(one.name):
        return f"Words without a number; what bears on them: {text}."
    return f"Nothing is held against it: {text}."


def _why_data_do_not_reach(one: Bearing) -> str:
    if one.link["part"]:
        return f"The data speak to a part of it only. {_said(one.claims)}"
    found = " ".join(dict.fromkeys(str(claim["finding"]) for claim in one.claims))
    leaning = {str(claim["alone"]) for claim in one.claims} - {CANNOT, *SETTLED}
    lean = f" What there is {' and '.join(sorted(leaning))}." if leaning else ""
    reach = "; ".join(dict.fromkeys(str(claim["reach"]) for claim in one.claims))
    return f"The data do not reach it ({reach}).{lean} {found}"


def _lines(findings: list[Record], most: int = 3) -> str:
    """Return the arithmetic of some findings, the first few of them."""
    lines = list(dict.fromkeys(finding["arithmetic"] for finding in findings))
    more = f"; and {len(lines) - most} more" if len(lines) > most else ""
    return "; ".join(lines[:most]) + more


def _repairs(one: Bearing) -> str:
    """Return the readings that ambiguous relations rest on."""
    return " ".join(dict.fromkeys(finding["repair"] for finding in one.with_outcome(AMBIGUOUS)))
