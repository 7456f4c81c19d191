import io
import json
import runpy
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure

from appendices.exhibits import theme
from youthviolence.national.at_risk import at_risk, at_risk_table
from youthviolence.national.choropleth import (
    choropleth,
    map_frame,
    outline,
    project,
    rings_from_wkt,
)
from youthviolence.national.cuts import PUBLISHED

ROOT = Path(__file__).resolve().parents[2]
NATIONAL = ROOT / "data/raw/national"
SOURCE = ROOT.parent / "shared/data/geo/lad19_england_buc.geojson"
AUTHORITIES = pd.read_csv(NATIONAL / "local_authorities.csv")
BOUNDARIES = pd.read_csv(NATIONAL / "boundaries_lad2019.csv")


@pytest.fixture(scope="module")
def result():
    table = at_risk_table(pd.read_csv(NATIONAL / "at_risk_counts.csv.gz"), AUTHORITIES)
    return at_risk(PUBLISHED, table)


@pytest.fixture(scope="module")
def partly_unknown(result):
    known = result.by_authority[result.by_authority["name"] != "Cornwall"]
    return replace(result, by_authority=known)


def drawn(frame, **options):
    with mpl.rc_context(theme.RC):
        figure = Figure(figsize=(7, 6.6), layout="constrained")
        choropleth(BOUNDARIES, legend_title="Group C", value="count", **options).draw(figure, frame)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=40, metadata={"Software": None})
    return figure, buffer.getvalue()


def test_the_boundaries_are_the_authorities_of_2019_and_small():
    assert BOUNDARIES["code"].tolist() == sorted(AUTHORITIES["code"])
    assert (NATIONAL / "boundaries_lad2019.csv").stat().st_size < 200_000


@pytest.mark.skipif(not SOURCE.is_file(), reason="the ONS boundaries are not beside the project")
def test_the_committed_boundaries_are_what_the_script_makes():
    script = runpy.run_path(str(ROOT / "scripts/build_boundaries.py"))
    made = script["as_text"](json.loads(SOURCE.read_text(encoding="utf-8")))
    assert made == (NATIONAL / "boundaries_lad2019.csv").read_text(encoding="utf-8")


def test_each_centroid_lies_within_its_authoritys_extent():
    rings = rings_from_wkt(BOUNDARIES)
    for area in BOUNDARIES.to_dict("records"):
        corners = np.concatenate(rings[area["code"]])
        at = np.array(project(area["longitude"], area["latitude"]))
        assert (corners.min(axis=0) <= at).all()
        assert (at <= corners.max(axis=0)).all()


def test_neighbours_share_their_sides_so_that_only_the_outline_is_left():
    square = {
        name: [np.array([[x, 0.0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]])]
        for name, x in (("west", 0.0), ("east", 1.0))
    }
    (line,) = outline(square)
    assert len(line) == 7
    assert {tuple(corner) for corner in line} == {(0, 0), (1, 0), (2, 0), (2, 1), (1, 1), (0, 1)}
    england = outline(rings_from_wkt(BOUNDARIES))
    longest = max(england, key=len)
    assert (longest[0] == longest[-1]).all()
    # Berwick to Land's End: the mainland is one line, and no side within it is left over.
    assert longest[:, 1].max() > 55.7
    assert longest[:, 1].min() < 50.1


def test_zero_is_a_class_of_its_own_and_unknown_is_another(partly_unknown):
    frame = map_frame(partly_unknown, BOUNDARIES).set_index("name")
    assert len(frame) == 317
    assert frame.loc["Cornwall", "class_label"] == "Unknown"
    assert frame.loc["Cornwall", ["count", "share", "rank"]].isna().all()
    none = frame[frame["class_label"] == "None"]
    assert len(none) == 173
    assert (none["count"] == 0).all()


def test_every_count_and_share_lies_in_the_class_its_label_says(result):
    frame = map_frame(result, BOUNDARIES)
    some = frame[frame["count"] > 0]
    assert frame["count"].sum() == 213_403
    for label, part in some.groupby("class_label", observed=True):
        low, *high = (int(word) for word in label.replace(",", "").split() if word.isdigit())
        assert (part["count"] >= low).all()
        assert (part["count"] <= (high or [10**9])[0]).all()
        assert 30 < len(part) < 40
    shares = map_frame(result, BOUNDARIES, by="share")
    sizes = shares["class_label"].value_counts(sort=False)
    assert sizes.index[0:3].tolist()[:2] == ["Unknown", "None"]
    assert sizes.index[2].startswith("under ")
    assert sizes.index[-1].endswith(" or more")
    most = shares[shares["class_label"] == sizes.index[-1]]
    assert most["share"].min() >= shares.loc[shares["class_label"] < sizes.index[-1], "share"].max()


def test_the_rows_stand_in_order_of_rank(result):
    by_count = map_frame(result, BOUNDARIES)
    assert by_count["name"].head(3).tolist() == ["Manchester", "Leeds", "Bradford"]
    by_share = map_frame(result, BOUNDARIES, by="share")
    assert by_share["name"].head(3).tolist() == [
        "Middlesbrough", "Manchester", "North East Lincolnshire",
    ]  # fmt: skip


def test_the_map_draws_each_authority_once_and_london_again(partly_unknown):
    figure, _ = drawn(map_frame(partly_unknown, BOUNDARIES))
    (axes,) = figure.axes
    (inset,) = axes.child_axes
    areas = [one for one in axes.collections if isinstance(one, PatchCollection)]
    assert sum(len(one.get_paths()) for one in areas) == 317
    assert [len(one.get_paths()) for one in areas if one.get_hatch()] == [1]
    again = [one for one in inset.collections if isinstance(one, PatchCollection)]
    assert 33 <= sum(len(one.get_paths()) for one in again) < 80
    assert inset.get_title("left") == "London"
    texts = [text.get_text() for text in axes.get_legend().get_texts()]
    assert texts[-2:] == ["None (173)", "Unknown (1)"]
    colours = {patch.get_facecolor() for patch in axes.get_legend().get_patches()}
    assert len(colours) == len(texts)


def test_the_same_table_draws_the_same_bytes_and_a_highlight_others(result):
    frame = map_frame(result, BOUNDARIES)
    plain = drawn(frame)[1]
    assert plain == drawn(frame)[1]
    assert plain != drawn(frame, highlight=["E06000002"])[1]


def test_the_map_says_in_words_what_it_shows(result):
    chart = choropleth(BOUNDARIES, legend_title="Group C", value="count", numbered=3)
    words = chart.describe(map_frame(result, BOUNDARIES))
    assert "None: 174 areas" in words
    assert words.endswith("Highest: Manchester 15,302; Leeds 13,215; Bradford 9,150.")


def test_a_county_is_outlined_as_its_districts_and_named_once(result):
    frame = map_frame(result, BOUNDARIES)
    kent = AUTHORITIES.loc[AUTHORITIES["county"] == "Kent", "code"].tolist()
    figure, _ = drawn(frame, highlight=kent, called="Kent")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts.count("Kent") == 1
    assert "Thanet" not in texts
