from __future__ import annotations

import itertools
import random

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from appendices.errors import UsageError
from youthviolence.network import draw_null
from youthviolence.network.chance import STATISTICS, exchange, lists_by_kind, statistics
from youthviolence.network.model import ends, people_in

SQUARE = [("a", "S1"), ("a", "S2"), ("b", "S1"), ("b", "S3"), ("c", "S2"), ("d", "S4")]


def observed(network) -> dict[str, float]:
    person, place = ends(network).T
    places = (place - people_in(network))[np.newaxis]
    return dict(zip(STATISTICS, statistics(network, person, places)[0], strict=True))


def by_networkx(graph: nx.Graph, people: set[str]) -> dict[str, float]:
    flat = nx.bipartite.projected_graph(graph, people)
    return {
        "connected_pairs": flat.number_of_edges(),
        "largest_component": max(map(len, nx.connected_components(flat))),
        "clustering": nx.bipartite.robins_alexander_clustering(graph),
    }


def all_networks(rows: list[int], columns: list[int]) -> list[tuple[tuple[int, ...], ...]]:
    """Return every 0-1 matrix with these sums, each row as its columns in order."""
    choices = [list(itertools.combinations(range(len(columns)), size)) for size in rows]
    return [
        one
        for one in itertools.product(*choices)
        if np.bincount(np.concatenate(one), minlength=len(columns)).tolist() == columns
    ]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["S1", "S2", "S3", "V1"])),
        min_size=1, max_size=20, unique=True,
    )
)  # fmt: skip
def test_the_observed_statistics_agree_with_networkx(network_of, pairs):
    graph = nx.Graph(pairs)
    expected = by_networkx(graph, {person for person, _ in pairs})
    assert observed(network_of(pairs)) == pytest.approx(expected)


def test_the_southern_women_agree_with_networkx(southern, women):
    people = {node for node, side in women.nodes(data="bipartite") if side == 0}
    assert observed(southern) == pytest.approx(by_networkx(women, people))


def test_every_network_with_the_same_degrees_is_drawn_equally_often(network_of):
    network = network_of(SQUARE)
    (lists,) = lists_by_kind(network)
    expected = all_networks(lists.lengths.tolist(), [2, 2, 1, 1])
    places = np.repeat(lists.places[:, :, np.newaxis], 20_000, axis=2)
    exchange(places, lists.lengths, 200, np.random.default_rng(1))
    drawn = [
        tuple(tuple(sorted(row[:n])) for row, n in zip(one, lists.lengths, strict=True))
        for one in places.transpose(2, 0, 1).tolist()
    ]
    counts = pd.Series(drawn).value_counts()
    assert set(counts.index) == set(expected)
    assert len(expected) > 20
    assert stats.chisquare(counts).pvalue > 0.001


def test_p_values_agree_with_all_networks_counted_one_by_one(network_of):
    network = network_of(SQUARE)
    person = ends(network)[:, 0]
    every = np.array([np.concatenate(one) for one in all_networks([2, 2, 1, 1], [2, 2, 1, 1])])
    exact = pd.DataFrame(statistics(network, person, every), columns=list(STATISTICS))
    summary = draw_null(network, draws=20_000, seed=3).summary().set_index("statistic")
    for name in STATISTICS:
        truth = (exact[name] >= summary.loc[name, "observed"] - 1e-12).mean()
        error = np.sqrt(truth * (1 - truth) / 20_000)
        assert summary.loc[name, "p_at_least"] == pytest.approx(truth, abs=4 * error + 1e-4)
        spread = 4 * exact[name].std() / np.sqrt(20_000)
        assert summary.loc[name, "expected"] == pytest.approx(exact[name].mean(), abs=spread)


def test_draws_keep_both_degree_sequences_and_the_kinds(network_of):
    rng = np.random.default_rng(5)
    places = [f"S{i}" for i in range(9)] + [f"V{i}" for i in range(5)]
    pairs = {(f"p{rng.integers(20)}", places[rng.integers(14)]) for _ in range(70)}
    network = network_of(pairs)
    for lists in lists_by_kind(network):
        state = np.repeat(lists.places[:, :, np.newaxis], 50, axis=2)
        before = np.bincount(state.ravel())
        exchange(state, lists.lengths, 300, rng)
        assert (np.bincount(state.ravel()) == before).all()
        rows = np.sort(state.transpose(2, 0, 1), axis=2)
        filled = rows < network.vcount() - people_in(network)
        assert (filled.sum(axis=2) == lists.lengths).all()
        assert not ((rows[:, :, 1:] == rows[:, :, :-1]) & filled[:, :, 1:]).any()
        kinds = np.array(network.vs["kind"])[people_in(network) + rows[filled]]
        assert len(set(kinds)) == 1
    assert len(lists_by_kind(network)) == 2


def test_a_plain_curveball_gives_the_same_distribution(southern, women):
    rng = random.Random(2)
    lists = [set(women[node]) for node, side in women.nodes(data="bipartite") if not side]
    values = []
    for draw in range(600):
        for _ in range(90 if draw else 900):
            a, b = rng.sample(range(len(lists)), 2)
            both = lists[a] & lists[b]
            free = sorted((lists[a] | lists[b]) - both)
            rng.shuffle(free)
            size = len(lists[a]) - len(both)
            lists[a], lists[b] = both | set(free[:size]), both | set(free[size:])
        graph = nx.Graph((i, place) for i, row in enumerate(lists) for place in row)
        values.append(by_networkx(graph, set(range(len(lists)))))
    plain = pd.DataFrame(values)
    summary = draw_null(southern, draws=5_000, seed=1).summary().set_index("statistic")
    for name in ("connected_pairs", "clustering"):
        error = plain[name].std() / np.sqrt(len(plain) / 2)
        assert summary.loc[name, "expected"] == pytest.approx(plain[name].mean(), abs=4 * error)
    assert summary.loc["clustering", "p_at_least"] < 0.01  # two groups of women, as published


def test_chains_mix_and_the_check_says_when_they_do_not(southern):
    good = draw_null(southern, draws=2_500, seed=1)
    assert (good.summary()["r_hat"] < 1.02).all()
    assert (good.summary()["effective_draws"] > 1_500).all()
    late = good.mixing["links_in_place"].tail(10)
    assert late.max() - late.min() < 0.02
    poor = draw_null(southern, draws=2_500, seed=1, burn_in=1, thin=1)
    assert poor.summary()["effective_draws"].min() < good.summary()["effective_draws"].min() / 2


def test_a_seed_gives_the_same_draws_and_another_seed_or_block_others(southern):
    drawn, again, other = (
        draw_null(southern, draws=5_000, seed=seed, burn_in=3, thin=1) for seed in (7, 7, 8)
    )
    values = drawn.draws["clustering"]
    assert values.shape == (500, 10)
    assert (values == again.draws["clustering"]).all()
    assert not (values == other.draws["clustering"]).all()
    first, second = values[:250], values[250:]
    assert not (first == second).all()


def test_the_distribution_holds_all_draws_and_the_observed_value(southern):
    drawn = draw_null(southern, draws=2_500, seed=1)
    table = drawn.distribution()
    for name, part in table.groupby("statistic"):
        assert part["share"].sum() == pytest.approx(1), name
        assert part["low"].min() <= part["observed"].iloc[0] <= part["high"].max() + 1e-9, name


def test_networks_without_choice_have_p_one_and_no_crash(degenerate):
    for name, network in degenerate.items():
        drawn = draw_null(network, draws=1, burn_in=1, thin=1)
        summary = drawn.summary()
        assert (summary["p_two_sided"] == 1).all(), name
        assert (summary["observed"] == summary["expected"]).all(), name
        assert drawn.distribution().notna().all(axis=None), name


def test_nonsense_settings_are_refused(southern):
    with pytest.raises(UsageError, match="at least 1"):
        draw_null(southern, draws=0)
