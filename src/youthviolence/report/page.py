"""One executed notebook as one page: what it holds, and its HTML."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from youthviolence.exhibits.exhibit import MIME, read_exhibit
from youthviolence.pipeline.manifest import Numbered
from youthviolence.report.prose import Prose, Section

PROJECT = "Youth violence compendium"
BASIS_MEANS = {
    "observed": "from real data in the compendium",
    "calibrated": "true by construction: the synthetic cohort was solved to meet it",
    "derived": "arithmetic on published figures",
    "assumed": "a parameter",
}


@dataclass(frozen=True)
class Block:
    """A piece of a page: prose, code (with any plain output it printed), or an exhibit."""

    kind: str  # prose | code | exhibit
    text: str = ""
    exhibit: Numbered | None = None


@dataclass(frozen=True)
class PageSource:
    """What an executed notebook holds, before it is written as HTML."""

    notebook: str
    title: str
    blocks: tuple[Block, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def chapter(self) -> int:
        """The number that leads the page's exhibits and sections."""
        return int(re.match(r"\d+", self.notebook)[0])  # type: ignore[index]

    @property
    def exhibits(self) -> list[Numbered]:
        """The page's exhibits in order."""
        return [block.exhibit for block in self.blocks if block.exhibit]


def read_page(path: Path, title: str) -> PageSource:
    """Return what the executed notebook at `path` holds; exhibits are numbered in its order."""
    content = json.loads(path.read_text(encoding="utf-8"))
    chapter = int(re.match(r"\d+", path.stem)[0])  # type: ignore[index]
    counted: dict[str, int] = {}
    blocks: list[Block] = []
    for cell in content["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            blocks.append(Block("prose", source))
        elif cell["cell_type"] == "code":
            blocks.append(Block("code", source))
            for output in cell["outputs"]:
                held = output.get("data", {}).get(MIME)
                if held:
                    exhibit = read_exhibit(held)
                    counted[exhibit.kind] = counted.get(exhibit.kind, 0) + 1
                    number = f"{exhibit.kind.capitalize()} {chapter}.{counted[exhibit.kind]}"
                    blocks.append(Block("exhibit", exhibit=Numbered(number, exhibit)))
                elif text := _plain_output(output):
                    blocks.append(Block("output", text))
    parameters = content["metadata"].get("papermill", {}).get("parameters", {})
    return PageSource(path.stem, title, tuple(blocks), parameters)


def _plain_output(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "stream":
        return "".join(output["text"]).strip() if output["name"] == "stdout" else ""
    return "".join(output.get("data", {}).get("text/plain", "")).strip()


def render_page(
    page: PageSource,
    targets: Mapping[str, tuple[str, str]],
    context: Mapping[str, Any],
) -> str:
    """Return the page as one self-contained HTML file.

    Parameters
    ----------
    targets
        Number and link of every exhibit of the run, by id.
    context
        What the panel and the banner show: ``checks``, ``inputs``, ``parameters``, ``pages``,
        ``synthetic`` and ``mark``.
    """
    prose = Prose(page.chapter, targets)
    pieces: list[Markup] = []
    contents: list[Section | Numbered] = []
    for block in page.blocks:
        before = len(prose.sections)
        if block.kind == "prose":
            pieces.append(Markup(prose.render(block.text, page.notebook)))  # noqa: S704 - no HTML in
            contents += prose.sections[before:]
        elif block.exhibit:
            contents.append(block.exhibit)
            pieces.append(_exhibit_html(block.exhibit, context["inputs"]))
        elif block.kind == "output":
            pieces.append(Markup('<pre class="output">{}</pre>').format(block.text))
        elif block.text.strip():
            pieces.append(_code_html(block.text))
    return render(
        "page.html.j2",
        page=page, pieces=pieces, contents=contents, title=page.title, **context,
    )  # fmt: skip


def _exhibit_html(numbered: Numbered, inputs: Sequence[Mapping[str, Any]]) -> Markup:
    exhibit = numbered.exhibit
    caption = f"{numbered.number}. {exhibit.headline}"
    if exhibit.kind == "figure":
        caption = f"Data for {numbered.number}"
    table = re.sub(
        r"<caption>.*?</caption>",
        lambda _: f"<caption>{escape(caption)}</caption>",
        exhibit.table_html, count=1, flags=re.DOTALL,
    )  # fmt: skip
    svg = base64.b64encode(exhibit.svg.encode()).decode("ascii")
    width, height = _size(exhibit.svg) if exhibit.svg else (0, 0)
    titles = {one["name"]: one for one in inputs}
    return Markup(  # noqa: S704 - the template escapes what it is given
        environment()
        .get_template("exhibit.html.j2")
        .render(
            number=numbered.number, exhibit=exhibit, files=numbered.files,
            table=Markup(table),  # noqa: S704 - escaped where the table was made
            svg=svg, width=width, height=height, basis_means=BASIS_MEANS,
            sources=[titles[name] for name in exhibit.sources if name in titles],
        )
    )  # fmt: skip


def _size(svg: str) -> tuple[int, int]:
    """Return the drawing's size in CSS pixels, so that the page keeps its place for it."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return (round(float(found[1]) / 0.75), round(float(found[2]) / 0.75)) if found else (0, 0)


def _code_html(source: str) -> Markup:
    marked = Markup(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)))  # noqa: S704
    return Markup(
        '<details class="method"><summary>Code</summary>'
        '<pre class="code"><code>{}</code></pre></details>'
    ).format(marked)


@cache
def environment() -> Environment:
    """Return the template environment; every value is escaped, a missing one is an error."""
    return Environment(
        loader=PackageLoader("youthviolence.report"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def render(template: str, **values: Any) -> str:
    """Return a whole page from a template, with its style, script and security policy inside."""
    folder = files("youthviolence.report").joinpath("templates")
    style = folder.joinpath("style.css").read_text("utf-8")
    script = folder.joinpath("page.js").read_text("utf-8")
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_csp_hash(style)}'; script-src '{_csp_hash(script)}'"
    )
    return (
        environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 - the project's own files
            script=Markup(script),  # noqa: S704
            policy=policy, project=PROJECT, basis_means=BASIS_MEANS, **values,
        )
    )  # fmt: skip


def _csp_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
