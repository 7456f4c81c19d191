"""Hold the protection of the compendium against ACRO's checks on the same tables.

ACRO (https://pypi.org/project/acro) checks outputs of trusted research environments. It pins an
older pandas, so it lives in an environment of its own:

    python -m venv /path/to/env && /path/to/env/bin/pip install acro
    python benchmarks/compare_acro.py /path/to/env/bin/python

Every crosstab of two attributes of the synthetic offenders, taken as confidential, goes through
both. Printed is a table in Markdown of what ACRO flags and what policy release makes of it; then
what only one of the two finds. Ends with 1 when a cell that ACRO flags is shown as it is.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pandas as pd

from youthviolence.cohort.behind import follow
from youthviolence.cohort.tabulation import COUNTS, tabulate
from youthviolence.disclosure.attack import attack, gather, mend
from youthviolence.disclosure.policy import find_policy
from youthviolence.disclosure.protect import Protected, protect
from youthviolence.disclosure.relations import Relations

ROOT = Path(__file__).resolve().parents[1]
COHORT = ROOT / "data" / "raw" / "cohorts" / "offenders.csv"
RELEASE = find_policy("release")
GROUPINGS = ("sex", "route", "charged_with_robbery", "mental_health_needs")


def main(acro_python: str) -> int:
    """Compare, print, and return the exit code."""
    people = pd.read_csv(COHORT, dtype="str", keep_default_na=False).drop(columns="person")
    columns = [str(name) for name in people]
    pairs = [(rows, by) for by in GROUPINGS for rows in columns if rows != by]
    pairs = [
        one
        for at, one in enumerate(pairs)
        if not set(map(frozenset, pairs[:at])) & {frozenset(one)}
    ]
    flagged = ask_acro(acro_python, pairs)
    ours, exposed_before, more = protected(people, pairs)
    tally: Counter[tuple[str, str]] = Counter()
    bare = 0
    for pair, cells in zip(pairs, flagged, strict=True):
        for row, column, count, flags in cells:
            shown = ours[pair].get((row, column))
            state = "withheld" if shown is None else "rounded"
            for flag in [one.strip() for one in flags.split(";") if one.strip()]:
                tally[flag, f"{size(count)}, {state}"] += 1
            bare += flags.strip() != "ok" and shown is not None and count < RELEASE.threshold
    print("| ACRO says | count, and what is done here | cells |\n|---|---|---:|")
    for (flag, state), number in sorted(tally.items()):
        print(f"| {flag} | {state} | {number} |")
    print(f"\n{len(pairs)} crosstabs; flagged by ACRO and shown as they are: {bare}")
    print(f"counts that the tables together give away, left to a person by ACRO: {exposed_before}")
    print(f"counts withheld more for it: {more}")
    return int(bare > 0)


def size(count: int) -> str:
    """Return the class of a count."""
    return (
        "0"
        if count == 0
        else "1-4"
        if count < RELEASE.threshold
        else "5-9"
        if count < 10
        else "10 or more"
    )


def ask_acro(python: str, pairs: list[tuple[str, str]]) -> list[list[tuple[str, str, int, str]]]:
    """Return ACRO's flags for the cells of each crosstab."""
    with tempfile.TemporaryDirectory() as folder:
        tables = Path(folder) / "tables.json"
        tables.write_text(json.dumps(pairs), encoding="utf-8", newline="\n")
        script = Path(__file__).with_name("acro_checks.py")
        done = subprocess.run(
            [python, str(script), str(COHORT), str(tables)],
            capture_output=True, text=True, encoding="utf-8", check=True, cwd=folder,
        )  # fmt: skip
    found: list[list[tuple[str, str, int, str]]] = json.loads(done.stdout.splitlines()[-1])
    return found


def protected(
    people: pd.DataFrame, pairs: list[tuple[str, str]]
) -> tuple[dict[tuple[str, str], dict[tuple[str, str], int | None]], int, int]:
    """Return what stands in each cell here; how many counts are exposed before; how many mended."""
    followed = follow(people, "offenders", map(str, people.columns))
    counted = {pair: tabulate(followed, [pair[0]], by=pair[1]) for pair in pairs}
    relations, parts = Relations(), []
    for table in counted.values():
        made = shield(table)
        cells = [(one.counted.id, one.value) for one in made.cells]
        given = relations.of(one.counted for one in made.cells)
        parts.append({"shown": cells, "relations": given, "unknown": 0})
    facts = gather(parts)
    before = len(attack(facts, RELEASE).exposed)
    also = mend(facts, RELEASE)[0].also
    return (
        {pair: values(shield(table, also)) for pair, table in counted.items()},
        before,
        len(also),
    )


def shield(table: pd.DataFrame, also: frozenset[str] = frozenset()) -> Protected:
    """Return a table of counts under policy release."""
    return protect(table, COUNTS, "confidential", RELEASE, also)


def values(made: Protected) -> dict[tuple[str, str], int | None]:
    """Return what stands in each cell of a crosstab, by its row and column label."""
    found: dict[tuple[str, str], int | None] = {}
    for row in made.frame.to_dict("records"):
        group = "All" if row["group"] == "all" else str(row["group"])
        found[str(row["category"]), group] = None if pd.isna(row["n"]) else int(row["n"])
        found["All", group] = None if pd.isna(row["base_all"]) else int(row["base_all"])
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
