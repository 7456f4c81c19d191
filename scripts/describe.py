"""Merge resource descriptors into data/raw/datapackage.json, by name, atomically.

Usage: python scripts/describe.py FRAGMENT.json

FRAGMENT.json holds one resource descriptor or a list of them. A resource of the same name is
replaced; the others stay. Resources are kept sorted by name.
"""

from __future__ import annotations

import fcntl
import json
import sys
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[1] / "data" / "raw" / "datapackage.json"
EMPTY: dict[str, Any] = {
    "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
    "name": "youth-violence-compendium",
    "title": "Data of the youth violence compendium",
    "resources": [],
}


def main(fragment: Path) -> None:
    """Merge the descriptors in `fragment` into the data package."""
    added = json.loads(fragment.read_text(encoding="utf-8"))
    added = added if isinstance(added, list) else [added]
    with PACKAGE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        package = json.loads(PACKAGE.read_text(encoding="utf-8")) if PACKAGE.exists() else EMPTY
        merged = {resource["name"]: resource for resource in package["resources"]}
        merged |= {resource["name"]: resource for resource in added}
        package["resources"] = [merged[name] for name in sorted(merged)]
        draft = PACKAGE.with_suffix(".draft")
        draft.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        draft.replace(PACKAGE)
    PACKAGE.with_suffix(".lock").unlink()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
