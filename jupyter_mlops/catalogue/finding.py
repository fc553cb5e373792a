"""Versions in the catalogue, by what a person calls them."""

from __future__ import annotations

from jupyter_mlops.catalogue.names import parted
from jupyter_mlops.config import Config
from jupyter_mlops.exceptions import NotFound, did_you_mean
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.store import Store


def look_up(store: Store, reference: str) -> Entry | None:
    """The version that ``NAME`` (the newest) or ``NAME@NUMBER`` means; None where the catalogue has no
    dataset of that name.

    Raises:
        NotFound: it has the dataset, but not that version.
    """
    for name, number in dict.fromkeys(((reference, None), parted(reference))):
        known = datasets.entries(store, name)
        if not known:
            continue
        if number is None:
            return known[-1]
        found = next((entry for entry in known if entry.version.number == number), None)
        if found is None:
            labels = [entry.version.label for entry in known]
            raise NotFound(f"dataset {name!r} has no version {number}", hint=did_you_mean(reference, labels))
        return found
    return None


def find(store: Store, config: Config, reference: str) -> Entry:
    """The version that ``NAME`` (the newest) or ``NAME@NUMBER`` means.

    Raises:
        NotFound: there is none.
    """
    found = look_up(store, reference)
    if found is not None:
        return found
    name = parted(reference)[0]
    if name in config.datasets:
        raise no_version_of(name)
    known = {entry.version.name for entry in datasets.entries(store)} | set(config.datasets)
    raise NotFound(f"no dataset {name!r}", hint=did_you_mean(name, known))


def no_version_of(name: str) -> NotFound:
    """That the dataset of ``mlops.yaml`` was never added."""
    problem = f"dataset {name!r} of mlops.yaml has no version yet"
    return NotFound(problem, hint=f"jupyter mlops dataset add {name}")
