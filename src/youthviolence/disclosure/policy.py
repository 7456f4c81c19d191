"""Protection policies: a closed list in `policies.yml`, read strictly."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from youthviolence.errors import DisclosureError, unknown


@dataclass(frozen=True)
class Policy:
    """What may leave when the data are confidential; each field is explained in `policies.yml`."""

    name: str
    threshold: int
    rounding_base: int
    minimum_base: int
    minimum_group: int
    show_records: bool
    mark: str


@cache
def policies() -> dict[str, Policy]:
    """Return every policy by name."""
    text = files("youthviolence.disclosure").joinpath("policies.yml").read_text(encoding="utf-8")
    return {name: build_policy(name, item) for name, item in yaml.safe_load(text).items()}


def build_policy(name: str, item: dict[str, Any]) -> Policy:
    """Return the validated policy `name`; a missing or unknown key or a wrong type is refused."""
    kinds = {one.name: one.type for one in fields(Policy) if one.name != "name"}
    for key in item:
        if key not in kinds:
            raise DisclosureError(f"policy {name!r}: {unknown('key', key, kinds)}")
    for key, kind in kinds.items():
        if key not in item or type(item[key]).__name__ != kind:
            raise DisclosureError(f"policy {name!r}: {key!r} must be given, of type {kind}.")
        if kind == "int" and item[key] < 1:
            raise DisclosureError(f"policy {name!r}: {key!r} must be 1 or more.")
    return Policy(name=name, **item)


def find_policy(name: str) -> Policy:
    """Return the policy called `name`; an unknown name is an error, never a default."""
    if name not in policies():
        raise unknown("policy", name, policies())
    return policies()[name]
