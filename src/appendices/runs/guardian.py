"""A parent for one kernel that leaves nothing behind: whatever a notebook starts ends with it.

A notebook may fork, start programs in sessions of their own, ignore signals, or be killed. The
guardian is the parent of the kernel and, by the system's word ("child subreaper"), of every process
below it that loses its own. It ends them all when the kernel ends, when it is told to, and when the
command that wanted the kernel dies, even by SIGKILL.
"""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path
from typing import NoReturn

_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # linux/prctl.h


def under_guard() -> None:
    """Fork: return in the child, while this process stays behind as its guardian.

    SIGTERM to the guardian ends the child and everything below it; SIGINT is handed on to the
    child. Its exit code is the child's.
    """
    parent = os.getppid()
    os.setsid()
    heard = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    _prctl(_SET_CHILD_SUBREAPER, 1)
    _end_with_parent(parent, signal.SIGTERM)
    guardian = os.getpid()
    child = os.fork()
    if child:
        _stand_by(child, heard)
    _end_with_parent(guardian, signal.SIGKILL)
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_parent(parent: int, number: int) -> None:
    _prctl(_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it died before it was asked for
        os.kill(os.getpid(), signal.SIGKILL)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _stand_by(child: int, signals: tuple[signal.Signals, ...]) -> NoReturn:
    code = 1
    try:
        while True:
            heard = signal.sigwaitinfo(signals).si_signo
            if heard == signal.SIGTERM:
                break
            if heard == signal.SIGINT:
                os.kill(child, signal.SIGINT)
            elif (ended := _reap(child)) is not None:
                code = ended
                break
        _end_children()
    finally:
        os._exit(code)


def _reap(child: int) -> int | None:
    """Take in the processes that ended; return the exit code of `child` if it is one of them."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == child:
            ended = os.waitstatus_to_exitcode(status)
            code = ended if ended >= 0 else 128 - ended


def _end_children() -> None:
    """End every process below this one: the children of those that end become its own."""
    while True:
        for pid in _children():
            os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _children() -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if words[1] == str(os.getpid()):
            found.append(int(path.parent.name))
    return found
