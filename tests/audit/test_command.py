"""The command ``youthviolence audit``."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from appendices.cli import app


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", *arguments], env={"COLUMNS": "200"})


def test_all_verdicts_are_listed_by_section_and_counted() -> None:
    result = run()
    assert result.exit_code == 0
    assert "social network" in result.output
    assert "486 figures: " in result.output


def test_one_section_can_be_asked_for() -> None:
    result = run("--section", "robbery")
    assert "L536.1" in result.output
    assert "L476.1" not in result.output


def test_everything_about_one_figure_is_told() -> None:
    result = run("--figure", "L476.1")
    for piece in ("contradicted", "23 + 14 − 11 = 26", "offender-familial-harm", "L490.1"):
        assert piece in result.output


def test_json_has_the_verdict_and_the_relations_of_the_figures_asked_for() -> None:
    content = json.loads(run("--figure", "L237.2", "--json").output)
    (figure,) = content["figures"]
    assert figure["verdict"] == "not reproduced"
    assert [one["relation"] for one in content["relations"]] == ["at-risk-base"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--figure", "L476"), "unknown figure 'L476'. Did you mean 'L476.1'"),
        (("--section", "offender"), "unknown section 'offender'. Did you mean 'offenders'"),
        (("--rounding", "half-up"), "unknown rounding rule 'half-up'. Did you mean 'half_up'"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(
    arguments: tuple[str, ...], says: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in " ".join(result.output.split())


def test_the_rounding_rule_is_taken_and_reported() -> None:
    content = json.loads(run("--rounding", "truncate", "--figure", "L437.1", "--json").output)
    assert content["rounding"] == "truncate"
    granular = [one for one in content["relations"] if one["kind"] == "granularity"]
    assert [one["outcome"] for one in granular] == ["consistent"]
