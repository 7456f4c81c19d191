"""What "high" means: a cut on a published deprivation measure, and a whole at-risk definition."""

from __future__ import annotations

import re
from dataclasses import dataclass

from appendices.errors import UsageError, unknown

LSOAS = 32_844  # Lower layer Super Output Areas of England, 2011 boundaries
MEASURES = {
    "idaci": "Income Deprivation Affecting Children Index (IDACI)",
    "income": "Income Deprivation Domain",
    "imd": "Index of Multiple Deprivation",
}
_SHORT = {"idaci": "an IDACI", "income": "an income domain", "imd": "an IMD"}
POPULATION_YEARS = (2017, 2019, 2020)
YOUNGEST, OLDEST = 10, 18
_LIMITS = {"percentile": (0, 100), "decile": (1, 10), "rank": (1, LSOAS)}
_FORMS = f"percentile:P with P between 0 and 100, decile:1 to decile:10, or rank:1 to rank:{LSOAS}"


@dataclass(frozen=True)
class Cut:
    """Which neighbourhoods (LSOAs) are high on one measure of the Indices of Deprivation 2019.

    ``percentile``
        The published score is at or above its `value`-th percentile over all 32,844 LSOAs, each
        counted once. The percentile interpolates linearly between the two nearest scores
        (Hyndman and Fan 1996, type 7). Every LSOA tied with the cut is in, so more than
        100 - `value` per cent may be. Published scores have three decimals.
    ``decile``
        The published decile is `value` or less; decile 1 is the most deprived tenth.
    ``rank``
        The published rank is `value` or less; rank 1 is the most deprived. Some ranks are shared,
        so slightly more or fewer than `value` LSOAs may be in.
    """

    kind: str
    value: float

    def __post_init__(self) -> None:
        if self.kind not in _LIMITS:
            raise UsageError(f"{unknown('kind of cut', self.kind, _LIMITS)} Write {_FORMS}.")
        low, high = _LIMITS[self.kind]
        if self.kind == "percentile":
            allowed = low < self.value < high
        else:
            allowed = low <= self.value <= high and self.value == int(self.value)
        if not allowed:
            raise UsageError(f"the cut '{self}' is out of range. Write {_FORMS}.")

    @classmethod
    def parse(cls, text: str, option: str = "cut") -> Cut:
        """Return the cut written as ``kind:value``, for example ``percentile:90``.

        Raises
        ------
        UsageError
            When the kind is unknown or the value is out of range; `option` names the culprit.
        """
        kind, _, number = text.strip().casefold().partition(":")
        if not re.fullmatch(r"\d+(\.\d+)?", number):
            raise UsageError(f"{option} is {text!r}: expected {_FORMS}.")
        try:
            return cls(kind, float(number))
        except UsageError as error:
            raise UsageError(f"{option}: {error}") from None

    def __str__(self) -> str:
        """Return the cut as it is written on the command line."""
        return f"{self.kind}:{self.value:.10g}"

    @property
    def in_words(self) -> str:
        """The cut in words, to follow the name of the measure."""
        number = f"{self.value:,.10g}"
        if self.kind == "percentile":
            return f"score at or above percentile {number}"
        if self.kind == "rank":
            return f"rank 1 to {number}"
        return "decile 1" if self.value == 1 else f"deciles 1 to {number}"


PUBLISHED_CUT = Cut("percentile", 90)
STRICTER_CUT = Cut("percentile", 95)
# The percentiles that the derived table in the repository can answer, by the name of their flag.
TABULATED_CUTS = {"p90": PUBLISHED_CUT, "p95": STRICTER_CUT}


@dataclass(frozen=True)
class Definition:
    """One definition of the three groups. As it stands it is the published one.

    Group A lives where crime is high, group B where income deprivation is high, group C where both
    are. `local_authority` narrows the groups to one place; it changes no ranking.
    """

    crime_cut: Cut = PUBLISHED_CUT
    income_measure: str = "idaci"
    income_cut: Cut = PUBLISHED_CUT
    first_age: int = 11
    last_age: int = 17
    population_year: int = 2019
    local_authority: str | None = None

    def __post_init__(self) -> None:
        if self.income_measure not in MEASURES:
            raise unknown("income measure", self.income_measure, MEASURES)
        if not YOUNGEST <= self.first_age <= self.last_age <= OLDEST:
            raise UsageError(
                f"ages {self.ages} are out of range: expected FIRST-LAST within "
                f"{YOUNGEST}-{OLDEST}, for example 11-17."
            )
        if self.population_year not in POPULATION_YEARS:
            years = ", ".join(map(str, POPULATION_YEARS))
            raise UsageError(f"no population of {self.population_year}: expected one of {years}.")

    @classmethod
    def parse(
        cls,
        *,
        crime_cut: str = "percentile:90",
        income_measure: str = "idaci",
        income_cut: str = "percentile:90",
        ages: str = "11-17",
        population_year: int | str = 2019,
        local_authority: str | None = None,
    ) -> Definition:
        """Return the definition that the options say.

        Raises
        ------
        UsageError
            For an unknown measure, cut, age range or year; the message says what is allowed. The
            local authority is looked up later, against the table of authorities.
        """
        bounds = re.fullmatch(r"\s*(\d{1,2})\s*(?:-\s*(\d{1,2}))?\s*", ages)
        if bounds is None:
            raise UsageError(f"ages is {ages!r}: expected FIRST-LAST, for example 11-17.")
        year = str(population_year).strip()
        return cls(
            crime_cut=Cut.parse(crime_cut, "crime cut"),
            income_measure=income_measure.strip().casefold(),
            income_cut=Cut.parse(income_cut, "income cut"),
            first_age=int(bounds[1]),
            last_age=int(bounds[2] or bounds[1]),
            population_year=int(year) if re.fullmatch(r"\d{1,4}", year) else 0,
            local_authority=(local_authority or "").strip() or None,
        )

    @property
    def ages(self) -> str:
        """Return the age range as it is written on the command line."""
        return f"{self.first_age}-{self.last_age}"

    @property
    def in_words(self) -> str:
        """What is counted, in words, for the subtitle of an exhibit."""
        income = f"{_SHORT[self.income_measure]} {self.income_cut.in_words}"
        return (
            f"ages {self.ages.replace('-', ' to ')}, mid-{self.population_year}; high is a crime "
            f"{self.crime_cut.in_words} and {income}"
        )


PUBLISHED = Definition()


def check_cut(text: str) -> Cut:
    """Return the cut that a parameter says; see `Cut.parse`."""
    return Cut.parse(text)


def check_ages(text: str) -> Definition:
    """Return the published definition with the age range that a parameter says."""
    return Definition.parse(ages=text)
