"""Constraint files for tests, written small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from figuremodel.language import Model, load_model

TRAITS = {
    "a": ["yes", "no"],
    "b": ["yes", "no"],
    "c": ["yes", "no", "not recorded"],
    "age": {"range": [10, 14]},
}


def constraint(name: str, *, kind: str = "figure", **relation: Any) -> dict[str, Any]:
    return {"id": name, "figures": [], "kind": kind, "says": f"{name} holds", **relation}


def written(*constraints: dict[str, Any], people: int = 20, **more: Any) -> dict[str, Any]:
    return {
        "name": "small",
        "title": "A small group",
        "population": people,
        "rounding": "half_up",
        "key": {"name": "person", "label": "p{:02d}"},
        "attributes": TRAITS,
        "constraints": list(constraints),
        **more,
    }


def save(folder: Path, content: dict[str, Any]) -> Path:
    path = folder / "small.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def model_of(folder: Path, *constraints: dict[str, Any], **more: Any) -> Model:
    return load_model(save(folder, written(*constraints, **more)))
