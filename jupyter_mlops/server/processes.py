"""The processes that works are done in: started, listened to, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.letters import without_credentials
from jupyter_mlops.server.orders import End, News, Order

HURRY_AFTER = 1.2  # seconds from the first signal to the second, at which a kernel is killed
KILL_AFTER = 20.0  # seconds from there until the process itself is, if it has not recorded its run by then
LAST_WORDS = 10.0  # seconds that a process may take to end once it has told how its work ended
_LOOK = 0.02  # seconds
_LOGGED = 20_000  # bytes of what it printed


class Process:
    """A process that does what the order says, in a session of its own: no signal to the server reaches it,
    and it outlives the server. `heard` gets its news in a thread of its own, the last with the `end`: once,
    whatever becomes of the process.

    Raises:
        MLOpsError: the system starts no process.
    """

    def __init__(self, order: Order, heard: Callable[[News], None], log: Any) -> None:
        self._heard, self._log = heard, log
        self._name = f"{order.verb.value} {order.subject}"
        self._guard = threading.Lock()
        self._over = threading.Event()
        self._ending = False
        try:
            self._begin(order)
        except (OSError, RuntimeError) as error:  # no room, no memory, too many files or threads
            why = getattr(error, "strerror", None) or error
            raise MLOpsError(f"no process can be started: {why}", hint="try later") from None

    def _begin(self, order: Order) -> None:
        with contextlib.ExitStack() as undo:
            # not a pipe: it must be able to print when the server is gone
            self._printed = undo.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "jupyter_mlops.server.child"],
                cwd=order.root,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._printed,
                start_new_session=True,
            )
            undo.enter_context(self._process)  # it waits for the process, once that is ended
            undo.callback(self._signal, signal.SIGKILL)
            text = order.model_dump_json().encode()
            threading.Thread(target=self._listen, args=[text], name=f"work {self.pid}", daemon=True).start()
            undo.pop_all()

    @property
    def pid(self) -> int:
        """The process, and its process group."""
        return self._process.pid

    def end(self) -> None:
        """Have it end, as Ctrl-C would: its kernel is gone within two seconds. One that has not recorded its
        run long after is killed. Returns at once; nothing where that was asked before.

        Raises:
            MLOpsError: the system starts no thread.
        """
        with self._guard:
            if self._ending or self._over.is_set():
                return
            try:
                threading.Thread(target=self._press, name=f"end {self.pid}", daemon=True).start()
            except RuntimeError as error:
                raise MLOpsError(f"it cannot be ended now: {error}", hint="try later") from None
            self._ending = True

    def _press(self) -> None:
        for pause, number in (
            (0.0, signal.SIGTERM),
            (HURRY_AFTER, signal.SIGTERM),
            (KILL_AFTER, signal.SIGKILL),
        ):
            if self._over.wait(pause):
                return
            self._signal(number)

    def _signal(self, number: int) -> None:
        with self._guard, contextlib.suppress(OSError):
            if self._process.returncode is None:
                (os.killpg if number == signal.SIGKILL else os.kill)(self.pid, number)

    def _listen(self, text: bytes) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):  # it has died: that is told below
            self._process.stdin.write(text)
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        end: End | None = None
        for line in self._process.stdout:
            try:
                news = News.model_validate_json(line)
            except ValidationError:
                continue
            if news.end is None:
                self._heard(news)
                continue
            end = news.end
            break
        self._close(end)

    def _close(self, end: End | None) -> None:
        if not self._gone(LAST_WORDS):
            self._signal(signal.SIGKILL)
            self._process.wait()
        self._over.set()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._tell_log(failed=end is None or end.exit_code == 4)
        self._heard(News(end=end or self._died()))

    def _gone(self, seconds: float) -> bool:
        """Whether it has ended, after at most so many seconds."""
        until = time.monotonic() + seconds
        while True:
            with self._guard:  # as who signals it: until it is waited for, its number is its own
                if self._process.poll() is not None:
                    return True
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK)

    def _died(self) -> End:
        code, asked = self._process.returncode, self._ending
        return End(
            problem="it was cancelled" if asked else f"its process died ({_how(code)}) before it could tell",
            hint="" if asked else "was it killed for its memory? begin it again",
            exit_code=130 if asked else 4,
            http_status=500,
        )

    def _tell_log(self, *, failed: bool) -> None:
        """What it printed goes to the server's log: nobody else would see it."""
        with self._printed:
            size = self._printed.seek(0, os.SEEK_END)
            self._printed.seek(max(0, size - _LOGGED))
            text = self._printed.read().decode(errors="replace").strip()
        if text:
            tell = self._log.warning if failed else self._log.debug
            tell("jupyter-mlops: %s printed:\n%s", self._name, without_credentials(text))


def _how(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
