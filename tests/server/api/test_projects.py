"""What a page is told of the project it works on."""

from __future__ import annotations

from collections.abc import Callable

from tests.server.api.conftest import Recorded
from tests.server.api.serving import Answer, Server

Rest = Callable[..., Answer]


def test_the_project_of_the_servers_root(rest: Rest, server: Server, recorded: Recorded) -> None:
    told = rest("GET", "/project").told
    assert (told["folder"], told["name"], told["empty"]) == ("", server.root.name, False)
