"""A drawing in fewer bytes: what no eye can see is left out, so that a page of many stays small."""

from __future__ import annotations

import re

_LONG_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_LONG_PATH = 200  # characters: a boundary on a map, not a bar
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_BETWEEN_TAGS = re.compile(r">\s+<")
_PLACES = re.compile(r'(?<= [dxy]=")[^"]*|(?<= transform="translate\()[^)]*')
_GLYPH = re.compile(r'(?<=["#])DejaVuSans-(Bold-)?(?=[0-9a-f]+")')  # the name of each letter
_LETTER = re.compile(r'(?<=") transform="translate\(([-\d.]+) 0\)"/>')  # where a letter stands
_ID = re.compile(r'(?<= id=")[a-z][0-9a-f]{10}(?=")')  # a clip path, a marker or a hatch
_STYLE = re.compile(r'(?<= style=")[^"]*')
_AROUND_COMMAND = re.compile(r"\s*([A-Za-z])\s*")
_SPACE = re.compile(r"\s+")


def lean_svg(svg: str, exhibit_id: str) -> str:
    """Return a drawing of matplotlib's with coordinates to a hundredth of a point.

    Those of long paths are to a tenth, a thirtieth of a millimetre. Comments and the space between
    elements go too; what is drawn looks the same. Matplotlib makes ids of numbers whose last digits
    differ from run to run; here they are the exhibit's, counted.
    """
    svg = _BETWEEN_TAGS.sub("><", _COMMENT.sub("", svg))
    svg = _PLACES.sub(_shorter, svg)
    for number, name in enumerate(dict.fromkeys(_ID.findall(svg))):
        svg = svg.replace(name, f"{exhibit_id}-{number}")
    svg = _LETTER.sub(r' x="\1"/>', svg)
    svg = _GLYPH.sub(lambda found: "b" if found[1] else "g", svg)
    return _STYLE.sub(lambda found: found[0].replace(": ", ":").replace("; ", ";"), svg)


def _shorter(found: re.Match[str]) -> str:
    digits = 1 if len(found[0]) > _LONG_PATH else 2
    rounded = _LONG_NUMBER.sub(lambda number: _rounded(number[0], digits), found[0])
    return _SPACE.sub(" ", _AROUND_COMMAND.sub(r"\1", rounded)).strip()


def _rounded(number: str, digits: int) -> str:
    text = f"{float(number):.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
