"""The noun of what a page works on."""

from __future__ import annotations

from jupyter_mlops.entities.base import Entity


class ProjectInfo(Entity):
    """The project that a page works on. `folder` is its place below the server's root, "" for that root
    itself; `name` that of the folder. `tracking` is the store's URI without secrets; `is_server` tells that
    it is another machine's; `empty` that nothing was recorded yet. `who` acts here. `problem` and `hint` tell
    why the project cannot be used, such as a broken ``mlops.yaml``."""

    folder: str
    name: str
    tracking: str = ""
    is_server: bool = False
    empty: bool = True
    configured: bool = False
    who: str = ""
    version: str = ""
    problem: str = ""
    hint: str = ""
