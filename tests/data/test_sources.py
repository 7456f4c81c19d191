from __future__ import annotations

import codecs
import gzip
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from appendices.cli import app
from appendices.data.catalogue import build_resource, describe
from appendices.data.load import check, load, read_table
from appendices.errors import DataError, UsageError

CANARY = "Kanarienvogel"
ITEM = {
    "name": "people", "path": "people.csv", "title": "People", "sensitivity": "confidential",
    "schema": {
        "fields": [
            {"name": "person", "type": "string", "constraints": {"required": True, "unique": True}},
            {"name": "age", "type": "integer", "constraints": {"minimum": 10, "maximum": 24}},
            {"name": "sex", "type": "string", "categories": ["female", "male"]},
            {"name": "seen", "type": "date"},
            {"name": "weight", "type": "number"},
            {"name": "known", "type": "boolean"},
            {"name": "code", "type": "string", "constraints": {"pattern": "[A-Z]\\d"}},
        ],
        "primaryKey": ["person"],
        "ascending": [{"column": "age", "within": ["sex"]}],
    },
}  # fmt: skip
HEADER = "person,age,sex,seen,weight,known,code\n"
GOOD = HEADER + "a,12,female,2020-01-31,1.5,true,A1\nb,,male,,,,\n"
RESOURCE = build_resource(ITEM, Path(), "datapackage.json")


def problems(text: str | bytes) -> list[str]:
    content = text if isinstance(text, bytes) else text.encode()
    return [str(finding) for finding in read_table(RESOURCE, content)[1]]


def test_a_valid_table_is_typed() -> None:
    table, findings = read_table(RESOURCE, GOOD.encode())
    assert findings == []
    assert table["age"].tolist() == [12, pd.NA]
    assert table["sex"].cat.categories.tolist() == ["female", "male"]
    assert table["seen"][0] == pd.Timestamp("2020-01-31")
    assert table["weight"][0] == 1.5
    assert table["known"][0]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (f"c,{CANARY},male,,,,", "people.csv, row 3, column 'age': must be a whole number"),
        ("c,9,male,,,,", "row 3, column 'age': must be at least 10"),
        ("c,99,male,,,,", "row 3, column 'age': must be at most 24"),
        ("c,12.0,male,,,,", "row 3, column 'age': must be a whole number"),
        (f"c,12,{CANARY},,,,", "row 3, column 'sex': must be one of: female, male"),
        ("c,12,male,31/01/2020,,,", "row 3, column 'seen': must be a date as YYYY-MM-DD"),
        ("c,12,male,2020-02-30,,,", "row 3, column 'seen': must be a date"),
        ('c,12,male,,"1,500",,', "row 3, column 'weight': must be a number"),
        ("c,12,male,,nan,,", "row 3, column 'weight': must be a number"),
        ("c,12,male,,inf,,", "row 3, column 'weight': must be a number"),
        ("c,12,male,,,maybe,", "row 3, column 'known': must be true or false"),
        ("c,12,male,,,,a1", "row 3, column 'code': must match"),
        (",12,male,,,,", "row 3, column 'person': must not be empty"),
        ("a,12,male,,,,", "row 3, column 'person': must be unique"),
        ("c,11,female,,,,", "row 3, column 'age': out of order"),
        ("c,12,male,,,,A\u0661", "row 3, column 'code': must match"),
        ("c,\u0661\u0662,male,,,,", "row 3, column 'age': must be a whole number"),
        ("c,12,male", "row 3: must have 7 cells"),
        ("c,12,male,,,,,,", "row 3: must have 7 cells"),
    ],
)
def test_a_broken_rule_is_named_by_file_row_column_and_never_by_value(
    row: str, expected: str
) -> None:
    found = problems(HEADER + "a,12,female,,,,\n" + row + "\n")
    assert any(expected in one for one in found), found
    assert CANARY not in "".join(found)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"  \n \n", "empty"),
        (HEADER.replace(",sex", "").encode(), "column 'sex': this column is missing"),
        (HEADER.replace("\n", f",{CANARY}\n").encode(), "unexpected column at place 8"),
        (HEADER.replace("age", "person").encode(), "twice in the header"),
        (GOOD.encode("utf-16"), "not utf-8"),
        (GOOD.replace("male", "m\xe4le").encode("latin-1"), "not utf-8 text"),
        (b"person\x00" + GOOD.encode(), "NUL"),
        (HEADER.encode() + b'"a,12,female', "row 2: must have 7 cells"),
        (GOOD.encode() + b'c,12,male,,,,"A1\nd,12,male,,,,A2\n', "is not closed"),
        (GOOD.encode() + b'"c\nc",12,male,,,,\nd,12\n', "row 5: must have 7 cells"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, expected: str) -> None:
    found = problems(content)
    assert any(expected in one for one in found), found
    assert CANARY not in "".join(found)


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    assert problems(codecs.BOM_UTF8 + GOOD.replace("\n", "\r\n").encode()) == []


def test_many_broken_rows_are_counted_and_a_few_named() -> None:
    found = problems(HEADER + "".join(f"p{i},99,male,,,,\n" for i in range(40)))
    assert "rows 2, 3, 4, 5, 6 and 35 more" in found[0]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_a_table_or_findings_and_nothing_else(content: bytes) -> None:
    table, findings = read_table(RESOURCE, content)
    assert findings or list(table.columns) == [field.name for field in RESOURCE.fields]


@pytest.mark.parametrize("declared", [None, "", "Public", "secret", ["public"], 1])
def test_an_undeclared_sensitivity_is_confidential(declared: object) -> None:
    item = {**ITEM, "sensitivity": declared}
    if isinstance(declared, list):
        declared = tuple(declared)
    resource = build_resource({**item, "sensitivity": declared}, Path(), "p")
    assert resource.sensitivity == "confidential"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sensitvity": "public"}, "Did you mean 'sensitivity'"),
        ({"basis": "measured"}, "unknown basis"),
        ({"title": None}, "'title': expected a text, found nothing"),
        ({"schema": {"feilds": []}}, "Did you mean 'fields'"),
        ({"schema": {"fields": [{"name": "a", "type": "int"}]}}, "Did you mean 'integer'"),
        ({"schema": {"fields": [{"name": "a", "type": "string", "unqiue": 1}]}}, "unknown key"),
        ({"schema": {"fields": [], "primaryKey": ["person"]}}, "unknown column 'person'"),
    ],
)
def test_a_description_with_a_left_over_or_wrong_key_is_refused(
    change: dict[str, object], said: str
) -> None:
    with pytest.raises((DataError, UsageError), match=said):
        build_resource({**ITEM, **change}, Path(), "datapackage.json")


def test_a_changed_file_is_read_anew_and_reading_writes_nothing(project: Path) -> None:
    before = set(project.rglob("*"))
    assert load("towns", project)["people"].tolist() == [30, 12]
    raw = project / "data" / "raw" / "towns.csv"
    raw.write_text("place,people\nLeeds,31\n", encoding="utf-8")
    assert load("towns", project)["people"].tolist() == [31]
    assert set(project.rglob("*")) == before


def test_an_unknown_data_set_has_a_suggestion(project: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'towns'"):
        load("twons", project)


def test_a_compressed_table_reads_like_a_plain_one(project: Path) -> None:
    package = project / "data" / "raw" / "datapackage.json"
    package.write_text(package.read_text().replace("towns.csv", "towns.csv.gz"))
    raw = project / "data" / "raw" / "towns.csv"
    packed = raw.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(raw.read_bytes(), mtime=0))
    assert load("towns", project)["people"].tolist() == [30, 12]
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(DataError, match="not a whole gzip file"):
        load("towns", project)


def test_check_names_every_broken_file_and_says_what_to_do(project: Path) -> None:
    assert CliRunner().invoke(app, ["check"]).exit_code == 0
    (project / "data" / "raw" / "towns.csv").write_text("place,people\nLeeds,-1\n")
    (project / "data" / "raw" / "stray.csv").write_text("a\n1\n")
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 3
    assert "row 2, column 'people': must be at least 0" in result.output
    assert "stray.csv: no resource describes this file" in result.output


def test_a_key_that_points_at_nothing_is_found(project: Path) -> None:
    package = project / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text())
    ports = next(one for one in content["resources"] if one["name"] == "ports")
    ports["schema"] = {
        **ports["schema"],
        "foreignKeys": [
            {"fields": ["place"], "reference": {"resource": "towns", "fields": ["place"]}}
        ],
    }
    package.write_text(json.dumps(content))
    assert check(project)["ports"] == []
    (project / "data" / "raw" / "ports.csv").write_text("place,people\nGoole,3\n")
    (finding,) = check(project)["ports"]
    assert str(finding) == "ports.csv, row 2, column 'place': must stand in towns (place)"


def test_every_file_of_the_project_holds_its_description() -> None:
    from tests.conftest import ROOT

    broken = {name: list(map(str, found)) for name, found in check(ROOT).items() if found}
    assert broken == {}


def test_every_data_set_of_the_project_says_source_licence_and_sensitivity() -> None:
    from tests.conftest import ROOT

    package = json.loads((ROOT / "data" / "raw" / "datapackage.json").read_text())
    declared = {one["name"]: one.get("sensitivity") for one in package["resources"]}
    assert set(declared.values()) <= {"public", "synthetic"}
    for name, resource in describe(ROOT).items():
        assert resource.origins, name
        assert resource.licences, name
        assert resource.basis, name
        assert all(field.description for field in resource.fields), name


@pytest.mark.parametrize("mark", ["[c]", "[x]", "x", "n/a", "..", "-", "*", ":"])
def test_a_mark_for_a_figure_that_is_not_given_says_what_to_do(mark: str) -> None:
    (found,) = problems(HEADER + f"c,12,male,,{mark},,\n")
    assert "row 2, column 'weight'" in found
    assert "leave the cell empty, and say why in `status`" in found


def test_marks_between_thousands_are_told_and_can_be_declared() -> None:
    row = HEADER + 'c,12,male,,"4,512",,\n'
    (found,) = problems(row)
    assert "declare `groupChar`" in found
    item = json.loads(json.dumps(ITEM))
    item["schema"]["fields"][4]["groupChar"] = ","
    resource = build_resource(item, Path(), "datapackage.json")
    table, findings = read_table(resource, row.encode())
    assert findings == []
    assert table["weight"].tolist() == [4512]
    (finding,) = read_table(resource, row.replace("4,512", "4,51").encode())[1]
    assert "must be a number" in str(finding)
