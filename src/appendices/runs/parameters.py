"""The parameters of a notebook: read from its own cell, typed, checked, never defaulted silently.

A notebook declares its parameters in the one cell tagged ``parameters``, a line each::

    interval_level: Level = 0.95  # Confidence level of every interval.

The annotation is one of the types below, one that the compendium adds, or a plain ``str``, ``int``,
``float`` or ``bool``; the comment is the parameter's help text.
"""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from appendices.errors import UsageError, unknown
from appendices.settings import compendium

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Between:
    """A number from `low` to `high`, both allowed."""

    low: float
    high: float

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with `value`, or None."""
        inside = self.low <= value <= self.high
        return None if inside else f"must be between {self.low:g} and {self.high:g}"


@dataclass(frozen=True)
class OneOf:
    """One of a closed list of values."""

    values: tuple[Value, ...]

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with `value`, or None."""
        if value in self.values:
            return None
        if isinstance(value, str):
            return str(unknown("value", value, [str(one) for one in self.values]))
        return f"must be one of {', '.join(str(one) for one in self.values)}"


@dataclass(frozen=True)
class CheckedBy:
    """A text that a function of the package takes; the function raises when it does not.

    Named as ``module:function`` and imported only when a value is checked.
    """

    function: str

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with `value`, or None."""
        module, _, name = self.function.partition(":")
        try:
            getattr(import_module(module), name)(value)
        except UsageError as error:
            return str(error)
        return None


@dataclass(frozen=True)
class InputFile:
    """A public official table, a file or folder, that the notebook reads; empty for none.

    It is watched, and the manifest names it. Never for records of people: those come
    as a cohort, which is described and protected (`InCatalogue`).
    """

    def problem(self, value: Any) -> str | None:
        """Return what is wrong with `value`, or None."""
        return None if not value or Path(value).exists() else "must name a file or folder"


@dataclass(frozen=True)
class InCatalogue:
    """A data set in a folder of ``data/raw`` by name, or a column with categories of one.

    In the place of a data set, the folder of a cohort of one's own may be named.
    """

    folder: str
    column: bool = False

    def problem(self, value: Any, own: Collection[str] = ()) -> str | None:
        """Return what is wrong with `value`, or None; `own` are columns of a chosen cohort."""
        from appendices.data.catalogue import describe  # noqa: PLC0415
        from appendices.data.own import DESCRIPTION, is_own  # noqa: PLC0415
        from appendices.project import project_root  # noqa: PLC0415 - only where it is checked

        sets = [
            one for one in describe(project_root()).values() if one.path.parent.name == self.folder
        ]
        names = {one.name for one in sets}
        if self.column:
            names = {field.name for one in sets for field in one.fields if field.categories}
            names |= set(own)
        kind = f"{'column' if self.column else 'data set'} in {self.folder}"
        if value in names or (not self.column and is_own(value)):
            return None
        hint = ""
        if not self.column:
            names |= {path.parent.as_posix() for path in Path(self.folder).glob(f"*/{DESCRIPTION}")}
            hint = f" Or name a folder that holds {DESCRIPTION}."
        return f"{unknown(kind, value, names)}{hint}"


@dataclass(frozen=True)
class ListedIn:
    """Says where every value a text may take is listed: a column of a data set; for sweeps."""

    resource: str
    column: str

    def problem(self, value: Any) -> str | None:
        """Return None: what is taken is checked by the rule beside this one."""
        return None


Level = Annotated[float, Between(0.5, 0.999)]
Draws = Annotated[int, Between(100, 1_000_000)]
Seed = Annotated[int, Between(0, 2**32 - 1)]
Count = Annotated[int, Between(1, 100)]
Cohort = Annotated[str, InCatalogue("cohorts")]
Attribute = Annotated[str, InCatalogue("cohorts", column=True)]
Bands = Annotated[str, CheckedBy("appendices.data.bands:parse_bands")]
InputPath = Annotated[str, InputFile()]
Policy = Annotated[str, CheckedBy("appendices.disclosure.policy:find_policy")]

PARAMETERS: dict[str, Any] = {
    "str": str, "int": int, "float": float, "bool": bool,
    "Level": Level, "Draws": Draws, "Seed": Seed, "Count": Count, "Cohort": Cohort,
    "Attribute": Attribute, "Bands": Bands, "InputPath": InputPath, "Policy": Policy,
}  # fmt: skip
"""Types that every compendium's parameters may have; it adds its own."""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter: what may be set, to what, and what for."""

    name: str
    type_name: str
    default: Value
    help: str

    @property
    def base_type(self) -> type:
        """The plain type of the value: str, int, float or bool."""
        kind = _resolve(self.type_name)
        base = get_args(kind)[0] if get_origin(kind) is Annotated else kind
        return base if isinstance(base, type) else str

    @property
    def rules(self) -> tuple[Any, ...]:
        """The rules beyond the type, in order."""
        return getattr(_resolve(self.type_name), "__metadata__", ())

    @property
    def allowed(self) -> str:
        """What the parameter takes, in words."""
        words = [self.base_type.__name__]
        for rule in self.rules:
            if isinstance(rule, Between):
                words.append(f"{rule.low:g} to {rule.high:g}")
            elif isinstance(rule, OneOf):
                words.append(" | ".join(str(value) for value in rule.values))
            elif isinstance(rule, InputFile):
                words.append("path of a file or folder")
            elif isinstance(rule, InCatalogue):
                kind = "column" if rule.column else "folder of an own cohort or data set"
                words.append(f"{kind} in {rule.folder}")
        return ", ".join(words)

    def check(self, value: Any, own: Collection[str] = ()) -> Value:
        """Return `value` as the declared type; `own` are the columns of a cohort of one's own.

        Raises
        ------
        UsageError
            When the type is wrong or the value out of range: what was got, what is allowed.
        """
        base = self.base_type
        wrong_type = not isinstance(value, base) or (isinstance(value, bool) and base is not bool)
        if base is float and isinstance(value, int) and not isinstance(value, bool):
            value, wrong_type = float(value), False
        if wrong_type:
            raise UsageError(
                f"parameter {self.name!r}: got {value!r} ({type(value).__name__}), "
                f"expected {self.allowed}."
            )
        for rule in self.rules:
            is_column = isinstance(rule, InCatalogue) and rule.column
            problem = rule.problem(value, own) if is_column else rule.problem(value)
            if problem:
                raise UsageError(f"parameter {self.name!r}: got {value!r}; {problem}")
        return value

    def parse(self, text: str) -> Value:
        """Return the value that `text`, as typed on a command line, stands for."""
        base = self.base_type
        if any(isinstance(rule, InCatalogue) and rule.column for rule in self.rules):
            return text  # checked when it is known which cohort is chosen
        if base is str:
            return self.check(text)
        words = {"true": True, "yes": True, "false": False, "no": False}
        try:
            value = words[text.strip().lower()] if base is bool else base(text)
        except (KeyError, ValueError):
            raise UsageError(
                f"parameter {self.name!r}: got {text!r}, expected {self.allowed}."
            ) from None
        return self.check(value)


def _resolve(type_name: str) -> Any:
    kinds = PARAMETERS | dict(compendium().parameters)
    if type_name not in kinds:
        raise unknown("parameter type", type_name, kinds)
    return kinds[type_name]


def read_notebook(path: Path) -> dict[str, Any]:
    """Return the notebook at `path` as parsed JSON, read without any notebook library.

    Raises
    ------
    UsageError
        When the file is no notebook.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        content["cells"]  # a notebook without cells is none
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{path.name} is not a readable notebook.") from None
    return content


def code_cells(content: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Return the source and tags of each code cell."""
    return [
        ("".join(cell["source"]), cell.get("metadata", {}).get("tags", []))
        for cell in content["cells"]
        if cell["cell_type"] == "code"
    ]


def declared_parameters(path: Path) -> dict[str, Parameter]:
    """Return the parameters that the notebook at `path` declares, in its order.

    Raises
    ------
    UsageError
        When there is not one cell tagged ``parameters``, or a line in it lacks type, default or
        help.
    """
    return declared_in(read_notebook(path), path)


def declared_in(content: Mapping[str, Any], path: Path) -> dict[str, Parameter]:
    """Return the parameters that a notebook's content declares; see `declared_parameters`."""
    cells = [source for source, tags in code_cells(content) if "parameters" in tags]
    if len(cells) != 1:
        raise UsageError(f"{path.name}: expected one cell tagged 'parameters', found {len(cells)}.")
    helps = _comments(cells[0])
    parameters = {}
    for node in ast.parse(cells[0]).body:
        where = f"{path.name}, parameters cell, line {node.lineno}"
        if not (isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)):
            raise UsageError(f"{where}: expected `name: Type = default  # help`.")
        try:
            default = ast.literal_eval(node.value) if node.value else None
        except ValueError:
            raise UsageError(f"{where}: the default must be a plain value.") from None
        text = helps.get(node.end_lineno or node.lineno, "")
        if node.value is None or not text:
            raise UsageError(f"{where}: a parameter needs a default and a comment as its help.")
        parameter = Parameter(node.target.id, ast.unparse(node.annotation), default, text)
        parameter.check(default)
        parameters[parameter.name] = parameter
    return parameters


def _comments(source: str) -> dict[int, str]:
    """Return the comment at the end of each line, joined with the comment lines below it."""
    found: dict[int, str] = {}
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            text = token.string.lstrip("# ").strip()
            if token.line.strip().startswith("#"):
                if last:
                    found[last] += f" {text}"
            else:
                last = token.start[0]
                found[last] = text
    return found


def resolve_parameters(
    declared: Mapping[str, Parameter], given: Mapping[str, Any], where: str
) -> dict[str, Value]:
    """Return every declared parameter's value: as given and checked, else its default.

    Raises
    ------
    UsageError
        When a given name is not declared, with the nearest declared one, or a value is not taken.
    """
    for name in given:
        if name not in declared:
            raise UsageError(f"{where}: {unknown('parameter', name, declared)}")
    own = _columns_of_cohorts(declared, given)
    return {
        name: parameter.check(given.get(name, parameter.default), own)
        for name, parameter in declared.items()
    }


def _columns_of_cohorts(declared: Mapping[str, Parameter], given: Mapping[str, Any]) -> set[str]:
    """Return the columns with categories of the cohorts of one's own that are chosen."""
    from appendices.data.own import is_own, own_resource  # noqa: PLC0415 - only where given

    chosen = [
        str(given[name])
        for name, parameter in declared.items()
        if name in given
        and any(isinstance(rule, InCatalogue) and not rule.column for rule in parameter.rules)
    ]
    resources = [own_resource(Path(name)) for name in chosen if is_own(name)]
    return {field.name for one in resources for field in one.fields if field.categories}
