"""A scheduler beside the Jupyter server, where ``mlops.yaml`` has ``scheduler: {jupyter: true}``."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

LOG = "scheduler.log"  # in the project's state folder
_LOOK = 2.0  # seconds between two looks at the process and at mlops.yaml
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 300.0  # seconds until one that ended is started again
_LAST_WORDS = 5.0  # seconds that it may take to end
_STEADY = 60.0  # seconds after which one that ends is started again soon
_LONGEST_LOG = 5_000_000  # bytes, after which the log is begun anew; the former one is kept beside it


def host(server: Any) -> None:
    """Keep a scheduler for the project of the server's root folder, for as long as the server is there and
    ``mlops.yaml`` wants it. It ends with the server, however that ends."""

    def keep() -> None:
        from jupyter_mlops.config import search_root  # not in the way of the server's start

        Host(search_root(Path(server.root_dir).expanduser()), server.log).keep()

    threading.Thread(target=keep, name="scheduler", daemon=True).start()


class Host:
    """Starts the scheduler of the project at `root`, and starts it again where it ends, later each time.

    Its standard input is a pipe of which only the server has the other end: it ends when that is closed.
    """

    def __init__(self, root: Path, log: Any) -> None:
        self._root = root
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._seen: tuple[int, int] | None = None  # of mlops.yaml
        self._wanted = False
        self._troubles = 0
        self._began = 0.0
        self._due = 0.0

    @property
    def _path(self) -> Path:
        return self._root / ".mlops" / LOG

    @property
    def pid(self) -> int | None:
        """The scheduler's process; None where there is none."""
        return None if self._process is None else self._process.pid

    def keep(self) -> None:
        """Look, again and again; for a thread of its own."""
        while True:
            with contextlib.suppress(OSError):  # a full disk, or a folder that is gone: the next look tells
                self.look()
            time.sleep(_LOOK)

    def look(self) -> None:
        """See that the scheduler runs, if it is wanted."""
        self._read()
        if self._process is not None and self._process.poll() is not None:
            self._has_ended(self._process)
        if self._process is not None and not self._wanted:
            self.end()
        if self._process is None and self._wanted and time.monotonic() >= self._due:
            self._start()
        self._shorten()

    def end(self) -> None:
        """Have it end; what it began goes on."""
        process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LAST_WORDS)

    def _read(self) -> None:
        """Whether it is wanted, as ``mlops.yaml`` says now; one that is broken changes nothing."""
        from jupyter_mlops.config import CONFIG_NAME, load_config
        from jupyter_mlops.exceptions import MLOpsError

        try:
            found = (self._root / CONFIG_NAME).stat()
            seen = (found.st_mtime_ns, found.st_size)
        except OSError:
            self._seen, self._wanted = None, False
            return
        if seen == self._seen:
            return
        self._seen = seen
        self._due = 0.0  # what kept it from starting may be mended
        with contextlib.suppress(MLOpsError):  # whoever reads it next says what is wrong
            self._wanted = load_config(self._root).scheduler.jupyter

    def _start(self) -> None:
        path = self._path
        path.parent.mkdir(exist_ok=True)
        command = [sys.executable, "-P", "-m", "jupyter_mlops", "scheduler", "start", "--hosted"]
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._process = subprocess.Popen(
                [*command, "--project", str(self._root)],
                cwd=self._root,
                stdin=subprocess.PIPE,
                stdout=handle,
                stderr=handle,
                start_new_session=True,  # Ctrl-C at the server's terminal is the server's to answer
            )
        finally:
            os.close(handle)
        self._began = time.monotonic()
        self._log.info("jupyter-mlops: a scheduler runs what is due in %s; its log is %s", self._root, path)

    def _has_ended(self, process: subprocess.Popen[bytes]) -> None:
        self.end()
        self._troubles = 1 if time.monotonic() - self._began > _STEADY else self._troubles + 1
        wait = min(_FIRST_WAIT * 2 ** min(self._troubles - 1, 10), _LONGEST_WAIT)
        self._due = time.monotonic() + wait
        self._log.warning(
            "jupyter-mlops: the scheduler of %s ended with %d; it is started again in %.0f s; see %s",
            self._root,
            process.returncode,
            wait,
            self._path,
        )

    def _shorten(self) -> None:
        """The scheduler writes at the end of the file, wherever that is."""
        path = self._path
        if self._process is not None and path.stat().st_size > _LONGEST_LOG:
            shutil.copyfile(path, path.with_name(f"{LOG}.1"))
            os.truncate(path, 0)
