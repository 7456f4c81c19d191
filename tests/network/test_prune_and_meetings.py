from __future__ import annotations

import igraph as ig
import networkx as nx
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appendices.data.load import load
from appendices.errors import UsageError
from youthviolence.network import (
    build_network,
    compare_overlaps,
    compare_prunings,
    inventory,
    percent_kept,
    prune,
    shares_of_first,
)
from youthviolence.network.meetings import count_others, links_where_met, meetings
from youthviolence.network.model import nodes, people_in
from youthviolence.network.validation import validate_network

PAIRS = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["S1", "S2", "S3", "S4", "V1", "V2"])),
    min_size=1,
    max_size=30,
    unique=True,
)
STAYS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.sampled_from(["S1", "S2"]),
        st.integers(0, 12),
        st.integers(0, 6),
    ),
    min_size=1,
    max_size=12,
    unique=True,
)


def graph_of(pairs) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from({person for person, _ in pairs}, bipartite=0)
    graph.add_nodes_from({place for _, place in pairs}, bipartite=1)
    graph.add_edges_from(pairs)
    return graph


def ids(network: ig.Graph) -> set[str]:
    return set(nodes(network)["node_id"])


def met_by_pair(network: ig.Graph, minimum_days: int | None = None) -> dict[tuple[str, str], int]:
    """Return in how many places each pair of people met, by their ids."""
    met, names = meetings(network, minimum_days), network.vs["node_id"]
    pairs = [(names[a], names[b]) for a, b in zip(met["a"], met["b"], strict=True)]
    return pd.Series(pairs, dtype="object").value_counts().to_dict()


def test_the_three_readings_differ_on_a_graph_worked_by_hand(network_of):
    # a and b share S1 twice over; c meets two others in one place only; d meets one; e meets none.
    pairs = [
        ("a", "S1"), ("b", "S1"), ("c", "S1"), ("a", "S2"), ("b", "S2"),
        ("d", "V1"), ("a", "V1"), ("e", "S3"), ("e", "S4"),
    ]  # fmt: skip
    network = network_of(pairs)
    assert ids(prune(network, "others")) == {"a", "b", "c", "S1", "S2", "V1"}
    assert ids(prune(network, "links")) == {"a", "b", "e", "S1", "S2", "V1"}
    assert ids(prune(network, "core")) == {"a", "b", "S1", "S2"}
    table = shares_of_first(compare_prunings(network), ["nodes", "links"])
    assert table["links"].tolist() == [9, 6, 5, 4]
    assert table["nodes"].tolist() == [10, 6, 6, 4]
    assert table["percent_of_links"].tolist() == pytest.approx([100, 600 / 9, 500 / 9, 400 / 9])
    assert table["alone"].tolist() == [0, 0, 1, 0]
    assert table[["people", "incidents", "institutions"]].to_numpy().tolist() == [
        [5, 1, 4], [3, 1, 2], [3, 1, 2], [2, 0, 2],
    ]  # fmt: skip


def test_an_unknown_reading_is_refused_with_the_nearest(network_of):
    with pytest.raises(UsageError, match="Did you mean 'core'"):
        prune(network_of([("a", "S1")]), "cores")  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(PAIRS)
def test_prunings_and_projection_agree_with_networkx(network_of, pairs):
    network, graph = network_of(pairs), graph_of(pairs)
    people = {person for person, _ in pairs}
    flat = nx.bipartite.weighted_projected_graph(graph, people)
    met = {person for person in people if flat.degree(person) >= 2}
    held = {place for _, place in pairs if graph.degree(place) >= 2}
    assert ids(prune(network, "others")) == met | held
    assert ids(prune(network, "links")) == {node for node in graph if graph.degree(node) >= 2}
    assert ids(prune(network, "core")) == set(nx.k_core(graph, 2))
    expected = {tuple(sorted((a, b))): weight for a, b, weight in flat.edges(data="weight")}
    assert met_by_pair(network) == expected


@settings(max_examples=25, deadline=None)
@given(PAIRS)
def test_ignoring_dates_and_wholly_open_stays_give_the_same_pairs(network_of, pairs):
    network = network_of(pairs)
    pd.testing.assert_frame_equal(meetings(network), meetings(network, 1))


def stays(tables_of, days: list[tuple[str, str, str | None, str | None]]) -> ig.Graph:
    people, incidents, institutions, ties = tables_of([(p, q) for p, q, *_ in days])
    ties["start"] = pd.to_datetime([start for *_, start, _ in days])
    ties["end"] = pd.to_datetime([end for *_, end in days])
    return build_network(people, incidents, institutions, ties)


def test_the_days_of_an_overlap_are_counted_with_both_ends(tables_of):
    network = stays(tables_of, [
        ("a", "S1", "2019-01-01", "2019-01-10"),
        ("b", "S1", "2019-01-10", "2019-03-01"),
        ("c", "S1", "2019-02-01", None),
        ("d", "V1", "2019-05-05", "2019-05-05"),
        ("e", "V1", "2019-05-05", "2019-05-05"),
    ])  # fmt: skip
    table = compare_overlaps(network, (1, 2, 29, 30))
    assert table["setting"].tolist()[:3] == ["dates ignored", "at least 1 day", "at least 2 days"]
    assert table["via_institutions"].tolist() == [3, 2, 1, 1, 0]
    assert table["via_incidents"].tolist() == [1, 1, 1, 1, 1]
    assert table["pairs"].tolist() == [4, 3, 2, 2, 1]
    assert table["links"].tolist() == [5, 5, 4, 4, 2]
    assert table["people"].tolist() == [5, 5, 4, 4, 2]
    shares = shares_of_first(table, ["pairs"])["percent_of_pairs"]
    assert shares.tolist() == [100, 75, 50, 50, 25]


def test_pairs_that_met_in_both_ways_are_those_that_met_in_each(tables_of):
    network = stays(tables_of, [
        ("a", "S1", None, None), ("b", "S1", None, None), ("a", "V1", None, None),
        ("b", "V1", None, None), ("c", "V1", None, None), ("c", "S2", None, None),
        ("d", "S2", None, None),
    ])  # fmt: skip
    row = compare_overlaps(network, ()).iloc[0]
    ways = ["via_institutions", "via_incidents", "via_both", "pairs"]
    assert row[ways].tolist() == [2, 3, 1, 4]


def test_the_days_of_two_stays_at_one_place_add_up_to_one_shared_place(tables_of):
    network = stays(tables_of, [
        ("b", "S1", "2019-01-01", "2019-12-31"),
        ("a", "S1", "2019-02-01", "2019-02-10"),
        ("a", "S1", "2019-06-01", "2019-06-10"),
    ])  # fmt: skip
    assert list(met_by_pair(network, 20).values()) == [1]
    assert meetings(network, 21).empty


def test_a_day_that_is_on_record_twice_counts_once(tables_of):
    days = [
        ("b", "S1", "2019-01-01", "2019-12-31"),
        ("a", "S1", "2019-02-01", "2019-02-10"),
        ("a", "S1", "2019-02-06", "2019-02-15"),
        ("a", "S1", "2019-02-07", "2019-02-08"),
        ("a", "S1", "2019-02-15", "2019-02-15"),
    ]
    network = stays(tables_of, days)
    assert list(met_by_pair(network, 15).values()) == [1]
    assert meetings(network, 16).empty


def test_with_dates_only_links_where_somebody_was_met_are_kept(tables_of):
    days = [
        ("a", "S1", "2019-01-01", "2019-02-01"),
        ("b", "S1", "2019-01-20", "2019-03-01"),
        ("c", "S1", "2020-01-01", "2020-03-01"),
        ("a", "V1", None, None),
        ("c", "V1", None, None),
        ("a", "S2", "2019-01-01", "2019-02-01"),
    ]
    network = stays(tables_of, days)
    assert links_where_met(network).ecount() == 5  # nobody else was ever at S2
    assert links_where_met(network, 1).ecount() == 4  # c came to S1 after the others had left
    assert links_where_met(network, 60).ecount() == 2
    assert ids(prune(network, "others")) == {"a", "b", "c", "S1", "V1"}
    assert ids(prune(network, "others", 1)) == {"a", "S1", "V1"}
    assert people_in(links_where_met(network, 1)) == 3


@settings(max_examples=40, deadline=None)
@given(STAYS, st.integers(1, 6))
def test_pairs_and_links_with_dates_agree_with_days_counted_one_by_one(tables_of, days, least):
    start = pd.Timestamp("2019-01-01")
    rows = [
        (person, place, start + pd.Timedelta(days=first), start + pd.Timedelta(days=first + length))
        for person, place, first, length in days
    ]
    network = stays(tables_of, rows)
    there: dict[tuple[str, str], set[int]] = {}
    for person, place, first, length in days:
        there.setdefault((person, place), set()).update(range(first, first + length + 1))
    met, links = set(), set()
    for (a, place), of_a in there.items():
        for (b, other), of_b in there.items():
            if place == other and a != b and len(of_a & of_b) >= least:
                met.add((*sorted((a, b)), place))
                links.add((a, place))
    expected = pd.Series([pair[:2] for pair in met], dtype="object").value_counts().to_dict()
    assert met_by_pair(network, least) == expected
    assert links_where_met(network, least).ecount() == len(links)


def test_the_inventory_counts_what_was_recorded_and_what_was_kept(network_of):
    network = network_of([("a", "S1"), ("b", "S1"), ("c", "S1"), ("d", "V1")], people=["e"])
    groups = pd.Series({"a": "x", "b": "x", "c": "y", "d": "y", "e": "y"})
    table = percent_kept(inventory(network, prune(network, "others"), groups))
    assert table[["item", "recorded", "retained"]].to_numpy().tolist() == [
        ["Nodes", 7, 4], ["Links", 4, 3],
        ["All young people", 5, 3], ["y", 3, 1], ["x", 2, 2],
        ["All incidents", 1, 0], ["stabbing", 1, 0],
        ["All institutions", 1, 1], ["school", 1, 1],
    ]  # fmt: skip
    assert table["percent"].tolist()[1] == 75


def test_nobody_is_paired_with_themselves(tables_of):
    network = stays(tables_of, [
        ("a", "S1", "2019-01-01", "2019-12-31"), ("a", "S1", "2019-02-01", "2019-03-01"),
    ])  # fmt: skip
    assert meetings(network, 1).empty


def test_an_overlap_of_less_than_a_day_is_refused(southern):
    with pytest.raises(UsageError, match="at least 1"):
        meetings(southern, 0)


def test_the_synthetic_network_retains_what_was_printed_by_the_first_reading_only():
    tables = [load(f"network_{name}") for name in ("people", "incidents", "institutions", "ties")]
    assert validate_network(*tables).empty
    network = build_network(*tables)
    table = shares_of_first(compare_prunings(network), ["nodes", "links"]).set_index("reading")
    sizes = ["people", "incidents", "institutions"]
    assert table.loc["whole", sizes].tolist() == [57, 18, 72]
    assert table.loc["others", sizes].tolist() == [33, 7, 41]
    assert round(table.loc["others", "percent_of_links"]) == 71
    assert round(table.loc["others", "percent_of_nodes"]) == 55
    for reading in ("links", "core"):
        assert table.loc[reading, sizes].tolist() != [33, 7, 41]


def test_the_southern_women_have_the_published_projection(southern):
    assert (people_in(southern), southern.vcount(), southern.ecount()) == (18, 32, 89)
    others = pd.Series(count_others(southern), index=southern.vs["node_id"][:18])
    assert others.value_counts().to_dict() == {17: 7, 16: 4, 15: 4, 12: 2, 11: 1}
    assert others["Charlotte McDowd"] == 11
    assert len(met_by_pair(southern)) == 139


def test_degenerate_networks_give_sensible_tables(degenerate):
    for name, network in degenerate.items():
        table = compare_prunings(network)
        assert (table["links"].iloc[1:] <= table["links"].iloc[0]).all(), name
        shares = shares_of_first(table, ["links"])["percent_of_links"]
        assert shares.isna().all() == (not network.ecount()), name
        assert len(compare_overlaps(network, (1, 30, 90))) == 4
    assert compare_prunings(degenerate["all in one incident"])["people"].tolist() == [6, 6, 0, 0]
    assert count_others(degenerate["all in one incident"]).tolist() == [5] * 6
    assert meetings(degenerate["nobody meets"]).empty
