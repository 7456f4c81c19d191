"""Two finished runs beside each other, without running anything: folders, or zips of them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from appendices.errors import DataError
from appendices.project import sha256_of
from appendices.runs.manifest import schema
from appendices.runs.runs import read_manifest
from appendices.runs.verify import Verification, compare, read_rows

MOST_BYTES = 2_000_000_000
_DIGESTS = {"csv": "data_sha256", "svg": "svg_sha256", "png": "png_sha256"}
_PARTS = ("parameters", "inputs", "versions", "notebooks", "exhibits", "python", "platform")


@dataclass(frozen=True)
class FinishedRun:
    """A run as it was found: its folder and its manifest."""

    folder: Path
    manifest: Mapping[str, Any]

    def exhibits(self) -> dict[str, Mapping[str, Any]]:
        """Return the exhibits by id."""
        return {one["id"]: one for one in self.manifest["exhibits"]}

    def drawing(self, exhibit_id: str) -> str:
        """Return an exhibit's drawing as SVG, "" where the run has none."""
        name = self.exhibits().get(exhibit_id, {}).get("files", {}).get("svg")
        path = self.folder / str(name)
        return path.read_text(encoding="utf-8") if name and path.is_file() else ""


def open_run(path: Path, scratch: Path) -> FinishedRun:
    """Return the run in a folder, or in a zip, which is unpacked into `scratch`.

    Raises
    ------
    DataError
        When there is no run, a file of it is missing or not what the manifest says, it is of a
        newer version, or a zip would write outside its folder.
    """
    folder = _unpack(path, scratch) if path.is_file() else path
    inside = folder if (folder / "manifest.json").is_file() else _only_folder(folder)
    manifest = read_manifest(inside)
    if manifest is None:
        raise DataError(f"no run in {path}: expected a folder or zip with a manifest.json in it.")
    known = schema()["properties"]["manifest_version"]["const"]
    version = manifest.get("manifest_version")
    if not isinstance(version, int) or version > known:
        raise DataError(
            f"{path}: its manifest is of version {version}; this version reads up to {known}. "
            "Compare with the version of the compendium that made it."
        )
    if lacking := [part for part in _PARTS if part not in manifest]:
        raise DataError(f"{path}: not a run's manifest: it has no {', '.join(lacking)}.")
    # The reference is kept without its drawings, whose hashes stand in its manifest.
    drawn = any(inside.glob("exhibits/*.svg"))
    for exhibit in manifest["exhibits"]:
        for kind, digest in _DIGESTS.items():
            name = exhibit.get("files", {}).get(kind)
            _require_whole(path, inside, name, exhibit.get(digest), kept=kind == "csv" or drawn)
    return FinishedRun(inside, manifest)


def _require_whole(path: Path, folder: Path, name: Any, digest: Any, *, kept: bool) -> None:
    """Refuse a file of an exhibit that is outside the run, missing, or not what is said of it.

    One that is not `kept` with the run may be missing, and nothing else.
    """
    if name is None or digest is None:
        if name != digest:
            raise DataError(f"{path}: its manifest names a file without its hash, or the reverse.")
        return
    file = folder / str(name)
    if not file.resolve().is_relative_to(folder.resolve()):
        raise DataError(f"{path}: its manifest names a file outside the run.")
    if not file.is_file():
        if not kept:
            return
        raise DataError(f"{path} is not whole: {name} is missing.")
    if sha256_of(file) != digest:
        raise DataError(f"{path}: {name} is not what the manifest says: it was changed.")


def _only_folder(folder: Path) -> Path:
    """Return the one folder in a folder: a zip is often of the run's folder itself."""
    inside = [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []
    return inside[0] if len(inside) == 1 else folder


def _unpack(path: Path, scratch: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                parts = PurePosixPath(name.replace("\\", "/"))
                if parts.is_absolute() or ".." in parts.parts or ":" in name:
                    raise DataError(f"{path}: {name!r} would be written outside its folder.")
            if sum(one.file_size for one in packed.infolist()) > MOST_BYTES:
                raise DataError(f"{path}: it unpacks to more than {MOST_BYTES // 10**9} GB.")
            packed.extractall(scratch)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"{path}: not a zip that can be read ({type(error).__name__}).") from None
    return scratch


def compare_runs(one: FinishedRun, other: FinishedRun) -> Verification:
    """Return how the run `one` differs from the `other`, exhibit by exhibit.

    Raises
    ------
    DataError
        When they have no exhibit in common.
    """
    if not set(one.exhibits()) & set(other.exhibits()):
        raise DataError("the two runs have no exhibit in common: are they of one compendium?")
    return compare(one.folder, other.folder)


def cells_beside(
    exhibit_id: str, one: FinishedRun, other: FinishedRun
) -> tuple[list[str], list[list[tuple[str, str]]]]:
    """Return an exhibit's columns, and the rows in which the runs differ as pairs of cells.

    Rows are taken in order; where one table has more of them, the other's cells are empty.
    """
    tables = [
        read_rows(run.folder / run.exhibits()[exhibit_id]["files"]["csv"]) for run in (one, other)
    ]
    width = max(len(table[0]) for table in tables)
    tables = [[row + [""] * (width - len(row)) for row in table] for table in tables]
    longest = max(len(table) for table in tables)
    first, second = ([*table, *[[""] * width] * (longest - len(table))] for table in tables)
    rows = [
        list(zip(here, there, strict=True))
        for here, there in zip(first, second, strict=True)
        if here != there
    ]
    return tables[0][0], rows
