import sys
from pathlib import Path

import pandas as pd
import pytest

from appendices.errors import DataError, MissingToolError, UsageError
from youthviolence.national.at_risk import at_risk, at_risk_table
from youthviolence.national.cuts import Definition
from youthviolence.national.lsoas import find_lsoas, read_lsoas

ROOT = Path(__file__).resolve().parents[2]
PARQUET = ROOT.parent / "shared/data/lsoa_iod2019_pop.parquet"
AUTHORITIES = pd.read_csv(ROOT / "data/raw/national/local_authorities.csv")
INDICES = "File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv"
MEASURES = {
    "Index of Multiple Deprivation (IMD)": ("imd", "Score"),
    "Income": ("income", "Score (rate)"),
    "Crime": ("crime", "Score"),
    "Income Deprivation Affecting Children Index (IDACI)": ("idaci", "Score (rate)"),
}


@pytest.fixture(scope="module")
def lsoas():
    if not PARQUET.is_file():
        pytest.skip("the table of all LSOAs is not beside the project")
    return pd.read_parquet(PARQUET)


def file_7(lsoas):
    """Lay the indices out as File 7 does, with columns that are not needed among them."""
    columns = {
        "LSOA code (2011)": lsoas["lsoa11cd"],
        "LSOA name (2011)": lsoas["lsoa11nm"],
        "Local Authority District code (2019)": lsoas["lad19cd"],
        "Local Authority District name (2019)": lsoas["lad19nm"],
    }
    for title, (name, score) in MEASURES.items():
        columns[f"{title} {score}"] = lsoas[f"{name}_score"]
        columns[f"{title} Rank (where 1 is most deprived)"] = lsoas[f"{name}_rank"]
        columns[f"{title} Decile (where 1 is most deprived 10% of LSOAs)"] = lsoas[f"{name}_decile"]
    columns["Total population: mid 2015 (excluding prisoners)"] = 1_500
    return pd.DataFrame(columns)


def persons(lsoas, year, codes):
    """Lay one population sheet out: ages 0 to 90+, a row of Wales, a note at the end."""
    first = {
        codes[0]: [*lsoas["lsoa11cd"], "W01000001"],
        codes[1]: [*lsoas["lsoa11nm"], "Isle of Anglesey 007A"],
    }
    ages = {
        str(age): [*lsoas[f"pop_age{age}_mid{year}"], 7] if 10 <= age <= 18 else 5
        for age in range(90)
    }
    sheet = pd.DataFrame({**first, "All Ages": 1_500, **ages, "90+": 3}).astype(object)
    sheet = sheet.reindex(range(len(sheet) + 1))
    sheet.iloc[-1, 0] = "a note"
    return sheet


def write_csv(path, sheet):
    lead = f"Title\n\nNotes\n{',' * (sheet.shape[1] - 1)}\n"
    path.write_text("\ufeff" + lead + sheet.to_csv(index=False), encoding="utf-8")


def write_workbook(path, year, sheet):
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        pd.DataFrame(["Contents"]).to_excel(book, sheet_name="Contents", index=False)
        name = f"Mid-{year} Persons"
        sheet.to_excel(book, sheet_name=name, index=False, startrow=4)
        book.sheets[name]["A1"] = "a title stands here"


def write_official(folder, lsoas):
    """Write the four files a reader would place, workbooks for the years published as such."""
    file_7(lsoas).to_csv(folder / INDICES, index=False, encoding="utf-8-sig")
    write_csv(
        folder / "SAPE20DT2-mid-2017-lsoa-syoa-estimates-unformatted.csv",
        persons(lsoas, 2017, ("Area Codes", "Area Names")),
    )
    for year, name in (
        (2019, "SAPE22DT2-mid-2019-lsoa-syoa-estimates-unformatted"),
        (2020, "sape23dt2mid2020lsoasyoaestimatesunformatted"),
    ):
        sheet = persons(lsoas, year, ("LSOA Code", "LSOA Name"))
        sheet.insert(2, "LA Code (2021 boundaries)", "E06000001")
        if len(lsoas) < 1_000:
            write_workbook(folder / f"{name}.xlsx", year, sheet)
        else:
            write_csv(folder / f"{name}.csv", sheet)


@pytest.fixture
def folder(tmp_path, lsoas):
    write_official(tmp_path, lsoas.head(30))
    return tmp_path


def test_the_official_files_give_the_same_rows_as_the_parquet(folder, lsoas):
    rows = read_lsoas(folder)
    same = read_lsoas(PARQUET)
    same = same[same["lsoa_code"].isin(lsoas["lsoa11cd"].head(30))].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows, same[rows.columns], check_dtype=False)


def test_a_stranger_with_the_official_files_gets_the_published_answer(tmp_path, lsoas):
    write_official(tmp_path, lsoas)
    table = at_risk_table(read_lsoas(tmp_path), AUTHORITIES)
    result = at_risk(Definition.parse(crime_cut="rank:3289", income_cut="rank:3307"), table)
    assert result.groups["children"].tolist() == [477_014, 517_963, 213_403]


def test_a_table_that_is_not_all_of_england_is_refused(folder):
    with pytest.raises(DataError, match="covers 30 LSOAs"):
        at_risk_table(read_lsoas(folder), AUTHORITIES)


def test_a_folder_with_one_parquet_file_is_read_as_it(tmp_path, folder):
    rows = read_lsoas(folder)
    kept = tmp_path / "kept"
    kept.mkdir()
    rows.to_parquet(kept / "lsoas.parquet", index=False)
    pd.testing.assert_frame_equal(read_lsoas(kept), rows)


def test_a_table_kept_as_csv_gives_the_same_rows(tmp_path, folder):
    rows = read_lsoas(folder)
    rows.to_csv(tmp_path / "lsoas.csv", index=False)
    pd.testing.assert_frame_equal(read_lsoas(tmp_path / "lsoas.csv"), rows, check_exact=True)


def test_a_table_with_an_empty_cell_or_a_text_is_refused_and_neither_is_shown(tmp_path, folder):
    rows, path = read_lsoas(folder), tmp_path / "lsoas.csv"
    for value, said in ((None, "has empty cells"), ("private", "column 'crime_rank'")):
        rows["crime_rank"] = rows["crime_rank"].astype(object)
        rows.loc[3, "crime_rank"] = value
        rows.to_csv(path, index=False)
        with pytest.raises(DataError, match=said) as error:
            read_lsoas(path)
        assert "private" not in str(error.value)


def test_parquet_without_pyarrow_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    (tmp_path / "lsoas.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingToolError, match=r"pip install -e '\.\[parquet\]'.*as CSV"):
        read_lsoas(tmp_path)


def test_a_missing_file_is_named(folder):
    next(folder.glob("SAPE22*")).unlink()
    with pytest.raises(DataError, match=r"holds no file named like .*2019"):
        read_lsoas(folder)


def test_an_old_workbook_is_named_with_what_to_do(folder):
    old = next(folder.glob("SAPE20*"))
    old.rename(old.with_suffix(".xls"))
    with pytest.raises(MissingToolError, match=r"save it beside it as \.xlsx"):
        read_lsoas(folder)


def test_a_missing_column_is_named(folder):
    path = folder / INDICES
    pd.read_csv(path).drop(columns="Crime Score").to_csv(path, index=False)
    with pytest.raises(DataError, match=r"lacks 1 columns, the first 'Crime Score'"):
        read_lsoas(folder)


def test_a_text_where_a_number_belongs_is_found_and_not_shown(folder):
    path = folder / INDICES
    table = pd.read_csv(path, dtype=str)
    table.loc[3, "Crime Score"] = "private"
    table.to_csv(path, index=False)
    with pytest.raises(DataError, match="'Crime Score': 1 cells are not numbers") as error:
        read_lsoas(folder)
    assert "private" not in str(error.value)


def test_a_population_file_without_an_lsoa_is_refused(folder, lsoas):
    path = next(folder.glob("SAPE20*"))
    write_csv(path, persons(lsoas.head(29), 2017, ("Area Codes", "Area Names")))
    with pytest.raises(DataError, match="mid-2017 lacks 1 LSOAs"):
        read_lsoas(folder)


def test_a_sheet_without_a_header_is_refused(folder):
    path = next(folder.glob("SAPE20*"))
    path.write_text("Title\nno header\n", encoding="utf-8")
    with pytest.raises(DataError, match="has no header in its first 12 rows"):
        read_lsoas(folder)


def test_the_place_named_comes_first_and_must_exist(tmp_path, monkeypatch):
    monkeypatch.delenv("YOUTHVIOLENCE_LSOA", raising=False)
    assert find_lsoas() is None
    monkeypatch.setenv("YOUTHVIOLENCE_LSOA", str(tmp_path))
    assert find_lsoas() == tmp_path
    with pytest.raises(UsageError, match="does not exist"):
        find_lsoas(tmp_path / "nowhere")
