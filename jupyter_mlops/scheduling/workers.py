"""The processes that a scheduler begins: one for each slot. They outlive it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from jupyter_mlops.entities import Slot

# in the project's state folder: why a worker did not come up; one that did has a log of its own
LOG = "workers.log"
_LONGEST_LOG = 1_000_000  # bytes, after which it is begun anew; the former one is kept beside it


class Workers:
    """Begins them for the project at `root`, each with `environment` on top of this process's own."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._root = root
        self._environment = environment
        self._going: list[subprocess.Popen[bytes]] = []

    def launch(self, slot: Slot, token: str) -> None:
        """Begin the one that runs the slot, in a session of its own: no signal to this one reaches it.

        Raises:
            OSError: the system starts no process.
        """
        command = [sys.executable, "-P", "-m", "jupyter_mlops.worker", str(self._root), str(slot.id), token]
        log = self._log()
        try:
            process = subprocess.Popen(
                command,
                cwd=self._root,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        finally:
            os.close(log)
        self._going.append(process)

    def going(self) -> list[subprocess.Popen[bytes]]:
        """Those that go on; of the others nothing is left, also in the system's list of processes."""
        self._going = [process for process in self._going if process.poll() is None]
        return list(self._going)

    def let_go(self) -> None:
        """They go on by themselves: no longer ours to wait for."""
        for process in self._going:
            process.returncode = 0  # or Popen warns, when it is deleted, of a process that goes on
        self._going.clear()

    def _log(self) -> int:
        path = self._root / ".mlops" / LOG
        path.parent.mkdir(exist_ok=True)
        if path.exists() and path.stat().st_size > _LONGEST_LOG:
            os.replace(path, path.with_name(f"{LOG}.1"))
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
