"""What takes long is done in processes of their own: the server stays quick, and loads no model."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.entities import Entity
from jupyter_mlops.entities.panels import Change, Work, WorkState, WorkVerb
from jupyter_mlops.exceptions import Busy, MLOpsError, NotFound
from jupyter_mlops.server.orders import End, News, Order
from jupyter_mlops.server.processes import Process

if TYPE_CHECKING:
    from jupyter_mlops.server.api.route import Call

AT_ONCE = 4  # runs that go on; and, apart from them, works of all other kinds
LINE = 50  # works that wait
KEPT = 100  # works that have ended
RESULTS = 32_000_000  # characters of what all of them found
PAUSE = 0.25  # seconds between two words about one work
SHORT = 100_000  # characters of a result that is told in the stream
BEGUN = 10.0  # seconds that a request waits for the run
WAITERS = 2  # requests that do so at once: they hold a thread each
_RUNS = {WorkVerb.RUN, WorkVerb.PIPELINE}
_CANCELLED = {130, 143}
_OVER = {WorkState.DONE, WorkState.FAILED, WorkState.CANCELLED}


class Declined(MLOpsError):
    """What was asked for was refused by the process that was to do it."""

    def __init__(self, end: End) -> None:
        super().__init__(end.problem, hint=end.hint or None)
        self.exit_code, self.http_status = end.exit_code, end.http_status


@dataclass
class _Item:
    work: Work
    order: Order
    process: Process | None = None
    ending: bool = False
    end: End | None = None
    size: int = 0
    told: float = 0.0
    timer: threading.Timer | None = None


class Works:
    """The works of one server. `publish` is told of each as it changes, at most four times a second; what
    their processes print goes to `log`.

    Four runs go on at once, and four works of other kinds; more wait. Of those that have ended the last
    hundred are known. When the server ends, works that go on are let go on: a run is recorded as any other,
    and a decision is made whole or not at all.
    """

    def __init__(
        self,
        log: Any = None,
        publish: Callable[[Change, Path], None] = lambda change, folder: None,
    ) -> None:
        self._log = log or logging.getLogger(__name__)
        self._publish = publish
        self._items: dict[str, _Item] = {}
        self._changed = threading.Condition(threading.RLock())
        self._waiters = threading.Semaphore(WAITERS)

    def start(
        self,
        verb: WorkVerb,
        arguments: Entity,
        call: Call,
        *,
        subject: str,
        root: Path | None = None,
        again: bool = False,
    ) -> Work:
        """Begin it, or have it wait; where the same goes on already for the same person, that one, unless it
        is to be done `again`. `root` is the project's folder, where it is not that of the request.

        Raises:
            Busy: too many wait.
        """
        root = root or call.root
        order = Order(
            root=str(root),
            verb=verb,
            subject=subject,
            arguments=arguments.model_dump(mode="json"),
            who=call.who,
        )
        with self._changed:
            going = [item for item in self._items.values() if item.work.state not in _OVER]
            same = next((item for item in going if item.order == order), None)
            if same is not None and not again:
                return same.work
            if sum(item.work.state is WorkState.WAITING for item in going) >= LINE:
                raise Busy(f"{LINE} works wait already", hint="try again when some have ended")
            work = Work(
                id=secrets.token_hex(8),
                verb=verb,
                subject=subject,
                folder=call.places.relative(root),
                state=WorkState.WAITING,
                said="waiting: others go on",
                began=datetime.now(UTC),
            )
            self._items[work.id] = item = _Item(work, order)
            self._launch()
            if item.work.state is WorkState.WAITING:
                self._tell(item)
            return item.work

    def begun(self, identifier: str, patience: float = BEGUN) -> Work:
        """The work once its run has an id; as it is then where that takes longer, or many wait for theirs.

        Raises:
            Declined: nothing was run.
        """
        with self._changed:
            item = self._item(identifier)
            if self._waiters.acquire(blocking=False):
                try:
                    self._changed.wait_for(lambda: item.work.run_id or item.work.state in _OVER, patience)
                finally:
                    self._waiters.release()
            if item.work.state is WorkState.FAILED and item.work.run_id is None and item.end is not None:
                raise Declined(item.end)
            return item.work

    def known(self) -> Sequence[Work]:
        """Those that wait or go on, and the last that ended, newest first, without what they found."""
        with self._changed:
            return [_short(item.work) for item in reversed(self._items.values())]

    def work(self, identifier: str) -> Work:
        """The work of that id.

        Raises:
            NotFound: there is none.
        """
        with self._changed:
            return self._item(identifier).work

    def cancel(self, identifier: str) -> Work:
        """Have it end; it as it is then. One that goes on ends within seconds; nothing where it has ended.

        Raises:
            NotFound: there is none.
        """
        with self._changed:
            item = self._item(identifier)
            if item.work.state is WorkState.WAITING:
                self._over(item, End(problem="it was cancelled before it began", exit_code=130))
            elif item.process is not None and item.work.state is WorkState.RUNNING:
                item.process.end()
                item.ending = True
                self._change(item, said="ending")
            return item.work

    def _item(self, identifier: str) -> _Item:
        if identifier not in self._items:
            raise NotFound(
                f"no work {identifier!r}", hint=f"the last {KEPT} are known, since the server was started"
            )
        return self._items[identifier]

    # -- what goes on

    def _launch(self) -> None:
        """Begin those that wait, in order, where there is room for them."""
        for item in list(self._items.values()):
            if item.work.state is WorkState.WAITING and self._room(item.order.verb):
                self._begin(item)

    def _room(self, verb: WorkVerb) -> bool:
        running = [i for i in self._items.values() if i.work.state is WorkState.RUNNING]
        return sum((i.order.verb in _RUNS) == (verb in _RUNS) for i in running) < AT_ONCE

    def _begin(self, item: _Item) -> None:
        try:
            item.process = Process(item.order, lambda news: self._heard(item, news), self._log)
        except Exception as error:  # whatever it is, its sender is told, and it is never done later
            if not isinstance(error, MLOpsError):
                self._log.exception("jupyter-mlops: %s could not be begun", item.order.verb.value)
            hint = getattr(error, "hint", None) or "try later"
            self._over(item, End(problem=str(error), hint=hint, exit_code=4, http_status=503))
        else:
            self._change(item, state=WorkState.RUNNING, said="beginning")

    def _heard(self, item: _Item, news: News) -> None:
        with self._changed:
            if news.run_id is not None:
                self._change(item, run_id=news.run_id)
            if news.said is not None:
                self._change(item, said="ending" if item.ending else news.said, soon=True)
            if news.end is not None:
                self._over(item, news.end)
                self._launch()

    def _over(self, item: _Item, end: End) -> None:
        item.end, item.process = end.model_copy(update={"result": None}), None
        item.size = 0 if end.result is None else len(end.model_dump_json())
        state = WorkState.DONE if end.exit_code == 0 else WorkState.FAILED
        self._change(
            item,
            state=WorkState.CANCELLED if end.exit_code in _CANCELLED else state,
            ended=datetime.now(UTC),
            said="",
            **end.model_dump(include={"kind", "result", "problem", "hint", "exit_code"}),
        )
        self._forget()

    def _forget(self) -> None:
        """Those that ended long ago, and what they found where that is much."""
        over = [item for item in self._items.values() if item.work.state in _OVER]
        over.sort(key=lambda item: item.work.ended or item.work.began)
        for item in over[:-KEPT]:
            del self._items[item.work.id]
        left = sum(item.size for item in over[-KEPT:])
        for item in over[-KEPT:-1]:
            if left > RESULTS and item.size:
                left, item.size = left - item.size, 0
                item.work = item.work.model_copy(
                    update={"result": None, "hint": "what it found was let go of: ask again"}
                )

    # -- what is told

    def _change(self, item: _Item, *, soon: bool = False, **changes: Any) -> None:
        item.work = item.work.model_copy(update=changes)
        self._changed.notify_all()
        wait = item.told + PAUSE - time.monotonic()
        if not soon or wait <= 0:
            self._tell(item)
        elif item.timer is None:
            timer = threading.Timer(wait, self._late, [item])
            timer.daemon = True
            try:
                timer.start()
            except RuntimeError:  # there are too many threads
                self._tell(item)
            else:
                item.timer = timer

    def _late(self, item: _Item) -> None:
        with self._changed:
            if item.timer is not None:
                self._tell(item)

    def _tell(self, item: _Item) -> None:
        if item.timer is not None:
            item.timer.cancel()
        item.timer, item.told = None, time.monotonic()
        work = item.work if item.size <= SHORT else _short(item.work)
        self._publish(Change(work=work), Path(item.order.root))


def _short(work: Work) -> Work:
    return work.model_copy(update={"result": None})
