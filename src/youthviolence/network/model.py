"""People and the places where they met, as one compact bipartite network."""

from __future__ import annotations

from dataclasses import dataclass

import igraph as ig
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from youthviolence.network.stays import EARLIEST, LATEST, as_days
from youthviolence.network.validation import findings, locate, require_valid

PLACE_KINDS = ("incident", "institution")

Mask = NDArray[np.bool_]
Whole = NDArray[np.int_]


@dataclass(frozen=True)
class Network:
    """People x places (incidents and institutions). A link is one person at one place, once.

    Parameters
    ----------
    people
        Person ids; a person's position here is their number in `links` and `stays`.
    places
        One row a place: kind ("incident" or "institution"), node_id, type.
    links
        person, place: positions (int32), distinct, sorted by person and place.
    stays
        person, place, start, end: one row a recorded stay at an institution, in days since
        1970-01-01, both days included; an open side is `EARLIEST` or `LATEST`.
    """

    people: pd.Index
    places: pd.DataFrame
    links: pd.DataFrame
    stays: pd.DataFrame

    @property
    def n_nodes(self) -> int:
        """The number of people, incidents and institutions."""
        return len(self.people) + len(self.places)

    def nodes(self) -> pd.DataFrame:
        """Return kind, node_id, type ("" for people) of every node: people first, by position."""
        people = pd.DataFrame({"kind": "person", "node_id": self.people, "type": ""})
        return pd.concat([people, self.places], ignore_index=True).astype("str")

    def ends(self) -> Whole:
        """Return the links as rows of two node positions, places counted after people."""
        return self.links.to_numpy(dtype=np.int64) + np.array([0, len(self.people)])

    def degrees(self) -> Whole:
        """Return the number of links of every node."""
        return np.bincount(self.ends().ravel(), minlength=self.n_nodes)

    def incidence(self) -> sparse.csr_matrix:
        """Return the people x places matrix of links, 32-bit ones."""
        shape = (len(self.people), len(self.places))
        person = self.links["person"].to_numpy()
        offsets = np.concatenate([[0], np.cumsum(np.bincount(person, minlength=shape[0]))])
        place = self.links["place"].to_numpy()
        return sparse.csr_matrix((np.ones(len(place), np.int32), place, offsets), shape=shape)

    def graph(self, *, directed: bool = False) -> ig.Graph:
        """Return the network as an igraph graph; a directed one points from people to places."""
        graph = ig.Graph(directed=directed)
        graph.add_vertices(self.n_nodes)
        # Adding edges afterwards takes half the time of giving them to the constructor.
        graph.add_edges(self.ends())
        return graph

    def subset(self, people: Mask, places: Mask) -> Network:
        """Return the network of the marked people and places and the links between them."""
        new_person, new_place = np.cumsum(people) - 1, np.cumsum(places) - 1

        def kept(table: pd.DataFrame) -> pd.DataFrame:
            stay = people[table["person"]] & places[table["place"]]
            rows = table[stay].reset_index(drop=True)
            rows["person"] = new_person[rows["person"]].astype(np.int32)
            rows["place"] = new_place[rows["place"]].astype(np.int32)
            return rows

        return Network(
            self.people[people],
            self.places[places].reset_index(drop=True),
            kept(self.links),
            kept(self.stays),
        )


def build_network(
    people: pd.DataFrame,
    incidents: pd.DataFrame,
    institutions: pd.DataFrame,
    ties: pd.DataFrame,
) -> Network:
    """Return the network of four checked tables.

    Parameters
    ----------
    people, incidents, institutions
        One row each: person; incident, type; institution, type.
    ties
        person, and either incident or institution; start and end of a stay at an institution
        (dates, missing where not known). Several ties of a person to a place (two stays, two
        roles) are one link.

    Raises
    ------
    DataError
        When `validate_network` finds an error: table, rows and rule.
    """
    tables = {"people": people, "incidents": incidents, "institutions": institutions}
    where = locate(tables, ties)
    require_valid(findings(tables, ties, where))
    places = pd.concat(
        [
            pd.DataFrame({"kind": kind, "node_id": table[kind], "type": table["type"]})
            for kind, table in zip(PLACE_KINDS, (incidents, institutions), strict=True)
        ],
        ignore_index=True,
    ).astype("str")
    at_institution = ties["institution"].notna().to_numpy()
    beyond = where["institutions"] + len(incidents)
    person, place = where["people"], np.where(at_institution, beyond, where["incidents"])
    stays = pd.DataFrame(
        {
            "person": person.astype(np.int32),
            "place": place.astype(np.int32),
            "start": as_days(ties["start"], EARLIEST),
            "end": as_days(ties["end"], LATEST),
        }
    )[at_institution].reset_index(drop=True)
    return Network(
        pd.Index(people["person"].astype("str"), name="person"),
        places,
        distinct_pairs(person, place, len(places), ("person", "place")),
        stays,
    )


def distinct_pairs(a: Whole, b: Whole, n_b: int, names: tuple[str, str]) -> pd.DataFrame:
    """Return the distinct pairs of positions as two int32 columns, sorted."""
    # Sorting is several times faster here than numpy's unique, which hashes.
    keys = np.sort(a.astype(np.int64) * max(n_b, 1) + b)
    first, second = np.divmod(keys[np.diff(keys, prepend=-1) > 0], max(n_b, 1))
    return pd.DataFrame({names[0]: first.astype(np.int32), names[1]: second.astype(np.int32)})
