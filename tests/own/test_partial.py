"""A cohort with few of the attributes: pages show what they can and say what they cannot."""

from __future__ import annotations

import re
from pathlib import Path

from tests.own.compas import fill_in
from tests.own.conftest import command
from tests.own.test_walk import checkout  # noqa: F401 - a fixture


def test_a_file_from_abroad_becomes_pages_with_a_mapping_of_a_dozen_lines(
    checkout: Path,  # noqa: F811
) -> None:
    assert command(checkout, "cohort", "new", "compas", "--for", "04")[0] == 0
    assert fill_in(checkout / "cohorts" / "compas", 300) <= 15
    code, said = command(checkout, "cohort", "check", "cohorts/compas")
    assert code == 0, said
    assert "300 people, 5 attributes" in said
    assert "In part: youthviolence run 04 -p cohort=cohorts/compas" in said

    chosen = ["-p", "cohort=cohorts/compas", "-p", "grouping=race", "--run", "compas"]
    code, said = command(checkout, "run", "03", "04", *chosen)
    assert code == 0, said
    pages = [
        (checkout / "reports" / "compas" / f"{name}.html").read_text(encoding="utf-8")
        for name in ("03_offender_cohort", "04_robbery_subgroup")
    ]
    assert "Hispanic" in pages[0]
    for page in pages:
        assert "Left out here:" in page
        assert "mental_health_needs" in page
        prose = "".join(re.findall(r"<p>.*?</p>", page, re.DOTALL))
        assert not re.search(r"solver|printed", re.sub(r"<[^>]*>", "", prose))
        assert "a withheld number of a withheld number" not in page
