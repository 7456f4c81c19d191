"""Execute one notebook with papermill and keep what it did, also when it fails."""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.log import logger

from appendices.project import HOME_VARIABLE, scratch_folder
from appendices.runs.jobs import is_private, is_protected
from appendices.runs.kernel import MEMORY_LIMIT, NOT_KEPT, PRINT_LIMIT
from appendices.runs.manifest import read_inputs
from appendices.runs.notebooks import Notebook
from appendices.runs.outcomes import Failure, Limits, Outcome
from appendices.runs.parameters import Value
from appendices.runs.provisioner import NAME as PROVISIONER
from appendices.runs.provisioner import QuietKernelManager
from appendices.runs.scrub import scrub, source_of, told
from appendices.runs.trace import TRACE, UNSEEN, Read, loaded, opened, read_trace

OnCell = Callable[[int, int], None]
_ENGINE = "appendices"
_PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}
_FAILURES = (
    PapermillExecutionError, CellTimeoutError, DeadKernelError, CellExecutionError, RuntimeError,
    OSError, asyncio.CancelledError,
)  # fmt: skip
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
TRACEBACK_LINES = 12


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's own client, which keeps no more printed text than the limit."""

    def __init__(self, nb_man: Any, limits: Limits, **kwargs: Any) -> None:
        self._room = int(limits.printed_mb * 1e6)
        self._seconds, self._begun = limits.seconds, 0.0
        super().__init__(nb_man, timeout_func=self._seconds_left, **kwargs)

    def _seconds_left(self, cell: Any) -> float | None:
        self._begun = self._begun or time.monotonic()  # a slow start is not the notebook's
        if self._seconds is None:
            return None
        return max(0.1, self._begun + self._seconds - time.monotonic())

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if msg["msg_type"] == "stream":
            text = msg["content"]["text"]
            if self._room <= 0:
                return None
            if len(text) > self._room:
                msg["content"]["text"] = text[: self._room] + NOT_KEPT
            self._room -= len(text)
        return super().process_message(msg, cell, cell_index)


class _Engine(Engine):  # type: ignore[misc]
    """Runs a notebook in `_Client`, and hands out the notebook when its kernel dies."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        holder: list[Any],
        limits: Limits,
        env: Mapping[str, str],
        start_timeout: float = 60,
        **kwargs: Any,
    ) -> Any:
        holder.append(nb_man)
        for name in ("input_path", "log_output", "stdout_file", "stderr_file"):
            kwargs.pop(name, None)  # papermill's own, of which this client has no use
        client = _Client(
            nb_man, limits, kernel_name=kernel_name, startup_timeout=start_timeout, log=logger,
            **kwargs,
        )  # fmt: skip
        return client.execute(env=env)


papermill_engines.register(_ENGINE, _Engine)


def execute(
    notebook: Notebook,
    parameters: Mapping[str, Value],
    root: Path,
    limits: Limits,
    *,
    on_cell: OnCell | None = None,
) -> Outcome:
    """Execute `notebook` with `parameters` in a kernel of its own.

    Parameters
    ----------
    limits
        What the notebook may use; beyond it, it fails and says so.
    on_cell
        Called with the cell's place and the number of cells, as each cell starts.

    Of a notebook that read confidential data only its exhibits are kept, see `scrub`.
    """
    # A context of its own: Jupyter keeps an event loop in it, which is closed here at the end.
    context = contextvars.copy_context()
    # Whatever the notebook leaves in the folder for temporary files goes with it.
    with tempfile.TemporaryDirectory(dir=scratch_folder(), ignore_cleanup_errors=True) as scratch:
        own = {
            HOME_VARIABLE: str(root),
            MEMORY_LIMIT: str(int(limits.memory_gb * 1e9)),
            PRINT_LIMIT: str(int(limits.printed_mb * 1e6)),
            "TMPDIR": scratch,
            # No start-up files, settings or history of the user's own.
            "IPYTHONDIR": str(Path(scratch, "ipython")),
            TRACE: str(Path(scratch, "read")),
        }
        try:
            return context.run(_execute, notebook, parameters, root, own, limits, on_cell)
        finally:
            context.run(_close_loop)


def _close_loop() -> None:
    """Close this context's event loop; a kernel that died leaves tasks waiting in it."""
    loop = ensure_event_loop()
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
    loop.close()


def _execute(
    notebook: Notebook,
    parameters: Mapping[str, Value],
    root: Path,
    own: Mapping[str, str],
    limits: Limits,
    on_cell: OnCell | None,
) -> Outcome:
    os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", PROVISIONER)
    source = nbformat.read(notebook.path, as_version=4)
    source.metadata.setdefault("kernelspec", _PYTHON)
    holder: list[Any] = []
    begun = [-1]

    def report(cell: Any, cell_index: int) -> None:
        begun.append(cell_index)
        if on_cell:
            on_cell(cell_index + 1, len(source.cells))

    started = time.perf_counter()
    error: BaseException | None = None
    try:
        papermill.execute_notebook(
            source,
            None,
            dict(parameters),
            engine_name=_ENGINE,
            kernel_name="python3",
            progress_bar=False,
            request_save_on_cell_execute=False,
            autosave_cell_every=0,
            holder=holder,
            limits=limits,
            env={**os.environ, **own},
            kernel_manager_class=QuietKernelManager,
            shutdown_kernel="immediate",
            on_cell_start=report,
        )
    except _FAILURES as caught:
        error = caught
    seconds = time.perf_counter() - started
    reads = tuple(read_trace(Path(own[TRACE]), begun=begun[-1] >= 0))
    private = _is_private(notebook, parameters, root, reads)
    failure = _failure(error, holder, begun[-1], limits, private=private) if error else None
    executed = holder[0].nb if holder else source
    if private:
        scrub(executed)
    names = {notebook.name: loaded(reads)}
    inputs = read_inputs([notebook], {notebook.name: parameters}, root, names, opened(reads))
    read = {one["name"]: one["sha256"] for one in inputs if one["sha256"]}
    return Outcome(_stable_json(executed, parameters, read), seconds, failure, reads, private)


def _is_private(
    notebook: Notebook, parameters: Mapping[str, Value], root: Path, reads: Sequence[Read]
) -> bool:
    """Return whether it read confidential data that the policy protects; so where unseen."""
    names = {*loaded(reads), *notebook.chosen(parameters)}
    unseen = any(one == UNSEEN for one in reads)
    return is_protected(parameters) and (unseen or is_private(parameters, names, root))


def _failure(
    error: BaseException, holder: list[Any], begun: int, limits: Limits, *, private: bool
) -> Failure:
    """Return what is told of an error: of one in a cell its words, unless these may be records."""
    if isinstance(error, PapermillExecutionError):
        cause = f"{error.ename}: {error.evalue}"
        if error.ename.endswith("MemoryError"):
            cause = f"MemoryError: it may hold {limits.memory_gb:g} GB, see --memory-limit"
        if private:
            written = source_of(holder[0].nb) if holder else ""
            cause = told(error.ename, error.evalue, error.traceback, written)
        return Failure(_place(holder, error.cell_index), cause, _tail(error, private=private))
    if isinstance(error, CellTimeoutError):
        cause = f"the notebook took longer than {limits.seconds:g} seconds, see --time-limit"
    elif isinstance(error, DeadKernelError):
        cause = "the kernel died (out of memory, or ended by a signal or by a library)"
    else:
        cause = type(error).__name__ if private else f"{type(error).__name__}: {error}"
    return Failure(_place(holder, begun), cause, "")


def _place(holder: list[Any], index: int) -> int:
    """Return a cell's place in the notebook as written: papermill counts the cell it injected."""
    before = holder[0].nb.cells[: max(index, 0)] if holder else []
    injected = sum("injected-parameters" in cell.metadata.get("tags", []) for cell in before)
    return index + 1 - injected


def _tail(error: PapermillExecutionError, *, private: bool) -> str:
    """Return the line of the cell that failed, and the last lines of the traceback.

    Only the notebook's own line where the data are confidential: the rest may quote them.
    """
    lines = _ANSI.sub("", "\n".join(error.traceback)).splitlines()
    pointed = [line for line in lines if re.match(r"-+> *\d+ ", line)]
    if private:
        return "".join(pointed[:1])
    last = [line for line in lines[-TRACEBACK_LINES:] if line.strip()]
    return "\n".join(last if not pointed or pointed[0] in last else [pointed[0], "…", *last])


def _stable_json(notebook: Any, parameters: Mapping[str, Value], inputs: Mapping[str, str]) -> str:
    """Return the notebook as JSON without times, so that the same run gives the same bytes.

    `inputs` holds the SHA-256 of each file it reads: the page is held against them later.
    """
    notebook.metadata.pop("widgets", None)
    notebook.metadata["papermill"] = {"parameters": dict(parameters)}
    notebook.metadata["appendices"] = {"inputs": dict(inputs)}
    for place, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-{place}"
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
