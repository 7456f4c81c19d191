"""Find a local authority of England, December 2019, by the name or code people use for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from appendices.errors import UsageError

_TITLES = re.compile(
    r"^(?:the )?(?:(?:london|royal|metropolitan|district) )*(?:borough|city|county|district) of "
    r"|^(?:the )?county (?=\w)"
    r"|(?: (?:city|county|borough|district|metropolitan|london|unitary))* (?:council|authority)$"
)
_NOT_A_NAME = {"north", "south", "east", "west", "mid", "central", "city", "county", "isle"}
_ALIASES = {"hull": "kingston upon hull"}


@dataclass(frozen=True)
class Place:
    """One local authority of December 2019, or a wider one made of several of them.

    `codes` are the 2019 codes it is made of: one for an authority of 2019, several for a county
    or for an authority formed since. `note` says in a sentence what the reader must know of that,
    or of what has become of the authority since; it is empty when there is nothing to say.
    """

    name: str
    codes: tuple[str, ...]
    note: str = ""

    @property
    def is_sum(self) -> bool:
        """Whether figures for this place are sums over several authorities of 2019."""
        return len(self.codes) > 1


def fold(name: str) -> str:
    """Return `name` without case, accents, apostrophes, points and other punctuation."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    plain = re.sub(r"['.]", "", plain.replace("&", " and "))
    return re.sub(r"^saint ", "st ", re.sub(r"[^a-z0-9]+", " ", plain).strip())


def _bare(folded: str) -> str:
    """Return a folded name without words of rank: "london borough of hackney" is "hackney"."""
    before = ""
    while folded != before:
        before, folded = folded, _TITLES.sub("", folded).strip()
    return folded


def _spellings(name: str) -> set[str]:
    """Return every folded spelling under which an official name is found."""
    forms = {fold(name)}
    main, _, title = name.partition(", ")
    if title.endswith(" of"):  # "Bristol, City of"
        forms |= {fold(main), fold(f"{title} {main}")}
    if fold(name).startswith("county "):
        forms.add(fold(name).removeprefix("county "))
    return forms


def resolve(text: str, authorities: pd.DataFrame) -> Place:
    """Return the authority that `text` names.

    Parameters
    ----------
    text
        A code ("E06000002") or a name; also a county of 2019, or an authority formed since. Case,
        punctuation and words of rank ("London Borough of", "City Council") do not matter; the
        beginning of a name is enough where only one name begins so ("Bristol", "Telford").
    authorities
        One row for each authority of December 2019: ``code, name, county, region, later_code,
        later_name, later_from`` (the authority it has become part of since, and the year).

    Raises
    ------
    UsageError
        When no authority, or more than one, goes by this name; with suggestions.
    """
    codes = authorities["code"].astype("str").tolist()
    if (code := text.strip().upper()) in codes:
        return _place(authorities, codes.index(code))
    names = authorities["name"].astype("str").tolist()
    rows = {spelling: row for row, name in enumerate(names) for spelling in _spellings(name)}
    # The name as given goes first: without its title the City of London would be London.
    spellings = [_ALIASES.get(one, one) for one in (fold(text), _bare(fold(text)))]
    for found in spellings:
        if found in rows:
            return _place(authorities, rows[found])
    wider = _wider(authorities)
    for found in spellings:
        if found in wider:
            return wider[found]
    wanted = spellings[-1]
    beginning = sorted({row for one, row in rows.items() if wanted and one.startswith(wanted)})
    whole_words = any(one.startswith(f"{wanted} ") for one in rows)
    if len(beginning) == 1 and whole_words and set(wanted.split()) - _NOT_A_NAME:
        return _place(authorities, beginning[0])
    raise _not_found(text, wanted, rows, authorities)


def _place(authorities: pd.DataFrame, row: int) -> Place:
    one = authorities.iloc[row]
    note = ""
    if pd.notna(one["later_name"]):
        note = (
            f"{one['name']} became part of {one['later_name']} in {int(one['later_from'])}; "
            "figures are for its area of 2019."
        )
    return Place(str(one["name"]), (str(one["code"]),), note)


def _wider(authorities: pd.DataFrame) -> dict[str, Place]:
    """Return counties, and authorities formed since 2019, by folded name and by code."""
    places = {}
    districts = authorities[authorities["county"].notna()]
    for county, parts in districts.groupby(districts["county"].astype("str"), sort=True):
        note = f"{county} is a county of {len(parts)} districts; figures are their sum."
        places[fold(str(county))] = Place(str(county), _codes(parts), note)
    formed = authorities[authorities["later_name"].notna()]
    for name, parts in formed.groupby(formed["later_name"].astype("str"), sort=True):
        note = (
            f"{name} was formed in {int(parts['later_from'].iloc[0])} of {_listed(parts['name'])}; "
            "figures are their sum."
        )
        place = Place(str(name), _codes(parts), note)
        places |= {fold(str(name)): place, fold(str(parts["later_code"].iloc[0])): place}
    return places


def _codes(parts: pd.DataFrame) -> tuple[str, ...]:
    return tuple(sorted(parts["code"].astype("str")))


def _listed(names: Iterable[object]) -> str:
    *rest, last = map(str, names)
    return f"{', '.join(rest)} and {last}" if rest else last


def _not_found(
    text: str, folded: str, rows: dict[str, int], authorities: pd.DataFrame
) -> UsageError:
    names = authorities["name"].astype("str").tolist()
    lead = f"unknown local authority {text!r}."
    regions = authorities["region"].astype("str")
    within = [name for name, region in zip(names, regions, strict=True) if fold(region) == folded]
    if within:
        some = ", ".join(within[:8])
        return UsageError(f"{lead} It is a region: name one authority in it, such as {some}.")
    near = [row for one, row in rows.items() if f" {folded} " in f" {one} "]
    near += [row for one, row in rows.items() if folded and one.startswith(folded)]
    near = near or [rows[one] for one in get_close_matches(folded, rows, 3, 0.7)]
    if folded and near:
        hints = [repr(names[row]) for row in sorted(set(near))[:6]]
        return UsageError(f"{lead} Did you mean {' or '.join(hints)}?")
    return UsageError(
        f"{lead} Expected the name or code of one of the {len(names)} local authorities of England "
        "in December 2019, for example 'Middlesbrough' or E06000002."
    )
