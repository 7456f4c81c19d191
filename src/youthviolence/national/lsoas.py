"""Read the table of all LSOAs: one CSV or Parquet file, or the official files in a folder."""

from __future__ import annotations

import csv
import os
from itertools import islice
from pathlib import Path

import pandas as pd

from appendices.data.strings import TEXT
from appendices.errors import DataError, MissingToolError, UsageError

VARIABLE = "YOUTHVIOLENCE_LSOA"
DOCUMENT = "docs/at-risk-data.md"
_MEASURES = {
    "crime": ("Crime Score", "Crime"),
    "idaci": (
        "Income Deprivation Affecting Children Index (IDACI) Score (rate)",
        "Income Deprivation Affecting Children Index (IDACI)",
    ),
    "income": ("Income Score (rate)", "Income"),
    "imd": ("Index of Multiple Deprivation (IMD) Score", "Index of Multiple Deprivation (IMD)"),
}
_INDICES = {
    "LSOA code (2011)": "lsoa_code",
    "Local Authority District code (2019)": "authority_code",
    **{
        column: f"{measure}_{kind}"
        for measure, (score, name) in _MEASURES.items()
        for column, kind in (
            (score, "score"),
            (f"{name} Rank (where 1 is most deprived)", "rank"),
            (f"{name} Decile (where 1 is most deprived 10% of LSOAs)", "decile"),
        )
    },
}
_INDICES_FILE = "File_7_-_All_IoD2019_Scores*.csv"
_YEARS = (2017, 2019, 2020)
_AGES = range(10, 19)
_POPULATION_FILE = "*mid*{year}*lsoa*syoa*unformatted*"
_CODE_HEADERS = ("LSOA Code", "Area Codes")  # 2019 and 2020; 2017
_ROWS_BEFORE_HEADER = 12  # at most: a title and notes stand above it
_TIDY = {"lsoa11cd": "lsoa_code", "lad19cd": "authority_code"} | {
    f"pop_age{age}_mid{year}": f"mid{year}_age{age}" for year in _YEARS for age in _AGES
}
_NUMBERS = [name for name in _INDICES.values() if name not in ("lsoa_code", "authority_code")]


def find_lsoas(option: Path | None = None) -> Path | None:
    """Return where the full table is: `option`, else the environment variable, else None.

    Raises
    ------
    UsageError
        When a place is named and nothing is there.
    """
    named = option or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is not None and not named.exists():
        origin = "the option" if option else VARIABLE
        raise UsageError(f"{origin} names {named}, which does not exist. See {DOCUMENT}.")
    return named


def read_lsoas(path: Path) -> pd.DataFrame:
    """Return one row an LSOA of England from a CSV or Parquet file or a folder.

    Parameters
    ----------
    path
        A ``.csv`` or ``.parquet`` file with one row an LSOA; or a folder with one Parquet file, or
        with File 7 of the English Indices of Deprivation 2019 and the three ONS population files.

    Returns
    -------
    ``lsoa_code, authority_code``; ``<measure>_score, _rank, _decile`` for crime, idaci, income and
    imd; ``mid<year>_age<age>`` for 2017, 2019, 2020 and ages 10 to 18. Sorted by LSOA.

    Raises
    ------
    DataError
        When a file or a column is missing, or a cell that must be a number is not.
    MissingToolError
        For an old ``.xls`` workbook, which nothing here can read, and for a Parquet file where
        pyarrow is not installed.
    """
    if path.is_dir():
        parquets = sorted(path.glob("*.parquet"))
        if len(parquets) > 1:
            raise DataError(f"{path} holds {len(parquets)} parquet files; expected one.")
        rows = _read_whole(parquets[0]) if parquets else _read_official(path)
    else:
        rows = _read_whole(path)
    return rows.sort_values("lsoa_code", ignore_index=True)


def _read_whole(path: Path) -> pd.DataFrame:
    try:
        if path.suffix.casefold() == ".csv":
            rows = pd.read_csv(path, encoding="utf-8-sig")
        else:
            rows = pd.read_parquet(path)
    except ImportError:
        raise MissingToolError(
            f"{path.name}: to read a Parquet file needs pyarrow, which is not installed. In the "
            "project's folder: `.venv/bin/python -m pip install -e '.[parquet]'`. Or save the "
            f"table as CSV. See {DOCUMENT}."
        ) from None
    except (OSError, ValueError) as error:  # pyarrow's and the CSV reader's own are of these kinds
        raise DataError(
            f"{path.name} is neither a CSV nor a Parquet file ({type(error).__name__})."
        ) from None
    rows = rows.rename(columns=_TIDY)
    wanted = ["lsoa_code", "authority_code", *_NUMBERS, *list(_TIDY.values())[2:]]
    missing = [name for name in wanted if name not in rows]
    if missing:
        raise DataError(
            f"{path.name} lacks {len(missing)} columns, the first {missing[0]!r}. See {DOCUMENT}."
        )
    wrong = [name for name in wanted[2:] if not pd.api.types.is_numeric_dtype(rows[name])]
    if wrong or rows[wanted].isna().any(axis=None):
        what = f"holds more than numbers in the column {wrong[0]!r}" if wrong else "has empty cells"
        raise DataError(f"{path.name} {what}. See {DOCUMENT}.")
    return rows[wanted].astype(dict.fromkeys(wanted[:2], TEXT))


def _read_official(folder: Path) -> pd.DataFrame:
    rows = _read_indices(_only(folder, _INDICES_FILE))
    for year in _YEARS:
        population = _read_population(_only(folder, _POPULATION_FILE.format(year=year)), year)
        unknown = ~rows["lsoa_code"].isin(population["lsoa_code"])
        if unknown.any():
            raise DataError(
                f"the population file of mid-{year} lacks {int(unknown.sum()):,} LSOAs of File 7. "
                f"Both must use the boundaries of 2011. See {DOCUMENT}."
            )
        rows = rows.merge(population, on="lsoa_code", validate="one_to_one")
    return rows


def _only(folder: Path, pattern: str) -> Path:
    wanted = pattern.casefold()
    found = sorted(p for p in folder.iterdir() if p.is_file() and _matches(p.name, wanted))
    readable = [p for p in found if p.suffix.casefold() in (".csv", ".xlsx")]
    if not readable and found:
        raise MissingToolError(
            f"{found[0].name} is not .csv or .xlsx. Unpack a .zip. Open an old .xls in a "
            "spreadsheet program and save it beside it as .xlsx, or its Persons sheet as .csv. "
            f"See {DOCUMENT}."
        )
    if len(readable) != 1:
        what = "holds no file" if not readable else f"holds {len(readable)} files"
        raise DataError(f"{folder} {what} named like {pattern!r}; expected one. See {DOCUMENT}.")
    return readable[0]


def _matches(name: str, pattern: str) -> bool:
    return Path(name.casefold()).match(pattern)


def _read_indices(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path, encoding="utf-8-sig", dtype=TEXT)
    table.columns = table.columns.str.strip()
    _require(table, _INDICES, path.name)
    rows = table[list(_INDICES)].rename(columns=_INDICES)
    for name in _NUMBERS:
        original = next(column for column, tidy in _INDICES.items() if tidy == name)
        rows[name] = _numbers(rows[name], path.name, original)
        if not name.endswith("_score"):
            rows[name] = rows[name].astype("int64")
    return rows


def _read_population(path: Path, year: int) -> pd.DataFrame:
    if path.suffix.casefold() == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = list(islice(csv.reader(file), _ROWS_BEFORE_HEADER))
        skip = _header_row([row[0] if row else "" for row in head], path.name)
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=TEXT, skiprows=range(skip))
    else:
        table = _read_sheet(path, f"Mid-{year} Persons")
    table.columns = [str(name).strip() for name in table.columns]
    ages = {str(age): f"mid{year}_age{age}" for age in _AGES}
    code = next(name for name in _CODE_HEADERS if name in table)
    _require(table, ages, path.name)
    # Wales and blank lines are in the same sheet; local authority totals have other codes.
    codes = table[code].astype("str").str.strip()
    table = table[codes.str.fullmatch(r"E01\d{6}")]
    rows = pd.DataFrame({"lsoa_code": codes[table.index]})
    for column, tidy in ages.items():
        rows[tidy] = _numbers(table[column], path.name, column).astype("int64")
    if rows["lsoa_code"].duplicated().any():
        raise DataError(f"{path.name} names an LSOA more than once. See {DOCUMENT}.")
    return rows.reset_index(drop=True)


def _read_sheet(path: Path, sheet: str) -> pd.DataFrame:
    with pd.ExcelFile(path, engine="openpyxl") as book:
        if sheet not in book.sheet_names:
            raise DataError(f"{path.name} has no sheet {sheet!r}. See {DOCUMENT}.")
        cells = pd.read_excel(book, sheet_name=sheet, header=None, dtype=object)
    head = [str(cell) for cell in cells.iloc[:_ROWS_BEFORE_HEADER, 0]]
    at = _header_row(head, path.name)
    table = cells.iloc[at + 1 :].reset_index(drop=True)
    table.columns = cells.iloc[at].tolist()
    return table


def _header_row(first_cells: list[str], file: str) -> int:
    for at, cell in enumerate(first_cells):
        if cell.strip() in _CODE_HEADERS:
            return at
    raise DataError(
        f"{file} has no header in its first {_ROWS_BEFORE_HEADER} rows: expected the first cell "
        f"of one to be {' or '.join(map(repr, _CODE_HEADERS))}. See {DOCUMENT}."
    )


def _require(table: pd.DataFrame, columns: dict[str, str], file: str) -> None:
    missing = [name for name in columns if name not in table]
    if missing:
        raise DataError(
            f"{file} lacks {len(missing)} columns, the first {missing[0]!r}. See {DOCUMENT}."
        )


def _numbers(column: pd.Series, file: str, name: str) -> pd.Series:
    """Return the column as numbers; thousands marks and spaces are taken off."""
    text = column.astype("str").str.strip().str.replace(",", "", regex=False)
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers.isna().any():
        bad = int(numbers.isna().sum())
        raise DataError(f"{file}, column {name!r}: {bad:,} cells are not numbers. See {DOCUMENT}.")
    return numbers
