"""What appendix 6 says of counts that were never printed is what the solver finds."""

from __future__ import annotations

from appendices.data.load import load
from figuremodel.bounds import pair_bounds
from figuremodel.language import load_model
from tests.conftest import ROOT
from youthviolence.audit.tables import together


def test_two_settled_counts_of_offenders_follow_from_printed_figures_alone() -> None:
    model = load_model(ROOT / "data" / "raw" / "constraints" / "offenders.yml")
    cells = load("audit_cells")
    settled = together(cells, "offenders").query("state == 'pinned'")["cell"]
    own = cells[(cells["cohort"] == "offenders") & (cells["value_a"] == "yes")]
    names = own["attribute_a"] + " and " + own["attribute_b"]
    pairs = own[names.str.replace("_", " ").isin(settled)].drop_duplicates(
        ["attribute_a", "attribute_b"]
    )
    alone = pair_bounds(
        model,
        [one for one in model.kept if one.kind == "figure"],
        pairs=list(zip(pairs["attribute_a"], pairs["attribute_b"], strict=True)),
    ).query("value_a == 'yes' and value_b == 'yes' and pinned")
    assert len(settled) == len(pairs)
    assert set(zip(alone["attribute_a"], alone["attribute_b"], strict=True)) == {
        ("child_protection_plan", "familial_harm"),
        ("domestic_abuse", "familial_harm"),
    }
