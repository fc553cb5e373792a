"""What a person gives as data, made sure of: where it lies, what it is called, how it is digested."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.catalogue.names import check_name, check_tags, plain_name
from jupyter_mlops.config import STATE_FOLDER, Config
from jupyter_mlops.data.versions import describe
from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking.store import Store

_PASSWORD = re.compile(r"(?P<before>://[^/@:?#]*):[^/?#]*@")


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
) -> Given:
    """The data that `what` means: the name of a dataset of ``mlops.yaml``, whose settings are taken over
    where none are given; a path; a URL; or a table.

    Raises:
        UsageError: the name, or that of a tag, will not do.
    """
    own = config.datasets.get(what) if isinstance(what, str) else None
    if own is not None:
        value = _lying(own.source, store.root)
        chosen = name or str(what)
        key, tags = key or own.key, {**own.tags, **tags}
        ordered = own.ordered if ordered is None else ordered
    elif isinstance(what, str | Path):
        value = _lying(str(what), Path())
        chosen = name or plain_name(Path(str(what)).stem)
    else:
        value, chosen = what, name or "data"
    return Given(
        value=value,
        name=check_name(chosen),
        source=source or shown_source(store, value),
        key=tuple(key),
        ordered=ordered is not False,
        tags=check_tags(tags),
        label=name or (str(what) if isinstance(what, str | Path) else ""),
    )


def described(store: Store, found: Given) -> DatasetVersion:
    """The version of the data as they are now.

    Raises:
        NotFound: there is nothing.
        Refused: it cannot be read, or is not what it seems.
    """
    folder = store.root / STATE_FOLDER
    version = describe(
        found.value,
        name=found.name,
        source=found.source,
        tags=found.tags,
        memo=folder if folder.is_dir() else None,
    )
    return version.model_copy(update={"key": found.key, "ordered": found.ordered})


def reopened(store: Store, version: DatasetVersion) -> Given | None:
    """Where the version came from, to look whether that is still there; None where it was no place."""
    source = version.source
    if "://" in source:
        value: Any = source
    elif source and (store.root / source).exists():
        value = store.root / source
    else:
        return None
    return Given(value, version.name, source, version.key, version.ordered)


def shown_source(store: Store, value: Any) -> str:
    """Where the data lie as it is written down: a path in the project relative to it, a URL without a
    password; nothing of a table that is only in memory."""
    if isinstance(value, Path):
        return display_path(store.root, value)
    return without_password(value) if isinstance(value, str) else ""


def without_password(url: str) -> str:
    """The URL with its password, if it has one, starred out."""
    return _PASSWORD.sub(r"\g<before>:***@", url)


def _lying(place: str, folder: Path) -> Any:
    return place if "://" in place else folder / place
