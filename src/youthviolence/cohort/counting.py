"""The one step that reads every record: how many people have each combination of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from youthviolence.cohort.behind import followed, partition
from youthviolence.errors import DataError, UsageError, unknown

Label: TypeAlias = str | None
Tally: TypeAlias = Counter[tuple[Label, ...]]

_MOST_CELLS = 1_000_000


def count(data: Any, keys: Sequence[tuple[str, ...]]) -> list[Tally]:
    """Count the rows of `data` by each tuple of columns; labels are text, None when empty.

    Parquet is streamed by DuckDB and never held whole; a Dask frame is counted where its
    partitions are, by whatever cluster is active, and only the counts travel.
    """
    used = list(dict.fromkeys(name for key in keys for name in key))
    if isinstance(data, str | Path):
        return _count_parquet(Path(data), keys, used)
    if not hasattr(data, "columns"):
        raise UsageError(
            f"cannot count a {type(data).__name__}; "
            "give a pandas frame, a Dask frame or the path of a Parquet file."
        )
    _check_names(used, data.columns)
    if isinstance(data, pd.DataFrame):
        return _count_pandas(data, keys)
    from dask.base import compute  # noqa: PLC0415  -- slow to import, needed by few
    from dask.delayed import delayed  # noqa: PLC0415

    parts = [delayed(_count_pandas)(part, keys) for part in data[used].to_delayed()]
    totals: list[Tally] = [Counter() for _ in keys]
    for tallies in compute(*parts):
        for total, tally in zip(totals, tallies, strict=True):
            total.update(tally)
    return totals


def _count_pandas(frame: pd.DataFrame, keys: Sequence[tuple[str, ...]]) -> list[Tally]:
    used = dict.fromkeys(name for key in keys for name in key)
    coded = {name: _coded(frame[name]) for name in used}
    tallies: list[Tally] = []
    for key in keys:
        labels = [coded[name][1] for name in key]
        codes = [coded[name][0] for name in key]
        cells, sizes = _count_codes(codes, [len(one) for one in labels])
        if followed(frame) and len(frame):
            cells, place = np.unique(np.stack(codes), axis=1, return_inverse=True)
            cells, sizes = cells.T, partition(frame, place.ravel(), len(key))
        tally: Tally = Counter()
        for cell, size in zip(cells, sizes, strict=True):
            # A count that knows its people stays one: int() would make it forget them.
            n = size if isinstance(size, int) else int(size)
            tally[tuple(one[code] for one, code in zip(labels, cell, strict=True))] += n
        tallies.append(tally)
    return tallies


def _count_codes(codes: list[np.ndarray], shape: list[int]) -> tuple[Any, Any]:
    """Return the combinations of codes that occur, and how often."""
    if len(shape) > 1 and prod(shape) > _MOST_CELLS:
        sizes = pd.DataFrame(dict(enumerate(codes))).groupby(list(range(len(codes)))).size()
        return sizes.index, sizes.to_numpy()
    cell = np.zeros(len(codes[0]), dtype=np.intp)
    for one, size in zip(codes, shape, strict=True):
        cell = cell * size + one
    counts = np.bincount(cell)
    met = np.flatnonzero(counts)
    return zip(*np.unravel_index(met, shape), strict=True), counts[met]


def _coded(column: pd.Series) -> tuple[np.ndarray, list[Label]]:
    """Return a number for each row and the label of each number, 0 for an empty cell."""
    codes, values = pd.factorize(column)
    labels = [None, *(label_of(value) for value in values)]
    return (codes + 1).astype(np.min_scalar_type(len(labels))), labels


def _count_parquet(path: Path, keys: Sequence[tuple[str, ...]], used: list[str]) -> list[Tally]:
    import duckdb  # noqa: PLC0415  -- needed for Parquet only

    if not path.is_file():
        raise DataError(f"no Parquet file {path.name!r} in {path.parent.name!r}; check the path.")
    tallies: list[Tally] = [Counter() for _ in keys]
    try:
        with duckdb.connect() as connection:
            connection.execute("SET enable_progress_bar = false")
            people = connection.read_parquet(str(path))
            _check_names(used, people.columns)
            kinds = dict(zip(people.columns, map(str, people.types), strict=True))
            queries = _sql(path, keys, kinds)
            found = connection.execute(queries).fetchall() if keys else []
    except duckdb.Error:
        # What DuckDB says can quote a value.
        raise DataError(f"{path.name!r} cannot be read as Parquet.") from None
    for i, n, *labels in found:
        tallies[i][tuple(labels[: len(keys[i])])] += n
    return tallies


def _sql(path: Path, keys: Sequence[tuple[str, ...]], kinds: dict[str, str]) -> str:
    """Return one statement with a grouping a key: its number, the count and the labels."""
    source = "read_parquet('" + str(path).replace("'", "''") + "')"
    width = max((len(key) for key in keys), default=0)
    parts = []
    for i, key in enumerate(keys):
        quoted = {name: '"' + name.replace('"', '""') + '"' for name in key}
        labels = [f"CAST({text} AS VARCHAR)" for text in quoted.values()]
        # A whole number kept as a float because of empty cells is still a whole number.
        labels = [
            rf"nullif(regexp_replace({label}, '\.0$', ''), 'nan')"
            if kinds[name] in {"DOUBLE", "FLOAT"}
            else label
            for name, label in zip(quoted, labels, strict=True)
        ]
        wanted = ", ".join([str(i), "count(*)", *labels, *["NULL"] * (width - len(key))])
        parts.append(f"SELECT {wanted} FROM {source} GROUP BY {', '.join(quoted.values())}")  # noqa: S608
    return " UNION ALL ".join(parts)


def label_of(value: Any) -> str:
    """Name a category the way the SQL does; a text stays as it is."""
    if isinstance(value, str):
        return value
    text = str(value)
    return text.lower() if text in {"True", "False"} else text.removesuffix(".0")


def _check_names(used: Iterable[str], columns: Iterable[str]) -> None:
    have = set(columns)
    for name in used:
        if name not in have:
            raise unknown("attribute", name, have)
