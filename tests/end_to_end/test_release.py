"""What leaves of a run on confidential data: a bundle that holds up, or nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.conftest import code, write_notebook
from youthviolence.cli import app
from youthviolence.compendium import Request, run_compendium
from youthviolence.disclosure.attack import attack
from youthviolence.disclosure.policy import find_policy
from youthviolence.errors import DisclosureError, NotebookError, UsageError
from youthviolence.pipeline.runs import Run
from youthviolence.protection import facts_of
from youthviolence.release import write_release

# sex, needs; of six charged with robbery one is female
PEOPLE = [
    *[("male", "yes", "yes")] * 5, *[("female", "yes", "yes")] * 1,
    *[("male", "no", "no")] * 21, *[("female", "no", "no")] * 12, *[("male", "yes", "no")] * 2,
]  # fmt: skip
IMPORTS = "from youthviolence import cohort as stats\n"
PARAMETERS = 'which: Count = 2  # Sex to show.\npolicy: Policy = "release"  # Protection policy.\n'
SHOW = """\
people = appendix.load("cohort")
by_charge = stats.tabulate(people, ["sex"], by="robbery")
charged = by_charge[(by_charge["group"] == "yes") & (by_charge["kind"] == "recorded")]
appendix.show("charged", data=charged.iloc[which - 1 : which],
    counts=stats.COUNTS, derive=stats.profile, sources=["cohort"], basis="observed",
    headline="Charged with robbery, by sex", subtitle="Young people, one cohort",
    chart=charts.bars("category", "n"), alt="A bar for each sex.",
    columns={"category": "Sex", "n": "n", "base": "Base", "percent": "Percent"})
everyone = stats.tabulate(people, ["needs"])
appendix.show("needs", data=everyone[everyone["kind"] == "recorded"],
    counts=stats.COUNTS, derive=stats.profile, sources=["cohort"], basis="observed",
    headline="Needs", subtitle="Young people, one cohort")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose one data set declares no sensitivity, with one notebook."""
    root = tmp_path_factory.mktemp("release")
    folder = root / "data" / "raw"
    folder.mkdir(parents=True)
    lines = ["person,sex,needs,robbery"]
    lines += [f"p{at:02d},{','.join(one)}" for at, one in enumerate(PEOPLE)]
    (folder / "cohort.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    fields = [{"name": name, "type": "string"} for name in lines[0].split(",")]
    resource = {
        "name": "cohort", "path": "cohort.csv", "title": "A cohort", "format": "csv",
        "basis": "observed", "licenses": [], "sources": [{"title": "An extract"}],
        "schema": {"fields": fields},
    }  # fmt: skip
    package = {"name": "tiny", "resources": [resource]}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (root / "requirements.lock").write_text("pandas==3\n", encoding="utf-8")
    write_notebook(
        root / "notebooks" / "01_first.ipynb", code(IMPORTS), code(SHOW),
        parameters=PARAMETERS,
    )  # fmt: skip
    return root


@pytest.fixture
def home(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    monkeypatch.delenv("YOUTHVIOLENCE_HOME", raising=False)
    return project


def run(root: Path, name: str, *assignments: str) -> Path:
    return run_compendium(Request(assignments=assignments, run=name), root).parent


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def test_the_bundle_holds_what_a_checker_reads_in_order_and_nothing_else(home: Path) -> None:
    folder = run(home, "first")
    made = write_release(home, "first")
    files = content(made.folder)
    assert sorted(files) == [
        "1_policy.yml", "2_exhibits.csv", "3_applied.csv", "4_attack.json", "README.txt",
        "exhibits/charged.csv", "exhibits/charged.svg", "exhibits/needs.csv", "summary.json",
    ]  # fmt: skip
    summary = json.loads(files["summary.json"])
    assert {one["outcome"] for one in summary["checks"]} == {"pass"}
    assert summary["attack"]["this run"]["counts_exposed"] == 0
    assert summary["policy"]["threshold"] == 5
    charged, needs = summary["exhibits"]
    assert (charged["number"], charged["policy"], charged["base"]) == ("Figure 1.1", "release", "5")
    assert needs["base"] == "40"
    assert charged["context"]
    assert charged["sources"] == ["cohort"]
    applied = list(csv.DictReader(files["3_applied.csv"].decode().splitlines()))
    assert {one["mark"] for one in applied} <= {"[c]", "[b]"}
    assert "[b]" in files["exhibits/charged.csv"].decode()  # six are too few for a percentage
    assert not any(b"p01" in one for one in files.values())
    write_release(home, "first")
    assert content(folder / "release") == files


def test_the_same_cohort_cut_otherwise_is_not_released_when_both_together_tell(home: Path) -> None:
    """The first told of the five who are male, of six; the second would withhold the female."""
    run(home, "first")
    write_release(home, "first")
    run(home, "second", "which=1")
    with pytest.raises(DisclosureError, match="Attack with releases: 1 counts can be worked out"):
        write_release(home, "second")
    assert not (home / "reports" / "second" / "release").exists()


def test_the_same_file_described_otherwise_is_not_released_again(home: Path) -> None:
    """Other descriptions give other ids: nothing in common with what left, but the file."""
    folder = run(home, "described")
    write_release(home, "described")
    remembered = folder / ".state" / "released.json"
    (held,) = json.loads(remembered.read_text(encoding="utf-8"))
    assert len(held["files"]) == 1
    other = {f"x{name}": value for name, value in held["shown"].items()}
    held |= {"shown": other, "places": dict.fromkeys(other, 1), "relations": [], "also": []}
    remembered.write_text(json.dumps([held]), encoding="utf-8")
    try:
        with pytest.raises(DisclosureError, match="One description: an earlier release was made"):
            write_release(home, "described")
    finally:
        remembered.unlink()


def test_nothing_is_released_while_what_left_before_cannot_be_read(home: Path) -> None:
    remembered = run(home, "first") / ".state" / "released.json"
    write_release(home, "first")
    content = remembered.read_text(encoding="utf-8")
    (held,) = json.loads(content)
    del held["policy"]
    try:
        for spoiled in ("", content[:-20], json.dumps([held])):
            remembered.write_text(spoiled, encoding="utf-8")
            with pytest.raises(DisclosureError, match="releases of run 'first' cannot be read"):
                write_release(home, "first")
            assert not (home / "reports" / "first" / "release").exists()
    finally:
        remembered.write_text(content, encoding="utf-8")
    write_release(home, "first")


def test_what_tables_give_away_together_is_withheld_before_the_pages_are_written(
    home: Path,
) -> None:
    source = home / "notebooks" / "02_second.ipynb"
    both = SHOW.replace("charged.iloc[which - 1 : which]", "charged")
    both = both.replace('"charged"', '"both"').replace('"needs",', '"n",')
    write_notebook(
        source, code(IMPORTS), code(both),
        parameters=PARAMETERS,
    )  # fmt: skip
    try:
        folder = run_compendium(Request(("02",), run="mended"), home).parent
        held = Run(home, "mended", {"02_second": {"policy": "release"}})
        also = held.withheld.read_text(encoding="ascii").split()
        assert len(also) == 1
        facts = facts_of(held, ["02_second"])
        assert facts.shown[also[0]] is None
        shown = (folder / "exhibits" / "both.csv").read_text(encoding="utf-8")
        male = next(line for line in shown.splitlines() if ",male," in line)
        assert ",,5," in male or ",5,," in male  # of the five and the six one stays
        again = run_compendium(Request(("02",), run="mended", force=True), home).parent
        assert (again / "exhibits" / "both.csv").read_text(encoding="utf-8") == shown
    finally:
        source.unlink()


def test_an_internal_run_is_marked_everywhere_and_never_released(home: Path) -> None:
    done = CliRunner().invoke(app, ["run", "--policy", "internal", "--run", "inside"])
    assert done.exit_code == 0, done.output
    folder = home / "reports" / "inside"
    files = [path for path in folder.rglob("*") if path.is_file() and ".state" not in path.parts]
    names = [path.name for path in files if path.name != "manifest.json"]
    assert len(names) == 7
    assert [name for name in names if "_INTERNAL." not in name] == []
    for page in folder.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        assert "INTERNAL: not for release" in html
        for link in ("index_INTERNAL.html", "01_first_INTERNAL.html"):
            assert link in html or page.name == link
        assert "index.html" not in html
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for path in [manifest["notebooks"][0]["page"], *manifest["exhibits"][0]["files"].values()]:
        assert (folder / path).is_file()
    done = CliRunner().invoke(app, ["release", "inside"])
    assert done.exit_code == DisclosureError.exit_code
    assert not (folder / "release").exists()


def test_a_run_that_was_touched_is_not_released_and_its_old_bundle_goes(home: Path) -> None:
    folder = run(home, "touched")
    write_release(home, "touched")
    table = folder / "exhibits" / "needs.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("10", "8"), encoding="utf-8")
    with pytest.raises(DisclosureError, match=r"Untouched: exhibits/needs.csv was changed"):
        write_release(home, "touched")
    assert not (folder / "release").exists()


@pytest.mark.parametrize("gone", [".state/published.json", "notebooks/01_first.ipynb"])
def test_a_run_whose_records_are_gone_is_not_released(home: Path, gone: str) -> None:
    folder = run(home, "gone", "which=2")
    (folder / gone).unlink()
    with pytest.raises(DisclosureError, match=r"Complete: (there is no record|an executed)"):
        write_release(home, "gone")
    with pytest.raises(UsageError):
        write_release(home, "reference")


def test_where_one_notebook_fails_the_others_are_attacked_all_the_same(home: Path) -> None:
    second, third = (home / "notebooks" / name for name in ("02_second.ipynb", "03_third.ipynb"))
    both = SHOW.replace("charged.iloc[which - 1 : which]", "charged")
    both = both.replace('"charged"', '"both"').replace('"needs",', '"n",')
    write_notebook(second, code(IMPORTS), code(both), parameters=PARAMETERS)
    write_notebook(third, code('appendix.load("cohort")\n1 / 0'), parameters=PARAMETERS)
    try:
        with pytest.raises(NotebookError, match="03_third"):
            run_compendium(Request(("02", "03"), run="failing"), home)
        held = Run(home, "failing", {"02_second": {"policy": "release"}})
        assert len(held.withheld.read_text(encoding="ascii").split()) == 1
        assert not attack(facts_of(held, ["02_second"]), find_policy("release")).exposed
        assert (home / "reports" / "failing" / "02_second.html").is_file()
    finally:
        second.unlink()
        third.unlink()


def test_an_unknown_run_and_policy_are_refused(home: Path) -> None:
    with pytest.raises(UsageError, match="no finished run 'nothing'"):
        write_release(home, "nothing")
    assert CliRunner().invoke(app, ["run", "--policy", "intrenal"]).exit_code == 2
