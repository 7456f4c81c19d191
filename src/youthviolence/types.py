"""The few closed vocabularies that every room shares."""

from __future__ import annotations

from typing import Literal

Basis = Literal["observed", "calibrated", "derived", "assumed"]
Sensitivity = Literal["public", "synthetic", "confidential"]
