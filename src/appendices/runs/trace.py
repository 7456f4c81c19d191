"""What a notebook reads, as its kernel sees it: data sets loaded, files opened, the world asked.

An audit hook of Python, in place before the first cell, writes down each file that is opened for
reading and belongs neither to Python, nor to a package, a font, the system or the notebook's own
temporary files, with its digest at that moment; each folder that is listed; each database, network
address and program. `Appendix.load` adds what it loads. What was loaded or given by a parameter is
declared; the rest is not (`undeclared`).

What C code opens by itself (a parquet reader, a geographic library, another program) is not seen.
"""

from __future__ import annotations

import importlib
import json
import os
import site
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

from appendices.project import sha256_of

TRACE = "APPENDICES_TRACE"
"""Names the file that a kernel writes what it reads to."""
"""Names folders of our own in which files are kept to save time, one after another as in PATH."""
_FONTS = (".ttf", ".otf", ".ttc", ".afm", ".pfb", ".pfm")
_SYSTEM = (
    "/dev", "/proc", "/sys", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64",
    "/usr/share", "/etc", "/opt/homebrew", "/System", "/Library", "C:\\Windows",
)  # fmt: skip
_SETTINGS = ("fontconfig", "matplotlib", "jupyter")
_IMPORTER = "<frozen importlib._bootstrap"
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.startfile")


@dataclass(frozen=True)
class Read:
    """One thing a notebook read.

    `kind` is load, file, folder, database, network, program or, where it could not be seen what was
    read, unseen. `what` is a data set's name as it was asked for, a path, an address, a program's
    name. `sha256` is that of a file, or of the names in a folder, when it was first opened.
    """

    kind: str
    what: str
    sha256: str = ""


UNSEEN = Read("unseen", "what it read was not written down")


def note_loaded(name: str) -> None:
    """Write down that a data set is loaded; nothing where no one wants to know."""
    if path := os.environ.get(TRACE):
        _append(path, Read("load", name))


def start_tracing() -> None:
    """Put the hook in place, for the rest of this process; nothing where no one wants to know."""
    if path := os.environ.get(TRACE):
        _append(path, Read("begin", ""))
        sys.addaudithook(_Tracer(path))


def _append(path: str, read: Read) -> None:
    line = json.dumps([read.kind, read.what, read.sha256]) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


class _Tracer:
    """The hook. It never raises, for that would stop what the notebook does."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._apart = tuple(sorted(_own_folders()))
        # What looks for modules lists every folder that may hold some.
        self._importers = (_IMPORTER, os.path.dirname(importlib.__file__))  # noqa: PTH120
        self._busy = threading.local()
        self._seen: set[tuple[str, str]] = set()
        self._written: set[str] = set()
        self._handlers: dict[str, Callable[[tuple[Any, ...]], None]] = {
            "open": self._open,
            "import": self._import,
            "os.listdir": self._list,
            "os.scandir": self._list,
            "sqlite3.connect": self._database,
            "socket.connect": self._connect,
            **dict.fromkeys(_PROGRAMS, self._program),
        }

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        handler = self._handlers.get(event)
        if handler is None or getattr(self._busy, "now", False):
            return
        self._busy.now = True
        try:
            handler(arguments)
        except Exception:  # noqa: BLE001 - what cannot be told must not stop the notebook
            self._note("unseen", event)
        finally:
            self._busy.now = False

    def _open(self, arguments: tuple[Any, ...]) -> None:
        path, flags = self._outside(arguments[0]), arguments[2] or 0
        if not path:
            return
        kind = flags & (os.O_WRONLY | os.O_RDWR)
        if kind and (flags & os.O_TRUNC or not os.path.exists(path)):  # noqa: PTH110
            self._written.add(path)  # what it makes itself and reads again is no input
        elif kind != os.O_WRONLY and path not in self._written:
            self._note_file("file", path)

    def _import(self, arguments: tuple[Any, ...]) -> None:
        if arguments[1] and (path := self._outside(arguments[1])):  # a compiled module
            self._note_file("file", path)

    def _list(self, arguments: tuple[Any, ...]) -> None:
        caller = sys._getframe(2).f_code.co_filename
        path = self._outside(arguments[0] or ".")
        if path and not caller.startswith(self._importers) and os.path.isdir(path):  # noqa: PTH112
            self._note("folder", path, digest_of_folder(Path(path)))

    def _database(self, arguments: tuple[Any, ...]) -> None:
        name = os.fsdecode(arguments[0])
        path = name.removeprefix("file:").partition("?")[0] if name.startswith("file:") else name
        if path and path != ":memory:" and (path := self._outside(path)):
            self._note_file("database", path)

    def _connect(self, arguments: tuple[Any, ...]) -> None:
        address = arguments[1]
        if isinstance(address, tuple):
            self._note("network", f"{address[0]}:{address[1]}")
        elif path := self._outside(address):
            self._note("network", path)

    def _program(self, arguments: tuple[Any, ...]) -> None:
        words = os.fsdecode(arguments[0]).split() or ["?"]  # of all its words, for others may tell
        self._note("program", Path(words[0]).name)

    def _outside(self, name: Any) -> str:
        """Return the whole path of a file that is not ours, Python's or the system's; "" if not."""
        if isinstance(name, int):
            return ""
        path = os.path.realpath(os.fsdecode(name))
        if path.lower().endswith(_FONTS):
            return ""
        inside = any(path == one or path.startswith(one + os.sep) for one in self._apart)
        return "" if inside else path

    def _note_file(self, kind: str, path: str) -> None:
        if path.endswith(".pyc"):
            try:
                source = source_from_cache(path)
            except ValueError:
                source = path
            path = source if os.path.isfile(source) else path  # noqa: PTH113
        if (kind, path) not in self._seen and os.path.isfile(path):  # noqa: PTH113
            self._note(kind, path, sha256_of(Path(path)))

    def _note(self, kind: str, what: str, sha256: str = "") -> None:
        if (kind, what) in self._seen:
            return
        self._seen.add((kind, what))
        try:
            _append(self._path, Read(kind, what, sha256))
        except OSError:
            self._seen.discard((kind, what))


def digest_of_folder(path: Path) -> str:
    """Return the digest of the names in a folder, "" where there is none."""
    try:
        names = sorted(os.listdir(path))  # noqa: PTH208 - names, not paths
    except OSError:
        return ""
    return sha256_of("\n".join(names).encode("utf-8", "surrogateescape"))


def _own_folders() -> Iterable[str]:
    """Return the folders whose files are Python's, a package's, the system's, or kept by us."""
    paths = sysconfig.get_paths()
    named = [paths[one] for one in ("stdlib", "platstdlib", "purelib", "platlib", "scripts")]
    named += [*site.getsitepackages(), site.getusersitepackages(), tempfile.gettempdir()]
    named += [str(Path(__file__).parents[2]), *_SYSTEM]
    if sys.prefix != sys.base_prefix:
        named.append(sys.prefix)
    for name in ("IPYTHONDIR", "MPLCONFIGDIR", "JUPYTER_CONFIG_DIR"):
        if name in os.environ:
            named.append(os.environ[name])
    named += [str(Path.home() / one) for one in (".ipython", ".jupyter")]
    named += [str(Path.home() / a / b) for a in (".cache", ".config") for b in _SETTINGS]
    return {os.path.realpath(one) for one in named if one}


def read_trace(path: Path, *, begun: bool) -> list[Read]:
    """Return what a kernel wrote down; that it was not seen, where it `begun` and wrote nothing."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        reads = [Read(*json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError):
        reads = []
    if begun and (not reads or reads[0].kind != "begin"):
        return [*reads, UNSEEN]
    return [one for one in reads if one.kind != "begin"]


def undeclared(reads: Iterable[Read], declared: Collection[Path]) -> list[Read]:
    """Return what was read though neither loaded as a data set nor named by a parameter."""
    known = {os.path.realpath(path) for path in declared}
    return [one for one in reads if one.kind != "load" and one.what not in known]


def state_now(read: Read) -> str:
    """Return the digest as it is now of what was read; "" where it has none."""
    if read.kind == "folder":
        return digest_of_folder(Path(read.what))
    if read.kind in ("file", "database"):
        path = Path(read.what)
        return sha256_of(path) if path.is_file() else ""
    return ""


def loaded(reads: Iterable[Read]) -> tuple[str, ...]:
    """Return the data sets that were loaded, as they were asked for, each once."""
    return tuple(sorted({one.what for one in reads if one.kind == "load"}))


def opened(reads: Iterable[Read]) -> Mapping[str, str]:
    """Return the digest of each file when it was first opened, by its whole path."""
    return {one.what: one.sha256 for one in reads if one.kind == "file"}
