"""A document for Word: through pandoc, with captions that Word counts, alt text and A4 pages."""

from __future__ import annotations

import base64
import io
import re
import tempfile
import zipfile
from collections.abc import Mapping
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path

from appendices.pages.html import column_texts, longest_word
from appendices.pages.tools import run_tool
from appendices.project import scratch_folder

_FOOTER = "footer_pages"
_PAGE = {
    "portrait": '<w:pgSz w:w="11906" w:h="16838"/>',
    "landscape": '<w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/>',
}
_SECTION = (
    f'<w:sectPr><w:footerReference w:type="default" r:id="{_FOOTER}"/>{{page}}'
    '<w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" '
    'w:footer="567" w:gutter="0"/></w:sectPr>'
)
_FOOTER_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<w:ftr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:pPr>'
    '<w:jc w:val="right"/></w:pPr><w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r>'
    "</w:fldSimple></w:p></w:ftr>"
)
_STYLES = {
    # A caption stands above its exhibit and stays with it; tables are set smaller than text.
    "Caption": '<w:pPr><w:keepNext/><w:spacing w:before="360" w:after="60"/></w:pPr>'
    "<w:rPr><w:b/></w:rPr>",
    "SubtitleofExhibit": '<w:pPr><w:keepNext/><w:spacing w:before="0" w:after="120"/></w:pPr>',
    "SourceNote": '<w:pPr><w:spacing w:before="60" w:after="60"/></w:pPr>'
    '<w:rPr><w:sz w:val="18"/></w:rPr>',
    "Compact": '<w:pPr><w:spacing w:before="36" w:after="36"/></w:pPr>'
    '<w:rPr><w:sz w:val="18"/></w:rPr>',
}


def make_docx(
    html: str, pictures: Mapping[str, str], pandoc: str, *, title: str, lift: bool
) -> bytes:
    """Return a document as Word file: headings, captions and notes in styles of their own.

    Parameters
    ----------
    pictures
        The figures as base64 of PNG, by the name that `html` calls them.
    lift
        Whether the headings of the second level become the first.
    """
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as name:
        folder = Path(name)
        result = folder / "book.docx"
        (folder / "book.html").write_text(_with_widths(html), encoding="utf-8", newline="\n")
        for picture, content in pictures.items():
            (folder / picture).write_bytes(base64.b64decode(content))
        with as_file(files("appendices.pages").joinpath("templates", "word.lua")) as extras:
            run_tool(
                [pandoc, "--from=html", "--to=docx", "--toc", "--toc-depth=2",
                 f"--shift-heading-level-by={-1 if lift else 0}", f"--resource-path={folder}",
                 f"--metadata=title:{title}", "--metadata=lang:en-GB", f"--lua-filter={extras}",
                 f"--output={result}", str(folder / "book.html")],
                result,
            )  # fmt: skip
        return _settled(result.read_bytes())


def _with_widths(html: str) -> str:
    """Return the document with each table's columns as wide as their words ask for."""

    def widen(found: re.Match[str]) -> str:
        wanted = [
            max(longest_word(texts), min(max(map(len, texts)), 40)) + 4
            for texts in column_texts(found[0])
        ]
        columns = "".join(f'<col width="{100 * one / sum(wanted):.1f}%">' for one in wanted)
        opened = re.match(r"<table[^>]*>(?:\s*<caption.*?</caption>)?", found[0], flags=re.DOTALL)
        head = opened[0] if opened else ""
        return f"{head}<colgroup>{columns}</colgroup>{found[0].removeprefix(head)}"

    return re.sub(r"<table.*?</table>", widen, html, flags=re.DOTALL)


def _settled(docx: bytes) -> bytes:
    """Return a Word file with A4 pages, page numbers and the styles above, and without times."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(docx)) as old, zipfile.ZipFile(made, "w") as new:
        parts = {name: old.read(name) for name in old.namelist()}
        for name, edit in _EDITS.items():
            parts[name] = edit(parts[name].decode("utf-8")).encode("utf-8")
        parts[f"word/{_FOOTER}.xml"] = _FOOTER_XML.encode()
        for name, content in parts.items():
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _pages(text: str) -> str:
    text = re.sub(r"<w:sectPr ?/>", _SECTION.format(page=_PAGE["portrait"]), text)
    return re.sub(
        r'<w:sectPr><w:pgSz w:orient="(\w+)" /></w:sectPr>',
        lambda one: _SECTION.format(page=_PAGE[one[1]]),
        text,
    )


def _styles(text: str) -> str:
    for name, look in _STYLES.items():
        style = rf'<w:style [^>]*w:styleId="{name}".*?</w:style>'
        text = re.sub(style, partial(_restyled, look), text, count=1, flags=re.DOTALL)
    return text


def _restyled(look: str, style: re.Match[str]) -> str:
    bare = re.sub(r"<w:([pr])Pr>.*?</w:\1Pr>", "", style[0], flags=re.DOTALL)
    return bare.replace("</w:style>", f"{look}</w:style>")


_EDITS = {
    "word/document.xml": _pages,
    "word/styles.xml": _styles,
    "docProps/core.xml": lambda text: re.sub(
        r"<dcterms:(created|modified).*?</dcterms:\1>", "", text
    ),
    "[Content_Types].xml": lambda text: text.replace(
        "</Types>",
        f'<Override PartName="/word/{_FOOTER}.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.wordprocessingml.footer+xml"/></Types>',
    ),
    "word/_rels/document.xml.rels": lambda text: text.replace(
        "</Relationships>",
        f'<Relationship Id="{_FOOTER}" Target="{_FOOTER}.xml" Type="http://schemas.openxmlformats'
        '.org/officeDocument/2006/relationships/footer"/></Relationships>',
    ),
}
