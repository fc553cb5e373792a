"""All that runs by itself, as ``mlops.yaml`` declares it; what will not do is told by line and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.config import CONFIG_NAME, load_config
from jupyter_mlops.entities import Misfire, Overlap
from jupyter_mlops.exceptions import ConfigError
from jupyter_mlops.scheduling.declared import declared, obstacle
from jupyter_mlops.scheduling.planned import Planned

PROJECT = """\
pipelines:
  churn: {steps: {train: {notebook: train.ipynb}}}
schedules:
  nightly: {pipeline: churn, cron: "0 2 * * *", timezone: Europe/Berlin, misfire: all, grace: 5m}
  report: {notebook: report.ipynb, every: 6h, overlap: queue, parameters: {day: "{slot:%Y-%m-%d}"}}
  fresh: {pipeline: churn, on: {data: a.csv}, quiet: 30s}
monitors:
  inputs:
    model: churn
    on_drift: {retrain: churn, parameters: {C: 1}, auto_promote: true}
  hourly: {model: churn, cron: "@hourly", timezone: Asia/Kolkata}
"""


def plan(root: Path, text: str) -> dict[str, Planned]:
    (root / CONFIG_NAME).write_text(text, encoding="utf-8")
    return declared(load_config(root), root)


def test_schedules_monitors_and_what_they_set_off_have_one_face(tmp_path: Path) -> None:
    found = plan(tmp_path, PROJECT)
    assert list(found) == [
        *("nightly", "report", "fresh", "monitor:inputs", "retrain:inputs", "monitor:hourly"),
    ]
    nightly, inputs, retrain, hourly = (
        found[name] for name in ("nightly", "monitor:inputs", "retrain:inputs", "monitor:hourly")
    )
    assert (nightly.target, nightly.timezone, nightly.grace) == ("pipeline churn", "Europe/Berlin", 300)
    assert nightly.misfire is Misfire.ALL
    assert found["report"].overlap is Overlap.QUEUE
    assert (found["report"].every, found["report"].parameters) == (21600, {"day": "{slot:%Y-%m-%d}"})
    assert found["fresh"].on is not None
    assert (found["fresh"].quiet, found["fresh"].timed) == (30, False)
    assert (inputs.looks, inputs.batches, inputs.timed) == (True, "churn", False)
    assert (hourly.looks, hourly.batches, hourly.cron, hourly.timezone) == (
        True,
        None,
        "@hourly",
        "Asia/Kolkata",
    )
    assert (retrain.pipeline, retrain.parameters, retrain.auto_promote) == ("churn", {"C": 1}, True)
    assert (retrain.misfire, retrain.overlap, retrain.timed, retrain.looks) == ("all", "queue", False, False)


@pytest.mark.parametrize(
    ("schedule", "told", "hint"),
    [
        (
            '{notebook: n.ipynb, cron: "61 2 * * *"}',
            'schedules.a.cron: cron "61 2 * * *": minute 61 is not 0-59; minute hour day month weekday',
            "of minutes",
        ),
        ("{notebook: n.ipynb, cron: '@daly'}", "unknown name", "did you mean '@daily'?"),
        ("{TIMED, timezone: Berlin}", "unknown timezone 'Berlin'", "did you mean 'Europe/Berlin'?"),
        ("{TIMED, timezone: Europe/Brelin}", "unknown timezone", "did you mean 'Europe/Berlin'?"),
        ("{TIMED, timezone: Europe}", "unknown timezone", "did you mean"),
        ("{TIMED, timezone: ../etc}", "unknown timezone", ""),
        ("{TIMED, timezone: 'qqqqqq 77'}", "unknown timezone", "e.g. UTC"),
        ("{notebook: n.ipynb, every: 0.01}", "a.every: 0.01 s is too short", "1s"),
        ("{pipeline: chrun, every: 1h}", "a.pipeline: there is no pipeline 'chrun'", "did you mean 'churn'?"),
        ("{notebook: train.py, every: 1h}", "a.notebook: 'train.py' is no notebook", ".ipynb"),
        ("{TIMED, source: git}", "a.source: 'git' is no source", "git:REF"),
        ("{TIMED, start: 2026-02-01, end: 2026-01-01}", "a.end: it ends before it starts", "later"),
        ("{TIMED, start: 0001-01-01}", "a.start: the year 1", "2026"),
        ("{pipeline: churn, every: 99999999d}", "a.every: 8.64e+12 s is too long", "36500d"),
        ("{pipeline: churn, every: 1h, register: m}", "a.register: only what a notebook logs", "pipeline"),
        ("{notebook: n.ipynb, on: {drift: inptus}}", "a.on.drift: there is no monitor", "'inputs'"),
        ("{notebook: n.ipynb, on: {run: chrun}}", "a.on.run: there is no pipeline", "'churn'"),
        ("{notebook: n.ipynb, on: {run: a}}", "a.on.run: it would set off itself", ""),
        ("{notebook: n.ipynb, on: {metric: f1 < 1, of: chrun}}", "a.on.of: there is no pipeline", "'churn'"),
        ("{notebook: n.ipynb, on: {webhook: {secret: plain}}}", "reference: env:NAME or file:PATH", "secret"),
        ("{pipeline: churn, on: {run: churn}}", "a.on.run: it would set off itself", ""),
    ],
)
def test_what_will_not_do_is_told_with_line_and_key(
    tmp_path: Path, schedule: str, told: str, hint: str
) -> None:
    schedule = schedule.replace("TIMED", "notebook: n.ipynb, every: 1h")
    rest = "pipelines: {churn: {steps: {s: {notebook: n.ipynb}}}}\nmonitors: {inputs: {model: churn}}\n"
    with pytest.raises(ConfigError) as caught:
        plan(tmp_path, f"schedules:\n  a: {schedule}\n{rest}")
    assert told in str(caught.value)
    assert f"{CONFIG_NAME}: line 2: schedules.a." in str(caught.value)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("on", "told"),
    [
        ('{sql: "select 1", at: "sqlite:///w.db"}', "a.on.sql: it has two keys, e.g. {query: select"),
        ("{webhook: env:HOOK_SECRET}", "a.on.webhook: it has a key secret, e.g. {secret: env:HOOK_SECRET}"),
    ],
)
def test_a_trigger_that_lacks_its_keys_is_told_which_there_are(tmp_path: Path, on: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        plan(tmp_path, f"schedules:\n  a: {{notebook: n.ipynb, on: {on}}}\n")
    assert told in str(caught.value)
    assert f"{CONFIG_NAME}: line 2: " in str(caught.value)


@pytest.mark.parametrize(
    ("schedules", "line", "told"),
    [
        ("a: {notebook: n.ipynb, on: {run: ./n.ipynb}}", 2, "a.on.run: it would set off itself"),
        (
            "a: {notebook: a.ipynb, on: {run: b}}\n  b: {notebook: b.ipynb, on: {run: a}}",
            *(2, "a.on.run: it would set off itself, by way of b"),
        ),
        (
            "far: {notebook: f.ipynb, on: {run: b}}\n  b: {pipeline: churn, on: {run: n.ipynb}}\n"
            "  c: {notebook: n.ipynb, on: {run: d}}\n  d: {notebook: d.ipynb, on: {run: churn}}",
            *(3, "b.on.run: it would set off itself, by way of d, c"),
        ),
    ],
)
def test_schedules_that_would_set_off_each_other_for_ever_are_refused(
    tmp_path: Path, schedules: str, line: int, told: str
) -> None:
    rest = "pipelines: {churn: {steps: {s: {notebook: s.ipynb}}}}\n"
    with pytest.raises(ConfigError) as caught:
        plan(tmp_path, f"schedules:\n  {schedules}\n{rest}")
    assert str(caught.value).endswith(f"{CONFIG_NAME}: line {line}: schedules.{told}")
    assert caught.value.hint == "name another one"


def test_schedules_that_follow_one_another_are_taken_however_many(tmp_path: Path) -> None:
    lines = [f"  s{n}: {{notebook: n{n}.ipynb, on: {{run: s{n - 1}}}}}" for n in range(1, 2001)]
    more = "  again: {notebook: n1.ipynb, on: {run: n7.ipynb}}\n  s0: {notebook: n1.ipynb, every: 1h}"
    assert len(plan(tmp_path, "\n".join(["schedules:", *lines, more, ""]))) == 2002


@pytest.mark.parametrize(
    ("output", "data", "refused"),
    [
        ("data/new.csv", "data/new.csv", True),
        ("data/./new.csv", "ROOT/data/new.csv", True),
        ("data/scored.csv", "data", True),
        ("data/sub/scored.csv", "data/", True),
        ("data/scored.csv", ".", True),
        ("data/scored.csv", "data/*.csv", True),
        ("data/sub/scored.csv", "data/s*", True),
        ("data/a/b/scored.csv", "data/**/*.csv", True),
        ("data/scored.csv", "dataset:people", True),
        ("data/scored.csv", "people", True),
        ("data/scored.csv", "[other, data]", True),
        ("scored.csv", "data", False),
        ("data2/scored.csv", "data", False),
        ("data/scored.parquet", "data/*.csv", False),
        ("data/sub/scored.csv", "data/*.csv", False),
        ("data/.scored.csv", "data", False),
        ("data/.scored.csv", "data/*.csv", False),
        ("data/.out/scored.csv", "data/**/*.csv", False),
        ("data/scored.csv", "https://example.org/data", False),
        ("data/scored.csv", "dataset:elsewhere", False),
    ],
)
def test_predictions_that_are_written_where_their_schedule_looks_are_refused(
    tmp_path: Path, output: str, data: str, refused: bool
) -> None:
    data = data.replace("ROOT", str(tmp_path))
    text = (
        f"datasets: {{people: {{source: data}}}}\nschedules:\n  a:\n    on: {{data: {data}}}\n"
        f"    predict: {{model: m, in: data/new.csv, out: {output}}}\n"
    )
    if not refused:
        assert list(plan(tmp_path, text)) == ["a"]
        return
    with pytest.raises(ConfigError, match=r"line 5: schedules\.a\.predict\.out: it would set off") as caught:
        plan(tmp_path, text)
    assert caught.value.hint == "write it elsewhere"


@pytest.mark.parametrize("name", ["'monitor:a'", "''", "'a/b'", '"a\\nb"', "-a"])
def test_a_schedule_may_not_be_called_anything(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is no name"):
        plan(tmp_path, f"schedules:\n  {name}: {{notebook: n.ipynb, every: 1h}}\n")


@pytest.mark.parametrize(
    ("monitor", "told"),
    [
        ('{model: churn, cron: "0 25 * * *"}', "monitors.m.cron: cron"),
        ("{model: churn, every: 1h, timezone: Nowhere}", "monitors.m.timezone: unknown timezone"),
        ("{model: churn, on_drift: {retrain: nothing}}", "monitors.m.on_drift.retrain: there is no pipeline"),
    ],
)
def test_a_monitor_that_will_not_do_is_told_likewise(tmp_path: Path, monitor: str, told: str) -> None:
    with pytest.raises(ConfigError, match=f"line 2: {told}"):
        plan(tmp_path, f"monitors:\n  m: {monitor}\n")


def test_a_notebook_that_is_gone_stops_only_what_needs_it(tmp_path: Path) -> None:
    found = plan(tmp_path, PROJECT)
    config = load_config(tmp_path)
    (tmp_path / "report.ipynb").touch()
    assert obstacle(found["nightly"], tmp_path, config) == "train.ipynb is not there"
    assert obstacle(found["retrain:inputs"], tmp_path, config) == "train.ipynb is not there"
    assert obstacle(found["report"], tmp_path, config) == ""
    assert obstacle(found["monitor:inputs"], tmp_path, config) == ""


def test_what_is_pinned_needs_no_file(tmp_path: Path) -> None:
    found = plan(tmp_path, "schedules:\n  a: {notebook: gone.ipynb, every: 1h, source: pinned}\n")
    assert obstacle(found["a"], tmp_path, load_config(tmp_path)) == ""
