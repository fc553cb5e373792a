"""Views: strict JSON for programs, tables that show a person's text as it is."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import (
    CellDifference,
    CellRecord,
    CellStatus,
    DatasetVersion,
    Difference,
    Entity,
    GitState,
    Hardware,
    ModelVersion,
    OrderFinding,
    Parameter,
    Provenance,
    RecordedParameter,
    Run,
    RunDetails,
    RunDiff,
    RunKind,
    RunStatus,
)
from jupyter_mlops.views import show, to_json

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
