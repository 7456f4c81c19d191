"""Read and map a large file of one's own, against pandas' own reading of the same file.

``python benchmarks/bench_own.py`` prints the ratio of the fastest of several turns, in one run.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from appendices.data.own import own_resource, read_own

ROWS, COLUMNS, TURNS = 200_000, 30, 3


def write_cohort(folder: Path) -> None:
    """Write a cohort of so many rows: codes, ages, days, an id and a note in so many columns."""
    rng = random.Random(1)  # noqa: S311 - made-up records
    coded = COLUMNS - 6
    columns: dict[str, list[str]] = {
        f"c{n}": rng.choices(["Yes", "no", "NK", ""], k=ROWS) for n in range(coded)
    }
    columns["Age"] = [str(rng.randint(10, 25)) for _ in range(ROWS)]
    columns["Visits"] = [str(rng.randint(0, 400)) for _ in range(ROWS)]
    for name, first, last in (("Born", 1999, 2012), ("Referred", 2023, 2024)):
        columns[name] = [
            f"{rng.randint(1, 28):02d}/{rng.randint(1, 12):02d}/{rng.randint(first, last)}"
            for _ in range(ROWS)
        ]
    columns["Ref"] = [f"R{n:06d}" for n in range(ROWS)]
    columns["Note"] = [
        f"seen {rng.randint(1, 99)} on ward {rng.randint(1, 9999)}" for _ in range(ROWS)
    ]
    pd.DataFrame(columns).to_csv(folder / "data.csv", index=False, lineterminator="\n")
    known = {"values": {"yes": ["Yes"], "no": ["no"], "not recorded": ["NK", ""]}}
    rules: dict[str, Any] = {f"c{n}": {"from": f"c{n}", **known} for n in range(coded)}
    rules["age"] = {"from": "Born", "dates": "day/month/year", "age_at": {"column": "Referred"}}
    rules["years"], rules["visits"] = {"from": "Age"}, {"from": "Visits"}
    rules["seen"] = {"from": "Referred", "dates": "day/month/year"}
    kinds = {"age": "integer", "years": "integer", "visits": "integer", "seen": "date"}
    labels = {"type": "string", "categories": ["yes", "no", "not recorded"]}
    fields = [{"name": one, **({"type": kinds[one]} if one in kinds else labels)} for one in rules]
    described = {
        "name": "large",
        "title": "Large",
        "basis": "observed",
        "schema": {"fields": fields},
    }
    (folder / "cohort.json").write_text(json.dumps(described), encoding="utf-8", newline="\n")
    mapping = {"file": "data.csv", "person": "Ref", "columns": rules}
    (folder / "mapping.yml").write_text(json.dumps(mapping), encoding="utf-8", newline="\n")


def fastest(work: Callable[[], object]) -> float:
    """Return the seconds of processor time of the fastest turn."""
    times = []
    for _ in range(TURNS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def main() -> None:
    """Print the ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_cohort(folder)
        file = folder / "data.csv"
        resource = own_resource(folder)
        texts = fastest(lambda: pd.read_csv(file, dtype=str))
        own = fastest(lambda: read_own(resource))
    print(
        f"{ROWS:,} rows x {COLUMNS}: pandas, all as text {texts:.2f} s, read and mapped {own:.2f} s"
    )
    print(f"ratio {own / texts:.2f}")


if __name__ == "__main__":
    main()
