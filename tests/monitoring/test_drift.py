"""What is decided of columns of all kinds, and told of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import ColumnDrift, ColumnKind, DriftReport, DriftState
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.monitoring.decision import Thresholds
from jupyter_mlops.monitoring.drift import SAMPLE, Prediction, detect_drift

ROWS = 1_000
RANDOM = np.random.default_rng(3)


def one(reference: Any, current: Any, **options: Any) -> ColumnDrift:
    """The column of that name, compared alone."""
    (column,) = report(reference, current, **options).columns
    return column


def report(reference: Any, current: Any, **options: Any) -> DriftReport:
    return detect_drift(pd.DataFrame({"age": reference}), pd.DataFrame({"age": current}), **options)


def test_a_shift_of_numbers_is_told_with_measure_and_means() -> None:
    found = report(RANDOM.normal(38, 10, ROWS), RANDOM.normal(44, 10, ROWS))
    (column,) = found.columns
    assert found.drifted
    assert found.verdict == "drift in 1 of 1 column: age"
    assert (column.state, column.measure, column.threshold) == (
        DriftState.DRIFTED,
        "normed Wasserstein",
        0.1,
    )
    assert column.effect == pytest.approx(0.6, abs=0.15)
    assert column.why.startswith("normed Wasserstein 0.")
    assert "; mean 38" in column.why.replace("37.", "38.").replace("38.", "38")
    assert {"psi", "ks", "wasserstein"} <= set(column.statistics)


def test_the_same_data_have_not_drifted() -> None:
    values = RANDOM.normal(size=ROWS)
    found = report(values, values)
    assert (found.drifted, found.verdict) == (False, "no drift in 1 column")
    assert found.columns[0].why == "normed Wasserstein 0, within 0.1"


def test_many_rows_do_not_make_a_small_shift_drift() -> None:
    column = one(RANDOM.normal(size=100_000), RANDOM.normal(0.03, size=100_000))
    assert column.state is DriftState.SAME
    assert column.p_value is not None
    assert column.p_value < 0.01


def test_a_threshold_for_one_column_and_for_all() -> None:
    sides = RANDOM.normal(size=ROWS), RANDOM.normal(0.5, size=ROWS)
    assert one(*sides, thresholds=Thresholds(columns={"age": 0.9})).state is DriftState.SAME
    assert one(*sides, thresholds=Thresholds(0.9, 0.9)).state is DriftState.SAME
    found = one(*sides, thresholds=Thresholds(0.9, 0.9, {"age": 0.2}))
    assert (found.state, found.threshold) == (DriftState.DRIFTED, 0.2)
    with pytest.raises(NotFound, match="neither side has a column 'agee'") as error:
        one(*sides, thresholds=Thresholds(columns={"agee": 0.2}))
    assert error.value.hint == "did you mean 'age'?"
    with pytest.raises(Refused, match="threshold age=-1"):
        one(*sides, thresholds=Thresholds(columns={"age": -1.0}))


@pytest.mark.parametrize("dtype", ["int64", "float64", "bool", "object"])
def test_a_flag_that_goes_from_1_to_6_percent_is_found(dtype: str) -> None:
    reference, current = (pd.Series([1] * count + [0] * (ROWS - count)).astype(dtype) for count in (10, 60))
    column = one(reference, current)
    assert column.state is DriftState.DRIFTED
    assert {"jensen_shannon", "chi_square"} <= set(column.statistics)
    if dtype == "bool":
        assert "True 1 % -> 6 %" in column.why


def test_categories_are_told_with_what_changed_and_what_is_new() -> None:
    reference = RANDOM.choice(["Berlin", "Rome"], ROWS)
    current = RANDOM.choice(["Berlin", "Rome", "Oslo"], ROWS, p=[0.2, 0.5, 0.3])
    column = one(reference, current)
    assert (column.kind, column.state) == (ColumnKind.CATEGORY, DriftState.DRIFTED)
    assert column.new_values == ("Oslo",)
    assert "new: 'Oslo'" in column.why
    assert column.reference_top.keys() == column.current_top.keys() == {"Berlin", "Rome", "Oslo"}
    assert sum(column.current_top.values()) == ROWS


def test_a_new_category_of_few_rows_is_named_without_being_drift() -> None:
    reference = ["a", "b"] * 500
    column = one(reference, [*reference[:-2], "c", "c"])
    assert (column.state, column.new_values) == (DriftState.SAME, ("c",))


def test_the_most_frequent_categories_are_counted_and_the_rest_as_other() -> None:
    values = [f"c{number}" for number in range(40) for _ in range(number + 5)]
    column = one(values, values)
    assert len(column.reference_top) == 20
    assert column.reference_top["other"] == column.current_top["other"] > 0
    assert sum(column.reference_top.values()) == len(values)


def test_more_missing_values_are_drift() -> None:
    values = RANDOM.normal(size=ROWS)
    gaps = values.copy()
    gaps[RANDOM.random(ROWS) < 0.1] = np.nan
    column = one(values, gaps)
    assert column.state is DriftState.DRIFTED
    assert column.measure == "Jensen-Shannon of missing values"
    assert "missing 0 % -> " in column.why
    assert column.current_missing == int(np.isnan(gaps).sum())
    assert one(gaps, RANDOM.permutation(gaps)).state is DriftState.SAME


@pytest.mark.parametrize("gone", [np.nan, None])
def test_all_missing(gone: Any) -> None:
    both = one([gone] * 50, [gone] * 50)
    assert (both.state, both.why) == (DriftState.MISSING, "on both sides")
    now = one(RANDOM.normal(size=50), [gone] * 50)
    assert now.state is DriftState.DRIFTED
    assert "missing 0 % -> 100 %" in now.why
    few = one([1.0] + [gone] * 99, [gone] * 100)
    assert (few.state, few.why) == (DriftState.MISSING, "in the current data")


@pytest.mark.parametrize(
    ("reference", "current", "state"),
    [
        ([5] * 50, [5] * 50, DriftState.CONSTANT),
        ([5] * 50, [6] * 50, DriftState.DRIFTED),
        (["x"] * 50, ["x"] * 50, DriftState.CONSTANT),
        (["x"] * 50, ["y"] * 50, DriftState.DRIFTED),
        ([0.3] * 50, [0.1 + 0.2] * 50, DriftState.CONSTANT),
        ([5.0] * 50, [5] * 50, DriftState.CONSTANT),
        ([True] * 50, [True] * 50, DriftState.CONSTANT),
        ([np.inf] * 50, [np.inf] * 50, DriftState.CONSTANT),
        ([2**70] * 50, [2**70 + 1] * 50, DriftState.DRIFTED),
        ([[1]] * 50, [[1]] * 50, DriftState.SAME),
        ([5] * 500, list(range(500)), DriftState.DRIFTED),
    ],
)
def test_constant_columns(reference: list[Any], current: list[Any], state: DriftState) -> None:
    assert one(reference, current).state is state


def test_too_few_values_are_told() -> None:
    column = one(RANDOM.normal(size=ROWS), RANDOM.normal(9, size=12))
    assert (column.state, column.why) == (
        DriftState.TOO_FEW,
        "values: 12 of the current data; 30 are needed",
    )
    found = report([1.0, 2.0], [])
    assert (found.drifted, found.verdict) == (False, "too few values to tell")


def test_categories_too_rare_for_a_test_are_too_few() -> None:
    reference = [f"c{number}" for number in range(40)]
    column = one(reference, [f"d{number}" for number in range(40)])
    assert column.state is DriftState.TOO_FEW
    flag = one([0] * 1000, [0] * 29 + [1])
    assert (flag.state, "so few values of each kind" in flag.why) == (DriftState.TOO_FEW, True)


def test_new_dropped_and_retyped_columns() -> None:
    reference = pd.DataFrame({"gone": [1] * 50, "kind": [1, 2] * 25, "whole": range(50)})
    current = pd.DataFrame({"kind": ["1", "2"] * 25, "whole": np.arange(50.0), "new": [None] * 50})
    found = detect_drift(reference, current)
    states = {column.name: column.state for column in found.columns}
    assert states == {
        "kind": DriftState.RETYPED,
        "whole": DriftState.SAME,
        "gone": DriftState.DROPPED,
        "new": DriftState.ADDED,
    }
    assert found.verdict == "drift in 3 of 4 columns: kind, gone, new"
    kind = next(column for column in found.columns if column.name == "kind")
    assert kind.why.startswith("number (int64) -> category (")
    dropped = next(column for column in found.columns if column.name == "gone")
    assert (dropped.reference_count, dropped.current_count) == (50, 0)


@pytest.mark.parametrize(
    ("reference", "current", "kind"),
    [
        ([0, 1] * 50, [False, True] * 50, ColumnKind.NUMBER),
        (pd.Categorical([1, 2] * 50), [1, 2] * 50, ColumnKind.NUMBER),
        (pd.Categorical(["a", "b"] * 50, ordered=True), ["a", "b"] * 50, ColumnKind.CATEGORY),
        (pd.array([1, 2, None] * 40, "Int64"), [1.0, 2.0, np.nan] * 40, ColumnKind.NUMBER),
        (pd.date_range("2024", periods=50), pd.date_range("2024", periods=50, tz="UTC"), ColumnKind.TIME),
        ([1, "1", True] * 20, [1, "1", True] * 20, ColumnKind.CATEGORY),
    ],
)
def test_the_same_values_in_another_dtype_have_not_drifted(
    reference: Any, current: Any, kind: ColumnKind
) -> None:
    column = one(reference, current)
    assert (column.kind, column.state) == (kind, DriftState.SAME)


def test_numbers_that_are_no_flags_and_booleans_are_retyped() -> None:
    assert one([1, 2] * 50, [False, True] * 50).state is DriftState.RETYPED
    assert one(pd.date_range("2024", periods=50), ["a", "b"] * 25).state is DriftState.RETYPED


def test_effect_and_why_speak_of_the_same() -> None:
    rows = 60
    left = pd.Series([f"AB-{number}" for number in range(rows)])
    right = left.where(left.index % 15 > 0, "ab-" + left.str[3:])
    column = one(left, right)
    assert column.state is not DriftState.DRIFTED
    assert "of patterns" in column.why
    assert column.measure == "Jensen-Shannon of patterns"
    assert column.effect is not None
    assert f"{column.effect:.2g} > 0.1" in column.why


def test_columns_that_were_not_compared_are_not_counted_as_without_drift() -> None:
    values = RANDOM.normal(size=50)
    frame = pd.DataFrame({"age": values, "gone": [np.nan] * 50, "rare": [1.0] + [np.nan] * 49})
    assert detect_drift(frame, frame).verdict == (
        "no drift in 1 column; too few values to tell in 1 column; no values in 1 column"
    )
    assert detect_drift(frame[["gone"]], frame[["gone"]]).verdict == "no values"


def test_texts_tell_what_was_compared() -> None:
    def codes(prefix: str) -> list[str]:
        return [f"{prefix}{number}" for number in RANDOM.integers(10**5, 10**6, ROWS)]

    assert one(codes("AB-"), codes("AB-")).state is DriftState.SAME
    found = one(codes("AB-"), codes("xy/"))
    assert (found.kind, found.state) == (ColumnKind.TEXT, DriftState.DRIFTED)
    assert found.measure == "Jensen-Shannon of patterns"
    assert "'A-9' 100 % -> 0 %" in found.why


def test_infinite_and_huge_values() -> None:
    values = RANDOM.normal(size=ROWS)
    spoilt = values.copy()
    spoilt[:40] = np.inf
    column = one(values, spoilt)
    assert column.state is DriftState.DRIFTED
    assert "far out 0 % -> 4 %" in column.why
    assert column.current_histogram is not None
    assert sum(column.current_histogram.counts) == ROWS
    huge = one([10**300, 10**301] * 50, [10**300, 10**301] * 50)
    assert huge.state is DriftState.SAME
    assert one([1e308, -1e308] * 50, [1e308, -1e308] * 50).state is DriftState.SAME


def test_histograms_share_their_edges() -> None:
    column = one(RANDOM.normal(size=ROWS), RANDOM.normal(3, size=ROWS))
    assert column.reference_histogram is not None
    assert column.current_histogram is not None
    assert column.reference_histogram.edges == column.current_histogram.edges
    assert len(column.reference_histogram.counts) == 20
    assert sum(column.reference_histogram.counts) == sum(column.current_histogram.counts) == ROWS


def test_key_and_ignored_columns_are_left_out_and_told() -> None:
    frame = pd.DataFrame({"id": range(50), "note": range(50), "age": range(50)})
    found = detect_drift(frame, frame + 1000, key=("id",), ignore=["note"])
    assert [column.name for column in found.columns] == ["age"]
    assert "left out: id (key), note" in found.notes
    with pytest.raises(NotFound, match="neither side has a column 'nope'"):
        detect_drift(frame, frame, ignore=["nope"])


def test_labels_may_be_missing_of_the_current_data() -> None:
    frame = pd.DataFrame({"age": range(50), "churned": [0, 1] * 25})
    found = detect_drift(frame, frame[["age"]], labels="churned")
    assert not found.drifted
    assert "the current data have no churned" in found.notes[0]
    late = frame.assign(churned=[0.0, 1.0] * 15 + [np.nan] * 20)
    (column,) = [c for c in detect_drift(frame, late, labels="churned").columns if c.name == "churned"]
    assert (column.state, column.current_missing) == (DriftState.SAME, 0)
    assert detect_drift(frame, late).drifted
    none = detect_drift(frame, frame.assign(churned=np.nan), labels="churned").columns[1]
    assert none.state is DriftState.TOO_FEW


def test_predictions_are_compared_like_columns_and_corrected_with_them() -> None:
    frame = pd.DataFrame({"age": RANDOM.normal(size=ROWS)})
    labels = RANDOM.choice(["no", "yes"], ROWS), RANDOM.choice(["no", "yes"], ROWS, p=[0.8, 0.2])
    found = detect_drift(frame, frame, predictions=[Prediction("prediction", *labels)], model="churn@2")
    assert found.drifted
    assert found.verdict == "the predictions drifted"
    assert found.predictions[0].state is DriftState.DRIFTED
    assert found.model == "churn@2"


def test_many_columns_are_corrected_for() -> None:
    """A shift that is significant alone is not among three hundred columns."""
    reference, current = RANDOM.normal(size=(100, 300)), RANDOM.normal(size=(100, 300))
    current[:, 0] = reference[:, 0] + 0.9
    names = [f"c{number}" for number in range(300)]
    left, right = pd.DataFrame(reference, columns=names), pd.DataFrame(current, columns=names)
    alone, among = (
        detect_drift(*sides).columns[0] for sides in ((left[["c0"]], right[["c0"]]), (left, right))
    )
    assert alone.p_value is not None
    assert among.p_value is not None
    assert among.p_value > 100 * alone.p_value
    assert not detect_drift(left[names[1:]], right[names[1:]]).drifted


def test_more_rows_than_are_compared_are_sampled_and_that_is_told() -> None:
    rows = SAMPLE + 50_000
    reference, current = (pd.DataFrame({"age": RANDOM.normal(mean, size=rows)}) for mean in (0, 0.5))
    current.loc[: rows // 2, "age"] = np.nan
    found = detect_drift(reference, current)
    assert found.drifted
    assert (found.reference_rows, found.columns[0].current_missing) == (rows, rows // 2 + 1)
    assert "of more than 200,000 rows" in found.notes[0]
    assert found == detect_drift(reference, current)


def test_equal_and_odd_column_names() -> None:
    frame = pd.DataFrame([[1, 2.0, "x"]] * 50, columns=["a", "a", 3])
    assert [column.name for column in detect_drift(frame, frame).columns] == ["a", "a.1", "3"]


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=4),
    st.datetimes(),
    st.decimals(allow_nan=False),  # pandas cannot tell whether a signalling one is missing
    st.timedeltas(),
    st.binary(max_size=3),
    st.lists(st.integers(), max_size=2),
)
COLUMNS = st.one_of(
    st.lists(CELLS, max_size=3),
    *(st.lists(kind, max_size=3) for kind in (st.integers(), st.floats(), st.text(max_size=3))),
)


@given(COLUMNS, COLUMNS, st.integers(1, 40), st.integers(1, 40))
@example([0.0, False], [0.0, ""], 15, 15)  # began with floats, held texts
@settings(deadline=None, max_examples=200)
def test_whatever_the_values_a_report_comes_of_it(
    left: list[Any], right: list[Any], times: int, more: int
) -> None:
    found = report(left * times, right * more)
    (column,) = found.columns
    assert column.drifted is found.drifted
    assert found.verdict
    assert column.reference_count + column.reference_missing == len(left) * times
    again = DriftReport.model_validate_json(found.model_dump_json())
    assert again.verdict == found.verdict


@given(st.permutations(range(60)))
@settings(deadline=None, max_examples=20)
def test_the_order_of_rows_does_not_matter(order: list[int]) -> None:
    values = pd.DataFrame({"n": np.linspace(0, 1, 60), "c": ["a", "b", "c"] * 20})
    other = values.assign(n=values["n"] + 0.3)
    shuffled = detect_drift(values.iloc[order], other)
    assert [c.state for c in shuffled.columns] == [c.state for c in detect_drift(values, other).columns]
