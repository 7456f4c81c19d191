from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from appendices.errors import DataError
from youthviolence.national.slopes import ratio_of_counts, yearly_slope
from youthviolence.national.trends import change_since, trends, with_intervals


def line(values, unit="number", status="final", label="one", start=2010):
    years = [start + place for place in range(len(values))]
    return pd.DataFrame(
        {
            "label": label, "period": [str(year) for year in years], "year": years,
            "value": [float(value) for value in values], "unit": unit, "status": status,
        }
    )  # fmt: skip


def poisson_by_hand(values, years, offset=0.0):
    """Slope, its Poisson standard error and Pearson's dispersion, by Newton's method."""
    design = np.column_stack([np.ones_like(years), years - years.mean()])
    beta = np.array([np.log((values / np.exp(offset)).mean()), 0.0])
    for _ in range(50):
        mean = np.exp(design @ beta + offset)
        information = design.T @ (mean[:, None] * design)
        beta = beta + np.linalg.solve(information, design.T @ (values - mean))
    spread = np.sqrt(np.linalg.inv(information)[1, 1])
    return beta[1], spread, ((values - mean) ** 2 / mean).sum() / (len(values) - 2)


def test_a_constant_growth_of_ten_percent_is_found_exactly():
    row = trends(line([1000 * 1.1**step for step in range(6)])).iloc[0]
    assert row["yearly_percent"] == pytest.approx(10)
    assert row["change_percent"] == pytest.approx(100 * (1.1**5 - 1))
    assert row["first_period"] == "2010"
    assert row["points"] == 6


def test_the_yearly_change_is_the_quasi_poisson_regression_worked_out_by_hand(exhibit):
    frame = exhibit("F02", "offences").query("label == '10 to 17'")
    values, years = frame["value"].to_numpy(), frame["year"].to_numpy(dtype=float)
    slope, spread, dispersion = poisson_by_hand(values, years)
    reach = stats.t.ppf(0.975, len(values) - 2) * spread * np.sqrt(dispersion)
    found = yearly_slope(values, years, None, counts=True, level=0.95)
    assert found.dispersion == pytest.approx(dispersion)
    assert [found.ratio, found.low, found.high] == pytest.approx(
        np.exp([slope, slope - reach, slope + reach])
    )


def test_with_a_population_the_trend_is_of_the_rate(exhibit):
    exclusions, pupils = exhibit("F13", "exclusions"), exhibit("F13", "pupils")
    every = trends(exclusions, pupils).set_index("label")
    one = exclusions.query("label == 'Secondary'")
    offset = np.log(pupils.query("label == 'Secondary'")["value"].to_numpy())
    slope, spread, dispersion = poisson_by_hand(
        one["value"].to_numpy(), one["year"].to_numpy(dtype=float), offset
    )
    reach = stats.t.ppf(0.975, len(one) - 2) * spread * np.sqrt(dispersion)
    row = every.loc["Secondary"]
    found = yearly_slope(
        one["value"].to_numpy(), one["year"].to_numpy(dtype=float), np.exp(offset), counts=True,
        level=0.95,
    )  # fmt: skip
    assert found.low == pytest.approx(np.exp(slope - reach))
    assert "offset" in row["note"]
    rate = one["value"].to_numpy() / np.exp(offset)
    assert row["change_percent"] == pytest.approx(100 * (rate[-1] / rate[0] - 1))


def test_the_first_to_last_interval_is_that_of_a_saturated_poisson_regression():
    ratio, low, high = ratio_of_counts(622, 965, 0.95)
    design = np.array([[1.0, 0.0], [1.0, 1.0]])
    spread = np.sqrt(np.linalg.inv(design.T @ np.diag([622.0, 965.0]) @ design)[1, 1])
    expected = np.log(965 / 622) + np.array([0, -1, 1]) * 1.959964 * spread
    assert np.log([ratio, low, high]) == pytest.approx(expected)


def test_no_interval_where_there_is_no_event():
    assert np.isnan(ratio_of_counts(0, 5, 0.95)).all()
    ratio, low, high = ratio_of_counts(5, 0, 0.95)
    assert ratio == 0
    assert np.isnan([low, high]).all()


def test_a_break_in_the_series_stops_the_trend_and_starts_another(exhibit):
    first, second = trends(exhibit("F15", "number")).to_dict("records")
    assert (first["first_period"], first["last_period"]) == ("2006", "2012")
    assert (second["first_period"], second["last_period"]) == ("2015", "2021")
    assert second["change_percent"] == pytest.approx(100 * (2463104 / 1980568 - 1))


def test_one_point_after_a_break_has_no_change(exhibit):
    last = trends(exhibit("F06", "arrests")).query("label == 'Home Office'").iloc[-1]
    assert last["first_period"] == last["last_period"] == "2017/18"
    assert np.isnan(last["change_percent"])
    assert "break" in last["note"]


def test_a_published_rate_has_no_interval_between_two_years(exhibit):
    row = trends(exhibit("F12", "rate")).set_index("label").loc["As published in 2018"]
    assert np.isnan(row["change_low"])


NOISE = np.array([1.02, 0.97, 1.01, 0.99, 1.03, 0.98, 1.0, 1.01, 0.98, 1.02])


@pytest.mark.parametrize(
    ("shape", "is_line"),
    [
        (1000 * 1.05 ** np.arange(10) * NOISE, True),  # a line with noise
        (1000 + 60 * (np.arange(10) - 4.5) ** 2, False),  # a U
        (1000 * np.exp(0.2 * np.sin(np.arange(10) * 0.7)), False),  # runs
        (1000 * 1.05 ** np.arange(5), False),  # too short
    ],
)
def test_a_yearly_rate_is_given_only_where_a_straight_line_fits(shape, is_line):
    row = trends(line(list(shape))).iloc[0]
    assert np.isfinite(row["yearly_percent"]) == is_line
    assert np.isfinite(row["change_percent"])


def test_no_series_of_the_report_that_turns_has_a_yearly_rate(exhibit):
    with_rate = {
        row["label"]
        for number, panel in (
            ("F02", "offences"), ("F03", "arrests"), ("F04", "episodes"), ("F06", "arrests"),
            ("F13", "exclusions"), ("F15", "number"), ("F48", "occasions"),
        )
        for row in trends(exhibit(number, panel)).to_dict("records")
        if np.isfinite(row["yearly_percent"])
    }  # fmt: skip
    assert with_rate == {
        "40 to 49", "50 to 59", "11-14 previous", "15 or more previous",
    }  # fmt: skip
    knife = trends(exhibit("F02", "offences")).set_index("label").loc["10 to 17"]
    assert (knife["lowest_period"], knife["highest_period"]) == ("2014", "2010")
    assert knife["runs"] == pytest.approx(0.47, abs=0.01)


def test_a_number_of_people_has_no_poisson_interval(exhibit):
    stock = trends(exhibit("F15", "number"), events=False)
    assert stock["change_low"].isna().all()
    since = change_since(exhibit("F15", "number"), events=False)
    assert since[["low", "high"]].isna().all().all()
    assert change_since(exhibit("F15", "number"))["low"].notna().all()


def test_lower_bounds_and_missing_values_take_no_part(exhibit):
    assert trends(exhibit("F04", "bands with suppressed months")).empty
    assert trends(exhibit("F08", "change").query("status == 'not available'")).empty


def test_numbers_are_never_taken_as_less_uneven_than_chance():
    calm = line([100, 101, 102, 103, 104, 105])
    row = trends(calm).iloc[0]
    slope, spread, dispersion = poisson_by_hand(calm["value"].to_numpy(), np.arange(6.0))
    assert dispersion < 1
    reach = stats.t.ppf(0.975, 4) * spread
    assert row["yearly_high"] == pytest.approx(100 * np.expm1(slope + reach))


def test_a_line_without_events_has_no_trend():
    for values in ([0, 0, 0, 0], [0, 0, 0, 7]):
        row = trends(line(values)).iloc[0]
        assert np.isnan([row["change_percent"], row["yearly_percent"]]).all()
        assert "Too few" in row["note"]


def test_two_values_for_one_year_are_refused():
    twice = pd.concat([line([1, 2, 3]), line([4])])
    with pytest.raises(DataError, match="two values for one year"):
        trends(twice)


def test_a_missing_column_or_population_is_named():
    with pytest.raises(DataError, match="column 'unit' is missing"):
        trends(line([1, 2, 3]).drop(columns="unit"))
    with pytest.raises(DataError, match="no population"):
        trends(line([1, 2, 3]), line([10, 10]))


@settings(max_examples=10, deadline=None)
@given(values=st.lists(st.integers(0, 5000), min_size=3, max_size=12), seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(values, seed):
    frame = line(values)
    pd.testing.assert_frame_equal(trends(frame.sample(frac=1, random_state=seed)), trends(frame))
    pd.testing.assert_frame_equal(
        change_since(frame.sample(frac=1, random_state=seed)), change_since(frame)
    )


def test_the_printed_start_of_the_drug_arrests_is_the_low_point(exhibit):
    since = change_since(exhibit("F06", "arrests, official figures first"), "2017/18")
    by_start = since.set_index("start_period")
    assert by_start.loc["2017/18", "change_percent"] == pytest.approx(100 * (6954 / 6694 - 1))
    assert by_start.loc["2012/13", "change_percent"] == pytest.approx(100 * (6954 / 11408 - 1))
    assert by_start.loc["2017/18", "start_rank"] == 1
    assert by_start["is_printed_start"].sum() == 1
    assert (by_start.drop("2017/18")["change_percent"] < 0).all()


def test_a_start_before_a_break_is_marked_as_not_comparable(exhibit):
    since = change_since(exhibit("F15", "number")).set_index("start_period")
    assert not since.loc["2012", "comparable"]
    assert since.loc["2015", "comparable"]


def test_intervals_are_written_as_text_and_left_out_where_there_are_none():
    frame = pd.DataFrame(
        {"value": [5.04, 2.0, np.nan], "low": [1.0, np.nan, np.nan], "high": [9.0, np.nan, np.nan]}
    )
    shown = with_intervals(frame, "+.1f", change=("value", "low", "high"))
    assert shown["change"].tolist() == ["+5.0 (+1 to +9)", "+2", ""]
