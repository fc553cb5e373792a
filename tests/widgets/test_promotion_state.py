"""What the promotion panel says, in words and as JSON."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.entities import CellDifference, Difference, GateReport, GateResult, GateStatus, RunDiff
from jupyter_mlops.widgets import promotion_state as plain


@given(
    name=st.sampled_from(["accuracy", "log_loss", "n_rows"]),
    value=st.floats() | st.none(),
    against=st.floats() | st.none(),
)
def test_a_metric_is_better_just_where_it_is(name: str, value: float | None, against: float | None) -> None:
    told = plain.plain_metric(name, value, against)
    json.dumps(told, allow_nan=False)
    if value is None or against is None or math.isnan(value) or math.isnan(against):
        assert told["word"] == told["difference"] == ""
    elif told["word"] in {"better", "worse"}:
        assert name != "n_rows"
        assert (told["word"] == "better") == ((value > against) == (name == "accuracy"))
        assert told["kind"] == {"better": "good", "worse": "bad"}[told["word"]]
    elif name != "n_rows":
        assert math.isclose(value, against, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((), ""),
        ((GateStatus.PASSED, GateStatus.SKIPPED), ""),
        ((GateStatus.WAITING, GateStatus.PASSED), "1 of 2 gates is not judged yet."),
        ((GateStatus.FAILED, GateStatus.WAITING), "“g0” says no: m0. 1 of 2 gates is not judged yet."),
        ((GateStatus.ERROR,), "“g0” cannot be judged: m0."),
        (
            (GateStatus.FAILED,) * 5,
            "“g0” says no: m0. “g1” says no: m1. “g2” says no: m2. 2 more are closed.",
        ),
    ],
)
def test_why_a_version_cannot_be_promoted(statuses: tuple[GateStatus, ...], expected: str) -> None:
    results = tuple(
        GateResult(name=f"g{place}", kind="metric", status=status, message=f"m{place}")
        for place, status in enumerate(statuses)
    )
    report = GateReport(model="m", version="1", alias="champion", results=results)
    assert plain.why_not(report, "m@1", is_champion=False, alias="champion") == expected


def test_evidence_shortens_ids_of_runs_and_keeps_the_whole() -> None:
    run = "0123456789abcdef" * 2
    result = GateResult(
        name="g\x1b[31m", kind="checks", status=GateStatus.FAILED, evidence={"run": run}, details=("a\nb",)
    )
    [gate] = plain.plain_gates(GateReport(model="m", version="1", alias="champion", results=(result,)))
    assert gate["evidence"] == [{"name": "run", "value": "01234567", "whole": run}]
    assert gate["details"] == ["a", "b"]
    assert "\x1b" not in gate["name"]


def test_code_keeps_its_spaces_and_a_huge_cell_is_cut() -> None:
    lines = ["@@ -1 +1 @@", "+    x = 1\x1b[0m", *("+y" for _ in range(plain.LINES))]
    cell = CellDifference(left_index=None, right_index=4, diff="\n".join(lines))
    given_ = Difference(name="C", left=None, right="1")
    diff = RunDiff(
        left="a", right="b", parameters=(given_,), metrics=(), datasets=(), packages=(), git=(), cells=(cell,)
    )
    [told] = plain.plain_changes(diff)["cells"]
    assert (told["title"], told["what"]) == ("cell 5", "new")
    assert told["lines"][1] == "+    x = 1\ufffd[0m"
    assert told["lines"][-1] == "… and 2 more lines"
    assert len(told["lines"]) == plain.LINES + 1
