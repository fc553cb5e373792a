"""A real Jupyter server over a folder of projects, and what is asked of its REST interface."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from tests.conftest import cell, no_server, write
from tests.server.jupyter import TOKEN, Answer, ask, jupyter

PREFIX = "/jupyter-mlops"
TRAIN = (
    cell("C = 1.0\nfail: bool = False", "parameters", identifier="params"),
    cell(
        "from IPython.display import HTML, Javascript, display\nimport mlflow\n"
        "print(f'training with C={C}')\n"
        "display(HTML('<b>table</b><script>window.pwned = 1</script>'), Javascript('window.pwned = 2'))\n"
        "for step in range(3):\n    mlflow.log_metric('loss', 1 / (C + step), step=step)",
        identifier="train",
    ),
    cell("if fail:\n    raise ValueError('it fails')\nprint('done')", identifier="check"),
    cell("# Notes", kind="markdown", identifier="notes"),
)


@dataclass(frozen=True)
class Server:
    """A server whose root is `root`, and whose log grows in `log`."""

    root: Path
    port: int
    token: str
    log: Path
    pid: int

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request to that very path, with these headers only."""
        return ask(self.port, method, path, body, headers)

    def rest(self, method: str, path: str, /, json: Any = None, **query: Any) -> Answer:
        """One request of who may, such as ``rest("GET", "/runs", limit=2, project="churn")``; a value of the
        query that is a list is given several times."""
        body = None if json is None else _text(json).encode()
        headers = {"Authorization": f"token {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        words = urlencode(query, doseq=True)
        return self.ask(method, f"{PREFIX}{quote(path)}{'?' if words else ''}{words}", body, headers)


_text = json.dumps


@contextlib.contextmanager
def serving(place: Path, root: Path, *options: str, **environment: str) -> Iterator[Server]:
    """A Jupyter server of the folder `root`, its own files in `place`, while the block lasts."""
    with no_server(), jupyter(root, place, *options, **environment) as (process, port):
        yield Server(root, port, TOKEN, place / "log", process.pid)


def train_notebook(path: Path) -> Path:
    """A notebook with parameters C and fail that logs a metric three times and shows HTML and JavaScript."""
    return write(path, list(TRAIN))
