"""The door: a notebook's data come in here, and its exhibits go out here, nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from html import escape
from pathlib import Path
from typing import Any, get_args

import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import display

from appendices.counts import CountTable
from appendices.data.catalogue import Resource, describe, find_resource
from appendices.data.load import load_resource
from appendices.data.own import complete, find_data_set, unrecorded_attributes
from appendices.disclosure.cohorts import network_noise, protected_people, write_for_checker
from appendices.disclosure.noise import Noise
from appendices.disclosure.policy import find_policy
from appendices.disclosure.protect import Shielded, shield_counts
from appendices.errors import UsageError, unknown
from appendices.exhibits.charts.base import Chart
from appendices.exhibits.draw import draw
from appendices.exhibits.exhibit import (
    BASIS_COLUMN,
    MIME,
    Exhibit,
    Kind,
    basis_cell,
    basis_line,
    require_text,
)
from appendices.exhibits.invented import Choice, find_invented
from appendices.exhibits.marks import FEW, INVENTED, INVENTED_MEANS, listed, meanings
from appendices.exhibits.shown import Data, Derive, ShownTable, show_table
from appendices.exhibits.tables import Column, columns_of, say_synthetic, table_html
from appendices.exhibits.text import (
    Cells,
    cells_of,
    fill,
    hide_numbers,
    refuse_invented,
    says_nothing,
)
from appendices.exhibits.unrecorded import leave_out_unrecorded
from appendices.people import People
from appendices.project import project_root
from appendices.runs.parameters import declared_parameters, resolve_parameters
from appendices.runs.trace import note_loaded
from appendices.types import Basis, Sensitivity

_LEVELS = get_args(Sensitivity)  # from the least to the most protected


class Appendix:
    """One notebook's way in for data and way out for exhibits.

    Parameters
    ----------
    notebook
        The notebook's name without ending: ``"02_people_cohort"``. Its leading number numbers the
        exhibits on the page.
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
        self._unrecorded: dict[str, tuple[str, ...]] = {}
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
        cohort of one's own. Of confidential records nothing but counts is shown: load them with
        `cohort`.
        """
        return load_resource(self._resource(name, instead), self.root)

    def cohort(self, name: str, instead: str = "") -> People:
        """Return the people of the data set `name`, or of the one `instead`, to be counted.

        What is counted of confidential people is protected as the policy says, and everything
        else is computed from the protected counts.

        Raises
        ------
        DisclosureError
            When the people are confidential and their folder has no secret.
        """
        resource = self._resource(name, instead)
        return protected_people(resource, self.root, self.policy)

    def _resource(self, name: str, instead: str) -> Resource:
        resources = describe(self.root)
        resource = find_data_set(self.root, instead or name)
        resource = complete(resource, find_resource(resources, name))
        note_loaded(instead or name)
        if resource.ranges:
            note_loaded(resource.ranges)
        self._loaded[instead or name] = resource
        self._unrecorded[instead or name] = unrecorded_attributes(resource)
        return resource

    def network_counts(self, frame: pd.DataFrame, counts: Sequence[str]) -> pd.DataFrame | Shielded:
        """Return a table that counts parts of a network, its counts protected where they must be.

        Raises
        ------
        DisclosureError
            When the records are confidential and their folder has no secret.
        """
        noise = self.network_noise()
        return frame if noise is None else shield_counts(frame, counts, noise)

    def network_noise(self) -> Noise | None:
        """Return what counts of a network are changed by; None where they may be shown exactly.

        Raises
        ------
        DisclosureError
            When the records are confidential and their folder has no secret.
        """
        closed = [one for one in self._loaded.values() if one.sensitivity == "confidential"]
        if not closed or self.policy.show_records:
            return None
        return network_noise(closed[0], self.policy)

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
        data: Data,
        headline: str,
        subtitle: str,
        sources: Sequence[str],
        basis: Basis,
        chart: Chart | None = None,
        alt: str = "",
        note: str = "",
        source_exhibit: str | None = None,
        derive: Derive | None = None,
        key: str | None = None,
        columns: Mapping[str, str | Column] | None = None,
    ) -> None:
        """Show an exhibit: a figure when a chart is given, else a table.

        Parameters
        ----------
        exhibit_id
            A short name, unique in the compendium; it names the files.
        data
            One table; the exhibit is made from it and nothing else. Of confidential data it must
            be a count table, or one that `disclosure` made safe by another rule, which the note
            then says; else the exhibit says that it is not shown, and why.
        headline, subtitle
            What the exhibit shows; its measure, population and period. Numbers are taken from the
            shown table as ``{column[key]}``.
        sources
            The data sets it comes from, by name; each must have been loaded.
        basis
            Where its numbers come from: observed, calibrated, invented, derived or assumed.
        chart
            What draws the table; see `exhibits.charts`.
        alt
            For a figure: what a reader who cannot see it should know first. The main numbers are
            added from the table.
        note
            What a reader must know to read it right.
        source_exhibit
            The chart or table of the source report that it does again, such as ``"F06"``.
        derive
            The function that computes everything else from the table; of a count table, from the
            shown counts.
        key
            The column whose values name the rows in texts.
        columns
            Titles and formats of the columns in the table, in order.

        Raises
        ------
        UsageError
            When a text, source or basis is missing or does not fit the data.
        """
        texts = {"headline": headline, "subtitle": subtitle, "alt": alt if chart else headline}
        require_text(id=exhibit_id, **texts)
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", exhibit_id):
            raise UsageError(f"exhibit id {exhibit_id!r}: use lower-case words joined by hyphens.")
        levels = self._levels(exhibit_id, sources, basis)
        sensitivity = max(levels, key=_LEVELS.index)
        if isinstance(data, CountTable):
            self._check_origins(exhibit_id, data, sources)
        shown = show_table(data, derive, sensitivity, self.policy)
        bound = sensitivity == "confidential" or isinstance(data, Shielded)
        texts["note"] = f"{note} {data.rule}".strip() if isinstance(data, Shielded) else note
        if shown.refused:
            columns, chart, key = None, None, None
            texts = {name: hide_numbers(text) for name, text in texts.items()}
        frame = shown.frame
        written = columns_of(frame, columns)
        choice = _choice(data, derive, shown, written)
        if choice is not None:
            shown = choice.on(shown)
            frame, basis = shown.frame, "invented" if choice.all_invented else basis
        csv_names: dict[str, str] = {}
        if sensitivity == "synthetic":
            p_values = [name for name, column in written.items() if column.p_value]
            csv_names = {name: f"{name}_synthetic" for name in p_values}
            written = say_synthetic(written)
        cells = Cells(None, {})
        if not shown.refused:
            cells = cells_of(frame, key, _texts(shown, written), some_gone=bound)
        filled = {name: fill(text, cells) for name, text in texts.items()}
        refuse_invented(exhibit_id, basis, texts["headline"], filled["headline"])
        if any(map(self.unrecorded, sources)) and says_nothing(
            texts["headline"], filled["headline"]
        ):
            raise UsageError(f"{exhibit_id}: no number of its headline is known.")
        svg = png = ""
        if chart is not None:
            alt = f"{filled['alt']} {chart.describe(frame)}"
            named = {"exhibit_id": exhibit_id, "title": filled["headline"], "alt": alt,
                     "basis": basis_line(basis, levels, some_invented=INVENTED in alt)}  # fmt: skip
            try:
                svg, png = draw(chart, frame, **named)
                filled["alt"] = alt + f" {INVENTED}: {INVENTED_MEANS}." * (INVENTED in alt)
            except UsageError:
                if not shown.few:
                    raise
                filled["note"] = f"{filled['note']} No chart is drawn: each of its counts is few."
        kind: Kind = "figure" if svg else "table"
        html = table_html(
            frame, written, filled["headline"], exhibit_id, shown.marks, shown.rounded
        )
        exhibit = Exhibit(
            id=exhibit_id, kind=kind, notebook=self.notebook, source_exhibit=source_exhibit,
            sources=tuple(self._loaded[name].name for name in sources), basis=basis,
            sensitivity=sensitivity, policy=self.policy.name if bound else "",
            csv=_as_csv(_for_csv(frame, choice, csv_names), basis_cell(basis, levels)),
            invented=choice.counted if choice else None,
            table_html=html, symbols=meanings(html, self.policy, rounded=bool(shown.rounded)),
            svg=svg, png=png,
            interactive=chart.interactive(frame) if svg and chart and chart.interactive else None,
            marks=listed(shown.marks, frame) if bound else (),
            cells=data.cell_ids if isinstance(data, CountTable) else (), base=shown.base,
            written=asdict(cells), **filled,
        )  # fmt: skip
        self._write_for_checker(exhibit_id, data, sources)
        _emit(exhibit)

    def _write_for_checker(self, exhibit_id: str, data: Data, sources: Sequence[str]) -> None:
        if isinstance(data, CountTable) and data.protection is not None:
            for resource in {
                self._loaded[name].name: self._loaded[name] for name in sources
            }.values():
                if resource.mapping is not None:
                    write_for_checker(resource, exhibit_id, data)

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

    def _check_origins(self, exhibit_id: str, data: CountTable, sources: Sequence[str]) -> None:
        """Refuse counts of people whose data set is not among the sources."""
        named = {self._loaded[name].name for name in sources}
        for origin in data.origins:
            if origin.name not in named:
                raise UsageError(
                    f"exhibit {exhibit_id!r}: its counts are of {origin.name!r}, which `sources` "
                    "does not name."
                )


def _texts(shown: ShownTable, written: Mapping[str, Column]) -> dict[str, list[str]]:
    """Return each column as texts, also those that are not among the written ones."""
    columns = {**columns_of(shown.frame, None), **written}
    texts = {name: column.write(shown.frame, name) for name, column in columns.items()}
    for name in shown.counting:
        absent = shown.frame[name].isna()
        texts[name] = [
            FEW if gone else text for text, gone in zip(texts[name], absent, strict=True)
        ]
    return texts


def _choice(
    data: Data, derive: Derive | None, shown: ShownTable, written: Mapping[str, Column]
) -> Choice | None:
    """Return what is invented of a table of counts of synthetic people; None of any other."""
    if not isinstance(data, CountTable) or shown.refused:
        return None
    return find_invented(
        data, derive, shown.frame, lambda table: _texts(replace(shown, frame=table), written)
    )


def _for_csv(frame: pd.DataFrame, choice: Choice | None, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the table under the names of its CSV, its last column saying what is invented."""
    if choice is None:
        return frame.rename(columns=names)
    table = choice.frame.rename(columns=names)
    return table.assign(invented=choice.said) if any(choice.said) else table


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


def _emit(exhibit: Exhibit) -> None:
    # The number depends on the whole page, and so stands there alone.
    label = f"{exhibit.kind.capitalize()}: {exhibit.headline}"
    if get_ipython() is None:
        print(label)
        return
    body = exhibit.svg[exhibit.svg.find("<svg") :] if exhibit.svg else exhibit.table_html
    html = f"<figure><p><strong>{escape(label)}</strong><br>{escape(exhibit.subtitle)}</p>{body}"
    html += f"<p>Basis: {exhibit.basis}. {escape(exhibit.note)}</p></figure>"
    display({MIME: exhibit.as_json(), "text/html": html, "text/plain": label}, raw=True)
