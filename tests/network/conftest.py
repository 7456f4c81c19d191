"""Small networks: built from pairs of person and place, and the Southern Women of Davis."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import igraph as ig
import networkx as nx
import pandas as pd
import pytest

from youthviolence.network import build_network

Pairs = Iterable[tuple[str, str]]
Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]
TIES = ["person", "incident", "institution", "role", "date", "start", "end"]


def tables(pairs: Pairs, people: Iterable[str] = (), places: Iterable[str] = ()) -> Tables:
    """Return the four tables of a network; a place named V... is an incident."""
    pairs = list(pairs)
    persons = sorted({person for person, _ in pairs} | set(people))
    targets = sorted({place for _, place in pairs} | set(places))
    incidents = [name for name in targets if name.startswith("V")]
    institutions = [name for name in targets if not name.startswith("V")]
    ties = pd.DataFrame(index=range(len(pairs)), columns=TIES)
    ties["person"] = pd.Series([person for person, _ in pairs], dtype="str")
    for column, held in (("incident", incidents), ("institution", institutions)):
        ties[column] = pd.Series([q if q in held else None for _, q in pairs], dtype="str")
    for column in ("date", "start", "end"):
        ties[column] = pd.Series(pd.NaT, index=ties.index, dtype="datetime64[s]")
    return (
        pd.DataFrame({"person": pd.Series(persons, dtype="str")}),
        pd.DataFrame({"incident": pd.Series(incidents, dtype="str"), "type": "stabbing"}),
        pd.DataFrame({"institution": pd.Series(institutions, dtype="str"), "type": "school"}),
        ties,
    )


@pytest.fixture(scope="session")
def network_of() -> Callable[..., ig.Graph]:
    def make(pairs: Pairs, people: Iterable[str] = (), places: Iterable[str] = ()) -> ig.Graph:
        return build_network(*tables(pairs, people, places))

    return make


@pytest.fixture(scope="session")
def tables_of() -> Callable[..., Tables]:
    return tables


@pytest.fixture(scope="session")
def women() -> nx.Graph:
    return nx.davis_southern_women_graph()


@pytest.fixture(scope="session")
def southern(women: nx.Graph, network_of: Callable[..., ig.Graph]) -> ig.Graph:
    return network_of([(a, b) for a, b in women.edges if b.startswith("E")])


@pytest.fixture(scope="session")
def degenerate(network_of: Callable[..., ig.Graph]) -> dict[str, ig.Graph]:
    """Return the networks nothing may stumble over."""
    return {
        "empty": network_of([]),
        "one person": network_of([], people=["a"]),
        "one link": network_of([("a", "S1")]),
        "all in one incident": network_of([(name, "V1") for name in "abcdef"]),
        "nobody meets": network_of([("a", "S1"), ("b", "S2"), ("c", "V1")]),
        "places only": network_of([], places=["S1", "V1"]),
    }
