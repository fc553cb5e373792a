"""The pipeline widget: what travels to the page, when, and what viewers without scripts get."""

from __future__ import annotations

import io
import json
import math
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import IPython.display
import pytest

from jupyter_mlops.entities import PipelineRun, StepRun, StepState
from jupyter_mlops.reports import Progress
from jupyter_mlops.widgets import progress
from jupyter_mlops.widgets.pipeline import PipelineWidget
from jupyter_mlops.widgets.progress import NotebookProgress, for_shell

START = datetime(2024, 5, 1, 10, tzinfo=UTC)
Sent = list[dict[str, Any]]
EDGES = {"prepare": (), "train": ("prepare",)}


def churn(points: int = 2, **fields: Any) -> PipelineRun:
    steps = [StepRun(step="prepare"), *[StepRun(step="train", point=f"C={c}") for c in range(points)]]
    return PipelineRun(pipeline="churn", steps=tuple(steps), edges=EDGES, **fields)


def train(point: int, **fields: Any) -> StepRun:
    return StepRun(step="train", point=f"C={point}", **fields)


class Clock:
    """Stands in for the timers: what is due comes when the test says so."""

    due: list[Any]

    def __init__(self) -> None:
        self.due = []

    def timer(self, _wait: float, call: Any) -> Clock:
        self._call = call
        return self

    def start(self) -> None:
        self.due.append(self._call)

    def cancel(self) -> None:
        self.due.clear()

    def tick(self) -> None:
        due, self.due = self.due, []
        for call in due:
            call()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(threading, "Timer", clock.timer)
    return clock


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """Messages with state, as they travel."""
    found: list[dict[str, Any]] = []

    def send(_widget: Any, message: dict[str, Any], buffers: Any = None) -> None:
        if message.get("method") == "update":
            found.append(json.loads(json.dumps(message["state"], allow_nan=False)))

    monkeypatch.setattr(PipelineWidget, "_send", send)
    return found


def press_cancel(widget: PipelineWidget) -> None:
    widget._handle_custom_msg({"type": "cancel"}, [])


def bundle(widget: PipelineWidget) -> dict[str, str]:
    shown = widget._repr_mimebundle_()
    assert shown is not None
    return shown[0]


def test_what_changed_travels_in_one_message_and_nothing_else(
    clock: Clock, sent: list[dict[str, Any]]
) -> None:
    widget = PipelineWidget(churn(100))
    sent.clear()
    for cell in range(50):
        widget.step(train(7, state=StepState.RUNNING, cell=cell, cells=50, started=START))
    assert sent == []
    clock.tick()
    [message] = sent
    assert set(message) == {"step_8", "node_1", "summary", "now"}
    assert message["step_8"]["cell"] == 49
    assert message["step_8"]["started"] == START.timestamp() * 1000
    assert message["node_1"]["name"] == "train 0/100"
    assert len(json.dumps(message)) < 1000
    widget.step(train(7, state=StepState.RUNNING, cell=49, cells=50, started=START))
    assert clock.due == [], "nothing has changed"


def test_following_a_run_makes_no_new_classes(clock: Clock) -> None:
    widget = PipelineWidget(churn())
    before = type(widget)
    for cell in range(5):
        widget.step(train(0, state=StepState.RUNNING, cell=cell))
        clock.tick()
    assert type(widget) is before


def test_a_page_that_comes_later_finds_all(clock: Clock) -> None:
    widget = PipelineWidget(churn())
    widget.step(train(1, state=StepState.FAILED, error="ValueError: no", run_id="0123456789"))
    clock.tick()
    state = json.loads(json.dumps({k: v for k, v in widget.get_state().items() if k != "layout"}))
    assert (state["steps"], state["nodes"]) == (3, 2)
    assert [state[f"step_{place}"]["state"] for place in range(3)] == ["waiting", "waiting", "failed"]
    assert state["step_2"]["why"] == "ValueError: no"
    assert state["step_2"]["run"] == "01234567"
    assert "<svg" in state["drawing"]
    assert state["summary"] == "1 failed, 2 waiting"


def test_steps_that_were_not_known_before_are_added_and_drawn(
    clock: Clock, sent: list[dict[str, Any]]
) -> None:
    widget = PipelineWidget()
    for step in churn(300).steps:
        widget.step(step)
    sent.clear()
    clock.tick()
    assert len(sent) == 1
    assert (widget.steps, widget.nodes) == (301, 2)
    assert "data-edge" not in widget.drawing
    widget.edges("churn", EDGES)
    clock.tick()
    assert 'data-edge="0-1"' in widget.drawing
    assert widget.pipeline == "churn"


def test_metrics_that_are_no_numbers_travel(clock: Clock) -> None:
    widget = PipelineWidget(churn())
    widget.step(train(0, metrics={"loss": math.nan, "gain": math.inf}))
    clock.tick()
    assert json.loads(json.dumps(widget.step_1, allow_nan=False))["metrics"] == "loss=nan, gain=inf"


def test_steps_come_from_many_threads_and_the_last_word_is_shown() -> None:
    widget = PipelineWidget(churn(8))

    def work(point: int) -> None:
        for cell in range(200):
            widget.step(train(point, state=StepState.RUNNING, cell=cell, cells=200))
        widget.step(train(point, state=StepState.FINISHED))

    threads = [threading.Thread(target=work, args=(point,)) for point in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deadline = time.monotonic() + 30
    while widget.summary != "1 waiting, 8 finished" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert widget.summary == "1 waiting, 8 finished"
    assert widget.get_state()["node_1"]["name"] == "train 8/8"


def test_it_ends_with_the_run_and_what_was_registered(clock: Clock) -> None:
    widget = PipelineWidget(churn(), on_cancel=lambda: None)
    done = churn(registered="churn 3").steps
    ended = [step.model_copy(update={"state": StepState.CACHED}) for step in done]
    widget.done(PipelineRun(pipeline="churn", steps=tuple(ended), edges=EDGES, registered="churn 3"))
    assert widget.finished
    assert widget.note == "registered churn 3"
    assert widget.summary == "3 cached"
    assert clock.due == []
    widget.step(train(0))
    assert clock.due == [], "nothing is sent after the end"


def test_cancel_calls_back_once_it_is_pressed(clock: Clock) -> None:
    pressed: list[int] = []
    widget = PipelineWidget(churn(), on_cancel=lambda: pressed.append(1))
    assert (widget.cancellable, widget.hears) == (True, False)
    widget._handle_custom_msg({"type": "hello"}, [])
    assert widget.hears
    press_cancel(widget)
    assert pressed == [1]
    assert widget.cancelling
    widget.done(churn())
    press_cancel(widget)
    assert pressed == [1], "there is nothing left to cancel"


def test_a_cancel_that_fails_says_why(clock: Clock) -> None:
    def fail() -> None:
        raise RuntimeError("no such run")

    widget = PipelineWidget(churn(), on_cancel=fail)
    press_cancel(widget)
    assert widget.problem == "It could not be cancelled: no such run"
    assert not widget.cancelling


def test_without_a_callback_there_is_nothing_to_press(clock: Clock) -> None:
    widget = PipelineWidget(churn())
    assert not widget.cancellable
    press_cancel(widget)
    widget._handle_custom_msg("noise", [])
    assert not widget.cancelling


def test_static_viewers_get_the_steps_as_they_last_were(clock: Clock) -> None:
    widget = PipelineWidget(churn())
    widget.step(train(1, state=StepState.FAILED, error="<script>alert(1)</script>"))
    shown = bundle(widget)
    assert "application/vnd.jupyter.widget-view+json" in shown
    assert "<svg" in shown["text/html"]
    assert "1 failed, 2 waiting" in shown["text/html"]
    assert "<script" not in shown["text/html"]
    assert "✗ train 0/2" in shown["text/plain"]


def test_the_parts_of_the_module_are_there_and_none_is_from_elsewhere() -> None:
    state = PipelineWidget().get_state()
    assert "export default" in state["_esm"]
    assert "function h(" in state["_esm"]
    assert "innerHTML" not in state["_esm"]
    assert "http" not in state["_esm"].replace("http://www.w3.org/2000/svg", "")
    assert "http" not in state["_css"]


class Shown:
    """Stands in for a place under the cell."""

    def __init__(self) -> None:
        self.bundles: list[dict[str, str]] = []

    def update(self, widget: PipelineWidget) -> None:
        self.bundles.append(bundle(widget))


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Shown]:
    place = Shown()

    def display(widget: PipelineWidget, display_id: bool) -> Shown:
        place.update(widget)
        return place

    monkeypatch.setattr(IPython.display, "display", display)
    return place


def test_a_notebook_shows_a_widget_and_at_the_end_what_became_of_it(shown: Shown) -> None:
    stream = io.StringIO()
    with NotebookProgress(stream) as report:
        report.line("said")
        assert shown.bundles == []
        report.edges("churn", EDGES)
        for step in churn().steps:
            report.step(step)
        ended = train(0, state=StepState.FINISHED, started=START, ended=START + timedelta(seconds=2))
        report.step(ended)
        run = churn(registered="churn 3")
        steps = (run.steps[0], ended, run.steps[2])
        assert report.done(run.model_copy(update={"steps": steps}))
    first, last = shown.bundles
    assert "registered" not in first["text/html"]
    assert "registered churn 3" in last["text/html"]
    assert "1 finished" in last["text/html"]
    assert stream.getvalue() == "said\n"


def test_an_interrupt_is_told(shown: Shown) -> None:
    with pytest.raises(KeyboardInterrupt), NotebookProgress(io.StringIO()) as report:
        report.step(StepRun(step="a", state=StepState.RUNNING))
        widget = report._widget
        raise KeyboardInterrupt
    assert widget is not None
    assert (widget.finished, widget.problem) == (True, "interrupted")
    assert len(shown.bundles) == 2


def test_a_run_without_steps_needs_to_be_shown_by_others(shown: Shown) -> None:
    with NotebookProgress(io.StringIO()) as report:
        assert not report.done(churn())
        report.step(StepRun(step="a"))
        assert not report.done("text")


def test_a_widget_needs_a_kernel() -> None:
    assert isinstance(for_shell(type("Shell", (), {"kernel": object()})()), NotebookProgress)
    assert type(for_shell(object())) is Progress


def test_cancel_in_a_notebook_is_an_interrupt(shown: Shown) -> None:
    with pytest.raises(KeyboardInterrupt):
        progress._interrupt()
        time.sleep(30)
