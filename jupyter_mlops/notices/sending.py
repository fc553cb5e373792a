"""Tell others of what happened: it is put down first, then sent by a process that nobody waits for."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from jupyter_mlops.config import STATE_FOLDER, NotifyConfig
from jupyter_mlops.entities import Delivery, Event, Notice
from jupyter_mlops.letters import harmless
from jupyter_mlops.notices.channels import Undelivered, deliver
from jupyter_mlops.notices.outbox import Letter, Outbox

PAUSES = (10, 60, 300, 1800, 3600, 7200, 14400, 28800, 28800)  # seconds after each try; about a day in all
AT_ONCE = 16
PATIENCE = 30.0  # seconds that a person waits for a test
LONGEST = 120.0  # seconds for a round of tries: a receiver may drip its answer byte by byte
LINGER = 900.0  # seconds between tries for which the sending process stays; later ones are for the next
_LINGERING = "sender.lock"
_MODULE = "jupyter_mlops.notices.sending"


def tell(root: Path, config: Sequence[NotifyConfig], notice: Notice) -> None:
    """Put the notice down for each channel that wants it, and see that somebody sends it. Does not wait for
    that, and never raises: what it tells of has happened."""
    with contextlib.suppress(Exception):
        if _put(root, config, notice):
            start_sender(root)


def tell_now(root: Path, config: Sequence[NotifyConfig], notice: Notice) -> list[Delivery]:
    """Put the notice down for each channel that wants it and try each once; what came of it within half a
    minute."""
    outbox = Outbox(root / STATE_FOLDER)
    put = _put(root, config, notice)
    _attempt_all(outbox, put, root, PATIENCE)
    return [(outbox.find(letter.id) or letter).delivery() for letter in put]


def deliveries(root: Path) -> list[Delivery]:
    """What waits, and the last that were sent or given up, oldest first."""
    outbox = Outbox(root / STATE_FOLDER)
    letters = sorted([*outbox.done(), *outbox.waiting()], key=lambda letter: letter.id)
    return [letter.delivery() for letter in letters]


def resume(root: Path) -> None:
    """Send what an earlier process left waiting, if its time has come; does not wait for that."""
    with contextlib.suppress(Exception):
        outbox = Outbox(root / STATE_FOLDER)
        if outbox.folder.exists() and any(letter.due <= time.time() for letter in outbox.waiting()):
            start_sender(root)


def start_sender(root: Path) -> None:
    """A process of its own that sends what waits."""
    # -P: a file of the project's folder must not stand in for a module of ours
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", _MODULE, str(root)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # it forks and its first process ends at once; nobody should wait for that
    threading.Thread(target=process.wait, name="sender start", daemon=True).start()


def attempt(outbox: Outbox, letter: Letter, root: Path) -> None:
    """Try to send a letter, unless another process does, and put down what came of it."""
    with outbox.held(letter) as held:
        if held is None:
            return
        try:
            deliver(held.id, held.notice, held.channel, root)
        except Undelivered as problem:
            last = problem.final or held.tries >= len(PAUSES) or held.notice.event is Event.TEST
            due = 0.0 if last else time.time() + PAUSES[held.tries]
            now = {"state": "given up" if last else "waiting", "problem": str(problem), "due": due}
        except Exception as error:  # one letter must not keep the others
            now = {"state": "given up", "problem": f"{type(error).__name__}: {error}"}
        else:
            now = {"state": "sent", "problem": ""}
        outbox.keep(held.model_copy(update={**now, "tries": held.tries + 1}))


def send_all(root: Path) -> None:
    """Try what is due; stay for the next tries while they are near, if no other process stays."""
    outbox = Outbox(root / STATE_FOLDER)
    _try_due(outbox, root)
    with contextlib.suppress(Timeout, OSError), FileLock(outbox.folder / _LINGERING, timeout=0, mode=0o600):
        while outbox.folder.exists() and (waiting := outbox.waiting()):
            pause = min(letter.due for letter in waiting) - time.time()
            if pause > LINGER:
                return
            time.sleep(min(max(pause, 0.5), 5.0))
            _try_due(outbox, root)


def _try_due(outbox: Outbox, root: Path) -> None:
    due = [letter for letter in outbox.waiting() if letter.due <= time.time()]
    _attempt_all(outbox, due, root, LONGEST)


def _attempt_all(outbox: Outbox, letters: Sequence[Letter], root: Path, patience: float) -> None:
    """Try them side by side, so that none waits for a slow one's receiver; for at most so many seconds."""
    end = time.monotonic() + patience
    for start in range(0, len(letters), AT_ONCE):
        threads = [
            threading.Thread(target=attempt, args=(outbox, letter, root), daemon=True)
            for letter in letters[start : start + AT_ONCE]
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))


def _put(root: Path, config: Sequence[NotifyConfig], notice: Notice) -> list[Letter]:
    outbox = Outbox(root / STATE_FOLDER)
    told = notice.model_copy(
        update={
            "subject": harmless(" ".join(notice.subject.split())),
            "text": harmless(notice.text, keep="\n"),
            "facts": {name: harmless(value, keep="\n") for name, value in notice.facts.items()},
        }
    )
    wanted = [one for one in config if not one.on or notice.event in one.on or notice.event is Event.TEST]
    return [outbox.put(told, channel) for channel in wanted]


if __name__ == "__main__":
    if hasattr(os, "fork") and os.fork():  # so that nobody has to wait for it as a child
        os._exit(0)
    send_all(Path(sys.argv[1]))
