"""The three cohort pages: what they show, and what they do not let out."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from appendices.errors import NotebookError, UsageError
from appendices.exhibits.exhibit import MIME
from appendices.runs.parameters import code_cells, read_notebook
from appendices.runs.whole import Request, prepare, run_compendium
from tests.conftest import ROOT, copy_of_project

NOTEBOOKS = ("02_victim_cohort", "03_offender_cohort", "04_robbery_subgroup")
COHORTS = ("victims", "offenders")
F_NUMBERS = {f"F{number}" for number in (*range(21, 38), 41)}
# Columns that count people. What a conclusion would need to turn is no count of anyone.
COUNT = re.compile(r"n|n_incomplete|at_least|both|base|base_all|recorded|missing|.*_n|.*_base")
NO_COUNT = re.compile(r"turned_.*")


@dataclass(frozen=True)
class Pages:
    """One run of the three notebooks in a copy of the project."""

    root: Path
    folder: Path
    manifest: dict[str, Any]

    def __getitem__(self, exhibit: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "exhibits" / f"{exhibit}.csv")

    @property
    def exhibits(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in self.manifest["exhibits"]}

    @property
    def notes(self) -> dict[str, str]:
        found = {}
        for notebook in NOTEBOOKS:
            executed = read_notebook(self.folder / "notebooks" / f"{notebook}.ipynb")
            for cell in executed["cells"]:
                for output in cell.get("outputs", []):
                    if MIME in output.get("data", {}):
                        one = output["data"][MIME]
                        found[one["id"]] = one["note"]
        return found

    def page(self, notebook: str) -> str:
        return (self.folder / f"{notebook}.html").read_text(encoding="utf-8")


def copy_of_cohorts(folder: Path, *, confidential: bool) -> Path:
    """Copy what a run reads; the cohorts of a confidential copy declare no sensitivity."""
    copy_of_project(folder, *NOTEBOOKS)
    package = folder / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text(encoding="utf-8"))
    for resource in content["resources"]:
        if confidential and resource["name"] in COHORTS:
            resource.pop("sensitivity")
    package.write_text(json.dumps(content), encoding="utf-8")
    return folder


def run(root: Path) -> Pages:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.delenv("APPENDICES_HOME", raising=False)
        index = run_compendium(Request(run="pages"), root)
    manifest = json.loads((index.parent / "manifest.json").read_text(encoding="utf-8"))
    return Pages(root, index.parent, manifest)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    return run(copy_of_cohorts(tmp_path_factory.mktemp("synthetic"), confidential=False))


@pytest.fixture(scope="module")
def protected(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    root = copy_of_cohorts(tmp_path_factory.mktemp("confidential"), confidential=True)
    (root / "data" / "raw" / "cohorts" / "secret").write_bytes(bytes(range(32)))
    return run(root)


@pytest.fixture
def project(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(pages.root)
    monkeypatch.delenv("APPENDICES_HOME", raising=False)
    return pages.root


def cell(table: pd.DataFrame, column: str, **where: str) -> Any:
    rows = table
    for name, value in where.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1, f"{len(rows)} rows where {where}"
    return rows[column].iloc[0]


def test_every_exhibit_of_the_report_is_there(pages: Pages) -> None:
    shown = {one["source_exhibit"] for one in pages.manifest["exhibits"]} - {None}
    assert shown == F_NUMBERS
    assert pages.manifest["status"] == "complete"


def test_cohort_exhibits_say_that_they_are_calibrated_and_synthetic(pages: Pages) -> None:
    for one in pages.manifest["exhibits"]:
        if set(one["sources"]) & set(COHORTS):
            assert one["sensitivity"] == "synthetic", one["id"]
            assert one["basis"] in {"calibrated", "invented"}, one["id"]
    cumulative = pages.exhibits["offender-cumulative"]
    assert cumulative["basis"] == "invented"
    assert cumulative["invented"]["invented"] == cumulative["invented"]["numbers"]
    assert pages.exhibits["robbery-arrests-share"]["basis"] == "observed"
    assert pages.exhibits["case-studies-social-care"]["basis"] == "derived"


@pytest.mark.parametrize(
    ("exhibit", "attribute", "n", "base"),
    [
        ("offender-familial-harm", "Domestic abuse at home", 14, 57),
        ("offender-familial-harm", "Child protection plan", 23, 57),
        ("offender-familial-harm", "Both of these", 11, 57),
        ("offender-familial-harm", "Harm inside the family", 26, 57),
        ("offender-extrafamilial-harm", "Harm outside the family", 20, 57),
        ("offender-extrafamilial-harm", "Sexual exploitation", 5, 57),
        ("offender-extrafamilial-harm", "Gang or sexual exploitation", 4, 57),
        ("offender-vulnerabilities", "Social care history", 45, 57),
        ("offender-vulnerabilities", "Looked after", 26, 57),
        ("offender-mental-health", "Mental health needs, of everyone", 34, 57),
        (
            "offender-mental-health",
            "Contact with mental health services, of those with needs",
            12,
            34,
        ),
        ("offender-mental-health", "Time in custody, of those with needs", 18, 34),
        ("offender-mental-health", "Adult prison, of those with needs", 3, 34),
        ("offender-covid", "Assessed, of everyone", 37, 57),
        ("offender-covid", "Concerns about living conditions", 23, 37),
        ("offender-covid", "Went missing", 12, 37),
        ("offender-covid", "Unsafe or overcrowded home", 10, 37),
        ("offender-covid", "In residential care", 6, 37),
        ("offender-covid", "Went missing, of those in residential care", 3, 6),
        ("robbery-vulnerabilities", "Special educational needs", 14, 28),
        ("robbery-vulnerabilities", "Permanently excluded", 14, 28),
        ("robbery-vulnerabilities", "Mental health needs", 21, 28),
        ("robbery-vulnerabilities", "Social care history", 21, 28),
        ("robbery-vulnerabilities", "Child in need", 17, 28),
        ("robbery-vulnerabilities", "Criminal exploitation", 9, 28),
        ("victim-exposure", "Experienced or witnessed violence", 55, 57),
        ("victim-exposure", "Known to services", 39, 57),
        ("victim-exposure", "Hospital injury before", 13, 57),
    ],
)
def test_the_published_counts_stand_with_their_base(
    pages: Pages, exhibit: str, attribute: str, n: int, base: int
) -> None:
    table = pages[exhibit]
    assert cell(table, "n", attribute=attribute) == n
    assert cell(table, "base", attribute=attribute) == base


def test_the_published_percentages_of_the_victims_stand(pages: Pages) -> None:
    overview = pages["cohort-overview"]
    assert overview["n"].tolist() == [57, 422, 32, 25]
    assert cell(overview, "base_all", label="Victims, details known") == 479
    assert round(cell(pages["victim-gender"], "percent", category="female")) == 34
    assert cell(pages["victim-age"], "percent", category="19 to 25") > 50
    neet = pages["victim-neet-by-age"]
    assert round(cell(neet, "percent", label="all, NEET")) == 36
    contrast = pages["victim-neet-contrast"]
    shares = {
        name: [
            round(cell(contrast, "percent", label=f"{name}, {group}"))
            for group in ("NEET", "everyone")
        ]
        for name in ("Known to services", "Emergency admission before", "Stabbing or bladed object")
    }
    assert list(shares.values()) == [[63, 57], [28, 20], [48, 43]]
    invisible = pages["victim-invisible"]
    assert cell(invisible, "n", category="not known") == 18


def test_ethnicity_is_shown_with_and_without_those_who_did_not_answer(pages: Pages) -> None:
    table = pages["victim-ethnicity"]
    black = table[table["category"] == "black or mixed black"].set_index("of_whom")["percent"]
    assert round(black["everyone it applies to"]) == 40
    assert 57 <= round(black["those with it recorded"]) <= 60
    assert cell(table, "kind", category="not recorded") == "missing"
    assert pages.exhibits["victim-ethnicity"]["headline"].startswith(
        "As published, 40% of everyone identified as Black or Mixed Black"
    )


def test_of_the_readings_of_the_neet_sentence_few_are_possible(pages: Pages) -> None:
    table = pages["victim-neet-readings"]
    assert set(table["possible"]) <= {"yes", "no"}
    assert (table["possible"] == "yes").sum() == 1
    assert cell(pages["victim-neet-gaps"], "points", outcome="Known to services") == 57


def test_one_robbery_claim_holds_and_one_does_not(pages: Pages) -> None:
    claims = pages["robbery-claims"].set_index("attribute")
    needs, care = claims.loc["Mental health needs"], claims.loc["Social care history"]
    assert (needs["subgroup"], needs["reference"]) == ("21 of 28 (75 %)", "13 of 29 (45 %)")
    assert (care["subgroup"], care["reference"]) == ("21 of 28 (75 %)", "24 of 29 (83 %)")
    assert (needs["verdict"], care["verdict"]) == ("suggestive", "does not hold")
    assert claims.loc["Permanently excluded", "verdict"] == "cannot be known"
    assert claims.loc["Permanently excluded", ["difference", "low", "high"]].isna().all()
    whole = pages["robbery-against-whole"]
    assert round(cell(whole, "reference_percent", attribute="Social care history")) == 79
    assert pages.exhibits["robbery-claims"]["headline"] == (
        "More mental health needs: suggestive; more often a social care history: does not hold; "
        "more often excluded: cannot be known"
    )
    tests = pages["robbery-tests"].set_index("attribute")
    assert tests.index.tolist() == ["Mental health needs", "Social care history"]
    assert tests["p_holm_synthetic"].round(3).tolist() == [0.061, 0.530]
    assert (tests["family"] == 2).all()
    assert cell(pages["robbery-fragility"], "fragility", attribute="Mental health needs") == 1


def test_what_groups_of_this_size_can_find_is_said_of_the_rise_that_is_claimed(
    pages: Pages,
) -> None:
    assert "only from 37 points more" in pages.exhibits["robbery-detectable"]["headline"]


def test_no_claim_about_the_victims_is_answered_from_counts_that_nobody_printed(
    pages: Pages,
) -> None:
    assert set(pages["victim-neet-claims"]["verdict"]) == {"cannot be known"}


def test_the_share_of_robbery_arrests_is_not_compared_across_the_break(pages: Pages) -> None:
    shares = pages["robbery-arrests-share"].query("age == 'under 21'").set_index("period")
    assert shares["share"].idxmin() == "2015/16"
    assert shares.loc["2013/14", "share"] > 50 > shares.loc["2014/15":, "share"].max()
    assert set(shares.query("status == 'break in series'").index) == {"2017/18"}
    headline = pages.exhibits["robbery-arrests-share"]["headline"]
    assert "2015/16" in headline
    assert "2017/18" not in headline


def test_figures_and_claims_of_the_victims_compare_with_the_same_people(pages: Pages) -> None:
    assert set(pages["victim-neet-differences"]["reference"]) == {"rest"}
    whole = pages["victim-neet-compared"].query("reference == 'whole'")
    assert "not recorded" in pages.exhibits["victim-neet-compared"]["headline"]
    missing = cell(pages["victim-neet-by-age"], "n", label="all, not recorded")
    rest = pages["victim-neet-compared"].query("reference == 'rest'")
    sides = rest["subgroup_base"] + rest["reference_base"]
    assert (whole["reference_base"].to_numpy() - sides.to_numpy() == missing).all()


def test_victims_in_a_wider_sense_only_are_those_without_either_kind_of_harm(
    pages: Pages,
) -> None:
    n = pages["offender-victims"].set_index("attribute")["n"]
    wider = n["Victim in a wider sense only"]
    assert wider == n["Victim of violence before"] - n["Harm inside or outside"]
    note = pages.notes["offender-victims"]
    assert f"{wider} [i] of the {n['Victim of violence before']} [i]" in note


def test_every_attribute_that_only_one_side_of_the_robbery_comparison_has_is_marked(
    pages: Pages,
) -> None:
    table = pages["robbery-against-rest"].set_index("attribute")
    marked = table["invented"].fillna("").str.contains("difference")
    assert set(table.index[~marked]) == {"Mental health needs", "Social care history"}
    assert table.loc[marked, ["difference_low", "difference_high"]].isna().all(axis=None)


def test_rest_and_whole_are_told_apart(pages: Pages) -> None:
    assert set(pages["robbery-against-rest"]["comparison"]) == {"separate groups"}
    assert set(pages["robbery-against-whole"]["comparison"]) == {"part of the whole"}
    neet = pages["victim-neet-compared"]
    assert dict(zip(neet["reference"], neet["comparison"], strict=True)) == {
        "rest": "separate groups",
        "whole": "part of the whole",
    }


def test_a_model_is_fitted_with_its_limits_or_the_reason_is_given(pages: Pages) -> None:
    table = pages["robbery-model"]
    assert table["model"].nunique() == 2
    assert set(table["term"]) == {"not fitted"}
    assert table["odds_ratio"].isna().all()


def test_no_p_value_of_synthetic_data_stands_without_its_label(pages: Pages) -> None:
    for name, one in pages.exhibits.items():
        if one["sensitivity"] == "synthetic":
            bare = [
                column
                for column in pages[name].columns
                if re.fullmatch(r"p|p_(holm|bh)|turned_p", column)
            ]
            assert bare == [], name
    for notebook in NOTEBOOKS:
        assert not re.search(r">p(, [^<(]*)?</", pages.page(notebook))
        for source, _ in code_cells(read_notebook(ROOT / "notebooks" / f"{notebook}.ipynb")):
            assert "{p[" not in source


def test_what_was_lost_or_invented_is_said(pages: Pages) -> None:
    for notebook, exhibits in {
        "02_victim_cohort": ["victim-age", "victim-risk-factors"],
        "03_offender_cohort": ["offender-age-sex", "offender-vulnerabilities"],
    }.items():
        page = pages.page(notebook)
        for exhibit in exhibits:
            part = page[page.index(f'id="{exhibit}"') :].split("</figure>")[0]
            assert "lost" in part, exhibit
    said = "come together is the solver&#39;s choice"
    assert pages.page("03_offender_cohort").count(said) == 3
    assert pages.page("02_victim_cohort").count(said) == 1


def test_every_cohort_exhibit_goes_out_through_counts() -> None:
    for notebook in NOTEBOOKS:
        for source, _ in code_cells(read_notebook(ROOT / "notebooks" / f"{notebook}.ipynb")):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "show":
                    given = ast.unparse(node)
                    public = (
                        "sources=['case_studies']" in given
                        or "'published_figures'], basis='derived'" in given
                    )
                    public = public or "sources=['arrests'" in given
                    public = public or "sources=['audit_freedom']" in given
                    tables = r"data=(stats\.\w+\(|held|sizes|figures|both|combinations)"
                    counted = re.search(tables, given)
                    assert public or counted or "**own" in given or "**shown" in given


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("02:cohort=victms", "Did you mean 'victims'"),
        ("03:cohort=arrests", "data set in cohorts"),
        ("02:grouping=ethnicty", "Did you mean 'ethnicity'"),
        ("03:grouping=person", "column in cohorts"),
        ("04:age_bands=13-18, 17-24", "do not overlap"),
        ("04:significance_test=chi2", "Allowed: barnard, fisher"),
        ("04:multiple_testing=bonferroni", "'bonferroni'"),
        ("04:reference=other", "'other'"),
        ("02:interval_method=exact", "'exact'"),
        ("02:interval_level=95", "between 0.5 and 0.999"),
        ("03:policy=relase", "Did you mean 'release'"),
    ],
)
def test_a_wrong_parameter_is_refused_before_anything_runs(
    project: Path, assignment: str, said: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        prepare(Request((assignment[:2],), (assignment,)), project)


def test_a_grouping_that_this_cohort_lacks_is_named_with_a_suggestion(project: Path) -> None:
    with pytest.raises(
        NotebookError, match=r"unknown attribute 'known_to_services'|unknown attribute"
    ):
        run_compendium(Request(("03",), ("grouping=bladed_referral",)), project)


def test_a_cohort_that_lacks_columns_is_refused_by_name(project: Path) -> None:
    with pytest.raises(
        NotebookError, match=r"'offenders' cannot take the place of 'victims'.* centre"
    ):
        run_compendium(Request(("02",), ("cohort=offenders",)), project)


def test_other_parameters_give_other_pages(project: Path) -> None:
    changes = ("02:grouping=ethnicity", "02:age_bands=13-17, 18+", "02:interval_method=jeffreys",
               "02:significance_test=barnard", "02:multiple_testing=bh")  # fmt: skip
    index = run_compendium(Request(("02",), changes, run="other"), project)
    table = pd.read_csv(index.parent / "exhibits" / "victim-age.csv")
    assert table["category"].tolist() == ["13 to 17", "18 and over"]
    assert set(table["method"]) == {"jeffreys"}
    one = pd.read_csv(index.parent / "exhibits" / "victim-table-one.csv")
    assert "not recorded_n" in one.columns


def counts_of(table: pd.DataFrame) -> list[str]:
    return [name for name in table if COUNT.fullmatch(name) and not NO_COUNT.fullmatch(name)]


def confidential_exhibits(protected: Pages) -> list[str]:
    names = [
        one["id"] for one in protected.manifest["exhibits"] if one["sensitivity"] == "confidential"
    ]
    assert len(names) > 40
    return names


def test_with_confidential_cohorts_the_same_pages_appear(pages: Pages, protected: Pages) -> None:
    assert protected.manifest["status"] == "complete"
    assert list(protected.exhibits) == list(pages.exhibits)
    assert {protected.exhibits[name]["policy"] for name in confidential_exhibits(protected)} == {
        "release"
    }
    for notebook in NOTEBOOKS:
        assert "[c]" in protected.page(notebook)


def test_no_count_below_the_threshold_goes_out(protected: Pages) -> None:
    for name in confidential_exhibits(protected):
        table = protected[name]
        for column in counts_of(table):
            known = pd.to_numeric(table[column]).dropna()
            assert (known % 5 == 0).all(), f"{name}, {column}"


def test_no_statistic_is_computed_from_a_count_that_was_withheld_or_rounded_away(
    pages: Pages, protected: Pages
) -> None:
    seen = 0
    for name in confidential_exhibits(protected):
        table, truth = protected[name], pages[name]
        for n, base, percent in (
            ("at_least" if "at_least" in table else "n", "base", "percent"),
            ("both", "base", "percent"),
            ("subgroup_n", "subgroup_base", "subgroup_percent"),
            ("reference_n", "reference_base", "reference_percent"),
        ):
            if {n, base, percent} <= set(table.columns):
                known = table[base].where(table[base] >= 15)
                expected = 100 * table[n].clip(upper=known) / known
                expected = expected.where(table[n].notna())
                pd.testing.assert_series_equal(
                    table[percent], expected, check_names=False, check_dtype=False
                )
                gone = table[n].isna()
                assert (
                    table.loc[gone, [one for one in ("low", "high") if one in table]]
                    .isna()
                    .all(axis=None)
                )
        if "n" in truth and len(truth) == len(table):
            seen += int(truth["n"].between(1, 4).sum())
    assert seen > 5  # the data do hold counts that must not be seen


def test_texts_and_drawings_hold_no_withheld_number(pages: Pages, protected: Pages) -> None:
    hidden = protected.exhibits["offender-extrafamilial-harm"]
    assert "Gang or sexual exploitation a withheld number" in hidden["alt"]
    assert "Gang or sexual exploitation 7%" in pages.exhibits["offender-extrafamilial-harm"]["alt"]
    svg = (protected.folder / "exhibits" / "offender-extrafamilial-harm.svg").read_text("utf-8")
    assert hidden["alt"] in svg
    printed = {"offender-age-sex"}  # its headline gives the report's own numbers
    for name in set(confidential_exhibits(protected)) - printed:
        said = " ".join(protected.exhibits[name][part] for part in ("headline", "subtitle", "alt"))
        if re.search("published|printed", said):
            continue
        for number in re.findall(r"\b(\d+) of (\d+)\b", said):
            assert all(int(one) % 5 == 0 for one in number), f"{name}: {number}"
    for notebook in NOTEBOOKS:
        executed = (protected.folder / "notebooks" / f"{notebook}.ipynb").read_text("utf-8")
        assert not re.search(
            r"\b[pv]\d{2,3}\b(?!\d)", re.sub(r'"(png|svg|id)": "[^"]*"', "", executed)
        )
