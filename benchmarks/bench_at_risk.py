"""Time the at-risk estimate and print ratios.

Usage: python benchmarks/bench_at_risk.py [TABLE_OR_FOLDER]

Without an argument only the derived table in the repository is timed. The goal: all definitions
together in under 2 seconds on the full table; the ratio says how many times faster that is than
asking for each in turn (estimated from a sample).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from youthviolence.national.at_risk import AtRiskTable, at_risk, at_risk_table
from youthviolence.national.cuts import PUBLISHED
from youthviolence.national.lsoas import read_lsoas
from youthviolence.national.specifications import cut_steps, specifications

NATIONAL = Path(__file__).resolve().parents[1] / "data" / "raw" / "national"
REPEATS = 5


def best(call: Callable[[], object]) -> float:
    """Return the shortest of `REPEATS` times, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def report(name: str, read: Callable[[], AtRiskTable]) -> None:
    """Print the times of one table."""
    table = read()
    definitions = len(specifications(table).frame)
    one = best(lambda: at_risk(PUBLISHED, table))
    together = best(lambda: specifications(table))
    print(f"{name}: {len(table.rows):,} rows")
    print(f"  read and check           {best(read):8.3f} s")
    print(f"  one definition           {one:8.4f} s")
    print(f"  {definitions:,} definitions".ljust(27) + f"{together:8.3f} s (goal: under 2)")
    print(f"  steps of the cut         {best(lambda: cut_steps(table)):8.3f} s")
    print(f"  one by one / together    {one * definitions / together:8.0f} times")


def main() -> None:
    """Time the derived table, and the full one where it is named."""
    authorities = pd.read_csv(NATIONAL / "local_authorities.csv")
    cells = NATIONAL / "at_risk_counts.csv.gz"
    report("derived table", lambda: at_risk_table(pd.read_csv(cells), authorities))
    if len(sys.argv) > 1:
        source = Path(sys.argv[1])
        report("all LSOAs", lambda: at_risk_table(read_lsoas(source), authorities))


if __name__ == "__main__":
    main()
