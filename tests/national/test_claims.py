from __future__ import annotations

import re

import numpy as np
import pytest

from appendices.errors import UsageError
from youthviolence.national.claims import check_claims, claims_table
from youthviolence.national.observations import with_drop_in


@pytest.fixture(scope="module")
def checked(read, tables, at_risk_estimates):
    found = check_claims(read("national_claims"), read("exhibit_lines"), tables, at_risk_estimates)
    return found.set_index("claim")


@pytest.mark.parametrize(
    ("claim", "computed", "verdict"),
    [
        ("F06-2013", 11408, "reproduced"),
        ("F06-2018", 6694, "cannot be checked"),
        ("F03-rise-2022", 100 * (6621 / 4273 - 1), "cannot be checked"),
        ("F11-started", 100 * (31010 / 28090 - 1), "ambiguous"),
        ("F11-started-five", 100 * (31010 / 31350 - 1), "ambiguous"),
        ("F14-rise", 100 * (0.22313 / 0.1 - 1), "supported"),
        ("F46-fall", 100 * (0.06 / 0.11 - 1), "ambiguous"),
        ("F46-fall-2019", 0, "ambiguous"),
        ("F47-rise", 100 * (11.67 / 9.78 - 1), "points towards it"),
        ("F47-rise-all", 100 * (2.3293 / 1.9177 - 1), "supported"),
        ("F48-now", 100 * 1156 / 1914, "reproduced"),
        ("F48-then", 100 * 4340 / 9228, "reproduced"),
        ("F03-rise", 100 * (4691 / 4286 - 1), "cannot be checked"),
        ("F03-half", 100 * (4691 + 2214) / (4691 + 2214 + 8068), "ambiguous"),
        ("F04-rise", 100 * (965 / 622 - 1), "supported"),
        ("F05-rise-london", 100 * ((16 + 15) / (2 + 18 + 14) - 1), "points against it"),
        ("F12-rise", 100 * (198090 / 127190 - 1), "supported"),
        ("F12-again", 100 * (21.9 / 24.7 - 1), "ambiguous"),
        ("F13-rise", 100 * (7894 / 4630 - 1), "supported"),
        ("F15-rise", 100 * (2392379 / 1980568 - 1), "supported"),
        ("F44-total", 100 * (8.4 / 10 - 1), "cannot be checked"),
        ("F44-late", 100 * (6.1 / 5.7 - 1), "cannot be checked"),
        ("F16-a", 477_014, "reproduced"),
        ("F16-b-share", 100 * 517_963 / 4_495_992, "not reproduced"),
        ("F16-c-share", 100 * 213_403 / 4_495_992, "reproduced"),
        ("F17-ten", 100 * 78_735 / 213_403, "ambiguous"),
        ("F18-order", 10, "reproduced"),
        ("F19-order", 10, "reproduced"),
        ("F47-faster", 100 * (11.67 / 9.78 / (2.3293 / 1.9177) - 1), "points against it"),
        ("F47-faster-points", (11.67 - 9.78) - (2.3293 - 1.9177), "points towards it"),
    ],
)
def test_a_printed_figure_is_held_against_the_data(checked, claim, computed, verdict):
    assert checked.loc[claim, "computed"] == pytest.approx(computed)
    assert checked.loc[claim, "verdict"] == verdict


def test_a_difference_is_the_data_less_the_printed_figure(checked):
    assert checked.loc["F06-2018", "difference"] == 6694 - 6366
    assert checked.loc["F06-2018", "finding"] == "The nearest the data give is 6,694 in 2017/18."
    assert np.isnan(checked.loc["F12-rise", "difference"])


def test_no_difference_is_written_with_an_exponent_or_as_minus_nothing(checked):
    table = claims_table(checked.reset_index())
    written = table["difference_as"].tolist() + table["finding"].tolist()
    assert not [text for text in written if re.search(r"\de[+-]\d|[-+\N{MINUS SIGN}]0$", text)]
    exact = checked.reset_index().assign(difference=7.11e-15)
    assert set(claims_table(exact)["difference_as"]) == {"0"}
    below = checked.reset_index().assign(difference=-2250.4)
    assert set(claims_table(below)["difference_as"]) == {"\N{MINUS SIGN}2,250"}


def test_what_is_not_at_hand_is_never_judged(checked):
    absent = checked[checked["computed"].isna()]
    assert set(absent["source_exhibit"]) == {"F03", "F06", "F07", "F08"}
    assert set(absent["verdict"]) == {"cannot be checked"}


def test_a_shift_towards_the_young_depends_on_the_year_it_is_counted_from(checked):
    assert checked.loc["F02-younger", "alone"] == "supported"
    assert checked.loc["F02-younger-2009", "alone"] == "not supported"
    assert set(checked.loc[["F02-younger", "F02-younger-2009"], "verdict"]) == {"ambiguous"}
    remarks = claims_table(checked.reset_index()).set_index("claim")["remark"]
    assert "Taken so it holds." in remarks["F02-younger"]
    assert "Taken so it does not hold." in remarks["F02-younger-2009"]


def test_the_report_s_own_labels_do_not_vouch_for_themselves(checked):
    assert checked.loc["F06-rise", "verdict"] == "cannot be checked"


def test_steadily_is_a_rise_in_every_year_not_from_the_first_to_the_last(
    read, tables, at_risk_estimates, exhibit
):
    claims = read("national_claims").query("claim == 'F13-rise-rate'")
    rate = exhibit("F13", "rate").query("label == 'All state-funded'").set_index("period")["value"]
    least = rate.loc["2012/13":"2016/17"].pct_change().min()
    table = tables["exclusions"]
    dip = table["period"].eq("2014/15") & table["series"].eq("Permanent exclusion rate")
    fallen = tables | {"exclusions": table.assign(value=table["value"].mask(dip, 0.01))}
    for given, computed, verdict in (
        (tables, 100 * least, "supported"),
        (fallen, None, "not supported"),
    ):
        row = check_claims(claims, read("exhibit_lines"), given, at_risk_estimates).iloc[0]
        assert row["verdict"] == verdict
        assert computed is None or row["computed"] == pytest.approx(computed)


def test_a_file_put_in_lets_a_claim_be_judged(read, tables, at_risk_estimates, drop_in):
    later = drop_in(period="2019/20", value=6954.0)
    joined = tables | {"arrests": with_drop_in(tables["arrests"], later, "drop_in_arrests.csv")}
    found = check_claims(read("national_claims"), read("exhibit_lines"), joined, at_risk_estimates)
    assert found.set_index("claim").loc["F06-2020", "verdict"] == "reproduced"


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("operation", "chnge", "unknown operation 'chnge'. Did you mean 'change'"),
        ("relation", "equal", "unknown relation 'equal'. Did you mean 'equals'"),
        ("reading_of", "F02-youngr", "unknown claim 'F02-youngr'"),
        ("lines", "F02-child", "unknown line 'F02-child'"),
    ],
)
def test_a_claim_that_names_nothing_known_is_refused(read, tables, column, value, said):
    claims = read("national_claims").head(1).assign(**{column: value})
    with pytest.raises(UsageError) as raised:
        check_claims(claims, read("exhibit_lines"), tables, {})
    assert said in str(raised.value)


def test_the_table_of_claims_says_what_is_printed_and_leaves_no_cell_undefined(checked):
    table = claims_table(checked.reset_index()).set_index("claim")
    assert table.loc["F06-2018", "printed_as"] == "6,366"
    assert table.loc["F06-2018", "difference_as"] == "+328"
    assert table.loc["F12-rise", "printed_as"] == "a rise"
    assert table.loc["F46-fall", "printed_as"] == "a fall"
    assert table.loc["F03-half", "printed_as"] == "more than 50 percent"
    assert table.loc["F12-again", "source_exhibit"] == ""
    texts = ["source_exhibit", "says", "printed_as", "finding", "difference_as", "remark"]
    assert table[texts].notna().all().all()
