"""The people of a cohort: what can be asked of them are counts, and nothing else.

Attributes can be made from others, with the meaning of each new label kept, so that it is known of
every count what is true of the people in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.data.bands import parse_bands
from appendices.errors import UsageError, unknown
from appendices.origin import EVERYONE, Condition, Count, Labels, Origin

ELSEWHERE = "in no band"
_MOST_COMBINATIONS = 100_000
_ANYONE: frozenset[Labels] = frozenset({()})


@dataclass(frozen=True, eq=False)
class Attribute:
    """What is known of each person in one respect.

    `codes` has for each person the place of their label in `labels`, -1 where the cell is empty.
    `declared` says that `labels` is every label there can be; else it is those met. `of` are the
    recorded attributes it comes from, and `meaning` their labels for each label, None included.
    """

    labels: tuple[str, ...]
    codes: NDArray[np.intp] = field(repr=False)
    declared: bool
    of: tuple[str, ...]
    meaning: Mapping[str | None, frozenset[Labels]] = field(repr=False)


@dataclass(frozen=True, eq=False)
class People:
    """A cohort, one row a person, of which nothing can be had but counts.

    Examples
    --------
    >>> people = people.band("Age", of="age", bands="13-15, 16+")
    >>> tabulate(people.where("sex", "female"), ["Age"])
    """

    attributes: Mapping[str, Attribute]
    origin: Origin
    keys: NDArray[np.uint64] = field(repr=False)
    condition: Condition = EVERYONE

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, name: str) -> Attribute:
        if name not in self.attributes:
            raise unknown("attribute", name, self.attributes)
        return self.attributes[name]

    def rename(self, columns: Mapping[str, str]) -> People:
        """Return the people with other names of attributes."""
        named = {columns.get(name, name): one for name, one in self.attributes.items()}
        return replace(self, attributes=named)

    def where(self, name: str, *labels: str) -> People:
        """Return the people who have one of these labels."""
        chosen = self[name]
        for label in labels:
            if label not in chosen.labels and chosen.declared:
                raise unknown(f"category of {name!r}", label, chosen.labels)
        inside = np.isin(chosen.codes, [i for i, one in enumerate(chosen.labels) if one in labels])
        attributes = {
            key: replace(one, codes=one.codes[inside]) for key, one in self.attributes.items()
        }
        meant = frozenset(one for label in labels for one in chosen.meaning.get(label, frozenset()))
        condition = self.condition | {(chosen.of, meant)}
        return replace(self, attributes=attributes, keys=self.keys[inside], condition=condition)

    def derive(
        self,
        name: str,
        of: Sequence[str],
        rule: Callable[..., str | None],
        labels: Sequence[str] = (),
    ) -> People:
        """Return the people with one more attribute, made from those in `of`.

        Parameters
        ----------
        rule
            Takes a label of each attribute in `of`, None for an empty cell, and gives the new one.
        labels
            The new labels in order; those that the rule gives for any labels if not given.
        """
        sources = [self[one] for one in of]
        domains: list[tuple[str | None, ...]] = [(*one.labels, None) for one in sources]
        if np.prod([len(one) for one in domains]) > _MOST_COMBINATIONS:
            raise UsageError(f"{name!r} would be made of too many combinations of labels.")
        table = {combination: rule(*combination) for combination in product(*domains)}
        met = tuple(dict.fromkeys(one for one in table.values() if one is not None))
        order = tuple(labels) or met
        place = {label: i for i, label in enumerate(order)} | {None: -1}
        for label in met:
            if label not in place:
                raise unknown(f"label of {name!r}", label, order)
        lookup = np.array([place[one] for one in table.values()], dtype=np.intp)
        flat = np.zeros(len(self), dtype=np.intp)
        for source, domain in zip(sources, domains, strict=True):
            flat = flat * len(domain) + np.where(source.codes < 0, len(domain) - 1, source.codes)
        recorded = tuple(dict.fromkeys(one for source in sources for one in source.of))
        made = Attribute(
            order, lookup[flat], bool(labels) or all(one.declared for one in sources), recorded,
            _meanings(table, sources, recorded),
        )  # fmt: skip
        return replace(self, attributes={**self.attributes, name: made})

    def band(self, name: str, of: str, bands: str) -> People:
        """Return the people with the numbers of an attribute put into bands, in order.

        Bands are written as `parse_bands` takes them. Numbers outside every band have the label
        "in no band", a label only where there are some.
        """
        parsed = parse_bands(bands)

        def inside(label: str) -> str | None:
            try:
                number = float(label)
            except ValueError:
                raise UsageError(f"{of!r} has labels that are not numbers.") from None
            return next((key for key, (low, high) in parsed.items() if low <= number <= high), None)

        # Where people are protected, a label must not tell by being there.
        hidden = self.origin.protection is not None
        elsewhere = hidden or any(inside(label) is None for label in self.met(of))
        rest = ELSEWHERE if elsewhere else None
        labels = [*parsed, *([ELSEWHERE] if elsewhere else [])]
        return self.derive(name, [of], lambda one: one and (inside(one) or rest), labels)

    def met(self, name: str) -> list[str]:
        """Return the labels that somebody has, in order."""
        one = self[name]
        return [one.labels[code] for code in np.unique(one.codes[one.codes >= 0])]

    def relabel(self, name: str, of: str, labels: Mapping[str, str]) -> People:
        """Return the people with other words for the labels of an attribute, under a new name."""
        new = [labels.get(one, one) for one in self[of].labels]
        return self.derive(
            name, [of], lambda one: None if one is None else labels.get(one, one), new
        )

    def labelled(self, name: str, label: str) -> People:
        """Return the people with an attribute in which all have this label."""
        one = Attribute((label,), np.zeros(len(self), dtype=np.intp), True, (), {label: _ANYONE})
        return replace(self, attributes={**self.attributes, name: one})

    def any_of(self, name: str, of: Sequence[str] | Mapping[str, str]) -> People:
        """Return the people with an attribute "yes" for whoever has any of `of`, else "no".

        `of` are attributes of which the label "yes" is meant, or attributes with the label meant.
        """
        return self._joined(name, of, any)

    def all_of(self, name: str, of: Sequence[str] | Mapping[str, str]) -> People:
        """Return the people with an attribute "yes" for whoever has each of `of`, else "no".

        `of` is as for `any_of`.
        """
        return self._joined(name, of, all)

    def _joined(
        self,
        name: str,
        of: Sequence[str] | Mapping[str, str],
        join: Callable[[Iterable[bool]], bool],
    ) -> People:
        wanted = dict(of) if isinstance(of, Mapping) else dict.fromkeys(of, "yes")

        def rule(*labels: str | None) -> str:
            met = (one == other for one, other in zip(labels, wanted.values(), strict=True))
            return "yes" if join(met) else "no"

        return self.derive(name, list(wanted), rule, ("yes", "no"))

    def recorded(self, names: Sequence[str], missing: Sequence[str]) -> People:
        """Return the people with nothing left of some attributes but whether they are recorded."""
        people = self
        for name in names:
            people = people.derive(
                name, [name],
                lambda one: None if one is None or one in missing else "recorded", ["recorded"],
            )  # fmt: skip
        return people

    def count(self, names: Sequence[str]) -> dict[Labels, Count]:
        """Return how many people there are of each combination of labels met."""
        chosen = [self[name] for name in names]
        if not len(self):
            return {}
        codes = np.stack([one.codes for one in chosen], axis=1)
        cells, place = np.unique(codes, axis=0, return_inverse=True)
        place = place.ravel()
        n = np.bincount(place, minlength=len(cells))
        keys = np.zeros(len(cells), dtype=np.uint64)
        np.add.at(keys, place, self.keys)  # modulo 2^64, as whole numbers of 64 bits add
        found: dict[Labels, Count] = {}
        for cell, size, key in zip(cells, n.tolist(), keys.tolist(), strict=True):
            labels = tuple(
                None if code < 0 else one.labels[code]
                for one, code in zip(chosen, cell, strict=True)
            )
            found[labels] = Count(size, key)
        return found

    def condition_of(self, labels: Mapping[str, Sequence[str | None]]) -> Condition:
        """Return what is true of the people who have one of these labels in each attribute."""
        parts = set(self.condition)
        for name, some in labels.items():
            one = self[name]
            meant = frozenset(x for label in some for x in one.meaning.get(label, frozenset()))
            parts.add((one.of, meant))
        return frozenset(parts)


def _meanings(
    table: Mapping[Labels, str | None], sources: Sequence[Attribute], recorded: Sequence[str]
) -> dict[str | None, frozenset[Labels]]:
    found: dict[str | None, set[Labels]] = {}
    for combination, label in table.items():
        meant = [
            source.meaning.get(one, frozenset())
            for source, one in zip(sources, combination, strict=True)
        ]
        for parts in product(*meant):
            known: dict[str, str | None] = {}
            agree = all(
                known.setdefault(name, value) == value
                for source, values in zip(sources, parts, strict=True)
                for name, value in zip(source.of, values, strict=True)
            )
            if agree:
                found.setdefault(label, set()).add(tuple(known[name] for name in recorded))
    return {label: frozenset(some) for label, some in found.items()}


def people_of(
    frame: pd.DataFrame,
    origin: Origin = Origin(),  # noqa: B008 - frozen
    keys: NDArray[np.uint64] | None = None,
    numbers: Mapping[str, Sequence[int]] | None = None,
) -> People:
    """Return the people of a frame, one row a person, every column an attribute.

    The labels of a categorical column are its categories; else those met, in order, numbers as
    whole numbers. `numbers` has what a column of whole numbers can hold, where that is known.
    """
    keys = np.zeros(len(frame), dtype=np.uint64) if keys is None else keys
    attributes = {
        str(name): _attribute(str(name), frame[name], (numbers or {}).get(str(name), ()))
        for name in frame.columns
    }
    return People(attributes, origin, keys)


def _attribute(name: str, column: pd.Series, numbers: Sequence[int]) -> Attribute:
    declared = isinstance(column.dtype, pd.CategoricalDtype)
    if declared:
        values, codes = column.cat.categories, column.cat.codes.to_numpy(dtype=np.intp)
    else:
        codes, values = pd.factorize(column)
    labels = [label_of(value) for value in values]
    order = labels if declared else sorted({*labels, *map(str, numbers)}, key=label_order)
    place = {label: i for i, label in enumerate(order)}
    lookup = np.array([*(place[label] for label in labels), -1], dtype=np.intp)
    meaning: dict[str | None, frozenset[Labels]] = {
        label: frozenset({(label,)}) for label in [*order, None]
    }
    return Attribute(tuple(order), lookup[codes], declared, (name,), meaning)


def label_of(value: Any) -> str:
    """Return the label of a value: a text as it is, a whole number without a point."""
    if isinstance(value, str):
        return value
    text = str(value)
    return text.lower() if text in {"True", "False"} else text.removesuffix(".0")


def label_order(label: str | None) -> tuple[bool, bool, int, str]:
    """Return what labels are sorted by: numbers first, as numbers, an empty cell last."""
    number = label is not None and label.isdecimal()
    return label is None, not number, int(label) if label and number else 0, label or ""
