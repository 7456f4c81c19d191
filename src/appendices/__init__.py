"""The engine: parameterised notebooks in, numbered appendices out. It knows no subject."""

__version__ = "0.1.0"
