"""The door: a notebook's data come in here, and its exhibits go out here, nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import display

from youthviolence.cohort.behind import follow
from youthviolence.cohort.profiles import no_base_below
from youthviolence.disclosure.merge import merged
from youthviolence.disclosure.policy import WITHHELD_VARIABLE, find_policy, least_base
from youthviolence.disclosure.protect import (
    SUPPRESSED,
    Protected,
    Shielded,
    protect,
    read_also,
    unshield,
)
from youthviolence.disclosure.relations import Relations
from youthviolence.errors import DisclosureError, UsageError, unknown
from youthviolence.exhibits.charts.base import Chart
from youthviolence.exhibits.draw import draw
from youthviolence.exhibits.exhibit import (
    BASIS_COLUMN,
    MIME,
    Exhibit,
    Kind,
    basis_cell,
    basis_line,
    require_text,
)
from youthviolence.exhibits.marks import (
    SMALL_BASE,
    listed,
    meanings,
    missing_marks,
    rounded_columns,
)
from youthviolence.exhibits.tables import Column, columns_of, say_synthetic, table_html
from youthviolence.exhibits.text import Cells, cells_of, fill, hide_numbers, says_nothing
from youthviolence.exhibits.unrecorded import leave_out_unrecorded, unrecorded_columns
from youthviolence.exhibits.withheld import notice, withhold
from youthviolence.numbers import write_number
from youthviolence.parameters import declared_parameters, resolve_parameters
from youthviolence.project import project_root
from youthviolence.sources.catalogue import Resource, describe, find_resource
from youthviolence.sources.load import load_resource
from youthviolence.sources.own import PERSON, complete, find_data_set
from youthviolence.trace import note_loaded
from youthviolence.types import Basis, Sensitivity

Derive = Callable[[pd.DataFrame], pd.DataFrame]
_FEW = 3  # columns of a table about people that is no cohort
_LEVELS = get_args(Sensitivity)  # from the least to the most protected


class Appendix:
    """One notebook's way in for data and way out for exhibits.

    Parameters
    ----------
    notebook
        The notebook's name without ending: ``"02_victim_cohort"``. Its leading number numbers the
        exhibits.
    scope
        The notebook's ``globals()``: every declared parameter is checked here, so that a wrong
        value stops the notebook however it is run.
    root
        The project's folder, found when not given.
    """

    def __init__(
        self, notebook: str, scope: Mapping[str, Any] | None = None, root: Path | None = None
    ) -> None:
        self.notebook = notebook
        self.root = root or project_root()
        self._loaded: dict[str, Resource] = {}
        self._numbers: dict[str, str] = {}
        self._unrecorded: dict[str, tuple[str, ...]] = {}
        self._relations = Relations()
        self._also = read_also(os.environ.get(WITHHELD_VARIABLE))
        self.policy = find_policy("release")
        if scope is not None:
            self._check_parameters(scope)

    def _check_parameters(self, scope: Mapping[str, Any]) -> None:
        path = self.root / "notebooks" / f"{self.notebook}.ipynb"
        declared = declared_parameters(path)
        given = {name: scope[name] for name in declared if name in scope}
        for name in _injected_names(scope):
            if name not in declared:
                raise UsageError(f"{self.notebook}: {unknown('parameter', name, declared)}")
        values = resolve_parameters(declared, given, self.notebook)
        if "policy" in values:
            self.policy = find_policy(str(values["policy"]))

    def load(self, name: str, instead: str = "") -> pd.DataFrame:
        """Return the data set `name` of ``data/raw``, valid and typed; see `sources.load`.

        `instead` names a data set with the same columns that takes its place, or the folder of a
        cohort of one's own, in the place of the cohort that the notebook was written for.
        """
        resources = describe(self.root)
        resource = find_data_set(self.root, instead or name)
        resource = complete(resource, find_resource(resources, name))
        note_loaded(instead or name)
        self._loaded[instead or name] = resource
        frame = load_resource(resource, self.root)
        if resource.mapping is not None:
            self._unrecorded[instead or name] = tuple(unrecorded_columns(frame))
        if resource.sensitivity != "confidential" or self.policy.show_records:
            return frame
        recorded, frame = frame, merged(frame, resource.fields, self.policy)
        names = [one.name for one in resource.fields]
        is_cohort = names[0] == PERSON and len(names) > _FEW
        return follow(frame, resource.name, names[1:], recorded) if is_cohort else frame

    def load_optional(self, name: str) -> pd.DataFrame | None:
        """Return the data set `name`, or None where its file has not been supplied.

        Only a data set described as optional may be absent.
        """
        resource = find_resource(describe(self.root), name)
        if resource.optional and not resource.path.is_file():
            note_loaded(name)  # that it is absent is a state as well
            return None
        return self.load(name)

    def title_of(self, name: str) -> str:
        """Return the title of a loaded data set, for texts about a cohort that was chosen."""
        title = find_resource(self._loaded, name).title
        return title.replace("{", "{{").replace("}", "}}")  # braces in a text are no placeholders

    def unrecorded(self, name: str) -> tuple[str, ...]:
        """Return the attributes that a cohort of one's own does not record."""
        return self._unrecorded.get(name, ())

    def basis_of(self, *names: str) -> Basis:
        """Return the basis of what is made of these loaded data sets: the least firm of theirs.

        For exhibits of a cohort that was chosen; one that declares no basis is observed.
        """
        found: list[Basis] = [
            find_resource(self._loaded, name).basis or "observed" for name in names
        ]
        return max(found, key=get_args(Basis).index)

    @leave_out_unrecorded
    def show(
        self,
        exhibit_id: str,
        *,
        data: pd.DataFrame | Shielded,
        headline: str,
        subtitle: str,
        sources: Sequence[str],
        basis: Basis,
        chart: Chart | None = None,
        alt: str = "",
        note: str = "",
        source_exhibit: str | None = None,
        counts: Sequence[str] = (),
        derive: Derive | None = None,
        key: str | None = None,
        columns: Mapping[str, str | Column] | None = None,
    ) -> None:
        """Show a numbered exhibit: a figure when a chart is given, else a table.

        Parameters
        ----------
        exhibit_id
            A short name, unique in the compendium; it names the files.
        data
            One tidy table; the exhibit is made from it and nothing else. For confidential data it
            must be a table of counts, or one that `disclosure` made safe by another rule, which
            the note then says; else the exhibit says that it is withheld, and why.
        headline, subtitle
            What the exhibit shows; its measure, population and period. Numbers are taken from the
            shown table as ``{column[key]}``.
        sources
            The data sets it comes from, by name; each must have been loaded.
        basis
            Where its numbers come from: observed, calibrated, derived or assumed.
        chart
            What draws the table; see `exhibits.charts`.
        alt
            For a figure: what a reader who cannot see it should know first. The main numbers are
            added from the table.
        note
            What a reader must know to read it right.
        source_exhibit
            The chart or table of the source report that it does again, such as ``"F06"``.
        counts, derive
            The columns that count people, which the policy protects; and the function that
            computes everything else from the protected counts.
        key
            The column whose values name the rows in texts.
        columns
            Titles and formats of the columns in the table, in order.

        Raises
        ------
        UsageError
            When a text, source or basis is missing or does not fit the data.
        """
        kind: Kind = "table" if chart is None else "figure"
        texts = {"headline": headline, "subtitle": subtitle, "alt": alt if chart else headline}
        require_text(id=exhibit_id, **texts)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", exhibit_id):
            raise UsageError(f"exhibit id {exhibit_id!r}: use lower-case words joined by hyphens.")
        levels = self._levels(exhibit_id, sources, basis)
        sensitivity = max(levels, key=_LEVELS.index)

        bound = sensitivity == "confidential" or isinstance(data, Shielded)

        # The order is the protection: counts are protected before anything is derived, written,
        # drawn or saved, and every later step sees only what this one returned.
        texts["note"] = note
        withheld, drawn = False, None
        try:
            if isinstance(data, Shielded):
                protected = unshield(data, self.policy)
                texts["note"] = f"{note} {data.rule}".strip()
            else:
                protected = protect(data, counts, sensitivity, self.policy, self._also)
                if bound and chart and self.policy.minimum_group > self.policy.threshold:
                    group = replace(self.policy, threshold=self.policy.minimum_group)
                    drawn = protect(data, counts, sensitivity, group, self._also)
        except DisclosureError as refusal:
            protected = withhold(self.policy, refusal)
            withheld, derive, columns, chart = True, None, None, chart and notice()
            texts = {name: hide_numbers(text) for name, text in texts.items()}
        shown, unlimited = self._derived(protected, derive, bound=bound)
        chart_frame = shown if drawn is None else self._derived(drawn, derive, bound=bound)[0]
        marks = missing_marks(shown, unlimited, protected.rows_withheld)
        rounded = rounded_columns(shown, protected, self.policy) if bound else frozenset()

        written = columns_of(shown, columns)
        csv_names: dict[str, str] = {}
        if sensitivity == "synthetic":
            p_values = [name for name, column in written.items() if column.p_value]
            csv_names = {name: f"{name}_synthetic" for name in p_values}
            written = say_synthetic(written)
        cells = Cells(None, {})
        if not withheld:
            cells = cells_of(shown, key, _texts(shown, written), some_gone=bound)
        filled = {name: fill(text, cells) for name, text in texts.items()}
        if any(map(self.unrecorded, sources)) and says_nothing(
            texts["headline"], filled["headline"]
        ):
            raise UsageError(f"{exhibit_id}: no number of its headline is known.")
        svg = png = ""
        if chart is not None:
            filled["alt"] = f"{filled['alt']} {chart.describe(chart_frame)}"
            named = {"exhibit_id": exhibit_id, "title": filled["headline"], "alt": filled["alt"],
                     "basis": basis_line(basis, levels)}  # fmt: skip
            few = bound and bool(marks.isin([SUPPRESSED, SMALL_BASE]).any(axis=None))
            svg, png = self._drawn(chart, chart_frame, few=few, **named)
        html = table_html(shown, written, filled["headline"], exhibit_id, marks, rounded)
        exhibit = Exhibit(
            id=exhibit_id, kind=kind, notebook=self.notebook, source_exhibit=source_exhibit,
            sources=tuple(self._loaded[name].name for name in sources), basis=basis,
            sensitivity=sensitivity, policy=self.policy.name if bound else "",
            csv=_as_csv(shown.rename(columns=csv_names), basis_cell(basis, levels)),
            table_html=html, symbols=meanings(html, self.policy, rounded=bool(rounded)),
            svg=svg, png=png,
            interactive=chart.interactive(chart_frame) if chart and chart.interactive else None,
            marks=listed(marks, shown) if bound else (),
            cells=self._cells(protected),
            written=asdict(cells), base=_base_of(protected), **filled,
        )  # fmt: skip
        _emit(exhibit, self._number(kind, exhibit_id))

    def _drawn(
        self, chart: Chart, frame: pd.DataFrame, *, few: bool, **named: str
    ) -> tuple[str, str]:
        """Return the drawing; where `few` people may leave nothing to draw, it says so instead."""
        try:
            return draw(chart, frame, **named)
        except UsageError:
            if not few:
                raise
            reason = DisclosureError("too few people stand behind every mark of this chart.")
            return draw(notice(), withhold(self.policy, reason).frame, **named)

    def _derived(
        self, protected: Protected, derive: Derive | None, *, bound: bool
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return what is derived from the protected table, with the rule on bases and without."""
        if derive is None:
            return protected.frame, protected.frame
        unlimited = derive(protected.frame)
        if not bound or self.policy.minimum_base == 1:
            return unlimited, unlimited
        with no_base_below(least_base(self.policy)):
            return derive(protected.frame), unlimited

    def _cells(self, protected: Protected) -> dict[str, Any] | None:
        """Return what a reader can hold against other exhibits, by ids that say nothing."""
        if not protected.cells and not protected.unknown:
            return None
        relations = self._relations.of(one.counted for one in protected.cells)
        shown = [(one.counted.id, one.value) for one in protected.cells]
        return {"shown": shown, "unknown": protected.unknown, "relations": relations}

    def _levels(self, exhibit_id: str, sources: Sequence[str], basis: Basis) -> list[Sensitivity]:
        """Return the sensitivity of each source, once sources and basis are sound."""
        where = f"exhibit {exhibit_id!r}"
        if basis not in get_args(Basis):
            raise UsageError(f"{where}: {unknown('basis', str(basis), get_args(Basis))}")
        if not sources:
            raise UsageError(f"{where}: name the data sets it comes from in `sources`.")
        for name in sources:
            if name not in self._loaded:
                raise UsageError(f"{where}: {unknown('loaded data set', name, self._loaded)}")
        levels = [self._loaded[name].sensitivity for name in sources]
        if basis == "observed" and "synthetic" in levels:
            raise UsageError(f"{where}: synthetic data are not observed but calibrated.")
        return levels

    def _number(self, kind: Kind, exhibit_id: str) -> str:
        """Return the exhibit's number; a cell that is run again in a session keeps its number."""
        taken = [name for name in self._numbers if name.startswith(kind)]
        name = f"{kind} {exhibit_id}"
        if name not in self._numbers:
            chapter = int(re.match(r"\d+", self.notebook)[0])  # type: ignore[index]
            self._numbers[name] = f"{kind.capitalize()} {chapter}.{len(taken) + 1}"
        return self._numbers[name]


def _base_of(protected: Protected) -> str:
    """Return the smallest and largest base of the protected counts; "" where none is counted.

    The bases are counts themselves (`tabulate`): of those with an attribute recorded, or of all.
    """
    counts = list(protected.withheld.columns)
    bases = [name for name in counts if name.startswith("base")] or counts
    values = protected.frame[bases].to_numpy(dtype=float, na_value=np.nan).ravel()
    known = values[values > 0]
    ends = dict.fromkeys([known.min(), known.max()]) if len(known) else {}
    return " to ".join(map(write_number, ends))


def _texts(shown: pd.DataFrame, written: Mapping[str, Column]) -> dict[str, list[str]]:
    """Return each column as texts, also those that are not among the written ones."""
    columns = {**columns_of(shown, None), **written}
    return {name: column.write(shown, name) for name, column in columns.items()}


def _as_csv(frame: pd.DataFrame, basis: str) -> str:
    """Return the table as CSV, its basis in the last column.

    A text that a spreadsheet would run as a formula is quoted.
    """
    safe = frame.assign(**{BASIS_COLUMN: basis})
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            text = safe[name].astype("str").where(safe[name].notna(), "")
            safe[name] = text.where(~text.str.match(r"[=+\-@\t\r]"), "'" + text)
    csv: str = safe.to_csv(index=False, lineterminator="\n", float_format="%.10g")
    return csv


def _injected_names(scope: Mapping[str, Any]) -> list[str]:
    """Return the names papermill injected: it only warns about one that is not declared."""
    injected = [cell for cell in scope.get("In", []) if cell.startswith("# Parameters\n")]
    return re.findall(r"^([A-Za-z_]\w*) =", "\n".join(injected), flags=re.MULTILINE)


def _emit(exhibit: Exhibit, number: str) -> None:
    label = f"{number}: {exhibit.headline}"
    if get_ipython() is None:
        print(label)
        return
    body = exhibit.svg[exhibit.svg.find("<svg") :] if exhibit.svg else exhibit.table_html
    html = f"<figure><p><strong>{escape(label)}</strong><br>{escape(exhibit.subtitle)}</p>{body}"
    html += f"<p>Basis: {exhibit.basis}. {escape(exhibit.note)}</p></figure>"
    display({MIME: exhibit.as_json(), "text/html": html, "text/plain": label}, raw=True)
