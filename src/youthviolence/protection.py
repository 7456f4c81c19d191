"""All exhibits of a run held against one another, before any of them is published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from youthviolence.disclosure.attack import Facts, gather, mend
from youthviolence.disclosure.policy import RELEASE, Policy, build_policy, find_policy
from youthviolence.disclosure.protect import read_also
from youthviolence.errors import DisclosureError
from youthviolence.exhibits.exhibit import MIME
from youthviolence.pipeline.runs import Run
from youthviolence.project import write_atomic

RELEASED = "released.json"
"""In a run's state: what a reader of its release bundle knows, for the releases after it."""
_REMEMBERED = {"policy", "files", "shown", "places", "relations", "also"}


@dataclass(frozen=True)
class Released:
    """What left before: what a reader of it knows, by which rules, from which files (SHA-256)."""

    facts: Facts
    policy: Policy
    files: frozenset[str]


def facts_of(run: Run, notebooks: Iterable[str]) -> Facts:
    """Return what a reader of the exhibits of these executed notebooks knows."""
    parts = [part for name in notebooks for part in _cells(run.executed(name))]
    return gather(parts, read_also(str(run.withheld)))


def _cells(executed: Path) -> list[Mapping[str, Any]]:
    if not executed.is_file():
        return []
    content = json.loads(executed.read_text(encoding="utf-8"))
    outputs = [one for cell in content["cells"] for one in cell.get("outputs", ())]
    exhibits = [one["data"][MIME] for one in outputs if MIME in one.get("data", {})]
    return [one["cells"] for one in exhibits if one.get("cells")]


def withhold_more(run: Run, notebooks: Iterable[str]) -> bool:
    """Attack the exhibits of a run; write down what more must be withheld, and say whether any.

    The notebooks are then to be run again. What stays exposed though nothing more can be done is
    for `youthviolence release` to refuse.
    """
    facts = facts_of(run, notebooks)
    policy = find_policy(RELEASE)
    mended, _ = mend(facts, policy)
    more = mended.also - facts.also
    if more:
        write_atomic(run.withheld, "".join(f"{name}\n" for name in sorted(mended.also)))
    return bool(more)


def released(run: Run) -> list[Released]:
    """Return every release made so far in the project.

    Raises
    ------
    DisclosureError
        When what is remembered of a release cannot be read: then nothing more may leave.
    """
    found = []
    for path in sorted(run.folder.parent.glob(f"*/.state/{RELEASED}")):
        for one in _released(path):
            relations = frozenset((total, tuple(of)) for total, of in one["relations"])
            facts = Facts(one["shown"], one["places"], relations, frozenset(one["also"]))
            policy = build_policy(RELEASE, one["policy"])
            found.append(Released(facts, policy, frozenset(one["files"])))
    return found


def _released(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        whole = all(one.keys() == _REMEMBERED for one in content)
    except (ValueError, AttributeError, TypeError):
        whole = False
    if not whole:
        raise DisclosureError(
            f"what is remembered of the releases of run {path.parents[1].name!r} cannot be read, "
            "so that nothing can be held against them. Put back its .state folder from a copy; if "
            "there is none and nothing of that run was handed out, delete the run."
        )
    return list(content)


def remember_release(run: Run, release: Released) -> None:
    """Write down what a reader of the run's release bundle knows, beside those of before."""
    path, facts = run.state / RELEASED, release.facts
    known = {
        "policy": {key: value for key, value in asdict(release.policy).items() if key != "name"},
        "files": sorted(release.files),
        "shown": dict(sorted(facts.shown.items())), "places": dict(sorted(facts.places.items())),
        "relations": [[total, list(of)] for total, of in sorted(facts.relations)],
        "also": sorted(facts.also),
    }  # fmt: skip
    before = _released(path)
    if known not in before:
        write_atomic(path, json.dumps([*before, known]) + "\n")
