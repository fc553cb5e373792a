"""Paired comparison: intervals hold the truth as often as they say, tests cry wolf no more often."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from jupyter_mlops.evaluation import areas, resampling
from jupyter_mlops.evaluation.metrics import scores
from jupyter_mlops.evaluation.paired import Answers, Measured, Paired, measure

CLASSES = (0, 1)


def answers(random: np.random.Generator, y: np.ndarray, right: float) -> Answers:
    """Answers of which that share is right, with probabilities that know a little more."""
    predicted = np.where(random.random(len(y)) < right, y, 1 - y)
    chance = np.clip(0.5 + (predicted - 0.5) * random.random(len(y)), 0, 1)
    return Answers(predicted, np.column_stack([1 - chance, chance]), CLASSES)


def classified(seed: int, rows: int, left: float, right: float) -> Paired:
    random = np.random.default_rng(seed)
    y = random.integers(0, 2, rows)
    return Paired("classification", y, answers(random, y, left), answers(random, y, right))


def estimated(seed: int, rows: int, left: float, right: float, scale: float = 1.0) -> Paired:
    random = np.random.default_rng(seed)
    y = random.normal(10, 2, rows)
    sides = [Answers((y + random.normal(0, sd, rows)) * scale) for sd in (left, right)]
    return Paired("regression", y * scale, *sides)


def by_name(paired: Paired) -> dict[str, Measured]:
    return {each.metric: each for each in measure(paired)}


def held(truth: dict[str, Measured], drawn: list[dict[str, Measured]]) -> dict[str, float]:
    """How often the interval holds the true difference, by metric."""
    return {
        name: float(np.mean([one[name].low <= each.difference <= one[name].high for one in drawn]))
        for name, each in truth.items()
    }


@pytest.fixture
def quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer resamples, for simulations."""
    monkeypatch.setattr(resampling, "RESAMPLES", 400)


@pytest.mark.usefixtures("quicker")
def test_intervals_hold_the_true_difference_as_often_as_they_say() -> None:
    labels = [by_name(classified(seed, 250, 0.8, 0.85)) for seed in range(150)]
    errors = [by_name(estimated(seed, 200, 1.0, 1.2)) for seed in range(150)]
    shares = held(by_name(classified(999, 400_000, 0.8, 0.85)), labels)
    shares |= held(by_name(estimated(999, 400_000, 1.0, 1.2)), errors)
    assert len(shares) == 8
    assert {name: share for name, share in shares.items() if not 0.89 <= share <= 0.99} == {}


@pytest.mark.usefixtures("quicker")
def test_tests_of_equal_models_cry_wolf_in_one_of_twenty_at_most() -> None:
    found: dict[str, list[bool]] = {}
    for seed in range(200):
        for paired in (classified(seed, 120, 0.8, 0.8), estimated(seed, 120, 1.0, 1.0)):
            for name, each in by_name(paired).items():
                assert each.p_value is not None
                found.setdefault(name, []).append(each.p_value < 0.05)
    assert len(found) == 8
    assert {name: np.mean(alarms) for name, alarms in found.items() if np.mean(alarms) > 0.09} == {}


def test_tests_are_those_of_scipy() -> None:
    paired = estimated(1, 300, 1.0, 1.1)
    found = by_name(paired)
    left, right = (np.abs(paired.y - side.predicted) for side in (paired.left, paired.right))
    assert found["mae"].p_value == pytest.approx(stats.ttest_rel(right, left).pvalue)
    assert found["rmse"].p_value == pytest.approx(stats.ttest_rel(right**2, left**2).pvalue)
    paired = classified(1, 300, 0.8, 0.85)
    hits = [side.predicted == paired.y for side in (paired.left, paired.right)]
    discordant = int((hits[0] & ~hits[1]).sum()), int((hits[1] & ~hits[0]).sum())
    accuracy = by_name(paired)["accuracy"]
    expected = stats.chi2.sf((discordant[0] - discordant[1]) ** 2 / sum(discordant), 1)
    assert (accuracy.test, accuracy.p_value) == ("McNemar", pytest.approx(expected))
    assert accuracy.discordant == sum(discordant) / 300


def test_the_interval_is_that_of_the_plain_bootstrap_over_rows() -> None:
    paired = classified(2, 80, 0.75, 0.85)
    random = np.random.default_rng(5)
    drawn = []
    for _ in range(1500):
        part = paired.of(random.integers(0, 80, 80))
        left, right = (
            scores("classification", part.y, s.predicted, s.probabilities, CLASSES)
            for s in (part.left, part.right)
        )
        drawn.append([right[name] - left[name] for name in ("accuracy", "recall", "f1", "roc_auc")])
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    found = by_name(paired)
    for place, name in enumerate(("accuracy", "recall", "f1", "roc_auc")):
        assert found[name].low == pytest.approx(low[place], abs=0.03), name
        assert found[name].high == pytest.approx(high[place], abs=0.03), name


def test_delongs_interval_of_many_rows_agrees_with_the_bootstrap(monkeypatch: pytest.MonkeyPatch) -> None:
    paired = classified(3, 1500, 0.7, 0.75)
    drawn = by_name(paired)["roc_auc"]
    monkeypatch.setattr(areas, "MOST_ROWS", 0)
    computed = by_name(paired)["roc_auc"]
    assert computed.low == pytest.approx(drawn.low, abs=0.004)
    assert computed.high == pytest.approx(drawn.high, abs=0.004)
    assert computed.p_value == drawn.p_value


def test_many_rows_are_drawn_in_blocks_with_the_same_interval() -> None:
    found = by_name(estimated(4, 50_000, 1.0, 1.05))["mae"]
    assert found.difference is not None
    errors = found.deviation / 50_000**0.5
    assert (found.low, found.high) == (
        pytest.approx(found.difference - 1.96 * errors, rel=0.05),
        pytest.approx(found.difference + 1.96 * errors, rel=0.05),
    )
    paired = estimated(4, 50_000, 1.0, 1.05)
    spread = np.abs(paired.y - paired.right.predicted) - np.abs(paired.y - paired.left.predicted)
    assert found.deviation == pytest.approx(spread.std(), rel=0.05)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 4), st.booleans())
@example(1, 2, 3, False)  # R2 of values that are nearly the same
def test_any_few_rows_are_measured_without_a_warning(seed: int, rows: int, classes: int, same: bool) -> None:
    random = np.random.default_rng(seed)
    names = tuple(f"c{place}" for place in range(classes))
    y, left, right = (np.asarray(names, dtype=object)[random.integers(0, classes, rows)] for _ in range(3))
    chances = random.dirichlet(np.ones(classes), rows)
    paired = Paired(
        "classification", y, Answers(left, chances, names), Answers(left if same else right, chances, names)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = measure(paired)
        scale = 10.0 ** random.integers(-200, 150)
        values = random.normal(0, 1, (3, rows)).round(1) * scale
        found += measure(
            Paired("regression", values[0], Answers(values[1]), Answers(values[1 if same else 2]))
        )
    assert len(found) == 8
    for each in found:
        if each.difference is not None and rows > 1 and each.low is not None and each.high is not None:
            assert each.low <= each.high
            assert each.p_value is not None
            assert 0 <= each.p_value <= 1
        if same and each.difference is not None:
            assert each.difference == 0
            assert (each.low, each.high, each.p_value) in {(0.0, 0.0, 1.0), (None, None, None)}


def test_more_classes_than_two_are_averaged() -> None:
    random = np.random.default_rng(6)
    y = random.integers(0, 3, 400)
    left, right = (np.where(random.random(400) < p, y, random.integers(0, 3, 400)) for p in (0.5, 0.7))
    chances = random.dirichlet(np.ones(3), 400)
    paired = Paired(
        "classification", y, Answers(left, chances, (0, 1, 2)), Answers(right, chances, (0, 1, 2))
    )
    found = by_name(paired)
    expected = scores("classification", y, right, chances, (0, 1, 2))
    assert {name: each.right for name, each in found.items()} == pytest.approx(expected)
    assert found["f1"].low is not None
    assert found["f1"].low > 0
    assert found["roc_auc"].difference == 0
