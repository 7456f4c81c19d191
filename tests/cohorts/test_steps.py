"""The small steps between counts and what is shown."""

from __future__ import annotations

import pandas as pd
import pytest

from appendices.errors import UsageError
from youthviolence.cohorts import chain, keep, label, only, ranked

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
