"""Tabulating and profiling a cohort, against the same counts by DuckDB's own SQL.

Generates cohorts of 30 attributes as Parquet, and reports ratios of time (the profile over the
plain SQL, best of several, in turns) and of memory (growth of the process over the file).

    python benchmarks/bench_cohort.py            10 thousand and 1 million people
    python benchmarks/bench_cohort.py --large    10 million as well
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from youthviolence.cohort import profile, tabulate

ATTRIBUTES = [f"attribute_{i:02d}" for i in range(30)]
LABELS = ["yes", "no", "not recorded"]
MOST_TIME = 1.5
MOST_MEMORY = 2.0


def generate(path: Path, people: int) -> None:
    """Write a cohort with 30 attributes and a grouping, a million people a row group."""
    rng = np.random.default_rng(people)
    kind = pa.dictionary(pa.int8(), pa.string())
    schema = pa.schema([(name, kind) for name in [*ATTRIBUTES, "team"]])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, people, 1_000_000):
            size = min(1_000_000, people - start)
            columns = [
                pa.DictionaryArray.from_arrays(
                    pa.array(rng.choice(3, size, p=[0.3, 0.6, 0.1]).astype("int8")), LABELS
                )
                for _ in schema
            ]
            writer.write_table(pa.table(columns, schema=schema))


def by_sql(path: Path, by: str | None) -> None:
    """Count by DuckDB alone: one grouping an attribute, in one statement."""
    keys = [f"{by}, {name}" if by else name for name in ATTRIBUTES]
    parts = [f"SELECT {key}, count(*) FROM '{path}' GROUP BY {key}" for key in keys]  # noqa: S608
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(" UNION ALL ".join(parts)).fetchall()


def by_profile(data: Path | pd.DataFrame, by: str | None) -> None:
    """Count and compute every percentage and interval."""
    profile(tabulate(data, ATTRIBUTES, by=by))


def seconds(functions: list[Callable[[], object]], rounds: int) -> list[float]:
    """Return the best time of each function, run in turns so that noise hits all alike."""
    best = [float("inf")] * len(functions)
    for _ in range(rounds):
        for i, function in enumerate(functions):
            start = time.perf_counter()
            function()
            best[i] = min(best[i], time.perf_counter() - start)
    return best


def peak_growth(path: Path) -> float:
    """Return by how many bytes a fresh process grows, at its peak, while it makes the profile."""
    small = path.with_name("small.parquet")
    generate(small, 1000)
    # The first call loads what every process needs, whatever the size of the file.
    by_profile(small, "team")
    before = psutil.Process().memory_info().rss
    peaks = [before]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.002):
            peaks.append(psutil.Process().memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    by_profile(path, "team")
    done.set()
    watcher.join()
    return float(max(peaks) - before)


def main() -> None:
    """Print one line of JSON a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--large", action="store_true", help="10 million people as well")
    sizes = [10_000, 1_000_000] + [10_000_000] * parser.parse_args().large
    with tempfile.TemporaryDirectory() as folder:
        for people in sizes:
            path = Path(folder) / f"cohort_{people}.parquet"
            generate(path, people)
            line: dict[str, float] = {"people": people, "attributes": len(ATTRIBUTES)}
            for by, name in ((None, "everyone"), ("team", "by_group")):
                rounds = max(3, 30_000_000 // (people * 4 + 1_000_000))
                sql, ours = seconds(
                    [partial(by_sql, path, by), partial(by_profile, path, by)], rounds
                )
                line |= {
                    f"sql_seconds_{name}": round(sql, 3),
                    f"ratio_{name}": round(ours / sql, 2),
                }
            if people <= 1_000_000:
                frame = pd.read_parquet(path)
                (ours,) = seconds([partial(by_profile, frame, None)], 3)
                line["ratio_pandas_frame"] = round(ours / line["sql_seconds_everyone"], 2)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                growth = pool.apply(peak_growth, (path,))
            line["memory_over_file"] = round(growth / path.stat().st_size, 2)
            print(json.dumps(line))
            assert line["ratio_everyone"] <= MOST_TIME
            assert line["ratio_by_group"] <= MOST_TIME
            # Under ten megabytes, what a process allocates says nothing about the file.
            assert line["memory_over_file"] < MOST_MEMORY or path.stat().st_size < 10_000_000


if __name__ == "__main__":
    main()
