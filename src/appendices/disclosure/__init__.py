"""Protect a table before anything is drawn or derived from it."""
