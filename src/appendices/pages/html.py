"""Templates, and the shell of a page: style and script inside it, held to it by their hashes."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from appendices import __version__
from appendices.settings import compendium
from appendices.types import BASIS_MEANS, SENSITIVITY_MEANS

# In an address as they are; everything else is written as its bytes.
_IN_ADDRESS = " !$&'()*+,-./:;=?@~"
_ASCII_ESCAPES = {code: quote(chr(code), safe=_IN_ADDRESS) for code in range(128)}


@cache
def environment() -> Environment:
    """Return the template environment; every value is escaped, a missing one is an error."""
    made = Environment(
        loader=PackageLoader("appendices.pages"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals |= {
        "compendium": compendium, "version": __version__, "basis_means": BASIS_MEANS,
        "sensitivity_means": SENSITIVITY_MEANS,
    }  # fmt: skip
    return made


def fill(template: str, **values: Any) -> Markup:
    """Return a part of a page from a template."""
    return Markup(environment().get_template(template).render(**values))  # noqa: S704 - escaped


def whole(
    template: str, *, styles: tuple[str, ...], scripts: tuple[str, ...] = (), **values: Any
) -> str:
    """Return a whole page from a template.

    The page asks nothing of anyone: its style and script stand in it, and its policy lets nothing
    else run or load. Text in `styles` that is no file name of a template is a style itself.
    """
    style = "".join(_own(one) if one.endswith(".css") else one for one in styles)
    code = "".join(map(_own, scripts))
    policy = (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src " + (f"'{_hash(code)}'" if code else "'none'")
    )
    # Style and script are the project's own; what varies in them went through `css_text`.
    return fill(template, style=Markup(style), script=Markup(code), policy=policy, **values)  # noqa: S704


@cache
def _own(name: str) -> str:
    return files("appendices.pages").joinpath("templates", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def css_text(text: str) -> str:
    """Return `text` as a string in a style: whatever it holds, it stays text."""
    # The space after a code belongs to the code.
    kept = (one if one.isalnum() or one == " " else f"\\{ord(one):x} " for one in text)
    return f'"{"".join(kept)}"'


@lru_cache(maxsize=512)  # the cells of a sweep show the same code
def marked_code(source: str) -> Markup:
    """Return Python source with its words in classes, for the style to colour."""
    return Markup(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)))  # noqa: S704


def data_address(svg: str) -> str:
    """Return a drawing as an address that holds it, a quarter shorter than base64 would be."""
    escaped = svg.translate(_ASCII_ESCAPES)
    return "data:image/svg+xml," + re.sub(r"[^\x00-\x7f]+", lambda one: quote(one[0]), escaped)


def svg_size(svg: str) -> tuple[int, int]:
    """Return a drawing's size in CSS pixels, so that a page keeps its place for it."""
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return (round(float(found[1]) / 0.75), round(float(found[2]) / 0.75)) if found else (0, 0)


def column_texts(table: str) -> list[list[str]]:
    """Return the cells of a table in HTML as text, column by column, heads included."""
    rows = re.findall(r"<tr>(.*?)</tr>", table, flags=re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL) for row in rows]
    return [[_as_text(cell) for cell in column] for column in zip(*cells, strict=False)]


def _as_text(cell: str) -> str:
    # Nearly all cells are plain, and a page has thousands.
    plain = "<" not in cell and "&" not in cell
    return cell if plain else Markup(cell).striptags()  # noqa: S704 - read, not written


def longest_word(texts: list[str]) -> int:
    """Return the length of the longest word in `texts`: a column cannot be narrower."""
    return max((len(word) for text in texts for word in text.split()), default=1)
