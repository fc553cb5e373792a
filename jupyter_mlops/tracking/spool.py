"""What waits for the tracking server, or for the database (see `points`): for each run a folder with an
append-only file of operations.

Any number of processes may append at once; the order is that of appending. One sender at a time delivers
(see `sender`) and notes how far the server has acknowledged. Nothing heavy is imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: `owners.supported` is False there, and nothing is spooled
    fcntl = None  # type: ignore[assignment]

from jupyter_mlops.tracking.owners import LEASE, private

FOLDER = "spool"  # below the project's state folder
OPERATIONS = "operations.jsonl"
STATE = "state.json"
ABOUT = "run.json"
REFUSED = "refused.jsonl"
FILES = "files"
AWAY = "away.json"  # beside the runs: since when and why the server cannot be reached
NAMES = "names.jsonl"  # provisional run ids and those that the server gave
SYNC_EVERY = 0.05  # seconds: a power cut loses at most this much, and what the sender has not seen yet
RECENT = 60.0  # seconds for which a server that was away is taken to be so still
QUIET = 5.0  # seconds after which a drained spool that no lease holds is tidied away
ENDED = {"FINISHED", "FAILED", "KILLED"}

Operation = dict[str, Any]


class Spool:
    """The operations of one run, in `folder` (named by the run's id).

    `describe` says what the first append is to keep of the run: where it is recorded, and its state so far.
    """

    def __init__(self, folder: Path, describe: Callable[[], Mapping[str, Any]] | None = None) -> None:
        self.folder = folder
        self.run_id = folder.name
        self.describe = describe
        self._file = -1
        self._pid = -1
        self._mine = threading.Lock()
        self._synced = 0.0

    # -- writing

    def append(self, operation: Operation, copied: Path | None = None) -> None:
        """Put an operation at the end, with the file or folder that belongs to it, see `copy`; it is on its
        way once this returns.

        Raises:
            OSError: the disk is full; then nothing of it was kept.
        """
        line = json.dumps(operation, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        if self._pid != os.getpid():  # forked: lock and open file are shared with the parent
            self._file, self._pid, self._mine = -1, os.getpid(), threading.Lock()
        with self._mine:
            while True:
                if self._file < 0:
                    self._open()
                fcntl.flock(self._file, fcntl.LOCK_EX)
                try:
                    # else it was drained and tidied away, or is only half made: begin anew
                    if os.fstat(self._file).st_nlink and (self.folder / ABOUT).exists():
                        if copied is not None:
                            (self.folder / FILES).mkdir(mode=0o700, exist_ok=True)
                            os.rename(copied, self.folder / FILES / copied.name)
                        self._write(line)
                        return
                finally:
                    fcntl.flock(self._file, fcntl.LOCK_UN)
                os.close(self._file)
                self._file = -1

    def copy(self, path: Path) -> Path:
        """A folder that holds a copy of the file or folder, whose owner may now change or delete it; to be
        handed to `append`."""
        # beside the runs: a copy takes its time, and this run's folder may be tidied away meanwhile
        target = self.folder.parent / f".copy-{uuid.uuid4().hex}"
        target.mkdir(mode=0o700, parents=True)
        if path.is_dir():
            shutil.copytree(path, target / path.name)
        else:
            shutil.copyfile(path, target / path.name)
        return target

    def open_folder(self) -> None:
        """Make the folder with what is known of the run, unless it is there."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (self.folder / ABOUT).exists():
            about = dict(self.describe() if self.describe is not None else {})
            _replace(self.folder / ABOUT, {**about, "since": time.time()})

    def close(self) -> None:
        """Give the open file back; a later append opens it again."""
        with self._mine:
            if self._file >= 0 and self._pid == os.getpid():
                os.close(self._file)
            self._file = -1

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        while True:
            with contextlib.suppress(FileNotFoundError):  # tidied away in the middle
                self.open_folder()
                self._file = os.open(self.folder / OPERATIONS, flags, 0o600)
                return

    def _write(self, line: bytes) -> None:
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            line = b"\n" + line  # whoever wrote last was killed in the middle: that line is no operation
        written = os.write(self._file, line)
        if written < len(line):
            os.ftruncate(self._file, size)
            raise OSError(28, "no space left for what waits for the tracking server", str(self.folder))
        now = time.monotonic()
        if now - self._synced >= SYNC_EVERY:
            self._synced = now
            _sync(self._file)

    # -- reading

    def read(self, offset: int = 0) -> Iterator[tuple[Operation, int]]:
        """Each operation from `offset` (bytes) on, with the offset after it; torn lines are passed over."""
        try:
            file = open(self.folder / OPERATIONS, "rb")  # noqa: SIM115 - closed by the with below
        except FileNotFoundError:
            return
        with file:
            file.seek(offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                offset += len(line)
                operation = _parsed(line) if line != b"\n" else None
                if operation is not None:
                    yield operation, offset

    @property
    def size(self) -> int:
        """Bytes of all operations so far."""
        try:
            return (self.folder / OPERATIONS).stat().st_size
        except OSError:
            return 0

    @property
    def identity(self) -> int:
        """A number that changes when the folder was tidied away and begun anew; 0 where there is none."""
        try:
            return (self.folder / ABOUT).stat().st_mtime_ns
        except OSError:
            return 0

    @property
    def about(self) -> dict[str, Any]:
        """What is known of the run; empty where nothing is."""
        return _object(self.folder / ABOUT)

    @property
    def acknowledged(self) -> int:
        """The offset up to which the server has all."""
        return int(_object(self.folder / STATE).get("acknowledged", 0))

    @property
    def server_id(self) -> str:
        """The id by which the server knows the run."""
        return str(_object(self.folder / STATE).get("run_id", self.run_id))

    @property
    def waits(self) -> bool:
        """Something has not reached the server yet."""
        return self.size > self.acknowledged

    @property
    def ended(self) -> bool:
        """The last thing said of the run is how it ended."""
        last: Operation = {}
        try:
            with open(self.folder / OPERATIONS, "rb") as file:
                file.seek(max(0, self.size - 4096))
                last = _parsed(file.read().rstrip(b"\n").rpartition(b"\n")[2]) or {}
        except OSError:
            pass
        return last.get("op") == "update" and last.get("status") in ENDED

    def refused(self) -> list[dict[str, Any]]:
        """Operations that the server will never take, each with its reason."""
        try:
            lines = (self.folder / REFUSED).read_bytes().splitlines()
        except OSError:
            return []
        return [found for line in lines if (found := _parsed(line)) is not None]

    # -- the sender's part

    def acknowledge(self, offset: int) -> None:
        """The server has all up to `offset`."""
        _replace(self.folder / STATE, {**_object(self.folder / STATE), "acknowledged": offset})

    def name(self, run_id: str) -> None:
        """The run, begun without the server, is known there by this id."""
        _replace(self.folder / STATE, {**_object(self.folder / STATE), "run_id": run_id})
        note_name(self.folder.parent, self.run_id, run_id)

    def refuse(self, operation: Operation, reason: str) -> None:
        """Set an operation aside that the server will never take."""
        line = json.dumps({**operation, "reason": reason, "refused": time.time()}).encode() + b"\n"
        file = os.open(self.folder / REFUSED, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, line)
            _sync(file)
        finally:
            os.close(file)

    def sync(self) -> None:
        """What was appended so far survives a power cut."""
        with contextlib.suppress(OSError):
            file = os.open(self.folder / OPERATIONS, os.O_RDONLY)
            try:
                _sync(file)
            finally:
                os.close(file)

    def remove_drained(self) -> bool:
        """Delete the folder unless something waits in it; whoever appends next begins anew."""
        try:
            os.stat(self.folder / ABOUT)
            file = os.open(self.folder / OPERATIONS, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            return False
        gone = self.folder.with_name(f".done-{self.run_id}-{uuid.uuid4().hex[:8]}")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # or a process holds it open, see `points`
            if os.fstat(file).st_size > self.acknowledged or (self.folder / REFUSED).exists():
                return False
            os.rename(self.folder, gone)
            os.unlink(gone / OPERATIONS)  # an appender that waits for the lock sees by this that it is late
        except OSError:
            return False
        finally:
            os.close(file)
        shutil.rmtree(gone, ignore_errors=True)
        return True


def spools(folder: Path) -> list[Spool]:
    """The spools of a project, the oldest run first: a parent before its children."""
    found = [Spool(path.parent) for path in folder.glob(f"*/{ABOUT}") if not path.parent.name.startswith(".")]
    return sorted(found, key=lambda each: (float(each.about.get("since", 0.0)), each.run_id))


def waiting_spools(folder: Path) -> list[Spool]:
    """Those that hold something the server has not acknowledged."""
    return [each for each in spools(folder) if each.waits]


def tidy(folder: Path, runs: Path) -> None:
    """Remove spools that are drained and that no live run holds."""
    for each in spools(folder):
        if each.waits or (runs / each.run_id / LEASE).exists():
            continue
        with contextlib.suppress(OSError):
            file = each.folder / (OPERATIONS if each.size else ABOUT)
            if each.ended or time.time() - file.stat().st_mtime > QUIET:
                each.remove_drained()


def things(operation: Operation) -> int:
    """How many things an operation holds: each point, parameter and tag counts."""
    return (
        sum(len(operation[kind]) for kind in ("metrics", "params", "tags"))
        if operation["op"] == "batch"
        else 1
    )


def note_away(folder: Path, uri: str, reason: str | None) -> None:
    """Keep since when and why the server cannot be reached; None where it can."""
    path = folder / AWAY
    known = _object(path)
    if reason is None:
        if uri in known:
            _replace(path, {key: value for key, value in known.items() if key != uri})
        return
    since = known.get(uri, {}).get("since", time.time())
    _replace(path, {**known, uri: {"since": since, "seen": time.time(), "reason": reason}})


def away(folder: Path, uri: str) -> str | None:
    """Why the server could not be reached when it was last tried, if that was not long ago."""
    known = _object(folder / AWAY).get(uri)
    recent = isinstance(known, dict) and time.time() - float(known.get("seen", 0)) < RECENT
    return str(known["reason"]) if recent and known else None


def note_name(folder: Path, provisional: str, real: str) -> None:
    """The run that began as `provisional`, without the server, is known there as `real`."""
    file = os.open(folder / NAMES, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, json.dumps({"provisional": provisional, "run": real}).encode() + b"\n")
        _sync(file)
    finally:
        os.close(file)


def names(folder: Path) -> dict[str, str]:
    """Provisional run ids and those that the server gave."""
    try:
        lines = (folder / NAMES).read_bytes().splitlines()
    except OSError:
        return {}
    found = [known for line in lines if (known := _parsed(line)) is not None]
    return {str(each["provisional"]): str(each["run"]) for each in found}


def _parsed(line: bytes) -> Operation | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _object(path: Path) -> dict[str, Any]:
    try:
        return _parsed(path.read_bytes()) or {}
    except OSError:
        return {}


def _replace(path: Path, value: Mapping[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    with open(temporary, "wb", opener=private) as file:
        file.write(json.dumps(value, allow_nan=False).encode())
    os.replace(temporary, path)


def _sync(file: int) -> None:
    getattr(os, "fdatasync", os.fsync)(file)
