"""The one door out: numbered figures and tables with their text, data, basis and protection."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from appendices.exhibits import charts
    from appendices.exhibits.appendix import Appendix
    from appendices.exhibits.tables import Column

__all__ = ["Appendix", "Column", "charts"]
_HOMES = {"Appendix": "appendix", "Column": "tables", "charts": "charts"}


def __getattr__(name: str) -> Any:
    """Import what a notebook asks for when it asks: the command reads exhibits without drawing."""
    from importlib import import_module  # noqa: PLC0415

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = import_module(f"{__name__}.{_HOMES[name]}")
    return module if name == "charts" else getattr(module, name)
