"""What a process forked from the warm server does to become a Jupyter kernel."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zmq
from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from zmq.eventloop.zmqstream import ZMQStream

MEMORY_LIMIT = "YOUTHVIOLENCE_MEMORY_LIMIT"  # bytes that a kernel may allocate


@dataclass(frozen=True)
class Launch:
    """How one kernel starts: its command line, environment, folder, and its private socket."""

    arguments: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str | None
    pipe: str | None


def become_kernel(launch: Launch) -> None:
    """Turn this process into the kernel that `launch` describes; returns when it shuts down."""
    os.setsid()  # a group of its own: Ctrl-C in the terminal reaches the command, not the kernel
    os.environ.clear()
    os.environ.update(launch.env)
    if launch.cwd:
        os.chdir(launch.cwd)
    limit_memory(int(os.environ.get(MEMORY_LIMIT, "0")))
    sys.argv = ["ipykernel_launcher", *launch.arguments]
    sys.path.insert(0, "")
    if launch.pipe:
        _FilePipe.address = f"ipc://{launch.pipe}"
        kernelapp.IOPubThread = _FilePipe  # type: ignore[attr-defined]
    # The kernel ends when its parent, the server, does; and the server when the command does.
    kernelapp.IPKernelApp.launch_instance(list(launch.arguments), parent_handle=os.getppid())


def limit_memory(limit: int) -> None:
    """Let this process allocate `limit` bytes more than it holds; beyond that, MemoryError."""
    if not limit:
        return
    import resource  # noqa: PLC0415 - only where processes can be forked

    status = Path("/proc/self/status").read_text(encoding="ascii")
    held = re.search(r"^VmData:\s+(\d+) kB", status, flags=re.MULTILINE)
    most = limit + (int(held[1]) * 1024 if held else 0)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


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
