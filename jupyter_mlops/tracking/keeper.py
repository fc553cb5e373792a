"""One small process beside a project's live runs: it settles those whose process is gone, and sends what
waits for the tracking server.

Started by whoever takes a run, unless one runs already; ends by itself. It imports nothing heavy before it
has something to do.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path

from jupyter_mlops.tracking import owners, spool
from jupyter_mlops.tracking.tags import NOTEBOOK_VARIABLE, RUN_VARIABLE

LOCK = "keeper.lock"
LOG = "keeper.log"
LOOK = 2.0  # seconds between two looks at the leases
WATCH = 0.2  # seconds between two looks at spools
LINGER = 5.0  # seconds that it stays with nothing to do: the next run of a grid finds it
GIVE_UP = 600.0  # seconds that it tries to send when no run is live; `jupyter mlops sync` goes on from there
FIRST_PAUSE = 0.25  # seconds between two tries while the server is away; doubled up to the longest
LONGEST_PAUSE = 15.0
LONGEST_UPLOAD = 160  # seconds that a server may take to answer an upload
TIMEOUT = "MLFLOW_HTTP_REQUEST_TIMEOUT"
# what is true of the process that starts it, not of the project
_NOT_OURS = {
    RUN_VARIABLE,
    NOTEBOOK_VARIABLE,
    "MLFLOW_RUN_ID",
    "MLFLOW_EXPERIMENT_ID",
    "MLFLOW_EXPERIMENT_NAME",
}


def ensure(state_folder: Path) -> bool:
    """Start the project's keeper unless one runs; True if this call started it.

    A kernel that runs headless starts none: its runner has, and what a kernel starts ends with it.
    """
    if not owners.supported() or RUN_VARIABLE in os.environ:
        return False
    lock = owners.try_lock(state_folder / LOCK)
    if lock is None:
        return False
    try:
        _start(state_folder, lock)
    finally:
        os.close(lock)  # the keeper has inherited it, so no moment passes in which a second could start
    return True


def _start(state_folder: Path, lock: int) -> None:
    import subprocess

    # -P: a file of the project's folder must not stand in for a module of ours
    words = [sys.executable, "-P", "-m", "jupyter_mlops.tracking.keeper", str(state_folder), str(lock)]
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_OURS}
    with open(state_folder / LOG, "wb", opener=owners.private) as log:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
            pass_fds=(lock,),
            start_new_session=True,
        )
    # it forks and its first process ends at once; nobody should wait for that
    threading.Thread(target=process.wait, name="keeper start", daemon=True).start()


class Keeper:
    """What the process does, round by round."""

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder
        self.spools = state_folder / spool.FOLDER
        self._next_look = 0.0
        self._next_try = 0.0
        self._pause = 0.0
        self._busy = time.monotonic()  # when there last was something to do
        self._live = time.monotonic()  # when a run was last live, or something was sent
        self._given_up = False

    def round(self, now: float) -> bool:
        """Settle and send what there is; False where nothing has been left to do for a while."""
        if now >= self._next_look:
            self._next_look = now + LOOK
            self._settle()
            spool.tidy(self.spools, self.folder / owners.RUNS)
        waiting = spool.waiting_spools(self.spools)
        if waiting and now >= self._next_try:
            self._send(now)
        live = bool(owners.leases(self.folder))
        if live:
            self._live = now
        if live or waiting:
            self._busy = now
        self._given_up = now - self._live > GIVE_UP
        return now - self._busy < LINGER and not self._given_up

    def idle(self) -> bool:
        """Nothing is live, and nothing waits that could be sent."""
        waiting = not self._given_up and spool.waiting_spools(self.spools)
        return not owners.leases(self.folder) and not waiting

    def _settle(self) -> None:
        lost = {uri for lease in owners.leases(self.folder) if (uri := owners.orphaned(lease)) is not None}
        if not lost:
            return
        from jupyter_mlops.tracking.leases import settle_all

        for uri in lost:
            if not settle_all(self.folder.parent, uri):  # its server is away
                self._next_look = time.monotonic() + LONGEST_PAUSE

    def _send(self, now: float) -> None:
        from jupyter_mlops.tracking import sender

        outcome = sender.drain(self.spools)
        if outcome.sent:
            self._live, self._pause = time.monotonic(), 0.0
        if outcome.reason is None:
            self._next_try = 0.0
            return
        if outcome.reason == sender.NO_ANSWER:  # an upload may take a slow server long
            os.environ[TIMEOUT] = str(min(2 * int(os.environ[TIMEOUT]), LONGEST_UPLOAD))
        self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE)
        self._next_try = time.monotonic() + self._pause


def main(state_folder: Path, lock: int) -> None:
    """Keep the project until nothing is left to do, or its folder is gone."""
    keeper = Keeper(state_folder)
    held: int | None = lock
    while held is not None:
        while _same(state_folder / LOCK, held):
            with _told():
                if not keeper.round(time.monotonic()):
                    break
            time.sleep(WATCH if keeper.spools.exists() else LOOK / 2)
        os.close(held)
        # who took a run just now may have found the lock still held
        held = None if not state_folder.exists() or keeper.idle() else owners.try_lock(state_folder / LOCK)


@contextlib.contextmanager
def _told():  # type: ignore[no-untyped-def]
    """No failure of one round may end the keeper: the next may go well."""
    try:
        yield
    except Exception:
        import traceback

        if sys.stderr.seekable() and sys.stderr.tell() > 1_000_000:
            sys.stderr.truncate(0)
        traceback.print_exc()


def _same(path: Path, held: int) -> bool:
    """Whether the lock held is the one at `path`: not so once the project's folder was deleted."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(held))
    except OSError:
        return False


if __name__ == "__main__":
    if os.fork():  # the first process ends, so that nobody has to wait for the keeper as its child
        os._exit(0)
    os.chdir("/")
    # short tries: it comes back to them
    os.environ |= {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", TIMEOUT: "10"}
    os.environ.pop("MLFLOW_TRACKING_URI", None)  # each run says itself where it is recorded
    main(Path(sys.argv[1]), int(sys.argv[2]))
