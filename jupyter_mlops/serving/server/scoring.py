"""MLflow's own scoring server, in a process of its own that nobody else can reach, and that dies with us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution import supervisor
from jupyter_mlops.files import is_gone
from jupyter_mlops.serving.server.client import LOST, Answer, Client
from jupyter_mlops.tracking.scoring import About
from jupyter_mlops.tracking.store import Store

START_TIME = 600.0  # seconds that loading a model may take
ANSWER_TIME = 60.0  # seconds that an answer may take, where MLflow's own variable does not say otherwise
_TIME_VARIABLE = "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT"
_SLACK = 5.0  # seconds by which MLflow's own limit comes before ours
_TICK = 0.05
_SERVER, _FILES = "mlops-serve-", "mlops-model-"  # begin the names of folders
_QUIET = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
_SOCKET, _ABOUT = "s", "about.json"
_LONGEST = 70  # characters of a folder in which a socket may lie
_EXCEPTION = re.compile(r"[\w.]+(Error|Exception|Exit|Interrupt)\b")


class NotServed(MLOpsError):
    """A version's scoring server did not start. `is_model` is False of what is no model."""

    def __init__(self, message: str, *, is_model: bool = True) -> None:
        hint = "it needs the packages that it was made with, and its files"
        super().__init__(message, hint=hint if is_model else "log it as a model: %track model")
        self.is_model = is_model


class NoAnswer(NotServed):
    """A version's scoring server started, and answered its own input example with an error."""


class ScoringServer:
    """The scoring server of one version. To be used in one event loop; `ended` is called there when its
    process has ended by itself."""

    def __init__(self, store: Store, version: ModelVersion, ended: Callable[[ScoringServer], None]) -> None:
        self.version = version.version
        self.label = f"{version.name}@{version.version}"
        self.about = About()
        self.in_flight = 0
        self.pid = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._ended = ended
        self._said: deque[str] = deque(maxlen=200)
        self._folder = Path(tempfile.mkdtemp(prefix=f"{_SERVER}{_owner()}-", dir=_short()))
        self._files = Path(tempfile.mkdtemp(prefix=f"{_FILES}{_owner()}-"))
        self._client = Client(str(self._folder / _SOCKET), _answer_time())
        self._process = self._start(store, f"models:/{version.name}/{version.version}")

    @property
    def running(self) -> bool:
        """Its process has not ended."""
        return self._process.poll() is None

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """A request is with it while the block lasts."""
        self.in_flight += 1
        self._idle.clear()
        try:
            yield
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self._idle.set()

    async def drained(self, seconds: float) -> bool:
        """Whether no request is with it any more within so many seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)
        return not self.in_flight

    async def fetch(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", accept: str = ""
    ) -> Answer:
        """Its answer; see `Client.fetch`."""
        return await self._client.fetch(method, path, body, kind, accept)

    async def ready(self) -> None:
        """Wait until it answers, its own input example included.

        Raises:
            NotServed: it does not.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + START_TIME
        while not await self._answers():
            if not self.running:
                raise self._problem()
            if loop.time() > until:
                raise NotServed(f"{self.label} did not answer within {START_TIME:.0f} s")
            await asyncio.sleep(_TICK)
        self.about = self._read_about()
        if self.about.example:
            await self._try_example()

    def stop(self) -> None:
        """End the process and all that it started, at once, and take its files away."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()  # the lifeline
        try:
            self._process.wait(supervisor.KILL_TIME + 1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._client.close()
        for folder in (self._folder, self._files):
            shutil.rmtree(folder, ignore_errors=True)

    async def _answers(self) -> bool:
        if not (self._folder / _SOCKET).exists():
            return False
        with contextlib.suppress(*LOST):
            return (await self.fetch("GET", "/ping")).code == 200
        return False

    async def _try_example(self) -> None:
        try:
            answer = await self.fetch("POST", "/invocations", self.about.example.encode(), "application/json")
        except LOST as error:
            raise NotServed(f"{self.label} did not answer its own input example: {error}") from None
        if answer.code != 200:
            raise NoAnswer(f"{self.label} answers its own input example with {answer.code}: {said(answer)}")

    def _start(self, store: Store, uri: str) -> subprocess.Popen[bytes]:
        status, told = os.pipe()
        words = [sys.executable, "-I", "-S", supervisor.__file__, str(os.getpid()), str(told)]
        files = [self._folder / _SOCKET, self._files / _ABOUT]  # the first folder goes with the supervisor
        server = [sys.executable, "-m", "jupyter_mlops.tracking.scoring", uri, *map(str, files)]
        try:
            process = subprocess.Popen(
                [*words, str(self._folder), "--", *server],
                env={**os.environ, **store.environment(), **_QUIET, "TMPDIR": str(self._files)},
                stdin=subprocess.PIPE,  # the lifeline: closed by us, or by our end, it kills everything
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(told,),
                start_new_session=True,  # Ctrl-C is for us: requests that it has are to be answered
            )
        finally:
            os.close(told)
        loop = asyncio.get_running_loop()
        name = f"scoring server {self.label}"
        threading.Thread(target=self._watch, args=(process, status, loop), name=name, daemon=True).start()
        return process

    def _watch(self, process: subprocess.Popen[bytes], status: int, loop: asyncio.AbstractEventLoop) -> None:
        with open(status, "rb") as stream:
            self.pid = int(stream.readline() or 0)
        assert process.stderr is not None
        with process.stderr as stream:
            for line in stream:
                self._said.append(line.decode(errors="replace").rstrip())
        process.wait()
        with contextlib.suppress(RuntimeError):  # we end, too
            loop.call_soon_threadsafe(self._ended, self)

    def _read_about(self) -> About:
        try:
            return About.model_validate(json.loads((self._files / _ABOUT).read_text("utf-8")))
        except (OSError, ValueError):
            return About()

    def _problem(self) -> NotServed:
        about = self._read_about()
        if about.problem:
            return NotServed(f"{self.label} cannot be served: {about.problem}"[:500], is_model=about.is_model)
        lines = [line for line in reversed(self._said) if line]
        last = next((line for line in lines if _EXCEPTION.match(line)), lines[0] if lines else "")
        said = f", saying: {last}"[:500] if last and "killed" not in self.end else ""
        return NotServed(f"the scoring server of {self.label} {self.end}{said}")

    @property
    def end(self) -> str:
        """How its process ended, in words."""
        code = self._process.returncode or 0
        if code < 0 or code > 128:  # the supervisor's own end, or what it tells of the server's
            return f"was killed by signal {-code if code < 0 else code - 128}"
        return f"ended with exit code {code}"


def said(answer: Answer) -> str:
    """What an answer says is wrong, in a line."""
    try:
        told = json.loads(answer.body)
        lines = str(told.get("stack_trace") or "").strip().splitlines()
        text = lines[-1] if lines else str(told["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        text = answer.body.decode(errors="replace")
    return " ".join(text.split())[:300]


def sweep() -> None:
    """Take away the folders of servers that were killed, and had no time to."""
    for base in {tempfile.gettempdir(), _short()}:
        for folder in [*Path(base).glob(f"{_SERVER}*"), *Path(base).glob(f"{_FILES}*")]:
            host, pid = folder.name.removeprefix(_SERVER).removeprefix(_FILES).split("-")[:2]
            with contextlib.suppress(OSError):
                ours = host == _host() and folder.stat().st_uid == os.getuid()
                if ours and pid.isdigit() and is_gone(int(pid)):
                    shutil.rmtree(folder, ignore_errors=True)


def _owner() -> str:
    return f"{_host()}-{os.getpid()}"


def _host() -> str:
    """Containers may share a folder, and do not see each other's processes."""
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _short() -> str:
    usual = tempfile.gettempdir()
    return usual if len(usual) <= _LONGEST else "/tmp"


def _answer_time() -> float:
    with contextlib.suppress(ValueError):
        return float(os.environ.get(_TIME_VARIABLE, ANSWER_TIME)) + _SLACK
    return ANSWER_TIME + _SLACK
