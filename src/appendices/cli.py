"""The command ``youthviolence``: a thin face over the package."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from appendices import __version__
from appendices.commands import browse, release, repeat
from appendices.commands.terminal import Commands, out, told
from appendices.disclosure.policy import find_policy
from appendices.errors import DEBUG, DataError
from appendices.project import project_root

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
    help="Run and read the youth violence compendium.",
    epilog="Examples:\n\n  youthviolence run\n\n  youthviolence open\n\n"
    "  youthviolence at-risk --ages 10-17\n\n" + EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
)


def _version(*, value: bool) -> None:
    if value:
        out.print(f"youthviolence {__version__}")
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
    """Run and read the youth violence compendium."""
    if debug:
        os.environ[DEBUG] = "1"
        ctx.call_on_close(lambda: os.environ.pop(DEBUG, None))


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
    policy: Annotated[
        str | None,
        typer.Option(
            metavar="release|internal",
            help="Protection of confidential data; where others are set, the strictest holds "
            "[default: release]",
        ),
    ] = None,
    time_limit: Annotated[
        float,
        typer.Option("--time-limit", min=1, metavar="SECONDS", help="Most a notebook may take."),
    ] = 3600.0,
    memory_limit: Annotated[
        float,
        typer.Option("--memory-limit", min=0.1, metavar="GB", help="Most a notebook may hold."),
    ] = 8.0,
) -> None:
    """Run notebooks and write their pages to reports/RUN/."""
    with told():
        from appendices.runs.notebooks import few  # noqa: PLC0415
        from appendices.runs.outcomes import Limits  # noqa: PLC0415
        from appendices.runs.progress import Progress  # noqa: PLC0415
        from appendices.runs.runs import index_of, policies_in_force  # noqa: PLC0415
        from appendices.runs.whole import Request, carry_on, prepare  # noqa: PLC0415 - slow

        if policy is not None:
            find_policy(policy)
        request = Request(
            tuple(notebooks or ()), tuple(parameter or ()), params, name, jobs, force,
            Limits(time_limit, memory_limit), policy,
        )  # fmt: skip
        root = project_root()
        prepared = prepare(request, root)
        shown = prepared.run.folder.relative_to(root)
        for left_out, lacking in prepared.unfit.items():
            out.print(Text(f"  {left_out:<28} left out: the cohort lacks {few(lacking)}"))
        for said in policies_in_force(prepared.run.parameters, policy):
            out.print(Text(f"  {said}"))
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
            index = index_of(prepared.run.folder)
            if index:
                out.print(f"Open {escape(str(index.relative_to(root)))}")


@app.command("list", epilog="Example:\n\n  youthviolence list 02")
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


@app.command(epilog="Example:\n\n  youthviolence check")
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


@app.command(
    "at-risk",
    epilog="Examples:\n\n  youthviolence at-risk\n\n"
    "  youthviolence at-risk --local-authority Middlesbrough\n\n"
    "  youthviolence at-risk --crime-cut decile:2 --income-measure income --ages 10-17\n\n"
    "  youthviolence at-risk --crime-cut rank:1000 --lsoa lsoas.csv --json",
)
def at_risk(
    *,
    crime_cut: Annotated[
        str, typer.Option(metavar="percentile:P|decile:N|rank:N", help="What high crime is.")
    ] = "percentile:90",
    income_measure: Annotated[
        str, typer.Option(metavar="idaci|income|imd", help="The measure of income deprivation.")
    ] = "idaci",
    income_cut: Annotated[
        str,
        typer.Option(metavar="percentile:P|decile:N|rank:N", help="What high deprivation is."),
    ] = "percentile:90",
    ages: Annotated[
        str, typer.Option(metavar="FIRST-LAST", help="Ages counted, within 10 to 18.")
    ] = "11-17",
    population_year: Annotated[
        int, typer.Option(metavar="2017|2019|2020", help="Mid-year population.")
    ] = 2019,
    local_authority: Annotated[
        str, typer.Option(metavar="NAME|CODE", help="Show one authority beside England.")
    ] = "",
    top: Annotated[int, typer.Option(metavar="N", help="Length of the two lists.")] = 10,
    lsoa: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="All LSOAs: a CSV or Parquet file, or a folder."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Count young people where crime, income deprivation, or both are high.

    As it stands the definition is the published one. docs/at-risk-data.md says what each choice
    means and where the table of all LSOAs comes from, which some cuts need.
    """
    from youthviolence.commands import at_risk as command  # noqa: PLC0415
    from youthviolence.national.cuts import Definition  # noqa: PLC0415

    with told():
        definition = Definition.parse(
            crime_cut=crime_cut, income_measure=income_measure, income_cut=income_cut, ages=ages,
            population_year=population_year, local_authority=local_authority,
        )  # fmt: skip
        answer = command.ask(definition, lsoa, top)
        if as_json:
            typer.echo(command.as_json(answer))
        else:
            command.show(answer, out)


@app.command(
    epilog="Examples:\n\n  youthviolence audit\n\n  youthviolence audit --section offenders\n\n"
    "  youthviolence audit --figure L476.1\n\n  youthviolence audit --rounding truncate --json"
)
def audit(
    *,
    figure: Annotated[
        str, typer.Option(metavar="ID", help="Tell everything about one figure, such as L476.1.")
    ] = "",
    section: Annotated[str, typer.Option(metavar="NAME", help="Only figures of a section.")] = "",
    rounding: Annotated[
        str,
        typer.Option(metavar="half_up|half_even|truncate", help="How percentages were made."),
    ] = "half_up",
    readings: Annotated[
        bool, typer.Option(help="Take in relations that rest on a reading of ours.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Give a verdict on every published figure: reproduced, contradicted, not checkable, why.

    docs/audit.md says what each verdict and each kind of relation means.
    """
    from youthviolence.commands import audit as command  # noqa: PLC0415

    with told():
        found = command.ask(rounding, with_readings=readings)
        chosen = command.select(found, figure, section)
        if as_json:
            typer.echo(command.as_json(found, chosen))
        elif figure:
            command.show_figure(found, chosen, out)
        else:
            command.show(chosen, out)


cohort_app = typer.Typer(
    no_args_is_help=True,
    help="Bring a cohort of your own, or make a synthetic one.",
    epilog="Example:\n\n  youthviolence cohort new borough_2024 --like victims\n\n"
    "  youthviolence cohort check cohorts/borough_2024",
)
app.add_typer(cohort_app, name="cohort")


@cohort_app.command(
    "new", epilog="Example:\n\n  youthviolence cohort new borough_2024 --like offenders"
)
def cohort_new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, _.")],
    *,
    like: Annotated[
        str, typer.Option(metavar="offenders|victims|network", help="Whose attributes.")
    ] = "",
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


@cohort_app.command("upgrade", epilog="Example:\n\n  youthviolence cohort upgrade cohorts/borough")
def cohort_upgrade(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The cohort's folder.")],
) -> None:
    """Give a cohort's folder that an earlier version made the secret that it lacks."""
    from appendices.commands import cohort as command  # noqa: PLC0415

    with told():
        command.upgrade(folder, out)


@cohort_app.command("check", epilog="Example:\n\n  youthviolence cohort check cohorts/borough_2024")
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


@cohort_app.command(
    "synthesise",
    epilog="Example:\n\n  youthviolence cohort synthesise offenders --seed 7 --out offenders7.csv",
)
def cohort_synthesise(
    name: Annotated[str, typer.Argument(metavar="victims|offenders|network")],
    *,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another seed, other people.")],
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="CSV; for network a folder.")],
) -> None:
    """Write synthetic people who meet the published figures as far as these agree."""
    from appendices.commands import cohort as command  # noqa: PLC0415

    with told():
        command.synthesise(name, seed, file, project_root(), out)


app.command("open", epilog="Example:\n\n  youthviolence open middlesbrough")(browse.open_run)


@app.command(
    epilog="Examples:\n\n  youthviolence export\n\n"
    "  youthviolence export middlesbrough --pdf --docx --one-file --to handover"
)
def export(
    name: Annotated[str, typer.Argument(metavar="[RUN]", help="The run.")] = "default",
    *,
    pdf: Annotated[bool, typer.Option("--pdf", help="PDF, by Chromium; the default.")] = False,
    docx: Annotated[bool, typer.Option("--docx", help="Word, by pandoc.")] = False,
    one_file: Annotated[
        bool, typer.Option("--one-file", help="All appendices in one file, not one an appendix.")
    ] = False,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="[default: reports/RUN/export]")
    ] = None,
) -> None:
    """Write the pages of a run as PDF or Word files."""
    from appendices.pages.export import export as export_run  # noqa: PLC0415 - slow to import

    with told():
        root = project_root()
        made = export_run(root, name, pdf=pdf or not docx, docx=docx, together=one_file, to=to)
        for path in made:
            out.print(f"Wrote {escape(str(path))}")


app.command(epilog="Example:\n\n  youthviolence release borough_2024")(release.release)
app.command(
    epilog="Examples:\n\n  youthviolence verify\n\n  youthviolence verify --against reports/earlier"
)(repeat.verify)
app.command(
    epilog="Examples:\n\n"
    "  youthviolence sweep 01 --over local_authority=all --where region=London\n\n"
    "  youthviolence sweep 04 --over interval_level=0.9,0.95,0.99 --cluster 2"
)(repeat.sweep)


if __name__ == "__main__":
    sys.exit(app())
