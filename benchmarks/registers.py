"""Registers that are consistent by construction: figures counted from a random cohort."""

from __future__ import annotations

from typing import Any

import numpy as np


def random_register(
    people: int, attributes: int, figures: int, seed: int, *, bases: int | None = None
) -> dict[str, Any]:
    """Return a constraint file, as read from YAML, whose figures a random cohort meets.

    Half of the traits depend on a hidden one, so pairs go together as in real groups. Every
    attribute's count is a figure; the others are, in turn, a count of two attributes together, a
    whole percentage of a subgroup, and a comparison of a subgroup with the rest.

    Parameters
    ----------
    bases
        How many attributes serve as subgroups, as a report has a few; all of them if not given.
    """
    rng = np.random.default_rng(seed)
    names = [f"a{i:02d}" for i in range(attributes)]
    hidden = rng.random(people)
    share, pull = rng.uniform(0.15, 0.85, attributes), rng.uniform(0, 0.5, attributes)
    pull[rng.random(attributes) < 0.5] = 0
    cut = share + np.outer(hidden - 0.5, pull)
    has = rng.random((people, attributes)) < cut
    constraints: list[dict[str, Any]] = []

    def add(says: str, **relation: Any) -> None:
        name = f"c{len(constraints):03d}"
        constraints.append({"id": name, "figures": [], "kind": "figure", "says": says, **relation})

    for i, name in enumerate(names):
        count = {"of": {name: "yes"}, "equals": int(has[:, i].sum())}
        add(f"{name} is counted", count=count)
    pairs = [
        (i, j)
        for i in range(attributes if bases is None else bases)
        for j in range(attributes)
        if i < j
    ]
    for turn, index in enumerate(rng.permutation(len(pairs))[: figures - attributes]):
        i, j = pairs[index]
        base, rest, both = has[:, i].sum(), (~has[:, i]).sum(), (has[:, i] & has[:, j]).sum()
        other = (~has[:, i] & has[:, j]).sum()
        this, that = {names[j]: "yes"}, {names[i]: "yes"}
        if turn % 3 == 1 and base:
            percent = int(np.floor(200 * both / base + 1) // 2)
            add("a share of a subgroup", percent={"of": this, "in": that, "equals": percent})
        elif turn % 3 == 2 and base and rest and both * rest != other * base:
            word = "more" if both * rest > other * base else "less"
            add(
                "a subgroup against the rest",
                compare={"of": this, "in": that, "is": word, "than": {names[i]: "no"}},
            )
        else:
            add("two together", count={"of": this | that, "equals": int(both)})
    return {
        "name": "random",
        "title": "A random register",
        "population": people,
        "rounding": "half_up",
        "key": {"name": "person", "label": "p{:05d}"},
        "attributes": {name: ["yes", "no"] for name in names},
        "constraints": constraints,
    }
