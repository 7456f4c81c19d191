"""The record of a run: what went in, what came out, in which environment."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for

from appendices.data.catalogue import PACKAGE, Resource
from appendices.data.own import DESCRIPTION, find_data_set
from appendices.disclosure.policy import marked_name, marks_of
from appendices.exhibits.exhibit import Exhibit
from appendices.project import digest_of, sha256_of
from appendices.runs.environment import Environment
from appendices.runs.jobs import Job
from appendices.runs.notebooks import FOLDER, Notebook
from appendices.runs.outcomes import Result
from appendices.runs.record import Record, read_record
from appendices.runs.runs import Run, Settings

VERSION = 1


@dataclass(frozen=True)
class Numbered:
    """An exhibit with its number on the page: "Figure 2.3", and the mark in its files' names.

    The number of a supplement begins with S: "Table S2.1".
    """

    number: str
    exhibit: Exhibit
    mark: str = ""

    @property
    def supplement(self) -> bool:
        """Whether it stands behind the fold of its section: a check, or another method."""
        return is_supplement(self.number)

    @property
    def files(self) -> dict[str, str]:
        """The files the run leaves for it, by kind, relative to the run's folder."""
        kinds = ("csv", "svg", "png") if self.exhibit.kind == "figure" else ("csv",)
        return {
            kind: marked_name(f"exhibits/{self.exhibit.id}.{kind}", self.mark) for kind in kinds
        }


def is_supplement(number: str) -> bool:
    """Return whether an exhibit with this number is supplement.

    >>> is_supplement("Table S2.1"), is_supplement("Figure 2.3")
    (True, False)
    """
    return " S" in number


def read_inputs(
    notebooks: Iterable[Notebook],
    parameters: Settings,
    root: Path,
    reads: Mapping[str, Iterable[str]],
    opened: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return every declared file that the notebooks read, with its digest and who reads it.

    `reads` holds the data sets that each notebook loaded. The digest is that of the file as it is
    now, unless `opened` has another by its whole path.
    """
    readers: dict[str, list[str]] = {}
    given: dict[tuple[str, Path], list[str]] = {}
    for notebook in notebooks:
        for name in reads.get(notebook.name, ()):
            readers.setdefault(name, []).append(notebook.name)
        for one in notebook.files_given(parameters[notebook.name]):
            given.setdefault(one, []).append(notebook.name)
    inputs = [_given_entry(name, path, given[name, path]) for name, path in sorted(given)]
    for name in sorted(readers):
        resource = find_data_set(root, name)
        inputs.append(_input_entry(resource, resource.path, root, readers[name], opened))
        if resource.mapping is not None:
            for path in (resource.mapping, resource.mapping.with_name(DESCRIPTION)):
                entry = _input_entry(resource, path, root, readers[name], opened)
                kind = "mapping" if path == resource.mapping else "description"
                title = f"{resource.title}: {kind}"
                inputs.append(entry | {"name": f"{resource.name} {kind}", "title": title})
    return inputs


def _input_entry(
    resource: Resource,
    path: Path,
    root: Path,
    readers: list[str],
    opened: Mapping[str, str] | None,
) -> dict[str, Any]:
    package = (root / PACKAGE).parent
    # Of a folder elsewhere only the last name: a path may say who works where.
    inside = path.is_relative_to(package) and resource.mapping is None
    shown = path.relative_to(package) if inside else Path(path.resolve().parent.name, path.name)
    return {
        "name": resource.name,
        "title": resource.title,
        "path": shown.as_posix(),
        "sha256": (opened or {}).get(str(path.resolve())) or digest_of(path) or None,
        "sensitivity": resource.sensitivity,
        "basis": resource.basis,
        "licences": list(resource.licences),
        "sources": list(resource.origins),
        "read_by": readers,
    }


def _given_entry(parameter: str, path: Path, readers: list[str]) -> dict[str, Any]:
    """Return the entry of a file that a parameter names: an official table (`InputFile`)."""
    return {
        "name": f"{parameter} {path.name}",
        "title": f"{path.name}, given as {parameter}",
        "path": Path(path.parent.name, path.name).as_posix(),
        "sha256": digest_of(path) or None,
        "sensitivity": "public",
        "basis": "observed",
        "licences": [],
        "sources": [],
        "read_by": readers,
    }


def _undeclared(notebook: str, record: Record, root: Path) -> list[dict[str, Any]]:
    """Return what a notebook read without declaring it: only the holder's manifest names it."""
    return [
        {
            "read_by": notebook,
            "kind": one.kind,
            "name": _short(one.what, root),
            "sha256": one.sha256 or None,
        }
        for one in record.undeclared
    ]


def _short(what: str, root: Path) -> str:
    """Return a path within the project, or of another path its last two names."""
    path = Path(what)
    if not path.is_absolute():
        return what
    own = root.resolve()
    inside = path.is_relative_to(own)
    return (path.relative_to(own) if inside else Path(path.parent.name, path.name)).as_posix()


@dataclass(frozen=True)
class Inputs:
    """What the notebooks of a run read and ran in.

    `declared` and `undeclared` are the manifest's entries of what they read, `facts` those of the
    commit and the environment.
    """

    declared: list[dict[str, Any]]
    undeclared: list[dict[str, Any]]
    facts: Mapping[str, Any]


def inputs_of(jobs: Sequence[Job], facts: Mapping[str, Any] | None = None) -> Inputs:
    """Return what these notebooks of one run read, by their records, and ran in.

    `facts` is what `facts_of` returned, when many runs share it.
    """
    run = jobs[0].run
    records = {job.notebook.name: read_record(run, job.notebook.name) for job in jobs}
    known = {name: record for name, record in records.items() if record is not None}
    return Inputs(
        read_inputs(
            [job.notebook for job in jobs],
            run.parameters,
            run.root,
            {name: record.reads for name, record in known.items()},
        ),
        [entry for name, record in known.items() for entry in _undeclared(name, record, run.root)],
        facts or facts_of(jobs[0].environment, run.root),
    )


def facts_of(environment: Environment, root: Path) -> dict[str, Any]:
    """Return the commit, the state of the tree, and the environment as the manifest has them."""
    commit, clean = _git_state(root)
    return {
        "commit": commit,
        "tree_clean": clean,
        "python": environment.python,
        "platform": environment.platform,
        "lock_sha256": environment.lock,
        "package_sha256": environment.code,
        "versions": dict(environment.packages),
        "not_as_locked": dict(environment.not_as_locked),
    }


def _git_state(root: Path) -> tuple[str | None, bool | None]:
    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(root), *arguments],
                capture_output=True, text=True, encoding="utf-8", check=False, timeout=20,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    status = git("status", "--porcelain") if commit else None
    return commit, None if status is None else not status


def build_manifest(
    run: Run,
    results: Mapping[str, Result],
    titles: Mapping[str, str],
    inputs: Inputs,
    exhibits: Iterable[Numbered],
) -> dict[str, Any]:
    """Return the manifest, checked against its schema.

    `results` holds every notebook of the run, in order; `exhibits` those of the complete ones.
    """
    failed = [one for one in results.values() if one.status != "complete"]
    mark = marks_of(run.parameters)
    content = {
        "manifest_version": VERSION,
        "run": run.name,
        "status": "failed" if failed else "complete",
        **inputs.facts,
        "parameters": {name: dict(values) for name, values in run.parameters.items()},
        "inputs": inputs.declared,
        "undeclared": inputs.undeclared,
        "notebooks": [
            {
                "name": one.notebook,
                "title": titles[one.notebook],
                "status": one.status,
                "seconds": round(one.seconds, 3),
                "page": marked_name(f"{one.notebook}.html", mark)
                if one.status == "complete"
                else None,
                "error": one.error or None,
                "source_sha256": sha256_of(run.root / FOLDER / f"{one.notebook}.ipynb"),
            }
            for one in results.values()
        ],
        "exhibits": [_exhibit_entry(one) for one in exhibits],
    }
    if problem := schema_problem(content):
        raise AssertionError(f"the manifest does not hold its schema: {problem}")
    return content


def _exhibit_entry(numbered: Numbered) -> dict[str, Any]:
    exhibit = numbered.exhibit
    return {
        "id": exhibit.id,
        "number": numbered.number,
        "kind": exhibit.kind,
        "notebook": exhibit.notebook,
        "source_exhibit": exhibit.source_exhibit,
        "headline": exhibit.headline,
        "subtitle": exhibit.subtitle,
        "alt": exhibit.alt,
        "basis": exhibit.basis,
        "sensitivity": exhibit.sensitivity,
        "policy": exhibit.policy or None,
        "sources": list(exhibit.sources),
        "files": numbered.files,
        "note": exhibit.note,
        "symbols": dict(exhibit.symbols),
        "invented": exhibit.invented,
        "data_sha256": sha256_of(exhibit.csv.encode()),
        "table_sha256": sha256_of(exhibit.table_html.encode()),
        "svg_sha256": sha256_of(exhibit.svg.encode()) if exhibit.svg else None,
        "png_sha256": sha256_of(base64.b64decode(exhibit.png)) if exhibit.png else None,
    }


@cache
def schema() -> dict[str, Any]:
    """Return the manifest's JSON schema."""
    text = files("appendices.runs").joinpath("manifest.schema.json").read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def schema_problem(content: Any) -> str:
    """Return which part of a manifest does not hold the schema, "" where all of it does."""
    error = best_match(_validator().iter_errors(content))
    return "" if error is None else f"{error.json_path} ({error.validator})"


@cache
def _validator() -> Any:
    kind = validator_for(schema())
    kind.check_schema(schema())
    return kind(schema())


def as_json(content: Mapping[str, Any]) -> str:
    """Return the manifest as it is written."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
