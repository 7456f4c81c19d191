"""What stands in the place of an exhibit that the protection policy does not let out."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.figure import Figure

from youthviolence.disclosure.policy import Policy
from youthviolence.disclosure.protect import Protected
from youthviolence.errors import DisclosureError
from youthviolence.exhibits import theme
from youthviolence.exhibits.charts.base import Chart

REASON = "reason"


def withhold(policy: Policy, refusal: DisclosureError) -> Protected:
    """Return a table that holds the reason for withholding, and nothing else."""
    said = f"Withheld under policy {policy.name}: {refusal}"
    return Protected(pd.DataFrame({REASON: [said]}), pd.DataFrame(index=[0]))


def notice() -> Chart:
    """Return a chart that is the reason for withholding, in words."""

    def draw(figure: Figure, frame: pd.DataFrame) -> None:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], alpha=0)
        axes.text(
            0.5, 0.5, textwrap.fill(describe(frame), 90), ha="center", va="center",
            color=theme.QUIET,
        )  # fmt: skip
        axes.axis("off")

    def describe(frame: pd.DataFrame) -> str:
        return str(frame[REASON].iloc[0])

    return Chart(draw, describe, height=1.2)
