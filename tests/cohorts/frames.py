"""The shown counts of people who need no protection, as the measures take them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from youthviolence import cohorts as stats


def tabulate(*given: Any, **options: Any) -> pd.DataFrame:
    return stats.tabulate(*given, **options).frame


def tabulate_combinations(*given: Any, **options: Any) -> pd.DataFrame:
    return stats.tabulate_combinations(*given, **options).frame


def tabulate_pairs(*given: Any, **options: Any) -> pd.DataFrame:
    return stats.tabulate_pairs(*given, **options).frame
