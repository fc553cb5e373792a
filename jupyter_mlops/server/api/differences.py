"""Two sets of data beside one another: what separates them, how far one drifted from the other."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from jupyter_mlops.data.sources import is_url
from jupyter_mlops.entities.panels import DataSides, Work, WorkVerb
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.server.api.route import Call, work_route

_MEND = "name a dataset, or a file of the project"


def _compare(verb: WorkVerb) -> Callable[[Call], Work]:
    def begin(call: Call) -> Work:
        asked: DataSides = call.body
        sides = {"left": _side(call, asked.left), "right": _side(call, asked.right)}
        return call.works.start(
            verb, asked.model_copy(update=sides), call, subject=f"{asked.left} → {asked.right}"
        )

    return begin


def _side(call: Call, what: str) -> str:
    """What is meant, where it is a dataset, or a file of the project that may be looked at."""
    if what.partition("@")[0] in call.project.config.datasets:
        return what
    if not what or is_url(what) or "\0" in what or what.startswith("~"):
        raise Refused(f"{what!r} is no data of this project", hint=_MEND)
    written = call.root / what
    if not os.path.lexists(written) and "/" not in what and "\\" not in what:
        return what  # a dataset, or nothing: that is for who knows the catalogue to tell
    place, root = Path(os.path.realpath(written)), Path(os.path.realpath(call.root))
    if not (place.is_relative_to(root) and call.places.holds(place)):
        raise Refused(f"{what!r} leads out of the project", hint=_MEND)
    if not call.places.path(call.places.relative(place)).exists():
        raise NotFound(f"there is no file {what!r}", hint=_MEND)
    return what


ROUTES = (
    work_route("/data/diff", "What separates two versions", _compare(WorkVerb.DIFF), DataSides),
    work_route("/data/drift", "How far data drifted", _compare(WorkVerb.DRIFT), DataSides),
)
