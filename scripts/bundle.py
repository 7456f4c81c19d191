"""Build ``dist/bundle``: the project, its public data and every package, to install offline.

``make bundle``, on a machine with internet; for another kind of machine or another Python:
``.venv/bin/python scripts/bundle.py --platform win_amd64 --python 3.12``. What git would not take
(`refuse_data`) does not go in: with such a file about, nothing is built.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from packaging.requirements import Requirement
from refuse_data import refusals

BUNDLE = Path("dist/bundle")
LOCK = "requirements.lock"
HERE = sysconfig.get_platform().replace("-", "_").replace(".", "_")
SYSTEMS = {  # what a package's condition asks of each: sys_platform, platform_system, os_name
    "win": ("win32", "Windows", "nt"),
    "macosx": ("darwin", "Darwin", "posix"),
    "linux": ("linux", "Linux", "posix"),
}
GLIBC = [*(f"manylinux_2_{minor}" for minor in range(35, 4, -1)), "manylinux2014", "manylinux1"]
MACOS = [f"macosx_{version}" for version in
         ("15_0", "14_0", "13_0", "12_0", "11_0", "10_15", "10_13", "10_12", "10_9")]  # fmt: skip
README = """\
Youth violence compendium, to install without internet.

    python install.py

makes the environment in project/.venv from the packages in wheels/, each held against the hash in
project/requirements.lock. Then

    cd project
    {run}

makes the pages, and docs/own-cohort.md tells how to bring a cohort of your own.

The packages are for {platform} and Python {python}: install on a machine of that kind, with that
Python (it may be called python3 or python{python}), or build the bundle for another:
python scripts/bundle.py --platform win_amd64 --python 3.12
"""
INSTALL = """\
'''Make project/.venv from the packages beside this file; no network is used.'''

import subprocess
import sys
import sysconfig
from pathlib import Path

SYSTEM, MACHINE, PYTHON = "{system}", "{machine}", "{python}"
folder = Path(__file__).resolve().parent
here = sysconfig.get_platform()
version = "%d.%d" % sys.version_info[:2]
if not here.startswith(SYSTEM) or not here.endswith(MACHINE) or version != PYTHON:
    sys.exit(
        "This bundle is for %s %s and Python %s; here is %s, Python %s."
        % (SYSTEM, MACHINE, PYTHON, here, version)
    )
script, wheels = folder / "project" / "scripts" / "install.py", folder / "wheels"
code = subprocess.call([sys.executable, str(script), "--wheels", str(wheels)])
if code == 0:
    print("Installed. README.txt says what is next.")
sys.exit(code)
"""


def parts(platform: str) -> tuple[str, str]:
    """Return the system and the processor that a platform's name is made of."""
    found = re.fullmatch(r"(win|macosx|linux)(?:_\d+_\d+)?_(amd64|x86_64|arm64|aarch64)", platform)
    if not found:
        raise SystemExit(
            f"--platform {platform!r}: expected win_amd64, macosx_arm64, macosx_x86_64, "
            "linux_x86_64 or linux_aarch64."
        )
    return found[1], found[2]


def tags(platform: str) -> list[str]:
    """Return the tags of the wheels that a platform takes, besides those for any."""
    system, machine = parts(platform)
    if system == "linux":
        return [f"{one}_{machine}" for one in GLIBC]
    if system == "macosx":
        return [f"{one}_{kind}" for one in MACOS for kind in (machine, "universal2")]
    return [platform]


def needed(platform: str, python: str) -> list[str]:
    """Return the parts of the lock that any patch release of this Python needs there."""
    system, machine = parts(platform)
    sys_platform, system_name, os_name = SYSTEMS[system]
    there = {
        "python_version": python, "os_name": os_name,
        "sys_platform": sys_platform, "platform_system": system_name, "platform_machine": machine,
    }  # fmt: skip
    lines = []
    for block in re.split(r"\n(?=[a-z0-9])", Path(LOCK).read_text(encoding="utf-8").strip()):
        first, hashes = block.split("\n", 1)
        package = Requirement(first.removesuffix("\\"))
        releases = [{**there, "python_full_version": f"{python}.{patch}"} for patch in ("0", "99")]
        if package.marker is None or any(package.marker.evaluate(one) for one in releases):
            lines.append(f"{package.name}{package.specifier} \\\n{hashes}")
    return lines


def download(platform: str, python: str) -> None:
    """Fetch the wheels, each held against its hash.

    A package of which two patch releases need two versions is fetched twice, one after the other.
    """
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q"]
    pip += ["--no-deps", "--only-binary", ":all:", "-d", str(BUNDLE / "wheels")]
    # pip takes 3.11 for 3.11.0, for which some versions of the lock are not offered.
    pip += ["--python-version", f"{python}.99", "--implementation", "cp"]
    for tag in tags(platform):
        pip += ["--platform", tag]
    left = needed(platform, python)
    lock = BUNDLE / "fetch.txt"
    while left:
        now = {line.split("==")[0]: line for line in left}
        lock.write_text("\n".join(now.values()), encoding="utf-8", newline="\n")
        subprocess.run([*pip, "--require-hashes", "-r", str(lock)], check=True)
        left = [line for line in left if line not in now.values()]
    lock.unlink()


def main() -> int:
    """Build the bundle, or say why not."""
    parser = argparse.ArgumentParser(description="Build dist/bundle, which installs offline.")
    parser.add_argument("--platform", default=HERE, help="such as win_amd64 (default: this one)")
    parser.add_argument("--python", default=f"{sys.version_info.major}.{sys.version_info.minor}")
    chosen = parser.parse_args()
    system, machine = parts(chosen.platform)
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        capture_output=True, encoding="utf-8", check=False,
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
    download(chosen.platform, chosen.python)
    run = ".venv\\Scripts\\youthviolence run" if system == "win" else ".venv/bin/youthviolence run"
    readme = README.format(platform=chosen.platform, python=chosen.python, run=run)
    install = INSTALL.format(system=system, machine=machine, python=chosen.python)
    for name, text in (("README.txt", readme), ("install.py", install)):
        (BUNDLE / name).write_text(text, encoding="utf-8", newline="\n")
    size = sum(path.stat().st_size for path in BUNDLE.rglob("*") if path.is_file())
    print(
        f"Built {BUNDLE.as_posix()}: {size / 1e6:.0f} MB for {chosen.platform}, "
        f"Python {chosen.python}."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
