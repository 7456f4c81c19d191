"""One notebook to run in one run, and everything that its result depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from appendices.data.catalogue import PACKAGE, describe
from appendices.data.own import DESCRIPTION, find_data_set
from appendices.disclosure.policy import SECRET, find_policy
from appendices.errors import AppendicesError, DataError
from appendices.project import digest_of, sha256_of
from appendices.runs.environment import Environment
from appendices.runs.notebooks import Notebook
from appendices.runs.parameters import Value
from appendices.runs.runs import Run
from appendices.runs.trace import Read, loaded, undeclared

DATA, DESCRIBED = "data set ", "the description of "


@dataclass(frozen=True)
class Job:
    """One notebook to run in one run, in one environment.

    `name` tells it from the others that run beside it: the notebook's name, or a cell of a sweep.
    """

    name: str
    notebook: Notebook
    run: Run
    environment: Environment = field(repr=False)

    @property
    def values(self) -> Mapping[str, Value]:
        """The values of its parameters."""
        return self.run.parameters[self.notebook.name]

    @property
    def result(self) -> Path:
        """The executed notebook."""
        return self.run.executed(self.notebook.name)

    def fixed(self) -> dict[str, str]:
        """Return the digest, as it is now, of all it depends on but what it will read.

        To be asked for before it starts: what changes while it runs is then seen by the next run.
        """
        values = self.values
        found = {
            "the notebook": digest_of(self.notebook.path),
            "the package": self.environment.code,
            "the lock file": self.environment.lock,
            "its parameters": sha256_of(repr(sorted(values.items())).encode()),
        }
        for name, path in self.notebook.files_given(values):
            found[f"{name} ({path.name})"] = digest_of(path)
        return found

    def depends(
        self,
        fixed: Mapping[str, str],
        names: Iterable[str],
        opened_: Mapping[str, str] | None = None,
    ) -> dict[str, str]:
        """Return `fixed` with the data sets `names`: as they are now, or when they were opened."""
        return dict(fixed) | digests_of(names, self.run.root, opened_)

    def undeclared(self, reads: Iterable[Read]) -> list[Read]:
        """Return what it read though neither loaded as a data set nor given by a parameter."""
        known = {self.notebook.path, self.run.root / PACKAGE}
        for _, path in self.notebook.files_given(self.values):
            known |= {path, path.parent}
        for name in loaded(reads):
            resource = find_data_set(self.run.root, name)
            known.add(resource.path)
            if resource.sensitivity == "confidential":
                known.add(resource.path.parent / SECRET)
            if resource.mapping is not None:
                known |= {resource.mapping, resource.mapping.with_name(DESCRIPTION)}
        return undeclared(reads, known)


def digests_of(
    names: Iterable[str], root: Path, opened_: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the digest of each data set and of its description; "" for one that is no more."""
    found = {}
    for name in names:
        try:
            resource = find_data_set(root, name)
        except AppendicesError:
            found[f"{DATA}{name}"] = ""
            continue
        found[f"{DESCRIBED}{resource.name}"] = sha256_of(resource.descriptor.encode())
        now = (opened_ or {}).get(str(resource.path.resolve())) or digest_of(resource.path)
        found[f"{DATA}{resource.name}"] = now
        if resource.sensitivity == "confidential":
            found[f"the secret of {resource.name}"] = digest_of(resource.path.parent / SECRET)
    return found


def refuse_second_secrets(jobs: Iterable[Job]) -> None:
    """Refuse to read people who stand in another cohort under another secret.

    Raises
    ------
    DisclosureError
        Then each count of them could be had with two noises.
    """
    from appendices.disclosure.cohorts import (  # noqa: PLC0415 - pandas is slow to import
        refuse_second_secret,
    )

    seen: set[Path] = set()
    for job in (one for one in jobs if is_protected(one.values)):
        for name in job.notebook.chosen(job.values):
            resource = find_data_set(job.run.root, name)
            folder = resource.path.parent
            if resource.mapping is None or folder in seen or not (folder / SECRET).is_file():
                continue
            seen.add(folder)
            with suppress(DataError):  # the page says what is wrong with the file
                refuse_second_secret(resource, job.run.root)


def is_protected(values: Mapping[str, Value]) -> bool:
    """Return whether the policy in force protects the records of confidential data."""
    return not find_policy(str(values.get("policy", "release"))).show_records


def is_private(values: Mapping[str, Value], names: Iterable[str], root: Path) -> bool:
    """Return whether one of these data sets is confidential, and its records are protected."""
    return is_protected(values) and any(_is_confidential(name, root) for name in names)


def _is_confidential(name: str, root: Path) -> bool:
    try:
        return find_data_set(root, name).sensitivity == "confidential"
    except AppendicesError:
        return True  # it is no more: nobody knows what it was


def snapshot(jobs: Sequence[Job]) -> dict[str, dict[str, str]]:
    """Return the digests of all that each job may load or is given, before any of them starts."""
    shared = digests_of(describe(jobs[0].run.root), jobs[0].run.root) if jobs else {}
    return {
        job.name: shared | digests_of(job.notebook.chosen(job.values), job.run.root) | job.fixed()
        for job in jobs
    }
