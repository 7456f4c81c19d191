"""Notebooks that do what no notebook should: each fails alone, in bounds, and leaves nothing."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import code, show, write_notebook
from tests.stress.faults import trial

pytestmark = [pytest.mark.stress, pytest.mark.timeout(600)]

PRINTING = {
    "at once": "print('x' * 1_000_000_000)",
    "in lines": "for _ in range(10_000):\n    print('x' * 100_000)",
    "to stderr": "import sys\nfor _ in range(1_000):\n    sys.stderr.write('x' * 1_000_000)",
    "by a program": "import subprocess\n"
    "subprocess.run('head -c 1000000000 /dev/zero | tr \"\\\\0\" x', shell=True)",
}


@pytest.mark.parametrize("how", PRINTING)
def test_a_gigabyte_printed_is_cut(project: Path, how: str) -> None:
    write_notebook(
        project / "notebooks" / "01_first.ipynb", code(PRINTING[how]), show("towns-people", "towns")
    )
    with trial(project) as here:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        done = here.finish("run", "01", "--time-limit", "120")
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    executed = project / "reports/default/notebooks/01_first.ipynb"
    assert "the rest was not kept" in executed.read_text(encoding="utf-8")
    assert executed.stat().st_size < 8_000_000
    assert len(done.stdout) < 10_000
    # The command itself, not the kernel: a child that is not waited for does not count.
    assert most < max(before, 600_000), f"{most / 1e3:.0f} MB"


HARMFUL = {
    "allocates": ("held = [bytearray(10_000_000) for _ in range(1000)]", "MemoryError"),
    "allocates with numpy": ("import numpy\nheld = numpy.ones(10**10)", "MemoryError"),
    "never ends": ("while True: pass", "longer than 5 seconds"),
    "sleeps for ever": ("import time\ntime.sleep(10**6)", "longer than 5 seconds"),
    "is deaf": (
        "import signal, time\nfor one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
        "    signal.signal(one, signal.SIG_IGN)\nwhile True:\n"
        "    try:\n        time.sleep(10**6)\n    except BaseException:\n        pass",
        "longer than 5 seconds",
    ),
    "stops itself": ("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", "longer than 5"),
    "holds the interpreter": ("import re\nre.match('(a+)+$', 'a' * 40 + 'b')", "longer than 5"),
    "exits": ("import os\nos._exit(0)", "the kernel died"),
    "crashes": ("import ctypes\nctypes.string_at(0)", "the kernel died"),
    "aborts": ("import os\nos.abort()", "the kernel died"),
    "kills its group": ("import os, signal\nos.killpg(0, signal.SIGKILL)", "the kernel died"),
    "kills its parent": (
        "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(9)", "the kernel died",
    ),
    "closes its sockets": (
        "k = get_ipython().kernel\nk.iopub_socket.close()\nfor one in k.shell_stream,:\n"
        "    one.socket.close()",
        "",
    ),
    "closes every file": ("import os\nos.closerange(0, 1000)", ""),
    "recurses": ("import sys\nsys.setrecursionlimit(10**9)\nf = lambda n: f(n + 1)\nf(0)", ""),
    "leaves children": (
        "import subprocess\nsubprocess.Popen(['sleep', '1000'])\n"
        "subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "subprocess.run('setsid sh -c \"sleep 1000 & sleep 1000 &\"', shell=True)\n"
        "import os\nfor _ in range(3):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork() == 0:\n            import time\n            time.sleep(1000)\n"
        "        os._exit(0)\n1 / 0",
        "ZeroDivisionError",
    ),
    "leaves children and exits": (
        "import os, subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "os._exit(0)", "the kernel died",
    ),
    "leaves files": (
        "import tempfile\nfor _ in range(20):\n    open(tempfile.mkstemp()[1], 'w').write('x')\n"
        "tempfile.mkdtemp()\n1 / 0", "ZeroDivisionError",
    ),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARMFUL)
def test_a_harmful_notebook_fails_alone_and_leaves_nothing(project: Path, harm: str) -> None:
    source, said = HARMFUL[harm]
    write_notebook(project / "notebooks" / "01_first.ipynb", code(source), show("a", "towns"))
    with trial(project) as here:
        begun = time.monotonic()
        done = here.run("run", "--time-limit", "5", "--memory-limit", "0.5")
        seconds = time.monotonic() - begun
        assert here.left() == []
        assert done.returncode == 4, done.stderr
        assert said in done.stderr
        assert "01_first, cell 5" in done.stderr
        manifest = json.loads((project / "reports/default/manifest.json").read_text())
        states = {one["name"]: one["status"] for one in manifest["notebooks"]}
        assert states == {"01_first": "failed", "02_second": "complete"}
        assert seconds < 60, seconds
        write_notebook(project / "notebooks" / "01_first.ipynb", show("a", "towns"))
        here.finish("run")
    print(f"\n{harm}: {seconds:.1f} s", file=sys.stderr)


def test_the_limits_are_in_the_help(project: Path) -> None:
    with trial(project) as here:
        for command in ("run", "sweep"):
            said = here.finish(command, "--help", COLUMNS="120").stdout
            assert "--time-limit" in said
            assert "--memory-limit" in said
