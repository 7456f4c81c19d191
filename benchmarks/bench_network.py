"""Time the network analysis against the straightforward ways, and print ratios.

Usage: python benchmarks/bench_network.py [--large]

One generated network of 100,000 people and 1,000,000 ties: build, prune, project, components and
core, each way in a process of its own, with the memory it takes beyond its input (goal: 20 times
faster than networkx, a quarter of the memory). Then null draws of a network of 57 people against
a plain Python curveball (goal: 50 times as many a second). With --large also 1,000,000 people and
10,000,000 ties, which is only to finish. Times are of the processor, so that other work on the
machine does not count.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd

from youthviolence.network import build_network, components, draw_null, project, prune
from youthviolence.network.chance import exchange, strata

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
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


def with_package(tables: Tables) -> list[int]:
    """Build, prune, project, find components and cores with the package; return sizes."""
    network = build_network(*tables)
    kept = prune(network, "others")
    pairs = project(network).pairs
    core = np.asarray(network.graph().coreness())
    return [
        len(network.links), kept.n_nodes, len(pairs), int(components(network).max()),
        int((core >= 2).sum()),
    ]  # fmt: skip


def with_networkx(tables: Tables) -> list[int]:
    """Do the same the straightforward way."""
    people, incidents, institutions, ties = tables
    graph = nx.Graph()
    graph.add_nodes_from(people["person"])
    places = [*incidents["incident"], *institutions["institution"]]
    graph.add_nodes_from(places)
    target = ties["incident"].fillna(ties["institution"])
    graph.add_edges_from(zip(ties["person"], target, strict=True))
    flat = nx.bipartite.weighted_projected_graph(graph, people["person"])
    keep = [node for node in flat if flat.degree(node) >= 2]
    keep += [node for node in places if graph.degree(node) >= 2]
    kept = graph.subgraph(keep).copy()
    core = nx.core_number(graph)
    return [
        graph.number_of_edges(), kept.number_of_nodes(), flat.number_of_edges(),
        nx.number_connected_components(graph), sum(k >= 2 for k in core.values()),
    ]  # fmt: skip


def memory(peak: bool) -> float:
    """Return this process's memory now, or its peak since the last reset, in MB (Linux)."""
    found = re.search(
        rf"{'VmHWM' if peak else 'VmRSS'}:\s+(\d+)", STATUS.read_text(encoding="utf-8")
    )
    return int(found[1]) / 1024 if found else float("nan")


def child(way: str, people: int, ties: int) -> None:
    """Run one way and print seconds, megabytes beyond the input, and the sizes found."""
    tables = generate(people, ties)
    RESET.write_text("5", encoding="utf-8", newline="\n")
    before, start = memory(peak=False), time.process_time()
    sizes = {"package": with_package, "networkx": with_networkx}[way](tables)
    seconds = time.process_time() - start
    print(json.dumps([seconds, memory(peak=True) - before, sizes]))


def measured(way: str, people: int, ties: int) -> tuple[float, float, list[int]]:
    """Return what `child` prints, run in a process of its own."""
    command = [sys.executable, __file__, way, str(people), str(ties)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    seconds, megabytes, sizes = json.loads(done.stdout)
    return seconds, megabytes, sizes


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
    lists = strata(network)
    person, place = network.links["person"].to_numpy(), network.links["place"].to_numpy()
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
    print(f"null draws of a network of 57 people and {len(network.links)} links")
    print("  links in place after one draw (the less, the better mixed)")
    print(f"    curveball, 5 trades a person   {np.mean(stayed) / len(network.links):8.3f}")
    print(f"    package, {DRAW_SWEEPS} sweeps             {left[DRAW_SWEEPS]:8.3f}")
    print(f"    where it settles               {left.tail(10).mean():8.3f}")
    slow, quick = rate(plain, 1), rate(fast, CHAINS)
    print(f"  draws a second: curveball {slow:,.0f}, package {quick:,.0f}")
    print(f"  ratio                          {quick / slow:8.0f} times (goal: 50)")
    slow = rate(plain_with_statistics, 1)
    quick = rate(lambda: draw_null(network, draws=10_000), 10_000)
    print(f"  with the three statistics: {slow:,.0f} and {quick:,.0f}")
    print(f"  ratio                          {quick / slow:8.0f} times")


def main() -> None:
    """Print every comparison."""
    people, ties = 100_000, 1_000_000
    print(f"{people:,} people, {ties:,} ties: build, prune, project, components, core")
    quick, small, sizes = measured("package", people, ties)
    print(f"  package   {quick:8.2f} s  {small:8,.0f} MB   {sizes[2]:,} pairs", flush=True)
    slow, big, expected = measured("networkx", people, ties)
    print(f"  networkx  {slow:8.2f} s  {big:8,.0f} MB")
    assert sizes == expected, "the two ways disagree"
    print(
        f"  ratio     {slow / quick:8.1f} times (goal: 20); memory {small / big:.3f} (goal: 0.25)"
    )
    null_draws()
    if "--large" in sys.argv:
        quick, small, sizes = measured("package", 10 * people, 10 * ties)
        print(
            f"1,000,000 people, 10,000,000 ties: {quick:.1f} s, {small:,.0f} MB, {sizes[2]:,} pairs"
        )


if __name__ == "__main__":
    if len(sys.argv) == 4:
        child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
