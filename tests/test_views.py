"""Views: strict JSON for programs, tables that show a person's text as it is."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import IPython.display
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.drawing import clean
from jupyter_mlops.entities import (
    CellDifference,
    CellRecord,
    CellStatus,
    DatasetVersion,
    Difference,
    Entity,
    Garbage,
    GitState,
    Hardware,
    ModelVersion,
    OrderFinding,
    Parameter,
    PipelineRun,
    Provenance,
    RecordedParameter,
    Run,
    RunDetails,
    RunDiff,
    RunKind,
    RunStatus,
    StepRun,
)
from jupyter_mlops.views import display, show, to_json

START = datetime(2024, 5, 6, 7, tzinfo=UTC)
MARKUP = ["[red]", "[/red]", "[/]", "[bold]x[/bold]", "a\\", "[link=x]", "[[a]]", ":smile:"]


def run(**fields: Any) -> Run:
    known = {"run_id": "abcdef0123", "name": "n", "experiment": "e", "status": "FINISHED", "kind": "session"}
    return Run.model_validate({**known, "started": START, "ended": START + timedelta(seconds=5), **fields})


def parse(text: str) -> Any:
    def never(constant: str) -> Any:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=never)


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (0.5, 0.5), (-0.0, -0.0)],
)
def test_json_is_strict_and_keeps_what_it_cannot_spell_as_text(value: float, text: Any) -> None:
    assert parse(to_json(run(metrics={"loss": value})))["metrics"] == {"loss": text}
    assert parse(to_json([Parameter(name="x", default=[{"a": (value,)}])]))[0]["default"] == [{"a": [text]}]


def test_one_is_an_object_and_several_are_a_list() -> None:
    assert parse(to_json(run()))["run_id"] == "abcdef0123"
    assert [each["name"] for each in parse(to_json([run(name="a"), run(name="b")]))] == ["a", "b"]
    assert parse(to_json([])) == []
    assert parse(to_json("text")) == "text"


def test_json_spells_times_enums_and_aliases_as_their_text() -> None:
    read = parse(to_json(run()))
    assert (read["started"], read["status"], read["kind"]) == (
        "2024-05-06T07:00:00+00:00",
        "FINISHED",
        "session",
    )
    version = DatasetVersion(name="d", digest="x", rows=None, schema={"a": "int64"})
    assert parse(to_json(version))["schema"] == {"a": "int64"}


@pytest.mark.parametrize("value", [Path("a"), Decimal("1.5"), b"x", {1: 2}, {1, 2}, None, True], ids=repr)
def test_any_default_becomes_json(value: Any) -> None:
    parse(to_json(Parameter(name="x", default=value)))


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.floats()), st.text())
def test_any_metrics_and_names_become_strict_json(metrics: dict[str, float], name: str) -> None:
    read = parse(to_json(run(metrics=metrics, name=name)))
    assert read["name"] == name
    assert set(read["metrics"]) == set(metrics)


def shown(capsys: pytest.CaptureFixture[str], value: Any, **options: Any) -> str:
    show(value, **options)
    return capsys.readouterr().out


def everything(text: str) -> dict[str, Entity]:
    """Each view with `text` wherever a person or a notebook may have put it."""
    cell = CellRecord(
        index=0, cell_id="a", source=text, digest="d", status=CellStatus.FAILED, error=text, traceback=text
    )
    provenance = Provenance(
        notebook=text,
        notebook_digest=text,
        git=GitState(commit=text, branch=text, dirty=True),
        python=text,
        platform=text,
        hardware=Hardware(cpu=text, cores=1, memory=2**30, gpus=(text,)),
        user=text,
        packages={text: text},
    )
    one = run(
        name=text,
        experiment=text,
        notebook=text,
        parameters={text: text},
        metrics={text: 0.5},
        tags={text: text},
        error=text,
        parent=text,
        replaces=text,
    )
    difference = (Difference(name=text, left=text, right=None),)
    return {
        "run": one,
        "details": RunDetails(
            run=one,
            parameters=(RecordedParameter(name=text, value=text, type=text),),
            datasets=(DatasetVersion(name=text, digest=text, rows=3, source=text, context=text),),
            provenance=provenance,
            cells=(cell,),
            artifacts=(text,),
            order=(OrderFinding(kind="edited", cell=text, message=text),),
            artifact_uri=text,
        ),
        "diff": RunDiff(
            left=text,
            right=text,
            parameters=difference,
            metrics=difference,
            datasets=difference,
            packages=difference,
            git=difference,
            cells=(CellDifference(left_index=0, right_index=None, diff=f"-{text}\n+{text}\n {text}"),),
        ),
        "model": ModelVersion(
            name=text, version=text, run_id=text, source=text, aliases=(text,), metrics={text: 0.5}
        ),
        "parameter": Parameter(name=text, annotation=text, default_source=text, help=text),
    }


@pytest.mark.parametrize("kind", everything(""))
@pytest.mark.parametrize("text", MARKUP)
def test_a_persons_text_is_shown_as_it_is(kind: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As often as the same text without markup is."""
    plain = shown(capsys, everything("x" * len(text))[kind]).count("x" * len(text))
    assert shown(capsys, everything(text)[kind]).count(text) == plain


@settings(max_examples=25, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_shown(text: str) -> None:
    for value in everything(text).values():
        show(value)


def test_several_runs_show_the_parameters_that_tell_them_apart(capsys: pytest.CaptureFixture[str]) -> None:
    runs = [
        run(parameters={"C": "1", "penalty": "l2"}, metrics={"f1": 0.5}),
        run(parameters={"C": "2", "penalty": "l2"}),
    ]
    text = shown(capsys, runs)
    assert "C" in text.splitlines()[0]
    assert "f1" in text.splitlines()[0]
    assert "penalty" not in text


def test_an_empty_list_says_how_to_begin(capsys: pytest.CaptureFixture[str]) -> None:
    assert "nothing there yet" in shown(capsys, [])
    assert shown(capsys, [], as_json=True) == "[]\n"


def test_text_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, "[red]a[/nothing]") == "[red]a[/nothing]\n"


def test_json_on_standard_output_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(shown(capsys, [run(metrics={"loss": math.nan})], as_json=True))[0]["metrics"] == {
        "loss": "NaN"
    }


def test_a_running_run_and_an_empty_cell_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    cell = CellRecord(
        index=-1, cell_id=None, source="  ", digest="d", status=CellStatus.NOT_RUN, execution_count=7
    )
    details = RunDetails(
        run=run(status=RunStatus.RUNNING, kind=RunKind.USER, started=None, ended=None), cells=(cell,)
    )
    text = shown(capsys, details)
    assert "still running" in text
    assert "[7]" in text


def test_equal_runs_are_said_to_be_equal(capsys: pytest.CaptureFixture[str]) -> None:
    nothing = RunDiff(
        left="a", right="b", parameters=(), metrics=(), datasets=(), packages=(), git=(), cells=()
    )
    assert "no difference" in shown(capsys, nothing)
    unknown = shown(capsys, nothing.model_copy(update={"code_known": False}))
    assert "code: unknown" in unknown
    assert "or code" not in unknown


def churn(*steps: StepRun, **fields: Any) -> PipelineRun:
    known = {"pipeline": "churn", "run": run(kind="pipeline"), "edges": {"train": ("prepare",)}}
    return PipelineRun.model_validate({**known, "steps": steps, **fields})


def step(name: str, state: str, **fields: Any) -> StepRun:
    return StepRun.model_validate({"step": name, "state": state, **fields})


def test_a_pipeline_is_a_table_with_what_failed_below(capsys: pytest.CaptureFixture[str]) -> None:
    took = {"started": START, "ended": START + timedelta(seconds=3.21)}
    failed = step("train", "failed", point="C=1", run_id="0123456789", error="ValueError: no", **took)
    best = step("train", "finished", point="C=2", selected=True, attempt=2, metrics={"f1": 0.75}, **took)
    show(churn(step("prepare", "cached", why="nothing has changed"), failed, best, registered="churn 3"))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "churn  abcdef01  FINISHED, 5.0 s: 1 failed, 1 finished, 1 cached"
    assert lines[1].split() == ["STEP", "STATE", "TIME", "RUN", "f1", "WHY"]
    assert re.fullmatch(r"prepare +cached +nothing has changed *", lines[2])
    assert re.fullmatch(r"train C=1 +failed +3\.2 s +01234567 *", lines[3])
    assert re.fullmatch(r"train C=2 +finished, attempt 2, best +3\.2 s +0\.75 *", lines[4])
    assert lines[5:] == [
        "train C=1 failed: ValueError: no",
        "where: jupyter mlops show 01234567",
        "registered churn 3",
    ]


def test_a_pipeline_that_was_only_looked_at_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    steps = (step("prepare", "cached"), step("train", "stale", why="cell 3 changed"))
    show(churn(*steps, run=None))
    shown = capsys.readouterr().out
    assert shown.startswith("churn: 1 stale, 1 cached\n╭───────────╮\n│ ≡ prepare │\n")
    assert "│ ≠ train │" in shown
    assert re.search(r"train +stale +cell 3 changed", shown)
    assert "RUN" not in shown


def test_a_terminal_colours_states(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    show(churn(step("train", "failed"), run=None))
    assert "\x1b[31m" in capsys.readouterr().out


def test_the_steps_that_tell_most_are_shown_of_many(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [step(f"s{number}", "failed" if number > 985 else "finished") for number in range(1000)]
    show(churn(*steps))
    shown = capsys.readouterr().out
    assert "and 900 more\n" in shown
    assert "s999 failed: no reason is known\n" not in shown
    assert "and 4 more failed\n" in shown


@pytest.mark.parametrize("name", [*MARKUP, "\x1b[31mred", "a\nb"])
def test_names_and_reasons_of_steps_are_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    failed = step(name, "failed", why=name, error=name, point=name)
    show(churn(failed, pipeline=name, registered=name, run=None))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert clean(name, 100) in shown


def test_a_pipeline_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    show(churn(step("prepare", "not run"), run=None), as_json=True)
    shown = parse(capsys.readouterr().out)
    assert shown["steps"][0]["state"] == "not run"
    assert shown["edges"] == {"train": ["prepare"]}


def test_what_may_be_freed_is_listed_with_its_sum(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {"d" * 64: 1_500_000, "e": 500_000}
    items = [Garbage(digest=digest, size=size, used=START) for digest, size in sizes.items()]
    show(items)
    shown = capsys.readouterr().out
    assert "would be freed: 2 outputs, 2 MB\n" in shown
    assert re.search(rf"d{{20}} +1\.5 MB +{START.astimezone():%Y-%m-%d}", shown)
    show([item.model_copy(update={"freed": True}) for item in items[:1]])
    assert "freed: 1 output, 1.5 MB\n" in capsys.readouterr().out
    copy = items[0].model_copy(update={"kind": "data", "label": "customers@1"})
    show([items[1], copy])
    shown = capsys.readouterr().out
    assert "would be freed: 1 output, 1 copy of data, 2 MB\n" in shown
    assert "data customers@1" in shown


def test_in_a_notebook_a_pipeline_is_drawn(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[dict[str, str]] = []
    monkeypatch.setattr(IPython.display, "display", lambda bundle, raw: shown.append(bundle))
    display(churn(step("prepare", "cached"), run=None))
    assert shown == [], "there is no page outside of a kernel"
    assert "│ ≡ prepare │" in capsys.readouterr().out
    shell = type("Shell", (), {"kernel": object()})()
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)
    display(churn(step("prepare", "cached"), step("train", "stale"), run=None))
    [bundle] = shown
    assert "<svg" in bundle["text/html"]
    assert "│ ≡ prepare │" in bundle["text/plain"]
    display("text")
    assert capsys.readouterr().out == "text\n"
