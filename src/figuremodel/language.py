"""The constraint file: read, checked, and turned into a model of counts."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import networkx as nx
import yaml

from figuremodel.conditions import Attribute, Condition, parse
from figuremodel.errors import ConstraintError, FigureModelError, unknown
from figuremodel.relations import RELATIONS, ROUNDINGS, Rule, Setting, rules_of

KINDS = ("figure", "reading")
MOST_VALUES = 1000
"""Of one attribute."""


@dataclass(frozen=True)
class Constraint:
    """One statement about the group: where it is printed, what it says, and its rules."""

    id: str
    figures: tuple[str, ...]
    kind: str
    says: str
    relation: str
    written: Mapping[str, Any] = field(repr=False)
    rules: tuple[Rule, ...] = field(repr=False)


@dataclass(frozen=True)
class Repair:
    """Constraints left out so that the rest can hold, what stands instead, and the reason.

    With `nearest`, a cohort misses what is left out by as little as the rest allows.
    """

    drop: tuple[str, ...]
    nearest: bool
    instead: tuple[Constraint, ...]
    because: str


@dataclass(frozen=True)
class Model:
    """A group of people, what is recorded of each, and every statement made about them."""

    name: str
    title: str
    population: int
    rounding: str
    key: str
    label: str
    attributes: Mapping[str, Attribute]
    derived: Mapping[str, Mapping[str, Condition]]
    constraints: tuple[Constraint, ...]
    repairs: tuple[Repair, ...]

    def of_kind(self, *kinds: str) -> tuple[Constraint, ...]:
        """Return the constraints of the given kinds, in file order."""
        for kind in kinds:
            if kind not in KINDS:
                raise unknown("kind of constraint", kind, KINDS)
        return tuple(one for one in self.constraints if one.kind in kinds)

    @property
    def dropped(self) -> tuple[Constraint, ...]:
        """Constraints that the chosen repair leaves out."""
        gone = {name for repair in self.repairs for name in repair.drop}
        return tuple(one for one in self.constraints if one.id in gone)

    @property
    def nearest(self) -> tuple[Constraint, ...]:
        """Dropped constraints that a cohort still misses by as little as it can."""
        near = {name for repair in self.repairs if repair.nearest for name in repair.drop}
        return tuple(one for one in self.constraints if one.id in near)

    @property
    def kept(self) -> tuple[Constraint, ...]:
        """What a cohort must meet: the file's constraints less the repair, and its substitutes."""
        gone = {one.id for one in self.dropped}
        kept = tuple(one for one in self.constraints if one.id not in gone)
        return kept + tuple(one for repair in self.repairs for one in repair.instead)


class _Loader(yaml.SafeLoader):
    """YAML in which yes and no are words, and a key written twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        twice = sorted({str(key) for key in keys if keys.count(key) > 1})
        if twice:
            line = node.start_mark.line + 1
            raise ConstraintError(f"line {line}: key {twice[0]!r} is written twice in one mapping")
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(path: Path, schema: str) -> dict[str, Any]:
    """Read a YAML file and check it against one of this package's JSON schemas.

    Raises
    ------
    ConstraintError
        Missing file, malformed YAML, or a form the schema refuses; names the file and the place.
    """
    try:
        written = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    except OSError as problem:
        raise ConstraintError(f"{path}: cannot be read ({problem.strerror})") from None
    except UnicodeDecodeError:
        raise ConstraintError(f"{path}: is not text in UTF-8") from None
    except RecursionError:
        raise ConstraintError(f"{path}: is nested too deeply") from None
    except (yaml.YAMLError, ConstraintError) as problem:
        raise ConstraintError(f"{path}: {problem}") from None
    _require_text_keys(path, written)
    validator = jsonschema.Draft202012Validator(
        json.loads(files(__package__).joinpath(schema).read_text(encoding="utf-8"))
    )
    error = jsonschema.exceptions.best_match(validator.iter_errors(written))
    if error is not None:
        place = list(error.absolute_path)
        named = written
        for step in place:
            named = named[step]
            if isinstance(named, dict) and "id" in named:
                place[0] = f"constraint {named['id']!r}"
        where = ", ".join(str(step) for step in place) or "top level"
        raise ConstraintError(f"{path}: {where}: {error.message}")
    return dict(written)


def _require_text_keys(path: Path, written: Any) -> None:
    """Refuse a mapping whose keys are not words, weights of whole numbers apart."""
    waiting = [written]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, dict | list):
            continue
        seen.add(id(node))
        for key in node if isinstance(node, dict) else ():
            if not isinstance(key, str | int):
                raise ConstraintError(f"{path}: key {key!r} is neither a word nor a whole number")
        waiting.extend(node.values() if isinstance(node, dict) else node)


def load_model(
    path: Path, *, rounding: str | None = None, figures: Collection[str] | None = None
) -> Model:
    """Read a constraint file.

    Parameters
    ----------
    path
        A YAML file in the language of docs/constraint-language.md.
    rounding
        half_up, half_even or truncate, in place of the file's own choice.
    figures
        Ids of the register of published figures; where given, a constraint that names another
        id is an error.

    Raises
    ------
    ConstraintError
        Anything wrong with the file, with its name, the constraint's id and a suggestion.
    """
    if rounding is not None and rounding not in ROUNDINGS:
        raise unknown("rounding rule", rounding, ROUNDINGS)
    written = read_yaml(path, "cohort.schema.json")
    attributes = {
        name: _attribute(path, name, form) for name, form in written["attributes"].items()
    }
    setting = Setting(attributes, rounding or written["rounding"])
    try:
        derived = {
            name: {value: parse(condition, attributes) for value, condition in table.items()}
            for name, table in written.get("derived", {}).items()
        }
    except FigureModelError as error:
        raise ConstraintError(f"{path}: derived: {error}") from None
    constraints = tuple(_constraint(path, form, setting) for form in written["constraints"])
    repairs = tuple(
        Repair(
            drop=tuple(form["drop"]),
            nearest=form.get("nearest") == "yes",
            instead=tuple(_constraint(path, one, setting) for one in form.get("instead", [])),
            because=form["because"],
        )
        for form in written.get("repair", [])
    )
    model = Model(
        name=written["name"],
        title=written["title"],
        population=written["population"],
        rounding=setting.rounding,
        key=written["key"]["name"],
        label=written["key"]["label"],
        attributes=attributes,
        derived=derived,
        constraints=constraints,
        repairs=repairs,
    )
    _check_columns(path, model)
    _check_names(path, model, figures)
    _check_definitions(path, constraints, setting)
    return model


def _attribute(path: Path, name: str, form: Any) -> Attribute:
    form = {"values": form} if isinstance(form, list) else form
    if "range" in form:
        low, high = form["range"]
        values: tuple[str | int, ...] = tuple(range(low, min(high, low + MOST_VALUES) + 1))
    else:
        values = tuple(form["values"])
    weights = form.get("expect")
    if not 0 < len(values) <= MOST_VALUES or len({str(value) for value in values}) < len(values):
        raise ConstraintError(
            f"{path}: attribute {name!r}: expected 1 to {MOST_VALUES} different values"
        )
    if weights is not None and (set(weights) != set(values) or not any(weights.values())):
        raise ConstraintError(
            f"{path}: attribute {name!r}: expected a weight for each of its {len(values)} values, "
            "and not nought for all"
        )
    return Attribute(
        name=name,
        values=values,
        title=form.get("title", name.replace("_", " ")),
        description=form.get("description", ""),
        expect=None if weights is None else tuple(float(weights[value]) for value in values),
    )


def _check_columns(path: Path, model: Model) -> None:
    """Refuse a label that does not number people, and a column that would hide another."""
    try:
        labels = {model.label.format(number) for number in (1, 2)}
    except (ValueError, LookupError, TypeError, AttributeError):
        labels = set()
    if len(labels) < 2:
        raise ConstraintError(
            f"{path}: key: label {model.label!r} does not number people: expected one such as "
            "'p{:02d}'"
        )
    columns = [model.key, *model.attributes, *model.derived]
    for name in columns:
        if columns.count(name) > 1:
            raise ConstraintError(f"{path}: two columns are called {name!r}")


def _constraint(path: Path, form: Mapping[str, Any], setting: Setting) -> Constraint:
    relation = next(name for name in RELATIONS if name in form)
    try:
        rules = rules_of(relation, form[relation], setting)
    except FigureModelError as error:
        raise ConstraintError(f"{path}: constraint {form['id']!r}: {error}") from None
    return Constraint(
        id=form["id"],
        figures=tuple(form["figures"]),
        kind=form["kind"],
        says=form["says"],
        relation=relation,
        written=form[relation],
        rules=rules,
    )


def _check_names(path: Path, model: Model, figures: Collection[str] | None) -> None:
    everything = [*model.constraints, *(one for r in model.repairs for one in r.instead)]
    ids = [one.id for one in everything]
    for one in everything:
        where = f"{path}: constraint {one.id!r}"
        if ids.count(one.id) > 1:
            raise ConstraintError(f"{where}: the id is used {ids.count(one.id)} times")
        for figure in one.figures if figures is not None else ():
            if figure not in set(figures or ()):
                raise ConstraintError(f"{where}: {unknown('figure', figure, figures or ())}")
    for name in (name for repair in model.repairs for name in repair.drop):
        if name not in {one.id for one in model.constraints}:
            raise ConstraintError(f"{path}: repair: {unknown('constraint', name, ids)}")


def _check_definitions(path: Path, constraints: Iterable[Constraint], setting: Setting) -> None:
    """Refuse definitions that go round in a circle."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    owner = {}
    for one in constraints:
        if one.relation == "definition":
            for target in setting.condition(one.written["of"]).scope:
                owner[target] = one.id
                for source in setting.condition(one.written["when"]).scope:
                    graph.add_edge(target, source)
    try:
        circle = [target for target, _ in nx.find_cycle(graph)]
    except nx.NetworkXNoCycle:
        return
    names = " -> ".join([*circle, circle[0]])
    raise ConstraintError(
        f"{path}: constraint {owner[circle[0]]!r}: cyclic definition {names}; "
        "define one of them by other attributes"
    )
