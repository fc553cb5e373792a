"""What a path of the REST interface is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlops.entities import Entity, Identity

if TYPE_CHECKING:
    from jupyter_mlops.project import Project
    from jupyter_mlops.server.api.works import Works

BASE = "jupyter-mlops"
Verb = Literal["GET", "POST", "DELETE"]


class Nothing(Entity):
    """No words are needed, and none are taken."""


@dataclass(frozen=True)
class Call:
    """One request, its words made sure of: `names` are those in the path, decoded; `query` and `body` the
    entities that the route asks for. `served` is the server's root folder, which nothing leads out of;
    `works` takes what is long."""

    project: Project
    served: Path
    names: Mapping[str, str]
    query: Any
    body: Any
    who: Identity
    works: Works


@dataclass(frozen=True)
class Route:
    """One path with one verb. `path` has names in braces, `query` and `body` are entities that the words of a
    request become, `answer` is the entity that comes back, a tuple of such where it is `many`. `call` runs in
    a thread. A route that begins something long answers 202 with a `Work`."""

    verb: Verb
    path: str
    summary: str
    call: Callable[[Call], Entity | Sequence[Entity]]
    answer: type[Entity]
    many: bool = False
    query: type[Entity] = Nothing
    body: type[Entity] | None = None
    status: int = 200
