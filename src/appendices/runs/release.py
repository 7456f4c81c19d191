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

from appendices.data.catalogue import Resource
from appendices.data.own import FOLDER, is_own, own_resource
from appendices.disclosure.cohorts import refuse_second_secret
from appendices.disclosure.policy import RELEASE, Policy, find_policy
from appendices.errors import DisclosureError, UsageError
from appendices.exhibits.exhibit import Exhibit
from appendices.pages.checks import run_mark
from appendices.pages.notebook import PageSource, read_page
from appendices.project import write_atomic
from appendices.runs.manifest import Numbered
from appendices.runs.runs import (
    REPORTS,
    Run,
    check_name,
    hold,
    read_manifest,
    read_published,
    spoiled,
)
from appendices.settings import COMMAND

RELEASED = "released"

_README = """\
Release of run {run}: {exhibits} exhibits, {protected} of confidential data, policy {policy}.

Read in this order:
1_policy.yml      the rules that were applied, with their values
2_exhibits.csv    every exhibit: what it shows, of whom, base, basis, sources, what was applied
3_applied.csv     every cell that holds no number: exhibit, row, column, why
4_budget.csv      how many different counts of each cohort were ever released, and how many may be
exhibits/         the data of each exhibit as CSV, and each figure as SVG
summary.json      the same for a machine, with the result of every check

In the CSV files counts of confidential data are changed by a little and rounded to a multiple of
{base}. few: about {threshold} or fewer, nobody included; [c] not given, as it is made of a count
that is few; [b] base under {minimum_base}; [x] not available; [z] not applicable.
"""


@dataclass(frozen=True)
class Told:
    """How many counts of one group of people bundles told before, and this one tells besides."""

    cohort: str
    before: int
    more: int
    most: int

    @property
    def left(self) -> int:
        """How many more may be told."""
        return self.most - self.before - self.more


@dataclass(frozen=True)
class Release:
    """A bundle that was written."""

    folder: Path
    exhibits: int
    told: Sequence[Told]


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
        known = ", ".join(held) or f"none yet; make one with `{COMMAND} run`"
        raise UsageError(f"there is no finished run {name!r}. Runs here: {known}.")
    run = Run(root, name, manifest["parameters"])
    with hold(run):
        target, draft = run.folder / RELEASE, run.state / "release.draft"
        shutil.rmtree(target, ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)
        names = [one["name"] for one in manifest["notebooks"] if one["status"] == "complete"]
        pages = [read_page(run.executed(one), one) for one in names if run.executed(one).is_file()]
        exhibits = [one for page in pages for one in page.exhibits]
        policy = _policy_of(exhibits)
        cohorts = _own_cohorts(run)
        for one in cohorts.values():
            refuse_second_secret(one, root)
        budgets = _budgets(run, exhibits, cohorts)
        told = [one.told(policy) for one in budgets]
        outcomes = _check(run, manifest, pages, told, policy)
        failed = [f"{one.name}: {_few(one.against)}" for one in outcomes if one.against]
        if failed:
            raise DisclosureError(
                f"run {name!r} may not leave, and nothing was written:\n  " + "\n  ".join(failed)
            )
        for path, content in _files(run, exhibits, outcomes, told, policy):
            write_atomic(draft / path, content)
        for budget in budgets:
            budget.remember()
        draft.rename(target)
    return Release(target, len(exhibits), told)


def _policy_of(exhibits: Sequence[Numbered]) -> Policy:
    """Return the policy of the run's protected exhibits, that of a release where there are none."""
    names = sorted({one.exhibit.policy for one in exhibits} - {""})
    return find_policy(names[0] if len(names) == 1 else RELEASE)


@dataclass(frozen=True)
class Budget:
    """What bundles told of one cohort: names of counts in its folder, and those of this run."""

    folder: Path
    counts: frozenset[str]

    @property
    def _file(self) -> Path:
        group = next(iter(self.counts)).partition(":")[0]
        return self.folder / RELEASED / f"{group or 'unknown'}.txt"

    @property
    def before(self) -> frozenset[str]:
        """The counts that bundles told before of the same group of people."""
        if not self._file.exists():
            return frozenset()
        return frozenset(self._file.read_text(encoding="ascii").split())

    def told(self, policy: Policy) -> Told:
        """Return how much of the budget is used."""
        before = self.before
        return Told(self.folder.name, len(before), len(self.counts - before), policy.most_counts)

    def remember(self) -> None:
        """Write down what this bundle tells."""
        write_atomic(self._file, "".join(f"{one}\n" for one in sorted(self.before | self.counts)))


def _own_cohorts(run: Run) -> dict[str, Resource]:
    """Return the cohorts of one's own that parameters of the run name, by their names."""
    own = [
        own_resource(Path(value))
        for values in run.parameters.values() for value in values.values()
        if isinstance(value, str) and is_own(value)
    ]  # fmt: skip
    return {one.name: one for one in own}


def _budgets(
    run: Run, exhibits: Sequence[Numbered], cohorts: Mapping[str, Resource]
) -> list[Budget]:
    """Return the budget of each group of people of whom the exhibits tell counts."""
    folders = {name: one.path.parent for name, one in cohorts.items()}
    told: dict[tuple[Path, str], set[str]] = {}
    for one in exhibits:
        for count in one.exhibit.cells:
            of = [folders[name] for name in one.exhibit.sources if name in folders]
            for folder in of or [run.root / FOLDER]:
                told.setdefault((folder, count.partition(":")[0]), set()).add(count)
    return [Budget(folder, frozenset(counts)) for (folder, _), counts in sorted(told.items())]


def _few(against: Sequence[str]) -> str:
    more = f"; and {len(against) - 3} more" if len(against) > 3 else ""
    return "; ".join(against[:3]) + more


def _check(
    run: Run,
    manifest: Mapping[str, Any],
    pages: Sequence[PageSource],
    told: Sequence[Told],
    policy: Policy,
) -> list[Outcome]:
    exhibits = [one.exhibit for page in pages for one in page.exhibits]
    closed = [one for one in exhibits if one.sensitivity == "confidential"]
    mark = run_mark(manifest)
    return [
        Outcome("Complete", tuple(_incomplete(run, manifest, pages))),
        Outcome("Declared", tuple(_undeclared(manifest))),
        Outcome("Policy", (f"the run is marked {mark}",) if mark else ()),
        Outcome("Untouched", tuple(
            f"{one} was changed after the run" for one in spoiled(run, by_content=True)
        )),
        Outcome("Protected", tuple(
            f"{one.id} is not under policy {policy.name}" for one in closed
            if one.policy != policy.name or policy.show_records
        )),
        Outcome("Context", tuple(
            f"{one.id} lacks headline, subtitle, sources, data or base" for one in exhibits
            if not (one.headline.strip() and one.subtitle.strip() and one.sources and one.csv)
            or (one.cells and not one.base)
        )),
        Outcome("People", tuple(dict.fromkeys(
            "the people have no ids, so that counts of another file of the same people would have "
            "another noise. Name the column that tells people apart as `person:` in mapping.yml, "
            "add such a column to the file where there is none, and run again"
            for one in closed if any(count.startswith(":") for count in one.cells)
        ))),
        Outcome("Counts", tuple(
            f"{one.id} is not made of a count table, and holds numbers" for one in closed
            if not one.cells and _holds_numbers(one)
        )),
        Outcome("Budget", tuple(
            f"of cohort {one.cohort} {one.before} different counts were released, this run tells "
            f"{one.more} more, and policy {policy.name} lets out {one.most} in all: "
            f"{one.most - one.before} are left. Release fewer exhibits" for one in told
            if one.left < 0
        )),
    ]  # fmt: skip


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
    """Return whether any cell of an exhibit's table is a number."""
    _, *rows = csv.reader(io.StringIO(exhibit.csv))
    return any(re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", cell) for row in rows for cell in row)


def _files(
    run: Run,
    exhibits: Sequence[Numbered],
    outcomes: Sequence[Outcome],
    told: Sequence[Told],
    policy: Policy,
) -> Iterator[tuple[str, str]]:
    budget = [(one.cohort, one.before, one.more, one.left) for one in told]
    described = [_described(one) for one in exhibits]
    applied = [
        (one.number, one.exhibit.id, row + 1, _header(one)[column], mark)
        for one in exhibits
        for row, column, mark in one.exhibit.marks
    ]
    summary = {
        "run": run.name,
        "policy": policy.model_dump(),
        "checks": [{"name": one.name, "outcome": "pass"} for one in outcomes],
        "budget": [{**asdict(one), "left": one.left} for one in told],
        "exhibits": described,
    }
    yield "README.txt", _README.format(
        run=run.name, exhibits=len(exhibits), policy=policy.name, base=policy.rounding_base,
        protected=sum(bool(one.exhibit.policy) for one in exhibits),
        minimum_base=policy.minimum_base, threshold=policy.threshold,
    )  # fmt: skip
    yield "1_policy.yml", yaml.safe_dump(policy.model_dump(), sort_keys=False)
    table = [{**one, "files": " ".join(one["files"]), "sources": "; ".join(one["sources"]),
              "applied": "; ".join(f"{k} {v}" for k, v in one["applied"].items())}
             for one in described]  # fmt: skip
    yield "2_exhibits.csv", _csv(list(table[0]) if table else [], [one.values() for one in table])
    yield "3_applied.csv", _csv(["number", "exhibit", "row", "column", "mark"], applied)
    yield "4_budget.csv", _csv(["cohort", "before", "this release", "left"], budget)
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
