"""The command ``youthviolence cohort synthesise``: people who meet the published figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from appendices.commands.terminal import out, told
from appendices.project import project_root

CONSTRAINTS = Path("data/raw/constraints")
EXAMPLES = """\
Example:

  youthviolence cohort synthesise offenders --seed 7 --out offenders7.csv"""


def command(
    name: Annotated[str, typer.Argument(metavar="victims|offenders|network")],
    *,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Another seed, other people.")],
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="CSV; for network a folder.")],
) -> None:
    """Write synthetic people who meet the published figures as far as these agree.

    Says how much of it the figures leave open, which the solver has filled.
    """
    from appendices.data.load import load  # noqa: PLC0415 - pandas is slow to import
    from youthviolence.cohorts.synthetic import write_cohort  # noqa: PLC0415 - loads the solver

    with told():
        root = project_root()
        for path in write_cohort(name, root / CONSTRAINTS, file, seed):
            out.print(f"Wrote {escape(str(path))}")
        row = load("audit_freedom", root).set_index("cohort").loc[name]
        out.print(
            f"Freedom: the published figures alone leave {row['freedom_figures']:.1f} % of its "
            f"tables of two attributes open, with our readings {row['freedom']:.1f} %. What is "
            "open is the solver's choice (docs/constraint-language.md)."
        )
