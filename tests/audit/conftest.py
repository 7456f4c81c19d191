"""A register of a few figures, made for a test, and the audit of the real one, made once."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

from appendices.data.load import load
from youthviolence.audit.figures import Figures
from youthviolence.audit.relations import Relation
from youthviolence.audit.whole import Audit
from youthviolence.commands.audit import ask

PLAIN: dict[str, Any] = {
    "section": "offenders", "place": "slide 1, a group", "label": "a count", "value": None,
    "unit": "people", "denominator": None, "population": "a group", "period": "2019/20",
    "source": "authors", "precision": "exact", "kind": "statement",
    "notebook": "03_offender_cohort", "relation": "none: made up",
}  # fmt: skip


def register(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return a register with the given figures, one a line, from L1.1 on."""
    numbered = [
        {"id": f"L{line}.1", "line": line, "printed": str(row.get("value", "")), **PLAIN, **row}
        for line, row in enumerate(rows, start=1)
    ]
    frame = pd.DataFrame(numbered)
    return frame.astype({"value": "float64"}).where(frame.notna(), None)


def count(value: float, of: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a figure that counts people."""
    return {"value": value, "printed": f"{value:,}", "denominator": of, **more}


def percent(value: float, of: str = "100 people", **more: Any) -> dict[str, Any]:
    """Return a figure that is a whole percentage of a group."""
    row = {"value": value, "printed": f"{value}%", "denominator": of, "unit": "percent"}
    return {**row, "precision": "whole percent", **more}


def word(printed: str, **more: Any) -> dict[str, Any]:
    """Return a figure in words."""
    return {"printed": printed, "unit": "quantifier", "precision": "verbal", **more}


WORDS = cache(load)


def read(*rows: dict[str, Any], rounding: str = "half_up") -> Figures:
    """Return a register of the given figures, read with the real table of words."""
    return Figures(register(*rows), WORDS("relations_words"), rounding)


def relation(kind: str, *parts: str, **roles: Any) -> Relation:
    """Return a relation called "planted"."""
    return Relation(id="planted", kind=kind, parts=parts, says="They fit.", **roles)


@pytest.fixture(scope="session")
def found() -> Audit:
    """Return the audit of the published figures."""
    return ask("half_up", with_readings=True)
