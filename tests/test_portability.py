"""Where Python has less than Linux offers: the modules and calls that Windows lacks are hidden."""

from __future__ import annotations

import ast
import os
import re
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
        [sys.executable, "-m", "appendices.cli", "run"],
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


def opened_as_the_system_likes(tree: ast.AST) -> list[str]:
    """The calls that read or write text with the encoding or line ends of their system."""
    wrong = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", "")
        if getattr(call.func, "id", "") == "open":
            name = "open"
        given = {one.arg: one.value for one in call.keywords}
        values = [*call.args, *given.values()]
        texts = [one.value for one in values if isinstance(one, ast.Constant)]
        binary = any(isinstance(one, str) and re.fullmatch("[rwxa]\\+?b\\+?", one) for one in texts)
        opens = name in {"open", "fdopen", "NamedTemporaryFile"} and not binary
        if opens and re.search(r"(^os|webbrowser|archive)\.open$", ast.unparse(call.func)):
            continue  # none of these opens text
        needs = {
            "read_text": {"encoding"}, "write_text": {"encoding", "newline"},
            "to_csv": {"lineterminator"}, "TextIOWrapper": {"encoding", "newline"},
        }.get(name, {"encoding", "newline"} if opens else set())  # fmt: skip
        if name in {"run", "Popen", "check_output"} and "text" in given:
            needs = {"encoding"}
        if needs - given.keys() or (name == "to_csv" and "\n" not in texts):
            wrong.append(f"line {call.lineno}: {ast.unparse(call)[:70]}")
    return wrong


def test_text_is_read_and_written_the_same_on_every_system() -> None:
    wrong = {}
    for folder in ("src", "scripts", "benchmarks"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if lines := opened_as_the_system_likes(ast.parse(path.read_text(encoding="utf-8"))):
                wrong[str(path.relative_to(ROOT))] = lines
    assert wrong == {}


@pytest.mark.parametrize(
    "line",
    ["path.read_text()", "path.write_text('a', encoding='utf-8')", "open(path)",
     "frame.to_csv(path)", "path.open('w', encoding='utf-8')", "subprocess.run(words, text=True)"],
)  # fmt: skip
def test_a_line_that_leaves_it_to_the_system_is_seen(line: str) -> None:
    assert opened_as_the_system_likes(ast.parse(line))


def test_git_changes_no_line_end() -> None:
    assert "\n* -text\n" in (ROOT / ".gitattributes").read_text(encoding="utf-8")
