"""Runs beside runs: the same again (`verify`), two of them (`compare`), many (`sweep`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from appendices.commands.terminal import MemoryLimit, TimeLimit, err, out, told
from appendices.errors import DrawingsError, UsageError, VerificationError
from appendices.project import project_root

if TYPE_CHECKING:
    from appendices.runs.verify import Verification


def verify(
    *,
    against: Annotated[
        Path | None,
        typer.Option("--against", metavar="DIR", help="A run's folder [default: the reference]"),
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Make the fresh run the reference; say what changes.")
    ] = False,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Notebooks at a time.")] = None,
) -> None:
    """Run afresh in a temporary place; hold numbers, texts and drawings against the reference."""
    with told():
        from appendices.runs import verify as room  # noqa: PLC0415 - slow to import
        from appendices.runs.progress import Progress  # noqa: PLC0415

        root = project_root()
        if accept:
            if against:
                raise UsageError(
                    "--accept makes the reference anew; --against does not go with it."
                )
            room.accept(root, jobs, Progress(out), show)
            out.print("The fresh run is the reference now: reports/reference/")
            return
        difference = room.verify(root, against, jobs, Progress(out))
        show(difference)
        if difference.only_redrawn:
            raise DrawingsError(
                "the numbers and texts are the reference's; drawings differ, and so does the "
                "environment."
            )
        if not difference.holds:
            raise VerificationError("the fresh run differs from its reference.")
        out.print("[bold green]The same numbers, texts and drawings.[/bold green]")


def show(difference: Verification) -> None:
    """Print how a fresh run compares: counts, what differs and where, what may explain it."""
    from appendices.runs.verify import shown  # noqa: PLC0415

    counts = ", ".join(f"{count} {state}" for state, count in difference.counts().items() if count)
    out.print(f"Exhibits: {counts}")
    rows = shown(difference.exhibits)
    if rows:
        table = Table(show_edge=False)
        for heading in ("Exhibit", "State", "What differs"):
            table.add_column(heading, overflow="fold")
        for one in rows:
            table.add_row(one.exhibit, one.state, escape(one.says))
        out.print(table)
    for title, lines in (
        ("Verdicts that changed", difference.verdicts),
        ("What may explain it", difference.explanations if rows else ()),
        ("Another environment", difference.environment),
    ):
        if lines:
            out.print(f"{title}:")
            for line in lines:
                out.print(Text(f"  {line}"))


def compare(
    one: Annotated[str, typer.Argument(metavar="RUN_A", help="A run's name, folder or zip.")],
    other: Annotated[str, typer.Argument(metavar="RUN_B", help="The run it is held against.")],
    *,
    page: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a page with drawings side by side."),
    ] = None,
) -> None:
    """Say how two finished runs differ; nothing is run. Exit code 7 where they do."""
    with told():
        import tempfile  # noqa: PLC0415

        from appendices.project import scratch_folder, write_atomic  # noqa: PLC0415
        from appendices.runs.compare import compare_runs, open_run  # noqa: PLC0415 - slow

        with tempfile.TemporaryDirectory(dir=scratch_folder()) as name:
            runs = [
                open_run(_place_of(text), Path(name, str(place)))
                for place, text in enumerate((one, other))
            ]
            difference = compare_runs(*runs)
            out.print(f"{escape(one)} held against {escape(other)}")
            show(difference)
            if page:
                from appendices.pages.beside import write_beside  # noqa: PLC0415

                write_atomic(page, write_beside((one, other), (runs[0], runs[1]), difference))
                out.print(f"Wrote {escape(str(page))}")
        if not difference.holds:
            raise VerificationError("the runs differ.")
        out.print("[bold green]The same numbers, texts and drawings.[/bold green]")


def _place_of(text: str) -> Path:
    """Return where a run is that was named by its path, or by its name in reports/."""
    path = Path(text)
    return path if path.exists() else project_root() / "reports" / text


def sweep(
    notebook: Annotated[str, typer.Argument(metavar="NOTEBOOK", help="The notebook to run.")],
    *,
    over: Annotated[
        list[str],
        typer.Option(
            "--over",
            metavar="NAME=V1,V2|all",
            help='A swept parameter; repeatable. A value with a comma stands in quotes: "a, b",c',
        ),
    ],
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where",
            metavar="COLUMN=VALUE",
            help="Narrow what `all` means, such as region=North.",
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--run", metavar="NAME", help="Name of the sweep's folder.")
    ] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="Cells at a time.")] = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="tcp://…|N", help="A Dask scheduler, or N processes."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Run again what is up to date.")] = False,
    time_limit: TimeLimit = 3600.0,
    memory_limit: MemoryLimit = 8.0,
) -> None:
    """Run one notebook over a grid of parameters, each cell in a run of its own."""
    with told():
        from appendices.runs.outcomes import Limits  # noqa: PLC0415
        from appendices.runs.progress import SweepProgress  # noqa: PLC0415
        from appendices.runs.sweep import SweepRequest, run_sweep  # noqa: PLC0415 - slow to import

        request = SweepRequest(
            notebook, tuple(over), tuple(where or ()), name, jobs, cluster, force,
            Limits(time_limit, memory_limit),
        )  # fmt: skip
        root = project_root()
        index = run_sweep(request, root, SweepProgress(err))
        out.print(f"Open {escape(str(index.relative_to(root)))}")
