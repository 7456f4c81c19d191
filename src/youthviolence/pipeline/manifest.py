"""The record of a run: what went in, what came out, in which environment."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for

from youthviolence.disclosure.policy import marked_name, marks_of
from youthviolence.errors import DataError
from youthviolence.exhibits.exhibit import Exhibit
from youthviolence.pipeline.notebooks import FOLDER, Notebook
from youthviolence.pipeline.runs import Run, Settings
from youthviolence.project import sha256_of
from youthviolence.sources.catalogue import PACKAGE, Resource
from youthviolence.sources.own import DESCRIPTION, find_data_set

DISTRIBUTION = "youth-violence-compendium"
LOCK = "requirements.lock"
VERSION = 1


@dataclass(frozen=True)
class Numbered:
    """An exhibit with its number on the page: "Figure 2.3", and the mark in its files' names."""

    number: str
    exhibit: Exhibit
    mark: str = ""

    @property
    def files(self) -> dict[str, str]:
        """The files the run leaves for it, by kind, relative to the run's folder."""
        kinds = ("csv", "svg", "png") if self.exhibit.kind == "figure" else ("csv",)
        return {
            kind: marked_name(f"exhibits/{self.exhibit.id}.{kind}", self.mark) for kind in kinds
        }


@dataclass(frozen=True)
class Result:
    """How one notebook ended: its state, its time, and for a failure the cell and the cause."""

    notebook: str
    status: str  # complete | failed
    seconds: float
    error: str = ""


def package_digest() -> str:
    """Return one hash over every file of the installed package."""
    folder = Path(__file__).resolve().parents[1]
    paths = sorted(
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    lines = [f"{path.relative_to(folder).as_posix()} {sha256_of(path)}" for path in paths]
    return sha256_of("\n".join(lines).encode())


def lock_digest(root: Path) -> str:
    """Return the hash of the lock file, empty where there is none."""
    path = root / LOCK
    return sha256_of(path) if path.is_file() else ""


def read_inputs(
    notebooks: Iterable[Notebook], parameters: Settings, root: Path
) -> list[dict[str, Any]]:
    """Return every file the notebooks read, hashed as it is now, with who reads it."""
    readers: dict[str, list[str]] = {}
    given: dict[tuple[str, Path], list[str]] = {}
    for notebook in notebooks:
        values = parameters[notebook.name]
        for name in notebook.reads(values):
            readers.setdefault(name, []).append(notebook.name)
        for one in notebook.files_given(values):
            given.setdefault(one, []).append(notebook.name)
    inputs = [_given_entry(name, path, given[name, path]) for name, path in sorted(given)]
    for name in sorted(readers):
        resource = find_data_set(root, name)
        inputs.append(_input_entry(resource, resource.path, root, readers[name]))
        if resource.mapping is not None:
            for path in (resource.mapping, resource.mapping.with_name(DESCRIPTION)):
                entry = _input_entry(resource, path, root, readers[name])
                kind = "mapping" if path == resource.mapping else "description"
                title = f"{resource.title}: {kind}"
                inputs.append(entry | {"name": f"{resource.name} {kind}", "title": title})
    return inputs


def _input_entry(resource: Resource, path: Path, root: Path, readers: list[str]) -> dict[str, Any]:
    package = (root / PACKAGE).parent
    # Of a folder elsewhere only the last name: a path may say who works where.
    inside = path.is_relative_to(package) and resource.mapping is None
    shown = path.relative_to(package) if inside else Path(path.resolve().parent.name, path.name)
    return {
        "name": resource.name,
        "title": resource.title,
        "path": shown.as_posix(),
        "sha256": sha256_of(path) if path.is_file() else None,
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
        "sha256": sha256_of(path) if path.is_file() else None,
        "sensitivity": "public",
        "basis": "observed",
        "licences": [],
        "sources": [],
        "read_by": readers,
    }


def refuse_changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """Refuse a run whose inputs changed while it ran: its exhibits may mix two states."""
    # By path, not by name: two cohorts of one's own may have the same.
    was, now = ([(one["path"], one["sha256"]) for one in each] for each in (before, after))
    names = [one["name"] for one in (*before, *after)]
    changed = sorted({name for name, state in zip(names, (*was, *now), strict=True)
                      if state not in was or state not in now})  # fmt: skip
    if changed:
        raise DataError(
            f"changed while the run was reading them: {', '.join(changed)}. "
            "Nothing was published; run again when the files are at rest."
        )


def environment(root: Path) -> dict[str, Any]:
    """Return the commit, the state of the tree, Python, the platform, the lock, the versions."""
    commit, clean = _git_state(root)
    return {
        "commit": commit,
        "tree_clean": clean,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "lock_sha256": lock_digest(root),
        "package_sha256": package_digest(),
        "versions": _direct_versions(),
    }


def _git_state(root: Path) -> tuple[str | None, bool | None]:
    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(root), *arguments],
                capture_output=True, text=True, check=False, timeout=20,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    status = git("status", "--porcelain") if commit else None
    return commit, None if status is None else not status


@cache
def _direct_versions() -> dict[str, str]:
    versions = {}
    for requirement in metadata.requires(DISTRIBUTION) or []:
        if "extra ==" in requirement:
            continue
        name = re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0]
        versions[name] = metadata.version(name)
    return dict(sorted(versions.items()))


def build_manifest(
    run: Run,
    results: Mapping[str, Result],
    titles: Mapping[str, str],
    inputs: list[dict[str, Any]],
    exhibits: Iterable[Numbered],
    parameters: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the manifest, checked against its schema.

    `results` holds every notebook of the run, in order; `exhibits` those of the complete ones;
    `facts` is what `environment` returned, when many runs share it.
    """
    failed = [one for one in results.values() if one.status != "complete"]
    mark = marks_of(parameters)
    content = {
        "manifest_version": VERSION,
        "run": run.name,
        "status": "failed" if failed else "complete",
        **(facts or environment(run.root)),
        "parameters": {name: dict(values) for name, values in parameters.items()},
        "inputs": inputs,
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
        "data_sha256": sha256_of(exhibit.csv.encode()),
    }


@cache
def schema() -> dict[str, Any]:
    """Return the manifest's JSON schema."""
    text = files("youthviolence.pipeline").joinpath("manifest.schema.json").read_text("utf-8")
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
