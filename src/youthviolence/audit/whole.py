"""The whole audit: from tables as they are loaded to a verdict on every published figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from youthviolence.audit.evaluate import declared, evaluate
from youthviolence.audit.evidence import Evidence
from youthviolence.audit.figures import Figures
from youthviolence.audit.inference import conflicts_shown, repairs_shown
from youthviolence.audit.verdicts import verdicts
from youthviolence.national.at_risk import LISTS, AtRisk
from youthviolence.national.claims import check_claims
from youthviolence.national.printed_lists import estimates, with_printed_place

DATA = (
    "published_figures", "published_figures_links", "relations", "relations_words",
    "audit_statements", "audit_conflicts", "national_claims", "exhibit_lines", "printed_top_tens",
)  # fmt: skip
"""The tables an audit is made from, beside the national series and the at-risk answer."""


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    See `evaluate.evaluate`, `inference.conflicts_shown` and `inference.repairs_shown`, by scope
    ("figures only", and "with readings" unless left out), and `verdicts.verdicts`.
    """

    figures: Figures
    findings: pd.DataFrame
    conflicts: Mapping[str, pd.DataFrame]
    repairs: Mapping[str, pd.DataFrame]
    verdicts: pd.DataFrame


def audit(
    data: Mapping[str, pd.DataFrame],
    series: Mapping[str, pd.DataFrame],
    at_risk: AtRisk,
    *,
    rounding: str = "half_up",
    with_readings: bool = True,
) -> Audit:
    """Audit every published figure.

    Parameters
    ----------
    data
        The tables named in `DATA`.
    series
        The national tables that ``exhibit_lines`` draws from.
    at_risk
        The answer to the published definition.
    rounding
        How the report's percentages were made: half_up, half_even or truncate.
    with_readings
        False leaves out every relation and statement that rests on a reading of ours.

    Raises
    ------
    DataError, UsageError
        Where a table names a figure, claim or kind of relation that there is not.
    """
    figures = Figures(data["published_figures"], data["relations_words"], rounding)
    relations = declared(data["relations"], data["audit_statements"], figures)
    findings = evaluate((one for one in relations if one.firm or with_readings), figures)
    printed = data["printed_top_tens"]
    claims = check_claims(
        data["national_claims"], data["exhibit_lines"], series, estimates(at_risk, printed)
    )
    places = {
        (exhibit, int(row["place"])): row["place"] == row["printed_place"]
        for exhibit in LISTS
        for row in with_printed_place(at_risk, printed, exhibit).to_dict("records")
    }
    statements = data["audit_statements"]
    scopes = ["figures only", "with readings"] if with_readings else ["figures only"]
    solved = data["audit_conflicts"], statements, figures
    conflicts = {scope: conflicts_shown(*solved, scope) for scope in scopes}
    evidence = Evidence(
        claims=claims,
        links=data["published_figures_links"],
        places=places,
        findings=findings,
        statements=statements if with_readings else statements[statements["kind"] == "figure"],
        conflicts=conflicts["figures only"],
    )
    return Audit(
        figures=figures,
        findings=findings,
        conflicts=conflicts,
        repairs={scope: repairs_shown(*solved, scope) for scope in scopes},
        verdicts=verdicts(figures, evidence),
    )
