"""The command ``release``: what may leave of a run, in one folder, or nothing."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from appendices.commands.terminal import out, told
from appendices.project import project_root


def release(
    name: Annotated[str, typer.Argument(metavar="RUN", help="The run.")],
) -> None:
    """Check a run for disclosure and write what may leave to reports/RUN/release/, or say why not.

    docs/disclosure.md says what is checked and in which order a checker reads the folder.
    """
    with told():
        from appendices.runs.release import write_release  # noqa: PLC0415 - slow to import

        made = write_release(project_root(), name)
        out.print(f"{made.exhibits} exhibits.")
        for one in made.told:
            out.print(
                f"Cohort {escape(one.cohort)}: {one.more} more counts are out, {one.left} of "
                f"{one.most} are left."
            )
        out.print(f"Wrote {escape(str(made.folder))}")
