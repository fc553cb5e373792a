"""A version into the catalogue: described first, so that bad data leave it as it was."""

from __future__ import annotations

from dataclasses import dataclass

from jupyter_mlops.catalogue import keeping, pending
from jupyter_mlops.catalogue.profiling import notes_on, profile_of
from jupyter_mlops.catalogue.sources import Given, described, fetched
from jupyter_mlops.entities import DatasetVersion, Profile
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.guard import replaying
from jupyter_mlops.tracking.store import Store


@dataclass(frozen=True)
class Added:
    """A version in the catalogue: whether its content was new to the dataset, and, where no copy of it is
    kept, why; `notes` tell what a person might not expect."""

    version: DatasetVersion
    new: bool
    unkept: str = ""
    notes: tuple[str, ...] = ()


def add(store: Store, found: Given, *, digest: str | None = None) -> Added:
    """Enter the data as they are now; where a `digest` is given, only those.

    Raises:
        NotFound: there are no such data.
        Refused: they cannot be read, or have another digest; the catalogue is as it was.
        MLOpsError: the store does not take it.
    """
    with fetched(found) as here:
        version = described(store, here)
        if digest is not None and version.digest != digest:
            raise Refused(
                f"{found.source} was written to meanwhile", hint="see that nobody else writes there"
            )
        if replaying():
            return Added(_as_known(store, version), False)
        pending.enter_waiting(store)
        unkept = _keep(store, version, here, keeping.LARGEST)
        entry, new = _write(store, version, here)
        notes = notes_on(here, keeping.kept(store, version)) if new else ()
    return Added(entry.version, new, unkept, notes)


def add_soon(store: Store, found: Given) -> DatasetVersion:
    """Enter the data as they are now, without waiting for a server that is away: it is told later then, and
    the version has no number yet.

    Raises:
        NotFound: there are no such data.
        Refused: they cannot be read; the catalogue is as it was.
    """
    with fetched(found) as here:
        version = described(store, here)
        if replaying():
            return _as_known(store, version)
        _keep(store, version, here, keeping.LARGEST_TRACKED)
        if not store.is_server:
            return _write(store, version, here)[0].version
        return pending.enter_soon(store, version, lambda: _profile(store, version, here))


def _as_known(store: Store, version: DatasetVersion) -> DatasetVersion:
    """The version as the catalogue has it; a replay enters nothing that it lacks."""
    known = datasets.of_digest(datasets.entries(store, version.name), version.digest)
    return version if known is None else known.version


def _write(store: Store, version: DatasetVersion, found: Given) -> tuple[Entry, bool]:
    """As `datasets.write`; a profile is made of content that is new, before anybody else has to wait."""
    known = datasets.of_digest(datasets.entries(store, version.name), version.digest)
    profile = None if known is not None else _profile(store, version, found)
    return datasets.write(store, version, profile)


def _profile(store: Store, version: DatasetVersion, found: Given) -> Profile | None:
    return profile_of(found, keeping.kept(store, version))


def _keep(store: Store, version: DatasetVersion, found: Given, largest: int) -> str:
    store.writable_folder()
    try:
        if keeping.keep(store, version, found.value, largest) is not None:
            return ""
    except Refused:  # it changed meanwhile
        raise
    except MLOpsError as error:
        return str(error)
    limit = f"{largest // 1_000_000} MB"
    return f"no copy is kept: it is larger than {limit}, or would not come back as it is"
