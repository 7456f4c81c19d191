"""A reproducible research compendium on vulnerability and serious youth violence in England."""

__version__ = "0.1.0"
