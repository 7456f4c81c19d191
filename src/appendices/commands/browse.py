"""The command ``open``: a run's index page in the browser."""

from __future__ import annotations

from typing import Annotated

import typer

from appendices.commands.terminal import out, told
from appendices.errors import UsageError
from appendices.project import project_root
from appendices.settings import COMMAND


def open_run(
    name: Annotated[str, typer.Argument(metavar="[RUN]", help="The run.")] = "default",
) -> None:
    """Open the index page of a run in the browser."""
    with told():
        import webbrowser  # noqa: PLC0415 - only here

        from appendices.runs.runs import index_of  # noqa: PLC0415

        reports = project_root() / "reports"
        index = index_of(reports / name)
        if index is None:
            runs = sorted({path.parent.name for path in reports.glob("*/index*.html")})
            known = ", ".join(runs) or f"none yet; make one with `{COMMAND} run`"
            raise UsageError(f"there is no run {name!r}. Runs here: {known}.")
        out.print(str(index))
        webbrowser.open(index.as_uri())
