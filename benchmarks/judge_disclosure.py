"""What a reader who knows everybody's other attributes learns of one, from many shown counts.

The judge knows for each person all attributes but one, is told how many people have it in groups
that the others define, and weighs that by least squares with a prior. Printed is how often its best
guess is right, over all people and over the five it is surest of, beside the share that guessing
the commoner answer gets right.

    python benchmarks/judge_disclosure.py
"""

from __future__ import annotations

import json
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from appendices.disclosure.noise import Noise, derive_secret, person_keys
from appendices.disclosure.policy import find_policy

COUNTS = {"one run": 40, "six runs": 200, "the budget used up": find_policy("release").most_counts}
SIZES = (57, 400, 5000)
COHORTS = {57: 20, 400: 8, 5000: 2}
SHARE = 0.64
ATTRIBUTES = 24


def judge(people: int, counts: int, seed: int) -> tuple[float, float, float]:
    """Return how often the judge is right, of its five surest, and of the commoner answer."""
    rng = np.random.default_rng(seed)
    secret_answer = rng.random(people) < SHARE
    known = rng.random((people, ATTRIBUTES)) < rng.uniform(0.2, 0.8, ATTRIBUTES)
    groups = _groups(known, counts, rng)
    ids = [f"p{i}" for i in range(people)]
    secret = derive_secret(rng.bytes(32), ids)
    keys = person_keys(secret, ids)
    noise = Noise(find_policy("release"), secret, people)
    inside = groups & secret_answer
    shown = noise.show(inside.sum(axis=1), inside.astype(np.uint64) @ keys)
    # A count that is few is known to lie about half way to the threshold.
    told = np.where(shown < 0, noise.policy.threshold / 2, shown)
    error = np.where(shown < 0, 2.0, noise.error_variance)
    chance = _posterior(groups.astype(float), told, error)
    right = (chance > 0.5) == secret_answer
    surest = np.argsort(-np.abs(chance - 0.5))[:5]
    return right.mean(), right[surest].mean(), max(secret_answer.mean(), 1 - secret_answer.mean())


def _groups(known: NDArray[np.bool_], counts: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return different groups of people by one or two of the known attributes."""
    both = np.concatenate([known, ~known], axis=1).T
    pairs = list(combinations(range(len(both)), 2))
    rng.shuffle(pairs)
    found = [*both, *(both[a] & both[b] for a, b in pairs)]
    kept = [one for one in found if one.sum() >= find_policy("release").threshold]
    return np.array(kept[:counts])


def _posterior(
    groups: NDArray[np.float64], told: NDArray[np.float64], error: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the mean of each person's answer given what is told: normal prior, normal error."""
    prior = SHARE * (1 - SHARE)
    weighed = prior * groups @ groups.T + np.diag(error)
    gap = told - groups.sum(axis=1) * SHARE
    return SHARE + prior * groups.T @ np.linalg.solve(weighed, gap)


def main() -> None:
    """Print one line of JSON a size of cohort and number of counts."""
    for people in SIZES:
        for name, counts in COUNTS.items():
            tries = [judge(people, counts, seed) for seed in range(COHORTS[people])]
            right, surest, blind = np.mean(tries, axis=0)
            numbers = {"right": right, "surest_five": surest, "commoner_answer": blind}
            line = {"people": people, "told": name, "counts": counts} | {
                key: round(float(value), 3) for key, value in numbers.items()
            }
            print(json.dumps(line))


if __name__ == "__main__":
    main()
