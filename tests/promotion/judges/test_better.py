"""A version is compared with the champion on the same rows."""

from __future__ import annotations

import shutil
from typing import Any

import pandas as pd
import pytest

from jupyter_mlops.entities import GateStatus
from jupyter_mlops.exceptions import ConfigError, NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.context import Verdict
from jupyter_mlops.promotion.judges.better import judge_better, key_better
from tests.promotion.judging import context_of, gate

PASSED, FAILED, SKIPPED = GateStatus.PASSED, GateStatus.FAILED, GateStatus.SKIPPED


def judged(project: Project, version: int, champion: int | None, **options: Any) -> Verdict:
    told = None if champion is None else f"churn@{champion}"
    return judge_better(gate("better", options), context_of(project, f"churn@{version}", told))


def test_what_is_shown_to_be_better_passes_and_what_is_shown_to_be_worse_does_not(
    churn_shared: Project,
) -> None:
    better = judged(churn_shared, 2, 1, shown="yes")
    assert better.status is PASSED
    assert better.message.startswith("accuracy: churn@2 better by ")
    assert better.evidence["than"] == "churn@1"
    assert better.evidence["data"] == "customers (500 rows)"
    difference = float(better.evidence["right"]) - float(better.evidence["left"])
    assert float(better.evidence["difference"]) == pytest.approx(difference, rel=1e-4)
    worse = judged(churn_shared, 1, 2)
    assert worse.status is FAILED
    assert worse.message.startswith("accuracy: churn@2 better by ")
    assert worse.details[0].startswith("accuracy: ")


def test_a_difference_that_is_not_shown_passes_unless_it_must_be(churn_shared: Project) -> None:
    same = judged(churn_shared, 3, 2, metric="accuracy")
    assert same.status is PASSED
    assert "no difference" in same.message
    demanded = judged(churn_shared, 3, 2, shown=True)
    assert demanded.status is FAILED
    assert demanded.message.endswith("it must be shown better")


def test_a_loss_within_the_tolerance_passes(churn_shared: Project) -> None:
    worse = judged(churn_shared, 1, 2)
    least = -float(worse.evidence["high"])
    assert least > 0
    assert judged(churn_shared, 1, 2, tolerance=least - 0.001).status is FAILED
    let = judged(churn_shared, 1, 2, tolerance=f"{100 * least + 0.1:.4f}%")
    assert let.status is PASSED
    assert "not shown to be by more than" in let.message


def test_without_anything_to_compare_with_it_is_skipped(churn_shared: Project) -> None:
    first = judged(churn_shared, 1, None)
    assert (first.status, first.message) == (SKIPPED, "churn has no champion to compare with")
    assert judged(churn_shared, 1, None, than="challenger").status is SKIPPED
    assert judged(churn_shared, 2, 2).message == "churn@2 is champion itself"
    assert judged(churn_shared, 2, None, than="1").status is PASSED
    with pytest.raises(NotFound, match="'7'"):
        judged(churn_shared, 2, None, than="7")


def test_too_few_rows_decide_nothing(churn_shared: Project) -> None:
    frame = pd.read_csv(churn_shared.root / "customers.csv")
    frame.head(20).to_csv(churn_shared.root / "few.csv", index=False)
    few = judged(churn_shared, 2, 1, data="few.csv")
    assert (few.status, few.message) == (GateStatus.ERROR, "20 rows are too few to tell, 30 are needed")


def test_files_of_the_champion_that_are_gone_are_told(churn: Project) -> None:
    context = context_of(churn, "churn@2", "churn@1")
    assert context.champion is not None
    client = churn.store.client()
    place = client.get_logged_model(context.champion.source.removeprefix("models:/")).artifact_location
    shutil.rmtree(place.removeprefix("file://"))
    with pytest.raises(Refused, match=r"^the files of churn@1 are gone: "):
        judge_better(gate("better"), context)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"metric": "acuracy"}, NotFound, "no metric 'acuracy'"),
        ({"tolerance": 1}, Refused, "accuracy never differs by more than 1"),
        ({"data": "nowhere.csv"}, NotFound, "there is no nowhere.csv in the project"),
        ({"data": "custmers"}, NotFound, "'custmers'"),
        ({"target": "churnd"}, NotFound, "'churnd'"),
        ({"tolernce": 0.1}, ConfigError, r"gates.0: better has no option 'tolernce'"),
        ({"tolerance": -1}, ConfigError, "tolerance: "),
        ({"tolerance": "much"}, ConfigError, "tolerance: "),
        ({"tolerance": "x%"}, ConfigError, "tolerance: "),
        ({"tolerance": 0.1, "shown": True}, ConfigError, "needs no tolerance"),
    ],
)
def test_what_cannot_be_judged_is_told_with_the_mend(
    churn_shared: Project, options: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        judged(churn_shared, 2, 1, **options)
    assert caught.value.hint  # type: ignore[attr-defined]


def test_its_key_is_over_all_that_it_depends_on(churn: Project) -> None:
    def key(version: int = 2, champion: int = 1, **options: Any) -> str:
        return key_better(gate("better", options), context_of(churn, f"churn@{version}", f"churn@{champion}"))

    first = key()
    assert len(first) == 64
    assert first == key()
    assert len({first, key(3), key(champion=3), key(tolerance=0.1), key(data="train.csv")}) == 5
    assert key(data="nowhere.csv") == ""
    with (churn.root / "customers.csv").open("a") as file:
        file.write("50,5.0,north,yes,f\n")
    assert key() not in {first, ""}
