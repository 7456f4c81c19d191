"""What the integer model of the cohorts says about the figures, as tables to be kept.

The solver takes longer than a page may. ``scripts/build_audit.py`` keeps what it finds: every
statement, every conflict with its repairs, and for every pair of attributes what each cell can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from figuremodel.bounds import pair_bounds
from figuremodel.conflicts import find_conflicts
from figuremodel.errors import ConstraintError
from figuremodel.language import Constraint, Model
from figuremodel.people import as_columns, unmet
from figuremodel.synthesis import associations
from youthviolence.audit.inference import SMALL

SCOPES: Mapping[str, tuple[str, ...]] = {
    "figures only": ("figure",),
    "with readings": ("figure", "reading"),
}


def statements_of(model: Model, cohort: pd.DataFrame) -> pd.DataFrame:
    """Return every statement of a constraint file, and whether a synthetic cohort meets it.

    Returns
    -------
    ``cohort, statement, kind`` (figure or reading), ``says, figures`` (list of ids), ``state``
    (kept; left out by the chosen repair; instead of what is left out), ``met, because`` (the
    reason why it is left out).
    """
    because = {name: one.because.strip() for one in model.repairs for name in one.drop}
    instead = tuple(one for repair in model.repairs for one in repair.instead)
    everything = (*model.constraints, *instead)
    missed = set(unmet(model, as_columns(model, cohort), everything))

    def row(one: Constraint) -> dict[str, object]:
        state = "instead" if one in instead else "left out" if one.id in because else "kept"
        return {
            "cohort": model.name, "statement": one.id, "kind": one.kind, "says": one.says,
            "figures": ";".join(one.figures), "state": state, "met": one.id not in missed,
            "because": because.get(one.id, ""),
        }  # fmt: skip

    return pd.DataFrame([row(one) for one in everything])


def conflicts_of(model: Model, scope: str, seconds: float = 600) -> pd.DataFrame:
    """Return the minimal conflicts of a constraint file and every minimal repair, one row each.

    Returns
    -------
    ``cohort, rounding, scope, knot, role`` (conflict or repair), ``number, statements``.

    Raises
    ------
    ConstraintError
        When the search was not complete within the time: a list cut short is not kept.
    """
    found = find_conflicts(model, SCOPES[scope], seconds=seconds)
    if not found.complete:
        raise ConstraintError(f"{model.name}, {scope}: {found.note}")
    rows = [
        (model.name, model.rounding, scope, knot, role, number, ";".join(members))
        for knot, one in enumerate(found.knots, start=1)
        for role, sets in (("conflict", one.conflicts), ("repair", one.repairs))
        for number, members in enumerate(sets, start=1)
    ]
    columns = ["cohort", "rounding", "scope", "knot", "role", "number", "statements"]
    return pd.DataFrame(rows, columns=columns)


def cells_of(
    model: Model, seed: int, pairs: Iterable[tuple[str, str]] | None = None
) -> pd.DataFrame:
    """Return what each cell of two attributes can be, should be, and is in the cohort of a seed.

    Returns
    -------
    ``cohort, attribute_a, value_a, attribute_b, value_b, least, most, exact, printed`` (the count
    of just this cell is printed), ``counted`` (some statement counts the two together), ``target,
    achieved``: see `bounds.pair_bounds` and `synthesis.associations`.
    """
    bounds = pair_bounds(model, pairs=pairs, threshold=SMALL)
    keys = ["attribute_a", "value_a", "attribute_b", "value_b"]
    cells = bounds.merge(associations(model, seed), on=keys, how="left", validate="one_to_one")
    cells.insert(0, "cohort", model.name)
    return cells[["cohort", *keys, "least", "most", "exact", "printed", "counted", "target",
                  "achieved"]]  # fmt: skip
