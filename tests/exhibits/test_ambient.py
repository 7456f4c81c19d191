"""Nothing that a machine or a user has set changes a number or a byte of an exhibit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.conftest import ROOT

PROGRAM = """
import hashlib, json
{first}
from tests.exhibits.kinds import KINDS, WHO
from youthviolence.cohorts.profiles import with_percent
from appendices.exhibits.draw import draw
from appendices.exhibits.tables import columns_of, table_html

made = {{}}
for kind in ("bars", "heat", "lines", "stacked", "network_map"):
    chart, frame = KINDS[kind]
    made[kind] = draw(chart, frame, exhibit_id=kind, title=kind, alt="x", basis="Basis: observed.")
table = with_percent(WHO.assign(base=100 * WHO["n"]), "n", "base")
empty = table.isna().replace({{True: "[x]", False: ""}})
made["table"] = table_html(table, columns_of(table, None), "caption", "table", empty)
made["numbers"] = table.to_csv(float_format="%.17g")
print(json.dumps({{k: hashlib.sha256(repr(v).encode()).hexdigest() for k, v in made.items()}}))
"""
USER_FILE = "xtick.labelsize: 15\naxes.facecolor: pink\nlines.linewidth: 9\naxes.grid: True\n"
# A language that writes commas, another time zone, another seed of hashes, one thread.
VARIABLES = {
    "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8", "TZ": "Pacific/Auckland",
    "PYTHONHASHSEED": "4242", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
}  # fmt: skip
# A style of matplotlib, a theme of seaborn, options of pandas.
STATES = """
import matplotlib.style; matplotlib.style.use("dark_background")
import seaborn; seaborn.set_theme(context="poster", font="serif")
import pandas as pd
pd.set_option("display.precision", 1, "styler.render.max_rows", 1, "styler.format.precision", 0)
pd.set_option("display.float_format", "{:.0f}".format)
"""


def digests(first: str = "", **variables: str) -> dict[str, str]:
    environment = {**os.environ, "PYTHONHASHSEED": "0", **variables}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(first=first)],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    made: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return made


@cache
def plain() -> dict[str, str]:
    return digests()


def test_what_a_machine_has_set_changes_neither_number_nor_byte(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text(USER_FILE, encoding="utf-8")
    assert digests(**VARIABLES, MATPLOTLIBRC=str(tmp_path)) == plain()


def test_what_a_notebook_has_set_changes_neither_number_nor_byte() -> None:
    assert digests(STATES) == plain()
