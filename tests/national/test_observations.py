from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from appendices.data.findings import data_error
from appendices.data.load import describe, read_table
from appendices.errors import DataError
from youthviolence.national.observations import KEY, period_year, with_drop_in

ROOT = Path(__file__).resolve().parents[2]


def broken(name, change):
    """The findings about a real file after `change` of its text."""
    resource = describe(ROOT)[name]
    text = resource.path.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    _, findings = read_table(resource, changed.encode())
    return str(data_error(findings))


def test_periods_end_in_their_second_year():
    assert [period_year(one) for one in ("2013", "2012/13", "1999/00")] == [2013, 2013, 2000]


@pytest.mark.parametrize("period", ["2012/14", "2013/12", "12/13", "2012-13", ""])
def test_a_malformed_period_is_refused(period):
    with pytest.raises(DataError, match="two in a row"):
        period_year(period)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(",status,", ",state,"), "'status': this column is missing"),
        (lambda text: text.replace(",final,", ",x,", 1), "row 2, column 'status': must be one of"),
        (lambda text: text.replace(",444,", ",many,", 1), "row 2, column 'value': must be a num"),
        (lambda text: text.replace("2007/08", "2005/06", 1), "row 3, column 'period': out of"),
        (lambda text: text.replace("2007/08", "2006/07", 1), "row 3: the key"),
        (lambda text: text.replace("2007/08", "07/08", 1), "row 3, column 'period': must match"),
        (lambda _: "", "the file is empty"),
    ],
)
def test_a_broken_table_is_named_with_row_column_and_rule(change, said):
    message = broken("arrests", change)
    assert message.splitlines()[1].strip().startswith("arrests.csv")
    assert said in message


def test_without_a_drop_in_the_table_stays_as_it_is(tables):
    assert with_drop_in(tables["arrests"], None, "drop_in_arrests.csv") is tables["arrests"]


def test_a_drop_in_joins_in_the_order_of_the_key(tables, drop_in):
    both = with_drop_in(tables["arrests"], drop_in(), "drop_in_arrests.csv")
    assert len(both) == len(tables["arrests"]) + 1
    assert both[list(KEY)].equals(both[list(KEY)].sort_values(list(KEY), ignore_index=True))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: one().drop(columns="unit"), "column 'unit' is missing"),
        (lambda one: one().iloc[:0], "no row below the header"),
        (lambda one: one(source_id="ho-arrests-2018", period="2012/13"), "row 2: this observation"),
        (lambda one: pd.concat([one(), one()]), "row 3: this observation"),
    ],
)
def test_a_drop_in_that_cannot_join_is_refused_by_name(tables, drop_in, change, said):
    with pytest.raises(DataError, match=r"drop_in_arrests\.csv") as raised:
        with_drop_in(tables["arrests"], change(drop_in), "drop_in_arrests.csv")
    assert said in str(raised.value)
