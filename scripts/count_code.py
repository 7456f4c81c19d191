"""Print how many lines of code each part of the project has, and what is longer than it should be.

Counted are lines that hold code: no blank lines, comments, docstrings or imports. ``make lint``
runs it, and what is longer than a module or a function should be is named.
"""

from __future__ import annotations

import ast
import io
import json
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULE_LIMIT, FUNCTION_LIMIT = 300, 50
BESIDE = (
    "*.html",
    "*.jinja",
    "*.j2",
    "*.js",
    "*.css",
    "*.yml",
)  # templates, scripts of pages, rules
NO_CODE = (
    tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.COMMENT,
)  # fmt: skip


def code_lines(source: str) -> set[int]:
    """Return the numbers of the lines of `source` that hold code.

    >>> code_lines("x = 1  # a comment beside it")
    {1}
    """
    uncounted: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            uncounted |= _lines_of(node)
        elif isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                uncounted |= _lines_of(first)
    counted: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            counted |= set(range(token.start[0], token.end[0] + 1))
    return counted - uncounted


def long_functions(source: str) -> Iterator[tuple[str, int]]:
    """Yield the name and length of each function longer than FUNCTION_LIMIT."""
    counted = code_lines(source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = len(counted & _lines_of(node))
            if length > FUNCTION_LIMIT:
                yield node.name, length


def notebook_lines(path: Path) -> int:
    """Return the lines of code of a notebook: no blank lines, no comments."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    source = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    lines = [line.strip() for line in source.split("\n")]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def _lines_of(node: ast.stmt) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def main() -> None:
    """Print the table, then the modules and functions that are too long."""
    packages: Counter[str] = Counter()
    too_long = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT / "src")
        length = len(code_lines(source))
        packages["/".join(name.parts[:2]) if len(name.parts) > 2 else name.parts[0]] += length
        if length > MODULE_LIMIT:
            too_long.append(f"module {name}: {length} lines, at most {MODULE_LIMIT}")
        too_long += [
            f"function {function} in {name}: {lines} lines, at most {FUNCTION_LIMIT}"
            for function, lines in long_functions(source)
        ]
    for package, lines in packages.most_common():
        print(f"{lines:7,}  src/{package}")
    print(f"{packages.total():7,}  src in all")
    for folder in ("scripts", "benchmarks", "tests"):
        paths = (ROOT / folder).rglob("*.py")
        print(f"{sum(len(code_lines(p.read_text(encoding='utf-8'))) for p in paths):7,}  {folder}")
    print(f"{sum(map(notebook_lines, (ROOT / 'notebooks').glob('*.ipynb'))):7,}  notebooks")
    templates = [p for pattern in BESIDE for p in (ROOT / "src").rglob(pattern)]
    beside = sum(len(p.read_text(encoding="utf-8").splitlines()) for p in templates)
    print(f"{beside:7,}  templates, page scripts and rules in src (all lines)")
    print(*too_long, sep="\n")


if __name__ == "__main__":
    main()
