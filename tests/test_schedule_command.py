"""``schedule``: schedules are added to ``mlops.yaml``, looked at, paused, asked to run, and taken out."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.commands import parse
from jupyter_mlops.config import CONFIG_NAME, load_config
from jupyter_mlops.entities import (
    DueTime,
    RunStatus,
    Schedule,
    ScheduleDetails,
    ScheduleState,
    Slot,
    SlotKind,
    SlotStatus,
)
from jupyter_mlops.exceptions import ConfigError, MLOpsError, NotFound, Refused, UsageError
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling.clock import CLOCK_VARIABLE, time_lapse
from jupyter_mlops.scheduling.leases import Terms
from jupyter_mlops.scheduling.slots import time_key
from jupyter_mlops.scheduling.sources import source_of
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.views import show

WRITTEN = """\
# ours
pipelines:
  churn:   # the model
    steps: {train: {notebook: train.ipynb}}

monitors: {inputs: {model: churn, every: 1h}}   # looks
"""
PARAMETERS = "C: float = 1.0\nday: str = ''\nfolds: int = 5\nnames: list[str] = ['a']\noptions: dict = {}"


class Said:
    """A report that keeps what is said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        cells=[nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})],
    )
    nbformat.write(notebook, tmp_path / "train.ipynb")
    (tmp_path / CONFIG_NAME).write_text(WRITTEN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(CLOCK_VARIABLE, time_lapse(datetime(2026, 3, 10, 12, 0, 30, tzinfo=UTC), 1e-6).told())
    return tmp_path


def schedule(*words: str) -> Any:
    """What the verb answers."""
    return said(*words)[0]


def said(*words: str) -> tuple[Any, list[str]]:
    command, parsed = parse(["schedule", *words], "jupyter mlops")
    assert command is not None
    report = Said()
    return command.call(Project(), parsed, report).shown(as_json=False), report.lines  # type: ignore[arg-type]


def declared(root: Path, name: str) -> Schedule:
    return load_config(root).schedules[name]


def written(root: Path) -> str:
    return (root / CONFIG_NAME).read_text(encoding="utf-8")


# -- adding


def test_a_schedule_is_added_and_all_else_stays(root: Path) -> None:
    state, told = said("add", "0 2 * * *", "churn", "--timezone", "Europe/Berlin")
    line = '  churn: {pipeline: churn, cron: "0 2 * * *", timezone: Europe/Berlin}\n'
    assert written(root) == f"{WRITTEN}schedules:\n{line}"
    assert (state.name, state.target, state.when) == ("churn", "pipeline churn", "0 2 * * * Europe/Berlin")
    assert state.next == datetime(2026, 3, 11, 1, tzinfo=UTC)
    assert told == [
        "added churn to mlops.yaml",
        "no scheduler is there to run it: jupyter mlops scheduler start",
    ]


def test_each_gets_a_name_of_its_own(root: Path) -> None:
    names = [schedule("add", "@daily", what).name for what in ("churn", "churn", "train.ipynb", "churn")]
    assert names == ["churn", "churn-2", "train", "churn-3"]
    assert list(load_config(root).schedules) == names


def test_all_that_can_be_declared_can_be_said(root: Path) -> None:
    options = "--name n --every 6h --start 2026-01-31 --end 2026-02-01T02:00+01:00 --misfire all --grace 5m "
    options += "--overlap queue --limit 2 --retries 3 --backoff 2m --timeout 1h --experiment e --register m "
    schedule("add", "train.ipynb", *f"{options} --auto-promote --source now".split())
    found = declared(root, "n")
    assert (found.notebook, found.every, found.start) == ("train.ipynb", 21600, date(2026, 1, 31))
    assert found.end == datetime(2026, 2, 1, 1, tzinfo=UTC)
    assert (found.misfire, found.grace, found.overlap, found.limit) == ("all", 300, "queue", 2)
    assert (found.retries, found.backoff, found.timeout, found.experiment) == (3, 120, 3600, "e")
    assert (found.registration, found.auto_promote, found.source) == ("m", True, "now")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (["data=a.csv"], {"data": ("a.csv",)}),
        (["data=a.csv", "data=b/*.csv"], {"data": ("a.csv", "b/*.csv")}),
        (["{data: [a.csv, b.csv]}"], {"data": ("a.csv", "b.csv")}),
        (["code=git:src"], {"code": ("git:src",)}),
        (["run=train.ipynb"], {"run": "train.ipynb"}),
        (["drift=inputs"], {"drift": "inputs"}),
        (["metric=f1 >= 0.8", "of=churn"], {"metric": "f1 >= 0.8", "of": "churn"}),
        (["webhook=env:SECRET"], {"webhook": {"secret": "env:SECRET"}}),
        (["sql=SELECT max(id) FROM t", "at=sqlite:///a.db"], {"sql": {"query": "SELECT max(id) FROM t"}}),
    ],
)
def test_what_it_waits_for_is_said_by_key_and_value(
    root: Path, said: list[str], expected: dict[str, Any]
) -> None:
    schedule("add", "churn", "--quiet", "30s", *(word for each in said for word in ("--on", each)))
    found = declared(root, "churn")
    assert (found.quiet, found.cron, found.every) == (30, None, None)
    assert found.on is not None
    trigger = found.on.model_dump(exclude_defaults=True)
    if "sql" in expected:
        assert trigger["sql"].pop("at") == "sqlite:///a.db"
    assert trigger == expected


def test_a_batch_to_score_is_said(root: Path) -> None:
    schedule("add", "every 1h", "churn@champion", "--predict", "new.csv", "scored.parquet")
    batch = declared(root, "churn").predict
    assert batch is not None
    assert (batch.model, batch.data, batch.output) == ("churn@champion", "new.csv", "scored.parquet")


def test_parameters_are_read_by_their_declared_types(root: Path) -> None:
    given = {"C": "0.5", "day": "{slot:%Y-%m-%d}", "folds": "7", "names": '["x", "y"]', "options": '{"a": 1}'}
    schedule("add", "@daily", "train.ipynb", *(w for k, v in given.items() for w in ("-p", k, v)))
    assert declared(root, "train").parameters == {
        "C": 0.5,
        "day": "{slot:%Y-%m-%d}",
        "folds": 7,
        "names": ["x", "y"],
        "options": {"a": 1},
    }


@pytest.mark.parametrize(
    ("words", "told", "hint"),
    [
        (
            ["61 2 * * *", "churn"],
            'cron "61 2 * * *": minute 61 is not 0-59; minute hour day month weekday',
            "",
        ),
        (["0 2 * * *", "churn", "--timezone", "Berlin"], "unknown timezone 'Berlin'", "'Europe/Berlin'"),
        (["@daily", "chrun"], "there is no pipeline 'chrun'", "did you mean 'churn'?"),
        (["@daily", "train"], "there is no pipeline 'train'", "did you mean 'train.ipynb'?"),
        (["@daily", "trian.ipynb"], "there is no notebook trian.ipynb", "did you mean 'train.ipynb'?"),
        (["@daily", "/etc/x.ipynb"], "there is no notebook /etc/x.ipynb", "mend"),
        (["@daily", "churn", "-p", "D", "1"], "no step's notebook has a parameter 'D'", "params"),
        (["@daily", "train.ipynb", "-p", "D", "1"], "unknown parameter 'D'", "did you mean"),
        (["@daily", "train.ipynb", "-p", "folds", "many"], "folds", ""),
        (["@daily", "train.ipynb", "-p", "folds", "{slot:%Y}"], "folds", ""),
        (["@daily", "train.ipynb", "-p", "day", "{date}"], "{date} means nothing", "{slot:%Y-%m-%d}"),
        (["churn"], "schedule add needs WHEN (in quotes) and WHAT; it got 1", "0 2"),
        (["0", "2", "*", "*", "*", "churn"], "schedule add needs WHEN (in quotes) and WHAT; it got 6", "0 2"),
        (["@daily", "churn", "--every", "1h"], "schedule add needs WHAT", ""),
        (["churn", "--every", "soon"], "every: 'soon' is not a length of time", ""),
        (["churn", "--every", "1h", "--on", "data=a"], "names one of cron, every and on", ""),
        (["churn", "--on", "dat=a"], "--on dat=a: it is not KEY=VALUE", "did you mean 'data'?"),
        (["churn", "--on", "metric=f1 < 1"], "on: metric: and of: belong together", ""),
        (["churn", "--on", "metric=f1 <", "--on", "of=churn"], "f1 <", ""),
        (["churn", "--on", "metric=f1@k < 1", "--on", "of=churn"], "'f1@k < 1' is no condition", "accuracy"),
        (
            ["churn", "--on", "metric=f1 (macro) < 1", "--on", "of=churn"],
            "(macro) < 1' is no con",
            "accuracy",
        ),
        (["churn", "--on", "drift=output"], "there is no monitor 'output'", "inputs"),
        (["churn", "--on", "{data: [a}"], "--on {data: [a}", "{data"),
        (["@daily", "churn", "--start", "tomorrow"], "start: 'tomorrow' is no time", "2026-01-31"),
        (["@daily", "churn", "--start", "2026-02-01", "--end", "2026-01-01"], "it ends before it starts", ""),
        (["@daily", "churn", "--source", "then"], "'then' is no source", "git:REF"),
        (["@daily", "churn", "--register", "m"], "only what a notebook logs", "pipeline"),
        (["@daily", "churn", "--name", "a/b"], "'a/b' is no name", "letters"),
        (["@daily", "churn", "--limit", "0"], "limit", ""),
    ],
)
def test_what_will_not_do_is_refused_and_nothing_is_written(
    root: Path, words: list[str], told: str, hint: str
) -> None:
    with pytest.raises(Refused) as caught:
        schedule("add", *words)
    assert told in str(caught.value)
    assert hint in (caught.value.hint or "")
    assert caught.value.exit_code == 2
    assert written(root) == WRITTEN


def test_a_pipeline_whose_notebook_is_gone_is_refused(root: Path) -> None:
    (root / "train.ipynb").unlink()
    with pytest.raises(NotFound, match=r"churn cannot run: train\.ipynb is not there"):
        schedule("add", "@daily", "churn")


def test_a_name_that_is_taken_is_refused(root: Path) -> None:
    schedule("add", "@daily", "churn")
    with pytest.raises(Refused, match="there is a schedule 'churn' already"):
        schedule("add", "@hourly", "churn", "--name", "churn")


def test_a_notebook_may_be_told_from_where_one_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "deep").mkdir()
    (root / "train.ipynb").rename(root / "deep" / "train.ipynb")
    monkeypatch.chdir(root / "deep")
    schedule("add", "@daily", "train.ipynb")
    assert declared(root, "train").notebook == "deep/train.ipynb"


def test_a_long_one_is_written_on_lines_of_its_own(root: Path) -> None:
    schedule("add", "@daily", "train.ipynb", "-p", "day", "x" * 80, "--limit", "2")
    assert "\n  train:\n    notebook: train.ipynb\n    parameters:\n      day: xxx" in written(root)
    assert declared(root, "train").parameters == {"day": "x" * 80}


def test_what_is_pinned_is_kept_as_it_was_when_it_was_added(root: Path) -> None:
    schedule("add", "@daily", "train.ipynb", "--source", "pinned")
    (root / "train.ipynb").unlink()
    project = Project()
    source = source_of(root, project.config, project.planned()["train"])
    assert source is not None
    assert (source.files / "train.ipynb").is_file()
    assert schedule("list")[0].note == ""
    schedule("remove", "train")
    assert not (root / ".mlops" / "schedules" / "train").exists()


@pytest.mark.parametrize("words", [["train.ipynb"], ["churn"]])
def test_a_ref_that_is_not_there_is_refused(root: Path, words: list[str]) -> None:
    with pytest.raises(Refused) as caught:
        schedule("add", "@daily", *words, "--source", "git:nowhere")
    assert caught.value.hint
    assert written(root) == WRITTEN


@pytest.mark.parametrize(
    "words",
    [
        ["add", "--timezone", "Asia/Kolkata", "@daily", "churn"],
        ["add", "@daily", "--timezone", "Asia/Kolkata", "churn"],
        ["--timezone", "Asia/Kolkata", "add", "@daily", "churn"],
    ],
)
def test_options_may_stand_anywhere(root: Path, words: list[str]) -> None:
    assert schedule(*words).when == "@daily Asia/Kolkata"


# -- taking out


def test_what_was_added_is_taken_out_to_the_byte(root: Path) -> None:
    (root / CONFIG_NAME).write_text(f"{WRITTEN}schedules:\n  mine: {{pipeline: churn, every: 1h}}  # hm\n")
    before = written(root)
    schedule("add", "@daily", "churn")
    assert schedule("remove", "churn") == "removed churn from mlops.yaml"
    assert written(root) == before


def test_the_last_one_leaves_a_mapping(root: Path) -> None:
    schedule("add", "@daily", "churn")
    schedule("remove", "churn")
    assert written(root) == f"{WRITTEN}schedules: {{}}\n"
    schedule("add", "@daily", "churn")
    assert list(load_config(root).schedules) == ["churn"]


def test_one_in_braces_is_taken_out(root: Path) -> None:
    braces = "schedules: {a: {pipeline: churn, every: 1h}, b: {pipeline: churn, every: 2h}}  # both\n"
    (root / CONFIG_NAME).write_text(WRITTEN + braces)
    schedule("remove", "a")
    assert list(load_config(root).schedules) == ["b"]
    assert "# both" in written(root)
    assert written(root).startswith(WRITTEN)


def test_a_monitors_own_is_taken_out_with_it(root: Path) -> None:
    with pytest.raises(Refused, match="comes of the monitor inputs"):
        schedule("remove", "monitor:inputs")


NAMES = st.from_regex(r"[A-Za-zäß0-9_][A-Za-z0-9_ .-]{0,8}", fullmatch=True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(NAMES, st.text(max_size=20).filter(lambda text: "{" not in text and "}" not in text))
def test_any_name_and_text_is_written_as_it_reads(root: Path, name: str, text: str) -> None:
    (root / CONFIG_NAME).write_text(WRITTEN, encoding="utf-8")
    project = Project()
    try:
        project.add_schedule(name, "@daily", "train.ipynb", parameters={"day": text})
    except MLOpsError as error:
        assert error.hint
        assert written(root) == WRITTEN
        return
    assert declared(root, name).parameters == {"day": text}
    project.remove_schedule(name)
    assert written(root) == f"{WRITTEN}schedules: {{}}\n"


# -- looking


def end(store: SlotStore, slot: Slot, outcome: RunStatus) -> None:
    """The slot is claimed, runs, and ends so."""
    with store.writing() as connection:
        taken = store.take(connection, slot.id, "here:1", Terms(), store.clock.now())
    assert taken is not None
    assert store.finish(slot.id, taken[1], SlotStatus.RAN, outcome=outcome, retry=False)


def test_a_list_tells_what_is_next_how_the_last_ended_and_what_stands_in_its_way(root: Path) -> None:
    schedule("add", "@daily", "churn")
    schedule("add", "@hourly", "train.ipynb")
    store = SlotStore(root)
    slot = store.offer("churn", "k", datetime(2026, 3, 10, tzinfo=UTC), SlotKind.MANUAL)
    assert slot is not None
    end(store, slot, RunStatus.FAILED)
    (root / "train.ipynb").unlink()
    schedule("pause", "train")
    churn, train, monitor = schedule("list")
    assert (churn.name, train.name, monitor.name) == ("churn", "train", "monitor:inputs")
    assert churn.last is not None
    assert (churn.last.outcome, churn.next) == (RunStatus.FAILED, datetime(2026, 3, 11, tzinfo=UTC))
    assert (train.note, train.next) == ("train.ipynb is not there", None)
    assert train.paused is not None
    assert (monitor.target, monitor.when) == ("monitor inputs", "every 1h")
    assert monitor.next == datetime(2026, 3, 10, 13, tzinfo=UTC)


def test_where_there_are_none_the_way_to_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "schedule add" in schedule("list")
    assert schedule("next") == "nothing will be due by the clock"
    assert not (tmp_path / ".mlops").exists()


def test_one_is_shown_with_its_slots_and_why_they_ended_so(root: Path) -> None:
    schedule("add", "0 2 * * *", "churn", "--retries", "2")
    schedule("run-now", "churn")
    found = schedule("show", "churn")
    assert isinstance(found, ScheduleDetails)
    assert [f"{due:%d %H}" for due in found.upcoming] == ["11 02", "12 02", "13 02", "14 02", "15 02"]
    assert [slot.kind for slot in found.slots] == [SlotKind.MANUAL]


def test_one_whose_end_is_past_says_so(root: Path) -> None:
    state = schedule("add", "@hourly", "churn", "--end", "2026-03-10")
    assert (state.next, state.note) == (None, "over since 2026-03-10 00:00 UTC")


def test_next_tells_the_due_times_of_all_or_of_one(root: Path) -> None:
    schedule("add", "@hourly", "churn")
    schedule("add", "30 12 * * *", "train.ipynb")
    every = [(item.schedule, f"{item.due:%d %H:%M}") for item in schedule("next", "4")]
    assert every[0] == ("train", "10 12:30")
    assert set(every[1:3]) == {("churn", "10 13:00"), ("monitor:inputs", "10 13:00")}
    one = schedule("next", "train", "2")
    assert [f"{item.due:%d %H:%M}" for item in one] == ["10 12:30", "11 12:30"]
    schedule("pause", "churn")
    assert "churn" not in {item.schedule for item in schedule("next")}
    assert len(schedule("next", "monitor:inputs")) == 10


def test_what_is_shown_obeys_nothing_in_it(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schedule("add", "@daily", "train.ipynb", "-p", "day", "[bold]\x1b[31mx")
    schedule("run-now", "train", "-p", "day", "[red]y")
    for value in (
        schedule("list"),
        schedule("show", "train"),
        schedule("next"),
        schedule("run-now", "train"),
    ):
        show(value)
    shown = capsys.readouterr().out
    assert "[bold]" in shown
    assert "\x1b" not in shown
    assert isinstance(schedule("list")[0], ScheduleState)
    assert isinstance(schedule("next")[0], DueTime)


def test_thousands_are_listed_by_lines(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"  s{number}: {{pipeline: churn, every: {number + 1}m}}" for number in range(600)]
    (root / CONFIG_NAME).write_text(WRITTEN + "\n".join(["schedules:", *lines, ""]), encoding="utf-8")
    show(schedule("list"))
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 602  # with a head, and the monitor's
    due = f"{datetime(2026, 3, 10, 12, 1, tzinfo=UTC).astimezone():%Y-%m-%d %H:%M:%S}"
    assert shown[1].split() == ["s0", "every", "1m", "pipeline", "churn", *due.split()]


# -- asking


def test_a_paused_one_goes_on_when_it_is_resumed(root: Path) -> None:
    schedule("add", "@hourly", "churn")
    paused = schedule("pause", "churn")
    assert "since 2026-03-10 12:00 UTC" in paused.paused
    assert paused.next is None
    assert schedule("resume", "churn").paused is None
    assert schedule("resume", "churn").next == datetime(2026, 3, 10, 13, tzinfo=UTC)


def test_what_pausing_and_resuming_did_not_change_is_said(root: Path) -> None:
    schedule("add", "@yearly", "train.ipynb", "--name", "y")
    told = [said(action, "y")[1] for action in ("resume", "pause", "pause", "resume", "pause")]
    assert told == [["y was not paused"], [], ["y was paused already"], [], []]
    assert SlotStore(root).states()["y"].paused is not None


def test_slots_count_from_when_a_schedule_was_added_or_first_looked_at(root: Path) -> None:
    schedule("add", "--every", "1h", "train.ipynb", "--name", "added")
    added = SlotStore(root).states()["added"]
    text = (root / CONFIG_NAME).read_text(encoding="utf-8")
    (root / CONFIG_NAME).write_text(
        text.replace("schedules:", "schedules:\n  by hand: {notebook: train.ipynb, every: 1h}"), "utf-8"
    )
    Project(root).scheduler_status()
    assert SlotStore(root).states()["by hand"].cursor >= added.cursor
    Project(root).schedules()
    assert SlotStore(root).states()["added"] == added


def test_one_that_was_taken_out_is_not_paused_when_it_is_added_again(root: Path) -> None:
    for _ in range(2):
        schedule("add", "@yearly", "train.ipynb", "--name", "y")
        assert SlotStore(root).states()["y"].paused is None
        schedule("pause", "y")
        schedule("remove", "y")


def test_next_takes_a_schedule_that_is_called_like_a_number(root: Path) -> None:
    schedule("add", "@yearly", "train.ipynb", "--name", "5")
    schedule("add", "@yearly", "train.ipynb", "--name", "y")
    assert {due.schedule for due in schedule("next", "5")} == {"5"}
    assert len(schedule("next", "3")) == 3


def test_a_run_is_asked_for_with_parameters_of_its_own(root: Path) -> None:
    schedule("add", "@hourly", "train.ipynb")
    slot, told = said("run-now", "train", "-p", "C", "2")
    assert (slot.kind, slot.status, slot.parameters) == (SlotKind.MANUAL, SlotStatus.DUE, {"C": 2.0})
    assert slot.requester
    assert "scheduler start" in told[0]
    SlotStore(root).register("here:1", "command")
    again, told = said("run-now", "train")
    assert (again.id != slot.id, told) == (True, [])
    with pytest.raises(Refused, match="unknown parameter 'D'"):
        schedule("run-now", "train", "-p", "D", "2")
    (root / "train.ipynb").unlink()
    with pytest.raises(Refused, match=r"train cannot run: train\.ipynb is not there"):
        schedule("run-now", "train")


def test_parameters_for_what_is_pinned_are_read_by_the_code_that_will_run(root: Path) -> None:
    schedule("add", "@hourly", "train.ipynb", "--source", "pinned")
    schedule("add", "@hourly", "churn", "--source", "pinned")
    notebook = nbformat.read(root / "train.ipynb", as_version=4)
    notebook.cells[0].source = "new: int = 1"
    nbformat.write(notebook, root / "train.ipynb")
    for name in ("train", "churn"):
        assert schedule("run-now", name, "-p", "C", "2").parameters["C"] in {2.0, "2"}
        with pytest.raises(Refused, match="new"):
            schedule("run-now", name, "-p", "new", "2")
    (root / "train.ipynb").write_text("damaged", encoding="utf-8")
    schedule("run-now", "train", "-p", "C", "2")


def test_a_monitor_may_be_asked_to_look(root: Path) -> None:
    assert schedule("run-now", "monitor:inputs").kind is SlotKind.MANUAL
    with pytest.raises(UsageError, match="takes no parameters"):
        schedule("run-now", "monitor:inputs", "-p", "C", "2")


def days(slots: list[Slot]) -> list[str]:
    return [f"{slot.due:%d}" for slot in slots]


def test_a_backfill_asks_for_what_has_not_run_well(root: Path) -> None:
    schedule("add", "0 2 * * *", "churn")
    store = SlotStore(root)
    for day, outcome in ((2, RunStatus.FINISHED), (3, RunStatus.FAILED), (4, None)):
        due = datetime(2026, 3, day, 2, tzinfo=UTC)
        slot = store.offer("churn", time_key(due), due, SlotKind.TIME)
        assert slot is not None
        if outcome is not None:
            end(store, slot, outcome)
    span = ["--from", "2026-03-01", "--to", "2026-03-06"]
    assert days(schedule("backfill", "churn", *span, "--dry-run")) == ["01", "03", "05"]
    assert store.states()["churn"].counts == {"ran": 2, "due": 1}
    made, told = said("backfill", "churn", *span)
    assert days(made) == ["01", "03", "05"]
    assert {slot.kind for slot in made} == {SlotKind.BACKFILL}
    assert "scheduler start" in told[0]
    assert "nothing to run" in schedule("backfill", "churn", *span)
    again = schedule("backfill", "churn", *span, "--again")
    assert [slot.key for slot in again] == ["2026-03-02T02:00:00+00:00#2"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--from", "2026-03-06", "--to", "2026-03-06"], "the span is empty"),
        (["--from", "2026-04-06", "--to", "2026-05-06"], "is yet to come"),
        (["--from", "1990-01-01", "--to", "2026-03-06"], "more than 10000 due times"),
        (["--from", "0001-01-01", "--to", "0001-01-02"], "the year 1 is out of the calendar"),
        (["--from", "yesterday", "--to", "2026-03-06"], "'yesterday' is no time"),
        (["--from", "2026-03-06"], "needs --from and --to"),
    ],
)
def test_a_span_that_will_not_do_is_refused(root: Path, words: list[str], told: str) -> None:
    schedule("add", "@hourly", "churn")
    with pytest.raises(Refused, match=told):
        schedule("backfill", "churn", *words)


def test_what_is_due_by_no_clock_has_no_past(root: Path) -> None:
    schedule("add", "churn", "--on", "data=a.csv")
    with pytest.raises(Refused, match=r"churn has no due times: it runs on data a\.csv"):
        schedule("backfill", "churn", "--from", "2026-03-01", "--to", "2026-03-06")


def test_a_backfill_ends_at_now(root: Path) -> None:
    schedule("add", "0 2 * * *", "churn")
    assert days(schedule("backfill", "churn", "--from", "2026-03-09", "--to", "2027-01-01")) == ["09", "10"]


def test_times_without_a_zone_are_the_schedules(root: Path) -> None:
    schedule("add", "0 0 * * *", "churn", "--timezone", "Asia/Kolkata")
    slots = schedule("backfill", "churn", "--from", "2026-03-01", "--to", "2026-03-02")
    assert [slot.due for slot in slots] == [datetime(2026, 2, 28, 18, 30, tzinfo=UTC)]


@pytest.mark.parametrize(
    ("words", "told", "hint"),
    [
        (["show", "chrun"], "there is no schedule 'chrun'", "did you mean 'churn'?"),
        (["pause", "chrun"], "there is no schedule 'chrun'", "did you mean 'churn'?"),
        (["remove", "chrun"], "there is no schedule 'chrun'", "did you mean 'churn'?"),
        (["run-now", "chrun"], "there is no schedule 'chrun'", "did you mean 'churn'?"),
        (["next", "chrun"], "there is no schedule 'chrun'", "did you mean 'churn'?"),
        (["list", "--nope"], "unrecognized arguments: --nope", "--help"),
        (["show"], "schedule show needs the name of a schedule", "show NAME"),
        (["resume", "a", "b"], "schedule resume needs the name of a schedule, one", "resume NAME"),
        (["list", "churn"], "schedule list takes no name", "show churn"),
        (["next", "0"], "takes a name and a number", "5"),
        (["list", "--every", "1h"], "schedule list takes no --every", "--help"),
        (["pause", "churn", "-p", "C", "1"], "schedule pause takes no -p", "--help"),
        (["add", "@daily", "churn", "--dry-run"], "schedule add takes no --dry-run", "--help"),
        (["add", "@daily", "churn", "--to", "2026-01-01"], "schedule add takes no --to", "--help"),
    ],
)
def test_words_that_mean_nothing_are_refused_with_what_was_meant(
    root: Path, words: list[str], told: str, hint: str
) -> None:
    schedule("add", "@daily", "churn")
    with pytest.raises(Refused) as caught:
        schedule(*words)
    assert told in str(caught.value)
    assert hint in (caught.value.hint or "")


def test_looking_loads_nothing_heavy(root: Path) -> None:
    code = """
import sys
from jupyter_mlops.cli import main
main(["schedule", "add", "0 2 * * *", "churn"])
main(["schedule", "list"])
main(["schedule", "run-now", "churn"])
main(["schedule", "show", "churn"])
heavy = {"pandas", "numpy", "mlflow", "sqlalchemy", "pyarrow", "sklearn", "scipy", "papermill", "IPython"}
sys.exit(",".join(sorted(heavy & sys.modules.keys())) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("monitors: {a: {model: m, performance: [accuracy]}}", "line 1: monitors.a.performance.0: "),
        ("schedules: {a: {notebook: n.ipynb, on: {metric: a ~ 1, of: n.ipynb}}}", "schedules.a.on.metric: "),
        (
            "schedules: {a: {notebook: n.ipynb, on: {metric: f() < 1, of: n.ipynb}}}",
            "no condition on a metric",
        ),
    ],
)
def test_a_condition_that_cannot_be_read_is_told_before_anything_goes_by_it(
    written: str, told: str, root: Path
) -> None:
    (root / "mlops.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(told)):
        Project(root).schedules()


def test_a_condition_on_a_metric_of_any_name_that_mlflow_allows_is_read(root: Path) -> None:
    written = "schedules: {a: {notebook: train.ipynb, on: {metric: val/top-5 acc < 0.5, of: train.ipynb}}}"
    (root / "mlops.yaml").write_text(written, encoding="utf-8")
    assert [state.name for state in Project(root).schedules()] == ["a"]
