"""From executed notebook to report-ready page, and the index over a run."""
