"""Put the crosstabs of a cohort through ACRO, and print what it flags as JSON.

Needs an environment of its own, as ACRO pins an older pandas; run by `compare_acro.py`:

    ACRO_PYTHON benchmarks/acro_checks.py COHORT.csv TABLES.json

TABLES.json is a list of pairs of columns. Printed is, for each, a list of [row label, column label,
count, flags], margins named "All".
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import sys
from pathlib import Path

import acro  # type: ignore[import-not-found]
import pandas as pd


def main(cohort: str, tables: str) -> None:
    """Print the flags."""
    logging.disable(logging.CRITICAL)
    people = pd.read_csv(cohort, dtype="object", keep_default_na=False)
    with contextlib.redirect_stdout(io.StringIO()):
        session = acro.ACRO(suppress=False)
        found = []
        for rows, columns in json.loads(Path(tables).read_text(encoding="utf-8")):
            table = session.crosstab(people[rows], people[columns], margins=True)
            flags = list(session.results.results.values())[-1].outcome
            found.append(
                [
                    [str(row), str(column), int(table.loc[row, column]), flags.loc[row, column]]
                    for row in table.index
                    for column in table.columns
                ]
            )
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
