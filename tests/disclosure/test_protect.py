from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from appendices.disclosure.noise import Noise
from appendices.disclosure.policy import find_policy
from appendices.disclosure.protect import shield_counts, shown_of
from appendices.errors import DisclosureError
from appendices.origin import Origin
from appendices.people import people_of
from youthviolence.cohorts import tabulate

RELEASE, INTERNAL = find_policy("release"), find_policy("internal")
FRAME = pd.DataFrame({"n": [1, 30]})
SIXTY = pd.DataFrame({"sex": ["female", "male"] * 30})
KEYS = np.arange(60, dtype=np.uint64)


def test_confidential_numbers_pass_only_as_counts_that_are_protected() -> None:
    with pytest.raises(DisclosureError, match="not made of a count table"):
        shown_of(FRAME, "confidential", RELEASE)
    bare = tabulate(people_of(SIXTY, Origin("own", "confidential"), KEYS), ["sex"])
    with pytest.raises(DisclosureError, match="made without protection"):
        shown_of(bare, "confidential", RELEASE)
    noise = Noise(RELEASE, b"s" * 32, 60)
    covered = Origin("own", "confidential", protection=noise)
    kept = tabulate(people_of(SIXTY, covered, KEYS), ["sex"])
    assert (shown_of(kept, "confidential", RELEASE)["n"].dropna() % 5 == 0).all()


def test_a_policy_that_shows_records_and_other_data_pass_as_they_are() -> None:
    assert shown_of(FRAME, "confidential", INTERNAL).equals(FRAME)
    assert shown_of(FRAME, "public", RELEASE).equals(FRAME)
    assert shown_of(FRAME, "synthetic", RELEASE).equals(FRAME)


def test_a_table_made_under_one_policy_is_not_shown_under_another() -> None:
    noise = Noise(RELEASE, b"s" * 32, 60)
    table = shield_counts(FRAME, ["n"], noise)
    assert shown_of(table, "confidential", RELEASE)["n"].isna().tolist() == [True, False]
    with pytest.raises(DisclosureError, match="made for policy 'release'"):
        shown_of(table, "confidential", INTERNAL)


def test_a_cohort_is_large_from_the_number_that_its_policy_names() -> None:
    least = RELEASE.large_cohort
    small, large = (Noise(RELEASE, b"s" * 32, people).variance for people in (least - 1, least))
    assert small < large
