"""The release bundle of a run: what may leave, in the order a checker reads, or nothing at all."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from youthviolence.disclosure.attack import Facts, Finding, attack, join
from youthviolence.disclosure.policy import RELEASE, Policy, find_policy
from youthviolence.errors import DisclosureError, UsageError
from youthviolence.exhibits.exhibit import Exhibit
from youthviolence.pipeline.manifest import Numbered
from youthviolence.pipeline.runs import (
    REPORTS,
    Run,
    check_name,
    hold,
    read_manifest,
    read_published,
    spoiled,
)
from youthviolence.project import write_atomic
from youthviolence.protection import Released, facts_of, released, remember_release
from youthviolence.report.checks import run_mark
from youthviolence.report.notebook import PageSource, read_page

_README = """\
Release of run {run}: {exhibits} exhibits, {protected} of confidential data, policy {policy}.

Read in this order:
1_policy.yml      the rules that were applied, with their values
2_exhibits.csv    every exhibit: what it shows, of whom, base, basis, sources, what was applied
3_applied.csv     every cell that holds no number: exhibit, row, column, why
4_attack.json     what a reader of all exhibits, and of earlier releases, could work out
exhibits/         the data of each exhibit as CSV, and each figure as SVG
summary.json      the same for a machine, with the result of every check

In the CSV files counts of confidential data are rounded to a multiple of {base}; a 0 is exact.
[c] withheld to protect people; [b] base that may be under {minimum_base}; [x] not available;
[z] not applicable.
"""


@dataclass(frozen=True)
class Release:
    """A bundle that was written."""

    folder: Path
    exhibits: int
    attacked: int
    withheld: int


@dataclass(frozen=True)
class Outcome:
    """A check of a run: its name, and what stands against a release; empty where nothing does."""

    name: str
    against: tuple[str, ...] = ()


def write_release(root: Path, name: str) -> Release:
    """Check the finished run `name` and write its release bundle; return what was written.

    Raises
    ------
    UsageError
        When there is no such run.
    DisclosureError
        While any check fails: then no bundle is there, also none of before.
    """
    check_name(name)
    manifest = read_manifest(root / REPORTS / name)
    if manifest is None:
        held = sorted(path.parent.name for path in (root / REPORTS).glob("*/manifest.json"))
        known = ", ".join(held) or "none yet; make one with `youthviolence run`"
        raise UsageError(f"there is no finished run {name!r}. Runs here: {known}.")
    run = Run(root, name, manifest["parameters"])
    policy = find_policy(RELEASE)
    with hold(run):
        target, draft = run.folder / RELEASE, run.state / "release.draft"
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)
        names = [one["name"] for one in manifest["notebooks"] if one["status"] == "complete"]
        pages = [read_page(run.executed(one), one) for one in names if run.executed(one).is_file()]
        facts = facts_of(run, names)
        outcomes, findings = _check(run, manifest, pages, facts, policy)
        failed = [f"{one.name}: {_few(one.against)}" for one in outcomes if one.against]
        if failed:
            raise DisclosureError(
                f"run {name!r} may not leave, and nothing was written:\n  " + "\n  ".join(failed)
            )
        exhibits = [one for page in pages for one in page.exhibits]
        for path, content in _files(run, exhibits, outcomes, findings, policy):
            write_atomic(draft / path, content)
        remember_release(run, Released(facts, policy, _files_read(manifest)))
        draft.rename(target)
    own = findings["this run"]
    return Release(target, len(exhibits), own.attacked, own.withheld)


def _few(against: Sequence[str]) -> str:
    more = f"; and {len(against) - 3} more" if len(against) > 3 else ""
    return "; ".join(against[:3]) + more


def _check(
    run: Run,
    manifest: Mapping[str, Any],
    pages: Sequence[PageSource],
    facts: Facts,
    policy: Policy,
) -> tuple[list[Outcome], dict[str, Finding]]:
    exhibits = [one.exhibit for page in pages for one in page.exhibits]
    closed = [one for one in exhibits if one.sensitivity == "confidential"]
    mark = run_mark(manifest)
    outcomes = [
        Outcome("Complete", tuple(_incomplete(run, manifest, pages))),
        Outcome("Declared", tuple(_undeclared(manifest))),
        Outcome("Policy", (f"the run is marked {mark}",) if mark else ()),
        Outcome("Untouched", tuple(
            f"{one} was changed after the run" for one in spoiled(run, by_content=True)
        )),
        Outcome("Protected", tuple(
            f"{one.id} is not under policy {RELEASE}" for one in closed if one.policy != RELEASE
        )),
        Outcome("Context", tuple(
            f"{one.id} lacks headline, subtitle, sources, data or base" for one in exhibits
            if not (one.headline.strip() and one.subtitle.strip() and one.sources and one.csv)
            or (one.cells and not one.base)
        )),
        Outcome("Counts", tuple(
            f"{one.id} holds a count that policy {RELEASE} does not let out" for one in closed
            for _, value in (one.cells or {"shown": ()})["shown"]
            if value and (value < policy.threshold or value % policy.rounding_base)
        )),
        Outcome("Known", tuple(
            f"{one.id} has {one.cells['unknown']} counts of which nobody knows whose they are, so "
            "that no attack can be tried on them" for one in closed
            if one.cells and one.cells["unknown"]
        ) + tuple(
            f"{one.id} does not say whose its counts are" for one in closed
            if one.cells is None and _holds_numbers(one)
        )),
    ]  # fmt: skip
    findings = {"this run": attack(facts, policy)}
    outcomes.append(_attacked("Attack", findings["this run"]))
    now = Released(facts, policy, _files_read(manifest))
    if earlier := [one for one in released(run) if one != now]:
        outcomes.append(Outcome("One description", tuple(
            "an earlier release was made from the same file, described or mapped otherwise, and "
            "the two cannot be held against each other" for one in earlier
            if one.files & now.files and not one.facts.shown.keys() & facts.shown.keys()
        )))  # fmt: skip
        known = join(facts, [(one.facts, one.policy) for one in earlier])
        findings["with earlier releases"] = attack(known, policy)
        outcomes.append(_attacked("Attack with releases", findings["with earlier releases"]))
    return outcomes, findings


def _files_read(manifest: Mapping[str, Any]) -> frozenset[str]:
    """Return the digests of the files with confidential records that a run read."""
    beside = (" mapping", " description")
    return frozenset(
        one["sha256"] for one in manifest["inputs"]
        if one["sensitivity"] == "confidential" and not one["name"].endswith(beside)
    )  # fmt: skip


def _incomplete(
    run: Run, manifest: Mapping[str, Any], pages: Sequence[PageSource]
) -> Iterator[str]:
    if manifest["status"] != "complete":
        yield "a notebook failed"
    if not read_published(run):
        yield "there is no record of what the run published; run it again"
    if len(pages) < sum(one["status"] == "complete" for one in manifest["notebooks"]):
        yield "an executed notebook is missing; run it again"
    if not any(page.exhibits for page in pages):
        yield "there is no exhibit"


def _undeclared(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the notebooks that read what nobody has described, so that it may be confidential."""
    counted = Counter(one["read_by"] for one in manifest.get("undeclared", ()))
    for notebook, count in counted.items():
        yield (
            f"{notebook} read {count} thing{'' if count == 1 else 's'} that nobody has described, "
            "and that may be confidential; the manifest names them under `undeclared`"
        )
    if "undeclared" not in manifest:
        yield "it is not known what the notebooks read; run again"


def _holds_numbers(exhibit: Exhibit) -> bool:
    """Return whether any cell of an exhibit's table is a number that is not withheld whole."""
    _, *rows = csv.reader(io.StringIO(exhibit.csv))
    return any(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) for row in rows for cell in row)


def _attacked(name: str, finding: Finding) -> Outcome:
    count = len(finding.exposed)
    if not count:
        return Outcome(name)
    advice = (
        "run again with the bands and grouping of what was released before"
        if "releases" in name
        else "run again with --force, or show fewer or wider groups"
    )
    return Outcome(name, (f"{count} counts can be worked out too closely; {advice}",))


def _files(
    run: Run,
    exhibits: Sequence[Numbered],
    outcomes: Sequence[Outcome],
    findings: Mapping[str, Finding],
    policy: Policy,
) -> Iterator[tuple[str, str]]:
    attacks = {
        name: {"counts_attacked": one.attacked, "counts_withheld": one.withheld,
               "counts_exposed": len(one.exposed), "least_width_asked": policy.protection_width}
        for name, one in findings.items()
    }  # fmt: skip
    described = [_described(one) for one in exhibits]
    applied = [
        (one.number, one.exhibit.id, row + 1, _header(one)[column], mark)
        for one in exhibits
        for row, column, mark in one.exhibit.marks
    ]
    summary = {
        "run": run.name,
        "policy": asdict(policy),
        "checks": [{"name": one.name, "outcome": "pass"} for one in outcomes],
        "attack": attacks,
        "exhibits": described,
    }
    yield "README.txt", _README.format(
        run=run.name, exhibits=len(exhibits), policy=policy.name, base=policy.rounding_base,
        protected=sum(bool(one.exhibit.policy) for one in exhibits),
        minimum_base=policy.minimum_base,
    )  # fmt: skip
    yield "1_policy.yml", yaml.safe_dump(asdict(policy), sort_keys=False)
    table = [{**one, "files": " ".join(one["files"]), "sources": "; ".join(one["sources"]),
              "applied": "; ".join(f"{k} {v}" for k, v in one["applied"].items())}
             for one in described]  # fmt: skip
    yield "2_exhibits.csv", _csv(list(table[0]) if table else [], [one.values() for one in table])
    yield "3_applied.csv", _csv(["number", "exhibit", "row", "column", "mark"], applied)
    yield "4_attack.json", json.dumps(attacks, indent=2) + "\n"
    for one in exhibits:
        yield f"exhibits/{one.exhibit.id}.csv", _marked_csv(one)
        if one.exhibit.svg:
            yield f"exhibits/{one.exhibit.id}.svg", one.exhibit.svg
    yield "summary.json", json.dumps(summary, indent=2, ensure_ascii=False) + "\n"


def _described(numbered: Numbered) -> dict[str, Any]:
    exhibit = numbered.exhibit
    kinds = ("csv", "svg") if exhibit.svg else ("csv",)
    return {
        "number": numbered.number, "id": exhibit.id, "headline": exhibit.headline,
        "context": exhibit.subtitle, "base": exhibit.base, "note": exhibit.note,
        "basis": exhibit.basis, "sensitivity": exhibit.sensitivity,
        "policy": exhibit.policy or "none needed", "sources": list(exhibit.sources),
        "applied": dict(sorted(Counter(mark for _, _, mark in exhibit.marks).items())),
        "files": [f"exhibits/{exhibit.id}.{kind}" for kind in kinds],
    }  # fmt: skip


def _header(numbered: Numbered) -> list[str]:
    return next(csv.reader(io.StringIO(numbered.exhibit.csv)))


def _marked_csv(numbered: Numbered) -> str:
    """Return the exhibit's data with its marks where there is no number."""
    rows = list(csv.reader(io.StringIO(numbered.exhibit.csv)))
    for row, column, mark in numbered.exhibit.marks:
        rows[row + 1][column] = mark
    return _csv(rows[0], rows[1:])


def _csv(header: Sequence[str], rows: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()
