"""Differencing attacks done by hand, with nothing but the files that an exhibit leaves.

Each works out a count that is not shown from counts that are. Against the unprotected tables it
succeeds, to the person; against policy `release` what it finds leaves too much open.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from youthviolence import cohort as stats
from youthviolence.cohort.behind import behind, follow
from youthviolence.disclosure.attack import Facts, attack, gather, join, mend, span
from youthviolence.disclosure.policy import WITHHELD_VARIABLE, Policy, find_policy
from youthviolence.exhibits import Appendix
from youthviolence.exhibits import appendix as door
from youthviolence.exhibits.exhibit import Exhibit

RELEASE, INTERNAL = find_policy("release"), find_policy("internal")
Tables = Mapping[str, pd.DataFrame]
Range = tuple[int, int]

# Person by person: age, sex, charged with robbery, mental health needs, adult prison.
PEOPLE = [
    *[(16, "male", "yes", "yes", "no")] * 9, *[(17, "male", "yes", "no", "no")] * 7,
    *[(14, "male", "no", "yes", "no")] * 2, *[(14, "male", "no", "no", "no")] * 11,
    *[(17, "female", "no", "no", "no")] * 5, *[(15, "female", "yes", "no", "yes")] * 1,
    *[(15, "male", "no", "no", "no")] * 8, *[(18, "male", "no", "no", "yes")] * 13,
    *[(18, "male", "yes", "no", "no")] * 1,
]  # fmt: skip
NAMES = ["age", "sex", "robbery", "needs", "prison"]


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """Return a project with one cohort that declares no sensitivity."""
    folder = tmp_path / "data" / "raw"
    folder.mkdir(parents=True)
    rows = [",".join(["person", *NAMES])]
    rows += [",".join([f"p{at:02d}", *map(str, one)]) for at, one in enumerate(PEOPLE)]
    (folder / "cohort.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    fields = [{"name": name, "type": "string"} for name in ("person", *NAMES)]
    fields[1]["type"] = "integer"
    resource = {
        "name": "cohort", "path": "cohort.csv", "title": "Cohort", "format": "csv",
        "basis": "observed", "licenses": [], "sources": [], "schema": {"fields": fields},
    }  # fmt: skip
    package = {"name": "tiny", "resources": [resource]}
    (folder / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    return tmp_path


class Reader:
    """Shows tables under a policy, as a run does, and keeps what a reader has of them."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, policy: Policy) -> None:
        self.root, self.patch, self.policy = root, monkeypatch, policy
        self.facts: Facts | None = None

    def tables(self, **wanted: Callable[[pd.DataFrame], pd.DataFrame]) -> Tables:
        exhibits = self._shown(wanted)
        if self.policy != INTERNAL:
            facts, finding = mend(gather([one.cells for one in exhibits if one.cells]), self.policy)
            assert not finding.exposed
            also = self.root / "withheld.txt"
            also.write_text("\n".join(facts.also), encoding="ascii")
            self.patch.setenv(WITHHELD_VARIABLE, str(also))
            exhibits = self._shown(wanted)
            self.facts = gather([one.cells for one in exhibits if one.cells], facts.also)
            assert self.facts.shown == facts.shown
        return {one.id: pd.read_csv(io.StringIO(one.csv)) for one in exhibits}

    def _shown(self, wanted: Mapping[str, Callable[[pd.DataFrame], pd.DataFrame]]) -> list[Exhibit]:
        collected: list[Exhibit] = []
        self.patch.setattr(door, "_emit", lambda exhibit, number: collected.append(exhibit))
        appendix = Appendix("01_first", root=self.root)
        appendix.policy = self.policy
        people = appendix.load("cohort")
        for name, count in wanted.items():
            appendix.show(
                name, data=count(people), counts=stats.COUNTS, derive=stats.profile,
                headline="A table", subtitle="People", sources=["cohort"], basis="observed",
            )  # fmt: skip
        return collected

    def count(self, table: pd.DataFrame, column: str = "n", **where: str) -> Range:
        """Return what a count can be, from what stands there."""
        rows = table
        for name, value in where.items():
            rows = rows[rows[name] == value]
        (shown,) = rows[column]
        if self.policy == INTERNAL:
            return int(shown), int(shown)
        return (1, 10**6) if pd.isna(shown) else span(int(shown), RELEASE)


def less(one: Range, other: Range) -> Range:
    """Return what is left of a count without a part of it."""
    return max(one[0] - other[1], 0), max(one[1] - other[0], 0)


def subtract_subgroups(reader: Reader) -> tuple[Range, int]:
    """Everyone with needs, less those charged: how many of the others have needs."""
    tables = reader.tables(
        everyone=lambda people: having(stats.tabulate(people, ["needs"])),
        charged=lambda people: having(stats.tabulate(charged(people), ["needs"])),
    )
    whole, part = (reader.count(tables[name]) for name in ("everyone", "charged"))
    return less(whole, part), sum(one[3] == "yes" and one[2] == "no" for one in PEOPLE)


def complement(reader: Reader) -> tuple[Range, int]:
    """The base less those who are male: how many in the group are female."""
    tables = reader.tables(
        males=lambda people: kept(
            stats.tabulate(people, ["sex"], by="robbery"), group="yes", category="male"
        )
    )
    table = tables["males"]
    return less(reader.count(table, "base"), reader.count(table)), 1


def percent_of_a_known_base(reader: Reader) -> tuple[Range, int]:
    """A percentage times a base that stands in another table."""
    tables = reader.tables(
        robbed=lambda people: kept(stats.tabulate(people, ["needs"], by="robbery"), group="no",
                                   category="no"),
        sizes=lambda people: kept(stats.tabulate(people, ["robbery"]), category="no"),
    )  # fmt: skip
    size, row = reader.count(tables["sizes"]), tables["robbed"].iloc[0]
    if reader.policy == INTERNAL:
        without = round(row["percent"] * size[0] / 100)
        return (size[0] - without,) * 2, 2
    assert row["percent"] == pytest.approx(100 * row["n"] / row["base"])  # it tells no more
    return less(size, reader.count(tables["robbed"])), 2


def two_cuts_of_age(reader: Reader) -> tuple[Range, int]:
    """16 and over, less 17 and over, among the female: how many are 16."""
    tables = reader.tables(
        wide=lambda people: cut(people, "13-14, 15-18", "15 to 18"),
        narrow=lambda people: cut(people, "13-15, 16-18", "16 to 18"),
    )
    wide, narrow = (reader.count(tables[name]) for name in ("wide", "narrow"))
    return less(wide, narrow), 1


def same_cell_twice(reader: Reader) -> tuple[Range, int]:
    """The part of a small group by one attribute, and by another: a cell that both tell of."""
    tables = reader.tables(
        bysex=lambda people: kept(stats.tabulate(people, ["sex"], by="prison"), group="yes",
                                   category="male"),
        bycharge=lambda people: kept(stats.tabulate(people, ["robbery"], by="prison"),
                                      group="yes", category="no"),
        sizes=lambda people: kept(stats.tabulate(people, ["prison"]), category="yes"),
    )  # fmt: skip
    size = reader.count(tables["sizes"])
    ends = [less(size, reader.count(tables[name])) for name in ("bysex", "bycharge")]
    return (max(low for low, _ in ends), min(high for _, high in ends)), 1


def charged(people: pd.DataFrame) -> pd.DataFrame:
    return people[people["robbery"] == "yes"]


def having(table: pd.DataFrame) -> pd.DataFrame:
    return kept(table, category="yes")


def kept(table: pd.DataFrame, **where: str) -> pd.DataFrame:
    for name, value in where.items():
        table = table[table[name] == value]
    return table


def cut(people: pd.DataFrame, bands: str, wanted: str) -> pd.DataFrame:
    banded = people.assign(Age=stats.band(people["age"], bands))
    return kept(stats.tabulate(banded, ["Age"], by="sex"), group="female", category=wanted)


ATTACKS = [
    subtract_subgroups,
    complement,
    percent_of_a_known_base,
    two_cuts_of_age,
    same_cell_twice,
]


@pytest.mark.parametrize("attempt", ATTACKS)
def test_the_attack_succeeds_against_the_unprotected_tables(
    cohort: Path, monkeypatch: pytest.MonkeyPatch, attempt: Any
) -> None:
    found, truth = attempt(Reader(cohort, monkeypatch, INTERNAL))
    assert 0 < truth < RELEASE.threshold
    assert found == (truth, truth)


@pytest.mark.parametrize("attempt", ATTACKS)
def test_the_attack_fails_against_release(
    cohort: Path, monkeypatch: pytest.MonkeyPatch, attempt: Any
) -> None:
    (least, most), truth = attempt(Reader(cohort, monkeypatch, RELEASE))
    assert least <= truth <= most
    assert most - least >= RELEASE.protection_width


def test_two_releases_that_each_are_safe_are_seen_to_be_unsafe_together(
    cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One run shows a group and the greater part of it, a later one that the rest is withheld."""
    runs = []
    for sex in ("female", "male"):
        monkeypatch.delenv(WITHHELD_VARIABLE, raising=False)
        reader = Reader(cohort, monkeypatch, RELEASE)
        few = partial(kept, group="15 to 15", category=sex)
        reader.tables(young=lambda people, few=few: few(young(people)))
        assert reader.facts is not None
        assert not attack(reader.facts, RELEASE).exposed
        runs.append(reader.facts)
    first, second = runs
    (found,) = attack(join(second, [(first, RELEASE)]), RELEASE).exposed
    assert found.most < RELEASE.threshold


def test_releases_under_two_policies_are_seen_to_be_unsafe_together(
    cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three in prison one policy says "3 or 4", the other "fewer than 5, if not nobody"."""
    looser = replace(RELEASE, threshold=3, rounding_base=3, protection_width=1)
    read = {}
    for policy in (RELEASE, looser):
        monkeypatch.delenv(WITHHELD_VARIABLE, raising=False)
        reader = Reader(cohort, monkeypatch, policy)
        reader.tables(needs=lambda people: kept(teens(people), group="yes", category="no"))
        assert reader.facts is not None
        read[policy] = reader.facts
        assert not attack(reader.facts, policy).exposed
    strict, loose = read[RELEASE], read[looser]
    assert set(strict.shown.values()) != set(loose.shown.values())
    (found,) = attack(join(strict, [(loose, looser)]), RELEASE).exposed
    assert (found.least, found.most) == (3, 4)
    assert not attack(join(strict, [(strict, RELEASE)]), RELEASE).exposed


def teens(people: pd.DataFrame) -> pd.DataFrame:
    """Return a table with a cell of three: the first three of 14 without needs, called "yes"."""
    some = people[(people["age"] == 14) & (people["needs"] == "no")].head(3)
    more = people[people["needs"] == "yes"].head(9)
    return stats.tabulate(pd.concat([some, more]).assign(teen="yes"), ["needs"], by="teen")


def young(people: pd.DataFrame) -> pd.DataFrame:
    six = people[people["needs"] == "no"].groupby("sex", observed=True).head(5)
    six = people.loc[[*six.index[six["sex"] == "male"], *people.index[people["age"] == 15][:1]]]
    return stats.tabulate(six.assign(Age="15 to 15"), ["sex"], by="Age")


def test_the_same_people_are_recognised_under_another_name_and_in_another_order() -> None:
    people = pd.DataFrame(PEOPLE, columns=NAMES)
    again = people.sample(frac=1, random_state=3)
    ids = []
    for frame, name in ((people, "first"), (again, "second")):
        followed = follow(frame.reset_index(drop=True), name, NAMES)
        table = stats.tabulate(followed, ["needs", "prison"], by="robbery")
        ids.append({one.id for token in table.index for one in behind(token).values()})
    assert len(ids[0]) > 10
    assert ids[0] == ids[1]


def test_one_who_sees_all_tables_knows_what_the_people_have_in_common_under_any_name(
    cohort: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renamed column, a filtered table and a condition made of two attributes are recognised."""
    reader = Reader(cohort, monkeypatch, RELEASE)
    reader.tables(
        plain=lambda people: stats.tabulate(people, ["needs"], by="robbery"),
        renamed=lambda people: having(
            stats.tabulate(charged(people).rename(columns={"needs": "Help"}), ["Help"])
        ),
        made=lambda people: having(
            stats.tabulate(
                people.assign(both=((people["robbery"] == "yes") & (people["needs"] == "yes")).map(
                    {True: "yes", False: "no"})), {"both": ["yes", "no"]})
        ),
    )  # fmt: skip
    assert reader.facts is not None
    places = sorted(reader.facts.places.values())
    assert places[-1] >= 3  # the nine stand in all three tables and are one count
