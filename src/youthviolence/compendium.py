"""What this compendium adds to the engine; `pyproject.toml` names this module."""

from __future__ import annotations

from figuremodel.errors import FigureModelError
from youthviolence.commands import at_risk, audit, synthesise
from youthviolence.parameters import PARAMETERS

__all__ = ["CHECKS", "COMMANDS", "ERRORS", "PARAMETERS", "PERSON_WORDS", "PRELOAD"]

COMMANDS = {
    "at-risk": (at_risk.command, at_risk.EXAMPLES),
    "audit": (audit.command, audit.EXAMPLES),
    "cohort synthesise": (synthesise.command, synthesise.EXAMPLES),
}
PRELOAD = (
    "youthviolence.cohorts",
    "youthviolence.national.specifications",
    "youthviolence.network",
)
ERRORS = (FigureModelError,)
PERSON_WORDS = ("young person", "young people", "yp", "offender", "victim")
CHECKS = {"tie": "youthviolence.network.lists:findings_of_ties"}
