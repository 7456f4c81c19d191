"""Protection policies: a closed list in `policies.yml`, read strictly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import yaml
from pydantic import Field, model_validator

from appendices.data.models import Strict, build, problem
from appendices.errors import unknown

RELEASE = "release"
"""The policy of confidential data unless another is asked for."""
SECRET = "secret"  # noqa: S105 - the name of a file
"""The file in a cohort's folder that decides its noise; see `disclosure.cohorts`."""


Count = Annotated[int, Field(strict=True, ge=1)]
Variance = Annotated[int, Field(strict=True, ge=0)]


class Policy(Strict):
    """What may leave when the data are confidential; each field is explained in `policies.yml`."""

    name: str
    threshold: Count
    rounding_base: Count
    noise_variance: Variance
    noise_variance_large: Variance
    large_cohort: Count
    minimum_base: Count
    most_counts: Count
    network_group: Count
    show_records: Annotated[bool, Field(strict=True)]
    mark: str

    @model_validator(mode="after")
    def _check(self) -> Policy:
        noisy = min(self.noise_variance, self.noise_variance_large) > 0
        if not self.show_records and not (noisy and self.rounding_base > 1 < self.threshold):
            raise problem(
                "a policy that does not show records has noise, a threshold and a rounding base "
                "over 1."
            )
        return self


@cache
def policies() -> dict[str, Policy]:
    """Return every policy by name."""
    text = files("appendices.disclosure").joinpath("policies.yml").read_text(encoding="utf-8")
    return {name: build_policy(name, item) for name, item in yaml.safe_load(text).items()}


def build_policy(name: str, item: dict[str, Any]) -> Policy:
    """Return the validated policy `name`; a missing or unknown key or a wrong type is refused."""
    return build(Policy, {**item, "name": name}, f"policy {name!r}")


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
