"""Make data/raw/national/boundaries_lad2019.geojson from the ONS boundaries of December 2019.

Usage: python scripts/build_boundaries.py LAD_BOUNDARIES.geojson

LAD_BOUNDARIES.geojson is "Local Authority Districts (December 2019) Boundaries UK BUC" (ultra
generalised, clipped to the coastline) from the ONS Open Geography Portal, in longitude and
latitude. Only England is kept. Coordinates are rounded to three decimals, about 100 metres: the
same corner of two neighbours rounds to the same point, so no gap opens between them. Each
authority also gets its centroid, area-weighted over its parts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

TARGET = (
    Path(__file__).resolve().parents[1] / "data" / "raw" / "national" / "boundaries_lad2019.geojson"
)
DECIMALS = 3
ATTRIBUTION = (
    "Source: Office for National Statistics licensed under the Open Government Licence v.3.0. "
    "Contains OS data © Crown copyright and database right 2019."
)
Ring = list[list[float]]


def round_ring(ring: Sequence[Sequence[float]]) -> Ring:
    """Return the ring with rounded corners, each written once in a row."""
    rounded: Ring = []
    for x, y, *_ in ring:
        corner = [round(x, DECIMALS), round(y, DECIMALS)]
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


def feature(source: dict[str, Any]) -> dict[str, Any]:
    """Return one authority: code, name, centroid, rounded polygons."""
    shape = source["geometry"]
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    rounded = [[round_ring(ring) for ring in polygon] for polygon in polygons]
    # An islet smaller than the rounding is no polygon any more.
    kept = [[r for r in polygon if len(r) >= 4] for polygon in rounded if len(polygon[0]) >= 4]
    sums = [area_and_centre(ring) for polygon in kept for ring in polygon]
    area, x_moment, y_moment = (sum(values) for values in zip(*sums, strict=True))
    properties = source["properties"]
    return {
        "type": "Feature",
        "properties": {
            "code": properties["lad19cd"],
            "name": properties["lad19nm"],
            "longitude": round(x_moment / area, DECIMALS),
            "latitude": round(y_moment / area, DECIMALS),
        },
        "geometry": {"type": "MultiPolygon", "coordinates": kept},
    }


def as_text(source: dict[str, Any]) -> str:
    """Return the boundaries of England as GeoJSON, one authority a line."""
    england = [f for f in source["features"] if f["properties"]["lad19cd"].startswith("E")]
    features = sorted(map(feature, england), key=lambda one: str(one["properties"]["code"]))
    lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features]
    head = {"type": "FeatureCollection", "name": "boundaries_lad2019", "attribution": ATTRIBUTION}
    start = json.dumps(head, ensure_ascii=False).removesuffix("}")
    return start + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"


def main(path: Path) -> None:
    """Read, simplify, write."""
    TARGET.write_text(as_text(json.loads(path.read_text(encoding="utf-8"))), encoding="utf-8")
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
