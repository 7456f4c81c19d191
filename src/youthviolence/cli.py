"""The command ``youthviolence``: a thin face over the package."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from youthviolence import __version__
from youthviolence.errors import DataError, UsageError, YouthViolenceError
from youthviolence.project import project_root

EXIT_CODES = """\
Exit codes: 0 done · 1 unexpected error · 2 wrong name, value or option · 3 data missing or
broken · 4 a notebook failed · 5 refused to protect people · 6 constraints wrong or undecided ·
7 differs from the reference · 8 a tool or file is needed · 130 interrupted."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help="Run and read the youth violence compendium.",
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


@contextmanager
def told() -> Iterator[None]:
    """Show an error that a user can mend without a traceback, with its exit code."""
    try:
        yield
    except YouthViolenceError as error:
        err.print(Text.assemble(("Error: ", "bold red"), str(error)))
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        err.print("Interrupted. What was finished is kept; run again to go on.")
        raise typer.Exit(130) from None
    except OSError as error:
        # A full disk, a folder that cannot be written: the system's words, without a traceback.
        err.print(Text.assemble(("Error: ", "bold red"), f"{error.strerror or error}"))
        raise typer.Exit(1) from None


def _version(*, value: bool) -> None:
    if value:
        out.print(f"youthviolence {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Run and read the youth violence compendium."""


@app.command(
    epilog="Examples:\n\n  youthviolence run\n\n  youthviolence run 02 04 -p interval_level=0.9\n\n"
    "  youthviolence run 01 -p local_authority=Middlesbrough --run middlesbrough\n\n"
    "  youthviolence run --explain"
)
def run(
    notebooks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NOTEBOOK]…", help="Notebooks to run, all when none is named."),
    ] = None,
    *,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", metavar="[NOTEBOOK:]NAME=VALUE", help="Set a parameter; repeatable."),
    ] = None,
    params: Annotated[
        Path | None, typer.Option("--params", metavar="FILE.yml", help="Parameters from a file.")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--run", metavar="NAME", help="Name of the run [default: default]")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", min=1, help="Notebooks at a time [default: all cores]")
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Run again what is up to date, and overwrite the run.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what would run and why; run nothing.")
    ] = False,
    time_limit: Annotated[
        float | None,
        typer.Option("--time-limit", min=1, metavar="SECONDS", help="Most that one cell may take."),
    ] = None,
) -> None:
    """Run notebooks and write their pages to reports/RUN/."""
    from youthviolence.compendium import Request, carry_on, prepare  # noqa: PLC0415 - slow to import
    from youthviolence.pipeline import warm  # noqa: PLC0415
    from youthviolence.pipeline.progress import Progress  # noqa: PLC0415

    request = Request(
        tuple(notebooks or ()), tuple(parameter or ()), params, name, jobs, force, time_limit
    )
    with told():
        root = project_root()
        prepared = prepare(request, root)
        shown = prepared.run.folder.relative_to(root)
        if explain:
            for one in prepared.selected:
                reasons = prepared.plan.due.get(one.name)
                state = f"would run: {'; '.join(reasons)}" if reasons else "up to date"
                out.print(Text(f"  {one.name:<28} {state}"))
            return
        out.print(f"Run [bold]{escape(prepared.run.name)}[/bold] in {escape(str(shown))}")
        try:
            carry_on(request, prepared, Progress(out))
        finally:
            warm.kill_all()
            index = prepared.run.folder / "index.html"
            if index.is_file():
                out.print(f"Open {escape(str(index.relative_to(root)))}")


@app.command("list", epilog="Example:\n\n  youthviolence list 02")
def list_notebooks(
    notebooks: Annotated[list[str] | None, typer.Argument(metavar="[NOTEBOOK]…")] = None,
) -> None:
    """Show the notebooks and their parameters: type, default, help."""
    from youthviolence.pipeline.notebooks import find_notebooks, select  # noqa: PLC0415

    with told():
        for one in select(find_notebooks(project_root()), notebooks or ()):
            table = Table(title=f"{one.name}: {one.title}", title_justify="left", show_edge=False)
            for heading in ("Parameter", "Takes", "Default", "What it does"):
                table.add_column(heading, overflow="fold")
            for item in one.parameters.values():
                table.add_row(
                    item.name, escape(item.allowed), repr(item.default), escape(item.help)
                )
            out.print(table)
            out.print(f"  reads: {', '.join(one.loads)}\n")


@app.command(epilog="Example:\n\n  youthviolence check")
def check() -> None:
    """Hold every file in data/raw against its description."""
    from youthviolence.sources.load import check as check_files  # noqa: PLC0415

    with told():
        findings = check_files(project_root())
        broken = 0
        for name, found in findings.items():
            if found:
                broken += 1
                out.print(Text(f"  ✗ {name}", style="bold red"))
                for finding in found:
                    out.print(Text(f"      {finding}"))
            else:
                out.print(Text(f"  ✓ {name}"))
        if broken:
            raise DataError(f"{broken} of {len(findings)} files break their description.")
        out.print(f"All {len(findings)} descriptions hold.")


@app.command("open", epilog="Example:\n\n  youthviolence open middlesbrough")
def open_run(
    name: Annotated[str, typer.Argument(metavar="[RUN]", help="The run.")] = "default",
) -> None:
    """Open the index page of a run in the browser."""
    with told():
        reports = project_root() / "reports"
        index = reports / name / "index.html"
        if not index.is_file():
            runs = sorted(path.parent.name for path in reports.glob("*/index.html"))
            known = ", ".join(runs) or "none yet; make one with `youthviolence run`"
            raise UsageError(f"there is no run {name!r}. Runs here: {known}.")
        out.print(str(index))
        webbrowser.open(index.as_uri())


if __name__ == "__main__":
    sys.exit(app())
