"""The types that a notebook's parameters may have here, beside those of every compendium."""

from __future__ import annotations

from typing import Annotated

from appendices.runs.parameters import (
    Attribute,
    Bands,
    Between,
    CheckedBy,
    Cohort,
    Count,
    Draws,
    InCatalogue,
    InputPath,
    Level,
    ListedIn,
    OneOf,
    Policy,
    Seed,
)

__all__ = [
    "PARAMETERS",
    "Adjustment",
    "AgeRange",
    "AtRiskCut",
    "Attribute",
    "Bands",
    "Cohort",
    "Count",
    "Draws",
    "Family",
    "IncomeMeasure",
    "InputPath",
    "IntervalMethod",
    "Level",
    "LocalAuthority",
    "MissingShare",
    "OverlapDays",
    "Policy",
    "PopulationYear",
    "PruningRule",
    "Reference",
    "Resolution",
    "Rounding",
    "Seed",
    "SignificanceTest",
    "Ties",
]

IntervalMethod = Annotated[str, OneOf(("wilson", "clopper-pearson", "jeffreys"))]
Reference = Annotated[str, OneOf(("rest", "whole"))]
SignificanceTest = Annotated[str, OneOf(("fisher", "barnard"))]
Adjustment = Annotated[str, OneOf(("holm", "bh"))]
Family = Annotated[str, OneOf(("published", "all"))]
Rounding = Annotated[str, OneOf(("half_up", "half_even", "truncate"))]
Ties = Annotated[str, InCatalogue("cohorts")]
PruningRule = Annotated[str, OneOf(("others", "links", "core"))]
OverlapDays = Annotated[int, Between(0, 3650)]
MissingShare = Annotated[float, Between(0, 0.9)]
Resolution = Annotated[float, Between(0.05, 5)]
LocalAuthority = Annotated[
    str,
    CheckedBy("youthviolence.commands.at_risk:find_place"),
    ListedIn("local_authorities", "name"),
]
AtRiskCut = Annotated[str, CheckedBy("youthviolence.national.cuts:check_cut")]
IncomeMeasure = Annotated[str, OneOf(("idaci", "income", "imd"))]
AgeRange = Annotated[str, CheckedBy("youthviolence.national.cuts:check_ages")]
PopulationYear = Annotated[int, OneOf((2017, 2019, 2020))]

PARAMETERS = {
    "IntervalMethod": IntervalMethod, "Reference": Reference, "SignificanceTest": SignificanceTest,
    "Adjustment": Adjustment, "Family": Family, "Rounding": Rounding, "Ties": Ties,
    "PruningRule": PruningRule, "OverlapDays": OverlapDays, "MissingShare": MissingShare,
    "Resolution": Resolution, "LocalAuthority": LocalAuthority, "AtRiskCut": AtRiskCut,
    "IncomeMeasure": IncomeMeasure, "AgeRange": AgeRange, "PopulationYear": PopulationYear,
}  # fmt: skip
