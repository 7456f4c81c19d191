"""Where the project is, how its files are read and written: hashed and atomic; its scratch."""

from __future__ import annotations

import atexit
import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path

from youthviolence.errors import OutputError, UsageError

HOME_VARIABLE = "YOUTHVIOLENCE_HOME"
_MARKER = Path("data/raw/datapackage.json")
_SCRATCH = "yvc-"
_SOCKETS_FIT = 70  # the longest name below it is multiprocessing's, of 33 bytes
_DRAFT = ".draft"
_WHAT_TO_DO = {
    errno.ENOSPC: "Make room, then run again: what was finished is kept.",
    errno.EDQUOT: "Make room, then run again: what was finished is kept.",
    errno.EROFS: "The folder can only be read: allow writing there, or work in a copy elsewhere.",
    errno.EACCES: "Allow writing in that folder, or work in a copy elsewhere.",
    errno.EPERM: "Allow writing in that folder, or work in a copy elsewhere.",
}


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


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file as it is now, "" where there is none; read once while it stays.

    What is looked at to see that it stays has the time of its last change, which unlike that of
    its last writing no program can set.
    """
    try:
        found = path.stat()
    except OSError:
        return ""
    if not path.is_file():
        return ""
    return _digest(
        path, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )


@lru_cache(maxsize=4096)
def _digest(path: Path, *_stat: int) -> str:
    return sha256_of(path)


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
        handle, draft = _locked_draft(target.parent, prefix)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o644)
                draft.replace(target)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(error, target) from error


def cannot_write(error: OSError, path: Path | str) -> OutputError:
    """Return the error that says which file could not be written, why, and what to do."""
    advice = _WHAT_TO_DO.get(error.errno or 0, "")
    return OutputError(f"cannot write {path}: {error.strerror or error}. {advice}".rstrip())


def _locked_draft(folder: Path, prefix: str) -> tuple[int, Path]:
    """Return a new file, locked as long as it is open: a draft that no one has locked is left."""
    while True:
        handle, name = tempfile.mkstemp(prefix=prefix, suffix=_DRAFT, dir=folder)
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:  # not taken for left between its making and its lock
            return handle, Path(name)
        os.close(handle)


def remove_left(paths: Iterable[Path]) -> None:
    """Remove those temporary files and folders whose maker is no longer there."""
    for path in paths:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            continue  # gone meanwhile, or another user's
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        except OSError:
            continue  # its maker holds it
        finally:
            os.close(handle)


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
        while True:
            folder = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=base))
            handle = os.open(folder, os.O_RDONLY)  # open, and so locked, until the process ends
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_nlink:
                break
            os.close(handle)
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
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
