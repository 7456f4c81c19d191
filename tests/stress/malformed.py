"""Malformed cohorts without end: the same number gives the same bytes, on every machine."""

from __future__ import annotations

import csv
import io
import json
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import openpyxl
import yaml

from tests.own.sheets import DESCRIPTION as SHEET
from tests.own.sheets import SHEETS, as_ods, mapping_of

CANARY = "Zebedee Quillfeather"
FIELDS = [
    {"name": "sex", "type": "string", "categories": ["female", "male"]},
    {"name": "age", "type": "integer", "constraints": {"minimum": 10, "maximum": 25}},
    {"name": "band", "type": "string", "categories": ["13-15", "16-18"], "categoriesOrdered": True},
    {"name": "known", "type": "string", "categories": ["yes", "no", "not recorded"]},
    {"name": "ref", "type": "string", "constraints": {"required": True}},
    {"name": "seen", "type": "date"},
]
DESCRIPTION = {
    "name": "fuzzed",
    "title": "Fuzzed",
    "basis": "observed",
    "schema": {"fields": FIELDS},
}
MAPPING: dict[str, Any] = {
    "file": "data.csv",
    "columns": {
        "sex": {"from": "Sex", "values": {"female": ["F", "Female"], "male": ["M"]}, "missing": ""},
        "age": {"from": "Birth", "dates": "day/month/year", "age_at": {"column": "Seen"}},
        "band": {"from": "Birth", "dates": "day/month/year", "age_at": "2024-08-31",
                 "bands": "13-15, 16-18"},
        "known": {"from": "Known?",
                  "values": {"yes": ["Y", "1"], "no": "N", "not recorded": ["", CANARY]}},
        "ref": {"from": "Ref", "pseudonyms": "r"},
        "seen": {"from": "Seen", "dates": "day/month/year", "missing": ["", "never"]},
    },
}  # fmt: skip
HEADER = ["Sex", "Birth", "Seen", "Known?", "Notes", "Ref"]
ROWS = [
    ["F", "01/02/2008", "01/06/2024", "Y", f"asked for {CANARY}", f"{CANARY} 7"],
    ["M", "28/09/2007", "02/06/2024", "n", "=1+1", "q2"],
    ["female", "29/02/2008", "03/06/2024", "", "é", "Q2 "],
]
NASTY = [
    CANARY, "", " ", "\x00", "\ufeff", "\u202e" + CANARY, f"={CANARY}()", f"[bold]{CANARY}[/bold]",
    "[/]", "<script>alert(1)</script>", f"<b>{CANARY}</b>", "{{7*7}}", "%s%n", "'; DROP TABLE x;--",
    "-1", "1e999", "NaN", "inf", "٣٤", "²", "9" * 400, "31/02/2008", "00/00/0000", "1/1/0001",
    "01/02/2008 00:00", "2008-02-01", "\r", "\n", '"', "'", "\\", ";", ",", "\t", "|", "a" * 2000,
    "A" * 10_001, "\ud83d\ude00", "e\u0301" * 50, "\x1b[31m", "\x85", "\u2028", "943 476 5919",
    "SW1A 1AA", "x@y.org", "07700 900123", "12 High Street", "\x07", "None", "TRUE", "#REF!",
]  # fmt: skip
# The keys of a mapping may be told, the values of the file that it lists may not.
_MARKS = [
    "\x00",
    "{",
    "}",
    "[",
    "]",
    ": ",
    "- ",
    "&a ",
    "*a",
    "!!str ",
    '"',
    "'",
    "\n",
    "\t",
    "\ud800",
    "#",
]
ODD: list[Any] = [
    None, True, 0, -1, 10**30, 0.5, "", "x", "somebody", [], {}, [[]], [None], {"": ""},
    {"from": "Sex", "always": "x"}, {"from": []}, ["13-15", "13-15"], "\ud800", "../../etc/passwd",
    "data.xlsx",
    "day/month/year", "2024-13-45", {"column": 3}, "18-13", "1-" + "9" * 50,
    float("inf"), "a" * 5000,
]  # fmt: skip


@dataclass(frozen=True)
class Malformed:
    """One cohort's folder, by file name, and what was done to it."""

    kind: str
    files: dict[str, bytes]


def malformed(number: int, *, seed: int, large: bool) -> Malformed:
    """Return the folder of this number; with `large`, one in a thousand is of absurd size."""
    rng = random.Random(f"{seed}-{number}")
    if large and number % 1000 == 999:
        kinds: tuple[Callable[[random.Random], Malformed], ...] = (_large_csv, _bomb, _repeated)
    else:
        kinds = _KINDS
    made = kinds[number // (1000 if kinds is not _KINDS else 1) % len(kinds)](rng)
    whole = {
        "mapping.yml": as_mapping(MAPPING),
        "cohort.json": json.dumps(DESCRIPTION).encode(),
        "data.csv": as_csv(HEADER, ROWS),
    }
    return Malformed(made.kind, whole | made.files)


def as_mapping(content: Any, **more: Any) -> bytes:
    if isinstance(content, dict):
        content = {**content, **more}
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False).encode("utf-8", "replace")


def as_csv(header: list[str], rows: list[list[str]], mark: str = ",", end: str = "\r\n") -> bytes:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=mark, lineterminator=end, escapechar="\\")
    writer.writerows([header, *rows])
    return buffer.getvalue().encode("utf-8", "surrogatepass")


def _spoil(rng: random.Random, content: bytes, put: list[str] = NASTY) -> bytes:
    """Return bytes with some flipped, cut out, doubled or put in."""
    spoilt = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 5, 30])):
        place, length = rng.randrange(len(spoilt) + 1), rng.choice([1, 1, 2, 8, 64, 500])
        how = rng.randrange(5)
        if how == 0 and place < len(spoilt):
            spoilt[place] ^= 1 << rng.randrange(8)
        elif how == 1:
            del spoilt[place : place + length]
        elif how == 2:
            spoilt[place:place] = rng.randbytes(length)
        elif how == 3:
            spoilt[place:place] = spoilt[place : place + length]
        else:
            spoilt[place:place] = rng.choice(put).encode("utf-8", "surrogatepass")
    return bytes(spoilt[: rng.randrange(len(spoilt) + 1)] if rng.random() < 0.2 else spoilt)


def _cells(rng: random.Random) -> tuple[list[str], list[list[str]]]:
    header, rows = list(HEADER), [list(rng.choice(ROWS)) for _ in range(rng.randrange(5))]
    for _ in range(rng.randrange(4)):
        line = rng.choice([header, *rows])
        how = rng.randrange(4)
        if how == 0:
            line.append(rng.choice(NASTY))
        elif how == 1 and line:
            line.pop(rng.randrange(len(line)))
        elif line:
            line[rng.randrange(len(line))] = rng.choice(NASTY)
    return header, rows


def _random_bytes(rng: random.Random) -> Malformed:
    name = rng.choice(["data.csv", "data.xlsx", "data.ods", "data.txt"])
    head = rng.choice([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"PK\x03\x04", b"PAR1"])
    content = head + rng.randbytes(rng.choice([0, 1, 10, 300, 5000])) + CANARY.encode()
    return Malformed("random bytes", {name: content, "mapping.yml": as_mapping(MAPPING, file=name)})


def _spoilt_csv(rng: random.Random) -> Malformed:
    return Malformed("spoilt CSV", {"data.csv": _spoil(rng, as_csv(HEADER, ROWS))})


def _odd_cells(rng: random.Random) -> Malformed:
    mark = rng.choice([",", ";", "\t", "|", ":"])
    content = as_csv(*_cells(rng), mark, rng.choice(["\r\n", "\n", "\r"]))
    more = {"delimiter": rng.choice(["comma", "semicolon", "tab", "bar", mark, "x"])}
    more = more if rng.random() < 0.5 else {"header_row": rng.choice(["1", "2", "5", "0", "x"])}
    return Malformed("odd cells", {"data.csv": content, "mapping.yml": as_mapping(MAPPING, **more)})


def _encodings(rng: random.Random) -> Malformed:
    names = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp850", "shift_jis",
             "utf-7", "cp037", "mac_roman", "koi8-r"]  # fmt: skip
    content = as_csv(*_cells(rng)).decode("utf-8", "replace").encode(rng.choice(names), "replace")
    declared = rng.choice([*names, "rot13", "zip", "\x00", "", "UTF8", "Latin-1", "idna"])
    more = {} if rng.random() < 0.4 else {"encoding": declared}
    return Malformed("encodings", {"data.csv": content, "mapping.yml": as_mapping(MAPPING, **more)})


@cache
def _workbook() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    for line in [HEADER, *ROWS]:
        book.active.append([cell.replace("=1+1", "plain") for cell in line])
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zipped(parts: dict[str, bytes], pack: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", pack) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, pack)
    return buffer.getvalue()


def _as_workbook(kind: str, content: bytes, **more: Any) -> Malformed:
    mapping = as_mapping(MAPPING, file="data.xlsx", **more)
    return Malformed(kind, {"data.xlsx": content, "mapping.yml": mapping})


def _spoilt_workbook(rng: random.Random) -> Malformed:
    return _as_workbook("spoilt XLSX", _spoil(rng, _zipped(_workbook())))


def _spoilt_part(rng: random.Random) -> Malformed:
    parts = dict(_workbook())
    name = rng.choice(sorted(parts))
    parts[name] = _spoil(rng, parts[name])
    more = {"sheet": rng.choice(["Sheet", "Sheet1", CANARY])} if rng.random() < 0.2 else {}
    return _as_workbook("spoilt part of XLSX", _zipped(parts), **more)


def _sheet(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def _odd_sheet(rng: random.Random) -> Malformed:
    odd = [
        f'<c r="A1" t="inlineStr"><is><t>{CANARY}</t></is></c>', '<c r="A1" t="s"><v>99999</v></c>',
        '<c r="XFD1"><v>1</v></c>', '<c r="ZZZ1"><v>1</v></c>', '<c r="A1" t="e"><v>#REF!</v></c>',
        f"<c r='A1'><f>HYPERLINK(\"{CANARY}\")</f></c>", '<c r="A1" t="d"><v>2024-99-99</v></c>',
        f'<c r="A1"><v>{"9" * 5000}</v></c>', '<c r="A1"><v>1e999</v></c>',
        f"<c><v>{CANARY}</v></c>",
        '<c r="A1" t="b"><v>7</v></c>', '<c r="A1" t="str"><v>_xD800_</v></c>', "<c/>",
        '<c r="A1" s="999"><v>1</v></c>', '<c r="A1" t="n"><v>-99999999</v></c>',
    ]  # fmt: skip
    places = ["1", "0", "-5", "20000", "99999999999", "x", "2"]
    lines = "".join(
        f'<row r="{rng.choice(places)}">{"".join(rng.choices(odd, k=rng.randrange(4)))}</row>'
        for _ in range(rng.randrange(1, 4))
    )
    parts = _workbook() | {"xl/worksheets/sheet1.xml": _sheet(lines)}
    return _as_workbook("odd sheet", _zipped(parts))


def _entities(rng: random.Random) -> Malformed:
    lol = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "lol"}">' for i in range(12))
    outer = '<!ENTITY x SYSTEM "file:///etc/hostname">'
    head = f"<!DOCTYPE sst [{rng.choice([lol, outer, ''])}]>"
    name = rng.choice(sorted(_workbook()))
    text = f'<?xml version="1.0"?>{head}<sst><si><t>&l11;&x;{CANARY}</t></si></sst>'
    parts = _workbook() | {name: text.encode(rng.choice(["utf-8", "utf-16", "utf-7"]))}
    return _as_workbook("entities in XLSX", _zipped(parts))


def _bomb(rng: random.Random) -> Malformed:
    """Return a workbook that inflates, says it inflates, or holds too many parts."""
    how = rng.randrange(4)
    parts = dict(_workbook())
    if how == 0:
        parts["xl/sharedStrings.xml"] = b"<sst>" + b" " * 30_000_000
        content = _zipped(parts)
    elif how == 1:
        parts |= {f"xl/media/{place}.bin": b"" for place in range(2000)}
        content = _zipped(parts)
    elif how == 2:
        cells = "".join(f'<row r="{r}"><c r="XFD{r}"><v>1</v></c></row>' for r in range(1, 2000))
        parts["xl/worksheets/sheet1.xml"] = _sheet(cells)
        content = _zipped(parts, rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
    else:
        inner = _zipped({"a": zlib.compress(b"\x00" * 5_000_000)})
        content = bytearray(_zipped(parts | {"xl/inner.zip": inner}))
        place = content.rfind(b"PK\x01\x02")
        content[place + 24 : place + 28] = struct.pack("<I", rng.choice([0, 2**31, 2**32 - 1]))
    return _as_workbook("zip bomb", bytes(content))


def _as_ods(kind: str, content: bytes, **more: Any) -> Malformed:
    return Malformed(
        kind, {"data.ods": content, "mapping.yml": as_mapping(MAPPING, file="data.ods", **more)}
    )


@cache
def _ods() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(as_ods([HEADER, *ROWS]))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _spoilt_ods(rng: random.Random) -> Malformed:
    if rng.random() < 0.4:
        return _as_ods("spoilt ODS", _spoil(rng, as_ods([HEADER, *ROWS])))
    parts = dict(_ods())
    name = rng.choice(sorted(parts))
    parts[name] = _spoil(rng, parts[name])
    return _as_ods("spoilt part of ODS", _zipped(parts))


def _odd_ods(rng: random.Random) -> Malformed:
    times = rng.choice(["2", "0", "-3", "16384", "1048576", "99999999999", "9" * 40, "x"])
    odd = [
        f'<table:table-cell table:number-columns-repeated="{times}"><text:p>{CANARY}</text:p>'
        "</table:table-cell>",
        f'<table:table-cell table:number-rows-spanned="{times}" office:value-type="string"/>',
        '<table:table-cell office:value-type="date" office:date-value="2024-99-99"/>',
        f'<table:table-cell office:value-type="float" office:value="{CANARY}"/>',
        '<table:table-cell office:value-type="boolean" office:boolean-value="maybe"/>',
        f'<table:table-cell table:formula="of:={CANARY}()"/>', "<table:covered-table-cell/>",
        '<table:table-cell office:value-type="time" office:time-value="PT99H"/>',
    ]  # fmt: skip
    attributes = {
        rng.randrange(1, 6): rng.choice(
            [f'table:number-rows-repeated="{times}"', 'table:visibility="filter"',
             'table:visibility="collapse"', f'table:visibility="{CANARY}"']
        )
        for _ in range(rng.randrange(3))
    }  # fmt: skip
    rows: list[list[Any]] = [list(row) for row in [HEADER, *ROWS]]
    for _ in range(rng.randrange(1, 3)):
        rng.choice(rows)[rng.randrange(6)] = rng.choice(odd)
    return _as_ods("odd ODS", as_ods(rows, attributes))


def _combined(rng: random.Random) -> Malformed:
    """Return a sheet that a person may keep, with traps of several of them, and some answers."""
    first, second = rng.choice([*SHEETS.values()]), rng.choice([*SHEETS.values()])
    mapping = mapping_of(first, declared=rng.random() < 0.5) | rng.choice([{}, second.declare])
    mapping = _mutate(rng, mapping) if rng.random() < 0.3 else mapping
    content = _spoil(rng, first.content) if rng.random() < 0.3 else first.content
    files = {
        first.file: content,
        "mapping.yml": as_mapping(mapping),
        "cohort.json": json.dumps(SHEET).encode(),
    }
    return Malformed("combined", files)


def _repeated(rng: random.Random) -> Malformed:
    """Return a small file of a long text that stands in every row."""
    text = CANARY * rng.choice([10, 400])
    return _as_ods("repeated text", as_ods([HEADER, *[[text] * 6] * 2_000]))


def _large_csv(rng: random.Random) -> Malformed:
    how = rng.randrange(5)
    line = ",".join(ROWS[0]).encode()
    content = [
        lambda: b"\n".join([",".join(HEADER).encode(), *[line] * 150_000]),
        lambda: b"," * 5_000_000,
        lambda: b"\n" * 5_000_000 + CANARY.encode(),
        lambda: b"\n".join([b"Sex,Birth", *[b"a" * 9_999 + b"@,0 0 0"] * 2_000]),
        lambda: b'"' + CANARY.encode() * 3_000_000,
    ][how]()
    return Malformed("absurd size", {"data.csv": content})


def _mutate(rng: random.Random, content: Any) -> Any:
    """Return a deep copy in which one part, somewhere, is another thing."""
    copy = json.loads(json.dumps(content))
    place = copy
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = rng.choice(keys)
        if not isinstance(place[key], dict | list) or not place[key] or rng.random() < 0.25:
            how = rng.randrange(4)
            if how == 0:
                del place[key]
            elif how == 1 and isinstance(place, dict):
                place[rng.choice(["x", "", "always", "merge", "pattern", "unique"])] = rng.choice(
                    ODD
                )
            else:
                place[key] = rng.choice(ODD)
            return copy
        place = place[key]
    return copy


def _odd_mapping(rng: random.Random) -> Malformed:
    content = MAPPING
    for _ in range(rng.randrange(1, 4)):
        content = _mutate(rng, content)
    return Malformed("odd mapping", {"mapping.yml": as_mapping(content)})


def _spoilt_mapping(rng: random.Random) -> Malformed:
    bombs = [
        "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ncolumns: *c\n", "columns: &a {x: *a}",
        "!!python/object/apply:os.system ['touch hacked']", "columns: !!python/name:os.system",
        "[" * 50_000, "{a: " * 20_000, "- " * 50_000, "columns: {<<: {sex: x}}", "--- 1\n--- 2\n",
        "%YAML 9.9\n---\n", "\t", "? [a]\n: b", "columns:\n  sex: x\n  sex: y", "!!binary ####",
        f"columns: {{sex: {{from: Sex, values: {{yes: [{CANARY}, {CANARY}], no: {CANARY}}}}}}}",
    ]  # fmt: skip
    text = (
        rng.choice(bombs).encode()
        if rng.random() < 0.4
        else _spoil(rng, as_mapping(MAPPING), _MARKS)
    )
    return Malformed("spoilt mapping", {"mapping.yml": text})


def _odd_description(rng: random.Random) -> Malformed:
    content = DESCRIPTION
    for _ in range(rng.randrange(1, 4)):
        content = _mutate(rng, content)
    return Malformed("odd description", {"cohort.json": json.dumps(content).encode()})


def _spoilt_description(rng: random.Random) -> Malformed:
    bombs = [
        "[" * 50_000,
        '{"a":' * 50_000,
        "NaN",
        '{"name": 1e999}',
        "9" * 5000,
        "\ufeff{}",
        "null",
    ]
    if rng.random() < 0.2:
        return Malformed("spoilt description", {"cohort.json": rng.choice(bombs).encode()})
    return Malformed(
        "spoilt description", {"cohort.json": _spoil(rng, json.dumps(DESCRIPTION).encode(), _MARKS)}
    )


_KINDS: tuple[Callable[[random.Random], Malformed], ...] = (
    _random_bytes, _spoilt_csv, _odd_cells, _odd_cells, _encodings, _spoilt_workbook, _spoilt_part,
    _odd_sheet, _entities, _spoilt_ods, _odd_ods, _combined, _odd_mapping, _spoilt_mapping,
    _odd_description, _spoilt_description,
)  # fmt: skip
