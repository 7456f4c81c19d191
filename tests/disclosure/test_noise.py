"""Keyed noise, rounding and threshold: the numbers that the protection is held to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import fisher_exact

from appendices.disclosure.noise import Noise, derive_secret, people_digest, person_keys
from appendices.disclosure.policy import find_policy
from appendices.errors import DataError
from appendices.precision import measured_with
from youthviolence.cohorts import compare, tabulate
from youthviolence.cohorts.profiles import effective, interval

RELEASE, TEN = find_policy("release"), find_policy("release10")
FINE = RELEASE.model_copy(update={"rounding_base": 1, "threshold": 1})
MASTER = bytes(range(32))


def noise(people: int = 57, policy: object = RELEASE, secret: bytes = MASTER) -> Noise:
    return Noise(policy, secret, people)  # type: ignore[arg-type]


def draw_keys(count: int, seed: int = 1) -> NDArray[np.uint64]:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


def test_the_same_people_have_the_same_keys_in_any_order() -> None:
    ids = [f"p{i}" for i in range(57)]
    secret = derive_secret(MASTER, ids)
    assert secret == derive_secret(MASTER, ids[::-1])
    assert dict(zip(ids, person_keys(secret, ids), strict=True)) == dict(
        zip(ids[::-1], person_keys(secret, ids[::-1]), strict=True)
    )


def test_one_leaver_or_another_master_renews_every_key() -> None:
    ids = [f"p{i}" for i in range(57)]
    before = person_keys(derive_secret(MASTER, ids), ids[1:])
    for secret in (derive_secret(MASTER, ids[1:]), derive_secret(MASTER[::-1], ids)):
        assert not np.intersect1d(before, person_keys(secret, ids[1:])).size


def test_ids_that_read_alike_when_joined_are_told_apart() -> None:
    assert derive_secret(MASTER, ["ab", "c"]) != derive_secret(MASTER, ["a", "bc"])
    assert people_digest(["ab", "c"]) != people_digest(["a", "bc"])


def test_an_id_that_stands_twice_is_refused_and_not_named() -> None:
    with pytest.raises(DataError, match="found 1 that stand twice") as caught:
        derive_secret(MASTER, ["Zebedee", "Zebedee", "other"])
    assert "Zebedee" not in str(caught.value)


def test_the_noise_has_the_variance_that_the_policy_says() -> None:
    n = np.full(200_000, 30)
    error = noise(policy=FINE).show(n, draw_keys(len(n))) - n
    assert abs(error.mean()) < 0.05
    assert error.var() == pytest.approx(2.1, abs=0.1)
    large = noise(5000, FINE).show(n, draw_keys(len(n))) - n
    assert large.var() == pytest.approx(4.1, abs=0.1)


@pytest.mark.parametrize("policy", [RELEASE, TEN])
def test_no_true_count_under_the_threshold_stands_behind_a_number(policy: object) -> None:
    n = np.repeat(np.arange(60), 2000)
    shown = noise(policy=policy).show(n, draw_keys(len(n)))
    least = policy.threshold  # type: ignore[attr-defined]
    assert n[shown >= 0].min() == least
    assert (shown[n < least] == -1).all()
    assert set(np.unique(shown[shown >= 0] % 5)) == {0}
    assert shown[shown >= 0].min() == least


def test_the_noise_of_a_total_cannot_be_guessed_from_that_of_its_parts() -> None:
    parts = draw_keys(40_000, seed=2).reshape(-1, 2)
    total = parts.sum(axis=1, dtype=np.uint64)
    fine = noise(policy=FINE)
    of_total = fine.show(np.full(len(total), 60), total) - 60
    of_parts = sum(fine.show(np.full(len(total), 30), column) - 30 for column in parts.T)
    blind = np.bincount(of_total - of_total.min()).max() / len(total)
    half = len(total) // 2
    right = 0
    for value in np.unique(of_parts):
        learnt = of_total[:half][of_parts[:half] == value]
        tried = of_total[half:][of_parts[half:] == value]
        if len(learnt) and len(tried):
            values, counts = np.unique(learnt, return_counts=True)
            right += int((tried == values[counts.argmax()]).sum())
    assert right / (len(total) - half) <= blind + 0.03


def test_five_hundred_counts_take_less_than_a_tenth_of_a_second() -> None:
    n, keys = np.arange(500), draw_keys(500)
    started = time.perf_counter()
    noise().show(n, keys)
    assert time.perf_counter() - started < 0.1


def test_a_count_has_a_name_that_changes_with_its_people_and_its_secret() -> None:
    n, keys = np.array([7, 7, 8]), draw_keys(3)
    names = noise().cell_ids(n, keys)
    assert len(set(names)) == 3
    assert not set(names) & set(noise(secret=MASTER[::-1]).cell_ids(n, keys))
    unknown = replace(noise(), known_people=False).cell_ids(n, keys)
    assert all(one.startswith(":") for one in unknown)


Draw = Callable[[int, float], NDArray[np.int64]]


def shown_shares(people: int, share: float, times: int, seed: int) -> NDArray[np.float64]:
    """Return shown counts of a share of people, and shown bases, of many cohorts of that size."""
    rng = np.random.default_rng(seed)
    n = rng.binomial(people, share, times)
    counted = noise(people).show(n, rng.integers(0, 2**64, times, dtype=np.uint64))
    bases = noise(people).show(
        np.full(times, people), rng.integers(0, 2**64, times, dtype=np.uint64)
    )
    known = (counted >= 0) & (bases >= RELEASE.minimum_base)
    return np.stack([np.minimum(counted, bases), bases])[:, known].astype(float)


@pytest.mark.parametrize("people", [28, 57, 400, 5000])
def test_intervals_of_shown_counts_cover_what_they_say(people: int) -> None:
    covered, plain = [], []
    for place, share in enumerate((0.2, 0.35, 0.5, 0.65, 0.8, 0.9)):
        n, base = shown_shares(people, share, 8000, seed=people + place)
        with measured_with(noise(people).precision):
            low, high = interval(n, base)
        covered.append(((low <= share) & (share <= high)).mean())
        low, high = interval(n, base)
        plain.append(((low <= share) & (share <= high)).mean())
    assert np.mean(covered) >= 0.93
    assert min(covered) >= 0.92
    if people < 100:  # what the allowance for noise is worth
        assert np.mean(plain) < 0.90


def test_a_test_of_shown_counts_finds_few_differences_that_are_not_there() -> None:
    found, plain, tried = 0, 0, 0
    for place, share in enumerate((0.3, 0.5, 0.8)):
        first = shown_shares(28, share, 1000, seed=place)
        second = shown_shares(29, share, 1000, seed=place + 50)
        for (x1, n1), (x2, n2) in zip(first.T, second.T, strict=False):
            with measured_with(noise(57).precision):
                sides = effective(x1, n1), effective(x2, n2)
            table = [[round(x), round(n) - round(x)] for x, n in sides]
            found += fisher_exact(table).pvalue <= 0.05
            plain += fisher_exact([[x1, n1 - x1], [x2, n2 - x2]]).pvalue <= 0.05
            tried += 1
    assert found / tried <= 0.05
    assert plain / tried > 0.07


@pytest.mark.parametrize(("n", "base"), [(5, 5), (5, 10), (10, 10)])
def test_a_small_group_of_shown_counts_is_worth_at_least_one_person(n: int, base: int) -> None:
    frame = pd.DataFrame({"sex": ["f"] * base + ["m"] * 40})
    frame["care"] = ["yes"] * n + ["no"] * (base - n) + ["yes", "no"] * 20
    counts = tabulate(frame, ["care"], by="sex").frame
    with measured_with(replace(noise(57).precision, smallest_base=1)):
        table = compare(counts, "f", "rest", attributes=["care"], positive="yes")
    assert table["p"].notna().all()
