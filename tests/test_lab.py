"""JupyterLab, as the environment has it, calls nowhere."""

from __future__ import annotations

import subprocess
import sys


def test_jupyterlab_asks_for_no_news_updates_or_extensions() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlab", "--show-config-json", "--allow-root"],
        capture_output=True, encoding="utf-8", check=True, timeout=120,
    )  # fmt: skip
    assert '"news_url": null' in done.stdout
    assert '"check_for_updates_class": "jupyterlab.handlers.announcements.Never' in done.stdout
    assert "Extension Manager is 'readonly'" in done.stderr
