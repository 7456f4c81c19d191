"""What the front page says of the data is so."""

from __future__ import annotations

import pandas as pd

from appendices.types import BASIS_MEANS
from tests.conftest import ROOT

README = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
NATIONAL = ROOT / "data" / "raw" / "national"


def test_more_than_half_of_the_sources_are_second_hand_as_it_says() -> None:
    second_hand = pd.read_csv(NATIONAL / "sources.csv")["second_hand"]
    assert second_hand.mean() > 0.5
    assert "More than half of their sources are second hand" in README


def test_it_does_not_promise_exhibits_that_cannot_be_made_again() -> None:
    drawn = set(pd.read_csv(NATIONAL / "national_exhibits.csv")["drawn_from"])
    assert len(drawn) > 1
    assert "every chart" not in README
    assert "a table of those that cannot" in README


def test_the_four_words_mean_what_the_pages_say() -> None:
    for word, meaning in BASIS_MEANS.items():
        assert f"| {word} | {meaning} |" in README
