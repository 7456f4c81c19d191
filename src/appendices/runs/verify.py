"""Did a fresh run give what the reference has? Which numbers, texts and drawings differ, why."""

from __future__ import annotations

import csv
import io
import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appendices.errors import DataError
from appendices.exhibits.fields import (
    Entry,
    changed_drawings,
    changed_fields,
    first_out_of_order,
)
from appendices.project import (
    alone_in,
    remove_drafts,
    scratch_folder,
    sha256_of,
    write_atomic,
)
from appendices.runs.manifest import schema_problem
from appendices.runs.progress import Progress
from appendices.runs.runs import REFERENCE, REPORTS, read_manifest
from appendices.runs.whole import Request, run_compendium
from appendices.settings import COMMAND

RELATIVE, ABSOLUTE = 1e-9, 1e-12  # what counts as numerically equal
CELLS_NAMED = 5
VERDICTS = ("audit-all-verdicts", "figure", "verdict")  # exhibit, its key column, its verdict


@dataclass(frozen=True)
class Compared:
    """One exhibit beside its reference.

    ``state`` is identical, equal (numerically, within the tolerance), redrawn (only the bytes of a
    drawing differ), different, missing or new.
    """

    exhibit: str
    state: str
    says: str = ""


@dataclass(frozen=True)
class Verification:
    """A fresh run beside its reference: each exhibit, changed verdicts, and what may explain it.

    `environment` says in what the two ran differently, which is told also where no number differs;
    `elsewhere` is whether Python, the platform or a package is another.
    """

    exhibits: tuple[Compared, ...]
    verdicts: tuple[str, ...]
    explanations: tuple[str, ...]
    environment: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def holds(self) -> bool:
        """Whether every exhibit is identical or numerically equal and none is missing or new."""
        return all(one.state in ("identical", "equal") for one in self.exhibits)

    @property
    def only_redrawn(self) -> bool:
        """Whether nothing but drawings differs, and another environment may be why."""
        says_the_same = all(one.state in ("identical", "equal", "redrawn") for one in self.exhibits)
        return says_the_same and not self.holds and self.elsewhere

    def counts(self) -> dict[str, int]:
        """Return how many exhibits are in each state."""
        states = ("identical", "equal", "redrawn", "different", "missing", "new")
        return {state: sum(one.state == state for one in self.exhibits) for state in states}


def verify(root: Path, against: Path | None, jobs: int | None, progress: Progress) -> Verification:
    """Run afresh in a temporary place and hold the result against the reference.

    Nothing in the project changes. Without `against` every notebook is run with its defaults, as
    the reference was; against another run, that run's notebooks with its parameters.

    Raises
    ------
    DataError
        When there is no reference, or it is not whole.
    """
    reference = against or root / REPORTS / REFERENCE
    advice = "Name the folder of a run." if against else f"Make one: `{COMMAND} verify --accept`."
    expected = read_manifest(reference)
    if expected is None:
        raise DataError(f"no run in {reference}: it has no readable manifest.json. {advice}")
    if problem := schema_problem(expected):
        raise DataError(f"{reference / 'manifest.json'}, {problem}: not a run's manifest. {advice}")
    if broken := _not_whole(reference, expected):
        raise DataError(
            f"the reference in {reference} is not whole: {', '.join(broken[:CELLS_NAMED])} is not "
            "what its manifest says. Take it from the repository again, or make it anew with "
            f"`{COMMAND} verify --accept`."
        )
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as name:
        parameters = expected["parameters"] if against else {}
        fresh = _run_afresh(root, Path(name), parameters, jobs, progress)
        return compare(fresh, reference)


def _not_whole(reference: Path, manifest: Mapping[str, Any]) -> list[str]:
    """Return the tables of a reference that are not what its manifest says."""
    tables = {one["files"]["csv"]: one["data_sha256"] for one in manifest["exhibits"]}
    return [
        name
        for name, digest in tables.items()
        if not (reference / name).is_file() or sha256_of(reference / name) != digest
    ]


def accept(
    root: Path, jobs: int | None, progress: Progress, tell: Callable[[Verification], None]
) -> None:
    """Run the default afresh, `tell` how it differs from the reference, then put it in its place.

    There is nothing to tell where the one before is missing or not whole.
    """
    reference = root / REPORTS / REFERENCE
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as name:
        fresh = _run_afresh(root, Path(name), {}, jobs, progress)
        with alone_in(reference):
            before = read_manifest(reference)
            sound = before is not None and not schema_problem(before)
            if before and sound and not _not_whole(reference, before):
                tell(compare(fresh, reference))
            manifest = json.loads((fresh / "manifest.json").read_text(encoding="utf-8"))
            wanted = {one["files"]["csv"] for one in manifest["exhibits"]}
            for path in sorted(wanted):
                write_atomic(reference / path, (fresh / path).read_bytes())
            write_atomic(reference / "manifest.json", (fresh / "manifest.json").read_bytes())
            for path in (reference / "exhibits").glob("*.csv"):
                if f"exhibits/{path.name}" not in wanted:
                    path.unlink()
            remove_drafts(reference)


def _run_afresh(
    root: Path,
    reports: Path,
    parameters: Mapping[str, Mapping[str, Any]],
    jobs: int | None,
    progress: Progress,
) -> Path:
    given = reports / "parameters.yml"
    given.write_text(json.dumps(parameters), encoding="utf-8", newline="\n")  # JSON is YAML
    request = Request(
        tuple(parameters), parameter_file=given, run="fresh", jobs=jobs, reports=reports
    )
    return run_compendium(request, root, progress).parent


def compare(fresh: Path, reference: Path) -> Verification:
    """Hold the run in the folder `fresh` against the one in `reference`."""
    now, before = read_manifest(fresh) or {}, read_manifest(reference) or {}
    new = {one["id"]: one for one in now["exhibits"]}
    old = {one["id"]: one for one in before["exhibits"]}
    moved = first_out_of_order(now["exhibits"], before["exhibits"])
    compared = []
    for name in sorted(new.keys() | old.keys()):
        if name not in new:
            compared.append(Compared(name, "missing", "it is not there"))
        elif name not in old:
            compared.append(Compared(name, "new", "it was not there"))
        else:
            paths = [
                folder / entries[name]["files"]["csv"]
                for folder, entries in ((fresh, new), (reference, old))
            ]
            numbers = _compare_tables(name, *paths)
            order = [f"order: stands where {moved[1]} did"] if moved and moved[0] == name else []
            compared.append(_with_fields(numbers, new[name], old[name], order))
    verdicts = _changed_verdicts(fresh, reference)
    return Verification(
        tuple(compared), tuple(verdicts), tuple(_explain(now, before)),
        tuple(_other_environment(now, before)),
        any(now[key] != before[key] for key in ("python", "platform", "versions")),
    )  # fmt: skip


def _with_fields(numbers: Compared, now: Entry, before: Entry, said: list[str]) -> Compared:
    """Return what differs in an exhibit's table together with what differs in all else."""
    said = [*said, *changed_fields(now, before)]
    redrawn = changed_drawings(now, before)
    drawn = [f"other bytes: {' and '.join(redrawn)}"] if redrawn else []
    says = "; ".join(filter(None, [numbers.says, *said, *drawn]))
    if said or numbers.state == "different":
        return Compared(numbers.exhibit, "different", says)
    return Compared(numbers.exhibit, "redrawn" if drawn else numbers.state, says)


def read_rows(path: Path) -> list[list[str]]:
    """Return the rows of an exhibit's table, the header first."""
    try:
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    except OSError:
        raise DataError(f"{path.name} is missing: the run is not whole.") from None


def _compare_tables(name: str, fresh: Path, reference: Path) -> Compared:
    now, before = read_rows(fresh), read_rows(reference)
    if now == before:
        return Compared(name, "identical")
    if now[:1] != before[:1]:
        return Compared(name, "different", "its columns changed")
    if len(now) != len(before):
        return Compared(name, "different", f"{len(now) - 1} rows, were {len(before) - 1}")
    cells, largest = [], 0.0
    for row, (new, old) in enumerate(zip(now, before, strict=True), start=1):
        for column, (here, there) in enumerate(zip(new, old, strict=True)):
            if here != there:
                gap = _gap(here, there)
                largest = max(largest, gap)
                if gap > 0:
                    by = "" if math.isinf(gap) else f" by {gap:.3g}"
                    cells.append(f"row {row} {now[0][column]!r}{by}")
    if not cells:
        return Compared(name, "equal", "numbers differ by less than the tolerance")
    named = ", ".join(cells[:CELLS_NAMED])
    more = f" and {len(cells) - CELLS_NAMED} more" if len(cells) > CELLS_NAMED else ""
    size = "text" if math.isinf(largest) else f"by up to {largest:.3g}"
    return Compared(name, "different", f"{named}{more} ({size})")


def _gap(here: str, there: str) -> float:
    """Return by how much two cells differ: 0 within the tolerance, infinity for texts."""
    try:
        new, old = float(here), float(there)
    except ValueError:
        return math.inf
    if math.isclose(new, old, rel_tol=RELATIVE, abs_tol=ABSOLUTE):
        return 0.0
    return abs(new - old) if math.isfinite(new - old) else math.inf


def _changed_verdicts(fresh: Path, reference: Path) -> list[str]:
    exhibit, key, verdict = VERDICTS
    paths = [folder / "exhibits" / f"{exhibit}.csv" for folder in (fresh, reference)]
    if not all(path.is_file() for path in paths):
        return []
    now, before = (
        {
            row[key]: row[verdict]
            for row in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
        }
        for path in paths
    )
    return [
        f"{name}: {before[name]} became {now[name]}"
        for name in now
        if name in before and now[name] != before[name]
    ]


def _explain(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Return the differences of code and input that may explain different numbers."""
    said = []
    sources = {one["name"]: one["source_sha256"] for one in before["notebooks"]}
    for one in now["notebooks"]:
        name = one["name"]
        if name in sources and sources[name] != one["source_sha256"]:
            said.append(f"notebook {name} is another")
        was = before["parameters"].get(name, {})
        said += [
            f"{name}, parameter {parameter}: {value!r}, was {was[parameter]!r}"
            for parameter, value in now["parameters"].get(name, {}).items()
            if parameter in was and was[parameter] != value
        ]
    inputs = {one["name"]: one["sha256"] for one in before["inputs"]}
    for kind in ("notebooks", "inputs"):
        ours, theirs = ({one["name"] for one in of[kind]} for of in (now, before))
        said += [f"{name} of the {kind} was not there" for name in sorted(ours - theirs)]
        said += [f"{name} of the {kind} is not there" for name in sorted(theirs - ours)]
    for one in now["inputs"]:
        if one["name"] in inputs and inputs[one["name"]] != one["sha256"]:
            said.append(f"data set {one['name']} is another")
    for key, words in (("lock_sha256", "the lock file"), ("package_sha256", "the package")):
        if now.get(key) != before.get(key):
            said.append(f"{words} is another")
    if now.get("undeclared"):
        said.append("a notebook read what is not declared; its page says more")
    return said


def _other_environment(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Return in what the two runs ran differently: Python, platform, packages."""
    said = []
    for key in ("python", "platform"):
        if now[key] != before[key]:
            said.append(f"{key}: {now[key]}, was {before[key]}")
    said += [
        f"{name} {version}, was {before['versions'].get(name, 'not there')}"
        for name, version in now["versions"].items()
        if before["versions"].get(name) != version
    ]
    said += [
        f"{name} is not installed, was {version}"
        for name, version in before["versions"].items()
        if name not in now["versions"]
    ]
    return said + [
        f"{name} {now['versions'][name]}, locked {locked}"
        for name, locked in now.get("not_as_locked", {}).items()
    ]


def shown(exhibits: Sequence[Compared]) -> list[Compared]:
    """Return the exhibits a reader must look at, those that differ first."""
    order = {"different": 0, "missing": 1, "new": 2, "redrawn": 3, "equal": 4}
    return sorted((one for one in exhibits if one.state in order), key=lambda one: order[one.state])
