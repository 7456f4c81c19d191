"""Markdown to HTML: numbered sections, anchors, and cross-references that must resolve.

Anchors made here hold an underscore, which the id of an exhibit cannot: no two ids meet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from appendices.errors import UsageError, unknown

METHOD = "method"  # what follows a heading "### Method…", up to the next heading, can be folded


@dataclass(frozen=True)
class Section:
    """A numbered section of a page: ``number`` is "2.3", ``anchor`` its id."""

    number: str
    title: str
    anchor: str


class Target(NamedTuple):
    """Where a cross-reference leads: the words it is written as, and a link ("" for none)."""

    words: str
    link: str


@dataclass(frozen=True)
class Prose:
    """One Markdown cell as HTML, and the sections that begin in it."""

    html: Markup
    sections: tuple[Section, ...]


def render_prose(
    cells: Sequence[str], chapter: int, targets: Mapping[str, Target], where: str, *, fold: bool
) -> list[Prose]:
    """Return the Markdown cells of one page as HTML, in order.

    The page's title (its first ``#`` heading) is left out: the page shows it itself. A link to
    ``#name`` leads to an exhibit, or to the section of this page whose title reads so in lower
    case with hyphens; with an empty text it is written as the number of what it names.

    Parameters
    ----------
    chapter
        The number every section number begins with.
    targets
        What may be referred to, by id.
    where
        The name of the page, for messages.
    fold
        Whether method notes are folded away, to be opened.

    Raises
    ------
    UsageError
        When a link names nothing that exists, with the nearest names, or a picture is shown that
        is no exhibit.
    """
    # HTML in a cell is shown as text: no page holds markup that the project did not make.
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    parsed = [markdown.parse(text) for text in cells]
    _drop_title(parsed)
    sections = _number_sections(parsed, chapter)
    known = {
        one.anchor.partition("_")[2]: Target(f"section {one.number}", f"#{one.anchor}")
        for found in sections
        for one in found
    } | dict(targets)
    written = []
    heading = where
    for tokens, found in zip(parsed, sections, strict=True):
        for token in tokens:
            if token.type == "inline":
                token.children = _resolved(token.children or [], known, where)
        heading = found[0].title if found else heading
        kept = _framed_tables(_folded(tokens) if fold else tokens, heading)
        html = Markup(markdown.renderer.render(kept, markdown.options, {}))  # noqa: S704 - escaped
        written.append(Prose(html, tuple(found)))
    return written


def _drop_title(parsed: list[list[Token]]) -> None:
    for tokens in parsed:
        for place, token in enumerate(tokens):
            if token.type == "heading_open" and token.tag == "h1":
                del tokens[place : place + 3]
                return


def _number_sections(parsed: list[list[Token]], chapter: int) -> list[list[Section]]:
    """Give every heading an anchor and every section a number; return the sections by cell."""
    numbered = 0
    taken: set[str] = set()
    sections: list[list[Section]] = []
    for tokens in parsed:
        sections.append([])
        for place, token in enumerate(tokens):
            if token.type not in ("heading_open", "heading_close"):
                continue
            token.tag = "h2" if token.tag == "h1" else token.tag
            if token.type == "heading_close":
                continue
            inline = tokens[place + 1]
            title = _plain(inline)
            slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "section"
            anchor = slug
            while anchor in taken:
                anchor += "-again"
            taken.add(anchor)
            token.attrSet("id", f"s{chapter}_{anchor}")
            if token.tag == "h2":
                numbered += 1
                section = Section(f"{chapter}.{numbered}", title, f"s{chapter}_{anchor}")
                sections[-1].append(section)
                label = Token("text", "", 0, content=f"{section.number} ")
                inline.children = [label, *(inline.children or [])]
    return sections


def _plain(inline: Token) -> str:
    texts = [one.content for one in inline.children or [] if one.type in ("text", "code_inline")]
    return "".join(texts).strip()


def _resolved(children: list[Token], known: Mapping[str, Target], where: str) -> list[Token]:
    """Return the pieces of a line with each cross-reference made a link, or words alone."""
    kept: list[Token] = []
    open_link = True
    for place, token in enumerate(children):
        if token.type == "image":
            raise UsageError(f"{where}: a picture in the text. Show it as an exhibit.")
        href = token.attrGet("href") if token.type == "link_open" else None
        if isinstance(href, str) and href.startswith("#"):
            name = href.removeprefix("#")
            if name not in known:
                raise unknown(f"cross-reference in {where}", name, known)
            target = known[name]
            token.attrSet("href", target.link)
            open_link = bool(target.link)
            kept += [token] if open_link else []
            if children[place + 1].type == "link_close":
                kept.append(Token("text", "", 0, content=target.words))
        elif token.type == "link_close" and not open_link:
            open_link = True
        else:
            kept.append(token)
    return kept


def _folded(tokens: list[Token]) -> list[Token]:
    """Return the tokens with each method note inside a part that opens."""
    kept: list[Token] = []
    inside = False
    summary = 0  # how many of the heading's tokens are still to be left out
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            kept += [_html("</details>")] if inside else []
            title = _plain(tokens[place + 1])
            inside = token.tag == "h3" and title.lower().startswith(METHOD)
            if inside:
                opened = Markup('<details class="method"><summary>{}</summary>').format(title)
                kept.append(_html(opened))
                summary = 3
        if summary:
            summary -= 1
        else:
            kept.append(token)
    return [*kept, _html("</details>")] if inside else kept


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=str(text))


def _framed_tables(tokens: list[Token], name: str) -> list[Token]:
    """Return the tokens with each table in a frame that scrolls, with a caption and scopes."""
    framed: list[Token] = []
    for token in tokens:
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if "right" in str(token.attrs.pop("style", "")):
            token.attrSet("class", "number")
        if token.type == "table_open":
            head = Markup(
                '<div class="scroll" role="region" aria-label="{0}" tabindex="0">'
                '<table><caption class="unseen">{0}</caption>'
            ).format(name)
            framed.append(_html(head))
        elif token.type == "table_close":
            framed.append(_html("</table></div>"))
        else:
            framed.append(token)
    return framed
