"""The national notebook with only some of its exhibits, in a project of its own: quick to run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAME = "01_national_context"


def keep_cells(project: Path, *exhibits: str) -> None:
    """Keep the title, the cells that import, declare and load, and those of `exhibits`."""
    path = project / "notebooks" / f"{NAME}.ipynb"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": "# National context"}
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    wanted = [f'"{name}"' for name in exhibits]
    kept = [cell for cell in code[3:] if any(name in "".join(cell["source"]) for name in wanted)]
    content["cells"] = [title, *code[:3], *kept]
    path.write_text(json.dumps(content), encoding="utf-8")
