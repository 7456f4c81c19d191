"""People, and attributes made from others: what is true of whom stays known."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from appendices.errors import UsageError
from appendices.people import ELSEWHERE
from youthviolence.cohorts import People, people_of, tabulate


def of_ages(*ages: float) -> People:
    return people_of(pd.DataFrame({"age": [*ages, None]}))


def banded(people: People, bands: str) -> list[str]:
    table = tabulate(people.band("band", of="age", bands=bands), ["band"])
    rows = table[table["kind"] == "recorded"].frame
    return [f"{label}: {n}" for label, n in zip(rows["category"], rows["n"], strict=True)]


def test_numbers_fall_into_the_bands_that_are_written() -> None:
    people = of_ages(13, 15, 16, 18, 40)
    assert banded(people, "13-15, 16, 17+") == ["13 to 15: 2", "16: 1", "17 and over: 2"]


def test_a_number_in_no_band_is_not_lost() -> None:
    assert banded(of_ages(13, 40), "13-15") == ["13 to 15: 1", f"{ELSEWHERE}: 1"]


@pytest.mark.parametrize("bands", ["", "13-15,", "15-13", "13-15, 15-18", "young", "13-15;16"])
def test_bands_that_overlap_or_cannot_be_read_are_refused(bands: str) -> None:
    with pytest.raises(UsageError, match="bands"):
        banded(of_ages(13), bands)


SMALL = pd.DataFrame(
    {"sex": ["f", "f", "m", "m", None], "needs": ["yes", "no", "yes", "no", "yes"]}
).astype({"sex": pd.CategoricalDtype(["f", "m"]), "needs": pd.CategoricalDtype(["yes", "no"])})


def test_attributes_are_joined_by_any_and_by_all() -> None:
    people = people_of(SMALL)
    either = people.any_of("either", {"sex": "f", "needs": "yes"})
    both = people.all_of("both", {"sex": "f", "needs": "yes"})
    assert tabulate(either, ["either"])["n"].tolist() == [4, 1, 0]
    assert tabulate(both, ["both"])["n"].tolist() == [1, 4, 0]
    assert either["either"].of == ("sex", "needs")
    assert either["either"].meaning["no"] == set(product(["m", None], ["no", None]))


def test_a_subgroup_keeps_what_is_true_of_it() -> None:
    women = (
        people_of(SMALL).relabel("gender", of="sex", labels={"f": "woman"}).where("gender", "woman")
    )
    assert len(women) == 2
    assert women.condition == {(("sex",), frozenset({("f",)}))}
    with pytest.raises(UsageError, match="Did you mean 'woman'"):
        women.where("gender", "wman")


def test_keys_add_modulo_two_to_the_sixty_fourth() -> None:
    keys = np.array([2**64 - 1, 3, 5, 7, 11], dtype=np.uint64)
    people = people_of(SMALL, keys=keys)
    assert people.count(["needs"])["yes",].key == (2**64 - 1 + 5 + 11) % 2**64
