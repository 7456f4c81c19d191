"""Refuse to commit data that are not declared public or synthetic, and anything of a run.

A pre-commit hook, given the files about to be committed. A data file is declared as a resource of
``data/raw/datapackage.json``, or, outside ``data/raw``, in ``data/declared.csv``. A folder with a
``cohort.json`` is somebody's cohort and never goes in, nor does a notebook that holds outputs, nor
a run: but for the files that the reference's manifest names, where no confidential file went in.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable
from pathlib import Path

DATA = {
    ".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".parquet", ".feather",
    ".arrow", ".sav", ".dta", ".sas7bdat", ".rds", ".rdata", ".db", ".sqlite", ".sqlite3",
    ".duckdb", ".mdb", ".accdb", ".jsonl", ".ndjson", ".pkl", ".pickle", ".npy", ".npz", ".h5",
    ".hdf5", ".gz", ".bz2", ".xz", ".zst", ".tar", ".tgz", ".zip", ".7z", ".geojson", ".gpkg",
    ".graphml", ".gexf", ".dat", ".psv", ".bak", ".doc", ".docx", ".pdf", ".xml", ".rtf",
}  # fmt: skip
OPEN = {"public", "synthetic"}
MARK = "INTERNAL"  # what a policy for own eyes writes into the name of each file
COHORT = "cohort.json"
REFERENCE = "reports/reference/"
MADE = ("reports/", "cohorts/", "data/processed/", "dist/")


def declared(root: Path) -> dict[str, str]:
    """Return the declared sensitivity of each data file, by its path in the project."""
    raw = Path("data/raw")
    content = json.loads((root / raw / "datapackage.json").read_text(encoding="utf-8"))
    found = {}
    others = root / "data" / "declared.csv"
    if others.is_file():
        with others.open(encoding="utf-8", newline="") as file:
            found = {row["path"]: row["sensitivity"] for row in csv.DictReader(file)}
    return found | {
        (raw / one["path"]).as_posix(): str(one.get("sensitivity")) for one in content["resources"]
    }


def refusals(names: Iterable[str], root: Path) -> list[str]:
    """Return why each refused file may not be committed, one line a file."""
    known = declared(root)
    reference = _open_reference(root / REFERENCE / "manifest.json")
    found = []
    for name in names:
        path = root / name
        inside = path.resolve().parents
        if any((folder / COHORT).is_file() for folder in inside if folder != root.resolve()):
            found.append(f"{name}: belongs to a cohort of somebody's own")
        elif MARK in path.name:
            found.append(f"{name}: marked {MARK}, which is for the holder of the data alone")
        elif name.removeprefix(REFERENCE) in reference and name.startswith(REFERENCE):
            continue
        elif name.startswith(MADE):
            found.append(f"{name}: made by a run, or somebody's own")
        elif path.suffix.lower() == ".ipynb" and path.is_file() and _has_outputs(path):
            found.append(f"{name}: an executed notebook; clear its outputs")
        elif _is_data(path) and known.get(name) not in OPEN:
            found.append(f"{name}: a data file that is not declared public or synthetic")
    return found


def _is_data(path: Path) -> bool:
    """Return whether a file is data by its ending: of JSON, all but descriptions and schemas."""
    if path.suffix.lower() == ".json":
        return path.name != "datapackage.json" and not path.name.endswith(".schema.json")
    return path.suffix.lower() in DATA


def _open_reference(manifest: Path) -> set[str]:
    """Return the files of a reference that no confidential file went into; none if in doubt."""
    try:
        content = json.loads(manifest.read_text(encoding="utf-8"))
        if any(one.get("sensitivity") not in OPEN for one in content["inputs"]):
            return set()
        return {"manifest.json", *(one["files"]["csv"] for one in content["exhibits"])}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return set()


def _has_outputs(path: Path) -> bool:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return any(cell.get("outputs") for cell in cells)
    except (ValueError, KeyError, TypeError):
        return True  # what cannot be read is not let in


def main(names: list[str]) -> int:
    """Print every refusal; return 1 where there is one."""
    found = refusals(names, Path.cwd())
    for one in found:
        print(f"refused: {one}")
    if found:
        print("Declare it in data/raw/datapackage.json or data/declared.csv, or leave it out.")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
