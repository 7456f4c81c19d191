"""From observation tables to what an exhibit shows: one tidy frame, ready to draw.

Which observations make which line is data (``exhibit_lines``), not code: a row names the table,
the values its columns must have, and the label of the line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from appendices.errors import UsageError, unknown
from appendices.numbers import write_number
from youthviolence.national.observations import (
    BREAK,
    COLUMNS,
    LOWER_BOUND,
    MEASURED,
    period_year,
    require_columns,
)

Observation = Mapping[Any, Any]
FILTERS = ("series", "geography", "age_band", "breakdown")
DISPLAY = (
    "source_exhibit", "panel", "label", "period", "year", "value", "unit", "status", "low", "high",
    "source_id", "note",
)  # fmt: skip


def tables_for(lines: pd.DataFrame, exhibit: str) -> list[str]:
    """Return the names of the observation tables that `exhibit` is drawn from, sorted."""
    return sorted(_lines_of(lines, exhibit)["table"].astype("str").unique())


def series_frame(
    lines: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    exhibit: str,
    panel: str | None = None,
) -> pd.DataFrame:
    """Return the observations that `exhibit` shows, in the order of its lines.

    Suits a line chart: x `period` (or `year`, for gaps to show), y `value`, by `label`, `status`
    for the marks, `low` and `high` where part of a value is suppressed; one chart a `panel`.
    Printed percentage changes (unit "percent change") suit horizontal bars of `value` by `label`.

    Parameters
    ----------
    lines
        The table ``exhibit_lines``: which observations make which line.
    tables
        Observation tables by name; at least those of `tables_for`.
    exhibit
        A number such as ``F06``.
    panel
        Only this part of the exhibit; all parts when not given.

    Returns
    -------
    One row an observation, in the order of the lines and then of time: `source_exhibit`, `panel`,
    `label`, `period`, `year` (in which the period ends), `value`, `unit`, `status`, `low`, `high`,
    `source_id`, `note`. A line without observations has no row.

    Raises
    ------
    UsageError
        When the exhibit, panel or a needed table is unknown.
    DataError
        When a table lacks a column or has a malformed period.
    """
    chosen = _lines_of(lines, exhibit)
    if panel is not None:
        panels = chosen["panel"].astype("str")
        if panel not in set(panels):
            raise unknown(f"panel of {exhibit}", panel, set(panels))
        chosen = chosen[panels == panel]
    needed = {name: tables[name] for name in chosen["table"].astype("str") if name in tables}
    observations = as_observations(needed)
    rows = [row for line in chosen.to_dict("records") for row in line_rows(line, observations)]
    return pd.DataFrame(rows, columns=list(DISPLAY)).astype({"value": "float64", "year": "int64"})


def as_observations(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Observation]]:
    """Return each table as a list of its rows, as `line_rows` takes them.

    Raises
    ------
    DataError
        When a table lacks a column of an observation table.
    """
    for name, table in tables.items():
        require_columns(table, COLUMNS, name)
    return {name: list(table.to_dict("records")) for name, table in tables.items()}


def line_rows(
    line: Observation, observations: Mapping[str, list[Observation]]
) -> list[Observation]:
    """Return the observations of one row of ``exhibit_lines``, with the columns of `series_frame`.

    An empty filter takes every value. Statuses not named are the measured ones. Where sources are
    named only those are taken, and of several observations of a period that of the first source.
    Plain rows rather than frames: with hundreds of short lines that is ten times faster.
    """
    name = str(line["table"])
    if name not in observations:
        raise UsageError(
            f"exhibit {line['source_exhibit']} needs the table {name!r}: load it first."
        )
    wanted = {column: listed(line[column]) for column in FILTERS}
    wanted["status"] = listed(line["statuses"]) or list(MEASURED)
    wanted["source_id"] = listed(line["sources"])
    asked = [(column, set(values)) for column, values in wanted.items() if values]
    rank = {source: place for place, source in enumerate(wanted["source_id"])}
    found = [row for row in observations[name] if all(row[key] in values for key, values in asked)]
    ordered = sorted((_display(line, row, rank) for row in found), key=lambda row: row["order"])
    if rank:
        first_of_year = {(row["label"], row["year"]): row for row in reversed(ordered)}
        ordered = [row for row in ordered if first_of_year[row["label"], row["year"]] is row]
    return ordered


def _display(line: Observation, row: Observation, rank: Mapping[str, int]) -> Observation:
    age, year = str(row["age_band"]), period_year(str(row["period"]))
    label = str(line["label"]).format(age_band=age_words(age), breakdown=row["breakdown"])
    start = re.match(r"\d+", age)
    return {
        **{name: str(row[name]) for name in ("period", "unit", "status", "source_id")},
        "source_exhibit": str(line["source_exhibit"]),
        "panel": str(line["panel"]),
        "label": label,
        "year": year,
        "value": row["value"],
        "low": row["value"] if pd.isna(low := row.get("value_low")) else low,
        "high": row["value"] if pd.isna(high := row.get("value_high")) else high,
        "note": "" if pd.isna(row["note"]) else str(row["note"]),
        "order": (
            int(start[0]) if start else 999, label, year, rank.get(row["source_id"], 0),
            row["source_id"],
        ),
    }  # fmt: skip


def value_at(frame: pd.DataFrame, label: str, period: str) -> float:
    """Return the value of one line of a display frame in one period, as a headline says it.

    Raises
    ------
    UsageError
        When the line or the period is unknown, or the frame holds more than one such value.
    """
    line = frame[frame["label"] == label]
    if line.empty:
        raise unknown("line", label, set(frame["label"]))
    values = line.loc[line["period"] == period, "value"]
    if len(values) != 1:
        found = f"{len(values)} values of {label!r}"
        raise UsageError(f"{found} in {period}: expected one.")
    return float(values.iloc[0])


def change_of(frame: pd.DataFrame, label: str, first: str, last: str) -> float:
    """Return by how many percent a line is higher in period `last` than in `first`."""
    return 100 * (value_at(frame, label, last) / value_at(frame, label, first) - 1)


def add_lines(frame: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the lines of a display frame added up into fewer, such as wider age bands.

    Parameters
    ----------
    frame
        As `series_frame` returns it, one panel of numbers.
    groups
        The new labels, each with the labels of the lines that are summed. A period in which one
        of them has no value is left out.

    Raises
    ------
    UsageError
        When a label is no line of `frame`.
    """
    labels = list(dict.fromkeys(frame["label"]))
    sums = []
    for name, parts in groups.items():
        for part in parts:
            if part not in labels:
                raise unknown("line", part, labels)
        chosen = frame[frame["label"].isin(list(parts))]
        whole = chosen.groupby("year")["value"].transform("count") == len(parts)
        first = chosen[whole].groupby("year", as_index=False).first().assign(label=name)
        for column in ("value", "low", "high"):
            first[column] = chosen[whole].groupby("year")[column].sum().to_numpy()
        # A sum is as firm as its least firm part.
        for status in (BREAK, LOWER_BOUND):
            years = chosen.loc[chosen["status"] == status, "year"]
            first["status"] = first["status"].mask(first["year"].isin(years), status)
        sums.append(first)
    return pd.concat(sums, ignore_index=True)[list(DISPLAY)]


def context_frame(context: pd.DataFrame, exhibit: str) -> pd.DataFrame:
    """Return the literature figures of `exhibit`, in order, from the table ``context_figures``.

    Suits a table: `topic`, `statement`, `value` with `unit`, `period`, `citation`, `basis`, and
    `figure`: value and unit as one text, empty for a statement without a number.
    """
    require_columns(context, ("source_exhibit", "position"), "context_figures")
    exhibits = context["source_exhibit"].astype("str")
    if exhibit not in set(exhibits):
        raise unknown("exhibit with literature figures", exhibit, set(exhibits))
    chosen = context[exhibits == exhibit].sort_values("position", ignore_index=True)
    chosen["figure"] = [
        "" if pd.isna(value) else _figure_text(value, unit)
        for value, unit in zip(chosen["value"], chosen["unit"], strict=True)
    ]
    return chosen.drop(columns="position")


def _figure_text(value: float, unit: str) -> str:
    """Return a figure as text; a count worked out from a rounded share is no whole number."""
    if unit == "number":
        text = write_number(value, ",.0f")
        return text if float(value).is_integer() else f"about {text}"
    return f"{write_number(value, ',.6g')} {unit}".replace(" percent", "%", 1)


def age_words(band: str) -> str:
    """Return an age band in words: ``0-24`` is "24 and under", ``16-17`` is "16 to 17"."""
    match = re.fullmatch(r"(\d+)-(\d+)", band)
    if match is None:
        return band
    return f"{match[2]} and under" if match[1] == "0" else f"{match[1]} to {match[2]}"


def _lines_of(lines: pd.DataFrame, exhibit: str) -> pd.DataFrame:
    require_columns(
        lines, ("source_exhibit", "position", "panel", "label", "table"), "exhibit_lines"
    )
    exhibits = lines["source_exhibit"].astype("str")
    if exhibit not in set(exhibits):
        raise unknown("exhibit", exhibit, set(exhibits))
    return lines[exhibits == exhibit].sort_values("position")


def listed(cell: Any) -> list[str]:
    """Return the texts that a cell holds, separated by semicolons."""
    return [] if pd.isna(cell) or cell == "" else str(cell).split(";")
