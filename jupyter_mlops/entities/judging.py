"""What was found of models and data: drift, comparisons, explanations, checks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.data import ColumnKind, Histogram


class DriftState(StrEnum):
    """What was decided of one column."""

    SAME = "no drift"
    DRIFTED = "drift"
    TOO_FEW = "too few"
    CONSTANT = "constant"
    MISSING = "all missing"
    ADDED = "new column"
    DROPPED = "dropped column"
    RETYPED = "retyped"
    UNTESTED = "not tested"


class ColumnDrift(Entity):
    """One column of the reference beside the current data.

    Decided by `effect`, of the statistic `measure`, against `threshold`, and only where `p_value`, corrected
    for the number of columns, says that it is no chance. `why` tells it in words. Histograms have the same
    edges; `reference_top` and `current_top` count the same values.
    """

    name: str
    kind: ColumnKind
    state: DriftState
    why: str = ""
    measure: str = ""
    effect: float | None = None
    threshold: float | None = None
    p_value: float | None = None
    statistics: Mapping[str, float] = Field(default_factory=dict)
    reference_count: int = 0
    current_count: int = 0
    reference_missing: int = 0
    current_missing: int = 0
    new_values: tuple[str, ...] = ()
    reference_histogram: Histogram | None = None
    current_histogram: Histogram | None = None
    reference_top: Mapping[str, int] = Field(default_factory=dict)
    current_top: Mapping[str, int] = Field(default_factory=dict)

    @property
    def drifted(self) -> bool:
        """Something to be looked at."""
        return self.state in {
            DriftState.DRIFTED, DriftState.ADDED, DriftState.DROPPED, DriftState.RETYPED
        }  # fmt: skip


class Decay(Entity):
    """A metric of the model on either side, where labels exist; `difference` is current less reference, with
    its interval."""

    metric: str
    reference: float
    current: float
    difference: float
    low: float
    high: float
    p_value: float | None = None
    decayed: bool = False


class DriftReport(Entity):
    """Whether the current data are still like the reference; `verdict` in a sentence."""

    reference: str
    current: str
    reference_rows: int
    current_rows: int
    drifted: bool
    verdict: str
    columns: tuple[ColumnDrift, ...] = ()
    predictions: tuple[ColumnDrift, ...] = ()
    decay: tuple[Decay, ...] = ()
    model: str | None = None
    notes: tuple[str, ...] = ()


class MetricComparison(Entity):
    """One metric of two models, or of one notebook on two dataset versions, over the same `rows`.

    `difference` is right less left, with its 95 % interval by paired bootstrap; `p_value` of `test`.
    `better` says which side is, or None where no difference is shown or where `higher_is_better` is None, its
    name not telling; `verdict` tells it in words.
    """

    metric: str
    left: float | None
    right: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    test: str = ""
    rows: int = 0
    higher_is_better: bool | None = True
    better: Literal["left", "right"] | None = None
    verdict: str = ""


class SliceComparison(Entity):
    """The comparison within the rows where the column has that value."""

    column: str
    value: str
    rows: int
    metrics: tuple[MetricComparison, ...] = ()
    note: str = ""


class Comparison(Entity):
    """Two model versions on the same data, or one notebook on two dataset versions."""

    left: str
    right: str
    data: str
    rows: int
    task: Literal["classification", "regression", "runs"]
    metrics: tuple[MetricComparison, ...] = ()
    slices: tuple[SliceComparison, ...] = ()
    verdict: str = ""
    notes: tuple[str, ...] = ()


class FeatureImportance(Entity):
    """How much a model leans on one feature: by permutation, how far the metric falls when its values are
    shuffled (mean and standard deviation over repeats); by SHAP, the mean absolute value."""

    feature: str
    importance: float
    std: float | None = None


class RowExplanation(Entity):
    """What each feature's value added to one prediction: `row` counts from 1. Contributions are to `output`:
    the probability of the predicted class, where a model has none the share of rows that get it, or the
    number that is predicted. It is `value` here, `base` in the mean of `background` rows."""

    row: int
    prediction: str
    base: float
    output: Literal["probability", "share", "number"] = "number"
    value: float | None = None
    background: int = 0
    values: Mapping[str, str] = Field(default_factory=dict)
    contributions: Mapping[str, float] = Field(default_factory=dict)

    @property
    def told(self) -> str:
        """``yes with probability 0.81, which is 0.49 in the mean of 100 background rows``."""
        rows = f"{self.background:,} background rows" if self.background else "the background rows"
        if self.output == "share":
            return f"{self.prediction}, as are {self.base:.4g} of {rows}"
        if self.output == "probability" and self.value is not None:
            chance = f"{self.prediction} with probability {self.value:.4g}"
            return f"{chance}, which is {self.base:.4g} in the mean of {rows}"
        return f"{self.prediction}, the mean of {rows} being {self.base:.4g}"


class Explanation(Entity):
    """Why a model predicts what it does. `artifacts` are those that were kept of it, in the run `run_id`."""

    model: str
    data: str
    rows: int
    method: Literal["permutation", "shap"]
    metric: str = ""
    score: float | None = None
    features: tuple[FeatureImportance, ...] = ()
    examples: tuple[RowExplanation, ...] = ()
    artifacts: tuple[str, ...] = ()
    run_id: str | None = None
    notes: tuple[str, ...] = ()


class CheckStatus(StrEnum):
    """How one check ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # it could not be decided
    SKIPPED = "skipped"


class CheckResult(Entity):
    """One check. `place` says where it stands: ``checks.ipynb cell 3``, ``checks/customers.yaml age``,
    ``mlops.yaml models.churn.checks``."""

    name: str
    kind: Literal["cell", "schema", "model"]
    status: CheckStatus
    place: str = ""
    message: str = ""
    seconds: float = 0.0
    details: tuple[str, ...] = ()


class CheckReport(Entity):
    """All checks of a notebook, dataset version or model version; none is left out because another failed.

    `exit_code` is the command line's: 0, 3 where a check said no or could not be decided, 1 where a cell that
    is no check raised, 4 where the machinery failed.
    """

    subject: str
    results: tuple[CheckResult, ...] = ()
    run_id: str | None = None
    notes: tuple[str, ...] = ()
    exit_code: int = 0

    @property
    def passed(self) -> bool:
        """Every check that could be made said yes, and each could be made."""
        return all(r.status in {CheckStatus.PASSED, CheckStatus.SKIPPED} for r in self.results)
