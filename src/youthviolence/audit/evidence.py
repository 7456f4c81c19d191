"""What bears on each published figure: data, relations, statements of the cohorts, conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from appendices.errors import unknown
from youthviolence.audit.figures import Figures, Record, text_of


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


@dataclass
class Bearing:
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
        """Its row of the register."""
        return self.figures.row(self.name)

    def with_outcome(self, *outcomes: str) -> list[Record]:
        """Return its findings with one of the outcomes."""
        return [one for one in self.findings if one["outcome"] in outcomes]

    def others(self, findings: list[Record]) -> tuple[str, ...]:
        """Return the other figures of some findings, once each."""
        named = (one.removeprefix("-") for finding in findings for one in finding["figures"])
        return tuple(dict.fromkeys(one for one in named if one != self.name))


def gather(figures: Figures, evidence: Evidence) -> dict[str, Bearing]:
    """Return every figure with what bears on it."""
    by_name = {name: Bearing(name, figures) for name in figures.rows}

    def named(ids: Iterable[str]) -> list[Bearing]:
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
        for figure in named(conflict["figures"]):
            figure.conflicts.append(conflict)
    return by_name


def _listed(text: Any) -> list[str]:
    return [part for part in text_of(text).split(";") if part]
