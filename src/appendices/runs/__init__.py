"""Run the notebooks: parameters, what must run, warm kernels, and what a run leaves behind."""

import sys

# jupyterlab installs `rfc3987-syntax`; `jsonschema` imports it where it is there, which builds a
# grammar for more than a second in every process that touches a notebook, for a check no
# notebook's schema asks for. Named as absent, jsonschema goes on without it.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
