"""Data by whatever a person calls them: a dataset, a version of it, a file, a URL, a table that is there."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.catalogue.finding import find, look_up
from jupyter_mlops.catalogue.keeping import is_damaged, kept, read_array
from jupyter_mlops.catalogue.names import parted
from jupyter_mlops.catalogue.sources import Given, described, fetched, given, reopened
from jupyter_mlops.config import Config
from jupyter_mlops.data.sources import Query, is_url
from jupyter_mlops.data.tables import Table, open_table
from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.letters import without_passwords
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking import datasets, outbox
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Data:
    """Data that can be read. `label` names them as a person does: ``customers@2``, or the path. `version` has
    a number where they are in the catalogue; `notes` tell what a person might not expect."""

    label: str
    version: DatasetVersion
    value: Any
    notes: tuple[str, ...] = ()

    @cached_property
    def table(self) -> Table:
        """The data as a table, read in chunks.

        Raises:
            Refused: they are none.
        """
        return open_table(self.value, name=self.label)

    def check_names(self) -> None:
        """Return if no two columns have one name, which they may in a table in memory: as a table they are
        told apart by a number, and a model would take one of them.

        Raises:
            Refused: two have.
        """
        import pandas as pd

        if not isinstance(self.value, pd.DataFrame):
            return
        names = Counter(str(n) for n in (*self.value.index.names, *self.value.columns) if n is not None)
        often = next((name for name, times in names.items() if times > 1), None)
        if often is not None:
            raise Refused(f"{self.label}: several columns are {often!r}", hint="rename or drop all but one")

    def frame(self, text: Collection[str] = ()) -> pandas.DataFrame:
        """All of the data; the columns of `text` as the texts that are written there, see `Table.as_text`."""
        return self.table.as_text(text).frame()


def open_data(store: Store, config: Config, what: Any, *, name: str | None = None) -> Data:
    """The data that `what` means: ``NAME`` (of a dataset of ``mlops.yaml`` its source as it is now, of any
    other the newest version), ``NAME@NUMBER``, a path or URL, or a DataFrame or another table. A name wins
    over a path. A source that is gone or cannot be reached is told, and the newest version opened.

    Args:
        store: the project's store.
        config: its configuration.
        what: see above.
        name: what to call data that have no name of their own.

    Raises:
        NotFound: there is nothing like that.
        Refused: it cannot be read, or the content of that version is gone.
    """
    if not isinstance(what, str):
        return _given(store, given(store, config, what, name=name))
    found = _known(store, what)
    notes: tuple[str, ...] = ()
    if found is not None or what in config.datasets:
        if Path(what).exists():
            notes = (f"{what} is taken for the dataset of that name; write ./{what} for the file",)
        if found is None:
            data = _given(store, given(store, config, what))
        elif what in config.datasets:
            data = _as_it_is(store, config, what, found)
        else:
            data = _kept(store, config, found)
        return Data(data.label, data.version, data.value, (*data.notes, *notes))
    if not is_url(what) and not Path(what).exists() and (parted(what)[1] is not None or _is_name(what)):
        find(store, config, what)  # says what there is
    return _given(store, given(store, config, what, name=name))


def located(store: Store, config: Config, what: str) -> str | Path:
    """What ``mlops.yaml`` means by a text: the name of a dataset or a URL as it is; a file or folder by its
    path from the project's root.

    Raises:
        NotFound: there is nothing like that.
    """
    if is_url(what) or what in config.datasets or look_up(store, what) is not None:
        return what
    path = store.root / what
    if path.exists():
        return path
    if Path(what).suffix or any(mark in what for mark in ("/", "\\")):
        raise NotFound(f"there is no {what} in the project", hint="name a dataset, or a path from its root")
    return what


def open_located(store: Store, config: Config, what: str) -> Data:
    """The data that ``mlops.yaml`` names; paths are from the project's root.

    Raises:
        NotFound: there is nothing like that.
        Refused: it cannot be read, or the content of that version is gone.
    """
    place = located(store, config, what)
    data = open_data(store, config, place)
    return data if isinstance(place, str) else replace(data, label=display_path(store.root, place))


def open_version(store: Store, entry: Entry, config: Config | None = None) -> Data:
    """The content of a version in the catalogue; `config` tells passwords of places that need one.

    Raises:
        Refused: it is gone.
    """
    return _kept(store, config or Config(), entry)


def is_lost(store: Store, config: Config, version: DatasetVersion, *, reading: bool = True) -> bool:
    """Whether its content is gone: there is no copy, and the source is no place, or a file or folder that
    holds something else; what it holds is not looked at without `reading`. A source elsewhere is not
    asked."""
    if kept(store, version) is not None or is_url(version.source):
        return False
    look = _source if reading else reopened
    return look(store, config, version) is None


def _known(store: Store, what: str) -> Entry | None:
    # what is no name can be opened without a server that is away, and nobody waits for it
    if (is_url(what) or Path(what).exists()) and not outbox.at_hand(store):
        return None
    return look_up(store, what)


def _is_name(what: str) -> bool:
    return not Path(what).suffix and "/" not in what


def _given(store: Store, found: Given) -> Data:
    version = described(store, found)
    label = found.label or version.name
    return Data(label, version, found.value)


def _as_it_is(store: Store, config: Config, name: str, newest: Entry) -> Data:
    """The source of a dataset of ``mlops.yaml`` as it is now, which may be one of its versions."""
    found, label = given(store, config, name), newest.version.label
    place = without_passwords(found.value.url) if isinstance(found.value, Query) else found.source
    try:
        now = described(store, found)
    except MLOpsError as error:
        if _is_there(store, found):  # it is broken, or its key is: an older version would hide that
            raise
        data = _kept(store, config, newest)
        return replace(data, notes=(f"this is {label}, for {place} cannot be had: {error}",))
    known = datasets.of_digest(datasets.entries(store, name), now.digest)
    if known is None:
        again = f"jupyter mlops dataset add {shlex.quote(name)}"
        return Data(
            f"{name} ({place} as it is now)", now, found.value, (f"{place} is not {label} any more: {again}",)
        )
    copy = _copy(store, known.version)
    older = known.version.label != label
    notes = (f"{place} is {known.version.label} again, not {label}, the newest version",) if older else ()
    return Data(known.version.label, known.version, found.value if copy is None else copy, notes)


def _is_there(store: Store, found: Given) -> bool:
    """Whether the source can be had at all."""
    try:
        with fetched(found) as here:
            if isinstance(here.value, Path):
                return here.value.exists()
            described(store, replace(here, key=()))
    except MLOpsError:
        return False
    return True


def _copy(store: Store, version: DatasetVersion) -> Any | None:
    """What is kept of its content."""
    copy = kept(store, version)
    array = None if copy is None else read_array(copy)
    return copy if array is None else array


def _kept(store: Store, config: Config, entry: Entry) -> Data:
    version = entry.version
    copy = _copy(store, version)
    if copy is not None:
        return Data(version.label, version, copy)
    source = _source(store, config, version)
    if source is not None:
        return Data(version.label, version, source)
    if is_damaged(store, version):
        raise Refused(
            f"the kept copy of {version.label} was changed, {_not_there(version)}", hint=_again(version)
        )
    raise Refused(f"the content of {version.label} is gone: {_why(version)}", hint=_left(store, entry))


def _source(store: Store, config: Config, version: DatasetVersion) -> Any | None:
    """Where the version came from, if that still holds the very content; None if not."""
    found = reopened(store, config, version)
    if found is None:
        return None
    try:
        now = described(store, found)
    except MLOpsError:
        return None
    return found.value if now.digest == version.digest else None


def _why(version: DatasetVersion) -> str:
    return f"no copy is kept, {_not_there(version)}"


def _not_there(version: DatasetVersion) -> str:
    return f"and {version.source or 'where it came from'} does not hold it any more"


def _again(version: DatasetVersion) -> str:
    return f"add the very data again to keep a new one: jupyter mlops dataset add FILE --name {version.name}"


def _left(store: Store, entry: Entry) -> str:
    profile = " and statistics of its columns" if datasets.read_profile(store, entry) else ""
    return f"its schema{profile} are still known: jupyter mlops dataset show {entry.version.label}"
