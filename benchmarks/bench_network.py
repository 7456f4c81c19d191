"""Time null draws of a network against the plain way, and print ratios.

Usage: python benchmarks/bench_network.py

Networks of 57 people drawn by the package and by a plain Python curveball (goal: 50 times as many
a second). Times are of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
import pandas as pd

from youthviolence.network import build_network, draw_null
from youthviolence.network.chance import exchange, lists_by_kind
from youthviolence.network.model import ends

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]
DRAW_SWEEPS = 10  # as `draw_null` has between its draws
CHAINS = 250


def generate(people: int, ties: int, places_a_person: float = 2.0, seed: int = 1) -> Tables:
    """Return a network whose places draw people unequally, a tenth of them incidents."""
    rng = np.random.default_rng(seed)
    places = int(people * places_a_person)
    person = rng.integers(0, people, ties)
    place = (places * rng.random(ties) ** 1.3).astype(np.int64)
    pairs = np.unique(person * places + place)
    person, place = np.divmod(rng.permutation(pairs), places)
    is_incident = place % 10 == 0
    start = np.datetime64("2015-01-01") + rng.integers(0, 1500, len(pairs))
    named = pd.Series(np.arange(places)).map("Q{:07d}".format)
    kinds = pd.Series(np.arange(places) % 10 == 0)
    target = pd.Series(place).map("Q{:07d}".format)
    tied = pd.DataFrame(
        {
            "person": pd.Series(person).map("P{:07d}".format),
            "incident": target.where(is_incident),
            "institution": target.where(~is_incident),
            "start": start,
            "end": start + rng.integers(30, 800, len(pairs)),
        }
    )
    return (
        pd.DataFrame({"person": pd.Series(np.arange(people)).map("P{:07d}".format)}),
        pd.DataFrame({"incident": named[kinds], "type": "stabbing"}),
        pd.DataFrame({"institution": named[~kinds], "type": "school"}),
        tied,
    )


def curveball(lists: list[set[int]], trades: int) -> None:
    """Trade in place as the algorithm is published (Strona and others 2014)."""
    for _ in range(trades):
        a, b = random.sample(range(len(lists)), 2)
        both = lists[a] & lists[b]
        size = len(lists[a]) - len(both)
        if size and len(lists[b]) > len(both):
            free = list((lists[a] | lists[b]) - both)
            random.shuffle(free)
            lists[a], lists[b] = both | set(free[:size]), both | set(free[size:])


def rate(call: Callable[[], object], draws: int, seconds: float = 3.0) -> float:
    """Return draws a second over at least `seconds`, `draws` at a call."""
    calls, start = 0, time.process_time()
    while time.process_time() - start < seconds:
        call()
        calls += 1
    return calls * draws / (time.process_time() - start)


def null_draws() -> None:
    """Compare draws a second at the same distance from the start."""
    network = build_network(*generate(57, 250, 90 / 57, seed=3))
    lists = lists_by_kind(network)
    person, place = (ends(network) - [0, 57]).T
    rng = np.random.default_rng(1)
    random.seed(1)

    def plain() -> list[list[set[int]]]:
        kinds = []
        for part in lists:
            rows = [
                {int(place) for place in row[:n]}
                for row, n in zip(part.places, part.lengths, strict=True)
            ]
            curveball(rows, 5 * len(rows))
            kinds.append(rows)
        return kinds

    def plain_with_statistics() -> None:
        graph = nx.Graph()
        for part, rows in zip(lists, plain(), strict=True):
            for one, row in zip(part.people.tolist(), rows, strict=True):
                graph.add_edges_from((one, f"q{place}") for place in row)
        held = [node for node in graph if not isinstance(node, str)]
        flat = nx.bipartite.projected_graph(graph, held)
        flat.number_of_edges(), max(map(len, nx.connected_components(flat)))
        nx.bipartite.robins_alexander_clustering(graph)

    states = [np.repeat(part.places[:, :, np.newaxis], CHAINS, axis=2) for part in lists]

    def fast(sweeps: int = DRAW_SWEEPS) -> None:
        for part, state in zip(lists, states, strict=True):
            exchange(state, part.lengths, sweeps * state.shape[1], rng)

    start = set(zip(person.tolist(), place.tolist(), strict=True))
    stayed = [
        sum((one, place) in start for part, rows in zip(lists, plain(), strict=True)
            for one, row in zip(part.people.tolist(), rows, strict=True) for place in row)
        for _ in range(300)
    ]  # fmt: skip
    fast()
    left = draw_null(network, draws=1, burn_in=40).mixing["links_in_place"]
    print(f"null draws of a network of 57 people and {network.ecount()} links")
    print("  links in place after one draw (the less, the better mixed)")
    print(f"    curveball, 5 trades a person   {np.mean(stayed) / network.ecount():8.3f}")
    print(f"    package, {DRAW_SWEEPS} sweeps             {left[DRAW_SWEEPS]:8.3f}")
    print(f"    where it settles               {left.tail(10).mean():8.3f}")
    slow, quick = rate(plain, 1), rate(fast, CHAINS)
    print(f"  draws a second: curveball {slow:,.0f}, package {quick:,.0f}")
    print(f"  ratio                          {quick / slow:8.0f} times (goal: 50)")
    slow = rate(plain_with_statistics, 1)
    quick = rate(lambda: draw_null(network, draws=10_000), 10_000)
    print(f"  with the three statistics: {slow:,.0f} and {quick:,.0f}")
    print(f"  ratio                          {quick / slow:8.0f} times")


if __name__ == "__main__":
    null_draws()
