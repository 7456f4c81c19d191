"""Make data/raw/national/at_risk_counts.csv.gz from the table of all LSOAs.

Usage: python scripts/build_at_risk.py TABLE_OR_FOLDER [--keep LSOAS.csv]

TABLE_OR_FOLDER is the table of 32,844 LSOAs as one CSV or Parquet file, or a folder with the
official files; docs/at-risk-data.md says which. With --keep the table that was read is also
written as one CSV file, which reads in a fraction of a second; the three workbooks of ONS take over
a minute.

The derived table adds together the LSOAs of an authority that share decile and the flags of the
90th and 95th percentile on all four measures. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import io
from pathlib import Path

import pandas as pd

from youthviolence.national.at_risk import at_risk_table, derive_cells
from youthviolence.national.lsoas import read_lsoas

NATIONAL = Path(__file__).resolve().parents[1] / "data" / "raw" / "national"
TARGET = NATIONAL / "at_risk_counts.csv.gz"


def compressed_csv(cells: pd.DataFrame) -> bytes:
    """Return `cells` as gzipped CSV without name or time in it."""
    words, flags = {True: "true", False: "false"}, cells.select_dtypes("bool").columns
    plain = cells.assign(**{str(name): cells[name].map(words) for name in flags})
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, compresslevel=9, mtime=0) as file:
        file.write(plain.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    return buffer.getvalue()


def main() -> None:
    """Read, add together, write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, metavar="TABLE_OR_FOLDER")
    parser.add_argument("--keep", type=Path, metavar="LSOAS.csv")
    options = parser.parse_args()
    lsoas = read_lsoas(options.source)
    if options.keep:
        options.keep.parent.mkdir(parents=True, exist_ok=True)
        lsoas.to_csv(options.keep, index=False, lineterminator="\n")
    table = at_risk_table(lsoas, pd.read_csv(NATIONAL / "local_authorities.csv"))
    cells = derive_cells(table)
    TARGET.write_bytes(compressed_csv(cells))
    print(f"{TARGET.name}: {len(cells):,} cells, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
