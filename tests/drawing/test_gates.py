"""Gates as HTML."""

from __future__ import annotations

import pytest

from jupyter_mlops.drawing.gates import evidence_text
from jupyter_mlops.drawing.pages import fragment
from jupyter_mlops.entities import GateReport, GateResult, GateStatus
from jupyter_mlops.views import printed
from tests.drawing.reports import GATES
from tests.drawing.test_pages import HOSTILE, TAGS, Reader


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_of_others_stays_text(hostile: str) -> None:
    result = GateResult(
        name=hostile,
        kind="metric",
        status=GateStatus.FAILED,
        message=hostile,
        details=(hostile, hostile),
        evidence={hostile: hostile},
        place=hostile,
    )
    report = GateReport(model=hostile, version="1", alias=hostile, results=(result,), notes=(hostile,))
    reader = Reader()
    reader.feed(fragment(report))
    assert not TAGS & set(reader.tags)
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert "\x1b" not in printed(report)


def test_each_gate_is_told_with_why_and_evidence() -> None:
    html = fragment(GATES)
    for shown in ("accuracy is 0.91", "mlops.yaml line 6", "01234567", "by default", "not in git: b.ipynb"):
        assert shown in html
    assert "0123456789abcdef" not in html


def test_evidence_in_a_row_is_short() -> None:
    many = {f"name {number}": "x" * 30 for number in range(9)}
    result = GateResult(name="n", kind="k", status=GateStatus.PASSED, evidence=many)
    assert evidence_text(result) == f"name 0 {'x' * 30}, …"
    assert evidence_text(result.model_copy(update={"evidence": {}})) == ""
