"""Programs that are not part of the project: found, or missed in words; run with patience."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from appendices.errors import MissingToolError
from appendices.project import scratch_folder

CHROMIUM_VARIABLE = "APPENDICES_CHROMIUM"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PATIENCE = 180  # seconds that a program may take for one document


def find_browser() -> str:
    """Return the Chromium on this machine: the one the environment names, else the first found."""
    named = os.environ.get(CHROMIUM_VARIABLE)
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found:
        return found
    looked = f"{CHROMIUM_VARIABLE}={named}" if named else ", ".join(_BROWSERS)
    raise MissingToolError(
        f"a PDF is printed by Chromium or Chrome, and none was found (looked for: {looked}). "
        f"Install one, such as Debian's package chromium, or name it in {CHROMIUM_VARIABLE}. "
        "The pages can also be printed from any browser."
    )


def find_pandoc() -> str:
    """Return the pandoc on this machine."""
    if found := shutil.which("pandoc"):
        return found
    raise MissingToolError(
        "a Word file is made by pandoc, and it was not found. Install it, such as Debian's package "
        "pandoc, or open a page in Word itself."
    )


def run_tool(command: list[str], result: Path) -> None:
    """Run `command`, which makes the file `result`.

    Raises
    ------
    MissingToolError
        When it makes no file, or takes too long, with the last line of what it said.
    """
    tool = Path(command[0]).name
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", check=False,
            timeout=_PATIENCE, env={**os.environ, "TMPDIR": str(scratch_folder())},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise MissingToolError(f"{tool} did not finish within {_PATIENCE} seconds.") from None
    if done.returncode != 0 or not result.is_file():
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise MissingToolError(
            f"{tool} is here but could not make the file (exit code {done.returncode}). "
            f"It said: {' '.join(last) or 'nothing'}"
        )
