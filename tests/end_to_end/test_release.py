"""What leaves of a run on confidential data: a bundle that holds up, or nothing."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from appendices.cli import app
from appendices.disclosure.noise import derive_secret, person_keys
from appendices.disclosure.policy import find_policy
from appendices.errors import DisclosureError, UsageError
from appendices.runs.release import write_release
from appendices.runs.whole import Request, run_compendium
from tests.conftest import code, write_notebook

# sex, needs; of six charged with robbery one is female
PEOPLE = [
    *[("male", "yes", "yes")] * 5, *[("female", "yes", "yes")] * 1,
    *[("male", "no", "no")] * 21, *[("female", "no", "no")] * 12, *[("male", "yes", "no")] * 2,
]  # fmt: skip
VALUES = {"sex": ["male", "female"], "needs": ["yes", "no"], "robbery": ["yes", "no"]}
IMPORTS = "from youthviolence import cohorts as stats\n"
PARAMETERS = (
    'cohort: Cohort = "people"  # The cohort.\npolicy: Policy = "release"  # Protection policy.\n'
)
SHOW = """\
people = appendix.cohort("people", instead=cohort)
by_charge = stats.tabulate(people, ["sex"], by="robbery")
charged = by_charge[(by_charge["group"] == "yes") & (by_charge["kind"] == "recorded")]
appendix.show("charged", data=charged, derive=stats.profile, sources=[cohort], basis="observed",
    headline="Charged with robbery, by sex", subtitle="Young people, one cohort",
    chart=charts.bars("category", "n"), alt="A bar for each sex.",
    columns={"category": "Sex", "n": "n", "base": "Base", "percent": "Percent"})
everyone = stats.tabulate(people, ["needs"])
appendix.show("needs", data=everyone[everyone["kind"] == "recorded"], derive=stats.profile,
    sources=[cohort], basis="observed", headline="Needs", subtitle="Young people, one cohort")
"""


def write_own(folder: Path, people: list[tuple[str, ...]], *, ids: bool = True) -> Path:
    """Write the folder of a cohort with a secret; return it."""
    folder.mkdir(parents=True)
    fields = [{"name": k, "type": "string", "categories": v} for k, v in VALUES.items()]
    description = {
        "name": folder.name, "title": "A cohort", "sensitivity": "confidential",
        "basis": "observed", "schema": {"fields": fields},
    }  # fmt: skip
    (folder / "cohort.json").write_text(json.dumps(description))
    rules = {
        name: {"from": name, "values": {one: [one] for one in values}}
        for name, values in VALUES.items()
    }
    mapping = {"file": "data.csv", "columns": rules} | ({"person": "ref"} if ids else {})
    (folder / "mapping.yml").write_text(json.dumps(mapping))
    lines = ["ref,sex,needs,robbery"]
    lines += [f"ref-{at:02d}-q,{','.join(one)}" for at, one in enumerate(people)]
    (folder / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "secret").write_bytes(bytes(range(32)))
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with a synthetic cohort, one of one's own, and one notebook."""
    root = tmp_path_factory.mktemp("release")
    folder = root / "data" / "raw"
    folder.mkdir(parents=True)
    (folder / "cohorts").mkdir()
    (folder / "cohorts" / "people.csv").write_text("person,sex,needs,robbery\np1,male,yes,no\n")
    fields = [{"name": k, "type": "string", "categories": v} for k, v in VALUES.items()]
    key = {"name": "person", "type": "string", "constraints": {"unique": True}}
    resource = {
        "name": "people", "path": "cohorts/people.csv", "title": "People", "basis": "calibrated",
        "sensitivity": "synthetic", "schema": {"fields": [key, *fields]},
    }  # fmt: skip
    package = {"name": "tiny", "resources": [resource]}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    (root / "requirements.lock").write_text("pandas==3\n", encoding="utf-8")
    write_own(root / "cohorts" / "own", PEOPLE)
    write_notebook(
        root / "notebooks" / "01_first.ipynb", code(IMPORTS), code(SHOW),
        parameters=PARAMETERS,
    )  # fmt: skip
    return root


@pytest.fixture
def home(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(project)
    monkeypatch.delenv("APPENDICES_HOME", raising=False)
    return project


def run(root: Path, name: str, own: str = "own") -> Path:
    chosen = f"cohort={root / 'cohorts' / own}"
    return run_compendium(Request(assignments=[chosen], run=name), root).parent


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
        "1_policy.yml", "2_exhibits.csv", "3_applied.csv", "4_budget.csv", "README.txt",
        "exhibits/charged.csv", "exhibits/charged.svg", "exhibits/needs.csv", "summary.json",
    ]  # fmt: skip
    summary = json.loads(files["summary.json"])
    assert {one["outcome"] for one in summary["checks"]} == {"pass"}
    assert summary["policy"]["threshold"] == 5
    charged, needs = summary["exhibits"]
    assert (charged["number"], charged["policy"]) == ("Figure 1.1", "release")
    assert needs["base"] in {"35", "40", "45"}
    assert charged["context"]
    assert charged["sources"] == ["own"]
    applied = list(csv.DictReader(files["3_applied.csv"].decode().splitlines()))
    assert {one["mark"] for one in applied} <= {"few", "[c]", "[b]"}
    assert "few" in files["exhibits/charged.csv"].decode()  # the one who is female
    assert not any(b"ref-01-q" in one for one in files.values())
    write_release(home, "first")
    again = content(folder / "release")
    assert {name for name in files if files[name] != again[name]} == {
        "4_budget.csv", "summary.json",
    }  # fmt: skip


def test_a_count_that_left_before_costs_nothing_and_beyond_the_budget_nothing_leaves(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_own(home / "cohorts" / "counted", PEOPLE[:-1])
    run(home, "budget", "counted")
    (first,) = write_release(home, "budget").told
    (second,) = write_release(home, "budget").told
    assert first.before == second.more == 0
    assert second.before == first.more > 5
    assert first.left == second.left == find_policy("release").most_counts - first.more
    held = next((home / "cohorts" / "counted" / "released").iterdir())
    names = held.read_text(encoding="ascii").split()
    assert len(names) == first.more
    group = names[0].partition(":")[0]
    held.write_text("\n".join(f"{group}:{i:016x}" for i in range(799)), encoding="ascii")
    with pytest.raises(DisclosureError, match=r"799 different counts were released.*1 are left"):
        write_release(home, "budget")
    assert not (home / "reports" / "budget" / "release").exists()


def test_people_without_ids_have_pages_and_no_release(home: Path) -> None:
    write_own(home / "cohorts" / "nameless", PEOPLE, ids=False)
    folder = run(home, "nameless", "nameless")
    assert (folder / "exhibits" / "needs.csv").is_file()
    with pytest.raises(DisclosureError, match=r"as `person:` in mapping.yml"):
        write_release(home, "nameless")


def test_the_same_people_have_the_same_counts_whatever_the_file(home: Path) -> None:
    first = run(home, "first") / "exhibits" / "needs.csv"
    other = write_own(home / "cohorts" / "other", PEOPLE)
    data = (other / "data.csv").read_text().splitlines()
    (other / "data.csv").write_text("\n".join([data[0], *data[:0:-1]]) + "\n")
    second = run(home, "other", "other") / "exhibits" / "needs.csv"
    assert first.read_text() == second.read_text()


def test_the_same_people_under_another_secret_are_not_even_read(home: Path) -> None:
    run(home, "first")
    write_release(home, "first")
    other = write_own(home / "cohorts" / "twin", PEOPLE)
    (other / "secret").write_bytes(bytes(range(1, 33)))
    try:
        with pytest.raises(DisclosureError, match=r"stand in cohort .* under another secret"):
            run(home, "twin", "twin")
        assert not list((home / "reports" / "twin").glob("*.html"))
    finally:
        shutil.rmtree(other)


def test_no_secret_key_or_id_is_in_any_file_of_a_run(home: Path) -> None:
    folder = run(home, "first")
    write_release(home, "first")
    ids = [f"ref-{at:02d}-q" for at in range(len(PEOPLE))]
    secret = derive_secret(bytes(range(32)), ids)
    keys = [int(key) for key in person_keys(secret, ids)]
    sought = [bytes(range(32)), secret, *(one.encode() for one in ids)]
    sought += [text.encode() for key in keys for text in (str(key), f"{key:016x}")]
    sought += [text.encode() for one in (bytes(range(32)), secret) for text in (one.hex(),)]
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".png":
            held = path.read_bytes()
            assert not [one for one in sought if one in held], path


def test_an_internal_run_is_marked_everywhere_and_never_released(home: Path) -> None:
    chosen = f"cohort={home / 'cohorts' / 'own'}"
    words = ["run", "--policy", "internal", "--run", "inside", "-p", chosen]
    done = CliRunner().invoke(app, words)
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
    table.write_text(
        table.read_text(encoding="utf-8").replace("observed", "seen"), encoding="utf-8"
    )
    with pytest.raises(DisclosureError, match=r"Untouched: exhibits/needs.csv was changed"):
        write_release(home, "touched")
    assert not (folder / "release").exists()


@pytest.mark.parametrize("gone", [".state/published.json", "notebooks/01_first.ipynb"])
def test_a_run_whose_records_are_gone_is_not_released(home: Path, gone: str) -> None:
    folder = run(home, "gone")
    (folder / gone).unlink()
    with pytest.raises(DisclosureError, match=r"Complete: (there is no record|an executed)"):
        write_release(home, "gone")
    with pytest.raises(UsageError):
        write_release(home, "reference")


def test_an_unknown_run_and_policy_are_refused(home: Path) -> None:
    with pytest.raises(UsageError, match="no finished run 'nothing'"):
        write_release(home, "nothing")
    assert CliRunner().invoke(app, ["run", "--policy", "intrenal"]).exit_code == 2
