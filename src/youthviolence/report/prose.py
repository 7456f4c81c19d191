"""Markdown to HTML: numbered sections, anchors, and cross-references that must resolve."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from youthviolence.errors import unknown


@dataclass(frozen=True)
class Section:
    """A numbered section of a page: ``number`` is "2.3", ``anchor`` its id."""

    number: str
    title: str
    anchor: str


class Prose:
    """Renders the Markdown cells of one page in order, counting its sections.

    Parameters
    ----------
    chapter
        The number every section number begins with.
    targets
        Where each exhibit is, by id: its number and the link to it. A link to ``#exhibit-id``
        becomes a link to that exhibit; with an empty text it is written as the exhibit's number.
    """

    def __init__(self, chapter: int, targets: Mapping[str, tuple[str, str]]) -> None:
        # HTML in a cell is shown as text: no page holds markup that the project did not make.
        self._markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._chapter = chapter
        self._targets = targets
        self.sections: list[Section] = []

    def render(self, source: str, where: str) -> str:
        """Return one cell as HTML.

        Raises
        ------
        UsageError
            When a link names an exhibit that the run does not have, with the nearest ids.
        """
        tokens = self._markdown.parse(source)
        kept: list[Token] = []
        skip_title = False
        for place, token in enumerate(tokens):
            if token.type == "heading_open" and token.tag == "h1":
                skip_title = True  # the page shows its title itself
            if not skip_title:
                kept.append(token)
            if token.type == "heading_close" and token.tag == "h1":
                skip_title = False
            if token.type == "heading_open" and token.tag == "h2":
                self._number_section(token, tokens[place + 1])
            if token.type == "inline":
                self._resolve_links(token, where)
        return self._markdown.renderer.render(kept, self._markdown.options, {})

    def _number_section(self, heading: Token, inline: Token) -> None:
        title = inline.content.strip()
        number = f"{self._chapter}.{len(self.sections) + 1}"
        slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
        section = Section(number, title, f"section-{slug}")
        self.sections.append(section)
        heading.attrSet("id", section.anchor)
        label = Token("text", "", 0, content=f"{number} ")
        inline.children = [label, *(inline.children or [])]

    def _resolve_links(self, inline: Token, where: str) -> None:
        children = inline.children or []
        for place, token in enumerate(children):
            href = token.attrGet("href") if token.type == "link_open" else None
            if not isinstance(href, str) or not href.startswith("#"):
                continue
            name = href.removeprefix("#")
            if name not in self._targets:
                raise unknown(f"cross-reference in {where}", name, self._targets)
            number, link = self._targets[name]
            token.attrSet("href", link)
            if children[place + 1].type == "link_close":
                token.meta = {"number": number}
                children.insert(place + 1, Token("text", "", 0, content=number))
