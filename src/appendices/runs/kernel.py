"""What a process forked from the warm server does to become a Jupyter kernel."""

from __future__ import annotations

import gc
import multiprocessing.forkserver
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zmq
from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread, OutStream
from zmq.eventloop.zmqstream import ZMQStream

from appendices.runs.guardian import under_guard
from appendices.runs.plain import launch as launch_kernel

MEMORY_LIMIT = "APPENDICES_MEMORY_LIMIT"  # bytes that a kernel may allocate
PRINT_LIMIT = "APPENDICES_PRINT_LIMIT"  # characters that a kernel may print on each stream
NOT_KEPT = "\n… the rest was not kept\n"


@dataclass(frozen=True)
class Launch:
    """How one kernel starts: its command line, environment, folder, and its private socket."""

    arguments: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str | None
    pipe: str | None


def become_kernel(launch: Launch) -> None:
    """Turn this process into the kernel that `launch` describes; returns when it shuts down."""
    _let_server_end()
    # What the server imported is never garbage; to look through it for some costs each kernel.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    under_guard()  # in a session of its own: Ctrl-C reaches the command, not the kernel
    os.environ.clear()
    os.environ.update(launch.env)
    tempfile.tempdir = None  # the server may have settled on its own
    if launch.cwd:
        os.chdir(launch.cwd)
    limit_memory(int(os.environ.get(MEMORY_LIMIT, "0")))
    sys.argv = ["ipykernel_launcher", *launch.arguments]
    sys.path.insert(0, "")
    if launch.pipe:
        _FilePipe.address = f"ipc://{launch.pipe}"
        kernelapp.IOPubThread = _FilePipe  # type: ignore[attr-defined]
    _Bounded.most = int(os.environ.get(PRINT_LIMIT, "0")) or None
    # ipykernel copies what programs print to where the kernel's own output would go.
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    launch_kernel(launch.arguments, outstream_class=f"{__name__}.{_Bounded.__name__}")


def _let_server_end() -> None:
    """Let go of the pipe whose end tells the server that no one needs it any more.

    Every process it forks inherits it. A kernel would keep alive the server that it waits for.
    """
    server: Any = multiprocessing.forkserver._forkserver
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
        server._forkserver_alive_fd = None


def limit_memory(limit: int) -> None:
    """Let this process allocate `limit` bytes more than it holds; beyond that, MemoryError."""
    if not limit:
        return
    import resource  # noqa: PLC0415 - only where processes can be forked

    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = re.search(r"^VmData:\s+(\d+) kB", status, flags=re.MULTILINE)
    most = limit + (int(held[1]) * 1024 if held else 0)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


class _Bounded(OutStream):
    """ipykernel's standard streams, which send no more than so many characters."""

    most: int | None = None
    _sent = 0

    def write(self, string: str) -> int | None:  # type: ignore[override]  # as ipykernel has it
        if self.most is not None:
            room = self.most - self._sent
            self._sent += len(string)
            if room <= 0:
                return len(string)
            if len(string) > room:
                super().write(string[:room] + NOT_KEPT)
                return len(string)
        return super().write(string)


class _FilePipe(IOPubThread):
    """ipykernel's output thread, hearing from a notebook's own forks over a file.

    ipykernel opens a port on the loopback interface for that, whatever its transport is.
    """

    address = ""

    def _setup_pipe_in(self) -> None:
        self._pipe_uuid = os.urandom(16)
        socket = self.socket.context.socket(zmq.PULL)
        socket.linger = 0
        socket.bind(self.address)
        self._pipe_in = ZMQStream(socket, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[Any, Any]:
        context = zmq.Context()  # a fork must not use its parent's
        socket = context.socket(zmq.PUSH)
        socket.linger = 3000
        socket.connect(self.address)
        return context, socket
