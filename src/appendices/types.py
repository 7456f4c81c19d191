"""The few closed vocabularies that every room shares."""

from __future__ import annotations

from typing import Literal

Basis = Literal["observed", "calibrated", "invented", "derived", "assumed"]
Sensitivity = Literal["public", "synthetic", "confidential"]
BASIS_MEANS: dict[Basis, str] = {
    "observed": "from real data",
    "calibrated": (
        "of synthetic people, and the same in every group of people that meets the printed "
        "figures, as they are read here"
    ),
    "invented": "of synthetic people, and left open by the printed figures: a solver chose it",
    "derived": "worked out from published figures, or retold from a published text",
    "assumed": "a choice of ours, such as a parameter",
}
SENSITIVITY_MEANS: dict[Sensitivity, str] = {
    "public": "already published, and no record of a person",
    "synthetic": "made-up people; no record is of a real person",
    "confidential": "records of real people, shown only as protected tables",
}
