"""Files as they come, and the mapping that says in full what becomes of them."""

from __future__ import annotations

import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from rich.console import Console

from appendices.commands.cohort import check, new
from appendices.data.apply import _answer
from appendices.data.cells import Cells, Column
from appendices.data.findings import Finding
from appendices.data.identifiers import find_identifiers, is_nhs_number
from appendices.data.load import load_resource
from appendices.data.mapping import FileMapping, Rule, fill_mapping, read_mapping
from appendices.data.new_own import new_cohort
from appendices.data.own import described_names, find_data_set, own_resource, read_own
from appendices.errors import DataError, DisclosureError, UsageError
from appendices.exhibits.text import Cells as CellTexts
from appendices.exhibits.text import fill
from appendices.runs.notebooks import find_notebooks, fitting, settle_parameters
from appendices.runs.sweep import SweepRequest, prepare_sweep
from tests.conftest import ROOT
from tests.own.conftest import ROWS, write_own
from tests.stress.malformed import HEADER, MAPPING, as_csv, as_mapping

FEW = [
    ["F", "28/09/2007", "01/06/2024", "Y", "é", "case seven"],
    [" m ", "02/06/2008", "02/06/2024", " n", "€", "case two"],
    ["female", "03/06/2008", "02/06/2024", "", "", " Case  seven"],
]


def cells_of(header: str, texts: list[str]) -> Cells:
    """Return a file of one column."""
    column = Column.of(texts)
    return Cells("f.csv", (header,), (column,), np.arange(2, len(texts) + 2))


def identifiers(header: str, texts: list[str], **mapping: Any) -> list[Finding]:
    """Return what is found in a file of one column."""
    content = {"file": "f.csv", "columns": {}} | mapping
    return find_identifiers(cells_of(header, texts), FileMapping.model_validate(content))


def table(folder: Path) -> pd.DataFrame:
    return read_own(own_resource(folder))[0]


def expect_few(found: pd.DataFrame) -> None:
    assert list(found["sex"]) == ["female", "male", "female"]
    assert list(found["age"]) == [16, 16, 15]
    assert list(found["band"]) == ["16-18", "16-18", "16-18"]
    assert list(found["known"]) == ["yes", "no", "not recorded"]
    assert list(found["person"]) == ["p1", "p2", "p3"]
    assert list(found["ref"]) == ["r1", "r2", "r1"]
    assert list(found["seen"].dt.strftime("%d %m %Y")) == ["01 06 2024", "02 06 2024", "02 06 2024"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", ""), ("utf-8-sig", ""), ("utf-16", ""), ("utf-8-sig", "utf-8-sig"),
        ("utf-8", "UTF8"), ("utf-16-le", "utf-16"), ("cp1252", "windows-1252"), ("cp850", "cp850"),
    ],
)  # fmt: skip
def test_any_common_encoding_and_delimiter_gives_the_same_table(
    tmp_path: Path, mark: str, encoding: str, declared: str
) -> None:
    more = {"encoding": declared} if declared else {}
    folder = write_own(tmp_path / "own", FEW, **more)
    text = as_csv(HEADER, FEW, mark).decode().replace("€", "E")
    (folder / "data.csv").write_bytes(text.encode(encoding))
    expect_few(table(folder))


def test_a_workbook_gives_the_same_table(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "own", FEW)
    dated = [
        [one[0], *(datetime.strptime(cell, "%d/%m/%Y") for cell in one[1:3]), *one[3:]]
        for one in FEW
    ]
    book = openpyxl.Workbook()
    for line in [["a title", None], [], HEADER, *dated, [], [None, None]]:
        book.active.append(line)
    book.save(folder / "data.xlsx")
    (folder / "mapping.yml").write_bytes(as_mapping(MAPPING, file="data.xlsx", header_row="3"))
    found, report = read_own(own_resource(folder))
    expect_few(found)
    assert report.dropped == (5,)


def test_what_a_file_leaves_open_is_asked_not_guessed(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "own", FEW)
    (folder / "data.csv").write_bytes(
        as_csv(HEADER, FEW).decode().replace("€", "¤").encode("cp1252")
    )
    with pytest.raises(DataError, match=r"encoding cannot be told\. Declare `encoding`"):
        table(folder)
    (folder / "data.csv").write_text("Sex;Birth,x\nF;M,1\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"delimiter cannot be told .fit: comma and semicolon"):
        table(folder)
    book = openpyxl.Workbook()
    book.create_sheet("Other")
    book.active.append(HEADER)
    book.save(folder / "data.xlsx")
    (folder / "mapping.yml").write_bytes(as_mapping(MAPPING, file="data.xlsx"))
    with pytest.raises(DataError, match="has 2 sheets; declare which"):
        table(folder)


def test_a_formula_without_its_result_is_not_read_as_nothing(tmp_path: Path) -> None:
    folder = write_own(tmp_path / "own", FEW)
    book = openpyxl.Workbook()
    for line in [HEADER, ["F", "=TODAY()", "01/06/2024", "Y", ""]]:
        book.active.append(line)
    book.save(folder / "data.xlsx")
    (folder / "mapping.yml").write_bytes(as_mapping(MAPPING, file="data.xlsx"))
    with pytest.raises(
        DataError, match=r"row 2, column 'age': is a formula that was saved without"
    ):
        table(folder)


def changed(**columns: Any) -> dict[str, Any]:
    return {**MAPPING, "columns": {**MAPPING["columns"], **columns}}


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ({**MAPPING, "colums": {}}, "unknown key 'colums'. Did you mean 'columns'"),
        (changed(sexx="Sex"), "unknown attribute 'sexx'. Did you mean 'sex'"),
        ({**MAPPING, "columns": {"sex": "Sex"}}, "no rule for 'age'"),
        (changed(sex="Gender"), "has no column called 'Gender'"),
        (changed(sex={"from": "Sex", "values": {"female": ["F", "M"], "male": "M"}}), "under two"),
        (changed(sex={"from": "Sex", "values": {"male": "M"}, "missing": "M"}), "under `missing`"),
        (changed(sex={"from": "Sex", "always": "male"}), "either `from` or `always`"),
        (changed(age={"from": "Birth", "age_at": "soon"}), "is a day as YYYY-MM-DD"),
        (changed(age={"from": "Birth", "age_at": {"column": ""}}), "is a day as YYYY-MM-DD"),
        (changed(sex={"from": ""}), "'from': expected a text, and not an empty one, found nothing"),
        (changed(age={"from": "Birth", "age_at": "2024-08-31", "dates": "d/m/y"}), "of dates"),
        (changed(band={"from": "Birth", "age_at": "2024-08-31", "bands": "18-13"}), "bands rise"),
        ({**MAPPING, "encoding": "utf-9"}, "unknown encoding 'utf-9'. Did you mean 'utf-"),
        ({**MAPPING, "delimiter": "comma", "file": "../data.csv"}, "a file in the same folder"),
        ({**MAPPING, "file": "data.xls"}, "the old format of Excel; save it as .xlsx"),
        ({**MAPPING, "hidden_row": "keep"}, "unknown key 'hidden_row'. Did you mean 'hidden_rows'"),
        ({**MAPPING, "hidden_rows": "yes"}, "unknown answer 'yes'. Allowed: drop, keep"),
        ({**MAPPING, "header_row": "first"}, "'header_row': expected a whole number, found a text"),
        ({**MAPPING, "ignore": {}}, "'ignore': expected a list, found pairs"),
    ],
)  # fmt: skip
def test_a_mapping_that_is_not_clear_is_refused(
    own: Path, mapping: dict[str, Any], says: str
) -> None:
    (own / "mapping.yml").write_bytes(as_mapping(mapping))
    with pytest.raises((DataError, UsageError), match=says.replace("(", r"\(")):
        table(own)


def test_values_are_taken_as_written_and_only_those_declared(own: Path) -> None:
    mapping = as_mapping(MAPPING).replace(b"'yes'", b"yes").replace(b"'1'", b"1")
    (own / "mapping.yml").write_bytes(mapping)
    assert set(table(own)["known"]) == {"yes", "no"}
    (own / "mapping.yml").write_bytes(mapping.replace(b"'no': N", b"'no': [No]"))
    with pytest.raises(DataError, match="rows 3, 4, 6, 7, 9 and 15 more, column 'known': holds a"):
        table(own)


def test_of_a_date_of_birth_an_age_and_a_band_are_kept_and_nothing_else(own: Path) -> None:
    found = table(own)
    assert set(found["age"]) == {16}
    assert not any("2008" in str(cell) for column in found for cell in found[column])
    own_rule = as_mapping(changed(age={"from": "Birth"}))
    (own / "mapping.yml").write_bytes(own_rule)
    with pytest.raises(DataError, match="column 'age': must be a whole number"):
        table(own)
    (own / "mapping.yml").write_bytes(
        as_mapping(changed(age={"always": "15"}, band={"always": "13-15"}))
    )
    with pytest.raises(DataError, match="place 2 holds what look like dates of birth"):
        table(own)


NAMES = ["Jane Smith", "Ali Khan", "O'Neil, Pat", "Mary J. Jones", "Tom Brown-Hall", "Eve Stone"]


@pytest.mark.parametrize(
    ("header", "cells", "what"),
    [
        *((one, ["x"], "names of people") for one in ("Name", "SURNAME", "first_name", "FName")),
        *((one, ["x"], "dates of birth") for one in ("DOB", "Date of birth", "child_dob", "Born")),
        *((one, ["x"], "NHS numbers") for one in ("NHS no.", "nhs_number", "NHSNumber")),
        ("Home address", ["x"], "addresses"), ("Post code", ["x"], "postcodes"),
        ("E-mail", ["x"], "e-mail addresses"), ("Mobile", ["x"], "telephone numbers"),
        ("col", NAMES, "names of people"), ("col", ["28 Sep 2004", "1/2/05"], "dates of birth"),
        ("col", ["1/2/05"], "dates of birth"), ("col", ["20040928"], "dates of birth"),
        ("col", ["1/2/17", "3/4/16"], "dates of birth"),
        ("Since", ["2018-05-06"], "dates of birth"),
        ("Court date", ["01/02/2013", "05/06/2014"], "dates of birth"),
        ("col", ["José García", "Siân Evans", "Zoë Ó Briain", "Łukasz Żak", "Ana Ñu"], "names of"),
        ("col", ["josé garcía", "siân evans", "mary ann smith", "ali khan", "tom o'n"], "names of"),
        ("col", ["see 943 476 5919"], "an NHS number"),
        ("col", ["near sw1a 1aa."], "a postcode"), ("col", ["x@y.org"], "an e-mail address"),
        ("col", ["+44 (0)20 7946 0958"], "a telephone number"),
        ("col", ["9434765919.0"], "an NHS number"), ("col", ["SW1A-1AA"], "a postcode"),
        ("col", ["QQ123456C", "AB 12 34 56 C"], "a National Insurance number"),
        ("col", ["March 4, 2008", "04Mar2008", "2008/3/4"], "dates of birth"),
        ("col", ["Mary Ann Smith", "Dr Ann Smith", "Smith,Ann", *NAMES], "names of people"),
        *((one, ["x"], "names of people") for one in ("Person name", "Service user name",
                                                      "Offender name", "Name of YP")),
        ("Postal code", ["x"], "postcodes"), ("Addr1", ["x"], "addresses"),
        ("col", ["12 High Street"], "a street address"),
    ],
)  # fmt: skip
def test_a_direct_identifier_is_found_by_its_name_or_its_form(
    header: str, cells: list[str], what: str
) -> None:
    (finding,) = identifiers(header, cells)
    assert what in finding.rule
    assert not any(cell in str(finding) for cell in cells if len(cell) > 1)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("School name", ["x"]), ("Country of birth", ["England"]), ("NHS trust", ["Barts"]),
        ("Ward", ["SE15"]), ("Score", ["9434765918", "12"]), ("Referral date", ["01/06/2024"]),
        ("Age", ["15"]), ("Known to services?", ["Yes"]),
    ],
)  # fmt: skip
def test_what_only_resembles_an_identifier_is_not_refused(header: str, cells: list[str]) -> None:
    assert identifiers(header, cells) == []


def test_declared_categories_are_no_names_of_people() -> None:
    groups = ["White British", "White Irish", "Black African", "Black Caribbean", "Asian Indian"]
    columns = {"group": {"from": "Group", "values": {"white": "White British"}}}
    assert identifiers("Group", groups, columns=columns) == []
    assert identifiers("Group", groups, not_names="Group") == []
    assert identifiers("Group", groups)


def test_the_check_digit_of_nhs_numbers_is_reckoned() -> None:
    assert is_nhs_number("943 476 5919")
    assert not is_nhs_number("943 476 5918")
    assert not is_nhs_number("1111111111")


@pytest.mark.parametrize(
    ("declared", "level"),
    [
        ({}, "confidential"), ({"sensitivity": "pubic"}, "confidential"),
        ({"sensitivity": None}, "confidential"), ({"sensitivity": "synthetic"}, "synthetic"),
    ],
)  # fmt: skip
def test_a_cohort_is_confidential_unless_it_says_otherwise(
    own: Path, declared: dict[str, Any], level: str
) -> None:
    content = json.loads((own / "cohort.json").read_text(encoding="utf-8"))
    (own / "cohort.json").write_text(json.dumps(content | declared), encoding="utf-8")
    assert own_resource(own).sensitivity == level


def test_no_cohort_of_ones_own_is_copied_into_the_processed_data(
    compendium: Path, own: Path
) -> None:
    load_resource(find_data_set(compendium, str(own)), compendium)
    assert not (compendium / "data" / "processed").exists()


@pytest.mark.parametrize("like", ["offenders", "victims"])
def test_a_new_cohort_checks_once_its_template_is_filled(tmp_path: Path, like: str) -> None:
    folder = tmp_path / "new"
    assert len(new_cohort("new", like, folder, ROOT)) == 6
    assert (folder / ".gitignore").read_text(encoding="utf-8") == "*\n"
    header = (folder / "template.csv").read_text(encoding="utf-8").strip().split(",")
    book = openpyxl.load_workbook(folder / "template.xlsx")
    assert [cell.value for cell in book.active[1]] == header
    filled = load_resource(find_data_set(ROOT, like), ROOT)[header]
    filled.to_csv(folder / "template.csv", index=False)
    found = table(folder)
    assert own_resource(folder).sensitivity == "confidential"
    assert found[header].astype("str").equals(filled.astype("str"))
    with pytest.raises(UsageError, match="is there already and is not empty"):
        new_cohort("new", like, folder, ROOT)


def test_a_new_network_checks_once_its_template_is_filled(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    new_cohort("new", "network", folder, ROOT)
    ties = load_resource(find_data_set(ROOT, "network_ties"), ROOT)
    for kind in ("incident", "institution"):
        places = load_resource(find_data_set(ROOT, f"network_{kind}s"), ROOT)
        ties[f"{kind}_type"] = ties[kind].map(places.set_index(kind)["type"].astype("str"))
    header = (folder / "template.csv").read_text(encoding="utf-8").strip().split(",")
    ties[header].to_csv(folder / "template.csv", index=False)
    found = table(folder)
    assert set(found) == {"tie", *header}
    assert found["person"].nunique() == ties["person"].nunique() == 57
    for name in ("start", "end", "date"):
        assert found[name].equals(ties[name])
    again = found["person"].map(dict(zip(found["person"], ties["person"], strict=True)))
    assert again.tolist() == ties["person"].tolist()


@pytest.mark.parametrize(
    ("name", "rule", "said"),
    [
        ("ref", {"from": "Ref"}, "or `pseudonyms` in mapping.yml; no free text"),
        ("ref", {"from": "Ref", "pseudonyms": "ref"}, "one small letter"),
        ("ref", {"from": "Ref", "pseudonyms": "r", "values": {"a": "b"}}, "do not go together"),
        ("seen", {"from": "Seen"}, "a date has `dates` in mapping.yml"),
        ("sex", {"from": "Sex", "dates": "day/month/year"}, "nothing else has it without `age_at`"),
    ],
)
def test_ids_become_pseudonyms_and_days_are_declared_or_the_cohort_is_refused(
    own: Path, name: str, rule: dict[str, Any], said: str
) -> None:
    columns = {**MAPPING["columns"], name: rule}
    (own / "mapping.yml").write_bytes(as_mapping(MAPPING, columns=columns))
    with pytest.raises(DataError, match=said):
        own_resource(own)


def test_a_network_that_cannot_be_is_told_by_the_rows_of_the_file(tmp_path: Path) -> None:
    new_cohort("new", "network", tmp_path / "new", ROOT)
    header = "person,incident,institution,role,date,start,end,incident_type,institution_type\n"
    rows = "A1,,S1,,,2019-02-01,2019-01-01,,school\n\nA2,,S1,,,,,,custody\n"
    (tmp_path / "new" / "template.csv").write_text(header + rows, encoding="utf-8")
    with pytest.raises(DataError, match=r"template.csv, row 4, column 'institution_type'"):
        check(tmp_path / "new", Console(quiet=True))


def test_a_notebook_that_a_cohort_does_not_fit_is_left_out_or_refused(tmp_path: Path) -> None:
    new_cohort("new", "victims", tmp_path / "new", ROOT)
    notebooks = find_notebooks(ROOT)
    chosen = [one for name, one in notebooks.items() if name < "04"]
    settings = {one.name: dict.fromkeys(one.cohorts, str(tmp_path / "new")) for one in chosen}
    fit, unfit = fitting(chosen, settings, ROOT, named=False)
    assert [one.name for one in fit] == ["01_national_context", "02_victim_cohort"]
    assert "route" in unfit["03_offender_cohort"]
    # Asked for by name, it shows what it can; a network has nothing that it can show.
    assert fitting(chosen, settings, ROOT, named=True) == (chosen, {})
    new_cohort("ties", "network", tmp_path / "ties", ROOT)
    (third,) = (one for one in chosen if one.name == "03_offender_cohort")
    settings = {third.name: {"cohort": str(tmp_path / "ties")}}
    with pytest.raises(UsageError, match="for 03_offender_cohort the chosen cohort lacks age, "):
        fitting([third], settings, ROOT, named=True)


def test_a_sweep_over_cohorts_is_for_own_eyes_or_is_refused(tmp_path: Path) -> None:
    folders = [str(tmp_path / name) for name in ("north", "south")]
    for folder in folders:
        new_cohort("new", "victims", Path(folder), ROOT)
    over = f"cohort={','.join(folders)}"
    with pytest.raises(DisclosureError, match="one cohort in many ways"):
        prepare_sweep(SweepRequest("02", [over], run="never-run"), ROOT)
    shown = SweepRequest("02", [over, "policy=internal"], run="never-run")
    jobs = prepare_sweep(shown, ROOT).jobs
    assert [job.run.parameters["02_victim_cohort"]["cohort"] for job in jobs] == folders


def test_a_cohort_may_stand_in_a_file_of_parameters(compendium: Path, own: Path) -> None:
    notebooks = find_notebooks(compendium)
    chosen = list(notebooks.values())
    assert settle_parameters(chosen, notebooks, [], {"cohort": str(own)}) == {
        "01_people": {"cohort": str(own)}
    }
    with pytest.raises(UsageError, match=r"holds cohort\.json"):
        settle_parameters(chosen, notebooks, [], {"cohort": str(own / "no")})


def test_a_path_that_is_no_cohort_is_refused_with_a_suggestion(
    compendium: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_own(compendium / "cohorts" / "borough", ROWS)
    parameter = find_notebooks(compendium)["01_people"].parameters["cohort"]
    assert parameter.parse("cohorts/borough") == "cohorts/borough"
    with pytest.raises(UsageError, match=r"Did you mean 'cohorts/borough'.* holds cohort.json"):
        parameter.parse("cohorts/boruogh")


def test_the_first_day_counts_as_a_birthday() -> None:
    rule = Rule.model_validate({"from": "Birth", "age_at": "2024-02-28", "dates": "day/month/year"})
    assert _answer("28/02/2008", rule) == "16"
    assert _answer("29/02/2008", rule) == "15"


def test_what_is_not_birth_or_no_name_can_be_declared() -> None:
    court = ["01/02/2013", "05/06/2014"]
    assert identifiers("Court", court)
    assert identifiers("Court", court, not_birth=["Court"]) == []
    assert identifiers("Date of birth", court, not_birth=["Date of birth"])
    assert identifiers("col", NAMES, not_names="col") == []


def test_every_attribute_without_a_rule_is_told_at_once_and_can_be_filled(own: Path) -> None:
    columns = {"sex": MAPPING["columns"]["sex"]}
    text = as_mapping(MAPPING, columns=columns).decode() + "ignore: [Notes]  # free text\n"
    (own / "mapping.yml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"no rule for 'age', 'band', 'known', 'ref', 'seen'\."):
        own_resource(own)
    names = [
        field["name"] for field in json.loads((own / "cohort.json").read_text())["schema"]["fields"]
    ]
    assert fill_mapping(own / "mapping.yml", names) == ["age", "band", "known", "ref", "seen"]
    filled = (own / "mapping.yml").read_text(encoding="utf-8")
    assert filled.endswith("ignore: [Notes]  # free text\n")
    rules = read_mapping(own / "mapping.yml", names).columns
    assert [rule.always for rule in rules.values()] == [None, *["missing"] * 5]
    assert fill_mapping(own / "mapping.yml", names) == []


@pytest.mark.parametrize("written", ["11 or more", "11+", "11 and over", "11 or over"])
def test_ages_are_written_as_one_writes_them(written: str) -> None:
    rule = Rule.model_validate({"from": "Age", "bands": f"under 9, 9 to 10, {written}"})
    labels = [_answer(age, rule) for age in ("0", "8", "9", "10", "11", "90")]
    assert labels == ["under 9", "under 9", "9 to 10", "9 to 10", written, written]


def test_a_row_of_the_mapping_says_where_what_was_expected_and_found(own: Path) -> None:
    broken = changed(sex=["Sex"], age={"from": ["Birth"]})
    (own / "mapping.yml").write_bytes(as_mapping({**broken, "header_row": "0"}))
    with pytest.raises(DataError) as caught:
        own_resource(own)
    assert str(caught.value).splitlines() == [
        "mapping.yml, 'header_row': expected a number greater than 0, found a text.",
        "mapping.yml, 'columns', 'sex': expected pairs `name: value`, found a list.",
        "mapping.yml, 'columns', 'age', 'from': expected a text, found a list.",
    ]


def test_a_new_cohort_for_one_notebook_has_what_that_one_uses(tmp_path: Path) -> None:
    out = Console(quiet=True)
    new("small", "", tmp_path / "small", ROOT, out, notebook="04")
    header = (tmp_path / "small" / "template.csv").read_text(encoding="utf-8").strip().split(",")
    assert {"age", "charged_with_robbery", "mental_health_needs"} <= set(header)
    assert "unsafe_accommodation" not in header
    with pytest.raises(UsageError, match="takes no cohort"):
        new("none", "", tmp_path / "none", ROOT, out, notebook="01")


def test_an_attribute_of_ones_own_groups_and_another_is_refused(tmp_path: Path) -> None:
    new_cohort("own", "offenders", tmp_path / "own", ROOT)
    path = tmp_path / "own" / "cohort.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    race = {"name": "race", "type": "string", "categories": ["A", "B"]}
    content["schema"]["fields"].append(race)
    path.write_text(json.dumps(content), encoding="utf-8")
    mapping = tmp_path / "own" / "mapping.yml"
    assert fill_mapping(mapping, described_names(tmp_path / "own")) == ["race"]
    notebooks = find_notebooks(ROOT)
    chosen = [notebooks["03_offender_cohort"]]
    given = [f"cohort={tmp_path / 'own'}", "grouping=race"]
    assert settle_parameters(chosen, notebooks, given)[chosen[0].name]["grouping"] == "race"
    with pytest.raises(UsageError, match=r"unknown column in cohorts 'raec'. Did you mean 'race'"):
        settle_parameters(chosen, notebooks, [given[0], "grouping=raec"])
    with pytest.raises(UsageError, match="unknown column in cohorts 'race'"):
        settle_parameters(chosen, notebooks, ["grouping=race"])


def test_a_title_with_brackets_and_braces_is_text(own: Path) -> None:
    path = own / "cohort.json"
    content = json.loads(path.read_text(encoding="utf-8")) | {"title": "Team {north} [x] [/red]"}
    path.write_text(json.dumps(content), encoding="utf-8")
    said = io.StringIO()
    check(own, Console(file=said, width=200))
    assert "Team {north} [x] [/red], confidential" in said.getvalue()
    assert fill("{{north}} {n}", CellTexts(None, {"n": ("3",)})) == "{north} 3"
