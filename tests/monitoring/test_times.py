"""Columns of times, which in newer data are later."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops.entities import ColumnKind, DriftState
from jupyter_mlops.monitoring.decision import Thresholds
from tests.monitoring.test_drift import one

DAYS = pd.date_range("2024-01-01", periods=100, freq="D")


def test_times_that_went_on_are_no_drift_unless_they_have_a_threshold() -> None:
    then = DAYS + pd.Timedelta(days=152)
    column = one(DAYS, then)
    assert (column.kind, column.state) == (ColumnKind.TIME, DriftState.SAME)
    assert (column.why, column.effect) == ("later, as times are in newer data", None)
    assert column.statistics["wasserstein"] > 1
    assert column.current_histogram is not None
    assert column.current_histogram.edges[0] == DAYS[0].timestamp()
    texts = one(DAYS.strftime("%Y-%m-%d"), then.strftime("%Y-%m-%d"))
    assert (texts.kind, texts.state, texts.why) == (ColumnKind.TIME, DriftState.SAME, column.why)

    asked = one(DAYS, then, thresholds=Thresholds(columns={"age": 0.1}))
    assert asked.state is DriftState.DRIFTED
    assert "2024-01-01 to 2024-04-09 -> 2024-06-01 to 2024-09-08: later, as times are" in asked.why
    gaps = one(DAYS, then.where(np.arange(100) % 2 == 0))
    assert (gaps.state, gaps.measure) == (DriftState.DRIFTED, "Jensen-Shannon of missing values")


@pytest.mark.parametrize(
    "current",
    [
        DAYS - pd.Timedelta(days=152),  # earlier
        DAYS + pd.Timedelta(days=80),  # a fifth is not later
        pd.date_range("2024-06-01", periods=100, freq="h"),  # a short span
        pd.date_range("2024-06-01", periods=100, freq="7D"),  # a long one
        pd.DatetimeIndex(["2099-12-31"] * 100),
    ],
)
def test_times_that_did_not_just_go_on_are_drift(current: pd.DatetimeIndex) -> None:
    assert one(DAYS, current).state is DriftState.DRIFTED


def test_longer_durations_are_drift() -> None:
    durations = pd.to_timedelta(np.arange(100), unit="D")
    assert one(durations, durations + pd.Timedelta(days=152)).state is DriftState.DRIFTED
