"""Metrics, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.evaluation.metrics import METRICS, higher_is_better, in_points, scores

seeds = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=60)
@given(seeds, st.integers(1, 60), st.integers(2, 5), st.booleans())
def test_of_labels_are_those_of_scikit_learn(seed: int, rows: int, classes: int, text: bool) -> None:
    random = np.random.default_rng(seed)
    names = np.asarray([f"c{place}" for place in range(classes)] if text else range(classes), dtype=object)
    y, predicted = names[random.integers(0, classes, rows)], names[random.integers(0, classes, rows)]
    probabilities = random.dirichlet(np.ones(classes), rows).round(1)
    found = scores("classification", y, predicted, probabilities, names.tolist())
    if not text:
        y, predicted = y.astype(int), predicted.astype(int)
    if classes == 2:
        how = {"pos_label": names[1], "average": "binary"}
    else:
        how = {"labels": np.unique(y), "average": "macro"}
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(y, predicted))
    for name in ("precision", "recall", "f1"):
        score = getattr(reference, f"{name}_score")
        assert found[name] == pytest.approx(score(y, predicted, zero_division=0, **how)), name
    places = [1] if classes == 2 else range(classes)
    areas = [
        reference.roc_auc_score(y == names[place], probabilities[:, place])
        for place in places
        if 0 < (y == names[place]).sum() < rows
    ]
    assert found.get("roc_auc") == (pytest.approx(np.mean(areas)) if areas else None)


@settings(deadline=None)
@given(seeds, st.integers(2, 60), st.sampled_from([1e-12, 1.0, 1e12, 1e200]))
def test_of_numbers_are_those_of_scikit_learn_at_any_scale(seed: int, rows: int, scale: float) -> None:
    random = np.random.default_rng(seed)
    y, predicted = random.normal(5, 1, rows), random.normal(5, 1, rows)
    found = scores("regression", y * scale, predicted * scale)
    assert found["mae"] == pytest.approx(reference.mean_absolute_error(y, predicted) * scale)
    assert found["rmse"] == pytest.approx(reference.root_mean_squared_error(y, predicted) * scale)
    assert found["r2"] == pytest.approx(reference.r2_score(y, predicted))


def test_what_is_not_defined_is_left_out() -> None:
    ones = np.ones(3, dtype=int)
    one_class = scores("classification", ones, ones, np.full((3, 2), 0.5), [0, 1])
    assert one_class == {"accuracy": 1, "precision": 1, "recall": 1, "f1": 1}
    assert "roc_auc" not in scores("classification", np.array([0, 1]), np.array([0, 1]), None, [0, 1])
    assert scores("regression", np.full(3, 7.1), np.full(3, 8.1)) == pytest.approx({"mae": 1, "rmse": 1})
    assert scores("regression", np.zeros(2), np.zeros(2)) == {"mae": 0, "rmse": 0}
    with pytest.raises(ValueError, match="no rows"):
        scores("regression", np.zeros(0), np.zeros(0))


def test_a_label_that_the_model_does_not_know_counts_as_wrong() -> None:
    y = np.array(["a", "b", "new"], dtype=object)
    found = scores("classification", y, np.array(["a", "b", "b"], dtype=object), None, ["a", "b"])
    assert found == pytest.approx({"accuracy": 2 / 3, "precision": 1 / 2, "recall": 1, "f1": 2 / 3})


@pytest.mark.parametrize(
    ("metric", "higher"),
    [
        *[(name, metric.higher) for name, metric in METRICS.items()],
        ("val_loss", False),
        ("test.rmse", False),
        ("training_mean_squared_error", False),
        ("neg_mean_squared_error", True),
        ("cv_accuracy", True),
        *[(name, False) for name in ("err", "fpr", "false_positive_rate", "miss_rate", "val_nll")],
        *[(name, False) for name in ("neg_log_likelihood", "fit_seconds", "brier_score", "false_negatives")],
        *[(name, True) for name in ("true_negative_rate", "val_score", "mean_hit_rate", "test.auroc", "mcc")],
        *[(name, None) for name in ("gloss", "", "churn_rate", "n_rows", "risk_score", "threshold")],
    ],
)
def test_the_better_direction_is_told_by_the_name_or_not(metric: str, higher: bool | None) -> None:
    assert higher_is_better(metric) is higher


def test_shares_are_told_in_points() -> None:
    assert in_points("accuracy")
    assert in_points("cv_f1")
    assert not in_points("rmse")
    assert not in_points("roc_auc")
