from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from appendices.errors import DataError, UsageError
from youthviolence.national.series import DISPLAY, add_lines
from youthviolence.national.slopes import Slope
from youthviolence.national.trends import change_since
from youthviolence.national.younger import growth_ratio, share, share_line


def test_the_share_of_children_has_wilson_s_interval(exhibit):
    table = share(exhibit("F02", "offences"), ["10 to 17"]).set_index("period")
    k, n, z = 4069, 4069 + 15231, stats.norm.ppf(0.975)
    centre = (k / n + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * np.sqrt(k / n * (1 - k / n) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    assert table.loc["2020", "share"] == pytest.approx(100 * k / n)
    assert table.loc["2020", "low"] == pytest.approx(100 * (centre - reach))
    assert table.loc["2020", "high"] == pytest.approx(100 * (centre + reach))
    assert table["share"].idxmin() == "2014"


def test_the_growth_ratio_is_the_interaction_in_a_poisson_regression_with_year_effects(
    exhibit, monkeypatch
):
    frame = exhibit("F02", "offences")
    monkeypatch.setattr(Slope, "is_line", True)
    row = growth_ratio(frame, ["10 to 17"], ["18 and over"]).iloc[0]
    young = (frame["label"] == "10 to 17").to_numpy(dtype=float)
    years = pd.get_dummies(frame["year"], dtype=float).to_numpy()
    time = frame["year"].to_numpy(dtype=float) - 2015
    design = np.column_stack([years, young, young * time])
    fit = sm.GLM(frame["value"], design, family=sm.families.Poisson()).fit()
    dispersion = fit.pearson_chi2 / fit.df_resid
    reach = stats.t.ppf(0.975, fit.df_resid) * fit.bse.iloc[-1] * np.sqrt(dispersion)
    assert fit.df_resid == 9
    assert row["yearly_ratio"] == pytest.approx(np.exp(fit.params.iloc[-1]))
    assert row["dispersion"] == pytest.approx(dispersion, rel=1e-3)
    assert row["yearly_high"] == pytest.approx(np.exp(fit.params.iloc[-1] + reach), rel=1e-3)
    assert row["change_ratio"] == pytest.approx((4069 / 4444) / (15231 / 17977))


def test_a_shift_is_counted_from_every_first_year(exhibit):
    ages = ["20 to 29", "30 to 39", "40 to 49", "50 to 59"]
    frame = exhibit("F04", "episodes")
    row = growth_ratio(frame, ["10 to 19"], ages).iloc[0]
    assert (row["starts"], row["starts_younger"], row["starts_older"]) == (9, 3, 0)
    later = growth_ratio(frame[frame["year"] >= 2016], ["10 to 19"], ages).iloc[0]
    assert later["change_low"] < 1 < later["change_high"]
    robbery = growth_ratio(
        exhibit("F03", "arrests"), ["10 to 17", "18 to 20"], ["21 and over"]
    ).iloc[0]
    assert (robbery["starts"], robbery["starts_younger"], robbery["starts_older"]) == (10, 1, 8)


def test_homicide_in_london_is_compared_from_its_first_whole_year(exhibit):
    london = add_lines(
        exhibit("F05", "London"),
        {
            "young": ["0 to 12", "13 to 19", "20 to 24"],
            "older": ["25 to 34", "35 to 44", "45 to 54", "55 to 64", "65 and over"],
        },
    )
    row = growth_ratio(london, ["young"], ["older"]).iloc[0]
    assert row["first_period"] == "2004"
    assert row["change_ratio"] == pytest.approx(2.18, abs=0.005)


def test_a_shift_has_a_yearly_ratio_only_where_the_share_runs_along_a_straight_line(exhibit):
    knife = growth_ratio(exhibit("F02", "offences"), ["10 to 17"], ["18 and over"]).iloc[0]
    assert np.isnan(knife["yearly_ratio"])
    assert np.isfinite(knife["change_ratio"])


def test_robbery_arrests_did_not_shift_to_the_young_before_the_break(exhibit):
    row = growth_ratio(exhibit("F03", "arrests"), ["10 to 17"], ["18 to 20", "21 and over"])
    assert len(row) == 1
    assert row.loc[0, "last_period"] == "2016/17"
    assert row.loc[0, "yearly_high"] < 1


def test_editions_are_separate_wholes(exhibit):
    table = share(exhibit("F48", "editions"), ["No previous"], by=["source_id"])
    table = table.set_index(["source_id", "period"])["share"].round(1)
    assert table["moj-histories-2019q4", "2019"] == 60.4
    assert table["moj-histories-2019q4", "2009"] == 47.0
    assert table["moj-histories-2018q4", "2018"] == 59.5
    assert table["moj-histories-2019q1", "2009"] == 46.5


def test_the_break_stays_marked_in_a_share(exhibit):
    table = share(exhibit("F03", "arrests"), ["10 to 17", "18 to 20"]).set_index("period")
    assert table.loc["2017/18", "status"] == "break in series"
    assert table.loc["2017/18", "share"] == pytest.approx(100 * 6905 / 14973)


def test_a_value_known_only_as_at_least_enters_no_share_and_no_change(exhibit):
    frame = exhibit("F02", "offences")
    bounded = (frame["label"] == "18 and over") & (frame["period"] == "2015")
    frame = frame.assign(status=frame["status"].mask(bounded, "lower bound"))
    assert "2015" not in set(share(frame, ["10 to 17"])["period"])
    summed = add_lines(frame, {"All": ["10 to 17", "18 and over"]}).set_index("period")
    assert summed.loc["2015", "status"] == "lower bound"
    assert summed.loc["2016", "status"] == "final"
    assert "2015" not in set(change_since(summed.reset_index())["start_period"])


def test_a_period_without_all_its_lines_has_no_share(exhibit):
    frame = exhibit("F02", "offences")
    gap = frame[~((frame["label"] == "18 and over") & (frame["period"] == "2015"))]
    assert "2015" not in set(share(gap, ["10 to 17"])["period"])


def test_the_order_of_rows_does_not_matter(exhibit):
    frame = exhibit("F03", "arrests")
    mixed = frame.sample(frac=1, random_state=3)
    part = ["10 to 17", "18 to 20"]
    pd.testing.assert_frame_equal(share(mixed, part), share(frame, part))


def test_what_cannot_be_a_share_is_refused(exhibit):
    with pytest.raises(UsageError, match="Did you mean '10 to 17'"):
        share(exhibit("F02", "offences"), ["10-17"])
    with pytest.raises(DataError, match="needs numbers"):
        share(exhibit("F12", "rate"), ["Revised series"])


def test_a_share_becomes_one_more_line_of_a_display_frame(exhibit):
    frame = exhibit("F03", "arrests")
    line = share_line(frame, ["10 to 17"], "Children", level=0.9)
    assert list(line.columns) == list(DISPLAY)
    assert line["value"].tolist() == share(frame, ["10 to 17"])["share"].tolist()
    assert set(line["label"]) == {"Children"}
    assert line["status"].iloc[-1] == "break in series"
    wider = share_line(frame, ["10 to 17"], "Children", level=0.99)
    assert (wider["low"] < line["low"]).all()


def test_a_group_that_starts_at_nought_has_no_ratio_of_growth(exhibit):
    frame = exhibit("F02", "offences")
    first = (frame["label"] == "10 to 17") & (frame["period"] == frame["period"].iloc[0])
    frame = frame.assign(value=frame["value"].mask(first, 0.0))
    row = growth_ratio(frame, ["10 to 17"], ["18 and over"]).iloc[0]
    assert np.isnan(row["change_ratio"])
