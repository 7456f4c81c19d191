"""The notebooks of the compendium: found by name, with what may be set in them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from appendices.data.own import PERSON, find_data_set
from appendices.disclosure.policy import RELEASE, strictest
from appendices.errors import UsageError, unknown
from appendices.runs.parameters import (
    InCatalogue,
    InputFile,
    Parameter,
    Value,
    code_cells,
    declared_in,
    read_notebook,
    resolve_parameters,
)

FOLDER = "notebooks"
POLICY = "policy"


@dataclass(frozen=True)
class Notebook:
    """One notebook: its name without ending, title and parameters."""

    name: str
    path: Path
    title: str
    parameters: Mapping[str, Parameter]

    def chosen(self, values: Mapping[str, Value]) -> tuple[str, ...]:
        """Return the cohorts that these values choose."""
        return tuple(sorted({str(values[name]) for name in self.cohorts}))

    def files_given(self, values: Mapping[str, Value]) -> list[tuple[str, Path]]:
        """Return the files that parameters name, each with its parameter; of a folder, all in it.

        A file that is not there is returned too: that it is missing is a state as well.
        """
        found = []
        for name, parameter in self.parameters.items():
            if values[name] and any(isinstance(rule, InputFile) for rule in parameter.rules):
                path = Path(str(values[name])).resolve()
                inside = sorted(one for one in path.rglob("*") if one.is_file())
                found += [(name, one) for one in (inside if path.is_dir() else [path])]
        return found

    @property
    def cohorts(self) -> tuple[str, ...]:
        """The parameters that choose a cohort."""
        return tuple(
            name
            for name, parameter in self.parameters.items()
            if any(isinstance(rule, InCatalogue) and not rule.column for rule in parameter.rules)
        )

    @property
    def words(self) -> frozenset[str]:
        """The texts in its code: the columns that it uses are among them."""
        nodes = (
            node
            for source, _ in code_cells(read_notebook(self.path))
            for node in ast.walk(tree_of(source))
        )
        return frozenset(
            node.value
            for node in nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )

    def shares(self, values: Mapping[str, Value], root: Path) -> bool:
        """Return whether the chosen cohort has at least one attribute that it was written for."""
        for name in self.cohorts:
            chosen, own = (
                {field.name for field in find_data_set(root, str(one)).fields[1:]}
                for one in (values[name], self.parameters[name].default)
            )
            first = find_data_set(root, str(values[name])).fields[0].name
            if chosen & own and first == PERSON:
                return True
        return False

    def lacking(self, values: Mapping[str, Value], root: Path) -> tuple[str, ...]:
        """Return the columns it needs that the cohort chosen by these values does not have."""
        found = []
        for name in self.cohorts:
            chosen, own = (str(one) for one in (values[name], self.parameters[name].default))
            if chosen != own:
                has = {column.name for column in find_data_set(root, chosen).fields}
                needs = [column.name for column in find_data_set(root, own).fields]
                found += [column for column in needs if column not in has]
        return tuple(found)


def find_notebooks(root: Path) -> dict[str, Notebook]:
    """Return every notebook in the project's folder, by name, in order."""
    paths = sorted((root / FOLDER).glob("[0-9][0-9]_*.ipynb"))
    return {path.stem: read(path) for path in paths}


def read(path: Path) -> Notebook:
    """Return what the notebook at `path` declares."""
    content = read_notebook(path)
    return Notebook(path.stem, path, _title(content, path), declared_in(content, path))


@lru_cache(maxsize=1024)  # a sweep asks for every cell again
def tree_of(source: str) -> ast.Module:
    """Return a code cell as a syntax tree: an empty one where it is not even IPython's code.

    Such a cell fails when it runs, and stops nothing but its own notebook.
    """
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415 - slow

        try:
            return ast.parse(TransformerManager().transform_cell(source))
        except (SyntaxError, ValueError):
            return ast.Module([], [])


def _title(content: dict[str, Any], path: Path) -> str:
    for cell in content["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and text.startswith("# "):
            return text.split("\n", 1)[0].removeprefix("# ").strip()
    raise UsageError(f"{path.name}: the first heading (`# …`) that names the appendix is missing.")


def select(notebooks: Mapping[str, Notebook], names: Iterable[str]) -> list[Notebook]:
    """Return the notebooks called `names` (all when none is given), in order.

    A name may be shortened to a beginning that only one notebook has, such as ``01``.
    """
    wanted = set()
    for name in names:
        stem = Path(name).stem
        starting = [one for one in notebooks if one.startswith(stem)] if stem else []
        if stem in notebooks:
            wanted.add(stem)
        elif len(starting) == 1:
            wanted.add(starting[0])
        else:
            raise unknown("notebook", name, notebooks)
    return [one for name, one in notebooks.items() if name in wanted or not wanted]


def fitting(
    selected: list[Notebook],
    settings: Mapping[str, Mapping[str, Value]],
    root: Path,
    *,
    named: bool,
) -> tuple[list[Notebook], dict[str, tuple[str, ...]]]:
    """Return the notebooks that the chosen cohort fits, and what it lacks for each other.

    Raises
    ------
    UsageError
        When it fits none that takes a cohort, or not one that was `named`.
    """
    lacking = {one.name: one.lacking(settings[one.name], root) for one in selected}
    unfit = {name: columns for name, columns in lacking.items() if columns}
    if named or all(one.name in unfit for one in selected if one.cohorts):
        # A notebook that is asked for by name shows what it can: see `Appendix.load`.
        some = {one.name for one in selected if one.shares(settings[one.name], root)}
        unfit = {name: columns for name, columns in unfit.items() if name not in some}
    if unfit and (named or all(one.name in unfit for one in selected if one.cohorts)):
        said = [
            f"for {name} the chosen cohort lacks {few(columns)}" for name, columns in unfit.items()
        ]
        raise UsageError(f"{'; '.join(said)}.")
    return [one for one in selected if one.name not in unfit], unfit


def few(names: Sequence[str]) -> str:
    """Return the first of some columns, and how many more there are."""
    more = f" and {len(names) - 3} more columns" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"


def read_parameter_file(path: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file of parameters."""
    import yaml  # noqa: PLC0415 - only where there is such a file

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: cannot be read as YAML ({type(error).__name__}).") from None
    if not isinstance(content, dict):
        raise UsageError(f"{path}: expected `NAME: value` or `NOTEBOOK: {{NAME: value}}`.")
    return content


def _as_written(name: Any) -> str:
    """Return a notebook's name from a YAML key: 02 without quotes is read as a number."""
    return f"{name:02d}" if isinstance(name, int) and not isinstance(name, bool) else str(name)


def settle_parameters(
    selected: list[Notebook],
    notebooks: Mapping[str, Notebook],
    assignments: Iterable[str],
    from_file: Mapping[str, Any] | None = None,
    policy: str | None = None,
) -> dict[str, dict[str, Value]]:
    """Return the value of every parameter of each selected notebook.

    Parameters
    ----------
    assignments
        ``[NOTEBOOK:]NAME=VALUE`` texts; they win over the file. Without a notebook the value goes
        to every selected notebook that declares the name.
    from_file
        ``NAME: value`` or ``NOTEBOOK: {NAME: value}``.
    policy
        A policy for every selected notebook that takes one. Of policies that are asked for in
        more than one of these ways the strictest is in force.

    Raises
    ------
    UsageError
        Before anything runs: unknown notebook or parameter, wrong type, value out of range.
    """
    given: dict[str, dict[str, Any]] = {one.name: {} for one in selected}
    for name, value in (from_file or {}).items():
        if isinstance(value, Mapping):
            (target,) = select(notebooks, [_as_written(name)])
            for inner, inner_value in value.items():
                _give(given, [target], str(inner), inner_value, parse=False)
        else:
            _give(given, selected, str(name), value, parse=False)
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals:
            raise UsageError(f"-p {text!r}: expected [NOTEBOOK:]NAME=VALUE.")
        where, colon, bare = name.rpartition(":")
        targets = select(notebooks, [where]) if colon else selected
        _give(given, targets, bare.strip(), value, parse=True)
    takers = [one for one in selected if POLICY in one.parameters]
    if policy is not None and (takers or policy != RELEASE):
        _give(given, takers or selected, POLICY, policy, parse=True)
    return {
        one.name: resolve_parameters(one.parameters, given[one.name], one.name) for one in selected
    }


def _give(
    given: dict[str, dict[str, Any]], targets: list[Notebook], name: str, value: Any, *, parse: bool
) -> None:
    takers = [one for one in targets if name in one.parameters]
    if not takers:
        declared = {name for one in targets for name in one.parameters}
        raise unknown(f"parameter of {' or '.join(one.name for one in targets)}", name, declared)
    for one in takers:
        if one.name not in given:
            raise UsageError(f"parameter {name!r} is for {one.name}, which is not among those run.")
        before = given[one.name].get(name)
        given[one.name][name] = one.parameters[name].parse(value) if parse else value
        if name == POLICY and before is not None:
            given[one.name][name] = strictest([str(before), str(given[one.name][name])])
