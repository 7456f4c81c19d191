"""Interrupts, spoiled files, two at once, clocks that jump: the next run repairs, and says so."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.stress.faults import Trial, assert_whole, results, set_towns, trial

pytestmark = [pytest.mark.stress, pytest.mark.timeout(1800)]

SWEEP = ("sweep", "01", "--over", "most=1,2,3", "--run", "grid")


@pytest.mark.parametrize(
    ("words", "folder"),
    [(("run",), "default"), (SWEEP, "grid"), (("verify", "--accept"), "reference")],
    ids=["run", "sweep", "accept"],
)
def test_an_interrupt_at_any_moment_leaves_nothing(
    project: Path, words: tuple[str, ...], folder: str
) -> None:
    chance = random.Random(6)
    with trial(project) as here:
        begun = time.monotonic()
        here.finish(*words)
        lasts = time.monotonic() - begun
        expected = results(project / "reports" / folder)
        for place in range(10):
            shutil.rmtree(project / "reports", ignore_errors=True)
            number = (signal.SIGINT, signal.SIGTERM)[place % 2]
            process = here.start(*words)
            # From when the command has read its words; before that Python answers for itself.
            time.sleep(chance.uniform(min(0.8, lasts / 2), lasts))
            process.send_signal(number)
            _, err = process.communicate(timeout=60)
            assert process.returncode in (0, 128 + number, -number), (process.returncode, err)
            assert "Traceback (most recent call last):\n" not in err, err
            assert here.left() == []
            if (project / "reports").exists():
                assert_whole(project / "reports")
        here.finish(*words)
        assert results(project / "reports" / folder) == expected


def spoil(path: Path, how: str, chance: random.Random) -> None:
    data = bytearray(path.read_bytes())
    if how == "empty":
        data.clear()
    elif how == "cut":
        del data[len(data) // 3 :]
    elif how == "garbage":
        data = bytearray(chance.randbytes(max(len(data), 10)))
    elif how == "one byte":
        place = chance.randrange(len(data))
        data[place] ^= 0xFF
    times = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a bad disk would leave it


@pytest.mark.parametrize("how", ["empty", "cut", "garbage", "one byte"])
def test_whatever_is_spoiled_is_made_again(project: Path, how: str) -> None:
    chance = random.Random(7)
    with trial(project) as here:
        for words, folder in ((("run",), "reports/default"), (SWEEP, "reports/grid")):
            here.finish(*words)
            expected = results(project / folder)
            kept = project / "kept"
            shutil.copytree(project / folder, kept)
            names = [
                path.relative_to(kept)
                for path in sorted(kept.rglob("*"))
                if path.is_file() and path.stat().st_size and path.name != "lock"
            ]
            many = how == "cut" and words == ("run",)
            chosen = names if many else chance.sample(names, 5)
            for name in chosen:
                shutil.rmtree(project / folder)
                shutil.copytree(kept, project / folder)
                spoil(project / folder / name, how, chance)
                done = here.finish(*words)
                assert results(project / folder) == expected, name
                assert_whole(project / folder)
                if ".state" not in name.parts and words == ("run",):
                    assert "Nothing to do" not in done.stdout, name
                    assert str(name) in done.stdout or "result is missing" in done.stdout, name
            shutil.rmtree(kept)
            print(f"\n{how}: {len(chosen)} files of {folder}")


def test_two_runs_of_one_name_at_once_never_mix(project: Path) -> None:
    chance = random.Random(9)
    with trial(project) as here:
        here.finish("run")
        expected = results(project / "reports/default")
        refused = 0
        for _ in range(8):
            shutil.rmtree(project / "reports")
            started = []
            for _ in range(3):
                started.append(here.start("run"))
                time.sleep(chance.uniform(0, 1.5))
            for process in started:
                out, err = process.communicate(timeout=120)
                assert "Traceback" not in err
                assert process.returncode in (0, 2), out + err
                if process.returncode:
                    refused += 1
                    assert "run 'default' is in progress in another process" in err
            assert results(project / "reports/default") == expected
            assert here.left() == []
        print(f"\n{refused} of 24 refused")
        assert refused >= 8


def test_a_clock_that_jumps_changes_nothing(project: Path) -> None:
    with trial(project) as here:
        here.finish("run")
        expected = results(project / "reports/default")
        everything = [path for path in project.rglob("*") if path.is_file()]
        for moment in (0, 10**9, 4 * 10**9, time.time() + 86400):
            for path in everything:
                os.utime(path, (moment, moment))
            assert "Nothing to do" in here.finish("run").stdout
        set_towns(project, "b")  # other content of the same length and time
        table = project / "data/raw/towns.csv"
        os.utime(table, (moment, moment))
        assert "data set towns changed" in here.finish("run").stdout
        set_towns(project, "a")
        os.utime(table, (moment, moment))
        here.finish("run")
        assert results(project / "reports/default") == expected


def test_a_clock_that_runs_backwards_changes_nothing(project: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nreal, begun = time.time, time.time()\n"
        "time.time = lambda: begun - 3 * (real() - begun) - 10**6\n"
        "time.time_ns = lambda: int(time.time() * 1e9)\n",
        encoding="utf-8",
    )
    with trial(project) as here:
        here.finish("run")
        expected = results(project / "reports/default")
        path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
        here.finish("run", "--force", "--time-limit", "60", PYTHONPATH=path)
        assert results(project / "reports/default") == expected
        assert "Nothing to do" in here.finish("run").stdout


def test_a_finished_notebook_is_not_run_again(project: Path) -> None:
    with trial(project) as here:
        survived = _killed_after_the_first(here)
    assert survived


def _killed_after_the_first(here: Trial) -> bool:
    process = here.start("run", "--jobs", "1")
    assert process.stdout is not None
    for line in process.stdout:
        if "✓ 01_first" in line:
            time.sleep(0.3)
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.communicate()
    return "= 01_first" in here.finish("run").stdout
