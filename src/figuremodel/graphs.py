"""A network of people and events whose counted nodes are given, tied by an integer model.

The nodes come from a cohort model like any other: how many there are of each kind and type, and
how many are connected. This module draws who is tied to what: a Boolean for every possible tie,
degrees within their limits, connected nodes connected and the others not, and the printed share
of ties that have both their ends connected. Among all such networks a seeded random weight on
every tie picks one, or the solver's seed where that takes too long.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from figuremodel.conditions import parse
from figuremodel.counts import solver
from figuremodel.errors import ConstraintError, unknown
from figuremodel.language import Model, load_model, read_yaml
from figuremodel.people import as_columns
from figuremodel.relations import printed_interval
from figuremodel.synthesis import synthesise

YEAR = 365.25
LIGHTEST, HEAVIEST = 0, 1000
VARIED = 5  # solver's seconds for a network near random weights


def tie_network(
    path: Path, people: pd.DataFrame, people_model: Model, seed: int, *, seconds: float = 60
) -> dict[str, pd.DataFrame]:
    """Return the tables of a network: people, one table a kind of event, and ties.

    Parameters
    ----------
    path
        A constraint file with a `ties` part.
    people
        The cohort whose members are the people of the network.
    people_model
        Its model; conditions on people in the `ties` part use its attributes.
    seed
        Same file, cohort and seed, same tables.
    seconds
        Limit of the solver's work, in CP-SAT's deterministic seconds.

    Raises
    ------
    ConstraintError
        The counts cannot be met by any network of this kind, or not found in time.
    """
    model, spec = load_model(path), read_yaml(path, "cohort.schema.json")["ties"]
    if spec["same"] not in model.attributes:
        raise ConstraintError(
            f"{path}: ties: {unknown('attribute', spec['same'], model.attributes)}"
        )
    rng = np.random.default_rng(seed)
    nodes = synthesise(model, seed)
    columns = as_columns(model, nodes)

    def is_(written: Any) -> NDArray[np.bool_]:
        return parse(written, model.attributes).holds(columns)

    linked = np.zeros(len(people), dtype=bool)
    for value, rows in people.reset_index().groupby(spec["same"], observed=True).groups.items():
        mine = nodes.loc[is_(spec["people"]) & (nodes[spec["same"]] == str(value))]
        if len(mine) != len(rows):
            raise ConstraintError(
                f"{path}: {len(mine)} people are {value!r} in the network, {len(rows)} in "
                f"{people_model.name}"
            )
        linked[rows] = rng.permutation(is_(spec["connected"])[mine.index])
    events = []
    for kind, form in spec["events"].items():
        some = nodes.loc[is_(form["nodes"])].sort_values(form["type"], kind="stable")
        table = pd.DataFrame({"type": some[form["type"]].to_numpy()})
        table.insert(0, "event", [form["label"].format(i + 1) for i in range(len(table))])
        table["kind"] = kind
        table["connected"] = is_(spec["connected"])[some.index]
        table["size"] = 1
        own = {name: one["shared"] for name, one in form.get("asks", {}).items() if "shared" in one}
        for name, weights in own.items():
            _set_sizes(table, table["type"] == name, weights, rng)
        _set_sizes(table, ~table["type"].isin(own), form["shared"], rng)
        events.append(table)
    joined = pd.concat(events, ignore_index=True)
    allowed, asked = _allowed(spec, joined, people, people_model)
    tied = _solve(path, spec, linked, joined, allowed, asked, rng, seed, seconds)
    return _tables(spec, joined, tied, people, people_model, rng)


def _set_sizes(
    events: pd.DataFrame, which: pd.Series, weights: Mapping[int, float], rng: np.random.Generator
) -> None:
    """Set how many people are tied to each of the shared events in question, in place."""
    shared = np.flatnonzero(events["connected"] & which)
    events.loc[rng.permutation(shared), "size"] = _whole(weights, len(shared))


def _whole(weights: Mapping[int, float], total: int) -> NDArray[np.intp]:
    """Return `total` keys in the proportions of the weights, largest remainders first."""
    keys = np.array(list(weights), dtype=np.intp)
    share = total * np.array(list(weights.values())) / sum(weights.values())
    counts = np.floor(share).astype(int)
    short = total - counts.sum()
    counts[np.argsort(counts - share, kind="stable")[:short]] += 1
    return np.repeat(keys, counts)


def _allowed(
    spec: Mapping[str, Any], events: pd.DataFrame, people: pd.DataFrame, model: Model
) -> tuple[NDArray[np.bool_], list[NDArray[np.bool_]]]:
    """Return, person by event, who may be tied to what, and of which ties each must have one.

    The second is one such table for every type of event that some people must be tied to.
    """
    columns = as_columns(model, people)
    result = np.zeros((len(people), len(events)), dtype=bool)
    asked = []
    for kind, form in spec["events"].items():
        everyone = np.broadcast_to(parse(form["who"], model.attributes).holds(columns), len(people))
        asks = form.get("asks", {})
        for name in events.loc[events["kind"] == kind, "type"].unique():
            ask = asks.get(name, {})
            who = parse(ask.get("who", "everyone"), model.attributes)
            mine = (events["kind"] == kind) & (events["type"] == name)
            ties = np.outer(everyone & who.holds(columns), mine)
            result |= ties
            if ask.get("all") == "yes":
                asked.append(ties)
    return result, asked


def _solve(
    path: Path,
    spec: Mapping[str, Any],
    linked: NDArray[np.bool_],
    events: pd.DataFrame,
    allowed: NDArray[np.bool_],
    asked: list[NDArray[np.bool_]],
    rng: np.random.Generator,
    seed: int,
    seconds: float,
) -> NDArray[np.bool_]:
    cp = cp_model.CpModel()
    x = {(p, e): cp.new_bool_var("") for p, e in zip(*np.nonzero(allowed), strict=True)}
    sizes, kinds = events["size"].to_numpy(), events["kind"].to_numpy()
    shared = events["connected"].to_numpy()
    for e, size in enumerate(sizes):
        cp.add(sum(x[p, e] for p in np.flatnonzero(allowed[:, e])) == size)
    for kind, form in spec["events"].items():
        low, high = form["each"]
        for p in range(len(allowed)):
            mine = [x[p, e] for e in np.flatnonzero(allowed[p] & (kinds == kind))]
            if mine:
                cp.add_linear_constraint(sum(mine), low, high)
    for p, mine in ((p, row) for ties in asked for p, row in enumerate(ties) if row.any()):
        cp.add_bool_or([x[p, e] for e in np.flatnonzero(mine)])
    for p, connected in enumerate(linked):
        met = sum((sizes[e] - 1) * x[p, e] for e in np.flatnonzero(allowed[p] & shared))
        cp.add(met >= spec["others"] if connected else met <= spec["others"] - 1)
    percent = Fraction(str(spec["mapped"]["percent"]))
    low, low_in, high, high_in = printed_interval(percent, Fraction(1), spec["mapped"]["rounding"])
    kept = 100 * sum(var for (p, e), var in x.items() if linked[p] and shared[e])
    total = int(sizes.sum())
    cp.add(2 * kept >= int(2 * low * total) + (not low_in))
    cp.add(2 * kept <= int(2 * high * total) - (not high_in))
    weights = rng.integers(LIGHTEST, HEAVIEST, size=len(x))
    cp.maximize(sum(int(w) * var for w, var in zip(weights, x.values(), strict=True)))
    search = solver(min(seconds, VARIED), seed=seed)
    search.parameters.relative_gap_limit = 0.1
    while True:
        status = search.solve(cp)
        if status == cp_model.UNKNOWN and cp.has_objective():
            # The weights only vary the networks of different seeds; finding one comes first.
            cp.clear_objective()
            search = solver(seconds, seed=seed)
            continue
        _refuse_unsolved(path, status, seconds)
        tied = np.zeros(allowed.shape, dtype=bool)
        for place, var in x.items():
            tied[place] = search.boolean_value(var)
        clashes = _same_pair_twice(tied, shared, linked, spec["others"])
        if not clashes:
            return tied
        for p, q, e, f in clashes:
            cp.add_bool_or([~x[p, e], ~x[q, e], ~x[p, f], ~x[q, f]])


def _refuse_unsolved(path: Path, status: Any, seconds: float) -> None:
    if status == cp_model.INFEASIBLE:
        raise ConstraintError(f"{path}: no network has these counts, sizes and limits")
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise ConstraintError(f"{path}: not decided within {seconds:g} s of solver work")


def _same_pair_twice(
    tied: NDArray[np.bool_], shared: NDArray[np.bool_], linked: NDArray[np.bool_], others: int
) -> list[tuple[int, int, int, int]]:
    """Return the double meetings of people who are short of different others because of them."""
    both = (tied & shared).astype(int)
    meet = both @ both.T
    np.fill_diagonal(meet, 0)
    clashes = []
    for p in np.flatnonzero(linked & ((meet > 0).sum(axis=1) < others)):
        for q in np.flatnonzero(meet[p] > 1):
            together = np.flatnonzero(both[p] & both[q])
            clashes += [(int(p), int(q), int(e), int(f)) for e, f in combinations(together, 2)]
    return clashes


def _tables(
    spec: Mapping[str, Any],
    events: pd.DataFrame,
    tied: NDArray[np.bool_],
    people: pd.DataFrame,
    model: Model,
    rng: np.random.Generator,
) -> dict[str, pd.DataFrame]:
    key = model.key
    tables = {"people": people[[key, spec["same"]]].reset_index(drop=True)}
    parts = []
    for kind, form in spec["events"].items():
        mine = np.flatnonzero(events["kind"] == kind)
        table = events.loc[mine, ["event", "type"]].rename(columns={"event": kind})
        ties = pd.DataFrame(np.argwhere(tied[:, mine]), columns=["p", "e"])
        ties[key] = people[key].to_numpy()[ties["p"]]
        ties[kind] = table[kind].to_numpy()[ties["e"]]
        if "dates" in form:
            first, last = form["dates"]
            days = rng.integers((last - first).days + 1, size=len(table))
            table["date"] = [first + timedelta(days=int(day)) for day in days]
            ties["date"] = table["date"].to_numpy()[ties["e"]]
            roles = list(form["roles"])
            weights = np.array(list(form["roles"].values()), dtype=float)
            ties["role"] = rng.choice(roles, size=len(ties), p=weights / weights.sum())
            for known in form.get("known_roles", []):
                who = parse(known["who"], model.attributes).holds(as_columns(model, people))
                theirs = who[ties["p"]]
                ties.loc[theirs, "role"] = rng.choice(known["role"], size=theirs.sum())
        else:
            ages = people[form["age"]].to_numpy()[ties["p"]]
            windows = [form["asks"][t]["ages"] for t in table["type"].to_numpy()[ties["e"]]]
            stays = _stays(ties["p"].to_numpy(), ages, windows, spec["reference"], rng)
            ties["start"], ties["end"] = stays
        tables[kind] = table.reset_index(drop=True)
        parts.append(ties.drop(columns=["p", "e"]))
    ties = pd.concat(parts).sort_values([key, *spec["events"]], kind="stable")
    ties.insert(0, "tie", [f"t{i + 1:03d}" for i in range(len(ties))])
    order = ["tie", key, *spec["events"], "role", "date", "start", "end"]
    return tables | {"ties": ties[order].reset_index(drop=True)}


def _stays(
    person: NDArray[np.intp],
    ages: NDArray[np.intp],
    windows: list[list[int]],
    reference: date,
    rng: np.random.Generator,
) -> tuple[list[date], list[date]]:
    """Draw starts and ends: each person's stays one after another, each in its window of age.

    A stay that lasts to the reference date ends on it.
    """
    starts = [reference] * len(person)
    ends = [reference] * len(person)
    for one in np.unique(person):
        mine = np.flatnonzero(person == one)
        now = ages[mine[0]] + rng.uniform(0.05, 0.95)
        low = np.array([windows[i][0] for i in mine], dtype=float)
        high = np.minimum([windows[i][1] + 1 for i in mine], now)
        middle = low + rng.uniform(0.1, 0.9, size=len(mine)) * (high - low)
        order = np.argsort(middle)
        between = (middle[order][1:] + middle[order][:-1]) / 2
        begin = np.maximum(low[order], [-np.inf, *between])
        until = np.minimum(high[order], [*between, np.inf])
        for place, b, u in zip(mine[order], begin, until, strict=True):
            starts[place] = reference - timedelta(days=round((now - b) * YEAR))
            ends[place] = reference - timedelta(days=round((now - u) * YEAR))
    return starts, ends
