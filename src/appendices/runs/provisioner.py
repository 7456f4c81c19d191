"""A kernel provisioner that forks kernels from a warm server; plain kernels where it cannot."""

from __future__ import annotations

import os
import sys
from typing import Any
from uuid import uuid4

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.localinterfaces import localhost
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Unicode, default

from appendices.project import socket_folder
from appendices.runs import plain, warm
from appendices.runs.kernel import Launch

NAME = "appendices-forkserver"
_LAUNCHER = "ipykernel_launcher"


class ForkserverProvisioner(LocalProvisioner):
    """Launches ipykernel as a fork of the warm server, and everything else as a local process."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Launch the kernel and return how to reach it."""
        if warm.can_fork() and _LAUNCHER in cmd:
            files = getattr(self.parent, "transport", "tcp") == "ipc"
            process = warm.fork_kernel(
                Launch(
                    arguments=tuple(cmd[cmd.index(_LAUNCHER) + 1 :]),
                    env=dict(kwargs.get("env") or os.environ),
                    cwd=kwargs.get("cwd"),
                    pipe=f"{self.parent.ip}-pipe" if files and self.parent else None,
                )
            )
            self.process = process  # type: ignore[assignment]
            self.pid, self.pgid = process.pid, None  # signals go to the guardian alone
        else:
            if _LAUNCHER in cmd:  # our own Python, whatever a kernel of the user's may name
                place = cmd.index(_LAUNCHER)
                cmd = [sys.executable, "-m", plain.__name__, *cmd[place + 1 :]]
            kwargs["env"] = {**(kwargs.get("env") or os.environ), **warm.BEFORE_IMPORT}
            await super().launch_kernel(cmd, **kwargs)
        warm.track(self.pid or 0, guarded=self.pgid is None)
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Forget the kernel once it has ended."""
        warm.forget(self.pid or 0)
        await super().cleanup(restart=restart)


class QuietKernelManager(AsyncKernelManager):
    """Talks to the kernel over files in a private folder instead of open ports, where it can."""

    transport = Unicode("ipc" if os.name == "posix" else "tcp").tag(config=True)

    @default("ip")
    def _ip_default(self) -> str:
        if self.transport != "ipc":
            return localhost()
        # Not jupyter_client's own default: it is a name in the working folder, the same for two
        # kernels that start at once. The folder is short, for a socket's path may be 107 bytes.
        return str(socket_folder() / uuid4().hex[:12])

    @default("connection_file")
    def _connection_file_default(self) -> str:
        return str(socket_folder() / f"{uuid4().hex[:12]}.json")
