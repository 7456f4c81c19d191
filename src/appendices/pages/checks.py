"""The panel of checks of a page: each check one function that returns an outcome and one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from appendices.disclosure.policy import find_policy, marks_of
from appendices.pages.notebook import PageSource

Manifest = Mapping[str, Any]
# Draws that come out differently each time: numpy's and Python's global generators, a generator
# made without a seed, a pandas sample without a state.
_UNSEEDED = re.compile(
    r"\bnp\.random\.(?!default_rng\(|Generator\b|SeedSequence\()\w+\(|\brandom\.(?:random|choice|"
    r"shuffle|sample|randint)\(|default_rng\(\s*\)|\.sample\((?![^)]*random_state)"
)
_KINDS = {
    "file": "file", "folder": "listed folder", "database": "database",
    "network": "network address", "program": "program", "unseen": "reading that was not seen",
}  # fmt: skip
_DECLARE = (
    "The run's manifest names it. Describe data in data/raw/datapackage.json and read them with "
    "appendix.load, or give a file by a parameter of type InputPath; put code into the package."
)


@dataclass(frozen=True)
class Check:
    """One line of the panel.

    ``outcome`` is "pass"; "fail" for what takes a page out of the reproducible; "note" for a
    circumstance that a reader must know.
    """

    name: str
    outcome: Literal["pass", "fail", "note"]
    says: str


def run_checks(page: PageSource, manifest: Manifest) -> list[Check]:
    """Return every check of one page."""
    return [check(page, manifest) for check in CHECKS]


def summary(checks: Sequence[Check]) -> str:
    """Return the outcomes in a few words: "6 pass, 1 to note"."""
    words = {"pass": "pass", "note": "to note", "fail": "failed"}
    counted = {one: sum(check.outcome == one for check in checks) for one in words}
    return ", ".join(f"{count} {words[one]}" for one, count in counted.items() if count)


def parameters_at_default(page: PageSource, manifest: Manifest) -> Check:
    """Whether every parameter has its default value."""
    values = manifest["parameters"][page.notebook]
    changed = [
        f"{name} = {values[name]}"
        for name, one in page.declared.items()
        if name in values and values[name] != one.default
    ]
    if changed:
        return Check("Parameters", "note", f"differ from the default: {', '.join(changed)}")
    return Check("Parameters", "pass", "all at their defaults")


def tree_clean(page: PageSource, manifest: Manifest) -> Check:
    """Whether the code is that of one commit."""
    commit, clean = manifest["commit"], manifest["tree_clean"]
    if commit is None:
        return Check("Code", "fail", "not in a git repository: no commit to come back to")
    if not clean:
        return Check("Code", "fail", f"commit {commit[:12]} with uncommitted changes")
    return Check("Code", "pass", f"commit {commit[:12]}, no uncommitted change")


def data_valid(page: PageSource, manifest: Manifest) -> Check:
    """Whether all that the exhibits come from was read through the validating door."""
    own = inputs_of(page, manifest)
    absent = sum(one["sha256"] is None for one in own)
    recorded = {one["name"] for one in own if one["sha256"] is not None}
    used = {name for one in page.exhibits for name in one.exhibit.sources}
    if used - recorded:
        missing = ", ".join(sorted(used - recorded))
        return Check("Data", "fail", f"used without being recorded as read: {missing}")
    says = f"{_counted(len(recorded), 'data set')} held against the description"
    if absent:
        says += f"; {_counted(absent, 'optional one')} not supplied"
    return Check("Data", "pass", says)


def packages_as_locked(page: PageSource, manifest: Manifest) -> Check:
    """Whether the page was made with the versions of the lock file."""
    versions, other = manifest["versions"], manifest["not_as_locked"]
    where = f"Python {manifest['python']}, {manifest['platform']}"
    if other:
        says = ", ".join(f"{name} {versions[name]}, locked {other[name]}" for name in other)
        return Check("Packages as locked", "fail", f"{says} ({where})")
    if not versions:
        return Check("Packages as locked", "fail", f"no lock file to hold them against ({where})")
    return Check("Packages as locked", "pass", f"{_counted(len(versions), 'package')}, {where}")


def all_declared(page: PageSource, manifest: Manifest) -> Check:
    """Whether the page read nothing but data sets it loaded and files that parameters name.

    What else was read is counted and not named: nobody has said who may know of it.
    """
    kinds = Counter(
        one["kind"] for one in manifest["undeclared"] if one["read_by"] == page.notebook
    )
    if not kinds:
        return Check("Declared", "pass", "nothing was read but what is declared")
    said = ", ".join(_counted(count, _KINDS[kind]) for kind, count in kinds.items())
    return Check("Declared", "fail", f"read without being declared: {said}. {_DECLARE}")


def inputs_unchanged(page: PageSource, manifest: Manifest) -> Check:
    """Whether the data are still those the page was made from."""
    now = {one["name"]: one["sha256"] for one in inputs_of(page, manifest)}
    changed = [name for name, digest in sorted(page.inputs_read.items()) if now.get(name) != digest]
    if changed:
        return Check("Inputs", "fail", f"changed since the page was made: {', '.join(changed)}")
    return Check("Inputs", "pass", "the same files, by SHA-256, before and after the run")


def seeds_set(page: PageSource, manifest: Manifest) -> Check:
    """Whether everything drawn at random has a seed."""
    values = manifest["parameters"][page.notebook]
    seeds = [
        f"{name} = {values.get(name, one.default)}"
        for name, one in page.declared.items()
        if one.type_name == "Seed"
    ]
    if found := _UNSEEDED.search(page.code):
        return Check("Random draws", "fail", f"a draw without a seed: {found[0].strip()}…")
    says = ", ".join(seeds) if seeds else "none on this page"
    return Check("Random draws", "pass", says)


def policy_in_force(page: PageSource, manifest: Manifest) -> Check:
    """Whether every exhibit of confidential data went through a policy made for release."""
    confidential = [one for one in page.exhibits if one.exhibit.sensitivity == "confidential"]
    if not confidential:
        return Check("Protection", "pass", "no confidential data on this page")
    bare = [one.number for one in confidential if not one.exhibit.policy]
    if bare:
        return Check("Protection", "fail", f"without a policy: {', '.join(bare)}")
    names = sorted({one.exhibit.policy for one in confidential})
    says = f"policy {', '.join(names)} on {_counted(len(confidential), 'exhibit')}"
    if mark := page_mark(page):
        return Check("Protection", "fail", f"{says}: {mark}, not for release")
    return Check("Protection", "pass", says)


def real_data_only(page: PageSource, manifest: Manifest) -> Check:
    """Whether no exhibit comes from synthetic data."""
    synthetic = [
        one["title"] for one in shown_of(page, manifest) if one["sensitivity"] == "synthetic"
    ]
    if synthetic:
        return Check("Synthetic data", "note", f"in use: {', '.join(synthetic)}")
    return Check("Synthetic data", "pass", "none on this page")


CHECKS = (
    parameters_at_default, tree_clean, packages_as_locked, data_valid, all_declared,
    inputs_unchanged, seeds_set, policy_in_force, real_data_only,
)  # fmt: skip


def inputs_of(page: PageSource, manifest: Manifest) -> list[Mapping[str, Any]]:
    """Return the manifest's entries of the data sets that the page reads."""
    return [one for one in manifest["inputs"] if page.notebook in one["read_by"]]


def shown_of(page: PageSource, manifest: Manifest) -> list[Mapping[str, Any]]:
    """Return the manifest's entries of the data sets that exhibits of the page come from.

    Where another cohort was chosen, that for which the notebook was written is not among them.
    """
    used = {name for one in page.exhibits for name in one.exhibit.sources}
    return [one for one in inputs_of(page, manifest) if one["name"] in used]


def people_shown(pages: Sequence[PageSource], manifest: Manifest) -> str:
    """Return which people the pages show: "synthetic", "mixed" with real ones, or "" for none."""
    levels = {one["sensitivity"] for page in pages for one in shown_of(page, manifest)}
    if "synthetic" not in levels:
        return ""
    return "mixed" if "confidential" in levels else "synthetic"


def page_mark(page: PageSource) -> str:
    """Return what the policies of the page's exhibits want written on it, "" for nothing."""
    policies = {one.exhibit.policy for one in page.exhibits} - {""}
    return ", ".join(sorted({find_policy(name).mark for name in policies} - {""}))


def run_mark(manifest: Manifest) -> str:
    """Return what the policies in force write on every page and file of the run."""
    return marks_of(manifest["parameters"])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
