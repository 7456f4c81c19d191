"""What an executed notebook holds, in order: prose, numbered exhibits, output, code."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appendices.exhibits.exhibit import MIME, read_exhibit
from appendices.exhibits.unrecorded import MIME as LEFT_OUT
from appendices.runs.manifest import Numbered
from appendices.runs.parameters import InCatalogue, Parameter, declared_parameters

REPORT_TAG = "report-cohort"
"""Marks text about the report's own cohort: of it the page of another has the title alone."""
FINDINGS_TAG = "findings"
"""Marks the cell that says a page in short: a list, its main finding first."""
MAIN_TAG = "main"
"""Marks a cell whose exhibits stand in the text whatever they answer."""
TEXTS = ("prose", "findings")  # the kinds of block that are Markdown
LINK = re.compile(r"\]\(#([a-z0-9-]+)\)")


@dataclass(frozen=True)
class Block:
    """A piece of a page. Code carries the numbers of the exhibits it made."""

    kind: str  # prose | findings | exhibit | left out | output | code
    text: str = ""
    exhibit: Numbered | None = None
    made: tuple[str, ...] = ()


@dataclass(frozen=True)
class PageSource:
    """An executed notebook before it is written as a page.

    ``inputs_read`` is the SHA-256 of each data set as it was when the notebook ran, where the
    notebook says so.
    """

    notebook: str
    title: str
    blocks: tuple[Block, ...]
    declared: Mapping[str, Parameter]
    inputs_read: Mapping[str, str]

    @property
    def chapter(self) -> int:
        """The number that leads the page's exhibits and sections."""
        return chapter_of(self.notebook)

    @property
    def name(self) -> str:
        """What the page is called in a sentence: "Appendix 2"."""
        return f"Appendix {self.chapter}"

    @property
    def exhibits(self) -> list[Numbered]:
        """The page's exhibits in order."""
        return [block.exhibit for block in self.blocks if block.exhibit]

    @property
    def code(self) -> str:
        """All code of the page."""
        return "\n".join(block.text for block in self.blocks if block.kind == "code")


def chapter_of(notebook: str) -> int:
    """Return the number that a notebook's name begins with."""
    return int(re.match(r"\d+", notebook)[0])  # type: ignore[index]


def read_page(path: Path, title: str, mark: str = "") -> PageSource:
    """Return what the executed notebook at `path` holds; exhibits are numbered in its order.

    `mark` is what the policies in force write into the names of files.

    A reader meets an exhibit before the code that made it: code follows what it showed, and code
    cells that nothing stands between become one.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    foreign = is_foreign(content, declared_parameters(path))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"])
        if foreign and REPORT_TAG in cell["metadata"].get("tags", ()):
            lines = cell["source"].split("\n")
            cell["source"] = "\n".join(line for line in lines if line.startswith("# "))
    reader = _Reader(chapter_of(path.stem), mark, main_exhibits(content["cells"]))
    for cell in content["cells"]:
        source = cell["source"]
        if cell["cell_type"] == "markdown":
            if source:
                findings = FINDINGS_TAG in cell["metadata"].get("tags", ())
                reader.prose(source, "findings" if findings else "prose")
        elif cell["cell_type"] == "code":
            reader.code(source, cell["outputs"])
    reader.finish_code()
    inputs = content["metadata"].get("appendices", {}).get("inputs", {})
    name = path.stem.removesuffix(f"_{mark}")
    return PageSource(name, title, tuple(reader.blocks), declared_parameters(path), inputs)


def is_foreign(content: Mapping[str, Any], declared: Mapping[str, Parameter]) -> bool:
    """Return whether the executed notebook was run with another cohort than it was written for."""
    given = content["metadata"].get("papermill", {}).get("parameters", {})
    return any(
        str(given.get(name, parameter.default)) != str(parameter.default)
        for name, parameter in declared.items()
        if any(isinstance(rule, InCatalogue) and not rule.column for rule in parameter.rules)
    )


def main_exhibits(cells: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the exhibits that stand in the text: they answer one of the report, or bear a finding.

    Those of a cell tagged `MAIN_TAG` do too. Where there are none of these, nothing is told apart,
    and all stand in the text.
    """
    held = [
        (data[MIME], MAIN_TAG in cell["metadata"].get("tags", ()))
        for cell in cells
        for output in cell.get("outputs", ())
        if MIME in (data := output.get("data", {}))
    ]
    cited = {
        name
        for cell in cells
        if FINDINGS_TAG in cell["metadata"].get("tags", ())
        for name in LINK.findall(cell["source"])
    }
    main = {
        one["id"] for one, tagged in held if tagged or one["source_exhibit"] or one["id"] in cited
    }
    return main or {one["id"] for one, _ in held}


class _Reader:
    def __init__(self, chapter: int, mark: str, main: Collection[str]) -> None:
        self._mark = mark
        self._main = main
        self.blocks: list[Block] = []
        self._chapter = chapter
        self._counted: Counter[str] = Counter()
        self._code: list[str] = []
        self._made: list[str] = []
        self._shown = False

    def prose(self, source: str, kind: str) -> None:
        self.finish_code()
        self.blocks.append(Block(kind, source))

    def code(self, source: str, outputs: list[Mapping[str, Any]]) -> None:
        shown = [block for output in outputs if (block := self._output(output))]
        if shown and self._shown:
            self.finish_code()
        self.blocks += shown
        self._made += [block.exhibit.number for block in shown if block.exhibit]
        self._shown = self._shown or bool(shown)
        if source.strip():
            self._code.append(source.strip())

    def finish_code(self) -> None:
        if self._code:
            text = "\n\n".join(self._code)
            self.blocks.append(Block("code", text, made=tuple(self._made)))
        self._code, self._made, self._shown = [], [], False

    def _output(self, output: Mapping[str, Any]) -> Block | None:
        data = output.get("data", {})
        if left_out := data.get(LEFT_OUT):
            return Block("left out", left_out["sentence"], made=(left_out["id"],))
        if held := data.get(MIME):
            exhibit = read_exhibit(held)
            series = f"{exhibit.kind.capitalize()} {'' if exhibit.id in self._main else 'S'}"
            self._counted[series] += 1
            number = f"{series}{self._chapter}.{self._counted[series]}"
            return Block("exhibit", exhibit=Numbered(number, exhibit, self._mark))
        printed = output["text"] if output.get("name") == "stdout" else data.get("text/plain", "")
        text = "".join(printed).strip()
        return Block("output", text) if text else None
