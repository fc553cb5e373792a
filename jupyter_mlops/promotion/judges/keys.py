"""The digest of all that a gate's result depends on: with the same one it need not be judged again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlops.entities import Gate, ModelVersion, digest_of
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.promotion.judges.opened import open_named, settings

CHANGES = 2  # count up when the same inputs are judged otherwise than before


def keyed(key: Callable[[Gate, Context], str]) -> Callable[[Gate, Context], str]:
    """The same key; "" where something that it depends on cannot be had: the gate is judged then, and says
    so."""

    @functools.wraps(key)
    def found(gate: Gate, context: Context) -> str:
        try:
            return key(gate, context)
        except (MLOpsError, OSError, TypeError, ValueError):
            return ""

    return found


def key_of(gate: Gate, context: Context, *, data: Sequence[str | None] = (), **more: Any) -> str:
    """sha256 over the version and its files, the gate's options, what ``mlops.yaml`` says of the model, the
    digests of the `data`, and `more` (JSON).

    Raises:
        NotFound: there are no such data, or the version's files are gone.
        Refused: they cannot be read.
    """
    digests = [open_named(context, what).version.digest for what in data if what is not None]
    return digest_of(
        {
            "changes": CHANGES,
            "kind": gate.kind,
            "name": gate.name,
            "options": _plain(gate.options),
            "version": told_of(context, context.version),
            "model": settings(context).model_dump(mode="json", include={"checks", "data", "target"}),
            "data": digests,
            **more,
        }
    )


def told_of(context: Context, version: ModelVersion | None) -> list[Any] | None:
    """What tells a version from any other, also from one of the same number that took its place, and from
    itself with other files.

    Raises:
        NotFound: its files are gone.
    """
    if version is None:
        return None
    created = version.created.isoformat() if version.created else None
    return [version.name, version.version, version.run_id, created, context.content(version)]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)
