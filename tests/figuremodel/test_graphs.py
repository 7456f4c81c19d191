from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
import pytest
import yaml

from figuremodel.errors import ConstraintError
from figuremodel.graphs import tie_network
from figuremodel.language import load_model
from tests.conftest import ROOT

FILES = ROOT / "data" / "raw" / "constraints"
COHORTS = ROOT / "data" / "raw" / "cohorts"


@pytest.fixture(scope="module")
def tables() -> dict[str, pd.DataFrame]:
    names = ("people", "incidents", "institutions", "ties")
    return {name: pd.read_csv(COHORTS / f"network_{name}.csv") for name in names}


@pytest.fixture(scope="module")
def graph(tables: dict[str, pd.DataFrame]) -> nx.Graph[str]:
    ties = tables["ties"]
    return nx.Graph(zip(ties["person"], ties["incident"].fillna(ties["institution"]), strict=True))


def test_the_network_meets_every_printed_count(
    tables: dict[str, pd.DataFrame], graph: nx.Graph[str]
) -> None:
    people, incidents = set(tables["people"]["person"]), set(tables["incidents"]["incident"])
    institutions = set(tables["institutions"]["institution"])
    assert (len(people), len(incidents), len(institutions)) == (57, 18, 72)
    assert set(graph) == people | incidents | institutions
    assert tables["incidents"]["type"].value_counts().to_dict() == {
        "stabbing": 10, "murder": 2, "kidnap": 2, "attempted murder": 2,
        "gang-related": 1, "grievous bodily harm": 1,
    }  # fmt: skip
    met = nx.bipartite.projected_graph(graph, people)
    linked = {person for person in people if met.degree(person) >= 2}
    shared = {event for event in incidents | institutions if graph.degree(event) >= 2}
    assert (len(linked), len(shared & incidents), len(shared & institutions)) == (33, 7, 41)
    kept = sum(person in linked and event in shared for person, event in graph.edges)
    kept += sum(person in shared and event in linked for person, event in graph.edges)
    assert round(100 * kept / graph.number_of_edges()) == 71
    in_reports = set(tables["ties"].dropna(subset="incident")["person"])
    routes = tables["people"].set_index("person")["route"]
    assert in_reports == set(routes[routes == "incident report"].index)
    assert len(in_reports) == 25


def test_ties_agree_with_the_people_and_with_their_own_dates(
    tables: dict[str, pd.DataFrame],
) -> None:
    people = pd.read_csv(COHORTS / "offenders.csv")
    ties = tables["ties"].merge(people, on="person")
    dates = tables["incidents"].set_index("incident")["date"]
    of_incidents = ties.dropna(subset="incident")
    assert (of_incidents["date"] == of_incidents["incident"].map(dates)).all()
    assert of_incidents["date"].between("2019-08-01", "2020-08-31").all()
    assert of_incidents["role"].isin(["victim", "perpetrator", "witness"]).all()
    assert set(of_incidents.loc[of_incidents["age"] == 13, "role"]) == {"victim"}
    stays = ties.dropna(subset="institution").copy()
    assert (stays["start"] < stays["end"]).all()
    assert (stays["end"] <= "2020-08-31").all()
    assert stays.groupby("person").size().between(1, 4).all()
    types = tables["institutions"].set_index("institution")["type"]
    stays["type"] = stays["institution"].map(types)
    held = stays[stays["type"] == "custody"]
    spent_time = people[people["custody"] == "yes"]
    assert set(held["person"]) == set(spent_time["person"])
    victims = of_incidents[of_incidents["role"] == "victim"]
    assert (victims["previous_victim"] == "yes").all()
    ordered = stays.sort_values(["person", "start"])
    following = ordered.groupby("person")["start"].shift(-1)
    assert ((ordered["end"] <= following) | following.isna()).all()


def changed(folder: Path, **ties: Any) -> Path:
    content = yaml.safe_load((FILES / "network.yml").read_text(encoding="utf-8"))
    content["ties"] |= ties
    path = folder / "network.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def test_a_network_that_cannot_be_tied_is_an_error_naming_the_file(tmp_path: Path) -> None:
    model = load_model(FILES / "offenders.yml")
    people = pd.read_csv(COHORTS / "offenders.csv")
    mapped = {"figures": [], "percent": 99, "rounding": "half_up"}
    path = changed(tmp_path, mapped=mapped)
    with pytest.raises(ConstraintError, match=r"network\.yml: no network has these counts"):
        tie_network(path, people, model, 1)
    with pytest.raises(
        ConstraintError, match=r"network\.yml: 32 people are 'cautioned or convicted'"
    ):
        tie_network(FILES / "network.yml", people.iloc[1:], model, 1)
    with pytest.raises(ConstraintError, match=r"unknown attribute 'rout'\. Did you mean 'route'"):
        tie_network(changed(tmp_path, same="rout"), people, model, 1)


def test_the_same_seed_gives_the_same_network() -> None:
    model = load_model(FILES / "offenders.yml")
    people = pd.read_csv(COHORTS / "offenders.csv")
    first, second, third = (
        tie_network(FILES / "network.yml", people, model, seed)["ties"] for seed in (5, 5, 6)
    )
    assert first.equals(second)
    assert not first.equals(third)
