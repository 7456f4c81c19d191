"""How a number is written, in every text, table, axis and alternative text of the project.

No exponent, no negative zero, a real minus sign, a whole number without decimals, and a percentage
of few people without digits that so few people cannot carry. Data files keep plain numbers.
"""

from __future__ import annotations

import math
import re
from typing import Any

from appendices.errors import UsageError

MINUS = "\u2212"
FEW = 1000  # people: a percentage of fewer has no decimals, as one person is more than a tenth
_SPEC = re.compile(r"(\+?)(,?)(?:\.(\d+))?([fgd%]?)")
_NOISE = 1e-9  # what floating-point arithmetic leaves where nothing is


def write_number(value: Any, spec: str = "", suffix: str = "", base: float | None = None) -> str:
    """Return `value` as readers see it.

    Parameters
    ----------
    value
        A number, not missing.
    spec
        A Python format: sign ``+``, thousands ``,``, precision and ``f``, ``g``, ``d`` or ``%``.
        Without one a number has the digits it needs.
    suffix
        What follows it, such as ``"%"``.
    base
        How many people a percentage is of, where known.

    Raises
    ------
    UsageError
        When `spec` is another format.

    >>> write_number(-0.4, "+.0f", "%"), write_number(1234.0, ",.2f"), write_number(2253.4, ".3g")
    ('0%', '1,234', '2,253')
    """
    parsed = _SPEC.fullmatch(spec)
    if parsed is None:
        raise UsageError(
            f"unknown number format {spec!r}. Expected one like ',.0f', '+.1f', '.2g'."
        )
    plus, comma, precision, kind = parsed.groups()
    number = float(value)
    if kind == "%":
        number, suffix = 100 * number, f"%{suffix}"
    if not math.isfinite(number):
        text = "∞"
    else:
        digits = _decimals(number, kind, None if precision is None else int(precision))
        if suffix.startswith("%") and base is not None and base < FEW:
            digits = 0
        text = f"{abs(number):{',' if kind == 'g' else comma}.{digits}f}"
        if kind in {"", "g"} and "." in text:
            text = text.rstrip("0").rstrip(".")
    nothing = not text.strip("0.,")
    sign = "" if nothing else MINUS if number < 0 else plus
    return f"{sign}{text}{suffix}"


def _decimals(number: float, kind: str, precision: int | None) -> int:
    if abs(number - round(number)) <= _NOISE * max(1.0, abs(number)) or kind == "d":
        return 0
    if kind in {"f", "%"}:
        return 6 if precision is None else precision
    significant = 10 if precision is None else max(1, precision)
    return max(0, significant - 1 - math.floor(math.log10(abs(number))))
