"""Make data/raw/national/boundaries_lad2019.csv from the ONS boundaries of December 2019.

Usage: python scripts/build_boundaries.py LAD_BOUNDARIES.geojson

LAD_BOUNDARIES.geojson is "Local Authority Districts (December 2019) Boundaries UK BUC" (ultra
generalised, clipped to the coastline) from the ONS Open Geography Portal, in longitude and
latitude. Only England is kept. Coordinates are rounded to three decimals, about 100 metres, and
the sides between two junctions, where three areas or two and the sea meet, are simplified once for
both neighbours (Douglas and Peucker 1973), so that no gap opens between them. Each authority also
gets its centroid, area-weighted over its parts, from before the sides were simplified.
"""

from __future__ import annotations

import csv
import io
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = (
    Path(__file__).resolve().parents[1] / "data" / "raw" / "national" / "boundaries_lad2019.csv"
)
DECIMALS = 3
# In degrees of latitude. London is drawn larger, so its sides keep more corners.
TOLERANCE, LONDON_TOLERANCE = 0.012, 0.004
LONDON = "E09"
Corner = tuple[float, float]
Ring = list[Corner]


def round_ring(ring: Sequence[Sequence[float]]) -> Ring:
    """Return the ring with rounded corners, each written once in a row."""
    rounded: Ring = []
    for x, y, *_ in ring:
        corner = (round(x, DECIMALS), round(y, DECIMALS))
        if not rounded or corner != rounded[-1]:
            rounded.append(corner)
    return rounded


def area_and_centre(ring: Ring) -> tuple[float, float, float]:
    """Return the signed area of a closed ring and its centroid's moments (shoelace formula)."""
    area = x_moment = y_moment = 0.0
    for (x0, y0), (x1, y1) in pairwise(ring):
        cross = x0 * y1 - x1 * y0
        area += cross / 2
        x_moment += (x0 + x1) * cross / 6
        y_moment += (y0 + y1) * cross / 6
    return area, x_moment, y_moment


def polygons_of(source: dict[str, Any]) -> list[list[Ring]]:
    """Return the rounded polygons of a feature, each an outer ring and its holes."""
    shape = source["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    rounded = [[round_ring(ring) for ring in polygon] for polygon in polygons]
    # An islet smaller than the rounding is no polygon any more.
    return [[r for r in polygon if len(r) >= 4] for polygon in rounded if len(polygon[0]) >= 4]


def junctions(rings: Iterable[Ring]) -> set[Corner]:
    """Return the corners where sides of different areas part."""
    beside: defaultdict[Corner, set[Corner]] = defaultdict(set)
    for ring in rings:
        for start, end in pairwise(ring):
            beside[start].add(end)
            beside[end].add(start)
    return {corner for corner, others in beside.items() if len(others) != 2}


def distance(point: Corner, start: Corner, end: Corner) -> float:
    """Return how far `point` is from the side, in degrees of latitude."""
    narrow = math.cos(math.radians(point[1]))
    (px, py), (ax, ay), (bx, by) = ((x * narrow, y) for x, y in (point, start, end))
    length = (bx - ax) ** 2 + (by - ay) ** 2
    along = ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / length if length else 0.0
    along = min(1.0, max(0.0, along))
    return math.hypot(px - ax - along * (bx - ax), py - ay - along * (by - ay))


def simplify(line: Ring, tolerance: float) -> Ring:
    """Return the line with the corners that bend it by more than `tolerance`, ends kept."""
    if len(line) < 3:
        return line
    far, at = max((distance(p, line[0], line[-1]), i) for i, p in enumerate(line[1:-1], 1))
    if far <= tolerance:
        return [line[0], line[-1]]
    return simplify(line[: at + 1], tolerance)[:-1] + simplify(line[at:], tolerance)


def simplify_ring(ring: Ring, nodes: set[Corner], london: set[Corner]) -> Ring:
    """Return the ring simplified side by side; a side comes out the same from both its areas."""
    corners = ring[:-1]
    cuts = [i for i, corner in enumerate(corners) if corner in nodes]
    if len(cuts) < 2:
        # An island, or an area inside another: cut at two far corners, the same from both areas.
        first = corners.index(min(corners, key=lambda c: (c not in nodes, c)))
        far = max(corners, key=lambda c: (math.dist(c, corners[first]), c))
        cuts = sorted((first, corners.index(far)))
    turned = corners[cuts[0] :] + corners[: cuts[0]]
    places = [cut - cuts[0] for cut in cuts] + [len(turned)]
    turned.append(turned[0])
    simple: Ring = []
    for start, end in pairwise(places):
        side = turned[start : end + 1]
        backwards = side[::-1] < side
        tolerance = LONDON_TOLERANCE if london.issuperset(side) else TOLERANCE
        kept = simplify(side[::-1] if backwards else side, tolerance)
        simple += (kept[::-1] if backwards else kept)[:-1]
    return [*simple, simple[0]]


def as_wkt(polygons: list[list[Ring]]) -> str:
    """Return the polygons as well-known text."""
    written = [
        "(" + ", ".join("(" + ", ".join(f"{x:g} {y:g}" for x, y in r) + ")" for r in rings) + ")"
        for rings in polygons
    ]
    return f"MULTIPOLYGON ({', '.join(written)})"


def as_text(source: dict[str, Any]) -> str:
    """Return the boundaries of England as CSV, one authority a row."""
    england = [f for f in source["features"] if f["properties"]["lad19cd"].startswith("E")]
    shapes = {f["properties"]["lad19cd"]: polygons_of(f) for f in england}
    names = {f["properties"]["lad19cd"]: f["properties"]["lad19nm"] for f in england}
    rings = {code: [r for polygon in shapes[code] for r in polygon] for code in shapes}
    nodes = junctions(ring for parts in rings.values() for ring in parts)
    london = {c for code in rings if code.startswith(LONDON) for r in rings[code] for c in r}
    buffer = io.StringIO()
    table = csv.writer(buffer, lineterminator="\n")
    table.writerow(["code", "name", "longitude", "latitude", "geometry"])
    for code in sorted(shapes):
        sums = zip(*map(area_and_centre, rings[code]), strict=True)
        area, x_moment, y_moment = (sum(values) for values in sums)
        simple = [[simplify_ring(r, nodes, london) for r in part] for part in shapes[code]]
        # What is left of an islet may be a line: the larger parts stay.
        kept = [[r for r in part if len(r) >= 4] for part in simple if len(part[0]) >= 4]
        centre = (round(x_moment / area, DECIMALS), round(y_moment / area, DECIMALS))
        table.writerow([code, names[code], *centre, as_wkt(kept or shapes[code])])
    return buffer.getvalue()


def main(path: Path) -> None:
    """Read, simplify, write."""
    TARGET.write_text(
        as_text(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8", newline="\n"
    )
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
