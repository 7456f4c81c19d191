"""Whether people are more closely connected than chance would make them.

The null model: every person keeps the number of places of each kind they are linked to, and every
place its number of people; all networks with these numbers are equally likely.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from appendices.errors import UsageError
from youthviolence.network.model import Network, Whole

STATISTICS = {
    "connected_pairs": "Connected pairs of young people",
    "largest_component": "Young people in the largest component",
    "clustering": "Clustering: share of meetings that repeat",
}
DRAWS_PER_CHAIN = 10
# Chains that are run side by side: as many as fit this many places in their lists.
MOST_CHAINS, MOST_CELLS = 250, 20_000_000


@dataclass(frozen=True)
class NullDraws:
    """What chance gives, and what was observed.

    Parameters
    ----------
    observed
        One row: connected_pairs, largest_component, clustering (see `draw_null`).
    draws
        chain, draw and the three statistics; one row a draw.
    mixing
        sweep, links_in_place: share of the links that are where they were observed.
    """

    observed: pd.DataFrame
    draws: pd.DataFrame
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
        values = self.draws.sort_values(["chain", "draw"])[name].to_numpy(dtype=np.float64)
        seen = float(self.observed[name].iloc[0])
        by_chain = values.reshape(self.draws["chain"].nunique(), -1)
        n_chains, per_chain = by_chain.shape
        between = by_chain.mean(axis=1).var(ddof=1)
        within = by_chain.var(axis=1, ddof=1).mean()
        total = within * (per_chain - 1) / per_chain + between
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

    def distribution(self, bins: int = 15) -> pd.DataFrame:
        """Return the null distribution of each statistic, ready to be drawn.

        Returns
        -------
        statistic, low, high (edges of the bar; whole numbers lie in its middle), share (of the
        draws), observed (the same in every row of a statistic).
        """
        parts = []
        for name in STATISTICS:
            values, seen = self.draws[name].to_numpy(), float(self.observed[name].iloc[0])
            low, high = min(values.min(), seen), max(values.max(), seen)
            if name == "clustering":
                edges = np.linspace(low, max(high, low + 1e-9), bins + 1)
            else:
                step = max(1, -(-int(high - low + 1) // bins))
                edges = np.arange(low - 0.5, high + step, step)
            counts, _ = np.histogram(values, edges)
            shape = {"low": edges[:-1], "high": edges[1:], "share": counts / len(values)}
            parts.append(pd.DataFrame({"statistic": name, **shape, "observed": seen}))
        return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class _Lists:
    """The links of one stratum as a list of places for each person, padded to one length."""

    people: Whole
    lengths: Whole
    places: NDArray[np.unsignedinteger[Any]]


def draw_null(
    network: Network,
    *,
    draws: int = 10_000,
    seed: int = 0,
    keep: Literal["kind", "type"] = "kind",
    burn_in: int = 30,
    thin: int = 10,
    executor: Executor | None = None,
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
        Of the sequence of seeds, one a block: the result is the same for any number of workers.
    keep
        Whether a person keeps the number of incidents and of institutions, or the number of
        each type of either.
    burn_in, thin
        Sweeps before the first draw of a chain, and between its draws.
    executor
        Runs the blocks: a process pool, or a Dask client's ``get_executor()``; None runs them
        here.

    Raises
    ------
    UsageError
        When `draws`, `burn_in` or `thin` is less than one.
    """
    if min(draws, burn_in, thin) < 1:
        raise UsageError("draws, burn_in and thin must each be at least 1.")
    lists = strata(network, keep)
    cells = sum(part.places.size for part in lists)
    chains = int(np.clip(MOST_CELLS // max(cells, 1), 2, MOST_CHAINS))
    blocks = -(-draws // (chains * DRAWS_PER_CHAIN))
    run = partial(_block, lists, network.incidence(), chains, burn_in, thin)
    seeds = np.random.SeedSequence(seed).spawn(blocks)
    done = list(executor.map(run, seeds) if executor else map(run, seeds))
    numbers = np.concatenate([values for values, _ in done], axis=1)
    table = pd.DataFrame(numbers.reshape(-1, len(STATISTICS)), columns=list(STATISTICS))
    table = table.astype({"connected_pairs": np.int64, "largest_component": np.int64})
    draw, chain = np.divmod(np.arange(len(table)), numbers.shape[1])
    table.insert(0, "chain", chain)
    table.insert(1, "draw", draw)
    incidence = network.incidence()
    observed = statistics(incidence, incidence.indices[np.newaxis, :])
    mixing = np.mean([moved for _, moved in done], axis=0)
    return NullDraws(
        pd.DataFrame(observed, columns=list(STATISTICS)),
        table,
        pd.DataFrame({"sweep": np.arange(burn_in + 1), "links_in_place": mixing}),
    )


def strata(network: Network, keep: Literal["kind", "type"] = "kind") -> list[_Lists]:
    """Return the links split by the kind (or kind and type) of place, as lists for each person."""
    kind, subtype = network.places["kind"], network.places["type"]
    label = kind if keep == "kind" else kind + ": " + subtype
    padding = np.min_scalar_type(len(network.places)).type(len(network.places))
    links, found = network.links, []
    for _, part in links.groupby(label.to_numpy()[links["place"]], sort=True):
        people, lengths = np.unique(part["person"], return_counts=True)
        row = np.repeat(np.arange(len(people)), lengths)
        slot = np.arange(len(part)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        places = np.full((len(people), lengths.max()), padding)
        places[row, slot] = part["place"]
        found.append(_Lists(people, lengths, places))
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


def _block(
    lists: list[_Lists],
    observed: sparse.csr_matrix,
    chains: int,
    burn_in: int,
    thin: int,
    seed: np.random.SeedSequence,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return draws x chains x statistics, and the share of links in place after each sweep."""
    rng = np.random.default_rng(seed)
    states = [np.repeat(part.places[:, :, np.newaxis], chains, axis=2) for part in lists]
    filled = [part.places < observed.shape[1] for part in lists]
    person = np.repeat(np.arange(observed.shape[0]), np.diff(observed.indptr))
    listed = [np.repeat(part.people, part.lengths) for part in lists]
    order = np.argsort(np.concatenate(listed), kind="stable") if listed else person
    link = person.astype(np.int64) * observed.shape[1]
    start = link + observed.indices

    def current() -> NDArray[np.integer[Any]]:
        rows = [state[mask] for state, mask in zip(states, filled, strict=True)]
        return np.concatenate(rows)[order].T if rows else np.empty((chains, 0), np.uint8)

    def sweep() -> None:
        for part, state in zip(lists, states, strict=True):
            exchange(state, part.lengths, state.shape[1], rng)

    moved = [1.0]
    for _ in range(burn_in):
        sweep()
        in_place = np.isin(link + current(), start)
        moved.append(float(in_place.mean()) if in_place.size else 1.0)
    found = []
    for draw in range(DRAWS_PER_CHAIN):
        for _ in range(thin if draw else 0):
            sweep()
        found.append(statistics(observed, current()))
    return np.array(found), np.array(moved)


def statistics(
    observed: sparse.csr_matrix, places: NDArray[np.integer[Any]]
) -> NDArray[np.float64]:
    """Return the three statistics for each row of `places`, the links' places by person.

    All networks are laid out as the blocks of one large matrix, so that one product and one
    search for components serve all of them.
    """
    chains, n_links = places.shape
    n_people, n_places = observed.shape
    offset = np.arange(chains, dtype=np.int32)[:, np.newaxis] * np.int32(n_places)
    starts = np.append(
        (observed.indptr[:-1] + np.arange(chains)[:, np.newaxis] * n_links).ravel(),
        chains * n_links,
    ).astype(np.int32)
    matrix = sparse.csr_matrix(
        (np.ones(chains * n_links, np.int32), (places + offset).ravel(), starts),
        shape=(chains * n_people, chains * n_places),
    )
    shared = matrix @ matrix.T
    degree = np.diff(observed.indptr).astype(np.int64)
    visits = np.bincount(observed.indices, minlength=n_places)

    def a_chain(counts: NDArray[Any]) -> NDArray[Any]:
        return counts.reshape(chains, -1).sum(axis=1)

    pairs = (a_chain(np.diff(shared.indptr)) - (degree > 0).sum()) // 2
    twice = shared.copy()
    twice.data = twice.data * (twice.data - 1)
    cycles = (a_chain(np.asarray(twice.sum(axis=1))) - (degree * (degree - 1)).sum()) / 4
    person = np.repeat(np.arange(n_people), degree)
    paths = ((degree[person] - 1) * (visits[places] - 1)).sum(axis=1)
    label = csgraph.connected_components(shared, directed=False)[1]
    chain = np.repeat(np.arange(chains), n_people)
    size = np.bincount(label)
    largest = np.zeros(chains)
    np.maximum.at(largest, chain, size[label] if len(label) else 0)
    clustering = np.divide(4 * cycles, paths, out=np.zeros(chains), where=paths > 0)
    return np.column_stack([pairs, largest, clustering])
