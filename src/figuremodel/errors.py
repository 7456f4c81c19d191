"""What is wrong with figures or constraints, in words; each error with an exit code."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class FigureModelError(Exception):
    """Base of every error that a user can cause or mend."""

    exit_code = 6


class ConstraintError(FigureModelError):
    """A constraint file that is wrong, contradictory, or not decided in time."""


class UnknownNameError(FigureModelError):
    """A name that nothing is called."""

    exit_code = 2


def unknown(kind: str, got: str, allowed: Iterable[str]) -> UnknownNameError:
    """Return the error for an unknown name, with the nearest allowed ones.

    >>> str(unknown("figure", "F1O", ["F10", "F20"]))
    "unknown figure 'F1O'. Did you mean 'F10'?"
    """
    names = sorted(allowed)
    near = get_close_matches(got, names, n=3, cutoff=0.5)
    hint = f"There are {len(names)} allowed names, none of them close to this one."
    if near:
        hint = f"Did you mean {' or '.join(repr(name) for name in near)}?"
    elif len(names) <= 20:
        hint = f"Allowed: {', '.join(names) or 'none is defined here'}."
    return UnknownNameError(f"unknown {kind} {got!r}. {hint}")
