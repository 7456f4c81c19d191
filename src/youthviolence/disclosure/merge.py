"""Put categories together, as their description declares, before a small count is withheld."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from youthviolence.disclosure.policy import Policy
from youthviolence.errors import DataError
from youthviolence.sources.catalogue import Field


def merged(frame: pd.DataFrame, fields: Sequence[Field], policy: Policy) -> pd.DataFrame:
    """Return `frame` with the declared merges that a small category asks for.

    A field's merges are tried in the order declared. One is made when any of its categories has
    people, but fewer than the policy's threshold: in every table of the run, so that no table
    tells apart what another puts together. One that builds on a merge that was not made is not
    made either.

    Raises
    ------
    DataError
        When a merge names a category that the field never has.
    """
    frame = frame.copy()
    for one in fields:
        known = {*one.categories, *one.enum}
        for merge in one.merges:
            if not known.issuperset(merge.of):
                raise DataError(
                    f"field {one.name!r}: the merge into {merge.into!r} names a category that the "
                    "field has not, and that no merge before it makes."
                )
            known.add(merge.into)
            values = frame[one.name].astype("category")
            names = list(values.cat.categories)
            sizes = values.value_counts()
            small = any(0 < sizes.get(name, 0) < policy.threshold for name in merge.of)
            if not small or not set(merge.of) <= set(names):
                continue
            place = names.index(merge.of[0])
            kept = [name for name in names if name not in merge.of and name != merge.into]
            kept.insert(min(place, len(kept)), merge.into)
            labels = values.astype("object").replace(dict.fromkeys(merge.of, merge.into))
            kind = pd.CategoricalDtype(kept, ordered=values.cat.ordered)
            frame[one.name] = labels.astype(kind)
    return frame
