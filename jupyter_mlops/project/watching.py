"""Verbs that look for what schedules wait for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from jupyter_mlops.exceptions import MLOpsError, Refused, did_you_mean
from jupyter_mlops.project.conditions import PLAIN
from jupyter_mlops.project.rooms import Rooms

if TYPE_CHECKING:
    from jupyter_mlops.entities import Slot
    from jupyter_mlops.scheduling.store import SlotStore
    from jupyter_mlops.scheduling.triggers import Looks, Window
    from jupyter_mlops.scheduling.triggers.background import Background, Task
    from jupyter_mlops.scheduling.triggers.probed import Sort
    from jupyter_mlops.tracking.ended import EndedRun, EndedRuns
    from jupyter_mlops.tracking.store import Store

_T = TypeVar("_T")

_SETTLED = 2.0  # seconds after which a file's times tell whether it was written to
_EVERY = 60.0  # seconds from one look at a tracking server to the next
_ANSWER = 120.0  # seconds that one may take
_SLOTS = 100  # the newest of a schedule, that are looked at
_CALLS = 100  # of a webhook, that may wait for their run


class Watching(Rooms):
    """Verbs that look for what schedules wait for."""

    def looks(self, *, patience: float = 0.0, slots: SlotStore | None = None) -> Looks:
        """What `scheduling.triggers.probe` keeps between its looks.

        Args:
            patience: seconds in all for which the first looks at URLs, databases and a tracking server are
                waited for; a scheduler that looks only once sees nothing of them without.
            slots: the store of slots that the scheduler has open; without one it is opened for each look.
        """
        from jupyter_mlops.scheduling.triggers import Looks

        told = Told(self.root, self.store, slots)
        looks = Looks(told, patience=patience)
        told.background, told.patience = looks.background, looks.patience
        return looks

    def call_hook(
        self,
        name: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        admit: Callable[[], None] = lambda: None,
    ) -> Slot:
        """The slot that a call of the webhook of schedule `name` makes, or has made before.

        Args:
            name: of a schedule that waits for a webhook.
            headers: of the request, by their names in lower case: ``webhook-id``, ``webhook-timestamp`` and
                ``webhook-signature`` as Standard Webhooks has them.
            body: of the request; a JSON object may carry the slot's `parameters`.
            admit: called where all is well and the call is new, before its slot is made; what it raises is
                raised.

        Raises:
            NotFound: no schedule of that name waits for a webhook.
            Unsigned: it is not signed with the webhook's secret, or not lately.
            TooLarge: the body is.
            TooMany: too many calls wait for their run.
            Taken: a call of the same id carried other parameters, or was made to another webhook.
            Closed: the schedule has not begun yet, or is over.
            Refused: the body is no JSON, or carries no parameters where it should.
        """
        from jupyter_mlops.scheduling.declared import declared
        from jupyter_mlops.scheduling.triggers import webhook

        planned = declared(self.config, self.root)
        hooks = {
            each.name: each.on.webhook.secret
            for each in planned.values()
            if each.on is not None and each.on.webhook is not None
        }
        if name not in hooks:
            raise webhook.no_hook(name)
        webhook.check(headers, body, hooks[name], time.time())
        given, key = webhook.parameters(body), webhook.key(headers)
        others = [other for other, secret in hooks.items() if secret == hooks[name] and other != name]
        with self.slot_store() as store:
            known = _made_before(store, name, key, given, others)
            if known is not None:
                return known
            webhook.check_open(planned[name], store.clock.now())
            admit()
            return _slot_of_call(store, name, key, given)


def _made_before(
    store: SlotStore, name: str, key: str, given: Mapping[str, Any], others: Sequence[str]
) -> Slot | None:
    """The slot that the same call has made. What is signed tells no webhook: of those `others` that have the
    same secret, none may have had it."""
    from jupyter_mlops.scheduling.triggers import webhook

    for other in others:
        if store.slot_by_key(other, key) is not None:
            raise webhook.Taken(
                f"{name}: this call was made to {other}, whose secret is the same",
                hint="give each webhook a secret of its own",
            )
    known = store.slot_by_key(name, key)
    if known is not None and known.parameters != given:
        raise webhook.Taken(
            f"{name}: a call of this {webhook.ID} carried other parameters", hint="give each call its own id"
        )
    return known


def _slot_of_call(store: SlotStore, name: str, key: str, given: Mapping[str, Any]) -> Slot:
    from jupyter_mlops.entities import SlotKind, SlotStatus
    from jupyter_mlops.scheduling.triggers import webhook

    waiting = store.slots(name, limit=_CALLS, status=SlotStatus.DUE)
    if len(waiting) >= _CALLS:
        raise webhook.TooMany(f"{name}: {_CALLS} calls wait for their run", hint="call again later")
    said: dict[str, Any] = {"why": "its webhook was called", "parameters": given}
    made = store.offer(name, key, store.clock.now(), SlotKind.TRIGGER, **said)
    found = made or _made_before(store, name, key, given, ())  # by another who came first
    if found is None:
        raise MLOpsError(f"{name}: the call could not be kept", hint="call again")
    return found


class Told:
    """What ended in the project at `root`: see `scheduling.triggers.Events`."""

    background: Background
    patience: Callable[[], float]

    def __init__(self, root: Path, store: Store, slots: SlotStore | None = None) -> None:
        self._root = root
        self._slot_store = slots
        self._store = store
        self._ended: EndedRuns | None = None
        self._remembered: dict[tuple[str, str], tuple[float, tuple[Any, ...], Any]] = {}
        self._asking: Task[list[EndedRun]] | None = None
        self._asked: list[EndedRun] | None = None

    def runs(self, sort: Sort, name: str, since: float | None) -> Window | None:
        """Runs of this name that ended well, of a schedule its slots."""
        if sort == "schedule":
            return self._slots(name, since)
        if sort == "notebook":
            name = Path(os.path.normpath(name)).as_posix()
        return self._tracked(since, (sort, name))

    def batches(self, model: str, since: float | None) -> Window | None:
        """Batches that were scored by versions of the model, and requests that were recorded."""
        from jupyter_mlops.catalogue.names import plain_name

        return self._tracked(since, ("model", model), ("dataset", plain_name(f"{model}-requests")))

    def readings(self, monitor: str, since: float | None) -> Window | None:
        """What the monitor found, its newest reading and its newest breach: their times are their numbers."""
        from jupyter_mlops.scheduling.triggers import Happened, Window
        from jupyter_mlops.tracking.monitors import BREACH, LAST, VERDICT

        found = self._direct()
        if found is None:
            return self._nothing_yet("a monitor's readings")
        happened, newest = [], 0.0
        for run_id, marks, metrics in self._once("readings", monitor, found, lambda: found.readings(monitor)):
            last, breach = (int(n) if (n := marks.get(tag, "")).isdecimal() else 0 for tag in (LAST, BREACH))
            newest = max(newest, float(last))
            if last:
                words = (marks.get(VERDICT, "a breach"),) if breach == last else ()
                happened.append(Happened(f"{run_id[:8]}:{last}", float(last), metrics, words))
            if breach and breach != last:
                happened.append(Happened(f"{run_id[:8]}:{breach}", float(breach), {}, ("a breach",)))
        return Window(newest, [each for each in happened if since is None or each.ended >= since])

    def version(self, dataset: str) -> str | None:
        """The digest of the newest version of a dataset of the catalogue; "" where it has none."""
        found = self._direct()
        if found is not None:
            return self._once("version", dataset, found, lambda: found.version(dataset))
        if self._store.is_new:
            return ""
        raise Refused(
            f"dataset:{dataset}: new versions cannot be waited for where runs are recorded on a server",
            hint="declare the dataset in mlops.yaml with its source",
        )

    def holds(self, condition: str, metrics: Mapping[str, float]) -> bool:
        """Whether the metrics meet the condition; of a step ``train.accuracy``, or ``accuracy`` where only
        one step has it."""
        from jupyter_mlops.pipelines.conditions import Condition

        steps, bare = _by_step(metrics)
        found = PLAIN.fullmatch(condition)
        if found is not None and found["name"] in metrics:  # whatever its name is made of
            steps, bare = {}, {"metric": metrics[found["name"]]}
            condition = f"metric {found['sign']} {found['number']}"
        wanted = Condition(condition)
        for missing in sorted({*(wanted.names - bare.keys() - wanted.steps), *(wanted.steps - steps.keys())}):
            raise Refused(f"no metric {missing!r}", hint=did_you_mean(missing, metrics))
        return wanted.holds(steps, bare)

    # -- what is behind it

    def _direct(self) -> EndedRuns | None:
        """The project's own database; None where it is another's, or not there yet."""
        if self._ended is None:
            from jupyter_mlops.tracking.ended import EndedRuns

            database = self._store.direct()
            self._ended = None if database is None else EndedRuns(self._store, database)
        return self._ended

    def _tracked(self, since: float | None, *names: tuple[str, str]) -> Window | None:
        from jupyter_mlops.scheduling.triggers import Happened, Window
        from jupyter_mlops.scheduling.triggers.events import OVERLAP

        direct = self._direct()
        if direct is not None:
            runs = direct.since(since, OVERLAP, *names)
            newest = direct.newest
        elif self._store.is_new:
            return Window(0.0, ())
        else:
            known = self._from_server(since)
            if known is None:
                return None
            runs = [run for run in known if not set(names).isdisjoint(run.names)]
            newest = max((run.ended for run in known), default=0.0)
        return Window(newest, [Happened(run.run_id, run.ended, Metrics(run, direct)) for run in runs])

    def _from_server(self, since: float | None) -> list[EndedRun] | None:
        """What the last look at a store told that takes MLflow to be read; None before the first has ended.
        The first look is at all of the last two hours by this machine's clock."""
        from jupyter_mlops.scheduling.triggers.events import OVERLAP

        least = time.time() - OVERLAP if since is None else since
        task = self._asking
        if task is None or (task.ended and time.monotonic() - (task.began or 0.0) >= _EVERY):
            uri, root = self._store.uri, self._root
            task = self._asking = self.background.start(lambda: ask(root, uri, least))
            if self._asked is None:
                task.wait(self.patience())
        if task.ended:
            self._asked = task.result()
        return self._asked

    def _slots(self, name: str, since: float | None) -> Window:
        from jupyter_mlops.entities import RunStatus, SlotStatus
        from jupyter_mlops.scheduling.store import SlotStore
        from jupyter_mlops.scheduling.triggers import Happened, Window

        own = self._slot_store
        with nullcontext(own) if own is not None else closing(SlotStore(self._root)) as store:
            ran = store.slots(name, limit=_SLOTS, status=SlotStatus.RAN)
        well = [slot for slot in ran if slot.outcome is RunStatus.FINISHED and slot.ended is not None]
        happened = [
            Happened(str(slot.id), slot.ended.timestamp(), self._metrics(slot.run_id))
            for slot in well
            if slot.ended is not None and (since is None or slot.ended.timestamp() >= since)
        ]
        return Window(max((each.ended for each in happened), default=0.0), happened)

    def _metrics(self, run_id: str | None) -> Mapping[str, float]:
        direct = self._direct()
        if run_id is None or direct is None:
            return {}
        from jupyter_mlops.tracking.ended import EndedRun

        return Metrics(EndedRun(run_id=run_id, ended=0.0), direct)

    def _nothing_yet(self, what: str) -> Window:
        from jupyter_mlops.scheduling.triggers import Window

        if self._store.is_new:
            return Window(0.0, ())
        raise Refused(
            f"{what} cannot be waited for where runs are recorded on a server",
            hint="give the monitor on_drift, or keep the runs in the project",
        )

    def _once(self, kind: str, name: str, ended: EndedRuns, find: Callable[[], _T]) -> _T:
        """What `find` tells of the database, asked again when that was written to."""
        stamp = ended.stamp
        known = self._remembered.get((kind, name))
        if known is not None and known[1] == stamp and known[0] - max(stamp[1::3]) > _SETTLED:
            value: _T = known[2]
            return value
        asked = time.time()
        found = find()
        self._remembered[kind, name] = (asked, stamp, found)
        return found


class Metrics(Mapping[str, float]):
    """The metrics of a run, read when somebody looks at them."""

    def __init__(self, run: EndedRun, ended: EndedRuns | None) -> None:
        self._run = run
        self._ended = ended
        self._read: Mapping[str, float] | None = None

    @property
    def _values(self) -> Mapping[str, float]:
        if self._read is None:
            self._read = self._run.metrics if self._ended is None else self._ended.metrics(self._run.run_id)
        return self._read

    def __getitem__(self, name: str) -> float:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _by_step(metrics: Mapping[str, float]) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """The metrics of a pipeline's steps, and those that one name is enough for."""
    steps: dict[str, dict[str, float]] = {}
    for name, value in metrics.items():
        step, dot, metric = name.partition(".")
        if dot:
            steps.setdefault(step, {})[metric] = value
    counts = Counter(metric for values in steps.values() for metric in values)
    alone = {
        metric: value for values in steps.values() for metric, value in values.items() if counts[metric] == 1
    }
    return steps, {**alone, **metrics}


def ask(root: Path, uri: str, since: float) -> list[EndedRun]:
    """The runs that ended well, of a store that takes MLflow to be read, asked in a process of its own."""
    from jupyter_mlops.tracking.ended import EndedRun

    command = [sys.executable, "-P", "-m", "jupyter_mlops.tracking.ended", str(root), uri, repr(since)]
    try:
        done = subprocess.run(
            command, capture_output=True, cwd=root, stdin=subprocess.DEVNULL, timeout=_ANSWER
        )
        told = json.loads(done.stdout.decode().splitlines()[-1])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        raise Refused(
            f"the tracking server cannot be asked: {type(error).__name__}", hint="see jupyter mlops runs"
        ) from None
    if "problem" in told:
        raise Refused(
            f"the tracking server cannot be asked: {told['problem']}", hint="check that it is there"
        )
    return [EndedRun.model_validate(run) for run in told["runs"]]
