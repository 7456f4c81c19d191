"""What the audit found as tables: one a page can show, each drawn from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd

from figuremodel.relations import ROUNDINGS
from youthviolence.audit.evaluate import evaluate
from youthviolence.audit.figures import Figures
from youthviolence.audit.inference import inferences
from youthviolence.audit.relations import INCONSISTENT, Relation
from youthviolence.audit.verdicts import NO_CLAIM, VERDICTS

TOTAL = "all sections"


def by_section(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return how many figures of each section have each verdict.

    Returns ``section, verdict, figures``: every combination, sections in reading order.
    """
    order = list(dict.fromkeys(verdicts["section"]))
    counts = pd.crosstab(verdicts["section"], verdicts["verdict"])
    rows = [
        (section, verdict, int(counts[verdict].get(section, 0)) if verdict in counts else 0)
        for section in order
        for verdict in VERDICTS
    ]
    return pd.DataFrame(rows, columns=["section", "verdict", "figures"])


def front(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return `by_section` with a column a verdict, the sum of each row, and a last row of sums.

    Returns ``section, reproduced, not_reproduced, consistent, contradicted, ambiguous,
    not_checkable, claims`` (the sum of these), ``no_claim, figures`` (all), ``calibrated`` (how
    many of all a synthetic cohort is made to meet).
    """
    wide = by_section(verdicts).pivot_table(
        index="section", columns="verdict", values="figures", sort=False, observed=True
    )
    wide = wide[list(VERDICTS)].astype("int64")
    wide.insert(len(VERDICTS) - 1, "claims", wide.drop(columns=NO_CLAIM).sum(axis=1))
    wide["figures"] = wide["claims"] + wide[NO_CLAIM]
    wide["calibrated"] = (verdicts["calibrated"] != "").groupby(verdicts["section"]).sum()
    wide.loc[TOTAL] = wide.sum()
    wide.columns = pd.Index([str(name).replace(" ", "_") for name in wide.columns])
    return wide.reset_index()


def contradictions(
    findings: pd.DataFrame, figures: Figures, outcome: str = INCONSISTENT
) -> pd.DataFrame:
    """Return the relations with an outcome, in reading order, told so that they can be read.

    Returns ``relation, topic`` (its name in words), ``section`` (of its first figure), ``kind,
    says, printed`` (each figure with its place), ``arithmetic, repair, told`` (the three in one
    paragraph).
    """
    chosen = findings[findings["outcome"] == outcome]
    first = chosen["in_question"].map(lambda ids: min(figures.row(one)["line"] for one in ids))
    rows = []
    for row in chosen.loc[first.sort_values(kind="stable").index].to_dict("records"):
        kept = ("relation", "kind", "says", "arithmetic", "repair")
        rows.append(
            {
                **{name: row[name] for name in kept},
                "topic": _topic(row["relation"]),
                "section": str(figures.row(row["figures"][0])["section"]),
                "printed": figures.placed(row["figures"]),
                "told": f"{row['says']} Arithmetic: {row['arithmetic']}. "
                f"Kindest reading: {row['repair']}",
            }
        )
    columns = ["relation", "topic", "section", "kind", "says", "printed", "arithmetic", "repair",
               "told"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _topic(relation: str) -> str:
    words = relation.replace("-", " ").replace("neet", "NEET")
    return words[:1].upper() + words[1:]


def sides(findings: pd.DataFrame, unit: str = "percent") -> pd.DataFrame:
    """Return both sides of each contradiction: what is printed, and what follows from the others.

    Returns ``topic, side, low, high, nearest`` (the point nearest to the other side), two rows a
    relation, the widest gap first; those that are not about numbers of the unit are left out.
    """
    failed = findings[(findings["outcome"] == INCONSISTENT) & (findings["unit"] == unit)]
    failed = failed.dropna(subset=["got_low"])
    above = failed["said_low"] - failed["got_high"]
    apart = above.combine(failed["got_low"] - failed["said_high"], max)
    rows = []
    for place in apart.sort_values(ascending=False).index:
        row, ends = failed.loc[place], ("low", "high") if above[place] > 0 else ("high", "low")
        for side, what, end in zip(
            ("is printed", "follows from the others"), ("said", "got"), ends, strict=True
        ):
            low, high, near = (float(row[f"{what}_{one}"]) for one in ("low", "high", end))
            rows.append((_topic(row["relation"]), side, low, high, near))
    return pd.DataFrame(rows, columns=["topic", "side", "low", "high", "nearest"])


def roundings(figures: Figures, ids: Sequence[str]) -> pd.DataFrame:
    """Return whether each percentage can come from whole people, under every rounding rule.

    Returns ``figure, printed, label, base, half_up, half_even, truncate`` (yes or no), and
    ``nearest`` (arithmetic under the rule in force).
    """
    rows = []
    for one in ids:
        base = figures.base(one) or 0
        relation = Relation(id=one, kind="granularity", parts=(one,), stated=Fraction(base))
        outcomes = {rule: evaluate([relation], figures.under(rule)).iloc[0] for rule in ROUNDINGS}
        row = figures.row(one)
        rows.append(
            {
                "figure": one, "printed": str(row["printed"]), "label": str(row["label"]),
                "base": base,
                **{
                    rule: "no" if found["outcome"] == INCONSISTENT else "yes"
                    for rule, found in outcomes.items()
                },
                "nearest": outcomes[figures.rounding]["arithmetic"],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def inferred(cells: pd.DataFrame, cohorts: Sequence[str]) -> pd.DataFrame:
    """Return how many cells of each cohort are in each state of `inference.inferences`, in percent.

    Returns ``cohort, state, cells, percent``.
    """
    states = inferences(cells)
    counts = (
        states.groupby(["cohort", "state"], observed=False).size().rename("cells").reset_index()
    )
    counts = counts[counts["cohort"].isin(cohorts)]
    total = counts.groupby("cohort", observed=True)["cells"].transform("sum")
    return counts.assign(percent=100 * counts["cells"] / total).reset_index(drop=True)


def together(cells: pd.DataFrame, cohort: str) -> pd.DataFrame:
    """Return what can be inferred about people who have both of two attributes.

    Returns ``cell`` (the two attributes), ``least, most, target, achieved, state, width``, the
    narrowest first; cells whose count is printed, and cells in which one of the two is the absence
    of something, are left out.
    """
    own = inferences(cells)
    own = own[(own["cohort"] == cohort) & (own["state"] != "printed")]
    yes = (own["value_a"] == "yes") & (own["value_b"] == "yes")
    own = own[yes].assign(width=own["most"] - own["least"])
    names = (
        own["attribute_a"].str.replace("_", " ")
        + " and "
        + own["attribute_b"].str.replace("_", " ")
    )
    own = own.assign(cell=names).sort_values(
        ["width", "least", "cell"], ascending=[True, False, True]
    )
    return own[["cell", "least", "most", "target", "achieved", "state", "width"]].reset_index(
        drop=True
    )


def misses(cells: pd.DataFrame, cohorts: Sequence[str]) -> pd.DataFrame:
    """Return how far the counts of the synthetic cohorts are from their target, never counted ones.

    Returns ``away`` (people more or fewer than the target, whole numbers), ``cohort, cells``.
    """
    free = cells[~cells["counted"] & cells["cohort"].isin(cohorts)]
    away = (free["achieved"] - free["target"]).round().astype("int64")
    counts = free.assign(away=away).groupby(["away", "cohort"], observed=True).size()
    return counts.rename("cells").reset_index()


def explained(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Return verdicts, their ``id`` as ``figure``, with two more columns for a narrow page.

    ``quoted`` is what is printed and what it says; ``explained`` is why, the arithmetic, and the
    reading that would repair it.
    """
    texts = []
    for row in verdicts.to_dict("records"):
        text = str(row["why"])
        if row["arithmetic"]:
            text += f" Arithmetic: {row['arithmetic']}."
        if row["calibrated"]:
            text += f" {row['calibrated']}"
        if row["charitable"]:
            text += f" Reading that would mend it: {row['charitable']}"
        texts.append(text)
    quoted = verdicts["printed"] + ": " + verdicts["label"]
    return verdicts.rename(columns={"id": "figure"}).assign(quoted=quoted, explained=texts)


def left_out(statements: pd.DataFrame) -> pd.DataFrame:
    """Return the statements that the chosen repair leaves out, each with the reason."""
    chosen = statements[statements["state"] == "left out"]
    return chosen[["cohort", "kind", "says", "figures", "because"]].reset_index(drop=True)


def independent_facts(verdicts: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Return how many separate facts the reproduced figures come down to.

    One recomputed number can be printed several times, and a list has a figure for every place.

    Returns one row: ``reproduced`` (figures), ``places`` (of them places in a list), ``others``,
    ``facts`` (different recomputed numbers, each list once), ``inferred`` (of them on thresholds
    that are not printed and were inferred to match).
    """
    reproduced = verdicts[verdicts["verdict"] == "reproduced"]
    in_list = reproduced["facts"].str.startswith("order of list")
    facts = set(reproduced.loc[~in_list, "facts"].str.split(";").explode()) - {""}
    lists = set(reproduced.loc[in_list, "facts"])
    lines = claims.set_index("claim").loc[sorted(facts), "lines"].astype("str")
    inferred = int(lines.str.startswith("at-risk").sum()) + len(lists)
    row = (
        len(reproduced),
        int(in_list.sum()),
        int((~in_list).sum()),
        len(facts) + len(lists),
        inferred,
    )
    return pd.DataFrame([row], columns=["reproduced", "places", "others", "facts", "inferred"])
