"""No value of a confidential record anywhere: terminal, log, notebook, page, temporary file."""

from __future__ import annotations

import base64
import os
import signal
import time
import traceback
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.data.own import own_resource, read_own
from appendices.errors import DataError
from tests.own.conftest import CANARY, ROWS, command, started, write_cohort_notebook, write_own

FORMS = [
    CANARY.encode(), CANARY.encode("utf-16-le"), CANARY.upper().encode(), CANARY.encode()[:7],
    *(base64.b64encode(b" " * shift + CANARY.encode())[4:-4] for shift in range(3)),
]  # fmt: skip


def traces(place: Path, own: Path) -> list[str]:
    """Return every file below `place`, but for the cohort's own, that holds the canary."""
    return [
        str(path.relative_to(place))
        for path in sorted(place.rglob("*"))
        if path.is_file() and not path.is_relative_to(own)
        if any(form in path.read_bytes() for form in FORMS) or CANARY[:7] in path.name
    ]


def spoil(row: int, column: int, text: str) -> list[list[str]]:
    rows = [list(one) for one in ROWS]
    rows[row][column] = text
    return rows


SPOILT = {
    "a value the mapping does not know": spoil(4, 0, CANARY),
    "a date of birth that is none": spoil(5, 1, CANARY),
    "a day that is none": spoil(5, 2, CANARY),
    "a postcode in a free text": spoil(6, 4, f"{CANARY} SW1A 1AA"),
    "an NHS number in a free text": spoil(6, 4, f"{CANARY} 943 476 5919"),
    "an e-mail address in a category": spoil(6, 3, "zebedee@quillfeather.org"),
    "a row with a cell too many": [*ROWS, [*ROWS[0], CANARY]],
    "a row cut short": [*ROWS, [CANARY]],
    "markup": spoil(3, 0, f"[bold]{CANARY}[/red]"),
    "no header, a record in its place": [],
}


@pytest.mark.parametrize("rows", SPOILT.values(), ids=SPOILT)
def test_check_tells_file_row_and_rule_and_no_value(tmp_path: Path, rows: list[list[str]]) -> None:
    folder = write_own(tmp_path / "own", rows)
    if not rows:
        (folder / "data.csv").write_text(f"{CANARY},1,2,3,4\nx,1,2,3,4\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["cohort", "check", str(folder)])
    assert done.exit_code == 3
    assert "data.csv" in done.stderr
    assert CANARY[:7].lower() not in (done.output + done.stderr).lower()
    assert traces(tmp_path, folder) == []


@pytest.mark.parametrize(
    "content",
    [
        CANARY.encode("utf-16-le") + b"\xff\xfe\xff",
        b"Sex,Birth\n" + CANARY.encode() + b"\x81\x8d,1\n",
        b'Sex,Birth\n"' + CANARY.encode(),
        CANARY.encode() + b"\x00",
    ],
    ids=["UTF-16 cut short", "no encoding", "open quotation", "NUL"],
)
def test_bytes_that_are_no_text_are_not_quoted(own: Path, content: bytes) -> None:
    (own / "data.csv").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_own(own_resource(own))
    assert CANARY[:7] not in "".join(traceback.format_exception(caught.value))


def test_an_unexpected_error_of_a_library_is_told_by_its_kind_and_place(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbles(*_: object) -> None:
        raise ZeroDivisionError(f"cannot divide {CANARY}")

    monkeypatch.setattr("appendices.data.records.apply_mapping", stumbles)
    done = CliRunner().invoke(app, ["cohort", "check", str(own)])
    assert done.exit_code == 3
    assert "unexpected ZeroDivisionError in test_canary.py, line" in done.stderr
    assert CANARY not in done.output + done.stderr


def test_a_traceback_of_the_command_shows_no_variables() -> None:
    assert app.pretty_exceptions_enable is False


def test_a_run_leaves_no_value_whether_its_notebooks_succeed_or_fail(
    compendium: Path, own: Path
) -> None:
    raw = f"open({str(own / 'data.csv')!r}).read()"
    printing = (
        f"import tempfile\nkept = tempfile.NamedTemporaryFile('w', delete=False)\nprint({raw})\n"
    )
    write_cohort_notebook(
        compendium, "02_fails", f"{printing}kept.write({raw})\n{raw} / len(people)"
    )
    write_cohort_notebook(compendium, "03_broken", "")
    broken = write_own(compendium / "broken", SPOILT["a value the mapping does not know"])
    code, said = command(
        compendium, "run", "-p", f"cohort={own}", "-p", f"03:cohort={broken}", "--run", "canary"
    )
    assert code == 4, said
    assert CANARY[:7] not in said
    assert "02_fails, cell 6: TypeError" in said
    assert "data.csv, row 6, column 'sex': holds a value that the mapping does not know" in said
    run = compendium / "reports" / "canary"
    assert "Known to services" in (run / "01_people.html").read_text(encoding="utf-8")
    assert "TypeError" in (run / "failed" / "02_fails.ipynb").read_text(encoding="utf-8")
    (broken / "data.csv").unlink()
    (broken / "mapping.yml").unlink()
    assert traces(compendium.parent, own) == []
    processed = compendium / "data" / "processed"
    assert {path.stem for path in processed.rglob("*")} <= {"people", "towns", "ports"}


def test_a_killed_run_leaves_no_record_behind(compendium: Path, own: Path) -> None:
    raw = f"open({str(own / 'data.csv')!r}).read()"
    write_cohort_notebook(
        compendium,
        "01_people",
        f"import time, pathlib\nprint({raw})\npathlib.Path('there').touch()\ntime.sleep(60)",
    )
    process = started(compendium, "run", "-p", f"cohort={own}")
    until = time.monotonic() + 60
    while not (compendium / "there").exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    said = "".join(process.communicate(timeout=60))
    assert (compendium / "there").exists()
    assert CANARY[:7] not in said
    assert traces(compendium.parent, own) == []
