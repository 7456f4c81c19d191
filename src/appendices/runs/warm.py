"""Real Jupyter kernels that start warm: forked from one server that has the libraries imported.

Starting a kernel and importing the scientific stack takes longer than most notebooks' own work.
Here a server process imports it once (multiprocessing's forkserver with a preload list), and each
kernel is a fork of it: a process of its own, with nothing of another notebook in it.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

import psutil

from appendices.errors import NotebookError
from appendices.project import socket_folder
from appendices.settings import compendium

if TYPE_CHECKING:
    from appendices.runs.kernel import Launch

PLAIN_KERNELS = "APPENDICES_PLAIN_KERNELS"
_PRELOAD = [
    "appendices.runs",  # first: it makes the next imports faster
    "IPython.core.interactiveshell",
    "ipykernel.ipkernel",
    "appendices.runs.kernel",
    "ipykernel.zmqshell",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "scipy.stats",
    "seaborn",
    "statsmodels.api",
    "pandas.io.formats.style",
    "appendices.exhibits.appendix",
]
# What a process must have in its environment before the libraries are imported: figures are drawn
# without a screen, and one thread a library keeps sums, and so the bytes, the same.
# Sets have one order, whatever the user's environment says.
BEFORE_IMPORT = {
    "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0",
}  # fmt: skip
_lock = threading.Lock()
_running: dict[int, bool] = {}  # kernels that run, and whether each has a guardian


def can_fork() -> bool:
    """Whether warm kernels work here: Linux, and not switched off by the environment.

    Nor in a daemonic process, which may not have children of this kind: a Dask worker is one
    unless it is told otherwise.
    """
    daemonic = multiprocessing.current_process().daemon
    able = sys.platform == "linux" and hasattr(os, "fork")
    return able and not daemonic and not os.environ.get(PLAIN_KERNELS)


def start_server() -> None:
    """Start the server process, if it is not running; it imports while the caller goes on."""
    # Where multiprocessing puts its sockets: with ours, so that nothing of a killed process stays.
    config: dict[str, str] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    config.setdefault("tempdir", str(socket_folder()))
    with _lock:
        # For good: to take it back would change what other threads are copying.
        os.environ.update(BEFORE_IMPORT)
        multiprocessing.set_forkserver_preload([*_PRELOAD, *compendium().preload])
        forkserver.ensure_running()


class WarmProcess:
    """A forked kernel with the face of `subprocess.Popen` that jupyter_client wants.

    The process is the kernel's guardian, see `guardian`: asked to end, it leaves nothing.
    """

    stdin = stdout = stderr = None

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid or 0

    def poll(self) -> int | None:
        """Return the exit code, or None while the kernel runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the kernel to end and return its exit code."""
        self._process.join(timeout)
        return self.poll()

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel; one that ends it ends whatever it started, too."""
        os.kill(self.pid, signal.SIGTERM if number == signal.SIGKILL else number)

    def kill(self) -> None:
        """End the kernel at once."""
        self._process.terminate()

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self._process.terminate()


def fork_kernel(launch: Launch) -> WarmProcess:
    """Return a new kernel process forked from the server."""
    from appendices.runs.kernel import become_kernel  # noqa: PLC0415 - needed only here

    start_server()
    context = multiprocessing.get_context("forkserver")
    process = context.Process(target=become_kernel, args=(launch,), daemon=True, name="kernel")
    try:
        with _lock, _anonymous_main():
            process.start()
    except EOFError:
        raise NotebookError(
            "the server of the kernels ended while it started. It needs about 2 GB of address "
            "space (`ulimit -v`) and 128 open files (`ulimit -n`)."
        ) from None
    return WarmProcess(process)


def track(pid: int, *, guarded: bool) -> None:
    """Remember a kernel, or its guardian, so that `kill_all` reaches it."""
    _running[pid] = guarded


def forget(pid: int) -> None:
    """Forget a kernel that has ended: its number may be another process's soon."""
    _running.pop(pid, None)


def kill_all() -> None:
    """End every kernel that still runs, with whatever it started."""
    for pid, guarded in list(_running.items()):
        with suppress(OSError, psutil.Error):
            if guarded:
                os.kill(pid, signal.SIGTERM)
            else:
                kernel = psutil.Process(pid)
                for process in (*kernel.children(recursive=True), kernel):
                    process.kill()
        _running.pop(pid, None)


@contextmanager
def _anonymous_main() -> Iterator[None]:
    """Hide the main module: a forked process would import it again, which no kernel needs."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main
