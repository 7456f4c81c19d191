"""Where Python has less than Linux offers: the modules and calls that Windows lacks are hidden."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

# Other packages take these where they see Linux, so they are imported before anything is hidden.
HIDE = """\
import asyncio, multiprocessing.forkserver, os, signal, subprocess, sys, tempfile
import filelock, IPython, ipykernel.ipkernel, jupyter_client, papermill, psutil, tornado.ioloop
for name in ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "readline"):
    sys.modules[name] = None
for name in ("fork", "forkpty", "killpg", "setsid", "getpgid", "setpgid", "getuid", "geteuid",
             "getgid", "getegid", "fchmod", "chown", "fchown", "mkfifo", "getpriority",
             "register_at_fork", "sched_getaffinity", "statvfs", "O_NOFOLLOW", "uname"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("SIGCHLD", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGUSR1", "SIGUSR2", "SIGSTOP",
             "pthread_sigmask", "sigwaitinfo", "sigwait", "setitimer", "alarm"):
    delattr(signal, name)
"""


@pytest.fixture
def hidden(tmp_path: Path) -> dict[str, str]:
    """The environment of a process, and of those it starts, in which these are hidden."""
    (tmp_path / "less").mkdir()
    (tmp_path / "less" / "sitecustomize.py").write_text(HIDE, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(tmp_path / "less")}


def test_a_notebook_runs_to_its_page_without_what_windows_lacks(
    project: Path, hidden: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "youthviolence.cli", "run"],
        cwd=project, env=hidden, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = project / "reports" / "default" / "01_first.html"
    assert "Traceback" not in done.stderr
    assert "Leeds" in page.read_text(encoding="utf-8")


def test_every_module_can_be_imported_without_what_windows_lacks(hidden: dict[str, str]) -> None:
    names = [
        ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        for path in sorted((ROOT / "src").rglob("*.py")) if path.name != "__main__.py"
    ]  # fmt: skip
    script = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = subprocess.run(
        [sys.executable, "-c", script, *names],
        env=hidden, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
