"""A run: one execution with one set of parameters, in one folder of ``reports/``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from appendices.disclosure.policy import RELEASE, marked_name, marks_of, policies
from appendices.errors import UsageError
from appendices.project import digest_of, seal_of, sha256_of, write_atomic
from appendices.runs.notebooks import Notebook
from appendices.runs.parameters import Value
from appendices.settings import COMMAND

REPORTS = "reports"
DEFAULT, REFERENCE = "default", "reference"
Settings = Mapping[str, Mapping[str, Value]]


@dataclass(frozen=True)
class Run:
    """Where one run lives and what was set in it, by notebook.

    `reports` is the folder that holds the run's, the project's ``reports/`` when not given.
    """

    root: Path
    name: str
    parameters: Settings
    reports: Path | None = None

    @property
    def folder(self) -> Path:
        """The run's own folder."""
        return (self.reports or self.root / REPORTS) / self.name

    @property
    def state(self) -> Path:
        """What is remembered of the run, for the next."""
        return self.folder / ".state"

    @property
    def record(self) -> Path:
        """What the last publication wrote: every file with its digest."""
        return self.state / "published.json"

    @property
    def manifest(self) -> Path:
        """The run's record."""
        return self.folder / "manifest.json"

    def executed(self, notebook: str) -> Path:
        """Return where the executed copy of a notebook is."""
        return self.folder / "notebooks" / self._named(notebook)

    def failed(self, notebook: str) -> Path:
        """Return where the executed copy of a failed notebook is kept."""
        return self.folder / "failed" / self._named(notebook)

    def _named(self, notebook: str) -> str:
        own = {notebook: self.parameters.get(notebook, {})}
        return marked_name(f"{notebook}.ipynb", marks_of(own))


def index_of(folder: Path) -> Path | None:
    """Return the index page of the run in a folder, which may bear a mark; None without one."""
    return next(iter(sorted(folder.glob("index*.html"))), None)


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest in a run's folder; None where there is none that can be read."""
    try:
        content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def read_published(run: Run) -> dict[str, str]:
    """Return the SHA-256 of each file that the run last published, by its path in the run."""
    return {name: digest for name, (digest, _) in _published(run).items()}


def write_published(run: Run, digests: Mapping[str, str]) -> None:
    """Write down the SHA-256 of each file just published, with its seal (`seal_of`).

    What was published before and is still there stays as it was written down.
    """
    content = {name: [*one] for name, one in _published(run).items()}
    content |= {name: [digest, seal_of(run.folder / name)] for name, digest in digests.items()}
    content = {name: one for name, one in content.items() if (run.folder / name).is_file()}
    write_atomic(run.record, json.dumps(content, indent=1, sort_keys=True) + "\n")


def _published(run: Run) -> dict[str, tuple[str, list[int]]]:
    try:
        content = json.loads(run.record.read_text(encoding="utf-8"))
        return {name: (str(digest), list(seal)) for name, (digest, seal) in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def spoiled(run: Run, *, by_content: bool = False) -> list[str]:
    """Return those of the run's published files that are missing, cut short or changed since.

    A file whose seal is as it was left is not read again, unless it is asked for.
    """
    return [
        name
        for name, (digest, seal) in sorted(_published(run).items())
        if not (not by_content and seal and seal_of(run.folder / name) == seal)
        and digest_of(run.folder / name) != digest
    ]


def held_parameters(folder: Path) -> dict[str, dict[str, Value]]:
    """Return the parameters, by notebook, of the run that a folder holds."""
    manifest = read_manifest(folder) or {}
    parameters: dict[str, dict[str, Value]] = manifest.get("parameters", {})
    return parameters


def choose_run(
    root: Path,
    wanted: str | None,
    settings: Settings,
    notebooks: Mapping[str, Notebook],
    *,
    force: bool,
    reports: Path | None = None,
) -> Run:
    """Return the run that `settings` belong in; a run with other parameters is never overwritten.

    Without a name the run is ``default``; where that holds other parameters, a run named after
    the parameters that differ from their defaults is used.

    Raises
    ------
    UsageError
        When the named run holds other parameters and `force` is not given, or the name is unfit.
    """
    name, folder = wanted or DEFAULT, reports or root / REPORTS
    check_name(name)
    if any((folder / name).glob("*/manifest.json")):
        raise UsageError(f"{name!r} holds a sweep. Choose another name for the run with --run.")
    clash = _clash(folder / name, settings)
    if clash and not force:
        free = _name_after(settings, notebooks)
        if _clash(folder / free, settings):  # two values may look alike in a name
            free = f"{free[:60]}-{sha256_of(repr(settings).encode())[:8]}"
        if wanted is not None:
            raise UsageError(
                f"run {name!r} holds other parameters ({clash}). Choose another name, such as "
                f"`--run {free}`, or overwrite it with --force."
            )
        name = free
    return Run(root, name, settings, reports)


def policies_in_force(parameters: Settings, asked: str | None) -> list[str]:
    """Return what a user must know of the policies of a run: each that is not the usual one.

    `asked` is the policy asked for on the command line; where a stricter one is in force, or one
    that was asked for elsewhere gave way to it, that is said too.
    """
    held: dict[str, list[str]] = {}
    for notebook, values in parameters.items():
        if "policy" in values:
            held.setdefault(str(values["policy"]), []).append(notebook)
    return [
        f"policy {policy} for {', '.join(names)}"
        + (f": stricter than {asked}, which was asked for" if asked not in (None, policy) else "")
        for policy, names in sorted(held.items())
        if policy != RELEASE or asked is not None
    ]


def remove_of_other_policies(run: Run) -> None:
    """Remove what earlier runs in this folder left under other policies than those now in force.

    Before anything runs: whatever happens then, no file of unprotected data is in a run that is
    marked as protected. What is remembered of releases stays.
    """
    own = marks_of(run.parameters)
    marks = [one.mark for one in policies().values() if one.mark]
    for folder in (run.folder, run.folder / "exhibits", run.folder / "export"):
        for path in folder.glob("*"):
            bears = path.stem.endswith(tuple(f"_{mark}" for mark in marks))
            ours = folder != run.folder or path.suffix == ".html"
            if path.is_file() and ours and bears != bool(own):
                path.unlink()
    for name in run.parameters:
        kept = {run.executed(name), run.failed(name)}
        for folder in (run.folder / "notebooks", run.folder / "failed"):
            for other in (name, *(f"{name}_{mark}" for mark in marks)):
                path = folder / f"{other}.ipynb"
                if path not in kept:
                    path.unlink(missing_ok=True)


def check_name(name: str) -> None:
    """Refuse a name that is not fit for the folder of a run or a sweep.

    Raises
    ------
    UsageError
        What the name may be.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", name):
        raise UsageError(
            f"run name {name!r}: use letters, digits, '.', '_' and '-', beginning with a letter "
            "or digit, 80 at most."
        )
    if name == REFERENCE:
        raise UsageError(
            f"{REFERENCE!r} is the run that others are verified against; "
            f"`{COMMAND} verify --accept` makes it anew."
        )


def _clash(folder: Path, settings: Settings) -> str:
    held = held_parameters(folder)
    differing = [
        f"{notebook}:{name}"
        for notebook, values in settings.items()
        if notebook in held
        for name in sorted(values.keys() | held[notebook].keys())
        if values.get(name) != held[notebook].get(name)
    ]
    return ", ".join(differing[:4]) + (", …" if len(differing) > 4 else "")


def plain_name(text: str) -> str:
    """Return `text` as a short name fit for a folder, the same for the same text."""
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-._").lower()
    return plain if len(plain) <= 80 else f"{plain[:60]}-{sha256_of(text.encode())[:8]}"


def _name_after(settings: Settings, notebooks: Mapping[str, Notebook]) -> str:
    """Return a name from the values that differ from their defaults, the same for the same values.

    A value that is a path may say more than a file name should: it enters as a digest.
    """
    changed: dict[str, dict[str, str]] = {}
    for notebook, values in settings.items():
        for name, value in values.items():
            if value != notebooks[notebook].parameters[name].default:
                text = str(value)
                plain = re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.").lower()
                is_path = "/" in text or "\\" in text or len(plain) > 30 or not plain
                word = sha256_of(text.encode())[:8] if is_path else plain
                changed.setdefault(name.replace("_", "-"), {})[notebook[:2]] = word
    parts = []
    for name, words in sorted(changed.items()):
        apart = len({*words.values()}) > 1  # notebooks that differ are named
        parts += sorted({f"{nb}-{name}-{word}" if apart else f"{name}-{word}"
                         for nb, word in words.items()})  # fmt: skip
    return plain_name("_".join(parts)) or f"{DEFAULT}-parameters"


@contextmanager
def hold(run: Run) -> Iterator[None]:
    """Hold the run's folder: a second run of the same name at once is refused."""
    run.state.mkdir(parents=True, exist_ok=True)
    lock = FileLock(run.state / "lock")
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise UsageError(
            f"run {run.name!r} is in progress in another process. Wait for it, or give this "
            "one another name with --run."
        ) from None
    try:
        yield
    finally:
        lock.release()
