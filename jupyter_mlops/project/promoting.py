"""Verbs that move an alias, or say why not."""

from __future__ import annotations

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.project.rooms import Rooms
from jupyter_mlops.tracking import registry


class Promoting(Rooms):
    """Verbs that move an alias, or say why not."""

    def promote(self, model: str, *, to: str = registry.CHAMPION, reason: str | None = None) -> ModelVersion:
        """Point the alias `to` at ``NAME`` (its newest version), ``NAME@VERSION`` or ``NAME@ALIAS``.

        No gates yet: whoever calls this decides.

        Raises:
            NotFound: no such model or version.
        """
        return registry.set_alias(self.store, registry.find_version(self.store, model), to, reason)
