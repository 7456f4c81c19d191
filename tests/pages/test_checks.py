from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appendices.pages import checks
from appendices.pages.notebook import Block, PageSource, read_page
from appendices.runs.manifest import Numbered
from appendices.runs.parameters import Parameter
from tests.pages.conftest import Pages


@pytest.fixture
def page(pages: Pages) -> PageSource:
    return read_page(pages.folder / "notebooks" / "01_first.ipynb", "First")


def outcome(check: Any, page: PageSource, manifest: dict[str, Any]) -> tuple[str, str]:
    made = check(page, manifest)
    return made.outcome, made.says


def protected(page: PageSource, **changes: Any) -> PageSource:
    """Return the page with its first exhibit as if of confidential data."""
    shown = page.exhibits[0]
    exhibit = replace(shown.exhibit, sensitivity="confidential", **changes)
    return replace(page, blocks=(Block("exhibit", exhibit=Numbered(shown.number, exhibit)),))


def test_parameters_that_differ_are_noted_with_their_values(pages: Pages, page: PageSource) -> None:
    assert outcome(checks.parameters_at_default, page, pages.manifest)[0] == "pass"
    parameters = {"01_first": {"level": 0.9, "most": 3}}
    changed = outcome(
        checks.parameters_at_default, page, pages.manifest | {"parameters": parameters}
    )
    assert changed == ("note", "differ from the default: level = 0.9")


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ({"commit": "a" * 40, "tree_clean": True}, "pass"),
        ({"commit": "a" * 40, "tree_clean": False}, "fail"),
        ({"commit": None, "tree_clean": None}, "fail"),
    ],
)
def test_only_a_clean_commit_passes(
    pages: Pages, page: PageSource, state: dict[str, Any], expected: str
) -> None:
    assert outcome(checks.tree_clean, page, pages.manifest | state)[0] == expected


def test_an_exhibit_from_data_that_were_not_recorded_fails(pages: Pages, page: PageSource) -> None:
    assert outcome(checks.data_valid, page, pages.manifest)[0] == "pass"
    state, says = outcome(checks.data_valid, page, pages.manifest | {"inputs": []})
    assert (state, says) == ("fail", "used without being recorded as read: places")


def test_an_optional_data_set_that_is_absent_is_said(pages: Pages, page: PageSource) -> None:
    absent = dict(pages.manifest["inputs"][1], name="more", title="More", sha256=None)
    inputs = [*pages.manifest["inputs"], absent]
    says = outcome(checks.data_valid, page, pages.manifest | {"inputs": inputs})
    assert says == ("pass", "1 data set held against the description; 1 optional one not supplied")


def test_another_version_than_the_locked_fails_and_is_named(pages: Pages, page: PageSource) -> None:
    assert outcome(checks.packages_as_locked, page, pages.manifest)[0] == "pass"
    other = {"versions": {"networkx": "3.0"}, "not_as_locked": {"networkx": "3.6"}}
    state, says = outcome(checks.packages_as_locked, page, pages.manifest | other)
    assert state == "fail"
    assert says.startswith("networkx 3.0, locked 3.6 (Python 3.")


def test_what_was_read_undeclared_is_counted_and_not_named(pages: Pages, page: PageSource) -> None:
    assert outcome(checks.all_declared, page, pages.manifest)[0] == "pass"
    entry = {"read_by": "01_first", "kind": "file", "name": "Zoe.csv", "sha256": None}
    more = [entry, entry, entry | {"kind": "network"}, entry | {"read_by": "02_second"}]
    state, says = outcome(checks.all_declared, page, pages.manifest | {"undeclared": more})
    assert state == "fail"
    assert "2 files, 1 network address." in says
    assert "Zoe" not in says


def test_data_that_changed_since_the_page_was_made_fail(pages: Pages, page: PageSource) -> None:
    digest = next(one["sha256"] for one in pages.manifest["inputs"] if one["name"] == "places")
    same = replace(page, inputs_read={"places": digest})
    assert outcome(checks.inputs_unchanged, same, pages.manifest)[0] == "pass"
    other = replace(page, inputs_read={"places": "0" * 64})
    assert outcome(checks.inputs_unchanged, other, pages.manifest)[0] == "fail"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("rng = np.random.default_rng(seed)", "pass"),
        ("model.fit(frame)", "pass"),
        ("frame.sample(5, random_state=seed)", "pass"),
        ("rng = np.random.default_rng()", "fail"),
        ("np.random.normal(size=3)", "fail"),
        ("frame.sample(5)", "fail"),
        ("random.choice(names)", "fail"),
    ],
)
def test_a_draw_without_a_seed_fails(
    pages: Pages, page: PageSource, source: str, expected: str
) -> None:
    drawing = replace(page, blocks=(Block("code", source),))
    assert outcome(checks.seeds_set, drawing, pages.manifest)[0] == expected


def test_seeds_are_named_with_their_values(pages: Pages, page: PageSource) -> None:
    seeded = replace(page, declared={"seed": Parameter("seed", "Seed", 7, "Seed.")})
    assert outcome(checks.seeds_set, seeded, pages.manifest) == ("pass", "seed = 7")


def test_confidential_data_pass_under_a_release_policy_only(pages: Pages, page: PageSource) -> None:
    assert outcome(checks.policy_in_force, page, pages.manifest)[0] == "pass"
    for policy, expected in (("release", "pass"), ("internal", "fail"), ("", "fail")):
        own = protected(page, policy=policy)
        assert outcome(checks.policy_in_force, own, pages.manifest)[0] == expected
    assert checks.page_mark(protected(page, policy="internal")) == "INTERNAL"


def test_synthetic_data_are_noted(pages: Pages, page: PageSource) -> None:
    assert outcome(checks.real_data_only, page, pages.manifest)[0] == "pass"
    dolls = read_page(pages.folder / "notebooks" / "02_second.ipynb", "Second")
    assert outcome(checks.real_data_only, dolls, pages.manifest)[0] == "note"


def test_the_summary_counts_outcomes(pages: Pages, page: PageSource) -> None:
    assert checks.summary(checks.run_checks(page, pages.manifest)) == "8 pass, 1 failed"
