"""A reproducible research compendium on vulnerability and serious youth violence in England."""

from appendices import __version__

__all__ = ["__version__"]
