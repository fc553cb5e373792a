"""A real Jupyter server, and calls of its webhooks."""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jupyter_mlops.notices.channels import signature
from tests.server.jupyter import TOKEN, Answer, ask, jupyter

SECRET = "another one, for the test only"
CONFIG = """
schedules:
  called: {notebook: report.ipynb, on: {webhook: {secret: env:HOOK_SECRET}}}
  unset: {notebook: report.ipynb, on: {webhook: {secret: env:NOT_SET_ANYWHERE}}}
  over: {notebook: report.ipynb, on: {webhook: {secret: env:HOOK_SECRET}}, end: 2020-01-01}
  timed: {notebook: report.ipynb, every: 1h}
"""


@dataclass(frozen=True)
class Server:
    """A server of the project at `root`."""

    root: Path
    port: int

    def ask(
        self, path: str, body: bytes = b"", *, method: str = "POST", headers: Mapping[str, str] = {}
    ) -> Answer:
        """One request, with these headers only."""
        return ask(self.port, method, path, body, headers)

    def call(
        self,
        name: str = "called",
        body: bytes = b"",
        *,
        letter: str | None = None,
        sent: int | None = None,
        secret: str = SECRET,
        **changed: str | None,
    ) -> Answer:
        """A call of a webhook, signed, with a token; `changed` are other values of headers, None leaves one
        out."""
        letter = letter or f"msg_{uuid.uuid4().hex}"
        sent = int(time.time()) if sent is None else sent
        headers: dict[str, str | None] = {
            "Authorization": f"token {TOKEN}",
            "Content-Type": "application/json",
            "webhook-id": letter,
            "webhook-timestamp": str(sent),
            "webhook-signature": signature(secret, letter, sent, body),
        }
        headers |= {header.replace("_", "-"): value for header, value in changed.items()}
        given = {header: value for header, value in headers.items() if value is not None}
        return self.ask(f"/jupyter-mlops/hooks/{name}", body, headers=given)


@contextlib.contextmanager
def serving(place: Path) -> Iterator[Server]:
    """A Jupyter server of a project in `place`, while the block lasts."""
    root = place / "project"
    root.mkdir()
    (root / "mlops.yaml").write_text(CONFIG)
    document = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "report.ipynb").write_text(json.dumps(document))
    with jupyter(root, place, HOOK_SECRET=SECRET) as (_, port):
        yield Server(root, port)
