"""Build ``dist/bundle``: the project, its public data and every package, to install offline.

``make bundle``, on a machine with internet; the wheels are for its platform and Python alone. What
git would not take (`refuse_data`) does not go in: with such a file about, nothing is built.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.requirements import Requirement
from refuse_data import refusals

BUNDLE = Path("dist/bundle")
LOCK = "requirements.lock"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
README = """\
Youth violence compendium, to install without internet.

    sh install.sh

makes the environment in project/.venv from the packages in wheels/, each held against the hash in
project/requirements.lock. Then

    cd project
    .venv/bin/youthviolence run

makes the pages, and docs/own-cohort.md tells how to bring a cohort of your own.

The packages are for {platform} and Python {python}: install on a machine of that kind, or build the
bundle on another with `make bundle`. Where that Python has another name:
PYTHON=/path/to/python{python} sh install.sh
"""
INSTALL = """\
#!/bin/sh
# Make project/.venv from the packages beside this file; no network is used.
set -eu
cd "$(dirname "$0")/project"
PYTHON=${{PYTHON:-python3}}
found=$("$PYTHON" -c 'import sys, platform
print(platform.system(), platform.machine(), "%d.%d" % sys.version_info[:2])')
if [ "$found" != "{platform} {python}" ]; then
  echo "This bundle is for {platform} and Python {python}; here is $found." >&2
  echo "Try: PYTHON=python{python} sh install.sh" >&2
  exit 1
fi
"$PYTHON" scripts/install.py --wheels ../wheels
echo "Installed. Next: cd project && .venv/bin/youthviolence run"
"""


def download() -> None:
    """Fetch the wheel of every package that any patch release of this Python needs."""
    locked = re.split(r"\n(?=[a-z0-9])", Path(LOCK).read_text(encoding="utf-8"))
    fetched: set[str] = set()
    for patch in ("0", "99"):
        wanted = set()
        for one in locked:
            line, rest = one.split("\n", 1)
            needed = Requirement(line.removesuffix("\\"))
            if needed.marker is None or needed.marker.evaluate(
                {"python_full_version": f"{PYTHON}.{patch}"}
            ):
                wanted.add(f"{needed.name}{needed.specifier} \\\n{rest}")
        with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
            file.write("\n".join(sorted(wanted - fetched)))
            file.flush()
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q"]
            wheels = ["--no-deps", "--only-binary", ":all:", "-d", str(BUNDLE / "wheels")]
            subprocess.run([*pip, *wheels, "--require-hashes", "-r", file.name], check=True)
        fetched |= wanted


def main() -> int:
    """Build the bundle, or say why not."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    names = sorted({name for name in listed.stdout.split("\0") if name and Path(name).is_file()})
    if not names:
        print("make bundle needs a git checkout: git says which files are the project's.")
        return 1
    if refused := refusals(names, Path()):
        print("\n".join(f"refused: {one}" for one in refused))
        return 1
    shutil.rmtree(BUNDLE, ignore_errors=True)
    for name in names:
        copy = BUNDLE / "project" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(name, copy)
    download()
    words = {"platform": f"{platform.system()} {platform.machine()}", "python": PYTHON}
    (BUNDLE / "README.txt").write_text(README.format(**words), encoding="utf-8")
    (BUNDLE / "install.sh").write_text(INSTALL.format(**words), encoding="utf-8")
    size = sum(path.stat().st_size for path in BUNDLE.rglob("*") if path.is_file())
    print(
        f"Built {BUNDLE.as_posix()}: {size / 1e6:.0f} MB for {words['platform']}, Python {PYTHON}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
