"""The network page: what it shows, what it does not let out, and networks with nothing in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from appendices.runs.whole import Request, run_compendium
from tests.conftest import ROOT, copy_of_project

NOTEBOOK = "05_network_prototype"
TABLES = ("network_people", "network_incidents", "network_institutions", "network_ties")
RECORDED = re.compile(r"\b(?:[pis]\d\d|t\d{3})\b")  # ids of people, incidents, places and ties
FEW = "draws=100"


@dataclass(frozen=True)
class Page:
    """One run of the notebook."""

    folder: Path

    def __getitem__(self, exhibit: str) -> pd.DataFrame:
        path = self.folder / self.exhibits[exhibit]["files"]["csv"]
        return pd.read_csv(path, keep_default_na=False)

    @property
    def manifest(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(
            (self.folder / "manifest.json").read_text(encoding="utf-8")
        )
        return content

    @property
    def exhibits(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in self.manifest["exhibits"]}

    @property
    def html(self) -> str:
        """The page without its drawings, which are text in another alphabet."""
        text = (self.folder / self.manifest["notebooks"][0]["page"]).read_text(encoding="utf-8")
        return re.sub(r"data:image/svg\+xml;base64,[^\"]+", "", text)

    def everything(self) -> str:
        """All that the run lets out: page, data and the words in the drawings."""
        files = sorted((self.folder / "exhibits").glob("*.csv"))
        svgs = sorted((self.folder / "exhibits").glob("*.svg"))
        metadata = [one.read_text("utf-8").partition("<defs>")[0] for one in svgs]
        return "\n".join([self.html, *(one.read_text("utf-8") for one in files), *metadata])


def run(root: Path, *parameters: str) -> Page:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.delenv("APPENDICES_HOME", raising=False)
        return Page(run_compendium(Request([NOTEBOOK], list(parameters)), root).parent)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_of_project(tmp_path_factory.mktemp("network"), NOTEBOOK)


@pytest.fixture(scope="module")
def page(root: Path) -> Page:
    return run(root)


@pytest.fixture(scope="module")
def internal(root: Path) -> Page:
    return run(root, "policy=internal", FEW, "minimum_overlap_days=1", "reading=links")


def links() -> tuple[int, int]:
    """Count the links of the records by hand: all, and those whose two ends the rule keeps."""
    ties = pd.read_csv(ROOT / "data" / "raw" / "cohorts" / "network_ties.csv", dtype=str)
    place = ties["incident"].fillna(ties["institution"])
    pairs = set(zip(ties["person"], place, strict=True))
    at = {name: {one for one, where in pairs if where == name} for name in set(place)}
    met = {one: set().union(*(group for group in at.values() if one in group)) - {one}
           for one, _ in pairs}  # fmt: skip
    kept = [pair for pair in pairs if len(met[pair[0]]) >= 2 and len(at[pair[1]]) >= 2]
    return len(pairs), len(kept)


def test_the_three_exhibits_of_the_report_are_there_with_the_printed_totals(page: Page) -> None:
    assert {one["source_exhibit"] for one in page.exhibits.values()} >= {"F38", "F39", "F40"}
    inputs = page["network-inputs"].set_index("item")
    assert inputs.loc["stabbing", "recorded"] == 10
    assert inputs.loc[["cautioned or convicted", "incident report"], "recorded"].tolist() == [
        32,
        25,
    ]
    for item, recorded, kept in (
        ("All young people", 57, 33), ("All incidents", 18, 7), ("All institutions", 72, 41),
        ("Nodes", 147, 81), ("Links", *links()),
    ):  # fmt: skip
        assert inputs.loc[item, ["recorded", "retained"]].tolist() == [recorded, kept]
    assert inputs.loc[["Links", "Nodes"], "percent"].round().tolist() == [71, 55]
    prunings = page["network-prunings"].set_index("reading")
    assert prunings.loc["others", ["people", "incidents", "institutions"]].tolist() == [33, 7, 41]
    for other in ("links", "core"):  # as the page says of them
        kept = prunings.loc[other, ["people", "incidents", "institutions"]].tolist()
        assert kept != [33, 7, 41]
    assert len(prunings) == 4


def test_the_map_has_every_kept_node_and_the_page_lets_it_be_explored(page: Page) -> None:
    nodes = page["network-map"]
    assert nodes["kind"].value_counts().to_dict() == {
        "institution": 41, "person": 33, "incident": 7,
    }  # fmt: skip
    assert nodes["degree"].sum() == 2 * links()[1]
    payload = re.search(r'class="network">(.*?)</script>', page.html)
    assert payload is not None
    data = json.loads(payload[1])
    assert len(data["nodes"]) == 81
    assert len(data["links"]) == links()[1]
    assert page.html.count('class="network"') == 2  # the pruned and the whole map


def test_the_synthetic_records_have_nothing_unusual_as_the_headline_says(page: Page) -> None:
    assert "Nothing" in page.exhibits["network-checks"]["headline"]
    assert (page["network-checks"]["rows"] == 0).all()


def test_nobody_is_shown_under_a_recorded_id_by_default(page: Page) -> None:
    assert RECORDED.findall(page.everything()) == []
    assert "Health warning" in page.html
    assert "INTERNAL" not in page.html
    assert not [name for name in page["network-ranks"] if name.endswith("_value")]
    types = set(page["network-map"].loc[lambda one: one["kind"] == "incident", "type"])
    assert types == {"stabbing", "other"}
    assert (page["network-cluster-table"].query("people > 0")["people"] >= 5).all()


def test_no_p_value_of_synthetic_data_stands_without_saying_so(page: Page) -> None:
    table = page["network-chance-table"]
    assert [name for name in table if name.startswith("p_")] == ["p_two_sided_synthetic", "p_error"]
    assert table["draws"].tolist() == [10_000] * 3
    assert table["r_hat"].between(0.99, 1.01).all()
    assert "the solver&#39;s doing" in page.html


def test_the_internal_policy_shows_records_marks_the_page_and_parameters_act(
    page: Page, internal: Page
) -> None:
    assert "INTERNAL" in internal.html
    ids = internal["network-map"].query("kind == 'person'")["node_id"]
    assert ids.str.fullmatch(r"p\d\d").all()
    assert "degree_value" in internal["network-ranks"]
    prunings = [one["network-prunings"].set_index("reading") for one in (page, internal)]
    assert prunings[0].loc["links", "people"] > prunings[1].loc["links", "people"]
    assert len(ids) == prunings[1].loc["links", "people"]


def test_another_seed_gives_other_pseudonyms_on_the_same_map(root: Path, page: Page) -> None:
    other = run(root, "seed=2", FEW)
    columns = ["kind", "degree"]
    first, second = page["network-map-whole"], other["network-map-whole"]
    assert first["node_id"].tolist() != second["node_id"].tolist()
    assert first.value_counts(columns).to_dict() == second.value_counts(columns).to_dict()


def test_real_records_are_protected_by_counts_or_by_pseudonyms(tmp_path: Path) -> None:
    root = copy_of_project(tmp_path, NOTEBOOK)
    package = root / "data" / "raw" / "datapackage.json"
    content = json.loads(package.read_text(encoding="utf-8"))
    for resource in content["resources"]:
        if resource["name"] in TABLES:
            resource |= {"sensitivity": "confidential", "basis": "observed"}
    package.write_text(json.dumps(content), encoding="utf-8")
    (root / "data" / "raw" / "cohorts" / "secret").write_bytes(bytes(range(32)))
    page = run(root, FEW)
    assert RECORDED.findall(page.everything()) == []
    for name, one in page.exhibits.items():
        assert one["sensitivity"] == "confidential", name
        assert "Not shown under policy" not in page[name].to_csv(), name
    inputs = page["network-inputs"].set_index("item")
    assert inputs.loc["murder", ["recorded", "retained", "percent"]].tolist() == ["", "", ""]
    assert int(inputs.loc["All young people", "recorded"]) in (50, 55, 60)  # of 57, with noise
    assert not any("Synthetic" in one["subtitle"] for one in page.exhibits.values())


def empty(ties: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    return ties.head(0), [f"p{number:02d}" for number in range(1, 58)]


def one_person(ties: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    return ties[ties["person"] == "p02"], ["p02"]


@pytest.mark.parametrize("cut", [empty, one_person])
@pytest.mark.parametrize("policy", ["release", "internal"])
def test_a_network_with_next_to_nothing_in_it_gives_a_page(
    tmp_path: Path,
    cut: Callable[[pd.DataFrame], tuple[pd.DataFrame, list[str]]],
    policy: str,
) -> None:
    root = copy_of_project(tmp_path, NOTEBOOK)
    cohorts = root / "data" / "raw" / "cohorts"
    read = {name: pd.read_csv(cohorts / f"{name}.csv", dtype=str) for name in TABLES}
    ties, left = cut(read["network_ties"])
    people = read["network_people"]
    people[people["person"].isin(left)].to_csv(cohorts / "network_people.csv", index=False)
    ties.to_csv(cohorts / "network_ties.csv", index=False)
    page = run(root, FEW, f"policy={policy}")
    assert len(page.exhibits) > 10
    assert len(page["network-prunings"]) == 4
    assert page["network-prunings"].set_index("reading").loc["others", "people"] == 0
