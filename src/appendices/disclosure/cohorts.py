"""A cohort as something that can be counted, and the secret that protects it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from appendices.counts import CountTable
from appendices.data.catalogue import Resource
from appendices.data.load import load, load_people
from appendices.disclosure.noise import (
    SECRET_BYTES,
    Noise,
    derive_secret,
    people_digest,
    person_keys,
)
from appendices.disclosure.policy import SECRET, Policy
from appendices.errors import DisclosureError, OutputError, UsageError
from appendices.origin import Origin
from appendices.people import People, people_of
from appendices.project import write_atomic
from appendices.settings import COMMAND

CHECKER, PEOPLE = "checker", "people"
_MOST_NUMBERS = 200


def protected_people(resource: Resource, root: Path, policy: Policy) -> People:
    """Return the people of a data set, confidential ones so that their counts are protected.

    Raises
    ------
    DisclosureError
        When they are confidential and no secret is there.
    """
    table, ids = load_people(resource, root)
    key, *fields = resource.fields
    numbers = {
        one.name: range(int(one.minimum), int(one.maximum) + 1) for one in fields
        if one.type == "integer" and one.minimum is not None and one.maximum is not None
        and int(one.maximum) - int(one.minimum) <= _MOST_NUMBERS
    }  # fmt: skip
    frame = table.drop(columns=key.name)
    origin = Origin(
        resource.name, resource.sensitivity, resource.basis or "observed",
        ranges=_ranges_of(resource, root),
    )  # fmt: skip
    if resource.sensitivity != "confidential" or policy.show_records:
        return people_of(frame, origin, numbers=numbers)
    master = read_secret(resource.path.parent)
    names = list(table[key.name]) if ids is None else list(ids)
    secret = derive_secret(master, names)
    noise = Noise(policy, secret, len(names), known_people=ids is not None)
    protected = replace(origin, protection=noise)
    return people_of(frame, protected, person_keys(secret, names), numbers)


def _ranges_of(resource: Resource, root: Path) -> dict[str, tuple[int, int]] | None:
    """Return what the published figures leave of counts of synthetic people, by condition."""
    if not resource.ranges or resource.sensitivity != "synthetic":
        return None
    table = load(resource.ranges, root)
    own = table[table["cohort"] == resource.name]
    spans = zip(own["least"].tolist(), own["most"].tolist(), strict=True)
    return dict(zip(own["condition"].astype("str"), spans, strict=True))


def write_for_checker(resource: Resource, exhibit_id: str, table: CountTable) -> None:
    """Write true counts beside shown ones into the cohort's folder, for its holder alone."""
    folder = resource.path.parent / CHECKER
    with suppress(OSError):  # a folder that can only be read is no reason not to show
        folder.mkdir(mode=0o700, exist_ok=True)
        # Written plainly: `write_atomic` looks into the folder, which is no input of the notebook.
        table.against_shown().to_csv(folder / f"{exhibit_id}.csv", index=False, lineterminator="\n")


def network_noise(resource: Resource, policy: Policy) -> Noise:
    """Return the noise of the counts of a network, whose nodes have no keys."""
    secret = derive_secret(read_secret(resource.path.parent), [resource.name])
    return Noise(policy, secret, people=0, known_people=False)


def write_secret(folder: Path) -> Path:
    """Write a new secret into a cohort's folder, for its owner alone to read; return the file.

    On Windows the folder's own permissions decide who may read it.

    Raises
    ------
    UsageError
        When there is one: another would give everybody another noise.
    """
    path = folder / SECRET
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{folder.name!r} has a secret already; it stays as it is.") from None
    except OSError as error:
        raise OutputError(f"{path.name} cannot be written: {error.strerror}.") from None
    with os.fdopen(file, "wb") as out:
        out.write(secrets.token_bytes(SECRET_BYTES))
    return path


def read_secret(folder: Path) -> bytes:
    """Return the secret of the cohort in `folder`.

    Raises
    ------
    DisclosureError
        When it is missing or not whole. It is never made again by itself, as everything that was
        released before would then combine with new noise.
    """
    try:
        content = (folder / SECRET).read_bytes()
    except OSError:
        content = b""
    if len(content) != SECRET_BYTES:
        raise DisclosureError(
            f"cohort {folder.name!r} has no whole file {SECRET!r}, which protects its counts. Put "
            "it back from a copy. Only where nothing of the cohort was ever released, make a new "
            f"one: {COMMAND} cohort upgrade {folder.name}"
        )
    return content


def refuse_second_secret(resource: Resource, root: Path) -> None:
    """Refuse people who stand in a cohort beside this one under another secret.

    Raises
    ------
    DisclosureError
        Then each count of them could be had with two noises.
    """
    folder = resource.path.parent.resolve()
    ids = load_people(resource, root)[1]
    if ids is None:
        return
    digest, master = people_digest(ids), read_secret(folder)
    with suppress(OutputError):  # a folder that can only be read is no reason not to look
        write_atomic(folder / PEOPLE, f"{digest}\n")
    for other in sorted(folder.parent.glob(f"*/{PEOPLE}")):
        same = other.read_text(encoding="ascii", errors="replace").strip() == digest
        if same and (other.parent / SECRET).read_bytes() != master:
            raise DisclosureError(
                f"the same people stand in cohort {other.parent.name!r} under another secret, so "
                "that each count could be had with two noises. Use one folder, or copy its file "
                f"{SECRET!r} here before anything is released."
            )
