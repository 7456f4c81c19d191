"""A kernel that looks what it reads: `python -m` starts one where none can be forked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from ipykernel.kernelapp import IPKernelApp

from appendices.runs.scrub import mark_errors
from appendices.runs.trace import start_tracing
from appendices.settings import compendium


def launch(arguments: Sequence[str], **settings: Any) -> None:
    """Be a Jupyter kernel, traced from before its first cell; returns when it shuts down."""
    import appendices.data.strings  # noqa: F401, PLC0415 - before any cell; slow

    app = IPKernelApp.instance(**settings)
    app.initialize(list(arguments))
    compendium()  # read before the first cell: it is no input of the notebook
    mark_errors(app.shell)
    start_tracing()
    app.start()


if __name__ == "__main__":
    launch(sys.argv[1:])
