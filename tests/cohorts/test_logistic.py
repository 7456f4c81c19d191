"""A logistic model, or the reasons not to fit one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from appendices.errors import UsageError
from tests.cohorts.frames import tabulate_combinations
from youthviolence.cohorts import fit_logistic, logistic, model_table

REFERENCE = pd.read_csv(Path(__file__).parent / "reference.csv", keep_default_na=False)


def people() -> pd.DataFrame:
    """The people of the model in reference.R."""
    rows = [
        (a, b, y)
        for (y, b, a), n in zip(
            [(y, b, a) for y in "01" for b in "01" for a in "01"],
            [10, 4, 6, 3, 5, 9, 4, 12],
            strict=True,
        )
        for _ in range(n)
    ]
    return pd.DataFrame(rows, columns=["a", "b", "y"]).replace({"0": "no", "1": "yes"})


def test_odds_ratios_intervals_and_p_agree_with_r() -> None:
    model = fit_logistic(tabulate_combinations(people(), ["y", "a", "b"]), "y", ["a", "b"])
    assert not model.reasons
    for row in model.table.itertuples():
        expected = REFERENCE.query("what == 'glm' and key == @row.attribute").set_index("name")
        for name in ("odds_ratio", "low", "high", "p"):
            assert getattr(row, name) == pytest.approx(float(expected["value"][name]), rel=1e-5)
    assert (model.people, model.events, model.left_out) == (53, 30, 0)
    assert model.events_per_term == pytest.approx(11.5)


def test_people_with_something_missing_are_left_out_and_counted() -> None:
    frame = pd.concat([people(), pd.DataFrame({"y": ["yes", None], "a": [None, "no"], "b": "no"})])
    model = fit_logistic(tabulate_combinations(frame, ["y", "a", "b"]), "y", ["a", "b"])
    assert (model.people, model.left_out) == (53, 2)
    assert model.limits[0].startswith("2 people with something missing")


def test_few_events_are_a_limit_and_too_few_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = people().assign(c=np.where(np.arange(53) % 2, "yes", "no"))
    counts = tabulate_combinations(frame, ["y", "a", "b", "c"])
    rough = fit_logistic(counts, "y", ["a", "b", "c"])
    assert rough.events_per_term == pytest.approx(23 / 3)
    assert "biased" in rough.limits[0]
    assert len(rough.table) == 3
    monkeypatch.setattr(logistic, "FEWEST_EVENTS", 8)
    refused = fit_logistic(counts, "y", ["a", "b", "c"])
    assert "7.7 people" in refused.reasons[0]
    assert refused.table.empty


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"yes": ["yes"] * 30, "no": ["no"] * 23}, id="complete"),
        pytest.param({"yes": ["yes"] * 30, "no": ["yes"] * 5 + ["no"] * 18}, id="quasi-complete"),
    ],
)
def test_separation_is_found_named_and_not_fitted(answers: dict[str, list[str]]) -> None:
    frame = people().sort_values("y", kind="stable", ignore_index=True)
    frame["c"] = answers["no"] + answers["yes"]
    model = fit_logistic(tabulate_combinations(frame, ["y", "a", "c"]), "y", ["a", "c"])
    assert model.table.empty
    assert model.reasons == ("c = yes separates the outcome: estimates would be infinite",)


def test_an_outcome_that_does_not_vary_and_collinear_attributes_are_not_fitted() -> None:
    frame = people().assign(copy=lambda f: f["a"])
    same = fit_logistic(tabulate_combinations(frame, ["y", "a", "copy"]), "y", ["a", "copy"])
    assert "determine one another" in same.reasons[0]
    always = frame.assign(y="yes")
    model = fit_logistic(tabulate_combinations(always, ["y", "a"]), "y", ["a"])
    assert model.reasons[0] == "everyone in the model has the same outcome"


def test_suppressed_counts_are_a_reason() -> None:
    counts = tabulate_combinations(people(), ["y", "a", "b"])
    counts.loc[0, "n"] = pd.NA
    model = fit_logistic(counts, "y", ["a", "b"])
    assert "not known exactly" in model.reasons[0]
    assert model.table.empty


def test_a_predictor_of_several_categories_is_compared_with_its_reference() -> None:
    frame = people().assign(c=np.array(["x", "y", "z"])[np.arange(53) % 3])
    counts = tabulate_combinations(frame, ["y", "c"])
    model = fit_logistic(counts, "y", ["c"], reference={"c": "y"})
    assert list(model.table["category"]) == ["x", "z"]
    assert set(model.table["reference"]) == {"y"}
    crude = frame.groupby("c")["y"].apply(lambda y: (y == "yes").sum() / (y == "no").sum())
    assert list(model.table["odds_ratio"]) == pytest.approx(list(crude[["x", "z"]] / crude["y"]))


def test_unknown_names_are_refused() -> None:
    counts = tabulate_combinations(people(), ["y", "a"])
    for outcome, predictors, options, message in (
        ("yy", ["a"], {}, "unknown attribute"),
        ("y", ["z"], {}, "unknown attribute"),
        ("y", ["a"], {"positive": "yess"}, "Did you mean 'yes'"),
        ("y", ["a"], {"reference": "nno"}, "Did you mean 'no'"),
    ):
        with pytest.raises(UsageError, match=message):
            fit_logistic(counts, outcome, predictors, **options)


def test_models_are_laid_out_with_their_reasons_and_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logistic, "FEWEST_EVENTS", 12)
    counts = tabulate_combinations(people(), ["y", "a", "b"])
    table = model_table(counts, "y", {"one": ["a"], "two": ["a", "b"]})
    assert list(table["model"].unique()) == ["one", "two"]
    one, two = (part for _, part in table.groupby("model"))
    assert one["odds_ratio"].notna().sum() == 1
    assert one["term"].iloc[0] == "a: yes against no"
    assert two["odds_ratio"].isna().all()
    assert "11.5 people with the rarer outcome" in two["remark"].iloc[0]
