"""What a printed figure can mean."""

from __future__ import annotations

from fractions import Fraction

import pytest

from appendices.data.load import load
from appendices.errors import DataError, UsageError
from tests.audit.conftest import count, percent, read, word
from youthviolence.audit.figures import number, whole_numbers


@pytest.mark.parametrize(
    ("rounding", "inside", "outside"),
    [
        ("half_up", (30.5, 31.49), (30.49, 31.5)),
        ("half_even", (30.51, 31.49), (30.5, 31.5)),
        ("truncate", (31, 31.99), (30.99, 32)),
    ],
)
def test_a_whole_percentage_stands_for_what_its_rule_rounds_to_it(
    rounding: str, inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    said = read(percent(31), rounding=rounding).said("L1.1").strict
    assert all(said.low <= Fraction(str(value)) <= said.high for value in inside)
    assert not any(said.low <= Fraction(str(value)) <= said.high for value in outside)


@pytest.mark.parametrize(
    ("printed", "value", "low", "high"),
    [("34,000", 34000, 33500, 34500), ("6,560", 6560, 6555, 6565), ("£1.7bn", 1.7, 1.65, 1.75),
     ("£145m", 145, 144.5, 145.5), ("11.7 million", 11.7e6, 11.65e6, 11.75e6)],
)  # fmt: skip
def test_a_rounded_number_goes_half_a_step_of_its_last_digit_either_way(
    printed: str, value: float, low: float, high: float
) -> None:
    said = read(count(value, printed=printed, precision="rounded")).said("L1.1").strict
    assert float(said.low) == pytest.approx(low)
    assert float(said.high) == pytest.approx(high)
    assert said.high < Fraction(str(high))


def test_words_stand_for_a_strict_range_and_a_wider_one() -> None:
    said = read(word("Just under half")).said("L1.1")
    assert (said.strict.low, said.strict.high) == (45, Fraction("49.99"))
    assert said.wide.low < said.strict.low


def test_a_minus_before_an_id_turns_its_sign() -> None:
    said = read(percent(16)).said("-L1.1").strict
    assert (said.low < -16 < said.high, said.high < 0) == (True, True)


@pytest.mark.parametrize(
    ("printed", "low", "high"),
    [("16-18s", 16, 18), ("under 18s", 0, 17), ("over 18", 19, 200), ("18+", 18, 200)],
)
def test_a_band_of_ages_is_read_from_its_ends(printed: str, low: int, high: int) -> None:
    ages = read(word(printed, unit="age range")).ages("L1.1")
    assert (ages.low, ages.high) == (low, high)


def test_words_that_no_one_explained_are_an_error_and_not_a_guess() -> None:
    with pytest.raises(DataError, match=r"figure L1\.1 .*'rather a lot'"):
        read(word("rather a lot")).said("L1.1")


@pytest.mark.parametrize("wrong", ["half up", "truncated"])
def test_an_unknown_rounding_rule_is_an_error_with_the_nearest(wrong: str) -> None:
    with pytest.raises(UsageError, match="Did you mean"):
        read(percent(5), rounding=wrong)


def test_numbers_are_written_as_readers_write_them() -> None:
    assert [number(Fraction(one)) for one in ("57", "477014", "35.0877")] == [
        "57",
        "477,014",
        "35.1",
    ]
    assert list(whole_numbers(read(percent(5)).said("L1.1").strict)) == [5]


def test_every_range_of_words_is_in_order_and_inside_the_wide_one() -> None:
    words = load("relations_words")
    assert (words["low"] <= words["high"]).all()
    assert (words["wide_low"] <= words["low"]).all()
    assert (words["wide_high"] >= words["high"]).all()


def test_an_answer_has_a_real_minus() -> None:
    assert [number(Fraction(part, 10)) for part in (-390, -504, 4)] == ["−39", "−50.4", "0.4"]


def test_an_age_in_the_name_of_a_group_is_not_its_size() -> None:
    assert read(percent(45, "victims aged 18 and over")).base("L1.1") is None
    assert read(percent(45, "57 people")).base("L1.1") == 57
