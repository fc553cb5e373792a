"""How often there is a false alarm where nothing changed, and how often a change is found.

``JUPYTER_MLOPS_TEST_DRAWS`` sets how many data sets of 20 columns are drawn for each number (default 100).
"""

from __future__ import annotations

import os

import numpy as np
import pytest

from jupyter_mlops.monitoring.drift import detect_drift
from jupyter_mlops.monitoring.performance import Scored, find_decay
from tests.monitoring.draws import NORMAL, frame, texts

DRAWS = int(os.environ.get("JUPYTER_MLOPS_TEST_DRAWS", "100"))


def test_at_most_one_in_twenty_unchanged_data_sets_alarms() -> None:
    alarms = 0
    for seed in range(DRAWS):
        random = np.random.default_rng(seed)
        reference, current = frame(random, 1_000), frame(random, 1_000)
        assert reference.shape == (1_000, 20)
        alarms += detect_drift(reference, current).drifted
    assert alarms <= 0.05 * DRAWS


@pytest.mark.parametrize("rows", [(30, 30), (2_000, 60)])
def test_few_rows_do_not_alarm_more_often(rows: tuple[int, int]) -> None:
    alarms = 0
    for seed in range(DRAWS // 4):
        random = np.random.default_rng(seed)
        alarms += detect_drift(frame(random, rows[0]), frame(random, rows[1])).drifted
    assert alarms <= max(1, 0.05 * DRAWS / 4)


@pytest.mark.parametrize("rows", [(1_000, 1_000), (300, 300), (60, 60), (100, 1_000), (1_000, 50)])
def test_unchanged_texts_that_are_nearly_unique_rarely_alarm(rows: tuple[int, int]) -> None:
    draws = DRAWS // 16
    alarms = 0
    for seed in range(draws):
        random = np.random.default_rng(seed)
        alarms += detect_drift(texts(random, rows[0]), texts(random, rows[1])).drifted
    assert alarms <= max(1, 0.05 * draws)


def test_half_a_standard_deviation_is_found_in_1000_rows() -> None:
    found, others, drawn = 0, 0, 0
    for seed in range(DRAWS // 2):
        random = np.random.default_rng(seed)
        reference, current = frame(random, 1_000), frame(random, 1_000, moved=NORMAL[:2])
        report = detect_drift(reference[[*NORMAL]], current[[*NORMAL]])
        drifted = {column.name for column in report.columns if column.drifted}
        found += len(drifted & set(NORMAL[:2]))
        others += bool(drifted - set(NORMAL[:2]))
        drawn += 2
    assert found >= 0.95 * drawn
    assert others <= 0.05 * DRAWS / 2


def scored(random: np.random.Generator, rows: int, noise: float) -> Scored:
    y = random.integers(0, 2, rows)
    score = y + random.normal(0, noise, rows)
    positive = 1 / (1 + np.exp(-4 * (score - 0.5)))
    return Scored(y, (score > 0.5).astype(int), np.column_stack([1 - positive, positive]))


def numbers(random: np.random.Generator, rows: int, noise: float) -> Scored:
    y = random.normal(size=rows)
    return Scored(y, y + noise * random.standard_t(3, rows))


@pytest.mark.parametrize("rows", [(300, 300), (500, 40)])
def test_an_unchanged_model_is_rarely_taken_for_worse(rows: tuple[int, int]) -> None:
    alarms = {"classification": 0, "regression": 0}
    for seed in range(DRAWS):
        random = np.random.default_rng(seed)
        sides = [scored(random, count, 0.5) for count in rows]
        decay = find_decay("classification", sides[0], sides[1], (0, 1))
        assert {metric.metric for metric in decay} == {"accuracy", "precision", "recall", "f1", "roc_auc"}
        alarms["classification"] += any(metric.decayed for metric in decay)
        if seed % 8 == 0:  # which takes longer
            left, right = (numbers(random, count, 0.5) for count in rows)
            alarms["regression"] += any(m.decayed for m in find_decay("regression", left, right))
    assert alarms["classification"] <= 0.05 * DRAWS
    assert alarms["regression"] <= max(2, 0.05 * DRAWS / 8)


def test_a_model_that_got_worse_is_found() -> None:
    found = 0
    for seed in range(20):
        random = np.random.default_rng(seed)
        decay = find_decay("classification", scored(random, 1_000, 0.5), scored(random, 1_000, 0.8), (0, 1))
        found += any(metric.decayed for metric in decay)
    assert found >= 19
