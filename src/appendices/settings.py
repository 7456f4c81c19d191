"""What the engine must know of the compendium that it runs: one table of ``pyproject.toml``.

::

    [tool.appendices]
    title = "A small compendium"
    command = "small"             # how messages call the command
    module = "small.compendium"   # imported once

The module holds, where the compendium has any: ``PARAMETERS`` (types by name), ``COMMANDS`` (name
to function and examples), ``PRELOAD`` (modules that warm kernels import), ``ERRORS`` (exceptions
whose words quote no record), ``PERSON_WORDS`` (what a person is called in the headings of
sheets) and ``CHECKS`` (for a data set whose records have that id: a function,
as ``module:function``, that returns what is wrong with its table).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from appendices.errors import UsageError, adopt
from appendices.project import project_root

KEYS = ("title", "command", "module", "about", "about_synthetic")


@dataclass(frozen=True)
class Compendium:
    """A compendium's own title, words about it, and what its module adds to the engine."""

    title: str = "Appendices"
    command: str = "python -m appendices"
    about: str = ""
    about_synthetic: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    commands: Mapping[str, tuple[Callable[..., None], str]] = field(default_factory=dict)
    preload: Sequence[str] = ()
    checks: Mapping[str, str] = field(default_factory=dict)
    person_words: Sequence[str] = ()
    packages: Sequence[str] = ("appendices",)


def compendium() -> Compendium:
    """Return what is known of the compendium of the working folder; an empty one outside of any.

    Raises
    ------
    UsageError
        For a table with an unknown key, or a module that cannot be imported.
    """
    return _read(_settings_file())


def _settings_file() -> Path | None:
    try:
        file = project_root() / "pyproject.toml"
    except UsageError:
        return None
    return file if file.is_file() else None


@cache
def _table(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    table: dict[str, Any] = content.get("tool", {}).get("appendices", {})
    if extra := sorted(set(table) - set(KEYS)):
        raise UsageError(
            f"pyproject.toml, [tool.appendices]: unknown {', '.join(extra)}; "
            f"expected {', '.join(KEYS)}."
        )
    return table


@cache
def _read(file: Path | None) -> Compendium:
    table = dict(_table(file))
    name = table.pop("module", None)
    module = None
    if name:
        try:
            module = import_module(name)
        except ModuleNotFoundError as error:
            raise UsageError(
                f"pyproject.toml, [tool.appendices]: module {name!r} cannot be imported "
                f"({error.name} is missing)."
            ) from None
    errors = getattr(module, "ERRORS", ())
    packages = {
        one.partition(".")[0] for one in (name, *(kind.__module__ for kind in errors)) if one
    }
    adopt(errors, packages)
    return Compendium(
        **table,
        parameters=getattr(module, "PARAMETERS", {}),
        commands=getattr(module, "COMMANDS", {}),
        preload=getattr(module, "PRELOAD", ()),
        checks=getattr(module, "CHECKS", {}),
        person_words=getattr(module, "PERSON_WORDS", ()),
        packages=sorted({"appendices", *packages}),
    )


def _command() -> str:
    with suppress(UsageError):  # said where the table is used
        return str(_table(_settings_file()).get("command", Compendium.command))
    return Compendium.command


COMMAND = _command()
"""How messages call the command, as one types it."""
