"""The target of a synthetic cohort: as open as the figures leave it.

Among all distributions that meet the kept constraints on average, the target is the one nearest
to independent attributes with the weights of the file (least relative entropy: Jaynes 1957;
Csiszar 1975). Attributes that no constraint ties together are independent in it. On a clique tree
it is a product of clique tables, found by minimising the smooth dual with as many multipliers as
there are rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse

from figuremodel.conditions import Attribute
from figuremodel.relations import Row, Rule
from figuremodel.tables import Clique, Tables

Columns = Mapping[str, NDArray[np.intp]]
Arrays = list[NDArray[np.float64]]
NEVER = -1e4
"""Logarithm of the weight of a cell that the constraints leave empty."""
RAREST = 1e-6
"""Weight of a value whose stated weight is nought: only what the figures force takes it."""
GIVE = 1e-7
"""How softly rows are met on average: averages that contradict each other still have a target."""


def target_tables(
    tables: Tables, rules: Iterable[Rule], attributes: Mapping[str, Attribute]
) -> Arrays:
    """Return expected counts for the cells of each clique; an array a clique, in their order.

    Printed percentages and means count at the middle of their interval, other bounds as bounds;
    comparisons of rates play no part.
    """
    rows = [rule for rule in rules if isinstance(rule, Row)]
    shapes = [cells.shape for cells in tables.cells]
    ends = np.cumsum([cells.size for cells in tables.cells])
    weights = np.zeros((len(rows), ends[-1]))
    for index, row in enumerate(rows):
        for weight, condition in row.terms:
            weights[index, [cell.index for cell in tables.cells_of(condition)]] += weight
    prior = np.concatenate([log.ravel() for log in _prior(tables, attributes)])
    sums = np.array([_ends(row) for row in rows], dtype=float).reshape(-1, 2) / tables.population
    nought = (sums[:, 1] == 0) & (weights.min(axis=1, initial=0) >= 0)
    prior[weights[nought].any(axis=0)] = NEVER
    weights, sums = weights[~nought], sums[~nought]
    scale = np.abs(weights).max(axis=1, initial=1)
    weights, sums = weights / scale[:, None], sums / scale[:, None]
    exact = sums[:, 0] == sums[:, 1]
    least, most = ~exact & np.isfinite(sums[:, 0]), ~exact & np.isfinite(sums[:, 1])
    matrix = sparse.csr_array(np.vstack([weights[exact], weights[least], -weights[most]]))
    bounds = np.concatenate([sums[exact, 0], sums[least, 0], -sums[most, 1]])

    def tables_at(multipliers: NDArray[np.float64]) -> tuple[Arrays, float]:
        logs = np.split(prior + matrix.T @ multipliers, ends[:-1])
        return _calibrate(
            tables.cliques, [log.reshape(s) for log, s in zip(logs, shapes, strict=True)]
        )

    def dual(multipliers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        shares, log_total = tables_at(multipliers)
        means = matrix @ np.concatenate([share.ravel() for share in shares])
        value = log_total - multipliers @ bounds + GIVE / 2 * multipliers @ multipliers
        return value, means - bounds + GIVE * multipliers

    multipliers = np.zeros(len(bounds))
    if len(bounds):
        least_multiplier = np.where(np.arange(len(bounds)) < exact.sum(), -np.inf, 0)
        multipliers = optimize.minimize(
            dual,
            multipliers,
            jac=True,
            method="TNC",  # as good as L-BFGS-B, and not slowed by threads of BLAS
            bounds=optimize.Bounds(least_multiplier, np.inf),
            options={"maxfun": 4000, "ftol": 1e-14, "gtol": 1e-8},
        ).x
    return [share * tables.population for share in tables_at(multipliers)[0]]


def _ends(row: Row) -> tuple[float, float]:
    if row.low is None and row.high is None:
        return 0.0, 0.0
    low = -np.inf if row.low is None else row.low
    return low, np.inf if row.high is None else row.high


def _prior(tables: Tables, attributes: Mapping[str, Attribute]) -> Arrays:
    """Return log weights: each attribute's, in the first clique that has it."""
    logs = [np.zeros(cells.shape) for cells in tables.cells]
    placed: set[str] = set()
    for clique, log in zip(tables.cliques, logs, strict=True):
        for axis, name in enumerate(clique.scope):
            if name not in placed:
                placed.add(name)
                weights = attributes[name].weights
                groups = [sum(weights[code] for code in codes) for codes in tables.groups[name]]
                share = np.log(np.maximum(groups, RAREST))
                np.add(log, share.reshape([-1] + [1] * (log.ndim - axis - 1)), out=log)
    return logs


def _calibrate(cliques: Sequence[Clique], logs: Arrays) -> tuple[Arrays, float]:
    """Return the shares of all cells, and the logarithm of the total weight."""
    logs = [log.copy() for log in logs]
    sent: list[Any] = [None] * len(logs)
    log_total = 0.0
    for index in reversed(range(len(logs))):
        if not cliques[index].links:
            log_total += float(_log_sum(logs[index]))
            continue
        ((parent, shared),) = cliques[index].links
        sent[index] = _project(logs[index], cliques[index].scope, shared, _log_sum)
        logs[parent] += _lift(sent[index], shared, cliques[parent].scope)
    for index, clique in enumerate(cliques):
        for parent, shared in clique.links:
            above = _project(logs[parent], cliques[parent].scope, shared, _log_sum)
            logs[index] += _lift(above - sent[index], shared, clique.scope)
    return [np.exp(log - _log_sum(log)) for log in logs], log_total


def _log_sum(logs: Any, axis: tuple[int, ...] | None = None) -> Any:
    """Return the logarithm of the sum of exponentials; scipy's takes five times as long."""
    top = logs.max(axis=axis, keepdims=True)
    summed = np.log(np.exp(logs - top).sum(axis=axis, keepdims=True)) + top
    return summed.squeeze(axis=axis)


def _project(array: Any, scope: Sequence[str], shared: Sequence[str], add: Any) -> Any:
    """Add up everything but the shared attributes; their axes come in the order given."""
    rest = tuple(axis for axis, name in enumerate(scope) if name not in shared)
    left = [name for name in scope if name in shared]
    return add(array, axis=rest).transpose([left.index(name) for name in shared])


def _lift(array: Any, shared: Sequence[str], scope: Sequence[str]) -> Any:
    """Shape an array over shared attributes so that it broadcasts over a scope."""
    order = [name for name in scope if name in shared]
    moved = array.transpose([shared.index(name) for name in order])
    sizes = iter(moved.shape)
    return moved.reshape([next(sizes) if name in shared else 1 for name in scope])


def expected_pairs(tables: Tables, cells: Arrays) -> Iterator[tuple[str, str, NDArray[np.float64]]]:
    """Yield the expected count of every pair of groups of every two attributes of the tables.

    What the tables do not say is independent given what they share.
    """
    links: list[list[tuple[int, tuple[str, ...]]]] = [list(c.links) for c in tables.cliques]
    home: dict[str, int] = {}
    for index, clique in enumerate(tables.cliques):
        for parent, shared in clique.links:
            links[parent].append((index, shared))
        for name in clique.scope:
            home.setdefault(name, index)
    for name, start in home.items():
        axis = tables.cliques[start].scope.index(name)
        size = len(tables.groups[name])
        mark = np.eye(size).reshape(
            [size, *(size * (i == axis) or 1 for i in range(cells[start].ndim))]
        )
        reached = {start: mark * cells[start]}
        waiting = [start]
        while waiting:
            here = waiting.pop()
            for there, shared in links[here]:
                if there not in reached:
                    scopes = [("", *tables.cliques[i].scope) for i in (here, there)]
                    known = _project(reached[here], scopes[0], ("", *shared), np.sum)
                    whole = _project(cells[there][None], scopes[1], ("", *shared), np.sum)
                    share = np.divide(known, whole, out=np.zeros_like(known), where=whole > 0)
                    reached[there] = _lift(share, ("", *shared), scopes[1]) * cells[there]
                    waiting.append(there)
        for other, place in home.items():
            if other != name and place in reached:
                scope = ("", *tables.cliques[place].scope)
                yield name, other, _project(reached[place], scope, ("", other), np.sum)


def expected_values(
    parts: Iterable[tuple[Tables, Arrays]], columns: Columns, sizes: Mapping[str, int]
) -> tuple[NDArray[np.float64], dict[str, int]]:
    """Return the expected count of every pair of values, and where each attribute starts.

    Attributes of different parts, and values that no constraint tells apart, are independent
    given the margins of the cohort in `columns`.
    """
    starts = dict(zip(columns, np.cumsum([0, *(sizes[n] for n in columns)]).tolist(), strict=False))
    counts = {name: np.bincount(columns[name], minlength=sizes[name]) for name in columns}
    margins = np.concatenate(list(counts.values()))
    result = np.outer(margins, margins) / len(next(iter(columns.values())))

    def spread(tables: Tables, name: str) -> NDArray[np.float64]:
        """Shares of the values in their groups, one row a value, one column a group."""
        shares = np.zeros((sizes[name], len(tables.groups[name])))
        for group, codes in enumerate(tables.groups[name]):
            total = counts[name][codes].sum()
            shares[codes, group] = counts[name][codes] / total if total else 0
        return shares

    for tables, cells in parts:
        within = {name: spread(tables, name) for name in tables.groups}
        for one, other, pairs in expected_pairs(tables, cells):
            rows = slice(starts[one], starts[one] + sizes[one])
            across = slice(starts[other], starts[other] + sizes[other])
            result[rows, across] = within[one] @ pairs @ within[other].T
    return result, starts
