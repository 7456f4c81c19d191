"""Claims that something is more common in a subgroup, each with its answer in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from appendices.errors import UsageError, unknown
from youthviolence.cohorts.detectable import fragility

UNPRINTED = "cannot be known"


def answer_claims(
    comparison: pd.DataFrame,
    claims: Mapping[str, str],
    alpha: float = 0.05,
    adjusted: str = "holm",
    unprinted: Collection[str] = (),
) -> pd.DataFrame:
    """Answer the claim that each attribute is more common in the subgroup than in the rest.

    Parameters
    ----------
    comparison
        `compare(..., reference="rest")`.
    claims
        Attribute to claim, in words.
    alpha
        A difference is found when p is no more than this.
    adjusted
        "holm" or "bh": which adjusted p is held against `alpha` besides the plain one.
    unprinted
        Attributes of claims whose comparison rests on counts that nobody printed: they need no
        row in `comparison`, and no answer is given from it.

    Returns
    -------
    DataFrame
        One row a claim: ``claim, attribute, subgroup, reference`` (n of base and percent, as
        text), ``difference, low, high`` (percentage points), ``verdict`` (holds; suggestive; may
        be chance; does not hold; cannot be said; cannot be known) and ``answer``, a sentence.
    """
    if adjusted not in {"holm", "bh"}:
        raise unknown("adjustment", adjusted, ["holm", "bh"])
    rows = []
    fragile = fragility(comparison, alpha).set_index("attribute")["fragility"]
    if comparison["attribute"].duplicated().any():
        raise UsageError("give one comparison an attribute.")
    known = comparison.set_index("attribute").to_dict("index")
    for name, claim in claims.items():
        if name in unprinted:
            rows.append(_unprinted(claim, name))
            continue
        if name not in known:
            raise unknown("attribute", name, map(str, known))
        row = known[name]
        verdict, answer = _answer(row, fragile[name], alpha, f"p_{adjusted}")
        sides = {side: _share(row, side) for side in ("subgroup", "reference")}
        numbers = {"difference": row["difference"], "low": row["difference_low"]}
        numbers["high"] = row["difference_high"]
        rows.append({"claim": claim, "attribute": name, **sides, **numbers, "verdict": verdict,
                     "answer": answer})  # fmt: skip
    columns = ["claim", "attribute", "subgroup", "reference", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=[*columns, "verdict", "answer"])


def _unprinted(claim: str, name: str) -> dict[str, Any]:
    sides = dict.fromkeys(("subgroup", "reference"), "not compared")
    numbers = dict.fromkeys(("difference", "low", "high"), float("nan"))
    said = {
        "verdict": UNPRINTED,
        "answer": "The report prints no figure for those it is compared with.",
    }
    return {"claim": claim, "attribute": name, **sides, **numbers, **said}


def _share(row: Mapping[Any, Any], side: str) -> str:
    n, base, percent = (row[f"{side}_{part}"] for part in ("n", "base", "percent"))
    if pd.isna(n) or pd.isna(base):
        return "withheld"
    return f"{n:.0f} of {base:.0f}" + ("" if pd.isna(percent) else f" ({percent:.0f} %)")


def _answer(row: Mapping[Any, Any], people: Any, alpha: float, adjusted: str) -> tuple[str, str]:
    if pd.isna(row["difference"]):
        return "cannot be said", "A count is withheld or a group is empty."
    if row["difference"] <= 0:
        than = "less common than" if row["difference"] < 0 else "as common as"
        return "does not hold", f"In these counts it is {than} among the others."
    turn = ""
    if pd.notna(people):
        turn = f" It would turn if {people:.0f} {'person was' if people == 1 else 'people were'} "
        turn += "in another category."
    if row["p"] > alpha:
        said = "More common in these counts, by no more than chance gives groups of this size."
        return "may be chance", said + turn
    if row[adjusted] > alpha:
        said = "More common by more than chance on its own, but not after allowing for the "
        return "suggestive", f"{said}{row['family']:.0f} comparisons made." + turn
    said = "More common by more than chance, also after allowing for the other comparisons."
    return "holds", said + turn
