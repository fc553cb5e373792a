"""What a process that does one work is told, and what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from jupyter_mlops.entities import Entity, Identity
from jupyter_mlops.entities.panels import WorkVerb


class Order(Entity):
    """One work: `verb` on `subject` in the project at `root`, for `who`; `arguments` are those of the
    request."""

    root: str
    verb: WorkVerb
    subject: str
    arguments: Mapping[str, Any] = Field(default_factory=dict)
    who: Identity


class End(Entity):
    """How it ended: see `entities.panels.Work`. `http_status` is what a request is answered that waits for
    it."""

    kind: str = ""
    result: Mapping[str, Any] | None = None
    problem: str = ""
    hint: str = ""
    exit_code: int = 0
    http_status: int = 200


class News(Entity):
    """One line that it tells: its run, how far it is, or how it ended."""

    run_id: str | None = None
    said: str | None = None
    end: End | None = None
