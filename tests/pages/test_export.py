"""Pages on paper and in Word, opened and looked into."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.errors import MissingToolError, UsageError
from appendices.pages.edition import Edition
from appendices.pages.export import books, export
from appendices.pages.html import css_text
from appendices.pages.notebook import read_page
from appendices.pages.paper import places_in
from appendices.pages.tools import find_browser, run_tool
from tests.pages.conftest import Pages


@pytest.fixture
def browser() -> str:
    try:
        return find_browser()
    except MissingToolError as error:
        pytest.skip(f"no browser: {error}")


@pytest.fixture
def pandoc() -> str:
    return shutil.which("pandoc") or pytest.skip("pandoc is not on this machine")


def test_a_pdf_is_tagged_outlined_and_tells_the_pages_of_its_contents(
    pages: Pages, browser: str, tmp_path: Path
) -> None:
    (path,) = export(pages.root, "default", pdf=True, docx=False, together=True, to=tmp_path)
    assert path == tmp_path / "compendium-default.pdf"
    content = path.read_bytes()
    assert b"/MarkInfo" in content
    assert b"/StructTreeRoot" in content
    assert b"/Lang (en-GB)" in content
    assert b"/Outlines" in content
    assert b"/Alt (Bars of people by place." in content
    assert b"Date (" not in content
    places = places_in(content)
    order = ["01_first", "s1_by-town", "towns-people", "long-table", "02_second", "dolls-people"]
    assert [places[name] for name in order] == sorted(places[name] for name in order)
    assert places["01_first"] == 2
    assert places["02_second"] > places["long-table"]


def test_each_sheet_names_its_appendix_and_warns_of_synthetic_people(pages: Pages) -> None:
    sources = tuple(
        read_page(pages.folder / "notebooks" / f"{name}.ipynb", name)
        for name in ("01_first", "02_second")
    )
    edition = Edition(pages.manifest, sources, {"never-made": "Appendix 3"}, "print", together=True)
    (book,) = books(edition)
    heads = dict(re.findall(r"@page (chapter\d) \{(.*?)\n", book.print_html({})))
    assert css_text("Appendix 1. 01_first") in heads["chapter1"]
    assert css_text("Synthetic people") in heads["chapter2"]
    assert css_text("Synthetic people") not in heads["chapter1"]


def test_the_same_run_prints_the_same_bytes(pages: Pages, browser: str, tmp_path: Path) -> None:
    made = [
        export(pages.root, "default", pdf=True, docx=False, together=True, to=tmp_path / name)[0]
        for name in ("a", "b")
    ]
    assert made[0].read_bytes() == made[1].read_bytes()


def test_a_word_file_has_captions_alt_text_headings_and_a4_pages(
    pages: Pages, pandoc: str, tmp_path: Path
) -> None:
    made = export(pages.root, "default", pdf=False, docx=True, together=False, to=tmp_path)
    assert [one.name for one in made] == ["01_first.docx", "02_second.docx"]
    with zipfile.ZipFile(made[0]) as held:
        text = held.read("word/document.xml").decode("utf-8")
        core = held.read("docProps/core.xml").decode("utf-8")
        assert any(name.endswith(".png") for name in held.namelist())
    assert 'w:val="ImageCaption"' in text
    assert 'w:instr=" SEQ Figure \\* ARABIC \\r 1 "' in text
    assert 'w:instr=" SEQ Table \\* ARABIC \\r 2 "' in text
    assert re.search(r'wp:docPr descr="Bars of people by place\.', text)
    assert 'w:val="Heading1"' in text
    assert "<w:tblHeader" in text
    assert '<w:pgSz w:w="11906" w:h="16838"/>' in text
    assert "w:footerReference" in text
    assert "&lt;b onclick=" in text
    assert "dcterms:created" not in core


def test_the_same_run_makes_the_same_word_file(pages: Pages, pandoc: str, tmp_path: Path) -> None:
    made = [
        export(pages.root, "default", pdf=False, docx=True, together=True, to=tmp_path / name)[0]
        for name in ("a", "b")
    ]
    assert made[0].read_bytes() == made[1].read_bytes()


def test_the_command_writes_into_the_run_and_says_where(
    pages: Pages, pandoc: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pages.root)
    monkeypatch.setenv("APPENDICES_HOME", str(pages.root))
    done = CliRunner().invoke(app, ["export", "default", "--docx", "--one-file"])
    assert done.exit_code == 0
    assert "compendium-default.docx" in done.output
    assert (pages.folder / "export" / "compendium-default.docx").is_file()


@pytest.mark.parametrize(("option", "said"), [("--pdf", "chromium"), ("--docx", "pandoc")])
def test_a_tool_that_is_missing_is_named_with_its_own_exit_code(
    pages: Pages, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, option: str, said: str
) -> None:
    monkeypatch.setenv("APPENDICES_HOME", str(pages.root))
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, ["export", "default", option, "--to", str(tmp_path / "out")])
    assert done.exit_code == MissingToolError.exit_code
    assert said in done.output
    assert not (tmp_path / "out").exists()


def test_the_browser_the_environment_names_is_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "my-browser"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("APPENDICES_CHROMIUM", str(own))
    assert find_browser() == str(own)
    monkeypatch.setenv("APPENDICES_CHROMIUM", str(tmp_path / "none"))
    with pytest.raises(MissingToolError, match="APPENDICES_CHROMIUM"):
        find_browser()


def test_a_tool_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match=r"exit code 3.*It said: sorry"):
        run_tool(["/bin/sh", "-c", "echo sorry >&2; exit 3"], tmp_path / "none")


def test_a_run_that_is_not_there_is_an_error_with_those_that_are(pages: Pages) -> None:
    with pytest.raises(UsageError, match=r"no finished run 'defualt'\. Runs here: default"):
        export(pages.root, "defualt", pdf=True, docx=False, together=False)


def test_the_reference_run_that_keeps_no_notebooks_is_refused_in_words() -> None:
    said = CliRunner().invoke(app, ["export", "reference"], env={"COLUMNS": "300"})
    assert said.exit_code
    told = said.output or str(said.exception)
    assert "run 'reference' keeps no executed notebook of 01_national_context" in told
    assert "youthviolence run" in told
    assert "No such file" not in told


def test_text_in_a_style_stays_text() -> None:
    assert css_text('a"}</style>') == '"a\\22 \\7d \\3c \\2f style\\3e "'
