"""What a file hides, mixes or repeats: done as the mapping declares, else asked about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from appendices.data.apply import _DATE, _ISO, canonical_id, without_zeros
from appendices.data.cells import Cells, Column, clean
from appendices.data.findings import MOST_ROWS_NAMED, Finding, finding_in_rows
from appendices.data.mapping import MAPPING, ORDERS, FileMapping, Rule, folded
from appendices.errors import DataError

Rows = NDArray[np.bool_]
_MOST_DAY = 12  # a day that may be taken for a month
_ID_LIKE = 0.75  # of the rows have a text of their own
_TOTAL = re.compile(
    r"((sub|grand|overall|column)[ -]?)?totals?( (number|of|for|people|cases|records)\b.*)?"
    r"[:=]?[ \d,.]*|(sum|mean|average|median)[:=]?[ \d,.]*",
    re.IGNORECASE,
)
_TOTAL_STARTS = frozenset({"tot", "sub", "gra", "ove", "col", "sum", "mea", "ave", "med"})


def find_columns(cells: Cells, mapping: FileMapping) -> dict[str, int]:
    """Return where each column that the mapping uses stands.

    Raises
    ------
    DataError
        Where the header has none of this name or, but for case and space, several.
    """
    shown = [
        place
        for place in range(len(cells.header))
        if mapping.hidden_columns != "drop" or place not in cells.look.hidden_columns
    ]
    named = {folded(name) for name in (*mapping.used, *mapping.ignore)}
    exact = {clean(name) for name in (*mapping.used, *mapping.ignore)}
    places, problems = {}, []
    for name in mapping.used:
        alike = [place for place in shown if folded(cells.header[place]) == folded(name)]
        if len(alike) > 1 and folded(name) in named:
            # Spelt in several ways, and each of them named by the mapping as it is spelt.
            spelt = [cells.header[place] for place in alike]
            if len(set(spelt)) == len(spelt) and exact.issuperset(spelt):
                alike = [place for place in alike if cells.header[place] == clean(name)]
        if len(alike) == 1:
            places[name] = alike[0]
        else:
            at = f", at places {', '.join(str(one + 1) for one in alike)}" if alike else ""
            how = f"{len(alike)} columns" if alike else "no column"
            but = " but for case and space" if alike else ""
            problems.append(f"has {how} called {name!r}{but}{at}, which {MAPPING} names.")
    if problems:
        head = f"{cells.file}: the header in row {mapping.header_row}"
        raise DataError(
            "\n".join(f"{head} {one}" for one in problems)
            + f"\nIt has {len(cells.header)} columns in all. Is `header_row` right?"
        )
    return places


def settle(
    cells: Cells, mapping: FileMapping, places: dict[str, int]
) -> tuple[Cells, list[Finding]]:
    """Return the rows that count, and a finding for each thing that is not declared.

    Rows that are asked about are left out for now, so that nothing else is said of them.
    """
    asked: list[Finding] = []
    cells = _settle_areas(cells, mapping, places, asked)
    look = cells.look
    how = "by a filter" if look.by_filter else "in the sheet"
    for key, what, find in (
        ("hidden_rows", f"hidden {how}", lambda now: np.isin(now.numbers, list(look.hidden_rows))),
        ("struck_rows", "struck out", lambda now: _rows_of(now, look.struck, places)),
        ("note_rows", "no record but a total, a note or a repeated header, as it seems",
         lambda now: _notes(now, mapping, places)),
        ("repeated_rows", "the same in every column as an earlier row, id and all", _repeated),
    ):  # fmt: skip
        cells = _settle_rows(cells, key, getattr(mapping, key), what, find, asked)
    for rule in mapping.columns.values():
        for source in _dated(rule):
            asked += _mixed_dates(cells, source, cells.columns[places[source]], rule)
    said = list(cells.said)
    for name, source, zeros in _columns_of_ids(mapping):
        column = cells.columns[places[source]]
        ids = _number_ids(column, zeros)
        said += _spellings(cells, name, column, ids)
        asked += [] if zeros else _zeros(cells, name, column)
        if source == mapping.person:
            asked += _persons(cells, source, column, ids[column.codes])
    return replace(cells, said=tuple(said)), list(dict.fromkeys(asked))


def _columns_of_ids(mapping: FileMapping) -> list[tuple[str, str, str]]:
    """Return each column of ids: the name to tell it by, the column, the rule on its zeros."""
    columns = [
        (name, rule.source, rule.leading_zeros)
        for name, rule in mapping.columns.items()
        if rule.pseudonyms
    ]
    person = mapping.person
    return [*columns, *([(person, person, mapping.leading_zeros)] if person else [])]


def _settle_rows(
    cells: Cells, key: str, answer: str, what: str, find: Callable[[Cells], Rows],
    asked: list[Finding],
) -> Cells:  # fmt: skip
    chosen = find(cells)
    if not chosen.any():
        return cells
    count = f"{chosen.sum()} row{'' if chosen.sum() == 1 else 's'} {what}"
    if answer == "keep":
        return replace(cells, said=(*cells.said, f"{count}: kept, as declared"))
    if answer == "drop":
        return cells.keep(~chosen, f"{count}: left out, as declared")
    more = ", or end the table with `last_row` or `stop_at`" if key == "note_rows" else ""
    rule = f"{'is' if chosen.sum() == 1 else 'are'} {what}: declare `{key}: keep` or `drop`{more}"
    asked.append(_finding(cells, None, rule, chosen))
    return cells.keep(~chosen)


def _finding(cells: Cells, column: str | None, rule: str, rows: Rows) -> Finding:
    return finding_in_rows(cells.file, column, rule, cells.numbers[rows])


def _rows_of(cells: Cells, marked: Iterable[tuple[int, int]], places: dict[str, int]) -> Rows:
    used = set(places.values())
    return np.isin(cells.numbers, [row for row, place in marked if place in used])


def _settle_areas(
    cells: Cells, mapping: FileMapping, places: dict[str, int], asked: list[Finding]
) -> Cells:
    """Return the cells with merged areas as declared; ask about those, and about hidden columns."""
    hidden = [name for name, place in places.items() if place in cells.look.hidden_columns]
    if hidden and not mapping.hidden_columns:
        asked += [
            Finding(cells.file, name, "is hidden: declare `hidden_columns: keep`, or `drop`")
            for name in hidden
        ]
    for marked, what in (
        (cells.look.percent, "is shown as a percentage"),
        (cells.look.invisible, "is kept from view by its format"),
    ):
        for name, place in places.items():
            rows = np.isin(cells.numbers, [row for row, at in marked if at == place])
            if rows.any():
                rule = f"{what}: give the cells the format of plain numbers"
                asked.append(_finding(cells, name, rule, rows))
    columns = list(cells.columns)
    for name, place in places.items():
        areas = [
            ((cells.numbers >= top) & (cells.numbers <= bottom), left)
            for top, bottom, left, right in cells.look.merged
            if left <= place <= right and bottom >= cells.numbers[0]
        ]
        inside = [rows for rows, left in areas if rows.sum() > (left == place)]
        if inside and not mapping.merged_cells:
            rule = "is in merged cells: declare `merged_cells: fill` (each row has it) or `empty`"
            asked.append(_finding(cells, name, rule, np.logical_or.reduce(inside)))
        elif areas and mapping.merged_cells == "fill":
            columns[place] = _fill(cells, place, areas)
    return replace(cells, columns=tuple(columns))


def _fill(cells: Cells, place: int, areas: list[tuple[Rows, int]]) -> Column:
    texts = np.array(cells.columns[place].texts, dtype=object)[cells.columns[place].codes]
    for rows, left in areas:
        if rows.any():
            source = cells.columns[left]
            texts[rows] = source.texts[source.codes[np.flatnonzero(rows)[0]]]
    return Column.of(texts)


def _notes(cells: Cells, mapping: FileMapping, places: dict[str, int]) -> Rows:
    """Return the rows that look like totals, notes below a table, or the header again."""
    filled = {place: ~column.holds([""]) for place, column in enumerate(cells.columns)}
    ids = [places[name] for name in mapping.ids if name in places]
    known = [place for place in places.values() if place not in ids]
    none = np.zeros(len(cells.numbers), np.intp)
    of_known = sum((filled[place] for place in known), start=none)
    of_ids = sum((filled[place] for place in ids), start=none)
    notes = (of_known == 0) & (of_ids <= (1 if known else 0))
    if len(cells.header) > 2:
        notes |= sum(filled.values(), start=none) == 1
    headers = none
    for place, name in enumerate(cells.header):
        headers = headers + (cells.columns[place].holds([name]) if name else 0)
    notes |= (headers >= 2) & (headers * 2 >= sum(filled.values(), start=none))
    declared = {place: set() for place in range(len(cells.columns))}  # type: ignore[var-annotated]
    for rule in mapping.columns.values():
        if rule.source in places:
            declared[places[rule.source]] |= rule.described.keys() | rule.absent
    for place, column in enumerate(cells.columns):
        if len(column.texts):
            totals = [
                text for text in column.texts
                if text[:3].lower() in _TOTAL_STARTS and _TOTAL.fullmatch(text)
                and folded(text) not in declared[place]
            ]  # fmt: skip
            notes |= column.holds(totals)
    return notes


def _repeated(cells: Cells) -> Rows:
    """Return the rows that are an earlier one again, where a column tells records apart."""
    telling = [one for one in cells.columns if len(one.texts) >= _ID_LIKE * len(cells.numbers)]
    nothing = np.zeros(len(cells.numbers), bool)
    if not telling or len(cells.numbers) < 2:
        return nothing
    candidates = np.flatnonzero(pd.Series(telling[0].codes).duplicated(keep=False))
    if not len(candidates):
        return nothing
    rows = pd.DataFrame({at: one.codes[candidates] for at, one in enumerate(cells.columns)})
    nothing[candidates[rows.duplicated().to_numpy()]] = True
    return nothing


def _dated(rule: Rule) -> list[str]:
    """Return the columns of the file that this rule reads as dates, in an order that may mix."""
    if rule.swapped_dates or rule.order == ORDERS["year/month/day"]:
        return []
    named = [rule.age_at] if isinstance(rule.age_at, str) else []
    return [rule.source, *named] if rule.age_at is not None or rule.is_day else []


def _mixed_dates(cells: Cells, source: str, column: Column, rule: Rule) -> list[Finding]:
    """Ask where part of a column are dates that the spreadsheet knows, and part are text."""
    read = [(text, bool(_ISO.match(text)), _DATE.fullmatch(text)) for text in column.texts]
    own = [text for text, is_own, found in read if is_own and found]
    typed = [text for text, is_own, found in read if found and not is_own]
    if not own or not typed:
        return []
    swapped = all(int(text[8:10]) <= _MOST_DAY for text in own)
    why = (
        "all with days up to 12: day and month are probably swapped in them"
        if swapped else "some with days above 12"
    )  # fmt: skip
    rule_text = (
        f"is a date that the spreadsheet knows as one, others are text ({why}). Declare "
        f"`swapped_dates: yes` (swap them back) or `no` with {rule_name(rule)}"
    )
    return [_finding(cells, source, rule_text, column.holds(own))]


def rule_name(rule: Rule) -> str:
    """Return how a rule is told from others, by its own words."""
    return "its `dates`" if rule.dates else "its rule"


def _zeros(cells: Cells, name: str, column: Column) -> list[Finding]:
    """Ask about ids that are the same but for zeros at their beginning."""
    plain = {text: canonical_id(text) for text in column.texts if text[:1].isdecimal()}
    spelt: dict[str, set[str]] = {}
    for spelling in set(plain.values()):
        spelt.setdefault(without_zeros(spelling), set()).add(spelling)
    several = {spelling for alike in spelt.values() if len(alike) > 1 for spelling in alike}
    if not several:
        return []
    rule = (
        "has ids that are the same but for zeros at their beginning: declare "
        "`leading_zeros: same` or `different`"
    )
    texts = [text for text, spelling in plain.items() if spelling in several]
    return [_finding(cells, name, rule, column.holds(texts))]


def _persons(cells: Cells, name: str, column: Column, ids: NDArray[np.intp]) -> list[Finding]:
    """Ask about ids of people that are missing or stand twice; `ids` are those of the rows."""
    findings = []
    empty = column.holds([""])
    if empty.any():
        findings.append(_finding(cells, name, "has no id of the person", empty))
    twice = pd.Series(ids).duplicated().to_numpy() & ~empty
    if twice.any():
        rule = "is a person of an earlier row again: a row is a person, so mend or delete rows"
        findings.append(_finding(cells, name, rule, twice))
    return findings


def _number_ids(column: Column, leading_zeros: str) -> NDArray[np.intp]:
    """Return for each distinct text the number of the id that it spells."""
    spelt = [
        text.casefold() if "." not in text and not leading_zeros
        else canonical_id(text, leading_zeros)
        for text in column.texts
    ]  # fmt: skip
    return pd.factorize(np.array(spelt, dtype=object))[0]


def _spellings(cells: Cells, name: str, column: Column, ids: NDArray[np.intp]) -> list[str]:
    """Say which rows spell an id in another way than an earlier one."""
    others = np.flatnonzero(pd.Series(ids).duplicated())
    if not len(others):
        return []
    rows = cells.numbers[np.isin(column.codes, others)][:MOST_ROWS_NAMED]
    return [
        f"{len(set(ids[others]))} of the ids in {name!r} spelt in several ways and taken as one: "
        f"see row {', '.join(map(str, rows))}"
    ]
