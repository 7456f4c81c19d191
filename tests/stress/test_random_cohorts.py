"""Random cohorts with missing values: each is run, exported and released without refusal."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import ROOT
from tests.own.conftest import command

CANARY = "zebedeequillfeather"
CASES = [
    (like, people, seed)
    for seed, (like, people) in enumerate(
        [("offenders", 57), ("victims", 57), ("offenders", 400), ("victims", 400)] * 2
        + [("offenders", 57), ("victims", 57)]
    )
]
pytestmark = pytest.mark.stress
NOTEBOOKS = {"offenders": ("03", "04"), "victims": ("02",)}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a project whose cohorts and reports are its own, and all else this checkout's."""
    root = tmp_path / "compendium"
    root.mkdir()
    for name in ("notebooks", "pyproject.toml", "requirements.lock"):
        (root / name).symlink_to(ROOT / name)
    (root / "data").mkdir()
    (root / "data" / "raw").symlink_to(ROOT / "data" / "raw")
    return root


def write_cohort(root: Path, like: str, people: int, seed: int) -> Path:
    """Write a random cohort with ids that are to be found nowhere else; return its folder."""
    assert command(root, "cohort", "new", "random", "--like", like)[0] == 0
    folder = root / "cohorts" / "random"
    rng = np.random.default_rng(seed)
    fields = json.loads((folder / "cohort.json").read_text(encoding="utf-8"))["schema"]["fields"]
    columns = {"ref": [f"{CANARY}{place}" for place in rng.permutation(people)]}
    for field in fields:
        values = [one for one in field.get("categories", ()) if one != "not recorded"]
        weights = rng.dirichlet(np.full(len(values), 2.0)) if values else None
        values = values or [str(age) for age in range(13, 20)]
        drawn = rng.choice(values, people, p=weights).astype(object)
        drawn[rng.random(people) < 0.05] = ""
        columns[field["name"]] = list(drawn)
    with (folder / "data.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
    mapping = (folder / "mapping.yml").read_text(encoding="utf-8")
    mapping = mapping.replace("file: template.csv", "file: data.csv\nperson: ref\n#")
    mapping = mapping.replace('["not recorded"]', '["not recorded", ""]')
    (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
    return folder


@pytest.mark.parametrize(("like", "people", "seed"), CASES)
def test_a_random_cohort_is_run_exported_and_released(
    checkout: Path, like: str, people: int, seed: int
) -> None:
    write_cohort(checkout, like, people, seed)
    chosen = ("-p", "cohort=cohorts/random", "--run", "random")
    code, said = command(checkout, "run", *NOTEBOOKS[like], *chosen)
    assert code == 0, said
    assert CANARY not in said
    if shutil.which("pandoc"):
        code, said = command(checkout, "export", "random", "--docx")
        assert code == 0, said
    code, said = command(checkout, "release", "random")
    assert code == 0, said
    secret = (checkout / "cohorts" / "random" / "secret").read_bytes()
    for path in (checkout / "reports").rglob("*"):
        if path.is_file():
            held = path.read_bytes()
            assert CANARY.encode() not in held, path
            assert secret not in held, path
