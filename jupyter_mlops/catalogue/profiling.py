"""Statistics of the columns of a version."""

from __future__ import annotations

from pathlib import Path

from jupyter_mlops.catalogue.keeping import read_array
from jupyter_mlops.catalogue.sources import Given
from jupyter_mlops.data.delimited import DelimitedTable
from jupyter_mlops.data.tables import open_table
from jupyter_mlops.entities import Profile
from jupyter_mlops.exceptions import Refused


def profile_of(found: Given, copy: Path | None) -> Profile | None:
    """Statistics of the data, of a copy that is kept of them if there is one, as that does not change; None
    of what is no table."""
    from jupyter_mlops.data.profile import profile

    value = found.value
    if copy is not None:
        array = read_array(copy)
        value = copy if array is None else array
    try:
        return profile(open_table(value, name=found.name).chunks())
    except Refused:  # a file, or a folder, that is no table
        return None


def notes_on(found: Given, copy: Path | None) -> tuple[str, ...]:
    """What a person might not expect of how the data are read."""
    value = copy if copy is not None else found.value
    try:
        table = open_table(value, name=found.name) if isinstance(value, Path) else None
        return table.notes() if isinstance(table, DelimitedTable) else ()
    except Refused:
        return ()
