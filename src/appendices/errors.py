"""One exception hierarchy, each class with the exit code the command line ends with."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable
from difflib import get_close_matches

DEBUG = "APPENDICES_DEBUG"
"""Set where whole tracebacks are asked for."""


class AppendicesError(Exception):
    """Base of every error a user can cause or mend; shown without a traceback."""

    exit_code = 1


class UsageError(AppendicesError):
    """A name, value or combination that the command or a function does not take."""

    exit_code = 2


class DataError(AppendicesError):
    """A data file that is missing, unreadable or breaks its description."""

    exit_code = 3


class NotebookError(AppendicesError):
    """One or more notebooks failed; the others finished."""

    exit_code = 4


class DisclosureError(AppendicesError):
    """Something that may not leave under the protection policy in force."""

    exit_code = 5


class VerificationError(AppendicesError):
    """A fresh run differs from its reference."""

    exit_code = 7


class DrawingsError(VerificationError):
    """A fresh run in another environment has the reference's numbers and texts, drawn otherwise."""

    exit_code = 10


class MissingToolError(AppendicesError):
    """An optional program or file is needed for this question and is not here."""

    exit_code = 8


class OutputError(AppendicesError):
    """A file that cannot be written: no room is left, or its folder takes no files."""

    exit_code = 9


_ours: set[type[Exception]] = {AppendicesError}
_packages = {__name__.partition(".")[0]}


def adopt(kinds: Iterable[type[Exception]], packages: Iterable[str]) -> None:
    """Take errors that a compendium's own packages raise for ours: their words quote no record."""
    _ours.update(kinds)
    _packages.update(packages)


def is_ours(error: BaseException) -> bool:
    """Return whether an error is of a kind that the packages have for a user to read."""
    return isinstance(error, tuple(_ours))


def raised_by_us(error: BaseException) -> bool:
    """Return whether an error is ours and was raised by the packages, not by a notebook's code."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    module = "" if place is None else str(place.tb_frame.f_globals.get("__name__", ""))
    return is_ours(error) and module.partition(".")[0] in _packages


def debugging() -> bool:
    """Return whether whole tracebacks were asked for, which may quote a record."""
    return bool(os.environ.get(DEBUG))


def words_of(error: BaseException) -> str:
    """Return an error's type, and its words where the package wrote them: others' may quote data.

    Where tracebacks were asked for, with all of it.
    """
    if debugging():
        return "".join(traceback.format_exception(error)).rstrip()
    return f"{type(error).__name__}: {error}" if is_ours(error) else type(error).__name__


def unknown(kind: str, got: str, allowed: Iterable[str]) -> UsageError:
    """Return the error for an unknown name, with the nearest allowed one.

    Parameters
    ----------
    kind
        What was named, in the singular: "parameter", "policy", "column".
    got
        The name as given. Never a value from a record.
    allowed
        Every name that would have been taken.
    """
    names = sorted(allowed)
    near = get_close_matches(got, names, n=3, cutoff=0.5)
    if not near:
        folded = {name.casefold(): name for name in names}
        near = [folded[m] for m in get_close_matches(got.casefold(), folded, n=3, cutoff=0.5)]
    if near:
        hint = f"Did you mean {' or '.join(repr(name) for name in near)}?"
    elif len(names) <= 20:
        hint = f"Allowed: {', '.join(names)}." if names else "None is defined here."
    else:
        hint = f"There are {len(names)} allowed names, none of them close to this one."
    return UsageError(f"unknown {kind} {got!r}. {hint}")
