"""The mapping from a file of one's own to described columns: declared in full, guessing nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from youthviolence.bands import parse_bands
from youthviolence.errors import DataError, UsageError, unknown
from youthviolence.sources.cells import Cells, Form
from youthviolence.sources.findings import MOST_ROWS_NAMED, Finding

if TYPE_CHECKING:
    import pandas as pd

MAPPING = "mapping.yml"
MOST_TEXT = 100_000
MOST_NESTED = 20
_FILE_KEYS = ("file", "encoding", "delimiter", "header_row", "sheet", "columns", "ignore")
_COLUMN_KEYS = ("from", "values", "missing", "age_at", "dates", "bands", "pseudonyms", "always")
_ORDERS = {"day/month/year": (2, 1, 0), "month/day/year": (2, 0, 1), "year/month/day": (0, 1, 2)}


@dataclass(frozen=True)
class Rule:
    """How one described column comes from the file.

    ``source`` is the column in the file, ``always`` a value instead of one. ``values`` gives the
    described value of each value in the file (case and space around it do not count), ``missing``
    the values that mean that nothing is known. ``age_at`` is the day, or the column with the day,
    on which a date of birth becomes an age; ``order`` that of day, month and year in the file;
    ``bands`` the bands, as parsed, that an age or number falls in. ``is_day`` says that a date
    stays one; ``pseudonyms`` is the letter of the numbered names that take the place of ids.
    """

    name: str
    source: str = ""
    always: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    age_at: date | str | None = None
    order: tuple[int, int, int] = _ORDERS["year/month/day"]
    bands: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    is_day: bool = False
    pseudonyms: str = ""


@dataclass(frozen=True)
class FileMapping:
    """A mapping file: which file, in what form, and the rule of each described column."""

    file: str
    form: Form
    rules: tuple[Rule, ...]
    ignored: tuple[str, ...]

    @property
    def derived(self) -> frozenset[str]:
        """The columns of the file whose dates become ages or bands."""
        dated = [rule for rule in self.rules if rule.age_at is not None]
        days = {rule.age_at for rule in dated if isinstance(rule.age_at, str)}
        return frozenset({rule.source for rule in dated} | days)

    @property
    def days(self) -> frozenset[str]:
        """The columns of the file whose dates stay dates."""
        return frozenset(rule.source for rule in self.rules if rule.is_day)


def read_plain_yaml(path: Path) -> Any:
    """Return the content of a YAML file with every scalar as the text that is written.

    So ``yes``, ``1`` and ``2020-08-31`` stay what they are. A key that stands twice and references
    (which can multiply) are refused.
    """
    try:
        content = path.read_bytes()
        if len(content) > MOST_TEXT:
            raise DataError(f"{path.name}: larger than a mapping is.")
        text = content.decode("utf-8-sig")
        _refuse_references(path.name, text)
        _refuse_twins(path.name, yaml.compose(text))
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts, lists, mappings only
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{path.name} is missing, or is not UTF-8 text.") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DataError(f"{path.name}{line}: not valid YAML.") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError):
        raise DataError(f"{path.name}: not valid YAML.") from None


def _refuse_references(file: str, text: str) -> None:
    """Refuse what may grow without end: references, and brackets in brackets (slow to read)."""
    depth = 0
    for event in yaml.parse(text):
        if isinstance(event, yaml.AliasEvent):
            raise DataError(f"{file}: references (*name) are not taken; write it out.")
        opens = isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
        depth += opens - isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent)
        if depth > MOST_NESTED:
            raise DataError(f"{file}: more than {MOST_NESTED} brackets in one another.")


def _refuse_twins(file: str, node: Any) -> None:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in one.value:
                if str(key.value) in seen:
                    line = key.start_mark.line + 1
                    raise DataError(f"{file}, line {line}: this key stands above already.")
                seen.add(str(key.value))
                waiting.append(value)
        elif isinstance(one, yaml.SequenceNode):
            waiting += one.value


def read_mapping(path: Path, attributes: Sequence[str]) -> FileMapping:
    """Return the validated mapping at `path` for the described columns `attributes`.

    Raises
    ------
    DataError
        A key, attribute or form that is not taken; an attribute without a rule.
    """
    content = read_plain_yaml(path)
    if not isinstance(content, dict) or not isinstance(content.get("columns"), dict):
        raise DataError(f"{path.name}: expected `file:` and `columns:` with a rule for each.")
    _check_keys(path.name, content, _FILE_KEYS, "key")
    _check_keys(path.name, content["columns"], attributes, "attribute")
    for name in attributes:
        if name not in content["columns"]:
            raise DataError(
                f"{path.name}: no rule for {name!r}. Give `from:` a column of your file, or "
                "`always:` a value (where nothing is known: `missing`)."
            )
    try:
        header_row = int(content.get("header_row", "1"))
    except (ValueError, TypeError):
        header_row = 0
    texts = [content.get(key, "") for key in ("file", "encoding", "delimiter", "sheet")]
    ignored = _texts(content.get("ignore", []))
    known = ignored is not None and all(isinstance(one, str) for one in texts)
    if ignored is None or not known or not 0 < header_row <= 1000:
        raise DataError(f"{path.name}: `file`, `encoding`, `delimiter` and `sheet` are texts, "
                        "`header_row` a number, `ignore` a list.")  # fmt: skip
    file, encoding, delimiter, sheet = texts
    if not 0 < len(file) <= 200 or Path(file).name != file:
        raise DataError(f"{path.name}: `file` names a file in the same folder.")
    rules = tuple(_rule(path.name, name, content["columns"][name]) for name in attributes)
    form = Form(encoding, delimiter, header_row, sheet)
    return FileMapping(file, form, rules, tuple(ignored))


def _check_keys(file: str, given: Mapping[str, Any], allowed: Sequence[str], kind: str) -> None:
    for key in given:
        if key not in allowed:
            raise DataError(f"{file}: {unknown(kind, str(key), allowed)}")


def _rule(file: str, name: str, form: Any) -> Rule:
    where = f"{file}, {name!r}"
    form = {"from": form} if isinstance(form, str) else form
    if not isinstance(form, dict):
        raise DataError(f"{where}: expected the name of a column, or `from:` and what else.")
    _check_keys(where, form, _COLUMN_KEYS, "key")
    if ("from" in form) == ("always" in form):
        raise DataError(f"{where}: give either `from` or `always`.")
    if "always" in form and len(form) > 1:
        raise DataError(f"{where}: `always` stands alone.")
    for key in ("from", "always", "dates", "bands", "pseudonyms"):
        if key in form and (not isinstance(form[key], str) or not form[key]):
            raise DataError(f"{where}: `{key}` is a text, and not an empty one.")
    values = _values(where, form.get("values", {}))
    stated = _texts(form.get("missing", []))
    if stated is None:
        raise DataError(f"{where}: `missing` is a text or a list of texts.")
    missing = frozenset(one.strip().casefold() for one in stated)
    if missing & values.keys():
        raise DataError(f"{where}: a value stands under `missing` and under `values`.")
    dates = form.get("dates", "year/month/day")
    if dates not in _ORDERS:
        raise DataError(f"{where}: {unknown('order of dates', dates, _ORDERS)}")
    try:
        bands = dict(
            zip(
                [one.strip() for one in form["bands"].split(",")],
                parse_bands(form["bands"]).values(),
                strict=True,
            )
        ) if "bands" in form else {}  # fmt: skip
    except (UsageError, AttributeError) as error:
        raise DataError(f"{where}: {error}") from None
    is_day, pseudonyms = "dates" in form and "age_at" not in form, form.get("pseudonyms", "")
    if sum(map(bool, (values, "age_at" in form or bands, is_day, pseudonyms))) > 1:
        raise DataError(
            f"{where}: `values`, `age_at` or `bands`, `dates` alone and `pseudonyms` do not go "
            "together."
        )
    if pseudonyms and not re.fullmatch("[a-z]", pseudonyms):
        raise DataError(f"{where}: `pseudonyms` is one small letter.")
    return Rule(
        name, form.get("from", ""), form.get("always"), values, missing,
        _reference(where, form["age_at"]) if "age_at" in form else None, _ORDERS[dates], bands,
        is_day, pseudonyms,
    )  # fmt: skip


def _values(where: str, form: Any) -> dict[str, str]:
    """Return the described value of each value in the file."""
    listed = form.items() if isinstance(form, dict) else [("", None)]
    found: dict[str, str] = {}
    for described, written in listed:
        several = _texts(written)
        if several is None:
            raise DataError(f"{where}: `values` gives for each described value a text or a list.")
        for one in several:
            if found.setdefault(one.strip().casefold(), described) != described:
                raise DataError(f"{where}: a value of the file stands under two described values.")
    return found


def _texts(form: Any) -> list[str] | None:
    """Return a text as a list of one, a list of texts as it is, and of all else nothing."""
    if isinstance(form, str):
        return [form]
    listed = isinstance(form, list) and all(isinstance(one, str) for one in form)
    return form if listed else None


def _reference(where: str, form: Any) -> date | str:
    column = form.get("column") if isinstance(form, dict) and len(form) == 1 else None
    if isinstance(column, str) and column:
        return column
    try:
        return date.fromisoformat(form)
    except (ValueError, TypeError):
        raise DataError(
            f"{where}: `age_at` is a day as YYYY-MM-DD, or `{{column: …}}` with one."
        ) from None


def apply_mapping(cells: Cells, mapping: FileMapping) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the described columns as text, missing cells missing, and every finding."""
    places = {}
    for name in _needed(mapping):
        found = [place for place, one in enumerate(cells.header) if one == name]
        if len(found) != 1:
            how = "no column" if not found else f"{len(found)} columns"
            raise DataError(
                f"{cells.file}: the header in row {mapping.form.header_row} has {how} called "
                f"{name!r}, which {MAPPING} names. It has {len(cells.header)} columns in all."
            )
        places[name] = found[0]
    findings: list[Finding] = []
    columns = {}
    for rule in mapping.rules:
        if rule.always is not None:
            value = None if rule.always == "missing" else rule.always
            columns[rule.name] = [value] * len(cells.rows)
            continue
        written = [row[places[rule.source]] for row in cells.rows]
        days: list[Any] = [rule.age_at] * len(written)
        if isinstance(rule.age_at, str):
            days = [_day(row[places[rule.age_at]], rule.order) for row in cells.rows]
        told = [_described(text, day, rule) for text, day in zip(written, days, strict=True)]
        if rule.pseudonyms:
            told = _pseudonymised(told, rule.pseudonyms)
        columns[rule.name] = [None if isinstance(one, _Broken) else one for one in told]
        for broken in dict.fromkeys(one for one in told if isinstance(one, _Broken)):
            rows = [
                number for number, one in zip(cells.numbers, told, strict=True) if one is broken
            ]
            findings.append(
                Finding(
                    cells.file, rule.name, broken.says, tuple(rows[:MOST_ROWS_NAMED]), len(rows)
                )
            )
    import pandas as pd  # noqa: PLC0415 - the mapping itself is read in every run

    return pd.DataFrame(columns, dtype="str"), findings


def _needed(mapping: FileMapping) -> list[str]:
    named = [rule.source for rule in mapping.rules if rule.source]
    return list(dict.fromkeys([*named, *sorted(mapping.derived)]))


def unmapped(cells: Cells, mapping: FileMapping) -> list[int]:
    """Return the places, from 1, of columns that the mapping neither uses nor ignores."""
    named = {*_needed(mapping), *mapping.ignored}
    return [place + 1 for place, name in enumerate(cells.header) if name not in named]


@dataclass(frozen=True)
class _Broken:
    says: str


_UNKNOWN = _Broken("holds a value that the mapping does not know; add it to `values` or `missing`")
_NO_DATE = _Broken("is no date in the declared order with four digits of the year")
_NO_DAY = _Broken("has no day to reckon the age at")
_NO_NUMBER = _Broken("is no whole number")
_NO_BAND = _Broken("is in none of the bands")
_EARLY = _Broken("comes after the day the age is reckoned at")
_NO_ID = _Broken('is empty; where that means that there is none, put "" under `missing`')


def _described(text: str, day: date | None, rule: Rule) -> str | _Broken | None:
    if text.strip().casefold() in rule.missing:
        return None
    if rule.values:
        return rule.values.get(text.strip().casefold(), _UNKNOWN)
    if rule.pseudonyms:
        return " ".join(text.split()).casefold() or _NO_ID
    if rule.is_day:
        found = _day(text, rule.order)
        return found.isoformat() if found else _NO_DATE
    return _reckoned(text, day, rule) if rule.age_at or rule.bands else text


def _reckoned(text: str, day: date | None, rule: Rule) -> str | _Broken:
    """Return the age of a date of birth, or a number, or the band that it falls in."""
    if rule.age_at is None:
        if not re.fullmatch(r"\d{1,4}", text):
            return _NO_NUMBER
        number = int(text)
    else:
        born = _day(text, rule.order)
        if born is None:
            return _NO_DATE
        if day is None:
            return _NO_DAY
        if born > day:
            return _EARLY
        number = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if not rule.bands:
        return str(number)
    for label, (low, high) in rule.bands.items():
        if low <= number <= high:
            return label
    return _NO_BAND


def _pseudonymised(told: list[Any], letter: str) -> list[Any]:
    """Return the ids as numbered names, in the order in which they first stand in the file."""
    ids = list(dict.fromkeys(one for one in told if isinstance(one, str)))
    width = len(str(len(ids)))
    names = {one: f"{letter}{place:0{width}d}" for place, one in enumerate(ids, 1)}
    return [names[one] if isinstance(one, str) else one for one in told]


def _day(text: str, order: tuple[int, int, int]) -> date | None:
    """Return the date in `text`: as declared, or YYYY-MM-DD as a spreadsheet's own dates come."""
    found = re.fullmatch(r"(\d{1,4})[/. -](\d{1,2})[/. -](\d{1,4})(?:[ T]00:00(?::00)?)?", text)
    if not found:
        return None
    parts = [found[1], found[2], found[3]]
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text[:10]):
        order = _ORDERS["year/month/day"]
    year, month, day = (parts[place] for place in order)
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None
