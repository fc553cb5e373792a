"""What a person gives as data, made sure of: where it lies, what it is called, how it is digested."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from jupyter_mlops.catalogue.names import check_name, check_tags, plain_name
from jupyter_mlops.config import STATE_FOLDER, Config
from jupyter_mlops.data.sources import Query, fetch, is_url
from jupyter_mlops.data.tables import local_path
from jupyter_mlops.data.versions import describe
from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.exceptions import UsageError
from jupyter_mlops.letters import without_passwords
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking.store import Store

_IN_MEMORY = ("variable ", "expression ")  # as `%track data` writes them down
_DATABASES = frozenset({"sqlite", "postgresql", "mysql", "mariadb", "mssql", "oracle", "duckdb"})


@dataclass(frozen=True)
class Given:
    """Data as they were given. `value` is what is read: a path, a URL, a query, a frame; `source` what is
    written down of where it lies, without passwords."""

    value: Any
    name: str
    source: str
    key: tuple[str, ...] = ()
    ordered: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)
    label: str = ""


def given(
    store: Store,
    config: Config,
    what: Any,
    *,
    name: str | None = None,
    key: Sequence[str] = (),
    ordered: bool | None = None,
    tags: Mapping[str, str] = {},
    source: str | None = None,
    sql: str | None = None,
) -> Given:
    """The data that `what` means: the name of a dataset of ``mlops.yaml``, whose settings are taken over
    where none are given; a path; a URL, with `sql` that of a database; or a table.

    Raises:
        UsageError: the name, or that of a tag, will not do; or there is a query, but no URL.
    """
    own = config.datasets.get(what) if isinstance(what, str) and sql is None else None
    if own is not None:
        value = _place(own.source, store.root, own.sql)
        chosen = name or str(what)
        key, tags = key or own.key, {**own.tags, **tags}
        ordered = own.ordered if ordered is None else ordered
    elif isinstance(what, str | Path):
        value = _place(str(what), Path(), sql)
        chosen = name or _name_of(value)
    else:
        value, chosen = what, name or "data"
    return Given(
        value=value,
        name=check_name(chosen),
        source=source or shown_source(store, value),
        key=tuple(key),
        ordered=ordered is not False,
        tags=check_tags(tags),
        label=name or (without_passwords(str(what)) if isinstance(what, str | Path) else ""),
    )


def described(store: Store, found: Given) -> DatasetVersion:
    """The version of the data as they are now.

    Raises:
        NotFound: there is nothing.
        Refused: it cannot be read, or is not what it seems.
    """
    folder = store.root / STATE_FOLDER
    return describe(
        found.value,
        name=found.name,
        source=found.source,
        tags=found.tags,
        memo=folder if folder.is_dir() else None,
        key=found.key,
        ordered=found.ordered,
    )


@contextlib.contextmanager
def fetched(found: Given) -> Iterator[Given]:
    """The same data, those behind a URL as a file or folder on this machine while the block lasts: what is
    done with them is done with one state of them.

    Raises:
        NotFound: there is nothing.
        Refused: they cannot be had.
    """
    if not is_url(found.value):
        yield found
    elif (local := local_path(found.value)) is not None:
        yield replace(found, value=local)
    else:
        with tempfile.TemporaryDirectory(prefix="jupyter-mlops-") as folder:
            yield replace(found, value=fetch(found.value, Path(folder)))


def reopened(store: Store, config: Config, version: DatasetVersion) -> Given | None:
    """Where the version came from, to look whether that is still there; None where it was no place, or one
    whose password nobody knows any more."""
    value = _reopened(store, config, version)
    return None if value is None else Given(value, version.name, version.source, version.key, version.ordered)


def _reopened(store: Store, config: Config, version: DatasetVersion) -> Any:
    source = version.source
    own = config.datasets.get(version.name)
    if own is not None:
        value = _place(own.source, store.root, own.sql)
        if shown_source(store, value) == source:
            return value
    if not is_place(source):
        return None
    if is_url(source):
        url, _, sql = source.partition(" ")
        return None if "***" in source else Query(url, sql) if sql else source
    try:
        return store.root / source if (store.root / source).exists() else None
    except OSError:  # no name that a file could have, such as one that is too long
        return None


def is_place(source: str) -> bool:
    """Whether data came from a file, folder, URL or query, and not from the memory of a notebook: of those a
    variable or expression is written down, by `mlflow.log_input` and autologging a JSON object."""
    if source.startswith("{"):
        try:
            return not isinstance(json.loads(source), dict)
        except ValueError:
            return True
    return bool(source) and (is_url(source) or not source.startswith(_IN_MEMORY))


def shown_source(store: Store, value: Any) -> str:
    """Where the data lie as it is written down: a path in the project relative to it, a URL without a
    password; nothing of a table that is only in memory."""
    if isinstance(value, Path):
        return display_path(store.root, value)
    if isinstance(value, Query):
        return value.source
    return without_passwords(value) if is_url(value) else ""


def _place(place: str, folder: Path, sql: str | None) -> Any:
    if sql is not None:
        if not is_url(place):
            raise UsageError(
                f"{place} is no database that could be queried",
                hint="give its URL, as SQLAlchemy has it: postgresql://user@host/name, sqlite:///file.db",
            )
        return Query(place, sql)
    if not place.strip():
        raise UsageError("no data were named", hint="name a file, folder, URL or dataset")
    if is_url(place) and urlsplit(place).scheme.partition("+")[0] in _DATABASES:
        raise UsageError(
            f"{without_passwords(place)} is a database", hint="give --sql, a query that tells its table"
        )
    return place if is_url(place) else folder / place


def _name_of(value: Any) -> str:
    if isinstance(value, Query):
        return "query"
    return plain_name(PurePosixPath(urlsplit(value).path).stem if is_url(value) else value.stem)
