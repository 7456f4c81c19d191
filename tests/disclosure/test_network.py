from __future__ import annotations

import re

import igraph as ig
import pandas as pd
import pytest

from appendices.disclosure.noise import Noise
from appendices.disclosure.policy import find_policy
from appendices.disclosure.protect import shield_counts, shown_of
from appendices.errors import DisclosureError
from tests.conftest import ROOT
from youthviolence.network import build_network, draw_null
from youthviolence.network.clusters import COUNTED
from youthviolence.network.model import people_in
from youthviolence.network.shown import (
    bridging_table,
    cluster_table,
    enlarged_table,
    map_table,
    ranks_shielded,
    show_chance,
    show_network,
)

RELEASE, INTERNAL = find_policy("release"), find_policy("internal")


def network_of(n_people: int, extra: tuple[str, str] | None = None) -> ig.Graph:
    """Return people at two schools in turn, the first three also in one incident."""
    pairs = [(f"name{i:02d}", f"Hill School {i % 2}") for i in range(n_people)]
    pairs += [(f"name{i:02d}", "Hill Road") for i in range(3)] + ([extra] if extra else [])
    places = sorted({place for _, place in pairs} - {"Hill Road"})
    ties = pd.DataFrame(pairs, columns=["person", "place"])
    incident = ties["place"] == "Hill Road"
    return build_network(
        pd.DataFrame({"person": sorted({person for person, _ in pairs})}),
        pd.DataFrame({"incident": ["Hill Road"], "type": "arson"}),
        pd.DataFrame({"institution": places, "type": "school"}),
        ties.assign(
            incident=ties["place"].where(incident),
            institution=ties["place"].mask(incident),
            start=pd.NaT,
            end=pd.NaT,
        ).drop(columns="place"),
    )


def test_no_table_of_a_protected_network_holds_a_recorded_id_or_a_rare_type() -> None:
    shown = show_network(
        network_of(12, ("name00", "Hill School 1")), RELEASE, None, reading="others"
    )
    tables = [
        map_table(shown), enlarged_table(shown), cluster_table(shown), bridging_table(shown),
        ranks_shielded(shown, missing=0.1, draws=5, seed=1),
    ]  # fmt: skip
    for table in tables:
        text = table.frame.to_csv()
        assert "name" not in text.partition("\n")[2]
        assert "Hill" not in text
        assert "arson" not in text  # three people are tied to one
        assert table.rule
    assert {"degree_value", "articulation", "others"}.isdisjoint(tables[-1].frame)


def test_the_internal_policy_shows_ids_and_values() -> None:
    shown = show_network(network_of(12), INTERNAL, None)
    assert "name00" in set(map_table(shown).frame["node_id"])
    table = ranks_shielded(shown, missing=0.1, draws=2, seed=1).frame.set_index("node_id")
    assert table.loc["Hill School 0", ["degree_value", "articulation"]].tolist() == [6, True]
    assert table.loc["name00", ["others", "bridges"]].tolist() == [6, 0]


def test_a_pseudonym_is_the_same_pruned_or_not_and_changes_with_seed_and_data() -> None:
    network = network_of(12)
    whole, pruned = (show_network(network, RELEASE, None, reading=rule) for rule in (None, "core"))
    assert people_in(pruned.network) < people_in(whole.network)
    assert set(pruned.network.vs["node_id"]) <= set(whole.network.vs["node_id"])
    ids = whole.network.vs["node_id"]
    assert ids == show_network(network, RELEASE, None).network.vs["node_id"]
    assert ids != show_network(network, RELEASE, None, seed=1).network.vs["node_id"]
    other = show_network(network_of(12, ("name05", "Hill School 0")), RELEASE, None)
    assert ids != other.network.vs["node_id"]


def test_small_clusters_are_merged_under_release_and_kept_under_internal() -> None:
    network = network_of(12, ("stranger", "Night School"))
    assert (show_network(network, RELEASE, None).clusters == 0).any()
    assert not (show_network(network, INTERNAL, None).clusters == 0).any()


def test_a_table_made_under_one_policy_does_not_go_out_under_another() -> None:
    table = map_table(show_network(network_of(12), INTERNAL, None))
    assert shown_of(table, "confidential", INTERNAL) is table.frame
    with pytest.raises(DisclosureError, match="made for policy 'internal'"):
        shown_of(table, "confidential", RELEASE)


def test_numbers_of_the_whole_network_go_out_only_with_enough_people_behind_them() -> None:
    for n_people, open_to_all in ((12, True), (5, False)):
        network = network_of(n_people)
        null = draw_null(network, draws=1, burn_in=1, thin=1)
        chance = show_chance(null, network, RELEASE)
        for table in (chance.summary, chance.distribution, chance.mixing):
            if open_to_all:
                assert shown_of(table, "confidential", RELEASE).notna().all(axis=None)
            else:
                with pytest.raises(DisclosureError, match="too few people"):
                    shown_of(table, "confidential", RELEASE)
        shown_of(show_chance(null, network, INTERNAL).summary, "confidential", INTERNAL)


def test_only_the_rooms_of_disclosure_and_of_the_network_make_shielded_tables() -> None:
    sources = [*(ROOT / "src").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]
    made = {path.parent.name for path in sources if "Shielded(" in path.read_text("utf-8")}
    assert made == {"disclosure", "network"}


def test_numbers_of_clusters_have_the_noise_of_all_counts_of_the_network() -> None:
    noise = Noise(RELEASE, bytes(32), people=0, known_people=False)
    network = network_of(40)
    shown, exact = (show_network(network, RELEASE, one) for one in (noise, None))
    table = cluster_table(shown)
    for name in COUNTED:
        true = cluster_table(exact).frame[[name]]
        expected = shield_counts(true, [name], noise).frame[name]
        assert table.frame[name].tolist() == expected.tolist(), name
    assert table.counts == COUNTED
    assert table.protection is noise
    numbers = set(map(int, re.findall(r"\d+", " ".join(table.frame["incident_types"]))))
    texts = " ".join(enlarged_table(shown).frame["about"].unique())
    said = re.findall(r"(\d+) (?!shared)[a-z]", texts)
    assert said
    assert not any(n % RELEASE.rounding_base for n in {*numbers, *map(int, said)})
    assert "few" in texts
    assert "changed by a little" in table.rule
    assert "changed by a little" not in cluster_table(exact).rule


def test_many_people_of_whom_few_met_do_not_stand_behind_numbers_of_the_network() -> None:
    pairs = [("x0", "S0"), ("x1", "S0"), *((f"p{i:02d}", f"S{i + 1}") for i in range(12))]
    ties = pd.DataFrame(pairs, columns=["person", "institution"])
    network = build_network(
        ties[["person"]],
        pd.DataFrame({"incident": [], "type": []}, dtype="str"),
        pd.DataFrame({"institution": ties["institution"].unique(), "type": "school"}),
        ties.assign(incident=None, start=pd.NaT, end=pd.NaT),
    )
    null = draw_null(network, draws=1, burn_in=1, thin=1)
    with pytest.raises(DisclosureError, match="too few people"):
        shown_of(show_chance(null, network, RELEASE).summary, "confidential", RELEASE)
    shown_of(show_chance(null, network, INTERNAL).summary, "confidential", INTERNAL)


def test_a_policy_that_shows_records_refuses_no_network_however_small() -> None:
    network = build_network(
        pd.DataFrame({"person": ["name00"]}),
        pd.DataFrame({"incident": [], "type": []}, dtype="str"),
        pd.DataFrame({"institution": ["Hill School"], "type": "school"}),
        pd.DataFrame(
            {"person": ["name00"], "incident": None, "institution": ["Hill School"]}
        ).assign(start=pd.NaT, end=pd.NaT),
    )
    assert people_in(network) == 1
    null = draw_null(network, draws=1, burn_in=1, thin=1)
    shown_of(show_chance(null, network, INTERNAL).summary, "confidential", INTERNAL)
