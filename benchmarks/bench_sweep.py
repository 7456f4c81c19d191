"""How long a sweep takes, beside a shell loop and beside the bare computation, and how it grows.

Prints times of one run on one machine, a cell of the grid (one authority's pages), and ratios:

* loop: ``papermill`` and then ``jupyter nbconvert``, one authority after another;
* bare: the notebook's cells as plain code in warm processes, as many at a time as the machine has
  cores: no Jupyter, no pages, every figure drawn for every authority;
* sweep: ``youthviolence sweep``, with 1, 2 and 4 workers, and on a Dask cluster of 2 processes.

It ends with a model on paper of a sweep of 100,000 cells on 100 machines from these costs.

Usage: python benchmarks/bench_sweep.py [CELLS [LOOPED]]
  CELLS   authorities in the sweep (default 16; 317 is all of them)
  LOOPED  authorities in the shell loop, a sample (default 3)
"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import psutil
import statsmodels.api  # noqa: F401 - what the notebook imports is imported before the fork

import appendices.exhibits.appendix  # noqa: F401
from appendices.data.load import load
from appendices.project import project_root
from appendices.runs.parameters import code_cells, read_notebook

NOTEBOOK = "01_national_context"
RUN = "benchmark-sweep"
CORES = os.cpu_count() or 1
MACHINES, WANTED = 100, 100_000


def bare_cell(source: str, authority: str) -> None:
    """Run the notebook's code for one authority in this process."""
    default = 'local_authority: LocalAuthority = ""'
    given = source.replace(default, f"local_authority = {authority!r}")
    assert given != source
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(given, NOTEBOOK, "exec"), {})  # noqa: S102 - the project's own notebook


def bare(root: Path, authorities: list[str]) -> float:
    """Return the seconds that the bare computation takes for all, in forked warm processes."""
    cells = code_cells(read_notebook(root / "notebooks" / f"{NOTEBOOK}.ipynb"))
    source = "\n\n".join(cell for cell, _ in cells)
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(CORES, context, max_tasks_per_child=None) as pool:
        started = time.perf_counter()
        for done in [pool.submit(bare_cell, source, one) for one in authorities]:
            done.result()
        return time.perf_counter() - started


def loop(root: Path, authorities: list[str], folder: Path) -> float:
    """Return the seconds of papermill and nbconvert, one authority after another."""
    started = time.perf_counter()
    for authority in authorities:
        out = str(folder / "executed.ipynb")
        notebook = str(root / "notebooks" / f"{NOTEBOOK}.ipynb")
        for command in (
            ["papermill", notebook, out, "-p", "local_authority", authority],
            ["jupyter", "nbconvert", "--to", "html", out],
        ):
            subprocess.run([sys.executable, "-m", *command], check=True, capture_output=True)
    return time.perf_counter() - started


def sweep(authorities: list[str], *options: str) -> tuple[float, list[float]]:
    """Return the seconds of a sweep from nothing, and the memory of all its processes in MB."""
    over = "local_authority=" + ",".join(f'"{name}"' for name in authorities)
    command = [sys.executable, "-m", "appendices.cli", "sweep", NOTEBOOK, "--over", over,
               "--run", RUN, "--force", *options]  # fmt: skip
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    held: list[float] = []
    watch = threading.Thread(target=_watch, args=(process, held))
    watch.start()
    _, said = process.communicate()
    watch.join()
    if process.returncode != 0:
        sys.exit(said.decode()[-2000:])
    return time.perf_counter() - started, held


def _watch(process: subprocess.Popen[bytes], held: list[float]) -> None:
    while process.poll() is None:
        try:
            # The share that is a process's own: forked kernels share most of what they hold.
            held.append(psutil.Process(process.pid).memory_full_info().uss / 1e6)
        except psutil.Error:
            return
        time.sleep(0.5)


def timed(name: str, cells: int, work: Callable[[], float]) -> float:
    """Print what a cell takes and return it."""
    seconds = work() / cells
    print(f"{name:<32} {seconds:6.2f} s a cell", flush=True)
    return seconds


def main(cells: int, looped: int) -> None:
    """Measure and print."""
    root = project_root()
    authorities = [str(name) for name in load("local_authorities", root)["name"]]
    # Spread over the list, so that the sample is not of one region.
    chosen = authorities[:: max(1, len(authorities) // cells)][:cells]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        by_loop = timed("loop", looped, lambda: loop(root, chosen[:looped], folder))
        by_bare = timed("bare", cells, lambda: bare(root, chosen))
        grown = {}
        for workers in (1, 2, 4):
            seconds, held = sweep(chosen, "--jobs", str(workers))
            grown[workers] = timed(f"sweep, {workers} workers", cells, lambda s=seconds: s)  # type: ignore[misc]
            third = max(1, len(held) // 3)
            print(f"  memory of the sweep's own process: {max(held[:third]):.0f} MB in the first "
                  f"third, {max(held[-third:]):.0f} MB in the last")  # fmt: skip
        ours = grown.get(CORES, grown[2])
        seconds, _ = sweep(chosen, "--cluster", "2")
        by_dask = timed("sweep, Dask cluster of 2", cells, lambda: seconds)
    print(f"loop / sweep                     {by_loop / ours:6.2f}   wanted: at least 6")
    print(f"sweep / bare                     {ours / by_bare:6.2f}   wanted: at most 1.3")
    print(f"Dask / sweep                     {by_dask / ours:6.2f}")
    print(f"1 worker / 2, 1 worker / 4       {grown[1] / grown[2]:6.2f}, {grown[1] / grown[4]:.2f}")
    hours = WANTED * ours / MACHINES / 3600
    print(f"On paper: {WANTED:,} cells on {MACHINES} machines like this one ({CORES} cores), at "
          f"{ours:.2f} s a cell: {hours:.1f} h")  # fmt: skip


if __name__ == "__main__":
    main(*[int(one) for one in [*sys.argv[1:], *("16", "3")[len(sys.argv) - 1 :]][:2]])
