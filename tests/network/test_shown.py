from __future__ import annotations

import io
import json

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from appendices.disclosure.policy import find_policy
from appendices.exhibits import theme
from youthviolence.network import (
    STATISTICS,
    build_network,
    compare_resolutions,
    draw_null,
    structure_intervals,
)
from youthviolence.network.centrality import communities, rank_intervals, rank_table
from youthviolence.network.charts import (
    cluster_panels,
    explorable_map,
    links_of,
    network_map,
    null_distributions,
    rank_ranges,
)
from youthviolence.network.clusters import bridging, cluster_text, describe_clusters, enlarged
from youthviolence.network.model import nodes, people_in
from youthviolence.network.placement import layout
from youthviolence.network.protection import (
    MERGED,
    merge_small_clusters,
    protect_measures,
    protect_network,
)

TWO_GROUPS = [
    *[(f"p{i}", "S1") for i in range(6)],
    *[(f"p{i}", "V1") for i in range(3)],
    *[(f"q{i}", "S2") for i in range(5)],
    ("q0", "S1"),
    ("x", "S3"),
    ("y", "S3"),
]
RELEASE, OPEN = find_policy("release"), find_policy("internal")


@pytest.fixture
def shown(network_of):
    """Return the protected network of two groups and a pair, its clusters and its map."""
    network = protect_network(network_of(TWO_GROUPS), RELEASE, "run")
    clusters = merge_small_clusters(network, communities(network), RELEASE)
    return network, clusters, layout(network, clusters)


def rendered(chart, frame: pd.DataFrame) -> tuple[bytes, Figure]:
    with mpl.rc_context(theme.RC):
        figure = Figure((7, chart.height_for(frame)), layout="constrained", dpi=100)
        chart.draw(figure, frame)
        canvas = FigureCanvasAgg(figure)
        buffer = io.BytesIO()
        canvas.print_png(buffer)
    return buffer.getvalue(), figure


def test_pseudonyms_hold_no_id_repeat_for_a_key_and_change_with_it(network_of):
    network = network_of(TWO_GROUPS)
    one, again, other = (protect_network(network, RELEASE, key) for key in ("k", "k", "l"))
    assert nodes(one).equals(nodes(again))
    assert not nodes(one).equals(nodes(other))
    ids = nodes(one)["node_id"].tolist()[: people_in(one)]
    assert sorted(ids) == [f"P{i:02d}" for i in range(1, 14)]
    assert set(nodes(one)["node_id"]).isdisjoint(nodes(network)["node_id"])
    assert ids != sorted(ids)  # the order of the records does not show
    assert protect_network(network, OPEN, "k") is network


def test_types_that_few_people_are_linked_to_are_not_named(network_of):
    network = protect_network(network_of(TWO_GROUPS), RELEASE, "k")
    places = nodes(network).iloc[people_in(network) :]
    assert places.groupby("kind")["type"].agg(set).to_dict() == {
        "incident": {"other"},
        "institution": {"school"},
    }


def test_three_people_with_two_ties_each_are_three_and_not_six(network_of):
    ties = [(f"p{i}", place) for i in range(3) for place in ("V1", "V2")]
    ties += [(f"p{i}", "S1") for i in range(6)]
    network = protect_network(network_of(ties), RELEASE, "k")
    incidents = nodes(network).query("kind == 'incident'")
    assert incidents["type"].tolist() == ["other", "other"]


def test_a_type_that_just_enough_people_are_linked_to_is_named(network_of):
    ties = [*((f"p{i}", "S1") for i in range(5)), *((f"p{i}", "V1") for i in range(4))]
    network = protect_network(network_of(ties), RELEASE, "k")
    assert network.vs["type"][-2:] == ["other", "school"]


def test_small_clusters_are_merged_until_the_rest_cannot_be_told(network_of):
    sizes = {"A": 7, "B": 6, "C": 5, "D": 2, "E": 1}
    network = network_of([(f"{name}{i}", name) for name, n in sizes.items() for i in range(n)])
    clusters = communities(network)
    merged = merge_small_clusters(network, clusters, RELEASE)
    people = pd.Series(merged[: people_in(network)]).value_counts()
    # 2 and 1 make 3, still fewer than five: the cluster of five joins them.
    assert people.to_dict() == {MERGED: 8, 1: 7, 2: 6}
    untouched = merge_small_clusters(network, clusters, OPEN)
    assert (untouched == clusters).all()


def test_protected_measures_are_ranks_and_full_bands_without_values(southern):
    ranks = rank_intervals(southern, draws=5)
    table = protect_measures(ranks, RELEASE)
    assert "value" not in table.columns
    sizes = table.groupby(["kind", "measure", "band"]).size()
    assert sizes.min() >= 5
    assert table.groupby(["kind", "measure", "rank"])["band"].nunique().max() == 1
    assert table["band"].str.fullmatch(r"[1-4] of [1-4]").all()
    assert protect_measures(ranks, OPEN) is ranks


def test_clusters_are_described_as_counted_by_hand(network_of):
    network = network_of([*TWO_GROUPS, ("p0", "S4")])
    number = dict.fromkeys(["S1", "S4", "V1", *(f"p{i}" for i in range(6))], 1)
    number |= dict.fromkeys(["S2", *(f"q{i}" for i in range(5))], 2) | dict.fromkeys(
        ["S3", "x", "y"], 3
    )
    clusters = nodes(network)["node_id"].map(number).to_numpy()
    table = describe_clusters(network, clusters).set_index("cluster")
    assert table.loc[1].to_dict() == {
        "name": "1", "people": 6, "institutions": 2, "shared_institutions": 1, "incidents": 1,
        "incident_types": "1 stabbing", "links": 10, "links_out": 1, "bridging_people": 0,
        "bridging_institutions": 1, "bridging_incidents": 0, "bridges_to": "2",
    }  # fmt: skip
    assert table.loc[2, ["people", "bridging_people", "bridges_to"]].tolist() == [5, 1, "1"]
    assert table.loc[3, ["links_out", "bridges_to"]].tolist() == [0, ""]
    assert cluster_text(table.loc[1]) == (
        "6 young people; 2 institutions, 1 shared; 1 incident (1 stabbing). "
        "Tied to cluster 2 through 1 institution."
    )
    mapped = layout(network, clusters)
    columns = ["node_id", "cluster", "ties_beyond", "reaches"]
    assert bridging(mapped)[columns].to_numpy().tolist() == [["S1", 1, 1, "2"], ["q0", 2, 1, "1"]]
    large = enlarged(mapped, describe_clusters(network, clusters))
    assert large["cluster"].tolist() == [1] * 9 + [2] * 6 + [3] * 3
    assert large["about"].iloc[0] == cluster_text(table.loc[1])


def test_the_merged_clusters_are_one_node_that_names_nobody(shown):
    network, clusters, drawn = shown
    merged = drawn[drawn["kind"] == "merged"]
    assert merged["node_id"].tolist() == ["merged"]
    hidden = set(nodes(network)["node_id"][clusters == MERGED])
    assert hidden
    assert hidden.isdisjoint(drawn["node_id"])
    assert hidden.isdisjoint("; ".join(drawn["tied_to"]).split("; "))


def test_the_map_names_every_link_at_both_ends(network_of):
    network = network_of(TWO_GROUPS)
    mapped = layout(network, communities(network)).set_index("node_id")
    pairs = {(a, b) for a, ties in mapped["tied_to"].items() for b in ties.split("; ") if b}
    assert pairs == {pair for a, b in TWO_GROUPS for pair in ((a, b), (b, a))}
    links = links_of(mapped.reset_index())
    ids = mapped.index
    assert {(ids[a], ids[b]) for a, b in zip(links["a"], links["b"], strict=True)} == set(
        TWO_GROUPS
    )


def test_ids_that_two_kinds_share_or_that_hold_the_separator_stay_apart(tables_of):
    people, incidents, institutions, ties = tables_of([("a; b", "S1"), ("c", "S1"), ("c", "V1")])
    for table, column in ((institutions, "institution"), (ties, "institution")):
        table[column] = table[column].replace("S1", "c")
    network = build_network(people, incidents, institutions, ties)
    mapped = layout(network, communities(network))
    assert set(mapped["node_id"]) == {"a, b", "person c", "institution c", "V1"}
    assert len(links_of(mapped)) == 3


def test_a_place_alone_is_not_merged_when_no_cluster_of_people_is(network_of):
    network = network_of([(f"p{i}", f"S{i % 2}") for i in range(12)], places=["V1"])
    clusters = communities(network)
    assert (merge_small_clusters(network, clusters, RELEASE) == clusters).all()
    mixed = network_of([*((f"p{i}", "S1") for i in range(12)), ("x", "S2")], places=["V1"])
    merged = merge_small_clusters(mixed, communities(mixed), RELEASE)
    assert set(nodes(mixed)["node_id"][merged == MERGED]) >= {"x", "S2", "V1"}


def test_other_resolutions_are_compared_by_how_many_people_they_hide(network_of):
    network = network_of(TWO_GROUPS)
    table = compare_resolutions(network, [1, 0.05, 1], RELEASE)
    assert list(table) == ["resolution", "clusters", "largest", "people_apart", "people_merged"]
    # Two people alone are too few, so the cluster of five is merged with them, or all eleven.
    assert table.to_numpy().tolist() == [["0.05", 2, 11, 0, 13], ["1", 3, 6, 6, 7]]


def test_the_table_of_ranks_has_one_row_a_node_people_first(southern):
    ranks = rank_intervals(southern, draws=20)
    table = rank_table(protect_measures(ranks, RELEASE))
    assert table["kind"].tolist() == ["person"] * 18 + ["institution"] * 14
    assert table.loc[18, ["node_id", "betweenness_rank", "degree_rank"]].tolist() == ["E8", 1, 1]
    assert not any(name.endswith("_value") for name in table)
    row = table.iloc[3]
    assert row["degree_range"] == f"{row['degree_low']} to {row['degree_high']}"
    assert "degree_value" in rank_table(ranks)


def test_the_structure_is_certain_when_nothing_is_missing_and_counted_by_hand(network_of):
    network = network_of([*TWO_GROUPS, ("p0", "S2")])
    table = structure_intervals(network, missing=0, draws=2).set_index("measure")
    # In the 2-core: S1 and V1 with p0, p1, p2, and S1 and S2 with p0 and q0.
    assert table["observed"].tolist() == [11, 2, 1, 4, 2, 1, 0, 3, 0, 9, 2]
    assert (table["low"] == table["observed"]).all()
    assert (table["high"] == table["observed"]).all()
    spread = structure_intervals(network, missing=0.3, draws=50).set_index("measure")
    assert spread.loc["Young people in the largest component", "low"] < 11


def test_the_layout_repeats_does_not_depend_on_the_key_and_keeps_nodes_apart(network_of):
    network = network_of(TWO_GROUPS)
    clusters = communities(network)
    once, again = layout(network, clusters), layout(network, clusters)
    pd.testing.assert_frame_equal(once, again, check_exact=True)
    renamed = protect_network(network, RELEASE, "another")
    places = layout(renamed, clusters)[["x", "y"]]
    assert sorted(places.itertuples(index=False, name=None)) == sorted(
        once[["x", "y"]].itertuples(index=False, name=None)
    )
    points = once[["x", "y"]].to_numpy()
    i, j = np.triu_indices(len(points), k=1)
    assert np.hypot(*(points[i] - points[j]).T).min() > 0.3


def test_clusters_do_not_overlap_on_the_map(network_of):
    rng = np.random.default_rng(1)
    pairs = {(f"p{i:02d}", f"S{i // 5}") for i in range(40)}
    pairs |= {(f"p{rng.integers(40):02d}", f"S{rng.integers(8)}") for _ in range(12)}
    network = network_of(pairs)
    mapped = layout(network, communities(network))
    groups = mapped.groupby("cluster")[["x", "y"]]
    centre = groups.mean().to_numpy()
    radius = [np.hypot(*(part - part.mean()).to_numpy().T).max() for _, part in groups]
    i, j = np.triu_indices(len(centre), k=1)
    apart = np.hypot(*(centre[i] - centre[j]).T)
    assert len(centre) > 5
    assert (apart > np.add(*np.take(radius, [i, j]))).all()


def test_charts_of_the_network_are_the_same_bytes_and_have_text_large_enough(shown):
    network, clusters, drawn = shown
    large = enlarged(drawn, describe_clusters(network, clusters))
    null = draw_null(network, draws=1, burn_in=2, thin=1).distribution()
    ranks = rank_table(protect_measures(rank_intervals(network, draws=2), RELEASE))
    for chart, frame in (
        (network_map(), drawn),
        (cluster_panels(), large),
        (rank_ranges("betweenness"), ranks),
        (null_distributions(STATISTICS), null),
    ):
        image, figure = rendered(chart, frame)
        assert image == rendered(chart, frame)[0]
        written = [text for text in figure.findobj(Text) if text.get_text()]
        assert min(text.get_fontsize() for text in written) >= 7
        assert chart.describe(frame)


def test_the_map_is_said_in_words(shown):
    _, _, drawn = shown
    assert network_map().describe(drawn) == (
        "A map of 6 young people, 1 institution, 1 incident, and smaller clusters merged into "
        "one mark, in 1 cluster: 10 links, 1 of them between clusters."
    )


def test_degenerate_networks_can_be_drawn(degenerate):
    for network in degenerate.values():
        clusters = communities(network)
        drawn = layout(network, clusters)
        assert len(drawn) == network.vcount()
        protected = protect_network(network, RELEASE, "k")
        hidden = merge_small_clusters(protected, clusters, RELEASE)
        for shown, numbers in ((network, clusters), (protected, hidden)):
            mapped = layout(shown, numbers)
            rendered(network_map(), mapped)
            json.dumps(explorable_map(mapped), allow_nan=False)
            rendered(cluster_panels(), enlarged(mapped, describe_clusters(shown, numbers)))
            bridging(mapped)
        compare_resolutions(network, [0.5, 1], RELEASE)
        ranks = rank_table(protect_measures(rank_intervals(network, draws=2), RELEASE))
        rendered(rank_ranges("degree"), ranks)
        assert len(structure_intervals(network, draws=2)) == 11
        null = draw_null(network, draws=1, burn_in=1, thin=1)
        rendered(null_distributions(STATISTICS), null.distribution())
        assert len(null.summary()) == 3


def test_a_cluster_of_places_alone_is_not_enlarged(network_of):
    network = network_of([(f"p{i}", "S1") for i in range(3)], places=["V1"])
    clusters = communities(network)
    large = enlarged(layout(network, clusters), describe_clusters(network, clusters))
    assert set(large["node_id"]) == {"p0", "p1", "p2", "S1"}
