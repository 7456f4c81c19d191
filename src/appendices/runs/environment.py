"""What a run runs in: Python, the platform, and every installed package of the lock."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from appendices.errors import MissingToolError
from appendices.project import sha256_of
from appendices.settings import compendium

LOCK = "requirements.lock"
_LOCKED = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)(?:\s*;\s*([^\\\n]+))?", re.MULTILINE)
_NAMED = 5


@dataclass(frozen=True)
class Environment:
    """Everything but a notebook, its parameters and data that its result depends on.

    `packages` holds the installed version of every package of the lock, `not_as_locked` the locked
    version of those that have another; `lock` and `code` are the digests of the lock file and of
    this package.
    """

    python: str
    platform: str
    packages: Mapping[str, str]
    not_as_locked: Mapping[str, str]
    lock: str
    code: str

    @cached_property
    def parts(self) -> dict[str, str]:
        """What a result depends on, by name: Python's minor version, the platform, packages."""
        minor = ".".join(self.python.split(".")[:2])
        return {"Python": minor, "the platform": self.platform, **self.packages}

    @cached_property
    def digest(self) -> str:
        """One hash over all of it."""
        return sha256_of(repr([sorted(self.parts.items()), self.lock, self.code]).encode())


def find_environment(root: Path) -> Environment:
    """Return the environment that this process runs in.

    Raises
    ------
    MissingToolError
        When a package of the lock is not installed.
    """
    path = root / LOCK
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    locked = _locked_here(text)
    installed = _installed()
    missing = sorted(locked.keys() - installed.keys())
    if missing:
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        raise MissingToolError(
            f"not installed, though {LOCK} asks for it: {', '.join(missing[:_NAMED])}{more}. "
            "Run `make setup`, or install from the lock as README.md says."
        )
    return Environment(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages={name: installed[name] for name in sorted(locked)},
        not_as_locked={
            name: version for name, version in sorted(locked.items()) if installed[name] != version
        },
        lock=sha256_of(text.encode()) if text else "",
        code=digest_of_code(),
    )


def digest_of_code() -> str:
    """Return one hash over every file of the engine and of the compendium's own packages."""
    lines = []
    for name in compendium().packages:
        folder = Path(*(find_spec(name).submodule_search_locations or ()))  # type: ignore[union-attr]
        lines += [
            f"{name}/{path.relative_to(folder).as_posix()} {sha256_of(path)}"
            for path in sorted(folder.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        ]
    return sha256_of("\n".join(lines).encode())


def _locked_here(text: str) -> dict[str, str]:
    """Return the version of each package that a lock asks for on this Python and platform."""
    locked = {}
    for name, version, condition in _LOCKED.findall(text):
        if not condition or _applies(condition):
            locked[_plain(name)] = version
    return locked


def _applies(condition: str) -> bool:
    from packaging.markers import Marker  # noqa: PLC0415 - only where a lock has conditions

    return Marker(condition.strip()).evaluate()


def _installed() -> dict[str, str]:
    """Return the version of each installed package, from the names of the folders that say so.

    To open each one's metadata, as importlib.metadata does, takes half a second. As there, what
    comes first on the path counts; two versions in one folder are both told.
    """
    found: dict[str, str] = {}
    for folder in sys.path:
        here: dict[str, list[str]] = {}
        for entry in _names_in(folder or "."):
            stem, dot, kind = entry.rpartition(".")
            name, dash, version = stem.partition("-")
            if dot and dash and kind in ("dist-info", "egg-info"):
                here.setdefault(_plain(name), []).append(version.partition("-py")[0])
        for name, versions in here.items():
            found.setdefault(name, " and ".join(sorted(versions)))
    return found


def _names_in(folder: str) -> Sequence[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names, of a thousand entries
    except OSError:
        return ()


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
