"""Where a version stands: what its gates are judged by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from jupyter_mlops.config import Config
from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.promotion.ledger import read_ledger
from jupyter_mlops.provenance.identity import identity
from jupyter_mlops.tracking.registry import CHAMPION, find_version
from jupyter_mlops.tracking.store import Store


def situation(
    store: Store,
    config: Config,
    model: str,
    alias: str = CHAMPION,
    tell: Callable[[str], None] = lambda line: None,
) -> Context:
    """The version ``NAME`` (newest), ``NAME@VERSION`` or ``NAME@ALIAS`` on its way to `alias`, as things are
    now.

    Raises:
        NotFound: no such model, version or alias.
    """
    if store.is_new:
        raise NotFound(f"no registered model {model.partition('@')[0]!r}", hint="there are none")
    # first: then aliases are where it says, and what comes later is noticed
    entries = read_ledger(store, model.partition("@")[0])
    version = find_version(store, model)
    champion = _named(store, version.name, CHAMPION)
    return Context(
        store=store,
        config=config,
        version=version,
        champion=champion,
        present=champion if alias == CHAMPION else _named(store, version.name, alias),
        alias=alias,
        entries=entries,
        who=identity(),
        now=datetime.now(UTC),
        tell=tell,
    )


def _named(store: Store, model: str, alias: str) -> ModelVersion | None:
    """The version of that alias; where there is none, a version of that number is not meant."""
    try:
        found = find_version(store, f"{model}@{alias}")
    except NotFound:
        return None
    return found if alias in found.aliases else None
