"""What tests of `serve` share: a server in a thread, or a process of its own, and how to ask it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_mlops.project import Project
from jupyter_mlops.serving.server.serving import ServeOptions, Serving
from tests import waiting

ROWS = {"dataframe_split": {"columns": ["age", "tenure"], "data": [[75.0, 7.0], [20.0, 20.0], [19.0, 0.1]]}}
PATIENCE = 90.0  # seconds that anything may take on a busy machine
until = partial(waiting.until, seconds=PATIENCE)


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    @property
    def version(self) -> str | None:
        """Which version answered."""
        return self.headers.get("X-Model-Version")


def ask(
    url: str, body: Any = None, kind: str = "application/json", method: str | None = None, **headers: str
) -> Answer:
    """Ask over HTTP, whatever the status; a `body` that is no text is sent as JSON."""
    data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    told = {**({"Content-Type": kind} if body is not None else {}), **headers}
    request = urllib.request.Request(url, data, told, method=method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())


@dataclass
class Served:
    """A model that is served by a thread of this process; `lines` are what it told."""

    project: Project
    serving: Serving
    lines: list[str]

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.serving.url

    def point(self, version: int, alias: str = "champion") -> None:
        """Move the alias, as another process would."""
        self.project.store.client().set_registered_model_alias("churn", alias, str(version))

    def expected(self, version: int) -> list[str]:
        """What that version says of `ROWS`."""
        import pandas as pd

        model = self.project.load_model(f"churn@{version}")
        frame = pd.DataFrame(ROWS["dataframe_split"]["data"], columns=ROWS["dataframe_split"]["columns"])
        return [str(value) for value in model.predict(frame[list(model.feature_names_in_)])]

    def answers_by(self, version: int) -> bool:
        """It is that version that answers."""
        return ask(f"{self.url}/ping").version == str(version)


@contextmanager
def serving(project: Project, **options: Any) -> Iterator[Served]:
    """Serve ``churn@champion`` on a free port while the block lasts."""
    lines: list[str] = []
    wanted = ServeOptions(port=0, **{"poll": 0.1, **options})
    made = Serving(project.store, project.config, "churn@champion", wanted, lines.append)
    problems: list[BaseException] = []

    def run() -> None:
        try:
            made.run()
        except BaseException as error:
            problems.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        assert made.answering.wait(PATIENCE)
        assert not problems, problems
        yield Served(project, made, lines)
    finally:
        made.stop()
        thread.join(PATIENCE)
    assert not thread.is_alive()
    assert not problems, problems


@dataclass
class Process:
    """`jupyter mlops serve` as a person starts it; what it says goes to `log`."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def said(self) -> str:
        """All it said until now."""
        return self.log.read_text(encoding="utf-8")

    def url(self) -> str:
        """Where it answers, once it does."""

        def look() -> str:
            found = re.search(r"answers on (\S+)/invocations\n", self.said)
            assert found or self.process.poll() is None, self.said
            return found[1] if found else ""

        return str(until(look))

    def end(self, number: signal.Signals) -> int:
        """Send it a signal; its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def command(project: Project, *words: str) -> Iterator[Process]:
    """``jupyter mlops serve`` with these words."""
    log = project.root / "serve.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyter_mlops", "serve", *words],
            cwd=project.root,
            stdout=stream,
            stderr=stream,
            env=dict(os.environ),
        )
    try:
        yield Process(process, log)
    finally:
        process.kill()
        process.wait()
