"""What a served model was asked and answered, kept for monitoring: off the way of requests."""

from __future__ import annotations

import io
import json
import queue
import re
import secrets
import shlex
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any

from jupyter_mlops.catalogue.adding import add
from jupyter_mlops.catalogue.names import plain_name
from jupyter_mlops.catalogue.sources import given
from jupyter_mlops.config import STATE_FOLDER, Config
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.files import private
from jupyter_mlops.serving.server.rows import Exchange, NotRows, rows_of
from jupyter_mlops.tracking.store import Store

FOLDER = "requests"
LARGEST_FILE = 64_000_000  # bytes of a file, but for a single row that is larger
ENTER_EVERY = 3600.0  # seconds between two versions of the dataset, while rows come
_WAITING = 128_000_000  # bytes that may wait to be written; what comes then is not recorded
_UNSAFE = re.compile(r"[^\w.-]+|^\.+")


class Recorder:
    """Appends rows to ``.mlops/requests/MODEL/*.jsonl``, and makes each file a version of the dataset
    ``MODEL-requests``: every hour, when it is full, and in the end. `tell` is told of that in a line, and of
    what keeps it from recording: it stops then, and nothing else does."""

    def __init__(self, store: Store, config: Config, model: str, tell: Callable[[str], None]) -> None:
        self.rows = 0
        self.skipped = 0  # requests that are not of rows
        self.lost = 0  # requests that came too fast
        self.problem = ""
        self.dataset = plain_name(f"{model}-requests")
        self.place = f"{STATE_FOLDER}/{FOLDER}/{_UNSAFE.sub('-', model)}"
        self._store, self._config, self._tell = store, config, tell
        self._queue: queue.SimpleQueue[Exchange | None] = queue.SimpleQueue()
        self._waiting = 0
        self._counting = threading.Lock()
        self._file: io.FileIO | None = None
        self._path = Path()
        self._fresh = False  # the file has rows that no version has
        self._entered = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)
        self._thread.start()

    @property
    def working(self) -> bool:
        """It has not put down all yet."""
        return self._thread.is_alive()

    def offer(self, exchange: Exchange) -> None:
        """Record it, some time soon; never waits."""
        size = len(exchange.request) + len(exchange.answer)
        with self._counting:
            if self.problem:
                return
            if self._waiting + size > _WAITING:
                self.lost += 1
                return
            self._waiting += size
        self._queue.put(exchange)

    def close(self) -> None:
        """Nothing comes any more: put down what is left, then end; see `working`."""
        self._queue.put(None)

    def about(self) -> dict[str, Any]:
        """What is to be told of it."""
        told = {"folder": self.place, "rows": self.rows, "skipped": self.skipped, "lost": self.lost}
        return told | ({"stopped": self.problem} if self.problem else {})

    def _work(self) -> None:
        while True:
            try:
                exchange = self._queue.get(timeout=max(self._entered + ENTER_EVERY - time.monotonic(), 0.01))
            except queue.Empty:
                self._enter()
                continue
            if exchange is None:
                break
            with self._counting:
                self._waiting -= len(exchange.request) + len(exchange.answer)
            if not self.problem:
                self._record(exchange)
        self._enter()
        if self._file is not None:
            self._file.close()

    def _record(self, exchange: Exchange) -> None:
        try:
            rows = rows_of(exchange)
            texts = (json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
            lines = [f"{text}\n".encode() for text in texts]
        except (NotRows, ValueError, RecursionError):
            self.skipped += 1
            return
        try:
            self._append(lines)
        except (OSError, MLOpsError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            self.problem = f"{self.place} cannot be written: {reason}"
            self._tell(f"{self.problem}; requests are not recorded any more, and answered as before")
            return

    def _append(self, lines: Sequence[bytes]) -> None:
        """To the file, and where that is full to another: many rows may take several."""
        sizes = list(accumulate(map(len, lines), initial=0))
        done = 0
        while done < len(lines):
            if self._file is None:
                self._file = self._open()
            used = self._file.tell()
            end = bisect_right(sizes, sizes[done] + LARGEST_FILE - used) - 1
            end = max(end, done + 1) if not used else end
            if end > done:
                _write(self._file, b"".join(lines[done:end]))
                self._fresh = True
                self.rows += end - done
                done = end
            if done < len(lines):
                self._enter()
                self._file.close()
                self._file = None

    def _open(self) -> io.FileIO:
        folder = self._store.writable_folder() / FOLDER / Path(self.place).name
        for each in (folder.parent, folder):
            each.mkdir(mode=0o700, exist_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}.jsonl"
        self._path = folder / name
        return open(self._path, "ab", buffering=0, opener=private)

    def _enter(self) -> None:
        """The file is a version of the dataset, as far as it goes."""
        self._entered = time.monotonic()
        if not self._fresh:
            return
        self._fresh = False
        try:
            self._store.check_answers()
            data = given(self._store, self._config, self._path, name=self.dataset)
            added = add(self._store, data)
        except Exception as error:  # the store may be away, in any way: the file is still there
            words = ["dataset", "add", f"{self.place}/{self._path.name}", "--name", self.dataset]
            problem = " ".join(str(error).split())[:300]
            later = shlex.join(["jupyter", "mlops", *words])
            self._tell(f"what was recorded is not in the catalogue: {problem} (later: {later})")
            return
        self._tell(f"{added.version.label}: {self.rows} rows of requests until now")
        if added.unkept:
            self._tell(added.unkept)


def _write(file: io.FileIO, data: bytes) -> None:
    before = file.tell()
    try:
        left = memoryview(data)
        while left:
            left = left[file.write(left) :]
    except OSError:
        file.truncate(before)  # no half a line
        raise
