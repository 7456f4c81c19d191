"""The command: a thin face over the package."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from appendices import __version__
from appendices.commands import browse, release, repeat
from appendices.commands.terminal import Commands, MemoryLimit, TimeLimit, err, out, told
from appendices.disclosure.policy import find_policy
from appendices.errors import DEBUG, DataError, UsageError
from appendices.project import project_root
from appendices.settings import COMMAND, Compendium, compendium

if TYPE_CHECKING:
    from appendices.runs.whole import Prepared, Request


def _settings() -> Compendium:
    """Return what is known of the compendium; a table that is wrong ends the command."""
    try:
        return compendium()
    except UsageError as error:
        err.print(Text.assemble(("Error: ", "bold red"), str(error)))
        sys.exit(error.exit_code)


OWN = _settings()
EXIT_CODES = """\
Exit codes: 0 done · 1 unexpected error · 2 wrong name, value or option · 3 data missing or
broken · 4 a notebook failed · 5 refused to protect people · 6 constraints wrong or undecided ·
7 differs from the reference · 8 a tool or file is needed · 9 a file cannot be written · 129, 130
and 143 interrupted."""

app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    help=f"Run and read: {OWN.title}.",
    epilog=f"Examples:\n\n  {COMMAND} run\n\n  {COMMAND} open\n\n" + EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _version(*, value: bool) -> None:
    if value:
        out.print(f"{COMMAND} {__version__}")
        raise typer.Exit


@app.callback()
def main(
    ctx: typer.Context,
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
    debug: Annotated[
        bool,
        typer.Option("--debug", help="Show the traceback of an error; it may quote records."),
    ] = False,
) -> None:
    """Run and read the compendium."""
    if debug:
        os.environ[DEBUG] = "1"
        ctx.call_on_close(lambda: os.environ.pop(DEBUG, None))


@app.command(
    epilog=f"Examples:\n\n  {COMMAND} run\n\n  {COMMAND} run 02 04 -p interval_level=0.9\n\n"
    f"  {COMMAND} run 01 -p NAME=VALUE --run another\n\n"
    f"  {COMMAND} run --explain"
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
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="release|internal",
            help="Protection of confidential data; where others are set, the strictest holds "
            "[default: release]",
        ),
    ] = None,
    time_limit: TimeLimit = 3600.0,
    memory_limit: MemoryLimit = 8.0,
) -> None:
    """Run notebooks and write their pages to reports/RUN/."""
    with told():
        from appendices.runs.outcomes import Limits  # noqa: PLC0415
        from appendices.runs.whole import Request, prepare  # noqa: PLC0415 - slow

        if policy is not None:
            find_policy(policy)
        request = Request(
            tuple(notebooks or ()), tuple(parameter or ()), params, name, jobs, force,
            Limits(time_limit, memory_limit), policy,
        )  # fmt: skip
        prepared = prepare(request, project_root())
        _say_what_holds(prepared, policy)
        if explain:
            _explain(prepared)
        else:
            _carry_on(request, prepared)


def _say_what_holds(prepared: Prepared, policy: str | None) -> None:
    """Say which notebooks are left out, and under which policies the others run."""
    from appendices.runs.notebooks import few  # noqa: PLC0415
    from appendices.runs.runs import policies_in_force  # noqa: PLC0415

    for left_out, lacking in prepared.unfit.items():
        out.print(Text(f"  {left_out:<28} left out: the cohort lacks {few(lacking)}"))
    for said in policies_in_force(prepared.run.parameters, policy):
        out.print(Text(f"  {said}"))


def _explain(prepared: Prepared) -> None:
    for notebook in prepared.selected:
        reasons = prepared.plan.due.get(notebook.name)
        state = f"would run: {'; '.join(reasons)}" if reasons else "up to date"
        out.print(Text(f"  {notebook.name:<28} {state}"))


def _carry_on(request: Request, prepared: Prepared) -> None:
    from appendices.runs.progress import Progress  # noqa: PLC0415
    from appendices.runs.runs import index_of  # noqa: PLC0415
    from appendices.runs.whole import carry_on  # noqa: PLC0415 - slow

    run, root = prepared.run, prepared.run.root
    shown = escape(str(run.folder.relative_to(root)))
    out.print(f"Run [bold]{escape(run.name)}[/bold] in {shown}")
    try:
        carry_on(request, prepared, Progress(out))
    finally:
        index = index_of(run.folder)
        if index:
            out.print(f"Open {escape(str(index.relative_to(root)))}")


@app.command("list", epilog=f"Example:\n\n  {COMMAND} list 02")
def list_notebooks(
    notebooks: Annotated[list[str] | None, typer.Argument(metavar="[NOTEBOOK]…")] = None,
) -> None:
    """Show the notebooks and their parameters: type, default, help."""
    from appendices.runs.notebooks import find_notebooks, select  # noqa: PLC0415

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
            out.print()


@app.command(epilog=f"Example:\n\n  {COMMAND} check")
def check() -> None:
    """Hold every file in data/raw against its description."""
    from appendices.data.load import check as check_files  # noqa: PLC0415

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


cohort_app = typer.Typer(
    no_args_is_help=True,
    help="Bring a cohort of your own, or make a synthetic one.",
    epilog=f"Example:\n\n  {COMMAND} cohort new mine_2024 --for 03\n\n"
    f"  {COMMAND} cohort check cohorts/mine_2024",
)
app.add_typer(cohort_app, name="cohort")


@cohort_app.command("new", epilog=f"Example:\n\n  {COMMAND} cohort new mine_2024 --for 03")
def cohort_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, _.")],
    *,
    like: Annotated[str, typer.Option(metavar="DATA SET", help="Whose attributes.")] = "",
    notebook: Annotated[
        str, typer.Option("--for", metavar="NOTEBOOK", help="Just what it needs, such as 03.")
    ] = "",
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="[default: cohorts/NAME]")
    ] = None,
) -> None:
    """Write a folder with a description, a mapping and empty templates."""
    from appendices.commands import cohort as command  # noqa: PLC0415

    with told():
        command.new(name, like, to, project_root(), out, notebook=notebook)


@cohort_app.command("upgrade", epilog=f"Example:\n\n  {COMMAND} cohort upgrade cohorts/mine_2024")
def cohort_upgrade(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The cohort's folder.")],
) -> None:
    """Give a cohort's folder that an earlier version made the secret that it lacks."""
    from appendices.commands import cohort as command  # noqa: PLC0415

    with told():
        command.upgrade(folder, out)


@cohort_app.command("check", epilog=f"Example:\n\n  {COMMAND} cohort check cohorts/mine_2024")
def cohort_check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The cohort's folder.")],
    *,
    fill: Annotated[
        bool, typer.Option("--fill", help="Write `always: missing` for what has no rule yet.")
    ] = False,
) -> None:
    """Read a cohort through its mapping; say what is wrong by row, column and rule."""
    from appendices.commands import cohort as command  # noqa: PLC0415

    with told():
        if fill:
            command.fill(folder, out)
        command.check(folder, out)
        command.show_next(folder, project_root(), out)


app.command("open", epilog=f"Example:\n\n  {COMMAND} open another")(browse.open_run)


@app.command(
    epilog=f"Examples:\n\n  {COMMAND} export\n\n"
    f"  {COMMAND} export another --pdf --docx --one-file --to handover"
)
def export(
    name: Annotated[str, typer.Argument(metavar="[RUN]", help="The run.")] = "default",
    *,
    pdf: Annotated[bool, typer.Option("--pdf", help="PDF, by Chromium; the default.")] = False,
    docx: Annotated[bool, typer.Option("--docx", help="Word, by pandoc.")] = False,
    one_file: Annotated[
        bool, typer.Option("--one-file", help="All appendices in one file, not one an appendix.")
    ] = False,
    supplement: Annotated[
        bool, typer.Option("--supplement", help="With the supplements, at the end of each.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="[default: reports/RUN/export]")
    ] = None,
) -> None:
    """Write the pages of a run as PDF or Word files."""
    from appendices.pages.export import export as export_run  # noqa: PLC0415 - slow to import

    with told():
        root = project_root()
        made = export_run(
            root, name, pdf=pdf or not docx, docx=docx, together=one_file, supplement=supplement,
            to=to,
        )  # fmt: skip
        for path in made:
            out.print(f"Wrote {escape(str(path))}")


app.command(epilog=f"Example:\n\n  {COMMAND} release mine_2024")(release.release)
app.command(
    epilog=f"Examples:\n\n  {COMMAND} verify\n\n  {COMMAND} verify --against reports/earlier"
)(repeat.verify)
app.command(
    epilog=f"Examples:\n\n  {COMMAND} compare default reference\n\n"
    f"  {COMMAND} compare default mailed.zip --html beside.html"
)(repeat.compare)
app.command(
    epilog="Examples:\n\n"
    f"  {COMMAND} sweep 01 --over PARAMETER=all --where COLUMN=VALUE\n\n"
    f"  {COMMAND} sweep 04 --over interval_level=0.9,0.95,0.99 --cluster 2"
)(repeat.sweep)


def _add_own() -> None:
    """Add the commands of the compendium itself; "group name" goes into the group."""
    groups = {"cohort": cohort_app}
    for name, (function, examples) in OWN.commands.items():
        group, _, last = name.rpartition(" ")
        groups.get(group, app).command(last, epilog=examples)(function)


_add_own()


if __name__ == "__main__":
    sys.exit(app())
