from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appendices.errors import UsageError
from appendices.exhibits.text import number_text, texts_of
from appendices.numbers import write_number

SPECS = ["", ".0f", ",.0f", "+.0f", ",.1f", "+.1f", ".2f", ".3f", ".2g", ".3g", "+,.3g", "d", ".1%"]
NUMBERS = st.floats(-1e9, 1e9) | st.integers(-(10**9), 10**9)
SHAPE = re.compile(r"[+−]?\d+(,\d{3})*(\.\d+)?%?")


@given(
    NUMBERS, st.sampled_from(SPECS), st.sampled_from(["", "%"]), st.none() | st.integers(1, 5000)
)
def test_every_number_reads_as_one(value: float, spec: str, suffix: str, base: int | None) -> None:
    text = write_number(value, spec, "" if "%" in spec else suffix, base)
    assert SHAPE.fullmatch(text), text
    assert not re.search(r"\.0+%?$", text) or value != round(value) or "%" in spec
    digits = re.sub(r"[^\d]", "", text)
    if not digits.strip("0"):
        assert text[0] not in "+−"
    elif value < 0:
        assert text[0] == "−"
    else:
        assert text.startswith("+") == spec.startswith("+")
    if base is not None and base < 1000 and text.endswith("%"):
        assert "." not in text


@given(NUMBERS, st.sampled_from([".0f", ",.1f", "+.2f", ".3f"]))
def test_what_is_written_is_the_number_to_the_digits_asked_for(value: float, spec: str) -> None:
    written = float(write_number(value, spec).replace("−", "-").replace(",", ""))
    assert abs(written - value) <= 0.5 * 10 ** -int(spec[-2]) + 1e-9 * abs(value)


@given(st.integers(-(10**12), 10**12), st.sampled_from(SPECS[:-1]))
def test_a_whole_number_is_written_whole(value: int, spec: str) -> None:
    assert int(write_number(value, spec).replace("−", "-").replace(",", "")) == value


@pytest.mark.parametrize(
    ("value", "spec", "suffix", "base", "text"),
    [
        (7.11e-15, "+.3g", "", None, "0"),
        (2253.0, ".3g", "", None, "2,253"),
        (-0.4, "+.0f", "%", None, "0%"),
        (0.4, "+.0f", "%", None, "0%"),
        (20.0, ".1f", "%", None, "20%"),
        (96.491, ".1f", "%", 57, "96%"),
        (96.491, ".1f", "%", 5700, "96.5%"),
        (138.0, ".2f", "", None, "138"),
        (-3.25, "+.1f", "%", None, "−3.2%"),
        (0.369, ".1%", "", None, "36.9%"),
        (0.00012, ".2g", "", None, "0.00012"),
        (float("inf"), ".1f", "", None, "∞"),
    ],
)
def test_numbers_that_were_written_badly(
    value: float, spec: str, suffix: str, base: int | None, text: str
) -> None:
    assert write_number(value, spec, suffix, base) == text


def test_a_wrong_format_is_an_error_in_words() -> None:
    with pytest.raises(UsageError, match=r"unknown number format '\.1e'. Expected one like"):
        write_number(1, ".1e")


def test_a_column_of_texts_knows_how_many_people_each_percentage_is_of() -> None:
    frame = pd.DataFrame({"percent": [96.491, 12.345, None], "base": [57, 20000, 5]})
    assert texts_of(frame, "percent", ".1f", "%") == ["96%", "12.3%", "a withheld number"]
    assert [number_text(one) for one in (True, "x", pd.NA)] == ["yes", "x", "a withheld number"]
