"""Whatever stands in a cohort's folder, reading it ends: with a result, or an error of ours."""

from __future__ import annotations

import io
import resource
import signal
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from appendices.commands.cohort import check
from appendices.errors import AppendicesError
from tests.stress.malformed import CANARY, malformed

SECONDS = 60.0
MEMORY = 3_000_000_000
NEEDLES = ("zebed", "quill", "943 476", "07700", "x@y", "sw1a", "high street")


class Hang(BaseException):
    """Raised in an input that takes too long."""


@contextmanager
def bounded() -> Iterator[None]:
    """Allow so much memory beyond what is held now, and let a timer of CPU time raise `Hang`."""

    def stop(*_: Any) -> None:
        raise Hang

    held = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    before = signal.signal(signal.SIGVTALRM, stop)
    resource.setrlimit(resource.RLIMIT_DATA, (held + MEMORY, hard))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def read(folder: Path) -> tuple[str, str]:
    """Return how reading a cohort ended, and every word that was said of it."""
    said = io.StringIO()
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        check(folder, Console(file=said, width=10_000))
        ended = "result"
    except AppendicesError as error:
        ended = type(error).__name__
        said.write(f"{error}{error.__cause__ or ''}")
        if " unexpected " in str(error):
            ended = f"crash: {str(error)[:150]}"
    except Hang:
        ended = "hang"
    except Exception as error:  # noqa: BLE001 - it is what is looked for
        ended = f"crash: {type(error).__name__} {str(error)[:150]}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return ended, said.getvalue()


def fuzz(
    count: int, seed: int, folder: Path, *, large: bool
) -> tuple[Counter[str], list[str], str]:
    """Read `count` malformed cohorts; return outcomes, what went wrong, and a line on all."""
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    started = time.monotonic()
    slowest = 0.0
    with bounded(), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for number in range(count):
            made = malformed(number, seed=seed, large=large)
            for name, content in made.files.items():
                (folder / name).write_bytes(content)
            began = time.monotonic()
            ended, said = read(folder)
            slowest = max(slowest, time.monotonic() - began)
            said += "".join(str(one.message) for one in warned)
            warned.clear()
            if any(needle in said.lower() for needle in NEEDLES):
                ended = f"canary: {said[:200]!r}"
            left = {path.name for path in folder.iterdir()} - made.files.keys()
            if left:
                ended = f"left files: {left}"
            for path in folder.iterdir():
                path.unlink()
            kind, colon, _ = ended.partition(": ")
            outcomes[kind] += 1
            if colon or ended == "hang":
                wrong.append(f"{number} ({made.kind}): {ended}")
    told = ", ".join(f"{n} {name}" for name, n in sorted(outcomes.items()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    line = (
        f"fuzz: {count:,} inputs, seed {seed}: {told}; {time.monotonic() - started:.0f} s, "
        f"slowest {slowest:.1f} s, peak {peak:.1f} GB"
    )
    return outcomes, wrong, line


def test_six_hundred_malformed_cohorts_end_in_a_result_or_an_error_of_ours(tmp_path: Path) -> None:
    outcomes, wrong, _ = fuzz(600, 1, tmp_path, large=False)
    assert not wrong
    assert outcomes["result"] >= 10
    assert outcomes["DataError"] >= 300


@pytest.mark.stress
def test_a_hundred_thousand_malformed_cohorts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes, wrong, line = fuzz(100_000, 2, tmp_path, large=True)
    with capsys.disabled():
        print(f"\n{line}")
    assert wrong[:20] == []
    assert sum(outcomes.values()) == 100_000
    assert outcomes["result"] >= 1_000


def test_a_canary_in_a_message_would_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loose(folder: Path, out: Console) -> None:
        raise AppendicesError(f"cannot read {CANARY!r}")

    monkeypatch.setattr("tests.stress.test_fuzz_own.check", loose)
    outcomes, wrong, _ = fuzz(5, 1, tmp_path, large=False)
    assert outcomes == {"canary": 5}
    assert len(wrong) == 5
