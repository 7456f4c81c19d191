"""What the pages cost: the share of a run that writing them takes, and how heavy they are.

Runs every notebook of the project afresh in a run of its own, and removes the run afterwards.

    python benchmarks/bench_pages.py
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

from rich.console import Console

from appendices.project import project_root
from appendices.runs.progress import Progress
from appendices.runs.whole import Request, carry_on, prepare

RUN = "bench-pages"
MOST_SHARE = 0.25
MOST_BYTES = 3_000_000


class Clock(Progress):
    """Says nothing, and keeps how long the pages took."""

    seconds = 0.0

    def published(self, folder: Path, seconds: float) -> None:
        """Keep the time from the first page to the index."""
        self.seconds = seconds


def main() -> int:
    """Print the share and the weights; return 1 where a bound is broken."""
    root = project_root()
    request = Request(run=RUN, force=True)
    clock = Clock(Console(quiet=True))
    started = time.perf_counter()
    prepared = prepare(request, root)
    try:
        carry_on(request, prepared, clock)
        whole = time.perf_counter() - started
        pages = sorted(prepared.run.folder.glob("*.html"))
        heaviest = max(pages, key=lambda path: path.stat().st_size)
        weight = heaviest.stat().st_size
    finally:
        shutil.rmtree(prepared.run.folder, ignore_errors=True)
    share = clock.seconds / whole
    print(f"pages of the whole run: {share:.3f} of its time (at most {MOST_SHARE})")
    print(f"{len(pages)} pages; the heaviest, {heaviest.name}, "
          f"{weight / MOST_BYTES:.2f} of the {MOST_BYTES / 1e6:g} MB allowed")  # fmt: skip
    return int(share > MOST_SHARE or weight > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
