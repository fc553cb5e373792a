"""Answers among the columns of a table, and true values joined by key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import ColumnDrift, ColumnKind, DriftState, Monitor, MonitorReading
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.monitoring.breaches import held_against, is_known, of_column
from jupyter_mlops.monitoring.labels import Labels, keys
from jupyter_mlops.monitoring.recorded import Answers
from jupyter_mlops.tracking.monitors import metrics_of
from tests.monitoring.watching import START

ANSWERS = ["prediction", "probability_no", "probability_yes", "model_version"]


@pytest.mark.parametrize("prefix", ["", "scored_"])
def test_answers_are_told_from_what_the_model_saw(prefix: str) -> None:
    own = ["id", "age", "time", "prediction" if prefix else "income"]
    found = Answers.of([*own, *(f"{prefix}{name}" for name in ANSWERS)])
    assert (found.prediction, found.who) == (f"{prefix}prediction", f"{prefix}model_version")
    assert found.columns == {f"{prefix}{name}" for name in ANSWERS}


def test_of_requests_a_column_that_is_called_so_is_not_the_answer() -> None:
    found = Answers.of(["prediction", "model_version", "prediction_", "model_version_", "time"])
    assert (found.prediction, found.who) == ("prediction_", "model_version_")
    table = Answers.of(["age", "prediction.low", "prediction.high", "model_version", "time"])
    assert (table.prediction, "prediction.low" in table.columns) == ("", True)
    assert Answers.of(["age", "prediction"]) == Answers()


@given(st.lists(st.text(max_size=12), unique=True, max_size=8))
def test_answers_are_columns_of_the_table(columns: list[str]) -> None:
    found = Answers.of(columns)
    assert found.columns <= set(columns)
    assert not found.prediction or found.who


@given(st.lists(st.integers(-(2**40), 2**40), unique=True, min_size=1, max_size=20))
def test_a_key_is_the_same_as_whole_number_float_and_text(numbers: list[int]) -> None:
    whole = keys(pd.DataFrame({"id": numbers}), ["id"], "it")
    assert whole.tolist() == keys(pd.DataFrame({"id": [float(n) for n in numbers]}), ["id"], "it").tolist()
    assert whole.tolist() == keys(pd.DataFrame({"id": [str(n) for n in numbers]}), ["id"], "it").tolist()


def test_rows_without_a_key_have_no_true_value_and_the_last_of_several_counts() -> None:
    known = keys(pd.DataFrame({"a": [1.0, None, 2.0, 1.0], "b": ["x", "x", "y", "x"]}), ["a", "b"], "it")
    values = dict(zip(known[known.notna()], ["no", "no", "yes"], strict=True))
    labels = Labels("labels", ("a", "b"), "y", values)
    joined = labels.joined(pd.DataFrame({"a": [1, 2, 3, None], "b": ["x", "y", "x", "x"]}))
    assert joined["y"].to_dict() == {0: "yes", 1: "no"} or joined["y"].tolist() == ["yes", "no"]
    with pytest.raises(NotFound, match="what was recorded has no column 'b'"):
        labels.joined(pd.DataFrame({"a": [1]}))


@dataclass
class Case:
    """A column, what the monitor allows, and what is a breach of it."""

    monitor: dict[str, Any]
    breach: str
    column: dict[str, Any] = field(default_factory=dict)


DRIFTED = {"state": DriftState.DRIFTED, "effect": 0.4}


@pytest.mark.parametrize(
    "case",
    [
        Case({}, ""),
        Case({}, "age: normed Wasserstein 0.4 > 0.1", DRIFTED),
        Case({"max_psi": 0.2}, "", DRIFTED),
        Case({"max_psi": 0.2, "threshold": 0.1}, "age: normed Wasserstein 0.4 > 0.1", DRIFTED),
        Case({"max_psi": 0.1}, "age: PSI 0.15 > 0.1"),
        Case({"max_psi": 0.1}, "", {"p_value": 0.2}),
        Case({"max_psi": 0.1}, "", {"p_value": None}),
        Case({"max_psi": 0.2}, "age: Jensen-Shannon of missing values 0.4 > 0.1",
             {**DRIFTED, "measure": "Jensen-Shannon of missing values"}),
        Case({"max_psi": 0.2}, "age: dropped column",
             {"state": DriftState.DROPPED, "effect": None, "statistics": {}}),
        Case({"max_psi": 0.2}, "age: normed Wasserstein 0.4 > 0.1", {**DRIFTED, "statistics": {}}),
    ],
)  # fmt: skip
def test_what_is_a_breach(case: Case) -> None:
    known: dict[str, Any] = {
        "name": "age",
        "kind": ColumnKind.NUMBER,
        "state": DriftState.SAME,
        "measure": "normed Wasserstein",
        "effect": 0.05,
        "threshold": 0.1,
        "p_value": 0.001,
        "statistics": {"psi": 0.15},
    }
    column = ColumnDrift(**(known | case.column))
    monitor = Monitor(model="churn", **case.monitor)
    assert of_column(column, monitor) == case.breach
    held = held_against(column, monitor)
    assert held is None or held[1] in {0.1, 0.2}


def read(**fields: Any) -> MonitorReading:
    known = {"monitor": "m", "model": "churn", "version": "1", "when": START, "number": 1}
    return MonitorReading(**{**known, "reference": "a", "current": "b", "digest": "x", **fields})


def test_a_breach_is_known_where_the_same_data_had_it() -> None:
    last = read(drifted=("age",), breaches=("age: ...",))
    assert is_known(last, last)
    assert not is_known(last, None)
    assert not is_known(last.model_copy(update={"digest": "y"}), last)
    worse = read(broken=("accuracy >= 0.8",), breaches=("accuracy ...",), truth="t")
    assert is_known(worse.model_copy(update={"digest": "y"}), worse)
    assert not is_known(worse.model_copy(update={"truth": "u"}), worse)
    assert not is_known(last.model_copy(update={"version": "2"}), last)
    assert not is_known(last.model_copy(update={"broken": ("accuracy >= 0.8",)}), last)
    assert not is_known(read(), last)


@given(st.dictionaries(st.text(max_size=30), st.floats(), max_size=5))
def test_columns_of_any_name_are_metrics_that_mlflow_takes(effects: dict[str, float]) -> None:
    from mlflow.utils.validation import _validate_metric_name

    found = metrics_of(read(effects=effects))
    for name in found:
        _validate_metric_name(name)
    finite = [value for value in effects.values() if abs(value) < float("inf")]
    assert len(found) == len(finite) + 3
