"""What protection costs: `run 03 04` with a cohort of one's own, against the synthetic cohort.

Prints a line of JSON a size: how many times as long the run takes, and its peak memory.

    python benchmarks/bench_counts.py
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parents[1]
COMMAND = str(Path(sys.executable).with_name("youthviolence"))
MOST_TIME = {57: 1.3, 5000: 1.5}
MOST_MEMORY = 1.2


def write_cohort(folder: Path, people: int) -> None:
    """Write a random cohort with the attributes of the offenders, 5 % of values missing."""
    new = [COMMAND, "cohort", "new", folder.name, "--like", "offenders", "--to", str(folder)]
    subprocess.run(new, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    rng = np.random.default_rng(people)
    fields = json.loads((folder / "cohort.json").read_text(encoding="utf-8"))["schema"]["fields"]
    columns = {"ref": [f"id-{i}" for i in range(people)]}
    for field in fields:
        values = [one for one in field.get("categories", ()) if one != "not recorded"]
        values = values or [str(age) for age in range(13, 20)]
        drawn = rng.choice(values, people).astype(object)
        drawn[rng.random(people) < 0.05] = ""
        columns[field["name"]] = list(drawn)
    with (folder / "data.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
    mapping = (
        (folder / "mapping.yml")
        .read_text(encoding="utf-8")
        .replace("template.csv", "data.csv\nperson: ref #")
    )
    mapping = mapping.replace('["not recorded"]', '["not recorded", ""]')
    (folder / "mapping.yml").write_text(mapping, encoding="utf-8", newline="\n")


def measure(name: str, *more: str) -> tuple[float, float]:
    """Return the seconds that a run takes, and the most memory of all its processes in MB."""
    words = [COMMAND, "run", "03", "04", "--run", name, "--force", *more]
    started = time.perf_counter()
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL)
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.1):
            try:
                tree = [psutil.Process(process.pid)]
                tree += tree[0].children(recursive=True)
                peak.append(sum(one.memory_full_info().pss for one in tree) / 1e6)
            except psutil.Error:
                continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    done.set()
    watcher.join()
    if code:
        raise SystemExit(f"the run {name} failed")
    return time.perf_counter() - started, max(peak)


def main() -> None:
    """Print one line of JSON a size, and fail beyond what is allowed."""
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for people, most in MOST_TIME.items():
            folder = Path(scratch) / f"own{people}"
            write_cohort(folder, people)
            plain = [measure("bench_synthetic") for _ in range(2)]
            own = [measure("bench_own", "-p", f"cohort={folder}") for _ in range(2)]
            times = min(own)[0] / min(plain)[0]
            memory = min(one[1] for one in own) / min(one[1] for one in plain)
            failed |= times > most or memory > MOST_MEMORY
            print(
                json.dumps({"people": people, "time": round(times, 2), "memory": round(memory, 2)})
            )
    raise SystemExit(failed)


if __name__ == "__main__":
    main()
