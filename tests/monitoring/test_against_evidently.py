"""The statistics that Evidently has too are the same, as it printed them (see ``against_evidently.py``)."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from jupyter_mlops.monitoring.drift import detect_drift
from tests.monitoring.against_evidently import CATEGORIES, NUMBERS, sides

EVIDENTLY = json.loads(Path(__file__).with_name("evidently.json").read_text(encoding="utf-8"))["values"]
OURS = {column.name: column for column in detect_drift(*sides()).columns}


@pytest.mark.parametrize("name", [*NUMBERS, "skewed"])
def test_numbers(name: str) -> None:
    statistics = OURS[name].statistics
    assert statistics["wasserstein"] == pytest.approx(EVIDENTLY["wasserstein"][name], rel=0.01)
    # theirs is exact, ours the approximation for large samples
    theirs = max(EVIDENTLY["ks"][name], 1e-300)
    assert math.log(max(statistics["ks_p_value"], 1e-300)) == pytest.approx(
        math.log(theirs), rel=0.02, abs=0.05
    )


@pytest.mark.parametrize("name", list(CATEGORIES))
def test_categories(name: str) -> None:
    statistics = OURS[name].statistics
    # theirs is of natural logarithms, ours of base 2
    expected = EVIDENTLY["jensenshannon"][name] / math.log(2) ** 0.5
    assert statistics["jensen_shannon"] == pytest.approx(expected, rel=1e-6)
    # ours adds half a value to each bin
    assert statistics["psi"] == pytest.approx(EVIDENTLY["psi"][name], rel=0.01, abs=1e-5)


def test_ours_are_theirs_but_for_what_may_be_chance() -> None:
    theirs = {**EVIDENTLY["wasserstein"], **EVIDENTLY["jensenshannon"]}
    drifted = {name for name, value in theirs.items() if value >= 0.1}
    assert drifted == {"slightly", "moved", "far", "skewed", "shifted", "other"}
    assert {name for name, column in OURS.items() if column.drifted} == drifted - {"slightly"}
    assert "it may be chance" in OURS["slightly"].why
