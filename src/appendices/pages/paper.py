"""A document on paper: tagged PDF through headless Chromium."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from appendices.pages.tools import run_tool
from appendices.project import scratch_folder


def print_pdf(write: Callable[[Mapping[str, int]], str], browser: str) -> bytes:
    """Return a document as tagged PDF with an outline, its contents with page numbers.

    `write` gives the document for the page numbers of its anchors. It is printed twice: the first
    time, without them, tells on which page everything stands. Times are left out, so
    that the same pages and browser give the same bytes.
    """
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as folder:
        first = _print(write({}), browser, Path(folder))
        second = _print(write(places_in(first)), browser, Path(folder))
    return re.sub(rb"/(?:Creation|Mod)Date \([^)]*\)", lambda one: b" " * len(one[0]), second)


def _print(html: str, browser: str, folder: Path) -> bytes:
    source, result = folder / "book.html", folder / "book.pdf"
    source.write_text(html, encoding="utf-8", newline="\n")
    result.unlink(missing_ok=True)
    # Chromium's sandbox refuses to start for root; the page it prints is the project's own.
    as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    run_tool(
        [browser, "--headless", *as_root, "--disable-gpu", "--disable-background-networking",
         "--no-first-run", "--no-pdf-header-footer", "--generate-pdf-document-outline",
         f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={result}", source.as_uri()],
        result,
    )  # fmt: skip
    return result.read_bytes()


def places_in(pdf: bytes) -> dict[str, int]:
    """Return the page number of every anchor in a PDF that Chromium made; {} where it is unread."""
    objects = dict(re.findall(rb"(\d+) 0 obj\n(.*?)\nendobj", pdf, flags=re.DOTALL))
    catalogue = next((one for one in objects.values() if b"/Type /Catalog" in one), b"")
    roots = {
        key: re.search(rb"/" + key + rb" (\d+) 0 R", catalogue) for key in (b"Pages", b"Dests")
    }
    if not all(roots.values()):
        return {}
    leaves: list[bytes] = []
    waiting = [roots[b"Pages"][1]]  # type: ignore[index]
    while waiting:
        name = waiting.pop(0)
        kids = re.search(rb"/Kids \[(.*?)\]", objects.get(name, b""), flags=re.DOTALL)
        if kids:
            waiting = re.findall(rb"(\d+) 0 R", kids[1]) + waiting
        else:
            leaves.append(name)
    anchors = re.findall(rb"/([\w-]+) \[(\d+) 0 R", objects.get(roots[b"Dests"][1], b""))  # type: ignore[index]
    return {
        anchor.decode("ascii"): leaves.index(page) + 1 for anchor, page in anchors if page in leaves
    }
