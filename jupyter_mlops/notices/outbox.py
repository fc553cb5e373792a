"""Notices on their way: a file for each channel that one is to go through, in ``.mlops/notices``."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from jupyter_mlops.config import NotifyConfig
from jupyter_mlops.entities import Delivery, Entity, Notice
from jupyter_mlops.files import write_whole

FOLDER = "notices"
KEPT = 200  # that were sent or given up, for `jupyter mlops notify` to show
WAITING, DONE = "waiting", "done"


class Letter(Entity):
    """A notice for one channel. `due` is when it is to be tried next, in seconds since the epoch; `id` stays
    the same through all tries, so that whoever gets it twice can tell."""

    id: str
    notice: Notice
    channel: NotifyConfig
    state: str = "waiting"
    tries: int = 0
    due: float = 0.0
    problem: str = ""
    when: datetime

    def delivery(self) -> Delivery:
        """As people are told of it."""
        return Delivery(
            notice=self.notice.event.value,
            channel=self.channel.label,
            subject=self.notice.subject,
            state=self.state,
            tries=self.tries,
            problem=self.problem,
            when=self.when,
        )


class Outbox:
    """The letters of the project whose ``.mlops`` this is."""

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder / FOLDER

    def put(self, notice: Notice, channel: NotifyConfig) -> Letter:
        """A new letter, on the disk before this returns."""
        now = datetime.now(UTC)
        letter = Letter(
            id=f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}", notice=notice, channel=channel, when=now
        )
        (self.folder / WAITING).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(WAITING, letter)
        return letter

    def waiting(self) -> list[Letter]:
        """Those that are still to be sent, oldest first."""
        return self._read(WAITING)

    def done(self) -> list[Letter]:
        """Those that were sent or given up, oldest first."""
        return self._read(DONE)

    def find(self, letter_id: str) -> Letter | None:
        """The letter as it is now."""
        return next((x for state in (DONE, WAITING) for x in self._read(state, f"{letter_id}.json")), None)

    @contextlib.contextmanager
    def held(self, letter: Letter) -> Iterator[Letter | None]:
        """The letter as it is now, for one process to send it; None where another does, or has."""
        lock = FileLock(self.folder / WAITING / f"{letter.id}.lock", mode=0o600)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            yield None
            return
        try:
            yield next(iter(self._read(WAITING, f"{letter.id}.json")), None)
        finally:
            lock.release()

    def keep(self, letter: Letter) -> None:
        """Put back what came of a try, by whoever holds the letter."""
        if letter.state == "waiting":
            self._write(WAITING, letter)
            return
        (self.folder / DONE).mkdir(mode=0o700, exist_ok=True)
        self._write(DONE, letter)
        for ending in ("json", "lock"):
            (self.folder / WAITING / f"{letter.id}.{ending}").unlink(missing_ok=True)
        for old in sorted((self.folder / DONE).glob("*.json"))[:-KEPT]:
            old.unlink(missing_ok=True)

    def _write(self, state: str, letter: Letter) -> None:
        write_whole(self.folder / state / f"{letter.id}.json", letter.model_dump_json())

    def _read(self, state: str, pattern: str = "*.json") -> list[Letter]:
        found = []
        for path in sorted((self.folder / state).glob(pattern)):
            with contextlib.suppress(OSError, ValidationError):  # gone meanwhile; not ours
                found.append(Letter.model_validate_json(path.read_text(encoding="utf-8")))
        return found
