"""A cohort with columns as in a court's file abroad, made by code: few of them fit."""

from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

CHARGES = ["Battery", "Grand Theft", "Possession of Cocaine", "Burglary Dwelling", "Resist Officer"]
RACES = ["African-American", "Caucasian", "Hispanic", "Other"]
GROUPS = ["Black", "White", "Hispanic", "Other"]
HEADER = [
    "id", "sex", "age", "race", "priors_count", "days_in_jail", "c_charge_degree", "c_charge_desc",
    "jail_in", "is_robbery", "screening_date",
]  # fmt: skip
EDITS = """\
file: compas.csv
person: id
not_birth: [jail_in, screening_date]
columns:
  age: {from: age}
  sex: {from: sex, values: {male: Male, female: Female}}
  charged_with_robbery: {from: is_robbery, values: {yes: 1, no: 0}}
  custody: {from: days_in_jail, values: {yes: [1, 3, 40], no: 0}}
  race:
    from: race
    values: {Black: African-American, White: Caucasian, Hispanic: Hispanic, Other: Other}
"""


def as_csv(people: int, seed: int = 1) -> bytes:
    """Return so many made-up records; nobody is in any of them."""
    rng = random.Random(seed)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for number in range(1, people + 1):
        day = f"2013-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        jail = rng.choice([0, 0, 1, 3, 40])
        writer.writerow(
            [number, rng.choice(["Male"] * 4 + ["Female"]), rng.randint(18, 24), rng.choice(RACES),
             rng.randint(0, 12), jail, rng.choice("FM"), rng.choice(CHARGES),
             f"{day} {rng.randint(0, 23):02d}:15:00", int(rng.random() < 0.3), day]
        )  # fmt: skip
    return text.getvalue().encode()


def fill_in(folder: Path, people: int) -> int:
    """Turn a new cohort's folder into one of these people; return how many lines a user writes."""
    (folder / "compas.csv").write_bytes(as_csv(people))
    content: dict[str, Any] = json.loads((folder / "cohort.json").read_text(encoding="utf-8"))
    fields = {field["name"]: field for field in content["schema"]["fields"]}
    kept = [fields[name] for name in ("age", "sex", "charged_with_robbery", "custody")]
    kept.append({"name": "race", "type": "string", "categories": GROUPS})
    content["schema"]["fields"] = kept
    (folder / "cohort.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "mapping.yml").write_text(EDITS, encoding="utf-8")
    return len(EDITS.splitlines()) + 1
