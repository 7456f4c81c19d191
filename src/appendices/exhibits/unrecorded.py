"""Exhibits of attributes that a cohort of one's own does not record: left out, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import display

from appendices.errors import UsageError

MIME = "application/vnd.appendices.left-out+json"


def leave_out_unrecorded(show: Callable[..., None]) -> Callable[..., None]:
    """Return `Appendix.show` such that an exhibit nobody's records can fill is left out.

    An exhibit without any record behind it is left out. One that cannot be made is left out too
    where the cohort lacks attributes; with a cohort that has them all the error stands.
    """

    @wraps(show)
    def shown(appendix: Any, exhibit_id: str, **given: Any) -> None:
        lacking = [
            name for source in given.get("sources", ()) for name in appendix.unrecorded(source)
        ]
        if not lacking:
            show(appendix, exhibit_id, **given)
            return
        data, of_nobody = _recorded(given.get("data"))
        speaks_of_nobody = any(name in given.get("headline", "") for name in of_nobody)
        if data is not None and not speaks_of_nobody:
            try:
                show(appendix, exhibit_id, **given | {"data": data})
            except (UsageError, LookupError):  # no such attribute, group or number
                pass
            else:
                return
        _say(exhibit_id, lacking)

    return shown


def _recorded(data: Any) -> tuple[Any, tuple[str, ...]]:
    """Return a table of counts without the attributes that nobody's record has, and those.

    Where it has no other, there is no table. One that is no table of counts is returned as it is.
    """
    if "base_recorded" not in getattr(data, "columns", ()):
        return data, ()
    if "attribute" not in getattr(data, "frame", data):
        return data, ()
    # From the shown counts: that nobody's is recorded is no more than they say.
    frame = getattr(data, "frame", data)
    known = frame["base_recorded"].fillna(0).gt(0).groupby(frame["attribute"]).transform("any")
    of_nobody = tuple(map(str, frame.loc[~known, "attribute"].unique()))
    return (data[known] if known.any() else None), of_nobody


def _say(exhibit_id: str, lacking: Iterable[str]) -> None:
    names = list(dict.fromkeys(lacking))
    sentence = (
        f"Left out here: {exhibit_id.replace('-', ' ')}. It needs what this cohort does not "
        f"record. Not recorded: {', '.join(names)}."
    )
    held: Mapping[str, str] = {"id": exhibit_id, "sentence": sentence}
    if get_ipython() is None:
        print(sentence)
        return
    display({MIME: held, "text/plain": sentence}, raw=True)
