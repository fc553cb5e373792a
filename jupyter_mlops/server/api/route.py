"""What a path of the REST interface is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlops.entities import Entity, Identity
from jupyter_mlops.entities.panels import Work
from jupyter_mlops.server.api.places import Places

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
    entities that the route asks for. `root` is the folder of the project that it is about; `who` acts, as the
    server knows them. `places` resolves every other path that a request names, and `opened` gives the project
    of a folder; `works` takes what is long."""

    root: Path
    places: Places
    opened: Callable[[Path], Project]
    names: Mapping[str, str]
    query: Any
    body: Any
    who: Identity
    works: Works

    @cached_property
    def project(self) -> Project:
        """The project, shared with other requests at the same time.

        Raises:
            ConfigError: its ``mlops.yaml`` is broken.
        """
        return self.opened(self.root)


@dataclass(frozen=True)
class Route:
    """One path with one verb. `path` has names in braces, `query` and `body` are entities that the words of a
    request become, `answer` is the entity that comes back, a tuple of such where it is `many`. `call` runs in
    a thread; where it `asks_store`, in one of those that may wait for it. See also `work_route`."""

    verb: Verb
    path: str
    summary: str
    call: Callable[[Call], Entity | Sequence[Entity]]
    answer: type[Entity]
    many: bool = False
    query: type[Entity] = Nothing
    body: type[Entity] | None = None
    status: int = 200
    asks_store: bool = True


def work_route(path: str, summary: str, call: Callable[[Call], Work], body: type[Entity]) -> Route:
    """A route that begins something long: it answers 202 with the `Work`, and asks no store for that."""
    return Route("POST", path, summary, call, Work, body=body, status=202, asks_store=False)
