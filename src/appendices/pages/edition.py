"""The pages of one run as a whole: what each must know of the others, and how to cite them."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from appendices import __version__
from appendices.disclosure.policy import marked_name, marks_of
from appendices.pages.notebook import PageSource, chapter_of
from appendices.pages.prose import Target
from appendices.runs.manifest import Numbered
from appendices.runs.notebooks import FOLDER, tree_of
from appendices.runs.parameters import code_cells, read_notebook
from appendices.settings import compendium

Medium = Literal["screen", "print", "word"]


@dataclass(frozen=True)
class Edition:
    """The pages of a run, and what each must know of the others to be written.

    ``elsewhere`` holds the exhibits of the project that the run does not have, by id, with the
    name of their appendix. ``together`` is true where all pages go into one file, ``supplement``
    where print and Word have the supplements too.
    """

    manifest: Mapping[str, Any]
    pages: tuple[PageSource, ...]
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    medium: Medium = "screen"
    together: bool = False
    supplement: bool = False

    def targets(self, page: PageSource | None) -> dict[str, Target]:
        """Return what the text of `page`, or of the index, may refer to, by id."""
        found = {
            name: Target(f"{where} (not in this run)", "") for name, where in self.elsewhere.items()
        }
        for other in self.pages:
            here = self.together or other is page
            mark = marks_of(self.manifest["parameters"])
            file = "" if here else marked_name(f"{other.notebook}.html", mark)
            reachable = here or self.medium == "screen"
            link = f"{file}#{other.notebook}" if here else file
            found[other.notebook] = Target(other.name, link if reachable else "")
            for block in other.blocks:
                if block.kind == "left out":
                    found[block.made[0]] = Target("an exhibit that is left out", "")
            for one in other.exhibits:
                shown = self.medium == "screen" or self.supplement or not one.supplement
                link = f"{file}#{one.exhibit.id}" if reachable and shown else ""
                found[one.exhibit.id] = Target(one.number, link)
        return found


def exhibits_elsewhere(root: Path, complete: Collection[str]) -> dict[str, str]:
    """Return the exhibits that notebooks outside `complete` would show, with their appendix.

    A run of some notebooks may refer to exhibits of the others: those are known by the ids written
    out in the notebooks' calls of ``show``.
    """
    found = {}
    for path in sorted((root / FOLDER).glob("[0-9][0-9]_*.ipynb")):
        if path.stem in complete:
            continue
        where = f"Appendix {chapter_of(path.stem)}"
        found[path.stem] = where
        for source, _ in code_cells(read_notebook(path)):
            found |= dict.fromkeys(_ids_shown(source), where)
    return found


@lru_cache(maxsize=1024)  # as for `tree_of`
def _ids_shown(source: str) -> tuple[str, ...]:
    calls = [node for node in ast.walk(tree_of(source)) if isinstance(node, ast.Call)]
    return tuple(
        call.args[0].value
        for call in calls
        if getattr(call.func, "attr", "") == "show"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    )


def citation(
    page: PageSource, manifest: Mapping[str, Any], numbered: Numbered | None = None
) -> str:
    """Return how to cite a page, or one exhibit of it: enough to find the same bytes again."""
    what = f"{page.name}, {page.title}"
    if numbered:
        what = f"{numbered.number}, “{numbered.exhibit.headline.rstrip('.')}”, in {what}"
    return f"{compendium().title}, version {__version__}. {what}. {run_words(manifest)}"


def run_words(manifest: Mapping[str, Any]) -> str:
    """Return the run and commit in words: "Run default, commit 3b0e8c6…"."""
    commit = f"commit {manifest['commit'][:12]}" if manifest["commit"] else "not under git"
    changed = " with uncommitted changes" if manifest["tree_clean"] is False else ""
    return f"Run {manifest['run']}, {commit}{changed}."


def counted(page: PageSource) -> str:
    """Return how many figures and tables a page has, in words."""
    figures = sum(one.exhibit.kind == "figure" for one in page.exhibits)
    tables = len(page.exhibits) - figures
    words = [
        f"{count} {noun}{'' if count == 1 else 's'}"
        for count, noun in ((figures, "figure"), (tables, "table"))
        if count
    ]
    return ", ".join(words) or "no exhibits"


def run_citation(manifest: Mapping[str, Any]) -> str:
    """Return how to cite the whole of a run."""
    return f"{compendium().title}, version {__version__}. {run_words(manifest)}"
