from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from appendices.exhibits.exhibit import MIME
from appendices.runs import warm
from appendices.runs.execute import execute
from appendices.runs.notebooks import find_notebooks
from appendices.runs.outcomes import Limits
from appendices.runs.parameters import Value
from appendices.runs.provisioner import QuietKernelManager
from appendices.runs.whole import Request, run_compendium
from tests.conftest import code, show, write_notebook

DEFAULTS: dict[str, Value] = {"level": 0.95, "most": 3}


def exhibits(notebook: object) -> list[object]:
    return [
        output["data"][MIME]
        for cell in notebook["cells"]  # type: ignore[index]
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]


def printed(project: Path, source: str) -> str:
    """Return what a cell prints when its notebook is executed."""
    write_notebook(project / "notebooks" / "01_first.ipynb", code(source))
    outcome = execute(find_notebooks(project)["01_first"], DEFAULTS, project, Limits())
    assert outcome.failure is None
    outputs = json.loads(outcome.content)["cells"][-1]["outputs"]
    return "".join(one["text"] if isinstance(one["text"], str) else "".join(one["text"])
                   for one in outputs)  # fmt: skip


def test_a_notebook_gives_the_same_exhibits_whichever_way_it_is_run(project: Path) -> None:
    path = project / "notebooks" / "01_first.ipynb"
    run_compendium(Request(["01"]), project)
    ours = json.loads((project / "reports/default/notebooks/01_first.ipynb").read_text())

    out = project / "out.ipynb"
    subprocess.run(
        [sys.executable, "-m", "papermill", str(path), str(out), "-p", "most", "3"],
        check=True, capture_output=True, cwd=project,
    )  # fmt: skip
    by_papermill = json.loads(out.read_text())

    cell_by_cell = nbformat.read(path, as_version=4)
    client = NotebookClient(cell_by_cell, resources={"metadata": {"path": str(path.parent)}})
    client.execute()

    assert len(exhibits(ours)) == 1
    assert exhibits(ours) == exhibits(by_papermill) == exhibits(cell_by_cell)


def test_plain_kernels_give_the_same_exhibits(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = find_notebooks(project)["01_first"]
    forked = execute(notebook, DEFAULTS, project, Limits())
    monkeypatch.setenv(warm.PLAIN_KERNELS, "1")
    plain = execute(notebook, DEFAULTS, project, Limits())
    assert exhibits(json.loads(forked.content)) == exhibits(json.loads(plain.content)) != []


@pytest.mark.skipif(not warm.can_fork(), reason="warm kernels need Linux")
def test_kernels_start_with_the_libraries_imported(project: Path) -> None:
    source = "import sys\nprint('statsmodels.api' in sys.modules, 'seaborn' in sys.modules)"
    assert printed(project, source).split() == ["True", "True"]


def test_nothing_that_one_notebook_sets_is_seen_by_another(project: Path) -> None:
    printed(
        project,
        "import os, sys, builtins, pandas as pd, matplotlib as mpl\n"
        "os.environ['LEAK'] = builtins.leak = pd.leak = 'here'\n"
        "mpl.rcParams['lines.linewidth'] = 77\npd.set_option('display.max_rows', 7)\nprint(1)",
    )
    left = printed(
        project,
        "import os, sys, builtins, pandas as pd, matplotlib as mpl\n"
        "print(os.environ.get('LEAK'), hasattr(builtins, 'leak'), hasattr(pd, 'leak'),\n"
        "      mpl.rcParams['lines.linewidth'] == 77, pd.get_option('display.max_rows') == 7)",
    )
    assert left.split() == ["None", "False", "False", "False", "False"]


def test_each_kernel_is_a_process_of_its_own(project: Path) -> None:
    source = "import os\nprint(os.getpid())"
    pids = {printed(project, source), printed(project, source), str(os.getpid())}
    assert len(pids) == 3


@pytest.mark.skipif(os.name != "posix", reason="only there are kernels reached over files")
def test_a_kernel_listens_on_no_open_port(project: Path) -> None:
    # The kernel looks at its own sockets: every listening TCP socket stands in the table as 0A.
    source = (
        "import os, re\nfrom pathlib import Path\n"
        "own = {os.readlink(f'/proc/self/fd/{fd}') for fd in os.listdir('/proc/self/fd')\n"
        "       if os.path.exists(f'/proc/self/fd/{fd}')}\n"
        "rows = [row.split() for table in ('tcp', 'tcp6')\n"
        "        for row in Path(f'/proc/self/net/{table}').read_text().splitlines()[1:]]\n"
        "print(sum(row[3] == '0A' and f'socket:[{row[9]}]' in own for row in rows))"
    )
    assert printed(project, source).strip() == "0"


def test_two_kernels_started_at_once_do_not_share_their_sockets() -> None:
    managers = [QuietKernelManager() for _ in range(2)]
    assert managers[0].ip != managers[1].ip
    assert all(len(manager.ip.encode()) < 100 for manager in managers)


def test_what_c_code_prints_is_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel leaves C's output alone under pytest
    source = "import os, time\nos.write(1, b'from c\\n')\ntime.sleep(0.3)"
    assert "from c" in printed(project, source)


def test_what_a_fork_of_the_kernel_prints_is_kept(project: Path) -> None:
    source = (
        "import os, time\nif os.fork() == 0:\n    print('from a fork', flush=True)\n"
        "    time.sleep(0.3)\n    os._exit(0)\nos.wait()\ntime.sleep(0.3)"
    )
    assert "from a fork" in printed(project, source)


def test_papermill_and_nbclient_find_the_provisioner_by_its_entry_point() -> None:
    from importlib.metadata import entry_points

    names = entry_points(group="jupyter_client.kernel_provisioners").names
    assert "appendices-forkserver" in names


def test_a_figure_drawn_in_a_warm_kernel_is_not_empty(project: Path) -> None:
    # A forked process in which a backend was half set once drew nothing, without an error.
    write_notebook(project / "notebooks" / "01_first.ipynb", show("towns-people", "towns"))
    outcome = execute(find_notebooks(project)["01_first"], DEFAULTS, project, Limits())
    (exhibit,) = exhibits(json.loads(outcome.content))
    assert exhibit["svg"].count("<path") > 10  # type: ignore[index]
    assert len(exhibit["png"]) > 5000  # type: ignore[index]
