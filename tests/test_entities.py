"""Nouns: immutable, strict, and the same after a trip through JSON."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from jupyter_mlops import entities
from jupyter_mlops.entities import (
    CellRecord,
    CellStatus,
    DatasetVersion,
    Difference,
    Entity,
    Run,
    RunKind,
    RunStatus,
    StepRun,
)

KINDS = [
    kind
    for _, kind in inspect.getmembers(entities, inspect.isclass)
    if issubclass(kind, Entity) and kind is not Entity
]
START = datetime(2024, 5, 6, 7, tzinfo=UTC)


def run(**fields: object) -> Run:
    known = {
        "run_id": "a" * 32,
        "name": "n",
        "experiment": "e",
        "status": RunStatus.FINISHED,
        "kind": RunKind.HEADLESS,
    }
    return Run.model_validate({**known, "started": START, "ended": START + timedelta(seconds=90), **fields})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_noun_is_explained_frozen_and_strict(kind: type[Entity]) -> None:
    assert kind.__doc__
    assert kind.model_config["frozen"] is True
    assert kind.model_config["extra"] == "forbid"


def test_a_noun_cannot_be_changed() -> None:
    difference = Difference(name="C", left="1", right=None)
    with pytest.raises(ValidationError, match="frozen"):
        difference.left = "2"  # type: ignore[misc]
    assert hash(difference) == hash(Difference(name="C", left="1", right=None))


def test_a_field_it_does_not_know_is_refused() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Difference.model_validate({"name": "C", "left": "1", "right": None, "middle": "2"})


@settings(deadline=None)
@given(
    st.builds(
        DatasetVersion,
        name=st.text(),
        digest=st.text(),
        rows=st.none() | st.integers(0),
        schema=st.dictionaries(st.text(), st.text(), max_size=3),
        context=st.none() | st.text(),
        tags=st.dictionaries(st.text(), st.text(), max_size=3),
    )
)
def test_a_dataset_version_comes_back_from_json(version: DatasetVersion) -> None:
    text = version.model_dump_json()
    assert json.loads(text)["schema"] == version.schema_
    assert "schema_" not in json.loads(text)
    assert DatasetVersion.model_validate_json(text) == version


def test_a_schema_is_given_by_either_name() -> None:
    columns = {"a": "int64"}
    by_alias = DatasetVersion(name="d", digest="x", rows=1, schema=columns)
    assert by_alias == DatasetVersion(name="d", digest="x", rows=1, schema_=columns)


def test_a_run_and_a_cell_come_back_from_json() -> None:
    made = run(metrics={"accuracy": 0.1 + 0.2}, parameters={"C": "1"}, models=("m",))
    assert Run.model_validate_json(made.model_dump_json()) == made
    cell = CellRecord(
        index=0, cell_id=None, source="x", digest="d", status=CellStatus.TIMED_OUT, started=START
    )
    assert CellRecord.model_validate_json(cell.model_dump_json()) == cell


def test_a_duration_is_in_seconds_and_unknown_until_the_end() -> None:
    assert run().duration == 90.0
    assert run(ended=None).duration is None
    cell = CellRecord(index=0, cell_id=None, source="x", digest="d", status=CellStatus.OK, started=START)
    assert cell.duration is None
    assert cell.model_copy(update={"ended": START + timedelta(milliseconds=250)}).duration == 0.25


def test_statuses_are_mlflows_five_and_the_vocabularys_eight() -> None:
    assert [status.value for status in RunStatus] == ["SCHEDULED", "RUNNING", "FINISHED", "FAILED", "KILLED"]
    assert {status.value for status in CellStatus} == {
        "not run",
        "running",
        "ok",
        "failed",
        "killed",
        "timed out",
        "cancelled",
        "skipped",
    }


def test_numbers_that_json_does_not_have_survive_the_trip() -> None:
    step = StepRun(step="train", metrics={"a": float("nan"), "b": float("-inf"), "c": 0.1})
    text = step.model_dump_json()
    assert json.loads(text)["metrics"] == {"a": "NaN", "b": "-Infinity", "c": 0.1}
    found = StepRun.model_validate_json(text).metrics
    assert str(dict(found)) == "{'a': nan, 'b': -inf, 'c': 0.1}"
