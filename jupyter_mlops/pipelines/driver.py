"""Drives a pipeline: begins each step when those before it have ended, and tells what becomes of it."""

from __future__ import annotations

import contextlib
import queue
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.entities import (
    Resources,
    Run,
    RunStatus,
    StepEvent,
    StepResult,
    StepRun,
    StepState,
    StepTask,
)
from jupyter_mlops.exceptions import Cancelled, MLOpsError, Refused
from jupyter_mlops.execution.signals import Signals
from jupyter_mlops.pipelines.engines.base import Engine, check_capacity, fits
from jupyter_mlops.pipelines.graph import Graph, Node
from jupyter_mlops.pipelines.planning import Made, Planned, Planner, select

Watch = Callable[[StepRun], None]

_OK = {StepState.CACHED, StepState.FINISHED}
_PATIENCE = 1.0  # seconds between looks at nothing in particular
_TICK = 0.1  # seconds between two words about one step


@dataclass
class _Attempt:
    """A point that has to run: its task, how often it was tried, and when it may be tried again."""

    planned: Planned
    task: StepTask | None = None
    number: int = 1
    not_before: float = 0.0
    former: str | None = None
    told: float = 0.0


@dataclass
class Driver:
    """Runs the steps of `planner.graph` that are `active` on `engine`, and tells `watch` of each step that
    changes. With no engine nothing is run: what would is STALE.

    `parent` is the id of the pipeline's run, `experiment` where its steps are recorded, if not where each
    notebook says.
    """

    planner: Planner
    engine: Engine | None
    signals: Signals
    active: frozenset[str]
    parent: str = ""
    experiment: str | None = None
    force: bool = False
    watch: Watch = lambda step: None
    tick: Callable[[], None] = lambda: None
    made: dict[str, Made] = field(default_factory=dict)
    exit_code: int = 0

    def __post_init__(self) -> None:
        self.graph: Graph = self.planner.graph
        self.states: dict[str, dict[str, StepRun]] = {name: {} for name in self.graph.nodes}  # by point
        self._waiting: deque[_Attempt] = deque()
        self._running: dict[int, _Attempt] = {}
        self._news: queue.SimpleQueue[tuple[_Attempt, StepEvent | Future[StepResult]]] = queue.SimpleQueue()
        self._results: dict[str, dict[str, Made]] = {name: {} for name in self.graph.nodes}  # by point
        self._next: dict[str, list[str]] = {name: [] for name in self.graph.nodes}

    def drive(self) -> None:
        """Until nothing is left to do; `check` comes first."""
        for node in self.graph.nodes.values():
            for point in node.points:
                self._tell(StepRun(step=node.name, point=point.label))
        self._begin_all()
        while self._waiting or self._running:
            self._submit()
            self._hear()
            if self.signals.came:
                self._drop_waiting()

    def steps(self) -> tuple[StepRun, ...]:
        """All as they are."""
        return tuple(step for points in self.states.values() for step in points.values())

    # -- steps

    def check(self) -> None:
        """Make sure, before anything runs, that it can be.

        Raises:
            Refused: a step asks for more than there is, or one that is not asked for has left nothing for
                those that are.
        """
        needed = {before for name in self.active for before in self.graph.nodes[name].after} - self.active
        for name in needed:
            self.made[name] = self.planner.taken(self.graph.nodes[name])
        if self.engine is not None:
            workers = self.engine.capacity()
            for name in self.active:
                check_capacity(name, self.graph.nodes[name].step.resources, workers)

    def _begin_all(self) -> None:
        """Begin every step that can be, again and again: a cached one lets the next begin."""
        self._left = {name: set(self.graph.nodes[name].after) & self.active for name in self.active}
        for name, left in self._left.items():
            for before in left:
                self._next[before].append(name)
        for name in self.graph.nodes:
            if name not in self.active:
                self._set(name, StepState.NOT_RUN, "it was not asked for")
        self._go_on(deque(name for name in self.graph.nodes if name in self.active and not self._left[name]))

    def _go_on(self, ready: deque[str]) -> None:
        while ready:
            name = ready.popleft()
            if self._begin(self.graph.nodes[name]):
                ready.extend(self._after(name))

    def _after(self, name: str) -> Iterator[str]:
        """The steps that only waited for this one."""
        for other in self._next[name]:
            self._left[other].remove(name)
            if not self._left[other]:
                yield other

    def _begin(self, node: Node) -> bool:
        """Begin the step; whether it has ended with that."""
        if (reason := self._held_back(node)) is not None:
            self._set(node.name, *reason)
            return True
        try:
            if node.condition is not None and not self._condition_holds(node):
                self._set(node.name, StepState.SKIPPED, f"{node.condition.text} is not so")
                return True
            planned = self.planner.plan(node, self.made, force=self.force)
        except MLOpsError as error:
            self._fail(node.name, error)
            return True
        stale = [each for each in planned if not self._hit(each)]
        if self.engine is None:
            for each in stale:
                self._tell(self._state(each, state=StepState.STALE, why=each.why))
            return self._ended(node) if not stale else True
        for each in stale:
            self._tell(self._state(each, why=each.why))
            self._waiting.append(_Attempt(each))
        return not stale and self._ended(node)

    def _held_back(self, node: Node) -> tuple[StepState, str] | None:
        """The state and why, where a step before does not let this one begin."""
        for before in node.after:
            if before in self.made:
                continue
            states = {step.state for step in self.states[before].values()}
            if StepState.STALE in states:
                return StepState.STALE, f"{before} would run before it"
            if StepState.SKIPPED in states:
                return StepState.SKIPPED, f"{before} was skipped"
            if StepState.CANCELLED in states:
                return StepState.NOT_RUN, f"{before} was cancelled"
            return StepState.NOT_RUN, f"{before} " + (
                "failed" if StepState.FAILED in states else "did not run"
            )
        return None

    def _condition_holds(self, node: Node) -> bool:
        assert node.condition is not None
        values = {name: self.made[name].values for name in node.condition.steps}
        return node.condition.holds(values, self.graph.parameters)

    def _hit(self, planned: Planned) -> bool:
        hit = planned.look.hit
        if hit is None:
            return False
        self._results[planned.node.name][planned.point.label] = Made(hit.run, hit.record.outputs)
        self._tell(
            self._state(
                planned,
                state=StepState.CACHED,
                why=f"nothing changed since run {hit.run.run_id[:8]}",
                run_id=hit.run.run_id,
                metrics=hit.run.metrics,
                parameters=hit.run.parameters,
                outputs=hit.record.outputs,
            )
        )
        return True

    def _ended(self, node: Node) -> bool:
        """All points have ended: where all did well, the best one's outputs are published. Always True."""
        points = self.states[node.name]
        if not all(step.state in _OK for step in points.values()):
            return True
        results = self._results[node.name]
        chosen = select([made.run for made in results.values()], node)
        try:
            if chosen is None:
                metric = node.step.select.metric if node.step.select else ""
                raise MLOpsError(f"no point of its grid logged the metric {metric!r} that selects")
            point, made = next((p, m) for p, m in results.items() if m.run.run_id == chosen.run_id)
            written = self.planner.publish(node, made.outputs) if self.engine is not None else []
        except MLOpsError as error:
            self._fail(node.name, error)
            return True
        self.made[node.name] = made
        step = points[point]
        restored = f"; put back: {', '.join(written)}" if written and step.state is StepState.CACHED else ""
        several = node.step.select is not None and len(points) > 1
        if restored or several:
            self._tell(step.model_copy(update={"selected": several, "why": step.why + restored}))
        return True

    # -- attempts

    def _submit(self) -> None:
        """Begin as many waiting attempts as there is room for."""
        assert self.engine is not None
        if not self._waiting:
            return
        slots, workers = self.engine.slots(), self.engine.capacity()  # a scheduler may be far away
        for _ in range(len(self._waiting)):
            if len(self._running) >= slots or self.signals.came:
                return
            each = self._waiting.popleft()
            if each.not_before > time.monotonic() or not self._room(
                each.planned.node.step.resources, workers
            ):
                self._waiting.append(each)
                continue
            self._start(each, self.engine)

    def _start(self, each: _Attempt, engine: Engine) -> None:
        planned = each.planned
        try:
            if each.task is None:
                each.task = self.planner.task(
                    planned,
                    apart=engine.apart,
                    parent=self.parent,
                    experiment=self.experiment,
                    force=self.force,
                )
            task = each.task.model_copy(update={"attempt": each.number, "replaces": each.former})
            future = engine.submit(task, lambda event: self._news.put((each, event)))
        except MLOpsError as error:
            self._point_failed(each, error)
            self._point_ended(planned.node)
            return
        self._running[id(each)] = each
        self._tell(
            self._state(planned, state=StepState.RUNNING, attempt=each.number, started=datetime.now(UTC))
        )
        future.add_done_callback(lambda done: self._news.put((each, done)))

    def _room(self, wanted: Resources, workers: Sequence[Resources]) -> bool:
        """Whether what is asked for is free, of all workers together: which of them is up to the engine."""
        used = [each.planned.node.step.resources for each in self._running.values()]
        memory = None
        if all(worker.memory is not None for worker in workers):
            memory = sum(worker.memory or 0 for worker in workers) - sum(each.memory or 0 for each in used)
        cpu = sum(worker.cpu for worker in workers) - sum(each.cpu for each in used)
        gpu = sum(worker.gpu for worker in workers) - sum(each.gpu for each in used)
        if cpu < 0 or gpu < 0 or (memory is not None and memory <= 0):
            return not used
        return fits(wanted, Resources.model_construct(cpu=cpu, memory=memory, gpu=gpu)) or not used

    def _hear(self) -> None:
        """Wait for news, and take all that there are."""
        soon = [each.not_before - time.monotonic() for each in self._waiting if each.not_before]
        pause = max(min([*soon, _PATIENCE]), 0.01)
        with contextlib.suppress(queue.Empty):
            news = self._news.get(timeout=pause)
            while True:
                self._heard(*news)
                news = self._news.get_nowait()
        self.tick()

    def _heard(self, each: _Attempt, news: StepEvent | Future[StepResult]) -> None:
        if isinstance(news, StepEvent):
            self._progress(each, news)
            return
        del self._running[id(each)]
        try:
            result = news.result()
        except Cancelled as error:
            self._end_point(each, StepState.CANCELLED, error=str(error))
        except MLOpsError as error:
            self._point_failed(each, error)
        else:
            self._result(each, result)
        self._point_ended(each.planned.node)

    def _point_ended(self, node: Node) -> None:
        """Where it was the last of the step's points, the step has ended, and others may begin."""
        left = [*self._waiting, *self._running.values()]
        if not any(each.planned.node is node for each in left) and self._ended(node):
            self._go_on(deque(self._after(node.name)))

    def _progress(self, each: _Attempt, event: StepEvent) -> None:
        now = time.monotonic()
        fresh = bool(event.why) or event.run_id != self._state(each.planned).run_id
        if now < each.told + _TICK and not fresh:
            return
        each.told = now
        changes: dict[str, Any] = {"cell": event.cell, "cells": event.cells}
        if event.run_id:
            changes["run_id"] = event.run_id
        if event.why:
            changes["why"] = event.why
        self._tell(self._state(each.planned, **changes))

    def _result(self, each: _Attempt, result: StepResult) -> None:
        run = result.run
        if result.record is not None:
            made = Made(run, result.record.outputs)
            self._results[each.planned.node.name][each.planned.point.label] = made
            state = StepState.CACHED if result.cached else StepState.FINISHED
            cells = self._state(each.planned).cells
            why = f"run {run.run_id[:8]} made it meanwhile" if result.cached else each.planned.why
            self._end_point(each, state, run=run, why=why, cell=cells, outputs=result.record.outputs)
        elif run.status is RunStatus.KILLED and self.signals.came:
            self._end_point(each, StepState.CANCELLED, run=run, error=run.error)
        elif not self._again(each, run.error or run.status.value, run.run_id):
            self.exit_code = max(self.exit_code, min(run.exit_code or 4, 4))
            self._end_point(each, StepState.FAILED, run=run, error=run.error)

    def _point_failed(self, each: _Attempt, error: MLOpsError) -> None:
        if isinstance(error, Refused) or not self._again(each, str(error), None):
            self.exit_code = max(self.exit_code, 4)
            self._end_point(each, StepState.FAILED, error=described(error))

    def _again(self, each: _Attempt, error: str, run_id: str | None) -> bool:
        """Put the attempt back in line, if its step may be tried again."""
        step = each.planned.node.step
        if each.number > step.retries or self.signals.came:
            return False
        pause = step.backoff * 2 ** (each.number - 1)
        each.number, each.former = each.number + 1, run_id
        each.not_before = time.monotonic() + pause
        why = f"attempt {each.number} of {step.retries + 1} in {pause:g} s, after: {error}"
        self._tell(self._state(each.planned, state=StepState.WAITING, why=why, attempt=each.number, cell=0))
        self._waiting.append(each)
        return True

    def _drop_waiting(self) -> None:
        waiting, self._waiting = list(self._waiting), deque()
        for each in waiting:
            self._end_point(each, StepState.CANCELLED, error="cancelled before it ran")
            self._point_ended(each.planned.node)

    # -- what is told

    def _state(self, planned: Planned, **changes: Any) -> StepRun:
        return self.states[planned.node.name][planned.point.label].model_copy(update=changes)

    def _end_point(self, each: _Attempt, state: StepState, run: Run | None = None, **changes: Any) -> None:
        if run is not None:
            changes |= {"run_id": run.run_id, "metrics": run.metrics, "parameters": run.parameters}
        self._tell(self._state(each.planned, state=state, ended=datetime.now(UTC), **changes))

    def _set(self, name: str, state: StepState, why: str) -> None:
        for known in list(self.states[name].values()):
            self._tell(known.model_copy(update={"state": state, "why": why}))

    def _fail(self, name: str, error: MLOpsError) -> None:
        self.exit_code = max(self.exit_code, 4)
        for known in list(self.states[name].values()):
            self._tell(known.model_copy(update={"state": StepState.FAILED, "error": described(error)}))

    def _tell(self, step: StepRun) -> None:
        self.states[step.step][step.point] = step
        self.watch(step)


def described(error: MLOpsError) -> str:
    """The error in one line, with its mend."""
    return f"{error} ({error.hint})" if error.hint else str(error)
