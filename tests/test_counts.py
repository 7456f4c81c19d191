"""The count table: what adds, what does not, and what never leaves it but protected."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

from appendices.counts import less
from appendices.disclosure.noise import Noise, derive_secret, person_keys
from appendices.disclosure.policy import find_policy
from appendices.errors import UsageError
from appendices.origin import Origin
from youthviolence.cohorts import People, cumulative, people_of, stack, tabulate
from youthviolence.cohorts.tabulation import tabulate_combinations, tabulate_missing

NAMES = ["a", "b", "c"]


def protected(n: int = 57, seed: int = 1, master: bytes = b"m" * 32) -> People:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        rng.choice(["yes", "no", None], (n, 3), p=[0.55, 0.4, 0.05]), columns=NAMES
    )
    frame = frame.astype(pd.CategoricalDtype(["yes", "no"]))
    ids = [f"id{i}" for i in range(n)]
    secret = derive_secret(master, ids)
    origin = Origin("own", "confidential", "observed", Noise(find_policy("release"), secret, n))
    return people_of(frame, origin, person_keys(secret, ids))


def cells(people: People) -> list[object]:
    return [(row[0].n, row[0].key) for row in tabulate(people, ["b"]).counts]


def test_taking_a_part_from_its_whole_is_counting_the_others() -> None:
    people = protected()
    whole = tabulate(people, ["b"])
    rest = less(whole, tabulate(people.where("a", "yes"), ["b"]))
    others = people.derive("other", ["a"], lambda one: "no" if one == "yes" else "yes")
    counted = tabulate(others.where("other", "yes"), ["b"])
    assert [(c.n, c.key) for row in rest.counts for c in row] == [
        (c.n, c.key) for row in counted.counts for c in row
    ]
    pd.testing.assert_frame_equal(rest.frame, counted.frame)


def test_what_is_no_part_is_not_taken_away() -> None:
    people = protected()
    yes, no = (tabulate(people.where("a", one), ["b"]) for one in ("yes", "no"))
    with pytest.raises(UsageError, match="part of"):
        less(yes, no)
    with pytest.raises(UsageError, match="same rows"):
        less(tabulate(people, ["c"]), yes)
    with pytest.raises(UsageError, match="same rows"):
        less(tabulate(protected(seed=2), ["b"]), yes)


def test_counts_add_along_a_partition_and_nowhere_else() -> None:
    people = protected()
    table = tabulate_combinations(people, NAMES)
    added = table.summed(["c"])
    counted = tabulate_combinations(people, ["a", "b"])
    assert [(c.n, c.key) for (c,) in added.counts] == [(c.n, c.key) for (c,) in counted.counts]
    by_attribute = tabulate(people, ["a", "b"])
    for overlapping in (by_attribute, stack([table, table])):
        with pytest.raises(UsageError, match="nobody may be counted twice"):
            overlapping.summed(["attribute" if overlapping is by_attribute else "c"])


def test_a_number_that_a_notebook_makes_never_becomes_a_count() -> None:
    table = tabulate(protected(), ["a"])
    with pytest.raises(UsageError, match="nothing else can make"):
        table.assign(n=table["n"] + 3)
    with pytest.raises(UsageError, match="found a number"):
        table.assign(share=["12"] * len(table))
    with pytest.raises(UsageError, match="found a number"):
        table.assign(share=[12.5] * len(table))
    with pytest.raises(UsageError, match="found a number"):
        table.replace({"category": {"yes": "31 %"}})
    with pytest.raises(FrozenInstanceError):
        table.columns = ("m",)  # type: ignore[misc]
    mine = table.frame
    mine["n"] = 3
    assert table.frame["n"].tolist() != [3] * len(table)


def test_missing_is_a_category_and_keys_keep_every_bit() -> None:
    people = protected()
    table = tabulate(people, ["a"])
    assert table["category"].tolist() == ["yes", "no", "not recorded"]
    whole = sum(int(key) for key in people.keys) % 2**64
    assert sum(row[0].key for row in table.counts) % 2**64 == whole
    assert table.counts[0][2].key == whole
    assert not any(column.dtype == np.uint64 for _, column in table.frame.items())


def test_the_same_people_are_counted_alike_in_any_order_under_any_name() -> None:
    people = protected()
    order = np.random.default_rng(3).permutation(57)
    shuffled = replace(
        people,
        keys=people.keys[order],
        attributes={k: replace(v, codes=v.codes[order]) for k, v in people.attributes.items()},
    )
    other = shuffled.rename({"b": "another name"})
    assert tabulate(people, ["b"])["n"].tolist() == tabulate(other, ["another name"])["n"].tolist()


def test_a_combination_that_may_not_be_shown_has_no_row() -> None:
    table = tabulate_combinations(protected(), NAMES)
    assert len(table.frame) < len(table.labels)
    assert (table.frame["a"] == "other combinations").sum() == 1
    assert table.frame["n"].iloc[:-1].notna().all()


def test_a_group_that_is_not_declared_has_rows_only_if_it_is_shown() -> None:
    people = protected(n=400)
    few = tabulate(people.derive("d", ["a"], lambda one: one or "not recorded"), ["b"], by="d")
    assert "not recorded" in set(few["group"])  # twenty people
    fewer = protected(n=57, seed=4)
    assert 0 < (fewer["a"].codes == -1).sum() < 5
    assert "not recorded" not in set(tabulate(fewer, ["b"], by="a")["group"])


def test_sums_are_made_of_true_counts_and_protected_afterwards() -> None:
    people = protected(n=400)
    held = cumulative(tabulate_combinations(people, NAMES))
    codes = np.stack([people[name].codes == 0 for name in NAMES]).sum(axis=0)
    assert [row[2].n for row in held.counts] == [int((codes >= k).sum()) for k in range(4)]
    missing = tabulate_missing(people, NAMES)
    assert sum(row[0].n for row in missing.counts) == 400
