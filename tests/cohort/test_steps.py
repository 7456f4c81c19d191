"""The small steps between counts and what is shown."""

from __future__ import annotations

import pandas as pd
import pytest

from youthviolence.cohort import band, chain, keep, label, only, ranked
from youthviolence.cohort.bands import ELSEWHERE
from youthviolence.errors import UsageError

TABLE = pd.DataFrame({"who": ["b", "a", "c"], "n": [1, 3, 2]})


def test_a_chain_takes_the_table_through_its_steps_in_order() -> None:
    through = chain(lambda t: t.assign(n=t["n"] + 1), lambda t: t.assign(n=t["n"] * 10))
    assert list(through(TABLE)["n"]) == [20, 40, 30]
    assert chain()(TABLE) is TABLE


def test_rows_and_columns_are_kept_by_name() -> None:
    assert list(keep(TABLE, ["n"])) == ["n"]
    assert list(only(TABLE, "who", ["c", "b"])["n"]) == [1, 2]
    with pytest.raises(UsageError, match="Did you mean 'who'"):
        keep(TABLE, ["hwo"])


def test_a_label_joins_texts_and_comes_first() -> None:
    table = label(TABLE.assign(by="x"), ["by", "who"], separator=": ")
    assert list(table["label"]) == ["x: b", "x: a", "x: c"]
    assert table.columns[0] == "label"


def test_an_unknown_number_ranks_last() -> None:
    table = TABLE.astype({"n": "Int64"})
    table.loc[1, "n"] = pd.NA
    assert list(ranked(table, "n")["who"]) == ["c", "b", "a"]


def test_numbers_fall_into_the_bands_that_are_written() -> None:
    ages = pd.Series([13, 15, 16, 18, None, 40], name="age")
    banded = band(ages, "13-15, 16, 17+")
    assert list(banded.cat.categories) == ["13 to 15", "16", "17 and over"]
    assert banded.cat.ordered
    assert banded.astype("str").tolist()[:4] == ["13 to 15", "13 to 15", "16", "17 and over"]
    assert pd.isna(banded[4])


def test_a_number_in_no_band_is_not_lost() -> None:
    banded = band(pd.Series([13, 40]), "13-15")
    assert banded.astype("str").tolist() == ["13 to 15", ELSEWHERE]


@pytest.mark.parametrize(
    "bands", ["", "13", "13-15,", "15-13", "13-15, 15-18", "young", "13-15;16"]
)
def test_bands_that_overlap_or_cannot_be_read_are_refused(bands: str) -> None:
    if bands == "13":
        assert list(band(pd.Series([13]), bands).cat.categories) == ["13"]
        return
    with pytest.raises(UsageError, match="bands"):
        band(pd.Series([13]), bands)
