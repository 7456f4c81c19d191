"""What a page says in short: the list in its tagged cell, each finding with its basis."""

from __future__ import annotations

import re

from appendices.exhibits.exhibit import Exhibit, basis_cell
from appendices.pages.notebook import LINK, PageSource

_ITEM = re.compile(r"^- .*(?:\n(?!- |\n).*)*", re.MULTILINE)
_PLACEHOLDER = re.compile(r"\{([a-z0-9-]+):")


def findings_text(page: PageSource, text: str) -> str:
    """Return the Markdown of a findings cell, each finding followed by its basis.

    A finding that rests on an exhibit which is left out is left out as well.
    """
    exhibits = {one.exhibit.id: one.exhibit for one in page.exhibits}
    left_out = {name for block in page.blocks if block.kind == "left out" for name in block.made}

    def with_basis(found: re.Match[str]) -> str:
        names = dict.fromkeys([*LINK.findall(found[0]), *_PLACEHOLDER.findall(found[0])])
        if left_out.intersection(names):
            return ""
        bases = dict.fromkeys(_basis(exhibits[name]) for name in names if name in exhibits)
        return f"{found[0]} *Basis: {'; '.join(bases)}.*" if bases else found[0]

    return _ITEM.sub(with_basis, text).rstrip()


def main_finding(page: PageSource) -> str:
    """Return the first finding of a page with its basis, as Markdown; "" where it has none."""
    texts = [findings_text(page, one.text) for one in page.blocks if one.kind == "findings"]
    items = [item for text in texts for item in _ITEM.findall(text)]
    return items[0].removeprefix("- ") if items else ""


def _basis(exhibit: Exhibit) -> str:
    return basis_cell(exhibit.basis, [exhibit.sensitivity])
