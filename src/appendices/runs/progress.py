"""What a user sees while notebooks run: live on a terminal, a line an event elsewhere."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.text import Text

if TYPE_CHECKING:
    from rich.live import Live


class Progress:
    """A line for what is done, and on a terminal a live line for each notebook that runs.

    Every call may come from any thread. A quiet console says nothing.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._running: dict[str, tuple[float, int, int]] = {}
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            from rich.live import Live  # noqa: PLC0415 - only where something runs

            self._live = Live(
                console=self._console, refresh_per_second=8, transient=True,
                get_renderable=self._table,
            )  # fmt: skip
            self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._live:
            self._live.stop()

    def _table(self) -> Group:
        now = time.perf_counter()
        lines = []
        for name, (begun, cell, cells) in sorted(self._running.items()):
            where = f"cell {cell} of {cells}" if cells else "starting"
            lines.append(Text(f"  … {name:<28} {where:<16} {now - begun:5.1f} s", style="dim"))
        return Group(*lines)

    def _say(self, sign: str, name: str, words: str, style: str = "") -> None:
        self._console.print(Text(f"  {sign} {name:<28} {words}", style=style))

    def started(self, name: str, reasons: tuple[str, ...]) -> None:
        """Tell that a notebook starts, and why."""
        self._running[name] = (time.perf_counter(), 0, 0)
        self._say("▸", name, f"runs: {'; '.join(reasons[:3])}" if reasons else "runs")

    def reached(self, name: str, cell: int, cells: int) -> None:
        """Tell which cell a notebook is at."""
        self._running[name] = (self._running[name][0], cell, cells)

    def finished(self, name: str, seconds: float) -> None:
        """Tell that a notebook is done."""
        self._running.pop(name, None)
        self._say("✓", name, f"done in {seconds:.1f} s", "green")

    def failed(self, name: str, cell: int, seconds: float) -> None:
        """Tell that a notebook failed."""
        self._running.pop(name, None)
        self._say("✗", name, f"failed at cell {cell} after {seconds:.1f} s", "bold red")

    def skipped(self, name: str) -> None:
        """Tell that a notebook need not run."""
        self._say("=", name, "up to date, skipped")

    def nothing_to_do(self, names: tuple[str, ...]) -> None:
        """Tell that nothing needs to run."""
        for name in names:
            self.skipped(name)
        self._console.print("Nothing to do: every notebook is up to date.")

    def mends(self, files: list[str]) -> None:
        """Tell which published files are not as they were written, before all are made again."""
        named = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
        self._console.print(f"Not as the last publication left them, made again: {named}")

    def published(self, folder: Path, seconds: float) -> None:
        """Tell that the pages are written."""
        self._console.print(f"Pages, exhibits and manifest written in {seconds:.1f} s.")


class SweepProgress:
    """How many cells of a sweep are done, how many failed, and the time left."""

    def __init__(self, console: Console) -> None:
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bar  # noqa: PLC0415

        self._console = console
        self._bar = Bar(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TimeRemainingColumn(), console=console, transient=True,
        )  # fmt: skip
        self._task = self._bar.add_task("cells")
        self._failed = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()

    def begin(self, cells: int, due: int) -> None:
        """Tell how large the sweep is and how much of it must run."""
        self._bar.update(self._task, total=due)
        self._console.print(f"{cells} cells, {due} to run, {cells - due} up to date.")

    def ended(self, error: BaseException | None) -> None:
        """Tell that a cell is done, or failed."""
        self._failed += error is not None
        words = f"cells ({self._failed} failed)" if self._failed else "cells"
        self._bar.update(self._task, advance=1, description=words)

    def done(self, seconds: float) -> None:
        """Tell that the sweep is at its end."""
        self._console.print(f"Done in {seconds:.1f} s.")
