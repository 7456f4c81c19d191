"""SIGKILL at random moments of every command that writes, alone or with its process group."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.stress.faults import (
    Trial,
    assert_as_the_manifest_says,
    assert_whole,
    kill,
    results,
    set_towns,
    trial,
)

pytestmark = [pytest.mark.stress, pytest.mark.timeout(3000)]

SWEEP = ("sweep", "01", "--over", "most=1,2,3", "--run", "grid")


def wanted(root: Path, words: tuple[str, ...], folder: str) -> dict[str, dict[str, bytes]]:
    """Return what the undisturbed command gives for either version of the data."""
    found = {}
    for version in ("a", "b"):
        set_towns(root, version)
        with trial(root) as alone:
            alone.finish(*words)
        found[version] = results(root / folder)
        shutil.rmtree(root / folder)
    assert found["a"] != found["b"]
    return found


def strike(
    here: Trial, words: tuple[str, ...], kills: int, seed: int, after: Callable[[], None]
) -> int:
    """Kill the command at `kills` random moments of its time; return how often it was running."""
    chance = random.Random(seed)
    begun = time.monotonic()
    here.finish(*words)
    lasts = time.monotonic() - begun
    struck = 0
    for place in range(kills):
        after()
        process = here.start(*words)
        time.sleep(chance.uniform(0.1, lasts))
        running = kill(process, group=place % 2 == 0)
        struck += running
        lasts *= 1 if running else 0.9  # the machine was slower when it was measured
        assert here.processes() == []
    after()
    print(f"\nkilled {struck} of {kills} times: {' '.join(words)}")
    assert struck > kills / 2
    return struck


@pytest.mark.parametrize(
    ("words", "folder", "kills"),
    [
        (("run", "--jobs", "2"), "reports/default", 72),
        (SWEEP, "reports/grid", 60),
        ((*SWEEP[:-1], "dask", "--cluster", "2"), "reports/dask", 9),
        (("verify", "--accept"), "reports/reference", 30),
    ],
    ids=["run", "sweep", "cluster", "accept"],
)
def test_after_a_kill_the_next_run_gives_the_bytes_of_an_undisturbed_one(
    project: Path, words: tuple[str, ...], folder: str, kills: int
) -> None:
    expected = wanted(project, words, folder)
    turns = 0

    with trial(project) as here:

        def after() -> None:
            nonlocal turns
            turns += 1
            assert_whole(project / "reports")
            for name, data in results(project / folder).items():
                known = [files.get(name) for files in expected.values()]
                assert data in known, name
            if turns % 3 == 0:
                here.finish(*words)
                assert results(project / folder) == expected["ab"[(turns - 1) % 2]]
                assert_as_the_manifest_says(project / folder)
            set_towns(project, "ab"[turns % 2])  # so that there is something to do

        strike(here, words, kills, 1, after)


def test_a_killed_verify_leaves_the_reference_and_the_next_one_holds(project: Path) -> None:
    with trial(project) as here:
        here.finish("verify", "--accept")
        before = results(project / "reports")

        def after() -> None:
            assert results(project / "reports") == before

        strike(here, ("verify",), 24, 2, after)
        assert "The same numbers" in here.finish("verify").stdout


def test_a_killed_synthesis_leaves_the_old_file_or_the_new(project: Path) -> None:
    shutil.copytree(ROOT / "data/raw", project / "data/raw", dirs_exist_ok=True)
    target = project / "offenders.csv"
    words = ("cohort", "synthesise", "offenders", "--seed", "7", "--out", str(target))
    with trial(project) as here:
        here.finish(*words)
        seven = target.read_bytes()
        target.write_text("an,older\nfile,here\n", encoding="utf-8")
        old = target.read_bytes()

        def after() -> None:
            assert target.read_bytes() in (seven, old)
            target.write_bytes(old)

        strike(here, words, 20, 3, after)
        here.finish(*words)
        assert target.read_bytes() == seven


def test_a_killed_audit_and_export_leave_nothing_half(project: Path) -> None:
    shutil.copytree(ROOT / "data/raw", project / "data/raw", dirs_exist_ok=True)
    with trial(project) as here:
        said = here.finish("audit", "--json").stdout

        def nothing() -> None:
            assert not list(project.rglob("*.draft"))

        strike(here, ("audit", "--json"), 14, 4, nothing)
        assert here.finish("audit", "--json").stdout == said


@pytest.mark.skipif(not shutil.which("pandoc"), reason="a Word file is made by pandoc")
def test_a_killed_export_leaves_no_part_of_a_document(project: Path) -> None:
    with trial(project) as here:
        here.finish("run")
        here.finish("export", "--docx")
        expected = results(project / "reports/default")

        def after() -> None:
            found = results(project / "reports/default")
            assert all(found[name] == expected[name] for name in found)
            for path in (project / "reports/default/export").iterdir():
                path.unlink()

        strike(here, ("export", "--docx"), 12, 5, after)
        here.finish("export", "--docx")
        assert results(project / "reports/default") == expected
