"""Protection policies: a closed list in `policies.yml`, read strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from youthviolence.errors import DisclosureError, unknown

RELEASE = "release"
"""The policy of confidential data unless another is asked for, and the only one that goes out."""
WITHHELD_VARIABLE = "YOUTHVIOLENCE_WITHHELD"
"""Names the file with the ids of counts that are withheld beyond the rule, one a line."""


@dataclass(frozen=True)
class Policy:
    """What may leave when the data are confidential; each field is explained in `policies.yml`."""

    name: str
    threshold: int
    withhold_zeros: bool
    rounding_base: int
    protection_width: int
    minimum_base: int
    minimum_group: int
    dominance_people: int
    dominance_percent: int
    network_group: int
    show_records: bool
    mark: str


def span(value: int, policy: Policy) -> tuple[int, int]:
    """Return the least and the most that a shown count can have been before it was rounded."""
    if value == 0:
        return 0, 0
    half = policy.rounding_base / 2
    least, most = -int(-(value - half) // 1), -int(-(value + half) // 1) - 1
    return max(least, policy.threshold), max(most, least)


def least_base(policy: Policy) -> int:
    """Return the smallest shown base that cannot stand for fewer people than `minimum_base`."""
    multiples = range(policy.rounding_base, 3 * policy.minimum_base + 3 * policy.rounding_base)
    shown = (one for one in multiples if one % policy.rounding_base == 0)
    return next(one for one in shown if span(one, policy)[0] >= policy.minimum_base)


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
        least = 0 if key == "protection_width" else 1
        if kind == "int" and item[key] < least:
            raise DisclosureError(f"policy {name!r}: {key!r} must be {least} or more.")
    if item["rounding_base"] > 2 * item["threshold"]:
        raise DisclosureError(
            f"policy {name!r}: 'rounding_base' may be at most twice 'threshold', or a count that "
            "is shown would be rounded to a zero that is none."
        )
    return Policy(name=name, **item)


def marks_of(parameters: Mapping[str, Mapping[str, object]]) -> str:
    """Return what the policies in force write on a run with these parameters, by notebook."""
    names = {str(values["policy"]) for values in parameters.values() if "policy" in values}
    return ", ".join(sorted({find_policy(name).mark for name in names} - {""}))


def marked_name(name: str, mark: str) -> str:
    """Return the name of a file, or a path to it, with the mark at the end of its stem."""
    stem, dot, ending = name.rpartition(".")
    return f"{stem}_{mark}{dot}{ending}" if mark else name


def strictest(names: Iterable[str]) -> str:
    """Return the policy of these that lets out least."""
    found = [find_policy(name) for name in names]
    return max(found, key=lambda one: (not one.show_records, one.threshold, one.minimum_base)).name


def find_policy(name: str) -> Policy:
    """Return the policy called `name`; an unknown name is an error, never a default."""
    if name not in policies():
        raise unknown("policy", name, policies())
    return policies()[name]
