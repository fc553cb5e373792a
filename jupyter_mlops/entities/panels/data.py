"""The nouns of the list of datasets."""

from __future__ import annotations

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.data import DatasetDetails, DatasetVersion


class DatasetSummary(Entity):
    """A dataset: how many versions, and the newest; None of one that is declared and has none yet."""

    name: str
    versions: int
    newest: DatasetVersion | None = None
    declared: bool = False
    source: str = ""


class DatasetPage(Entity):
    """A dataset: its versions, newest first, and all that is known of the one that is asked for."""

    name: str
    versions: tuple[DatasetVersion, ...] = ()
    details: DatasetDetails | None = None


class VersionQuery(Entity):
    """A version's number; by default the newest."""

    version: int | None = Field(default=None, ge=1)


class DataSides(Entity):
    """Two sets of data to compare: ``NAME@NUMBER``, ``NAME`` or a file of the project."""

    left: str = Field(max_length=1000)
    right: str = Field(max_length=1000)
    key: tuple[str, ...] = ()
