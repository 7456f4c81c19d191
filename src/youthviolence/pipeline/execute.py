"""Execute one notebook with papermill and keep what it did, also when it fails."""

from __future__ import annotations

import asyncio
import contextvars
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from jupyter_core.utils import ensure_event_loop
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from youthviolence.parameters import Value
from youthviolence.pipeline.notebooks import Notebook
from youthviolence.pipeline.outcomes import Failure, Outcome
from youthviolence.pipeline.provisioner import NAME as PROVISIONER
from youthviolence.pipeline.provisioner import QuietKernelManager
from youthviolence.project import HOME_VARIABLE

OnCell = Callable[[int, int], None]
_ENGINE = "youthviolence"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
TRACEBACK_LINES = 12


class _Engine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, which also hands out the notebook when its kernel dies."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, holder: list[Any], **kwargs: Any
    ) -> Any:
        holder.append(nb_man)
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


papermill_engines.register(_ENGINE, _Engine)


def execute(
    notebook: Notebook,
    parameters: Mapping[str, Value],
    root: Path,
    *,
    time_limit: float | None = None,
    on_cell: OnCell | None = None,
) -> Outcome:
    """Execute `notebook` with `parameters` in a kernel of its own.

    Parameters
    ----------
    time_limit
        Seconds that one cell may take; none when not given.
    on_cell
        Called with the cell's place and the number of cells, as each cell starts.
    """
    # A context of its own: Jupyter keeps an event loop in it, which is closed here at the end.
    context = contextvars.copy_context()
    try:
        return context.run(_execute, notebook, parameters, root, time_limit, on_cell)
    finally:
        context.run(ensure_event_loop).close()


def _execute(
    notebook: Notebook,
    parameters: Mapping[str, Value],
    root: Path,
    time_limit: float | None,
    on_cell: OnCell | None,
) -> Outcome:
    os.environ.setdefault("JUPYTER_DEFAULT_PROVISIONER_NAME", PROVISIONER)
    os.environ[HOME_VARIABLE] = str(root)
    source = nbformat.read(notebook.path, as_version=4)
    holder: list[Any] = []
    begun = [-1]

    def report(cell: Any, cell_index: int) -> None:
        begun.append(cell_index)
        if on_cell:
            on_cell(cell_index + 1, len(source.cells))

    started = time.perf_counter()
    failure: Failure | None = None
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
            execution_timeout=time_limit,
            holder=holder,
            kernel_manager_class=QuietKernelManager,
            shutdown_kernel="immediate",
            on_cell_start=report,
        )
    except PapermillExecutionError as error:
        failure = Failure(
            _place(holder, error.cell_index), f"{error.ename}: {error.evalue}", _tail(error)
        )
    except CellTimeoutError:
        cell = _place(holder, begun[-1])
        failure = Failure(cell, f"the cell took longer than {time_limit:g} seconds", "")
    except DeadKernelError:
        cell = _place(holder, begun[-1])
        cause = "the kernel died (out of memory, or ended by a signal or by a library)"
        failure = Failure(cell, cause, "")
    except (CellExecutionError, RuntimeError, OSError, asyncio.CancelledError) as error:
        failure = Failure(_place(holder, begun[-1]), f"{type(error).__name__}: {error}", "")
    seconds = time.perf_counter() - started
    executed = holder[0].nb if holder else source
    return Outcome(_stable_json(executed, parameters), seconds, failure)


def _place(holder: list[Any], index: int) -> int:
    """Return a cell's place in the notebook as written: papermill counts the cell it injected."""
    before = holder[0].nb.cells[: max(index, 0)] if holder else []
    injected = sum("injected-parameters" in cell.metadata.get("tags", []) for cell in before)
    return index + 1 - injected


def _tail(error: PapermillExecutionError) -> str:
    """Return the line of the cell that failed, and the last lines of the traceback."""
    lines = _ANSI.sub("", "\n".join(error.traceback)).splitlines()
    pointed = [line for line in lines if re.match(r"-+> *\d+ ", line)]
    last = [line for line in lines[-TRACEBACK_LINES:] if line.strip()]
    return "\n".join(last if not pointed or pointed[0] in last else [pointed[0], "…", *last])


def _stable_json(notebook: Any, parameters: Mapping[str, Value]) -> str:
    """Return the notebook as JSON without times, so that the same run gives the same bytes."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["papermill"] = {"parameters": dict(parameters)}
    for place, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = f"injected-{place}"
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
