"""The command ``youthviolence audit``: the verdict on every published figure, or all about one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appendices.commands.terminal import out, told
from appendices.errors import unknown

if TYPE_CHECKING:
    import pandas as pd

    from youthviolence.audit.whole import Audit

STYLES = {
    "reproduced": "green",
    "not reproduced": "red",
    "consistent": "green",
    "contradicted": "red",
    "ambiguous": "yellow",
    "not checkable": "dim",
    "no claim": "dim",
}
ABOUT = {
    "why": "Why", "arithmetic": "Arithmetic", "charitable": "Charitable reading",
    "calibrated": "Calibrated", "others": "Held against", "exhibit": "Shown in",
    "notebook": "Appendix",
}  # fmt: skip


EXAMPLES = """\
Examples:

  youthviolence audit

  youthviolence audit --section offenders

  youthviolence audit --figure L476.1

  youthviolence audit --rounding truncate --json"""


def command(
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
    with told():
        found = ask(rounding, with_readings=readings)
        chosen = select(found, figure, section)
        if as_json:
            typer.echo(to_json(found, chosen))
        elif figure:
            show_figure(found, chosen, out)
        else:
            show(chosen, out)


def ask(rounding: str, *, with_readings: bool) -> Audit:
    """Return the audit of the compendium's data, dropped-in tables included.

    Raises
    ------
    UsageError
        For an unknown rounding rule.
    DataError
        When a file is missing or broken.
    """
    from appendices.data.catalogue import describe  # noqa: PLC0415
    from appendices.data.load import load  # noqa: PLC0415
    from appendices.project import project_root  # noqa: PLC0415
    from youthviolence.audit.whole import DATA, audit  # noqa: PLC0415 - pandas is slow to import
    from youthviolence.national.at_risk import at_risk, at_risk_table  # noqa: PLC0415
    from youthviolence.national.cuts import PUBLISHED  # noqa: PLC0415
    from youthviolence.national.observations import with_drop_in  # noqa: PLC0415

    data = {name: load(name) for name in DATA}
    series = {str(name): load(str(name)) for name in data["exhibit_lines"]["table"].unique()}
    here = describe(project_root())
    joins = load("gaps").dropna(subset=["drop_in"]).drop_duplicates("drop_in")
    for drop_in, table in zip(joins["drop_in"], joins["table"], strict=True):
        if table in series and here[drop_in].path.is_file():
            series[table] = with_drop_in(series[table], load(drop_in), f"{drop_in}.csv")
    estimate = at_risk(PUBLISHED, at_risk_table(load("at_risk_counts"), load("local_authorities")))
    return audit(data, series, estimate, rounding=rounding, with_readings=with_readings)


def select(audit: Audit, figure: str, section: str) -> pd.DataFrame:
    """Return the verdicts asked for: of one figure, of one section, or all.

    Raises
    ------
    UsageError
        For an unknown figure or section, with the nearest ones.
    """
    verdicts = audit.verdicts
    for column, kind, wanted in (("id", "figure", figure), ("section", "section", section)):
        if wanted:
            if wanted not in set(verdicts[column]):
                raise unknown(kind, wanted, set(verdicts[column]))
            verdicts = verdicts[verdicts[column] == wanted]
    return verdicts


def to_json(audit: Audit, chosen: pd.DataFrame) -> str:
    """Return verdicts as JSON, with the relations that the chosen figures take part in."""
    from youthviolence.audit.evaluate import ENDS  # noqa: PLC0415 - pandas is slow to import

    names = {name for ids in chosen["relations"] for name in ids.split("; ") if name}
    findings = audit.findings[audit.findings["relation"].isin(names)]
    content = {
        "rounding": audit.figures.rounding,
        "verdicts": chosen["verdict"].value_counts().to_dict(),
        "figures": chosen.to_dict("records"),
        "relations": findings.drop(columns=["unit", *ENDS]).to_dict("records"),
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def show(chosen: pd.DataFrame, out: Console) -> None:
    """Print verdicts as a table a section, and how many there are of each."""
    for section, rows in chosen.groupby("section", sort=False):
        table = _table(str(section), "Figure", "Printed", "What it says", "Verdict", "Why")
        for row in rows.to_dict("records"):
            verdict = str(row["verdict"])
            table.add_row(
                row["id"], escape(row["printed"]), escape(row["label"]),
                f"[{STYLES[verdict]}]{verdict}", escape(row["arithmetic"] or row["why"]),
            )  # fmt: skip
        out.print(table)
        out.print()
    counts = chosen["verdict"].value_counts(sort=False)
    out.print(f"{len(chosen)} figures: {', '.join(f'{n} {name}' for name, n in counts.items())}.")


def show_figure(audit: Audit, chosen: pd.DataFrame, out: Console) -> None:
    """Print everything about one figure."""
    row = chosen.iloc[0]
    verdict = str(row["verdict"])
    out.print(f"[bold]{row['id']}[/bold]  {escape(row['printed'])}  {escape(row['label'])}")
    out.print(f"{escape(row['section'])}, {escape(row['place'])}")
    out.print(f"[{STYLES[verdict]}]{verdict}[/]")
    facts = Table.grid(padding=(0, 2))
    for column, title in ABOUT.items():
        if row[column]:
            facts.add_row(title, escape(str(row[column])))
    out.print(facts)
    own = audit.findings[audit.findings["relation"].isin(row["relations"].split("; "))]
    if len(own):
        table = _table("Relations it is part of", "Relation", "Kind", "Outcome", "Arithmetic")
        for one in own.to_dict("records"):
            cells = (one["relation"], one["kind"], one["outcome"], one["arithmetic"])
            table.add_row(*(escape(str(cell)) for cell in cells))
        out.print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=escape(title), title_justify="left", title_style="bold", show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
