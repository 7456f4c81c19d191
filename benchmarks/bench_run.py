"""How long a whole run takes, beside the usual chain and beside no Jupyter at all.

Prints whole-process times of one run on one machine, as medians and ratios:

* ours: ``youthviolence run --force``, all notebooks to finished pages;
* chain: ``papermill`` one notebook after another, then ``jupyter nbconvert --to html`` on each;
* floor: the same cells as one plain Python script, no Jupyter and no pages;
* idle: ``youthviolence run`` with nothing to do.

Usage: python benchmarks/bench_run.py [REPEATS]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from appendices.project import project_root
from appendices.runs.notebooks import find_notebooks
from appendices.runs.parameters import code_cells, read_notebook

RUN = "benchmark"


def seconds(command: list[str], **env: str) -> float:
    """Return the wall time of a whole process; it must succeed."""
    started = time.perf_counter()
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, **env},
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    return time.perf_counter() - started


def plain_script(root: Path, target: Path) -> Path:
    """Write every notebook's cells as one script, each notebook in a namespace of its own."""
    parts = ["import os", "os.environ.setdefault('MPLBACKEND', 'agg')"]
    for notebook in find_notebooks(root).values():
        cells = code_cells(read_notebook(notebook.path))
        source = "\n\n".join(cell for cell, _ in cells)
        parts.append(f"exec(compile({source!r}, {notebook.name!r}, 'exec'), {{}})")
    target.write_text("\n".join(parts) + "\n", encoding="utf-8", newline="\n")
    return target


def chain(root: Path, folder: Path) -> float:
    """Return the time of papermill and nbconvert, one notebook after another."""
    total = 0.0
    for notebook in find_notebooks(root).values():
        out = folder / notebook.path.name
        total += seconds([sys.executable, "-m", "papermill", str(notebook.path), str(out)])
        total += seconds(
            [sys.executable, "-m", "jupyter", "nbconvert", "--to", "html", str(out)]
        )  # fmt: skip
    return total


def main(repeats: int) -> None:
    """Measure in turn, so that a drift of the machine's speed meets all alike, and print."""
    root = project_root()
    ours = [sys.executable, "-m", "appendices.cli", "run", "--run", RUN]
    times: dict[str, list[float]] = {"ours": [], "chain": [], "floor": [], "idle": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        script = plain_script(root, folder / "floor.py")
        seconds([*ours, "--force"])
        for _ in range(repeats):
            times["ours"].append(seconds([*ours, "--force"]))
            times["floor"].append(seconds([sys.executable, str(script)]))
            times["chain"].append(chain(root, folder))
            times["idle"].append(seconds(ours))
    middle = {name: statistics.median(values) for name, values in times.items()}
    for name, values in times.items():
        spread = f"{min(values):.2f} to {max(values):.2f}"
        print(f"{name:<6} {middle[name]:7.2f} s   ({spread}, {repeats} runs)")
    print(f"chain / ours   {middle['chain'] / middle['ours']:.2f}   wanted: at least 5")
    print(f"ours / floor   {middle['ours'] / middle['floor']:.2f}   wanted: at most 0.7")
    print(f"idle           {middle['idle']:.2f} s wanted: at most 0.6 s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
