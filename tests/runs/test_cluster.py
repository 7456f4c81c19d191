"""A sweep on a cluster where Dask is not installed."""

from __future__ import annotations

import sys

import pytest

from appendices.errors import MissingToolError
from appendices.runs.cluster import on_cluster


def test_a_sweep_on_a_cluster_without_dask_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(MissingToolError, match=r"pip install -e '\.\[cluster\]'"), on_cluster("2"):
        pass
