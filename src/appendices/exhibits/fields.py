"""What an exhibit says and how it looks beside its reference: texts, sources, symbols, drawings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Entry = Mapping[str, Any]  # of one exhibit in a manifest
FIELDS = {
    "number": "number", "kind": "kind", "notebook": "notebook", "headline": "headline",
    "subtitle": "subtitle", "note": "note", "alt": "alt text", "sources": "sources",
    "source_exhibit": "exhibit of the report", "basis": "basis", "sensitivity": "sensitivity",
    "policy": "policy", "symbols": "symbols", "table_sha256": "table as shown",
}  # fmt: skip
DRAWINGS = {"svg_sha256": "SVG", "png_sha256": "PNG"}
_AROUND = 40  # characters before the first difference of two texts


def changed_fields(now: Entry, before: Entry) -> list[str]:
    """Return what an exhibit says otherwise than its reference, each with both wordings."""
    return [
        words if key.endswith("sha256") else f"{words} {_beside(now[key], before[key])}"
        for key, words in FIELDS.items()
        if key in now and key in before and now[key] != before[key]  # earlier ones had fewer
    ]


def changed_drawings(now: Entry, before: Entry) -> list[str]:
    """Return which drawings of an exhibit have other bytes than the reference's."""
    return [words for key, words in DRAWINGS.items() if now.get(key) != before.get(key)]


def first_out_of_order(now: Sequence[Entry], before: Sequence[Entry]) -> tuple[str, str] | None:
    """Return the first exhibit that stands where another did, and that other; None for none."""
    ours, theirs = ([one["id"] for one in entries] for entries in (now, before))
    both = set(ours) & set(theirs)
    pairs = zip(
        (one for one in ours if one in both), (one for one in theirs if one in both), strict=True
    )
    return next(((here, there) for here, there in pairs if here != there), None)


def _beside(now: Any, before: Any) -> str:
    """Return two values from shortly before where they part."""
    new, old = (one if isinstance(one, str) else repr(one) for one in (now, before))
    same = next(
        (place for place, pair in enumerate(zip(new, old, strict=False)) if pair[0] != pair[1]),
        min(len(new), len(old)),
    )
    start = max(0, same - _AROUND)
    lead = "…" if start else ""
    said = [f"{lead}{text[start : same + _AROUND]}" for text in (new, old)]
    return f"“{said[0]}”, was “{said[1]}”"
