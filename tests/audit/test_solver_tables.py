"""The kept results of the solver are what it finds now: a sample of each, and all in stress."""

from __future__ import annotations

import hashlib
import re

import pandas as pd
import pytest

from appendices.data.load import load
from figuremodel.bounds import freedom, pair_bounds
from figuremodel.language import Model, load_model
from figuremodel.relations import ROUNDINGS
from figuremodel.synthesis import synthesise
from tests.conftest import ROOT
from youthviolence.audit.figures import Figures
from youthviolence.audit.inference import (
    SMALL,
    conflicts_shown,
    freedom_by_cohort,
    inferences,
    repairs_shown,
)
from youthviolence.audit.solver import SCOPES, cells_of, conflicts_of, statements_of
from youthviolence.cohorts.synthetic import COHORTS, SEED

KEYS = ["attribute_a", "value_a", "attribute_b", "value_b"]
SAMPLE = {
    "network": [("kind", "connected"), ("incident_type", "connected")],
    "offenders": [("social_care_history", "looked_after"), ("domestic_abuse", "familial_harm"),
                  ("mental_health_needs", "custody"), ("custody", "adult_prison")],
    "victims": [("detailed", "violence_exposure"), ("neet", "known_to_services")],
}  # fmt: skip


def model_of(name: str, rounding: str | None = None) -> Model:
    return load_model(ROOT / "data" / "raw" / "constraints" / f"{name}.yml", rounding=rounding)


def plain(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows with texts as texts, whatever their type."""
    texts = frame.astype("object").where(frame.notna(), "")
    return [{name: str(cell) for name, cell in row.items()} for row in texts.to_dict("records")]


@pytest.mark.parametrize("name", ["offenders", "victims"])
def test_the_kept_statements_are_those_of_the_constraint_file(name: str) -> None:
    kept = load("audit_statements")
    made = statements_of(model_of(name), load(name))
    assert plain(kept[kept["cohort"] == name]) == plain(made)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("name", COHORTS)
def test_the_kept_conflicts_of_printed_figures_are_what_the_solver_finds(
    name: str, rounding: str
) -> None:
    kept = load("audit_conflicts")
    chosen = (kept["cohort"] == name) & (kept["rounding"] == rounding)
    made = conflicts_of(model_of(name, rounding), "figures only")
    assert plain(kept[chosen & (kept["scope"] == "figures only")]) == plain(made)


@pytest.mark.parametrize("name", COHORTS)
def test_a_sample_of_the_kept_bounds_is_what_the_solver_finds(name: str) -> None:
    kept = load("audit_cells").set_index(["cohort", *KEYS]).loc[name]
    for row in pair_bounds(model_of(name), pairs=SAMPLE[name]).itertuples():
        cell = kept.loc[row.attribute_a, row.value_a, row.attribute_b, row.value_b]
        assert (cell["least"], cell["most"]) == (row.least, row.most), (name, row)


def test_every_kept_bound_is_reached_by_some_group_and_holds_the_synthetic_one() -> None:
    cells = load("audit_cells")
    assert cells["exact"].all()
    assert cells["achieved"].between(cells["least"], cells["most"]).all()


def test_every_statement_names_a_figure_that_prints_its_number() -> None:
    register = load("published_figures").set_index("id")
    words = {"Seven": "7", "same proportion": "14"}
    for row in load("audit_statements").itertuples():
        counts = row.kind == "figure" and (found := re.match(r"(\d+) ", row.says))
        if counts and "percent" not in row.says:
            printed = [str(register.loc[one, "printed"]) for one in row.figures.split(";")]
            assert found[1] in [words.get(one, one) for one in printed], row.statement


def test_the_familial_harm_conflict_and_its_five_ways_out_are_told_in_words() -> None:
    tables = load("audit_conflicts"), load("audit_statements")
    figures = Figures(load("published_figures"), load("relations_words"), "half_up")
    conflicts = conflicts_shown(*tables, figures, "figures only")
    (harm,) = conflicts[conflicts["says"].str.contains("familial harm")].to_dict("records")
    assert harm["readings"] == 0
    assert set(harm["figures"]) == {"L474.1", "L476.1", "L478.1", "L490.1"}
    repairs = repairs_shown(*tables, figures, "figures only")
    mine = repairs[(repairs["cohort"] == "offenders") & (repairs["knot"] == harm["knot"])]
    assert (len(mine), set(mine["statements"]), set(mine["larger"])) == (5, {1}, {0})


def test_the_kept_tables_were_made_from_the_files_that_are_here_now() -> None:
    # Else run scripts/build_audit.py: a constraint file, a cohort or a table was changed since.
    raw = ROOT / "data" / "raw"
    kept = load("audit_inputs").set_index("file")["sha256"].to_dict()
    here = {*raw.glob("constraints/*"), *raw.glob("cohorts/*")}
    here |= {
        raw / "audit" / f"{name}.csv" for name in ("cells", "conflicts", "ranges", "statements")
    }
    digests = {
        path.relative_to(raw).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in here
    }
    assert kept == digests
    freedom_now = freedom_by_cohort(load("audit_cells")).round({"freedom": 2})
    table = load("audit_freedom")
    alone = [name for name in table.columns if name.endswith("_figures")]
    assert plain(table.drop(columns=alone)) == plain(freedom_now)


@pytest.mark.parametrize("name", COHORTS)
def test_what_printed_figures_alone_leave_open_is_what_the_solver_finds(name: str) -> None:
    model = model_of(name)
    bounds = pair_bounds(model, [one for one in model.kept if one.kind == "figure"])
    untold = bounds[~bounds["printed"]]
    row = load("audit_freedom").set_index("cohort").loc[name]
    assert row["freedom_figures"] == pytest.approx(
        100 * freedom(bounds, model.population), abs=0.01
    )
    assert (row["pinned_figures"], row["small_figures"]) == (
        untold["pinned"].sum(), untold["small"].sum(),
    )  # fmt: skip
    assert row["freedom_figures"] >= row["freedom"]


def test_small_counts_that_were_never_printed_are_counted_pinned_or_not() -> None:
    cells = load("audit_cells")
    own = cells[(cells["cohort"] == "offenders") & ~cells["printed"]]
    small = ((own["most"] > 0) & (own["most"] < SMALL)).sum()
    table = load("audit_freedom").set_index("cohort")
    assert table.loc["offenders", "small"] == small > 0


def test_a_cell_is_in_one_state_and_freedom_is_a_share() -> None:
    cells = inferences(load("audit_cells"))
    pinned = cells[cells["state"] == "pinned"]
    assert (pinned["least"] == pinned["most"]).all()
    assert not pinned["printed"].any()
    assert cells.loc[cells["state"] == "small", "most"].max() < 5
    table = freedom_by_cohort(load("audit_cells")).set_index("cohort")
    assert table["people"].to_dict() == {"network": 147, "offenders": 57, "victims": 479}
    for cohort, part in cells.groupby("cohort", observed=True):
        people = table.loc[cohort, "people"]
        assert table.loc[cohort, "freedom"] == pytest.approx(100 * freedom(part, people))


@pytest.mark.stress
@pytest.mark.parametrize("name", COHORTS)
def test_all_that_is_kept_is_what_the_solver_finds(name: str) -> None:
    model = model_of(name)
    statements, conflicts, cells = (
        load(f"audit_{one}") for one in ("statements", "conflicts", "cells")
    )
    made = statements_of(model, synthesise(model, SEED))
    assert plain(statements[statements["cohort"] == name]) == plain(made)
    for rounding in ROUNDINGS:
        chosen = (conflicts["cohort"] == name) & (conflicts["rounding"] == rounding)
        for scope in SCOPES:
            found = conflicts_of(model_of(name, rounding), scope)
            assert plain(conflicts[chosen & (conflicts["scope"] == scope)]) == plain(found)
    own = cells[cells["cohort"] == name]
    pd.testing.assert_frame_equal(
        own.astype({"cohort": "str"}).reset_index(drop=True),
        cells_of(model, SEED),
        check_dtype=False,
    )
