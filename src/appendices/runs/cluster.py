"""The processes of a Dask cluster as a workforce: on this machine or on others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from appendices.errors import MissingToolError, UsageError
from appendices.project import scratch_folder
from appendices.runs.workforce import Workforce


def is_local(cluster: str) -> bool:
    """Return whether a cluster is a number of processes here, or else a scheduler's address."""
    local = cluster.isdecimal() and int(cluster) > 0
    if not local and "://" not in cluster:
        raise UsageError(
            f"--cluster {cluster!r}: expected tcp://HOST:PORT of a Dask scheduler, or a number of "
            "processes from 1."
        )
    return local


@contextmanager
def on_cluster(cluster: str) -> Iterator[Workforce]:
    """Provide a Dask scheduler's workers, or so many processes on this machine.

    Raises
    ------
    MissingToolError
        When Dask is not installed, or no scheduler answers.
    """
    local = is_local(cluster)
    try:
        import dask  # noqa: PLC0415 - only a sweep on a cluster needs it
        from distributed import Client, LocalCluster  # noqa: PLC0415
    except ImportError:
        raise MissingToolError(
            "a sweep on a cluster needs Dask, which is not installed. In the project's folder: "
            "`.venv/bin/python -m pip install -e '.[cluster]'`. Without --cluster the sweep runs "
            "on this machine."
        ) from None

    # A worker starts kernels: it must be a process that may have children.
    settings = {"distributed.worker.daemon": False, "temporary-directory": str(scratch_folder())}
    with dask.config.set(settings):
        workers: Any = (
            LocalCluster(
                n_workers=int(cluster),
                threads_per_worker=1,
                dashboard_address=None,
            )
            if local
            else cluster
        )
        try:
            client = Client(workers)
        except OSError:
            raise MissingToolError(
                f"no Dask scheduler answers at {cluster}. Start one with "
                "`dask scheduler`, or give a number of processes, such as --cluster 4."
            ) from None
        try:
            # A worker that dies in the middle of a cell: another does the cell again.
            executor = client.get_executor(retries=2, pure=False)
            yield Workforce(executor, client.close)
        finally:
            client.close()
            if local:
                workers.close()
