"""The command ``youthviolence at-risk``: the at-risk estimate for any definition and place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appendices.commands.terminal import out, told

# A parameter that names a place is checked by this module also when it is empty: pandas, which
# takes half a second to import, waits until there is something to look up.
if TYPE_CHECKING:
    import pandas as pd

    from youthviolence.national.at_risk import AtRisk
    from youthviolence.national.cuts import Definition
    from youthviolence.national.places import Place


EXAMPLES = """\
Examples:

  youthviolence at-risk

  youthviolence at-risk --local-authority Middlesbrough

  youthviolence at-risk --crime-cut decile:2 --income-measure income --ages 10-17

  youthviolence at-risk --crime-cut rank:1000 --lsoa lsoas.csv --json"""


def command(
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
    from youthviolence.national.cuts import Definition  # noqa: PLC0415

    with told():
        definition = Definition.parse(
            crime_cut=crime_cut, income_measure=income_measure, income_cut=income_cut, ages=ages,
            population_year=population_year, local_authority=local_authority,
        )  # fmt: skip
        answer = ask(definition, lsoa, top)
        if as_json:
            typer.echo(to_json(answer))
        else:
            show(answer, out)


def find_place(text: str) -> Place | None:
    """Return the local authority that a parameter names, or None for an empty text.

    Raises
    ------
    UsageError
        When no authority, or more than one, goes by this name; with suggestions.
    """
    if not text.strip():
        return None
    from appendices.data.load import load  # noqa: PLC0415
    from youthviolence.national.places import resolve  # noqa: PLC0415

    return resolve(text, load("local_authorities"))


def ask(definition: Definition, lsoa: Path | None, top: int) -> AtRisk:
    """Return the answer to `definition`, from all LSOAs where they are named, else from the table.

    Raises
    ------
    UsageError
        For an unknown local authority, a place without files, or a `top` out of range.
    DataError
        When a file is missing or broken.
    MissingToolError
        When the definition needs all LSOAs and they are not at hand.
    """
    from appendices.data.load import load  # noqa: PLC0415
    from youthviolence.national.at_risk import at_risk, at_risk_table  # noqa: PLC0415
    from youthviolence.national.lsoas import find_lsoas, read_lsoas  # noqa: PLC0415

    found = find_lsoas(lsoa)
    rows = read_lsoas(found) if found else load("at_risk_counts")
    return at_risk(definition, at_risk_table(rows, load("local_authorities")), top)


def _page(result: AtRisk) -> pd.DataFrame | None:
    from youthviolence.national.at_risk import authority_page  # noqa: PLC0415

    return authority_page(result, result.place) if result.place else None


def to_json(result: AtRisk) -> str:
    """Return the answer as JSON; for one authority with its region and England beside it."""
    content = result.to_dict()
    page = _page(result)
    if page is not None:
        content["areas"] = json.loads(page.to_json(orient="records"))
    return json.dumps(content, indent=2, ensure_ascii=False)


def show(result: AtRisk, out: Console) -> None:
    """Print the answer as tables."""
    place = result.place
    out.print(escape(f"Young people, {result.definition.in_words}."))
    if place and place.note:
        out.print(f"[yellow]{escape(place.note)}[/yellow]")
    page = _page(result)
    out.print(_groups(result.groups) if page is None else _beside(page))
    for title, top in (
        ("Most young people in group C", result.top_by_count),
        ("Highest share in group C", result.top_by_share),
    ):
        out.print(_top(title, top, place.codes if place else ()))
    out.print(
        f"{result.share_in_top:.1%} of group C in England live in the first "
        f"{len(result.top_by_count)} by number."
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_edge=False)
    for column in columns:
        words = column in ("Group", "Local authority")
        table.add_column(column, justify="left" if words else "right", no_wrap=words)
    return table


def _groups(groups: pd.DataFrame) -> Table:
    table = _table("England", "Group", "Young people", "Of all", "Share", "LSOAs")
    for row in groups.to_dict("records"):
        table.add_row(
            f"{row['group']}  {row['label'].casefold()}", f"{row['children']:,}",
            f"{row['population']:,}", f"{row['share']:.1%}", f"{row['lsoas']:,}",
        )  # fmt: skip
    return table


def _beside(page: pd.DataFrame) -> Table:
    """Return one authority's groups with the shares of its region and of England beside them."""
    from youthviolence.national.at_risk import GROUPS  # noqa: PLC0415

    area, region, england = page["area"].unique()
    ranked = page["count_rank"].notna().any()
    ranks = (f"Rank of {page['authorities'].iloc[0]}", "by share") if ranked else ()
    columns = ("Young people", "Of all", "Share", *ranks, region, england)
    groups = "  ".join(f"{group}: {label.casefold()}." for group, label in GROUPS.items())
    table = _table(f"{escape(area)}\n[not bold]{groups}", "Group", *map(escape, columns))
    shares = page.pivot_table(index="group", columns="area", values="share", sort=False)
    for row in page[page["area"] == area].to_dict("records"):
        others = [f"{shares.loc[row['group'], other]:.1%}" for other in (region, england)]
        places = [str(row["count_rank"]), str(row["share_rank"])] if ranked else []
        table.add_row(
            row["group"], f"{row['children']:,}", f"{row['population']:,}", f"{row['share']:.1%}",
            *places, *others,
        )  # fmt: skip
    return table


def _top(title: str, top: pd.DataFrame, own: tuple[str, ...]) -> Table:
    table = _table(title, "", "Local authority", "Young people", "Of all", "Share")
    for row in top.to_dict("records"):
        table.add_row(
            str(row["place"]), escape(str(row["name"])), f"{row['children']:,}",
            f"{row['population']:,}", f"{row['share']:.1%}",
            style="bold" if row["code"] in own else None,
        )  # fmt: skip
    return table
