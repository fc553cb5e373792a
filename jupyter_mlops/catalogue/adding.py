"""A version into the catalogue: described first, so that bad data leave it as it was."""

from __future__ import annotations

from jupyter_mlops.catalogue import keeping
from jupyter_mlops.catalogue.sources import Given, described
from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.store import Store


def add(store: Store, found: Given, *, largest: int = keeping.LARGEST) -> tuple[Entry, bool, str]:
    """The version's entry in the catalogue, whether its content is new to the dataset, and in words whether a
    copy is kept.

    Raises:
        NotFound: there are no such data.
        Refused: they cannot be read; the catalogue is as it was.
        MLOpsError: the store does not take it.
    """
    version = described(store, found)
    return enter(store, version, found, largest=largest)


def enter(
    store: Store, version: DatasetVersion, found: Given, *, largest: int = keeping.LARGEST
) -> tuple[Entry, bool, str]:
    """As `add`, of data that were described before."""
    store.state_folder()
    said = _keep(store, version, found, largest)
    entry, new = datasets.write(store, version, None)
    return entry, new, said


def _keep(store: Store, version: DatasetVersion, found: Given, largest: int) -> str:
    try:
        copy = keeping.keep(store, version, found.value, largest)
    except Refused:
        raise
    except MLOpsError as error:
        return str(error)
    return "" if copy is not None else f"no copy is kept: {_why(found, largest)}"


def _why(found: Given, largest: int) -> str:
    return f"it is larger than {largest // 1_000_000} MB, or would not come back as it is"
