"""Where the project is, how its files are read and written: hashed and atomic; its scratch."""

from __future__ import annotations

import atexit
import errno
import hashlib
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path

import psutil
from filelock import FileLock

from appendices.errors import OutputError, UsageError

HOME_VARIABLE = "APPENDICES_HOME"
_MARKER = Path("data/raw/datapackage.json")
_SCRATCH = "appendices-"
_SOCKETS_FIT = 70  # the longest name below it is multiprocessing's, of 33 bytes
_DRAFT = ".draft"
_MADE = re.compile(r"\b(?P<host>[0-9a-f]{6})-(?P<process>\d+)-\w+(\.draft)?$")
_UMASK = os.umask(0o077)  # it can only be read by setting it
os.umask(_UMASK)
_WHAT_TO_DO = {
    errno.ENOSPC: "Make room, then run again: what was finished is kept.",
    errno.EDQUOT: "Make room, then run again: what was finished is kept.",
    errno.EROFS: "The folder can only be read: allow writing there, or work in a copy elsewhere.",
    errno.EACCES: "Allow writing in that folder, or work in a copy elsewhere.",
    errno.EPERM: "Allow writing in that folder, or work in a copy elsewhere.",
}


def project_root(start: Path | None = None) -> Path:
    """Return the project's folder: the one that holds ``data/raw/datapackage.json``.

    Looked for in the environment variable ``APPENDICES_HOME``, then in `start` (the working
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


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file as it is now, "" where there is none; read once if it stays."""
    return _digest(path, *seal_of(path)) if path.is_file() else ""


@lru_cache(maxsize=4096)
def _digest(path: Path, *_seal: int) -> str:
    return sha256_of(path)


def seal_of(path: Path) -> list[int]:
    """Return what no change of a file leaves as it is; empty where there is none.

    Its number, size and two times: that of its last writing can be set, that of its last change
    cannot. A copy has another seal than the file, with the same content.
    """
    try:
        found = path.stat()
    except OSError:
        return []
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write `content` to `path` so that a reader sees the old file or the new one, never a part.

    The content goes to a temporary file in the same folder, is flushed to disk, and replaces
    `path`. After any failure `path` is as it was and no temporary file is left; what a killed
    process left is removed by the next to write the same file. A symbolic link is followed: the
    file it points to is replaced and the link stays.

    Raises
    ------
    OutputError
        When the disk is full or the folder cannot be written to.
    """
    target = path.resolve()
    data = content.encode("utf-8") if isinstance(content, str) else content
    prefix = f".{target.name[:40]}."
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_left(target.parent.glob(f"{prefix}*{_DRAFT}"))
        handle, name = tempfile.mkstemp(
            prefix=f"{prefix}{_maker()}", suffix=_DRAFT, dir=target.parent
        )
        draft = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(0o666 & ~_UMASK)
            draft.replace(target)  # closed: Windows replaces no open file
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(error, target) from error


def cannot_write(error: OSError, path: Path | str) -> OutputError:
    """Return the error that says which file could not be written, why, and what to do."""
    advice = _WHAT_TO_DO.get(error.errno or 0, "")
    return OutputError(f"cannot write {path}: {error.strerror or error}. {advice}".rstrip())


def _maker() -> str:
    """Return the part of a temporary file's name that says which process makes it: host, number."""
    return f"{sha256_of(platform.node().encode())[:6]}-{os.getpid()}-"


def remove_left(paths: Iterable[Path]) -> None:
    """Remove those temporary files and folders whose maker, on this host, is no longer there."""
    host = _maker().partition("-")[0]
    for path in paths:
        made = _MADE.search(path.name)
        if made is None or made["host"] != host or psutil.pid_exists(int(made["process"])):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with suppress(OSError):  # gone meanwhile, or another user's
                path.unlink()


def remove_drafts(folder: Path) -> None:
    """Remove the unfinished files that killed processes left anywhere in `folder`."""
    remove_left(folder.rglob(f".*{_DRAFT}"))


@cache
def scratch_folder() -> Path:
    """Return this process's own folder for temporary files, which goes when the process ends.

    Folders of processes that were killed are removed first.

    Raises
    ------
    OutputError
        When the system's folder for temporary files cannot be written to.
    """
    return _make_scratch(Path(tempfile.gettempdir()))


@cache
def socket_folder() -> Path:
    """Return this process's own folder for sockets, whose whole path may be 107 bytes long.

    The scratch folder, unless the system's folder for temporary files has too long a name.
    """
    own = scratch_folder()
    return own if len(os.fsencode(own)) <= _SOCKETS_FIT else _make_scratch(Path("/tmp"))  # noqa: S108


def _make_scratch(base: Path) -> Path:
    remove_left(base.glob(f"{_SCRATCH}*"))
    try:
        folder = Path(tempfile.mkdtemp(prefix=_SCRATCH + _maker(), dir=base))
    except OSError as error:
        raise cannot_write(error, base) from error
    atexit.register(_remove_own, folder, os.getpid())
    return folder


def _remove_own(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a fork that ends is not its end
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is in this block for the same folder; make it if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_name(f".{folder.name}.lock")):
        yield
