"""What the published figures leave of each count that an exhibit of a synthetic cohort shows."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from appendices.origin import Condition, Labels, Part, condition_id
from figuremodel import conditions as model_conditions
from figuremodel.conditions import EVERYONE
from figuremodel.language import Model
from figuremodel.ranges import count_range

_MOST_COMBINATIONS = 3_000
"""Of labels, in one part of a condition."""


def ranges_of(model: Model, conditions: Iterable[Condition]) -> pd.DataFrame:
    """Return ``cohort, condition, least, most`` for each condition that the model decides."""
    rows = []
    for one in conditions:
        meant = in_model(model, one)
        found = None if meant is None else count_range(model, meant)
        if found is not None:
            rows.append((model.name, condition_id(one), *found))
    return pd.DataFrame(rows, columns=["cohort", "condition", "least", "most"])


def in_model(model: Model, condition: Condition) -> model_conditions.Condition | None:
    """Return a condition of a count in the model's terms; None where it has none for it."""
    parts = [_part(model, one) for one in condition]
    if any(one is None for one in parts):
        return None
    return model_conditions.Condition("and", parts=tuple(one for one in parts if one is not None))


def _part(model: Model, part: Part) -> model_conditions.Condition | None:
    names, combinations = part
    if not set(names) <= set(model.attributes) or len(combinations) > _MOST_COMBINATIONS:
        return None
    if len(names) == 1:
        attribute = model.attributes[names[0]]
        texts = {label for (label,) in combinations}
        codes = [code for code, value in enumerate(attribute.values) if str(value) in texts]
        if len(codes) == len(attribute.values):
            return EVERYONE
        return model_conditions.Condition("is", names[0], frozenset(codes)) if codes else ~EVERYONE
    # A person of the model has a value of each attribute: an empty cell is nobody's.
    whole = [one for one in combinations if None not in one]
    return model_conditions.Condition("or", parts=tuple(_all_of(model, names, o) for o in whole))


def _all_of(model: Model, names: tuple[str, ...], labels: Labels) -> model_conditions.Condition:
    parts = []
    for name, label in zip(names, labels, strict=True):
        values = [str(value) for value in model.attributes[name].values]
        parts.append(model_conditions.Condition("is", name, frozenset({values.index(str(label))})))
    return model_conditions.Condition("and", parts=tuple(parts))
