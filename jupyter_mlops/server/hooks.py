"""Webhooks of the Jupyter server: ``POST /jupyter-mlops/hooks/NAME`` makes a slot of the schedule NAME.

Whoever calls needs both: what Jupyter asks for (a token), and the webhook's secret. A call with a token needs
no cookie.
"""

from __future__ import annotations

import asyncio
import functools
import json
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.utils import url_path_join
from tornado import web

from jupyter_mlops.exceptions import ConfigError, MLOpsError
from jupyter_mlops.server.bodies import LARGEST, Bodied

PATH = r"/jupyter-mlops/hooks/([^/]+)"
_CALLS = 60  # of one webhook
_WITHIN = 60.0  # seconds
_NAMES = 1000  # that are counted at once
_SIGNED = frozenset({400, 409})  # why a call is refused whose sender knows the secret


def serve(server: Any) -> None:
    """Answer calls at a Jupyter server (``jupyter_server.serverapp.ServerApp``)."""
    base = server.web_app.settings["base_url"]
    options = {"root": Path(server.root_dir).expanduser(), "rate": Rate(), "refused": Rate()}
    server.web_app.add_handlers(".*$", [(url_path_join(base, PATH), Hook, options)])


class Rate:
    """How often each webhook was called of late."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str) -> float:
        """Seconds until the next call may come; 0 where it may now, and counts."""
        with self._lock:
            now = time.monotonic()
            calls = self._calls.setdefault(name, deque(maxlen=_CALLS))
            self._calls.move_to_end(name)
            if len(self._calls) > _NAMES:
                self._calls.popitem(last=False)
            if len(calls) == _CALLS and now - calls[0] < _WITHIN:
                return _WITHIN - (now - calls[0])
            calls.append(now)
            return 0.0

    def admit(self, name: str) -> None:
        """Count a call.

        Raises:
            TooOften: there were too many.
        """
        wait = self.wait(name)
        if wait:
            raise TooOften(wait)


class TooOften(Exception):
    """No call before `wait` seconds have gone by."""

    def __init__(self, wait: float) -> None:
        super().__init__()
        self.wait = wait


class Hook(Bodied):
    """One call."""

    auth_resource = "jupyter_mlops"
    _track_activity = False  # nobody sits at it

    def initialize(self, root: Path, rate: Rate, refused: Rate) -> None:
        """What the server tells once. Calls that are not signed are counted by `refused`, apart from the
        others: nobody who does not know the secret keeps those out who do."""
        self._root = root
        self._rate = rate
        self._refused = refused

    @web.authenticated
    @authorized
    async def post(self, name: str) -> None:
        """Answer 202 with the slot; or why there is none."""
        try:
            sent = self.sent
            if sent is None:
                self._refused.admit(name)
                self._say(413, {"message": f"the body has more than {LARGEST:,} bytes"})
                return
            headers = {key.lower(): value for key, value in self.request.headers.items()}
            admit = functools.partial(self._rate.admit, name)
            try:
                slot = await asyncio.to_thread(_called, self._root, name, headers, sent, admit)
            except MLOpsError as error:
                self._refuse(name, error)
                return
        except TooOften as often:
            self.set_header("Retry-After", str(int(often.wait) + 1))
            self._say(429, {"message": f"{_CALLS} calls within {_WITHIN:g} s"})
            return
        self._say(202, slot.model_dump(mode="json"))

    def _refuse(self, name: str, error: MLOpsError) -> None:
        """What the caller can mend is told; of what only this side can, no more than that."""
        from jupyter_mlops.scheduling.triggers.webhook import TooMany  # not in the way of the server's start

        if error.http_status != TooMany.http_status:  # that one has been counted
            (self._rate if error.http_status in _SIGNED else self._refused).admit(name)
        self.log.warning("jupyter-mlops: a call of webhook %r: %s", name, error)
        if isinstance(error, ConfigError) or error.http_status >= 500:
            self._say(503, {"message": "the webhook cannot be used now: see the log of the Jupyter server"})
        else:
            self._say(error.http_status, {"message": str(error), "hint": error.hint})

    def _say(self, status: int, told: dict[str, Any]) -> None:
        self.set_status(status)
        self.finish(json.dumps(told))


def _called(root: Path, name: str, headers: dict[str, str], body: bytes, admit: Callable[[], None]) -> Any:
    from jupyter_mlops.project import Project

    return Project(root).call_hook(name, headers, body, admit=admit)
