"""The mapping from a file of one's own to described columns: declared in full, guessing nothing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from appendices.data.bands import parse_bands
from appendices.data.models import Strict, as_list, build, choice, problem
from appendices.errors import DataError, UsageError, unknown
from appendices.project import write_atomic
from appendices.settings import COMMAND

MAPPING = "mapping.yml"
MOST_TEXT = 100_000
MOST_NESTED = 20
ORDERS = {"day/month/year": (2, 1, 0), "month/day/year": (2, 0, 1), "year/month/day": (0, 1, 2)}
ENCODINGS = ("utf-8", "utf-16", "cp1252", "iso-8859-1", "iso-8859-15", "mac_roman", "cp850")
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
THOUSANDS = {"comma": ",", "point": ".", "space": " "}


def _encoding(declared: str) -> str:
    """Return the name, as in `ENCODINGS`, of an encoding spelt in any of the usual ways."""
    try:
        meant = codecs.lookup(declared.strip()).name.removesuffix("-sig") if declared else ""
    except (LookupError, ValueError):
        meant = "none"
    for name in ENCODINGS:
        if meant in ("", codecs.lookup(name).name):
            return name if meant else ""
    raise problem(str(unknown("encoding", declared, ENCODINGS)))


def _named(kind: str, marks: Mapping[str, str]) -> Callable[[str], str]:
    """Return a validator that takes the name of a mark, or the mark, and returns the name."""
    names = {mark: name for name, mark in marks.items()}
    check = choice(kind, marks)
    return lambda written: check(names.get(written, written)) if written else ""


def _bands(written: Any) -> Any:
    """Return the bands by their labels as written."""
    if not isinstance(written, str):
        raise problem("expected bands such as '13-15, 16-18, 19+'.")
    try:
        limits = parse_bands(written).values()
    except UsageError as error:
        raise problem(str(error)) from None
    return dict(zip([label.strip() for label in written.split(",")], limits, strict=True))


def _age_at(written: Any) -> Any:
    column = written.get("column") if isinstance(written, dict) and len(written) == 1 else None
    if isinstance(column, str) and column:
        return column
    try:
        return date.fromisoformat(written)
    except (ValueError, TypeError):
        raise problem(
            "`age_at` is a day as YYYY-MM-DD, or `{column: …}` with a column of days."
        ) from None


Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[str, ...], BeforeValidator(as_list)]
Order = Annotated[str, AfterValidator(choice("order of dates", ORDERS))]


def _one_of(kind: str, *allowed: str) -> Any:
    return AfterValidator(choice(kind, allowed))


class Rule(Strict):
    """How one described column comes from the file.

    ``source`` is the column in the file, ``always`` a value instead of one. ``values`` gives for a
    described value what stands for it in the file (case and space around it do not count),
    ``missing`` what means that nothing is known. ``age_at`` is the day, or the column with the
    day, on which a date of birth becomes an age; ``dates`` the order of day, month and year;
    ``swapped_dates`` says whether a spreadsheet has taken days for months in the dates that it
    knows as such; ``bands`` gives the limits of bands by label; ``thousands`` names the mark
    between thousands; ``pseudonyms`` is the letter of the names that take the place of ids, and
    ``leading_zeros`` says whether 7 and 0007 are the same id.
    """

    source: Annotated[str, Field(alias="from", min_length=1)] = ""
    always: Text | None = None
    values: dict[str, Texts] = Field(default_factory=dict)
    missing: Texts = ()
    dates: Order | None = None
    age_at: Annotated[date | str, BeforeValidator(_age_at)] | None = None
    swapped_dates: Annotated[str, _one_of("answer", "yes", "no")] = ""
    bands: Annotated[dict[str, tuple[float, float]], BeforeValidator(_bands)] = Field(
        default_factory=dict
    )
    thousands: Annotated[str, AfterValidator(_named("mark of thousands", THOUSANDS))] = ""
    pseudonyms: str = ""
    leading_zeros: Annotated[str, _one_of("answer", "same", "different")] = ""

    @model_validator(mode="after")
    def _check(self) -> Rule:
        if bool(self.source) == (self.always is not None):
            raise problem("give either `from` or `always`.")
        if self.always is not None and len(self.model_fields_set) > 1:
            raise problem("`always` stands alone.")
        if self.pseudonyms and not re.fullmatch("[a-z]", self.pseudonyms):
            raise problem("`pseudonyms` is one small letter.")
        kinds = (self.values, self.age_at or self.bands, self.is_day, self.pseudonyms)
        if sum(map(bool, kinds)) > 1:
            raise problem(
                "`values`, `age_at` or `bands`, `dates` alone and `pseudonyms` do not go together."
            )
        written = [
            (folded(text), described) for described, texts in self.values.items() for text in texts
        ]
        if len(set(written)) > len({text for text, _ in written}):
            raise problem("a value of the file stands under two described values.")
        if self.absent & self.described.keys():
            raise problem("a value stands under `missing` and under `values`.")
        return self

    @property
    def is_day(self) -> bool:
        """Whether a date stays a date."""
        return self.dates is not None and self.age_at is None

    @property
    def order(self) -> tuple[int, int, int]:
        """The places of year, month and day in a date of the file."""
        return ORDERS[self.dates or "year/month/day"]

    @cached_property
    def described(self) -> dict[str, str]:
        """The described value of each value of the file."""
        return {folded(text): label for label, texts in self.values.items() for text in texts}

    @cached_property
    def absent(self) -> frozenset[str]:
        """The values of the file that mean that nothing is known."""
        return frozenset(folded(text) for text in self.missing)


KeepOrDrop = Annotated[str, _one_of("answer", "keep", "drop")]


def _as_rule(written: Any) -> Any:
    return {"from": written} if isinstance(written, str) else written


class FileMapping(Strict):
    """A mapping file: which file, in what form, what to do with what it hides, and the rules.

    ``person`` is a column with an id of each person, which is not kept. ``not_birth`` and
    ``not_names`` are columns that only look like dates of birth or names. What is empty has not
    been declared, and is asked about where the file has such.
    """

    file: str
    encoding: Annotated[str, AfterValidator(_encoding)] = ""
    delimiter: Annotated[str, AfterValidator(_named("delimiter", DELIMITERS))] = ""
    header_row: Annotated[int, Field(gt=0, le=1000)] = 1
    last_row: Annotated[int, Field(gt=1)] | None = None
    stop_at: str = ""
    sheet: str = ""
    hidden_rows: KeepOrDrop = ""
    hidden_columns: KeepOrDrop = ""
    struck_rows: KeepOrDrop = ""
    note_rows: KeepOrDrop = ""
    repeated_rows: KeepOrDrop = ""
    merged_cells: Annotated[str, _one_of("answer", "fill", "empty")] = ""
    person: Text | None = None
    leading_zeros: Annotated[str, _one_of("answer", "same", "different")] = ""
    not_birth: Texts = ()
    not_names: Texts = ()
    ignore: Texts = ()
    columns: dict[str, Annotated[Rule, BeforeValidator(_as_rule)]]

    @model_validator(mode="after")
    def _check(self) -> FileMapping:
        if not 0 < len(self.file) <= 200 or Path(self.file).name != self.file:
            raise problem("`file` names a file in the same folder.")
        if self.last_row is not None and (self.stop_at or self.last_row <= self.header_row):
            raise problem("`last_row` is below `header_row`, and does not go with `stop_at`.")
        return self

    @property
    def derived(self) -> frozenset[str]:
        """The columns of the file whose dates become ages or bands."""
        dated = [rule for rule in self.columns.values() if rule.age_at is not None]
        days = {rule.age_at for rule in dated if isinstance(rule.age_at, str)}
        return frozenset({rule.source for rule in dated} | days)

    @property
    def days(self) -> frozenset[str]:
        """The columns of the file whose dates stay dates, or are no births."""
        stay = {rule.source for rule in self.columns.values() if rule.is_day}
        return frozenset(stay | set(self.not_birth))

    @property
    def used(self) -> tuple[str, ...]:
        """The columns of the file that the mapping uses, in its order."""
        sources = [rule.source for rule in self.columns.values() if rule.source]
        more = [self.person] if self.person else []
        return tuple(dict.fromkeys([*sources, *sorted(self.derived), *more]))

    @property
    def ids(self) -> frozenset[str]:
        """The columns of the file that hold nothing but ids."""
        rules = [rule for rule in self.columns.values() if rule.source]
        ids = {rule.source for rule in rules if rule.pseudonyms} | {self.person or ""}
        return frozenset(ids - {rule.source for rule in rules if not rule.pseudonyms})


def folded(text: str) -> str:
    """Return a text as it is compared: without the space around it, in one case."""
    return " ".join(text.split()).casefold()


class _PlainLoader(yaml.BaseLoader):
    """Every scalar as the text that is written; no references (which can multiply), no twins."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Return a node, refusing references and what is nested so deep that reading is slow."""
        if self.check_event(yaml.AliasEvent):
            raise DataError("references (*name) are not taken; write it out.")
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise DataError(f"more than {MOST_NESTED} brackets in one another.")
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def compose_mapping_node(self, anchor: Any) -> Any:
        """Return a mapping, refusing keys that stand twice."""
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise DataError(f"line {key.start_mark.line + 1}: this key stands above already.")
            seen.add(str(key.value))
        return node


def read_plain_yaml(path: Path) -> Any:
    """Return the content of a YAML file with every scalar as the text that is written.

    So ``yes``, ``1`` and ``2020-08-31`` stay what they are. A key that stands twice and references
    are refused.
    """
    try:
        content = path.read_bytes()
        if len(content) <= MOST_TEXT:
            return yaml.load(content.decode("utf-8-sig"), Loader=_PlainLoader)  # noqa: S506 - texts
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from None
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{path.name} is missing, or is not UTF-8 text.") from None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise DataError(f"{path.name}{line}: not valid YAML.") from None
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, AttributeError):
        raise DataError(f"{path.name}: not valid YAML.") from None
    raise DataError(f"{path.name}: larger than a mapping is.")


def read_mapping(path: Path, attributes: Sequence[str]) -> FileMapping:
    """Return the validated mapping at `path` for the described columns `attributes`, in order.

    Raises
    ------
    DataError
        Every key, attribute or form that is not taken, and every attribute without a rule.
    """
    content = read_plain_yaml(path)
    columns = content.get("columns") if isinstance(content, dict) else None
    if not isinstance(columns, dict):
        raise DataError(f"{path.name}: expected `file:` and `columns:` with a rule for each.")
    for name in columns:
        if name not in attributes:
            raise DataError(f"{path.name}: {unknown('attribute', str(name), attributes)}")
    mapping = build(FileMapping, content, path.name)
    without = [name for name in attributes if name not in mapping.columns]
    if without:
        raise DataError(
            f"{path.name}: no rule for {_listed(without)}. Give each `from:` a column of your "
            "file, or `always:` a value. Where nothing is known that is `always: missing`: "
            f"`{COMMAND} cohort check FOLDER --fill` writes it for all of them."
        )
    return mapping.model_copy(
        update={"columns": {name: mapping.columns[name] for name in attributes}}
    )


def fill_mapping(path: Path, attributes: Iterable[str]) -> list[str]:
    """Write ``always: missing`` for every attribute without a rule; return their names.

    What stands in the file stays as it is: the lines are added below its rules.
    """
    read_plain_yaml(path)
    text = path.read_text(encoding="utf-8-sig")
    whole: Any = yaml.compose(text, Loader=_PlainLoader)
    (columns,) = (value for key, value in whole.value if key.value == "columns")
    if columns.flow_style or not columns.value:
        raise DataError(f"{path.name}: `columns:` has its first rule in the line below it.")
    has = {key.value for key, _ in columns.value}
    without = [name for name in attributes if name not in has]
    lines = text.splitlines(keepends=True)
    added = [f"{' ' * columns.start_mark.column}{name}: {{always: missing}}\n" for name in without]
    end = columns.end_mark.line + (columns.end_mark.column > 0)
    if lines and end >= len(lines) and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    write_atomic(path, "".join([*lines[:end], *added, *lines[end:]]))
    return without


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
