"""The model itself is judged: its own checks, how fast it answers, how large it is."""

from __future__ import annotations

import shutil

import pytest

from jupyter_mlops.entities import GateStatus
from jupyter_mlops.exceptions import ConfigError, NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.promotion.judges.model import (
    judge_latency,
    judge_model_checks,
    judge_size,
    key_model_checks,
)
from jupyter_mlops.promotion.judges.notebook import judge_checks, key_checks
from tests.promotion.judging import context_of, gate
from tests.promotion.registered import CONFIG, add_version

PASSED, FAILED, ERROR = GateStatus.PASSED, GateStatus.FAILED, GateStatus.ERROR


def with_checks(project: Project, *checks: str, data: str = "customers") -> Context:
    listed = "".join(f"\n      - {check}" for check in checks)
    told = CONFIG.replace("target: churned", f"target: churned\n    checks:{listed}")
    (project.root / "mlops.yaml").write_text(told.replace("data: customers", f"data: {data}"))
    return context_of(project, "churn@2", "churn@1")


def test_the_checks_of_the_model_are_made(churn: Project) -> None:
    wanted = gate("checks")
    found = judge_checks(wanted, with_checks(churn, "accuracy >= 0.6", "size <= 1GB"))
    assert (found.status, found.message) == (PASSED, "2 checks passed")
    assert found.details == ("on 500 rows of customers",)
    assert churn.show(found.evidence["run"]).run.error is None
    context = with_checks(churn, "accuracy >= 0.6", "accuracy >= 0.999", "f1 >= 0.999")
    failed = judge_model_checks(wanted, context)
    assert failed.status is FAILED
    assert failed.message.startswith("2 of 3 checks failed, first: accuracy >= 0.999: accuracy is 0.")
    undecided = judge_checks(wanted, with_checks(churn, "f1 >= 0.1 by town"))
    assert undecided.status is ERROR
    assert undecided.message.endswith("the data have no column 'town'")
    skipped = judge_checks(wanted, with_checks(churn, "accuracy >= champion.accuracy"))
    assert skipped.status is GateStatus.SKIPPED
    assert skipped.message == "no check was made: accuracy >= champion.accuracy: there is no champion yet"


def test_its_key_is_over_checks_and_data(churn: Project) -> None:
    first = key_checks(gate("checks"), with_checks(churn, "accuracy >= 0.6"))
    assert first == key_model_checks(gate("checks"), with_checks(churn, "accuracy >= 0.6"))
    assert key_checks(gate("checks"), with_checks(churn, "accuracy >= 0.7")) not in {first, ""}
    assert key_checks(gate("checks"), with_checks(churn, "accuracy >= 0.6", data="train.csv")) != first
    compared = "accuracy >= challenger.accuracy"
    before = key_checks(gate("checks"), with_checks(churn, compared))
    churn.store.client().set_registered_model_alias("churn", "challenger", "3")
    assert key_checks(gate("checks"), with_checks(churn, compared)) not in {before, ""}
    assert key_checks(gate("checks"), with_checks(churn, "accuracy over 9000")) == ""


def test_data_are_looked_for_from_the_root(churn: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    context = with_checks(churn, "accuracy >= 0.6", data="customers.csv")
    (churn.root / "below").mkdir()
    monkeypatch.chdir(churn.root / "below")
    assert judge_checks(gate("checks"), context).status is PASSED
    assert judge_latency(gate("latency", {"seconds": 60}), context).evidence["data"] == "customers.csv"


def test_latency_is_measured_on_rows_of_the_model(churn_shared: Project) -> None:
    context = context_of(churn_shared, "churn@2")
    found = judge_latency(gate("latency", {"seconds": 60}), context)
    assert found.status is PASSED
    assert " for one row (median of " in found.message
    assert found.evidence["data"] == "customers"
    slow = judge_latency(gate("latency", {"seconds": 1e-9, "rows": 100, "strict": True}), context)
    assert slow.status is FAILED
    assert " for 100 rows " in slow.message
    with pytest.raises(ConfigError, match="latency lacks seconds"):
        judge_latency(gate("latency"), context)


def test_latency_without_data_of_the_model_is_measured_on_its_training_data(churn: Project) -> None:
    (churn.root / "mlops.yaml").write_text("models: {churn: {target: churned}}\n")
    wanted = gate("latency", {"seconds": 60})
    assert judge_latency(wanted, context_of(churn, "churn@2")).evidence["data"] == "train@1"
    add_version(churn, churn.load_model("churn@2"), ["age", "tenure"], name="untold", metrics={})
    with pytest.raises(Refused, match="tells of no training data"):
        judge_latency(wanted, context_of(churn, "untold@1"))
    (churn.root / "empty.csv").write_text("age,tenure\n")
    with pytest.raises(Refused, match=r"empty.csv has no rows"):
        judge_latency(gate("latency", {"data": "empty.csv", "seconds": 1}), context_of(churn, "churn@2"))


def test_size_is_that_of_its_files(churn: Project) -> None:
    context = context_of(churn, "churn@2")
    found = judge_size(gate("size", {"bytes": 1e9}), context)
    assert found.status is PASSED
    assert int(found.evidence["bytes"]) > 100
    assert (
        judge_size(gate("size", {"bytes": int(found.evidence["bytes"]), "strict": True}), context).status
        is FAILED
    )
    place = churn.store.client().get_logged_model(context.version.source.removeprefix("models:/"))
    shutil.rmtree(place.artifact_location.removeprefix("file://"))
    wanted = ((judge_size, {"bytes": 1e9}), (judge_latency, {"seconds": 1}), (judge_checks, {}))
    for judge, told in wanted:
        with pytest.raises(Refused, match=r"^the files of churn@2 are gone: "):
            judge(gate("gate", told), context)


def test_a_notebook_that_is_not_there(churn_shared: Project) -> None:
    with pytest.raises(NotFound, match=r"there is no notebook checks/gone.ipynb"):
        judge_checks(gate("checks", {"notebook": "checks/gone.ipynb"}), context_of(churn_shared, "churn@2"))
