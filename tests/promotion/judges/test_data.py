"""Data are held against their schema."""

from __future__ import annotations

import pandas as pd
import pytest

from jupyter_mlops.entities import GateStatus, RunKind
from jupyter_mlops.exceptions import ConfigError, NotFound
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.judges.data import judge_data, key_data
from jupyter_mlops.promotion.judges.drift import judge_drift, key_drift
from tests.promotion.judging import context_of, gate


def test_a_schema_passes_fails_or_is_missed(churn: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    (churn.root / "below").mkdir()
    monkeypatch.chdir(churn.root / "below")  # paths are from the root all the same
    context, wanted = context_of(churn, "churn@2"), gate("data", {"dataset": "customers"})
    with pytest.raises(NotFound, match=r"there is no schema checks/customers.yaml") as caught:
        judge_data(wanted, context)
    assert caught.value.hint == "make one to edit: jupyter mlops check infer customers"
    schema = churn.infer_schema("customers")
    first = key_data(wanted, context)
    passed = judge_data(wanted, context)
    assert passed.status is GateStatus.PASSED
    assert passed.message.endswith(" checks passed")
    assert churn.show(passed.evidence["run"]).run.kind is RunKind.CHECK
    schema.write_text(schema.read_text().replace("south", "west"))
    assert key_data(wanted, context) not in {first, ""}
    failed = judge_data(wanted, context)
    assert failed.status is GateStatus.FAILED
    assert failed.message.startswith("1 of ")
    assert "first: region: one of 'north'" in failed.message
    assert failed.details[0].startswith("region: one of 'north', 'west': failed: not so in ")


def test_schema_and_data_may_be_files_of_the_project(churn: Project) -> None:
    context = context_of(churn, "churn@2")
    churn.infer_schema("customers", churn.root / "mine.yaml")
    options = {"dataset": "train.csv", "schema": "mine.yaml"}
    assert judge_data(gate("data", options), context).evidence["subject"].endswith("train.csv")
    with pytest.raises(NotFound, match="there is no schema other.yaml"):
        judge_data(gate("data", {**options, "schema": "other.yaml"}), context)
    with pytest.raises(NotFound, match=r"there is no other.csv"):
        judge_data(gate("data", {"dataset": "other.csv"}), context)
    with pytest.raises(ConfigError, match="data lacks dataset"):
        judge_data(gate("data"), context)


def test_what_a_declared_dataset_holds_now_is_judged(churn: Project) -> None:
    churn.datasets.add("customers")
    churn.infer_schema("customers")
    context, data = context_of(churn, "churn@2"), gate("data", {"dataset": "customers"})
    drift = gate("drift", {"current": "customers"})
    assert judge_data(data, context).status is GateStatus.PASSED
    keys = key_data(data, context), key_drift(drift, context)
    path = churn.root / "customers.csv"
    pd.read_csv(path).assign(age=-5, region="?").to_csv(path, index=False)
    assert not {key_data(data, context), key_drift(drift, context)} & {*keys, ""}
    for found in (judge_data(data, context), judge_drift(drift, context)):
        assert found.status is GateStatus.FAILED
        assert (
            "customers.csv is not customers@1 any more: jupyter mlops dataset add customers" in found.details
        )
