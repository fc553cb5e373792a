"""One work of the Jupyter server, in a process of its own.

``python -P -m jupyter_mlops.server.child`` reads an `Order` as JSON from its standard input, and tells what
comes of it on its standard output, a line of JSON each (`News`). A run that it has begun goes on where the
server is gone: it is recorded as any other, and nobody is told any more. A signal ends it, as Ctrl-C would;
so does it when the project's folder is removed: then there is nothing to record it in. What it, or a
library, prints goes to its standard error.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import traceback

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.execution.inherited import forget_inherited
from jupyter_mlops.letters import harmless
from jupyter_mlops.provenance.identity import act_for
from jupyter_mlops.scheduling.stopping import Stopper, stoppable
from jupyter_mlops.server.orders import End, News, Order

LOOK = 1.0  # seconds between two looks for the project's folder
LONGEST_LINE = 300  # characters of what it says


class Teller:
    """Tells the server, for as long as that listens; from any thread."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self._lock = threading.Lock()
        self._last = ""

    def run(self, run_id: str) -> None:
        """It made this run."""
        self._tell(News(run_id=run_id))

    def said(self, line: str) -> None:
        """It is so far; nothing where that was said last."""
        line = harmless(" ".join(line.split()))[:LONGEST_LINE]
        if line != self._last:
            self._last = line
            self._tell(News(said=line))

    def end(self, end: End) -> None:
        """So it ended: nothing comes after that."""
        self._tell(News(end=end))

    def _tell(self, news: News) -> None:
        line = memoryview(news.model_dump_json(exclude_unset=True).encode() + b"\n")
        with self._lock, contextlib.suppress(OSError):  # the server is gone: the work is not
            while line:
                line = line[os.write(self._handle, line) :]


def main() -> int:
    """Do what standard input says; its exit code, also told to the server."""
    tell = Teller(os.dup(1))
    os.dup2(2, 1)
    forget_inherited()
    try:
        with stoppable():
            end = _done(tell)
    except SystemExit as stopped:
        end = End(problem="it was cancelled", exit_code=int(str(stopped.code)))
    for number in (signal.SIGINT, signal.SIGTERM):  # it has ended: now that is told
        signal.signal(number, signal.SIG_IGN)
    tell.end(end)
    return end.exit_code


def _done(tell: Teller) -> End:
    from jupyter_mlops.project import Project
    from jupyter_mlops.server.verbs import done, ended_by

    order = Order.model_validate_json(sys.stdin.buffer.read())
    act_for(order.who)
    try:
        os.chdir(order.root)
        with Stopper() as stopper:
            threading.Thread(target=_look_for_folder, args=[stopper], daemon=True).start()
            return done(Project(order.root), order, tell)
    except MLOpsError as error:
        return ended_by(error)
    except Exception as error:
        traceback.print_exc()
        return End(
            problem=f"something went wrong here: {type(error).__name__}",
            hint="see the log of the Jupyter server",
            exit_code=4,
            http_status=500,
        )


def _look_for_folder(stopper: Stopper) -> None:
    while True:
        try:
            os.getcwd()
        except FileNotFoundError:  # it was removed; one that was moved has another name
            return stopper.stop("the project's folder is gone")
        except OSError:  # a disk that is away for a while
            pass
        time.sleep(LOOK)


if __name__ == "__main__":
    sys.exit(main())
