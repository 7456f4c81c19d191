"""Keyed noise: the same people always get the same noise, and nobody without the secret knows it.

Each person has a key, a count has the sum of its people's keys, and the noise of a count is drawn
from a keyed hash of both. So a count is shown alike in every table, under whatever name, from
whatever file and in whatever order, and the noise of a total says nothing of that of its parts.
"""

from __future__ import annotations

import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from appendices.disclosure.policy import Policy
from appendices.errors import DataError
from appendices.precision import Precision

SECRET_BYTES = 32
_DIGEST = "sha256"


def derive_secret(master: bytes, ids: Sequence[str]) -> bytes:
    """Return the secret of a group of people: one joiner or leaver makes it another.

    Parameters
    ----------
    master
        The cohort's own secret, 32 bytes.
    ids
        The canonical id of every person of the file, before any filter, in any order.

    Raises
    ------
    DataError
        An id that stands twice: then a person would be counted twice.
    """
    if len(set(ids)) < len(ids):
        raise DataError(
            f"expected a different id for each person, found {len(ids) - len(set(ids))} that "
            "stand twice. Keep one row for each person."
        )
    return hmac.digest(master, _packed("people", *sorted(ids)), _DIGEST)


def person_keys(secret: bytes, ids: Sequence[str]) -> NDArray[np.uint64]:
    """Return a key of 64 bits for each person."""
    digests = (hmac.digest(secret, _packed("record", one), _DIGEST)[:8] for one in ids)
    return np.array([int.from_bytes(one, "big") for one in digests], dtype=np.uint64)


def people_digest(ids: Sequence[str]) -> str:
    """Return a name for a group of people that holds under every secret; for the holder only."""
    return hmac.digest(b"people", _packed(*sorted(ids)), _DIGEST).hex()


@dataclass(frozen=True)
class Noise:
    """What stands between a true count and the one that is shown.

    Parameters
    ----------
    policy
        Base, threshold and variance.
    secret
        Of this group of people; see `derive_secret`.
    people
        How many there are, which decides the variance.
    known_people
        Whether the keys come from ids of the people, so that they have the same in another file.
    """

    policy: Policy
    secret: bytes = field(repr=False)
    people: int
    known_people: bool = True

    @property
    def variance(self) -> float:
        """The variance of the noise, before rounding."""
        large = self.people >= self.policy.large_cohort
        return self.policy.noise_variance_large if large else self.policy.noise_variance

    @property
    def error_variance(self) -> float:
        """The variance of a shown count about the true one, rounding included."""
        return self.variance + (self.policy.rounding_base**2 - 1) / 12

    @property
    def precision(self) -> Precision:
        """What a statistic made of shown counts has to know of them."""
        # A base is rounded once for all that is of it, so that its error does not average out:
        # with twice the variance of rounding an interval covers what it says (docs/disclosure.md).
        spread = self.variance + self.policy.rounding_base**2 / 6
        return Precision(self.policy.minimum_base, self.error_variance, spread)

    def show(self, n: NDArray[np.int64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the shown count of each true one, -1 where it is few.

        A true count under the threshold, zero included, never shows a number, and no number under
        the threshold is shown.
        """
        base, threshold = self.policy.rounding_base, self.policy.threshold
        draws = np.array(
            [self._draw(*cell) for cell in zip(n.tolist(), keys.tolist(), strict=True)]
        )
        moved = n + math.sqrt(self.variance) * ndtri(draws.reshape(n.shape))
        shown = (np.floor(moved / base + 0.5) * base).astype(np.int64)
        return np.where((n < threshold) | (shown < threshold), -1, shown)

    def cell_ids(self, n: NDArray[np.int64], keys: NDArray[np.uint64]) -> list[str]:
        """Return a name for each count that says nothing of it: these people, this count."""
        tag = hmac.digest(self.secret, _packed("people"), _DIGEST)[:8].hex()
        group = tag if self.known_people else ""
        cells = zip(n.tolist(), keys.tolist(), strict=True)
        return [f"{group}:{self._hash('told', *cell)[:8].hex()}" for cell in cells]

    def _draw(self, n: int, key: int) -> float:
        """Return a number between 0 and 1, never either, from 52 bits of the hash."""
        bits = int.from_bytes(self._hash("cell", n, key)[:8], "big") >> 12
        return (bits + 0.5) / 2**52

    def _hash(self, purpose: str, n: int, key: int) -> bytes:
        return hmac.digest(self.secret, _packed(purpose, str(n), str(key)), _DIGEST)


def _packed(*fields: str) -> bytes:
    """Return the fields with their lengths before them, so that no two lists look alike."""
    encoded = [one.encode() for one in fields]
    return b"".join(len(one).to_bytes(4, "big") + one for one in encoded)
