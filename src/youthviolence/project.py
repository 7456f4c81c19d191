"""Where the project is, and the two ways its files are read and written: hashed and atomic."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from youthviolence.errors import UsageError

HOME_VARIABLE = "YOUTHVIOLENCE_HOME"
_MARKER = Path("data/raw/datapackage.json")


def project_root(start: Path | None = None) -> Path:
    """Return the project's folder: the one that holds ``data/raw/datapackage.json``.

    Looked for in the environment variable ``YOUTHVIOLENCE_HOME``, then in `start` (the working
    folder when not given) and its parents, then beside an editable install of the package.

    Raises
    ------
    UsageError
        When no such folder is found.
    """
    named = os.environ.get(HOME_VARIABLE)
    if named:
        if (Path(named) / _MARKER).is_file():
            return Path(named).resolve()
        raise UsageError(f"{HOME_VARIABLE} does not name a compendium: it has no {_MARKER}.")
    here = (start or Path.cwd()).resolve()
    beside_package = Path(__file__).resolve().parents[2]
    for folder in (here, *here.parents, beside_package):
        if (folder / _MARKER).is_file():
            return folder
    raise UsageError(
        f"not inside the compendium: no {_MARKER} in {here} or above. "
        f"Change into the project's folder, or set {HOME_VARIABLE} to it."
    )


def sha256_of(content: Path | bytes) -> str:
    """Return the SHA-256 of a file or of bytes, in hexadecimal."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write `content` to `path` so that a reader sees the old file or the new one, never a part.

    The content goes to a temporary file in the same folder, is flushed to disk, and replaces
    `path`. After any failure `path` is as it was and no temporary file is left. A symbolic link
    is followed: the file it points to is replaced and the link stays.
    """
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode("utf-8") if isinstance(content, str) else content
    prefix = f".{target.name[:40]}."
    handle, name = tempfile.mkstemp(prefix=prefix, suffix=".draft", dir=target.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
