"""Protection policies: a closed list in `policies.yml`, read strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from appendices.errors import DisclosureError, unknown

RELEASE = "release"
"""The policy of confidential data unless another is asked for."""
SECRET = "secret"  # noqa: S105 - the name of a file
"""The file in a cohort's folder that decides its noise; see `disclosure.cohorts`."""


@dataclass(frozen=True)
class Policy:
    """What may leave when the data are confidential; each field is explained in `policies.yml`."""

    name: str
    threshold: int
    rounding_base: int
    noise_variance: int
    noise_variance_large: int
    large_cohort: int
    minimum_base: int
    most_counts: int
    network_group: int
    show_records: bool
    mark: str


@cache
def policies() -> dict[str, Policy]:
    """Return every policy by name."""
    text = files("appendices.disclosure").joinpath("policies.yml").read_text(encoding="utf-8")
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
        least = 0 if key.startswith("noise_variance") else 1
        if kind == "int" and item[key] < least:
            raise DisclosureError(f"policy {name!r}: {key!r} must be {least} or more.")
    policy = Policy(name=name, **item)
    noisy = min(policy.noise_variance, policy.noise_variance_large) > 0
    if not policy.show_records and not (noisy and policy.rounding_base > 1 < policy.threshold):
        raise DisclosureError(
            f"policy {name!r}: one that does not show records has noise, a threshold and a "
            "rounding base over 1."
        )
    return policy


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
