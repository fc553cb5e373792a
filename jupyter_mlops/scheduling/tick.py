"""One look of a scheduler: what is due becomes slots, what may run is begun, what was lost is taken back.

Any number of schedulers may do so at the same time, and any of them may be killed at any moment: all that
they decide is decided within one transaction on what is written down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from jupyter_mlops.entities import Slot, SlotKind, Tick
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.claims import claim
from jupyter_mlops.scheduling.due import make_due
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.store import Offer, SlotStore


class Fired(Protocol):
    """A change: its `key` tells it from all others."""

    @property
    def key(self) -> str: ...
    @property
    def why(self) -> str: ...


class Probed(Protocol):
    """What a look at a trigger gave: what to remember of it, a JSON value, the changes, what was wrong."""

    @property
    def memory(self) -> Mapping[str, Any] | None: ...
    @property
    def fired(self) -> Sequence[Fired]: ...
    @property
    def problem(self) -> str | None: ...


Probe = Callable[[Planned, Mapping[str, Any] | None, datetime], Probed]
Launch = Callable[[Slot, str], None]  # starts the worker of a slot, which is held by this token


def tick(
    store: SlotStore,
    planned: Mapping[str, Planned],
    now: datetime,
    owner: str,
    *,
    limit: int,
    probe: Probe | None = None,
    launch: Launch,
) -> Tick:
    """Look once.

    Args:
        store: of the project.
        planned: the schedules by name, that `store` was told with `SlotStore.sync`.
        now: the time, in UTC.
        owner: this process, see `store.me`.
        limit: how many runs may go on in the project, whoever began them.
        probe: looks at what a schedule waits for, where it is no time.
        launch: starts a worker; where it fails, the slot waits again, and is skipped the third time.

    Raises:
        MLOpsError: the store cannot be used; nothing is lost, the next look makes up for it.
    """
    began = time.perf_counter()
    store.heard(owner)
    removed = store.forget_gone(now)
    made = make_due(store, planned, now)
    if made.created:
        store.prune()
    fired = [] if probe is None else _probe_all(store, planned, now, probe, made.problems)
    lost = store.reap()
    found = begin(store, planned, now, owner, limit=limit, launch=launch)
    over = (slot for slot in (*fired, *lost) if slot.ended is not None)
    return Tick(
        when=now,
        created=made.created + len(fired),
        begun=found.begun,
        ended=(*removed, *made.ended, *over, *found.ended),
        seconds=time.perf_counter() - began,
        problems=(*made.problems, *found.problems),
    )


def begin(
    store: SlotStore,
    planned: Mapping[str, Planned],
    now: datetime,
    owner: str,
    *,
    limit: int,
    launch: Launch,
    until: datetime | None = None,
) -> Tick:
    """Begin what waits and may run; see `tick`, of which it is the last part, and `claims.claim`."""
    claims = claim(store, planned, now, owner, limit, until=until)
    begun, ended, problems = [], claims.ended, []
    for slot, token in claims.begun:
        try:
            launch(slot, token)
            begun.append(slot)
        except (OSError, MLOpsError) as error:
            problems.append(f"{slot.schedule}: its worker could not be started: {error}")
            given_back = store.give_back(slot.id, token)
            if given_back is not None and given_back.ended is not None:
                ended.append(given_back)
    return Tick(when=now, begun=tuple(begun), ended=tuple(ended), problems=tuple(problems))


def _probe_all(
    store: SlotStore, planned: Mapping[str, Planned], now: datetime, probe: Probe, problems: list[str]
) -> list[Slot]:
    """The slots of all that changed. A trigger that cannot be looked at is told, the others go on."""
    waits = [plan for plan in planned.values() if _probed(plan)]
    known = store.recollections() if waits else {}
    fired: list[Slot] = []
    for plan in waits:
        memory, version = known.get(plan.name, (None, 0))
        try:
            seen = probe(plan, memory, now)
        except (MLOpsError, OSError, ValueError) as error:
            problems.append(f"{plan.name}: {error}")
            continue
        except Exception as error:  # a fault of ours in one trigger must not keep all others from running
            problems.append(f"{plan.name}: unexpected {type(error).__name__}: {error}")
            continue
        if seen.problem is not None:
            problems.append(f"{plan.name}: {seen.problem}")
        if seen.memory is not None and (seen.fired or seen.memory != memory):
            offers = [Offer(plan.name, x.key, now, SlotKind.TRIGGER, why=x.why) for x in seen.fired]
            fired += store.offer_and_remember(plan.name, seen.memory, offers, version=version) or []
    return fired


def _probed(plan: Planned) -> bool:
    return plan.batches is not None or (plan.on is not None and plan.on.webhook is None)
