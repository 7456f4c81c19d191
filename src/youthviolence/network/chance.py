"""Whether people are more closely connected than chance would make them.

The null model: every person keeps the number of places of each kind they are linked to, and every
place its number of people; all networks with these numbers are equally likely.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import igraph as ig
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from appendices.errors import UsageError
from youthviolence.network.model import Whole, ends, people_in

STATISTICS = {
    "connected_pairs": "Connected pairs of young people",
    "largest_component": "Young people in the largest component",
    "clustering": "Clustering: share of meetings that repeat",
}
DRAWS_PER_CHAIN = 10
# Chains that are run side by side: as many as fit this many places in their lists.
MOST_CHAINS, MOST_CELLS = 250, 20_000_000
BARS = 15  # of a distribution
Values = NDArray[np.float64]


@dataclass(frozen=True)
class NullDraws:
    """What chance gives, and what was observed.

    Parameters
    ----------
    observed
        The value of each statistic: connected_pairs, largest_component, clustering (see
        `draw_null`).
    draws
        The drawn values of each statistic, chains x draws.
    mixing
        sweep, links_in_place: share of the links that are where they were observed.
    """

    observed: dict[str, float]
    draws: dict[str, Values]
    mixing: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row a statistic.

        Returns
        -------
        statistic, title (in words), observed, expected (mean of the draws), low and high (2.5 and
        97.5 % of the draws), p_at_least, p_at_most (Monte Carlo p-values with the observed network
        counted, Davison and Hinkley 1997), p_two_sided (twice the smaller), p_error (its Monte
        Carlo standard error), draws, effective_draws (allowing for draws of one chain being alike,
        by the variance of chain means), r_hat (Gelman and Rubin 1992; near 1 when chains agree).
        """
        return pd.DataFrame([self._summary_of(name) for name in STATISTICS])

    def _summary_of(self, name: str) -> dict[str, Any]:
        by_chain, seen = self.draws[name], self.observed[name]
        n_chains, per_chain = by_chain.shape
        between = by_chain.mean(axis=1).var(ddof=1)
        within = by_chain.var(axis=1, ddof=1).mean()
        total = within * (per_chain - 1) / per_chain + between
        values = by_chain.ravel()
        effective = min(n_chains * total / between, len(values)) if between else len(values)
        at_least = (1 + (values >= seen).sum()) / (1 + len(values))
        at_most = (1 + (values <= seen).sum()) / (1 + len(values))
        tail = min(at_least, at_most, 0.5)
        return {
            "statistic": name,
            "title": STATISTICS[name],
            "observed": seen,
            "expected": values.mean(),
            "low": np.quantile(values, 0.025),
            "high": np.quantile(values, 0.975),
            "p_at_least": at_least,
            "p_at_most": at_most,
            "p_two_sided": 2 * tail,
            "p_error": 2 * np.sqrt(tail * (1 - tail) / effective),
            "draws": len(values),
            "effective_draws": round(effective),
            "r_hat": np.sqrt(total / within) if within else 1.0,
        }

    def distribution(self) -> pd.DataFrame:
        """Return the null distribution of each statistic, ready to be drawn.

        Returns
        -------
        statistic, low, high (edges of the bar; whole numbers lie in its middle), share (of the
        draws), observed (the same in every row of a statistic).
        """
        parts = []
        for name in STATISTICS:
            values, seen = self.draws[name], self.observed[name]
            low, high = min(values.min(), seen), max(values.max(), seen)
            if name == "clustering":
                edges = np.linspace(low, max(high, low + 1e-9), BARS + 1)
            else:
                step = max(1, -(-int(high - low + 1) // BARS))
                edges = np.arange(low - 0.5, high + step, step)
            counts, _ = np.histogram(values, edges)
            shape = {"low": edges[:-1], "high": edges[1:], "share": counts / values.size}
            parts.append(pd.DataFrame({"statistic": name, **shape, "observed": seen}))
        return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class Lists:
    """The links to one kind of place as a list for each person, padded to one length."""

    people: Whole
    lengths: Whole
    places: NDArray[np.unsignedinteger[Any]]


def draw_null(
    network: ig.Graph, *, draws: int = 10_000, seed: int = 0, burn_in: int = 30, thin: int = 10
) -> NullDraws:
    """Return at least `draws` networks' statistics under the null model, and the observed ones.

    Statistics: connected_pairs (pairs of people with a place in common), largest_component
    (people in the largest group connected through places) and clustering (Robins and Alexander
    2004: four times the number of 4-cycles over the number of 3-paths, the chance that two
    people who share one place and another link share a second).

    Many chains start from the observed network. In one step the people are paired at random,
    each of a pair offers one place, and with probability one half the two are exchanged if
    neither person then has a place twice: the checkerboard swap (Ryser 1963; Besag and Clifford
    1989), for all pairs at once, since no two of them touch the same person. Pairs and offers are
    shared by the chains of a block, the coins are each chain's own; every step is its own
    reverse, so all networks with the same degrees are equally likely in the end. A sweep is as
    many steps as the longest list of places.

    Parameters
    ----------
    draws
        Rounded up to whole blocks: of 2,500, or fewer where the network is large.
    seed
        Of the sequence of seeds, one a block.
    burn_in, thin
        Sweeps before the first draw of a chain, and between its draws.

    Raises
    ------
    UsageError
        When `draws`, `burn_in` or `thin` is less than one.
    """
    if min(draws, burn_in, thin) < 1:
        raise UsageError("draws, burn_in and thin must each be at least 1.")
    cells = sum(part.places.size for part in lists_by_kind(network))
    chains = int(np.clip(MOST_CELLS // max(cells, 1), 2, MOST_CHAINS))
    seeds = np.random.SeedSequence(seed).spawn(-(-draws // (chains * DRAWS_PER_CHAIN)))
    blocks = [
        _draw_block(network, chains, burn_in, thin, np.random.default_rng(one)) for one in seeds
    ]
    drawn = np.concatenate([values for values, _ in blocks], axis=1)
    person, place = _links(network)
    (observed,) = statistics(network, person, place[np.newaxis])
    return NullDraws(
        dict(zip(STATISTICS, observed.tolist(), strict=True)),
        {name: drawn[:, :, at].T.copy() for at, name in enumerate(STATISTICS)},
        pd.DataFrame(
            {
                "sweep": np.arange(burn_in + 1),
                "links_in_place": np.mean([in_place for _, in_place in blocks], axis=0),
            }
        ),
    )


def lists_by_kind(network: ig.Graph) -> list[Lists]:
    """Return the links split by the kind of place, as lists for each person."""
    person, place = _links(network)
    n_people = people_in(network)
    kinds = np.array(network.vs["kind"])[place + n_people] if len(place) else np.array([])
    found = []
    for kind in np.unique(kinds):
        people, lengths = np.unique(person[kinds == kind], return_counts=True)
        padding = network.vcount() - n_people
        places = np.full((len(people), lengths.max()), padding, np.min_scalar_type(padding))
        places[np.arange(lengths.max()) < lengths[:, np.newaxis]] = place[kinds == kind]
        found.append(Lists(people, lengths, places))
    return found


def exchange(
    places: NDArray[np.unsignedinteger[Any]], lengths: Whole, steps: int, rng: np.random.Generator
) -> None:
    """Carry out `steps` of exchanges in place; `places` is people x places of each x chains."""
    n_people, longest, chains = places.shape
    half = n_people // 2
    for _ in range(steps):
        order = rng.permutation(n_people)[: 2 * half]
        slot = rng.integers(0, lengths)[order]
        offered = places[order, slot]
        wanted = np.concatenate([offered[half:], offered[:half]])
        has_not = np.ones(wanted.shape, dtype=bool)
        for other in range(longest):
            has_not &= places[order, other] != wanted
        coins = np.frombuffer(rng.bytes(-(-half * chains // 8)), np.uint8)
        swap = np.unpackbits(coins, count=half * chains).reshape(half, chains).view(bool)
        swap = swap & has_not[:half] & has_not[half:]
        # Exclusive or with the difference turns each of the two into the other.
        change = (offered[:half] ^ wanted[:half]) * swap
        places[order[:half], slot[:half]] ^= change
        places[order[half:], slot[half:]] ^= change


def _draw_block(
    network: ig.Graph, chains: int, burn_in: int, thin: int, rng: np.random.Generator
) -> tuple[Values, Values]:
    """Return draws x chains x statistics, and the share of links in place after each sweep."""
    lists = lists_by_kind(network)
    states = [np.repeat(part.places[:, :, np.newaxis], chains, axis=2) for part in lists]
    person = np.concatenate([[], *(np.repeat(part.people, part.lengths) for part in lists)])
    person = person.astype(np.int64)

    def sweep() -> None:
        for part, state in zip(lists, states, strict=True):
            exchange(state, part.lengths, state.shape[1], rng)

    def current() -> Whole:
        rows = [
            state[np.arange(state.shape[1]) < part.lengths[:, np.newaxis]]
            for part, state in zip(lists, states, strict=True)
        ]
        return np.concatenate([np.empty((0, chains), np.int64), *rows]).T

    link = person * network.vcount()
    start = link + current()[0]
    in_place = [1.0]
    for _ in range(burn_in):
        sweep()
        in_place.append(float(np.isin(link + current(), start).mean()) if len(start) else 1.0)
    drawn = []
    for draw in range(DRAWS_PER_CHAIN):
        for _ in range(thin if draw else 0):
            sweep()
        drawn.append(statistics(network, person, current()))
    return np.array(drawn), np.array(in_place)


def statistics(network: ig.Graph, person: Whole, places: Whole) -> Values:
    """Return the three statistics for each row of `places`, those that `person` is linked to.

    All networks are laid out as the blocks of one large matrix, so that one product and one
    search for components serve all of them.
    """
    chains, n_people = len(places), people_in(network)
    n_places = network.vcount() - n_people
    chain = np.arange(chains)[:, np.newaxis]
    rows, columns = (person + chain * n_people).ravel(), (places + chain * n_places).ravel()
    matrix = sparse.csr_matrix(
        (np.ones(len(rows), np.int64), (rows, columns)),
        shape=(chains * n_people, chains * n_places),
    )
    shared = matrix @ matrix.T
    shared.setdiag(0)
    shared.eliminate_zeros()
    repeated = shared.multiply(shared) - shared
    degrees = np.array(network.degree(), dtype=np.int64)
    paths = ((degrees[person] - 1) * (degrees[n_people:][places] - 1)).sum(axis=1)
    label = csgraph.connected_components(shared, directed=False)[1]
    size = np.bincount(label)[label].reshape(chains, -1)
    pairs = shared.getnnz(axis=1).reshape(chains, -1).sum(axis=1) // 2
    meetings = np.asarray(repeated.sum(axis=1)).reshape(chains, -1).sum(axis=1)
    clustering = np.divide(meetings, paths, out=np.zeros(chains), where=paths > 0)
    return np.column_stack([pairs, size.max(axis=1, initial=0), clustering])


def _links(network: ig.Graph) -> tuple[Whole, Whole]:
    person, place = ends(network).T
    return person, place - people_in(network)
