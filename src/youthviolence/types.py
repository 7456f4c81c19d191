"""The few closed vocabularies that every room shares."""

from __future__ import annotations

from typing import Literal

Basis = Literal["observed", "calibrated", "derived", "assumed"]
Sensitivity = Literal["public", "synthetic", "confidential"]
BASIS_MEANS: dict[Basis, str] = {
    "observed": "from real data in the compendium",
    "calibrated": "true by construction: the synthetic cohort was solved to meet it",
    "derived": "arithmetic on published figures",
    "assumed": "a parameter",
}
SENSITIVITY_MEANS: dict[Sensitivity, str] = {
    "public": "published figures, free to use",
    "synthetic": "made-up people; no record is of a real person",
    "confidential": "records of real people, shown only as protected tables",
}
