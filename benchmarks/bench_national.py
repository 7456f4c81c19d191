"""Time the national notebook's own work and print ratios.

Usage: python benchmarks/bench_national.py [LOCAL_AUTHORITY]

The notebook's cells are run as one plain script, without a kernel, and what they do is timed by
kind: reading and validating tables, drawing figures, writing tables as HTML, and everything else,
which is the notebook's own computation. The goal: under 2 seconds of it for England.
"""

from __future__ import annotations

import ast
import contextlib
import io
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "notebooks" / "01_national_context.ipynb"
GOAL = 2.0

seconds: defaultdict[str, float] = defaultdict(float)
calls: defaultdict[str, int] = defaultdict(int)


@contextlib.contextmanager
def timed(kind: str) -> Iterator[None]:
    """Add the time spent inside to `kind`."""
    start = time.perf_counter()
    yield
    seconds[kind] += time.perf_counter() - start
    calls[kind] += 1


def timing(owner: Any, name: str, kind: str) -> None:
    """Replace the function `name` of `owner` by one that is timed."""
    function: Callable[..., Any] = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with timed(kind):
            return function(*args, **kwargs)

    setattr(owner, name, wrapped)


def main() -> None:
    """Run the cells and print what took how long."""
    with timed("import"):
        from appendices.exhibits import appendix, charts  # noqa: F401, PLC0415
        from appendices.runs.parameters import code_cells, read_notebook  # noqa: PLC0415
        from youthviolence.national import lsoas  # noqa: F401, PLC0415
    timing(appendix, "load_resource", "load")
    timing(appendix, "draw", "draw")
    timing(appendix, "table_html", "tables")
    timing(appendix.Appendix, "show", "show")
    scope: dict[str, Any] = {}
    for source, tags in code_cells(read_notebook(NOTEBOOK)):
        imports = all(
            isinstance(one, ast.Import | ast.ImportFrom) for one in ast.parse(source).body
        )
        kind = "import" if imports else "cells"
        with timed(kind), contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, str(NOTEBOOK), "exec"), scope)  # noqa: S102 - our own notebook
        if "parameters" in tags and len(sys.argv) > 1:
            scope["local_authority"] = sys.argv[1]
    own = seconds["cells"] - seconds["show"] - seconds["load"]
    rest = seconds["show"] - seconds["draw"] - seconds["tables"]
    print(f"imports                     {seconds['import']:7.2f} s (a warm kernel has them)")
    print(f"reading {calls['load']} tables          {seconds['load']:7.2f} s")
    print(f"computing all frames        {own:7.2f} s (goal: under {GOAL:g})")
    print(f"drawing {calls['draw']} figures          {seconds['draw']:7.2f} s")
    print(f"{calls['tables']} tables as HTML           {seconds['tables']:7.2f} s")
    print(f"texts, CSV, alt             {rest:7.2f} s")
    print(f"all, without a kernel       {seconds['cells']:7.2f} s")
    print(f"computing / all             {own / seconds['cells']:7.1%}")
    print(f"computing / drawing         {own / seconds['draw']:7.1%}")


if __name__ == "__main__":
    main()
