"""Reports as the project makes them, by hand: for tests of what is drawn of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from jupyter_mlops.entities import (
    Card,
    CardSection,
    CellReplay,
    CheckReport,
    CheckResult,
    CheckStatus,
    ColumnDiff,
    ColumnDrift,
    ColumnKind,
    ColumnProfile,
    Comparison,
    DataDiff,
    DatasetDetails,
    DatasetUse,
    DatasetVersion,
    Decay,
    Difference,
    DriftReport,
    DriftState,
    Entity,
    Explanation,
    FeatureImportance,
    GateReport,
    GateResult,
    GateStatus,
    Histogram,
    Impact,
    ImpactDifference,
    ImpactVersion,
    Lineage,
    LineageLink,
    LineageNode,
    MetricComparison,
    MetricReplay,
    Monitor,
    MonitorReading,
    MonitorState,
    Profile,
    Replay,
    ReplayVerdict,
    RowDiff,
    RowExplanation,
    Shift,
    SliceComparison,
)

START = datetime(2024, 5, 1, 10, tzinfo=UTC)
DAY = 86400.0


def bell(centre: float, wide: float, edges: Sequence[float], total: int) -> Histogram:
    """A histogram of that many values around a centre."""
    heights = [
        math.exp(-(((left + right) / 2 - centre) ** 2) / (2 * wide**2)) for left, right in pairwise(edges)
    ]
    counts = tuple(round(total * height / sum(heights)) for height in heights)
    return Histogram(edges=tuple(edges), counts=counts)


AGES = [18 + 3 * step for step in range(25)]
DAYS = [START.timestamp() + DAY * 14 * step for step in range(27)]


def column(name: str, **fields: Any) -> ColumnDrift:
    known: dict[str, Any] = {
        "kind": ColumnKind.NUMBER,
        "state": DriftState.SAME,
        "why": "normed Wasserstein 0.02 is below 0.1",
        "measure": "normed Wasserstein",
        "effect": 0.02,
        "threshold": 0.1,
        "p_value": 0.41,
        "statistics": {"psi": 0.01, "ks": 0.02},
        "reference_count": 1200,
        "current_count": 800,
        "reference_histogram": bell(45, 12, AGES, 1200),
        "current_histogram": bell(46, 12, AGES, 800),
    }
    return ColumnDrift(name=name, **{**known, **fields})


def drift(*columns: ColumnDrift, **fields: Any) -> DriftReport:
    known: dict[str, Any] = {
        "reference": "customers@3",
        "current": "data/recent.csv",
        "reference_rows": 1200,
        "current_rows": 800,
        "drifted": any(one.drifted for one in columns),
        "verdict": "3 of 6 columns drifted: income, region, coupon",
        "columns": columns,
    }
    return DriftReport(**{**known, **fields})


DRIFT = drift(
    column("age"),
    column(
        "income",
        state=DriftState.DRIFTED,
        effect=0.62,
        p_value=0.0000003,
        why="normed Wasserstein 0.62 is beyond 0.1",
        current_histogram=bell(57, 14, AGES, 800),
        reference_missing=12,
        current_missing=240,
    ),
    column(
        "region",
        kind=ColumnKind.CATEGORY,
        state=DriftState.DRIFTED,
        measure="Jensen-Shannon",
        effect=0.31,
        why="Jensen-Shannon 0.31 is beyond 0.1; 2 new values",
        new_values=("overseas", "unknown"),
        reference_histogram=None,
        current_histogram=None,
        reference_top={"north": 500, "south": 400, "east": 200, "overseas": 0},
        current_top={"north": 100, "south": 350, "east": 150, "overseas": 150},
    ),
    column(
        "signup",
        kind=ColumnKind.TIME,
        reference_histogram=bell(DAYS[8], DAY * 40, DAYS, 1200),
        current_histogram=bell(DAYS[10], DAY * 40, DAYS, 800),
    ),
    column(
        "coupon",
        state=DriftState.ADDED,
        effect=None,
        threshold=None,
        p_value=None,
        measure="",
        statistics={},
        why="only in the current data",
        reference_count=0,
        reference_histogram=None,
    ),
    column(
        "rare", state=DriftState.TOO_FEW, why="7 values are too few to tell", effect=math.nan, p_value=None
    ),
    decay=(
        Decay(
            metric="accuracy",
            reference=0.91,
            current=0.86,
            difference=-0.05,
            low=-0.08,
            high=-0.02,
            p_value=0.0004,
            decayed=True,
        ),
    ),
    predictions=(
        column(
            "churn (prediction)",
            reference_histogram=bell(40, 9, AGES, 900),
            current_histogram=bell(50, 9, AGES, 900),
        ),
    ),
    model="churn@champion",
    notes=("rows of the current data are of 2024",),
)


def profile(name: str, **fields: Any) -> ColumnProfile:
    known: dict[str, Any] = {
        "dtype": "float64",
        "kind": ColumnKind.NUMBER,
        "count": 990,
        "missing": 10,
        "distinct": 73,
        "minimum": "18.0",
        "maximum": "90.0",
        "mean": 45.25,
        "std": 12.5,
        "histogram": bell(45, 12, AGES, 990),
    }
    return ColumnProfile(name=name, **{**known, **fields})


CITIES: dict[str, Any] = {
    "kind": ColumnKind.CATEGORY,
    "dtype": "str",
    "distinct": 3,
    "minimum": None,
    "maximum": None,
    "histogram": None,
    "mean": None,
    "std": None,
}
DIFF = DataDiff(
    left="customers@2",
    right="customers@3",
    identical=False,
    left_rows=1000,
    right_rows=1040,
    key=("id",),
    added=60,
    removed=20,
    changed=120,
    columns=(
        ColumnDiff(name="id", change="same", left_dtype="int64", right_dtype="int64", changed=0),
        ColumnDiff(
            name="age",
            change="changed",
            left_dtype="float64",
            right_dtype="float64",
            changed=120,
            shift=Shift(measure="normed Wasserstein", effect=0.4, p_value=0.0001, size="medium"),
            left=profile("age"),
            right=profile("age", mean=51.0, histogram=bell(51, 11, [s + 1 for s in AGES], 1030)),
        ),
        ColumnDiff(
            name="city",
            change="changed",
            left_dtype="str",
            right_dtype="str",
            changed=3,
            shift=Shift(measure="Jensen-Shannon", effect=0.06, size="small"),
            left=profile("city", top=(("Bern", 500), ("Ulm", 300)), **CITIES),
            right=profile("city", top=(("Bern", 400), ("Ulm", 420), ("Graz", 20)), **CITIES),
        ),
        ColumnDiff(name="zip", change="retyped", left_dtype="int64", right_dtype="str"),
        ColumnDiff(name="email", change="dropped", left_dtype="str"),
        ColumnDiff(name="consent", change="added", right_dtype="bool"),
    ),
    examples=(
        RowDiff(change="changed", key={"id": "17"}, left={"age": "41.0"}, right={"age": "42.0"}),
        RowDiff(change="added", key={"id": "1017"}, right={"age": "29.0", "city": "Graz"}),
        RowDiff(change="removed", key={"id": "5"}, left={"age": "77.0", "city": "Ulm"}),
    ),
    notes=("email holds text that is different in every row",),
)


def metric(name: str, left: float, right: float, spread: float, **fields: Any) -> MetricComparison:
    known: dict[str, Any] = {
        "difference": right - left,
        "low": right - left - spread,
        "high": right - left + spread,
    }
    return MetricComparison(metric=name, left=left, right=right, rows=900, **{**known, **fields})


COMPARISON = Comparison(
    left="churn@3",
    right="churn@4",
    data="holdout@1",
    rows=900,
    task="classification",
    metrics=(
        metric(
            "accuracy",
            0.861,
            0.875,
            0.008,
            p_value=0.0007,
            test="McNemar",
            better="right",
            verdict="churn@4 better by 1.4 pp, 95 % interval 0.6 to 2.2",
        ),
        metric("f1", 0.71, 0.715, 0.02, verdict="no difference shown"),
        metric("log_loss", 41.0, 47.0, 3.0, higher_is_better=False, better="left"),
    ),
    slices=(
        SliceComparison(
            column="region",
            value="north",
            rows=500,
            metrics=(metric("accuracy", 0.9, 0.93, 0.01, better="right"),),
        ),
        SliceComparison(
            column="region", value="south", rows=380, metrics=(metric("accuracy", 0.8, 0.78, 0.03),)
        ),
        SliceComparison(column="region", value="east", rows=20, note="20 rows are too few"),
    ),
    verdict="churn@4 better by 1.4 pp, 95 % interval 0.6 to 2.2",
)
EXPLANATION = Explanation(
    model="churn@4",
    data="holdout@1",
    rows=900,
    method="permutation",
    metric="accuracy",
    score=0.875,
    features=tuple(
        FeatureImportance(feature=name, importance=value, std=std)
        for name, value, std in (("tenure", 0.12, 0.011), ("region", 0.04, 0.006), ("age", -0.001, 0.002))
    ),
    examples=(
        RowExplanation(
            row=17,
            prediction="yes",
            base=0.27,
            values={"tenure": "2", "age": "41.0"},
            contributions={"tenure": 0.31, "region": -0.05, "age": 0.01},
        ),
    ),
)
CHECKS = CheckReport(
    subject="customers@3",
    run_id="abcdef0123456789",
    results=(
        CheckResult(
            name="no duplicate ids",
            kind="cell",
            status=CheckStatus.PASSED,
            place="checks.ipynb cell 3",
            seconds=0.02,
        ),
        CheckResult(
            name="age",
            kind="schema",
            status=CheckStatus.FAILED,
            place="checks/customers.yaml age",
            message="3 values are below 18",
            details=("row 4: 17.0", "row 9: -1.0", "row 11: 3.5"),
        ),
        CheckResult(name="latency", kind="model", status=CheckStatus.SKIPPED, message="no model"),
        CheckResult(name="leakage", kind="model", status=CheckStatus.ERROR, message="KeyError: 'target'"),
    ),
)
VERSION = DatasetVersion(
    name="customers",
    digest="a" * 64,
    rows=1000,
    schema={"id": "int64", "age": "float64", "city": "str"},
    source="data/customers.csv",
    number=3,
    key=("id",),
    tags={"owner": "growth", "pii": "yes"},
    size=1_500_000,
    created=START,
)
PROFILE = Profile(
    rows=1000,
    sampled=500,
    columns=(
        profile("age"),
        profile("city", top=(("Bern", 500), ("Ulm", 300), ("Graz", 20)), **CITIES),
        profile(
            "empty", count=0, missing=1000, minimum=None, maximum=None, mean=None, std=None, histogram=None
        ),
    ),
)
DETAILS = DatasetDetails(
    version=VERSION,
    profile=PROFILE,
    uses=(DatasetUse(run_id="abcdef0123", name="train", context="training", started=START),),
    content="data/customers.csv",
)
LINEAGE = Lineage(
    start="customers@3",
    nodes=(
        LineageNode(key="raw@1", kind="dataset", name="raw@1", detail="2,000 rows"),
        LineageNode(key="r1", kind="run", name="prepare", detail="2024-05-01"),
        LineageNode(key="customers@3", kind="dataset", name="customers@3", detail="1,000 rows"),
        LineageNode(key="r2", kind="run", name="train", detail="accuracy 0.875"),
        LineageNode(key="r3", kind="run", name="report"),
        LineageNode(key="model:churn@4", kind="model", name="churn@4", detail="champion"),
    ),
    links=(
        LineageLink(source="raw@1", target="r1", label="read"),
        LineageLink(source="r1", target="customers@3", label="wrote"),
        LineageLink(source="customers@3", target="r2", label="read as training"),
        LineageLink(source="customers@3", target="r3", label="read"),
        LineageLink(source="r2", target="model:churn@4", label="made"),
    ),
)
IMPACT = Impact(
    dataset="customers",
    metric="accuracy",
    versions=(
        ImpactVersion(
            version=VERSION.model_copy(update={"number": 2}),
            runs=("r1", "r2"),
            mean=0.86,
            low=0.85,
            high=0.87,
        ),
        ImpactVersion(version=VERSION, runs=("r3", "r4"), mean=0.874, low=0.869, high=0.879),
        ImpactVersion(version=VERSION.model_copy(update={"number": 4})),
    ),
    differences=(
        ImpactDifference(
            left="customers@2",
            right="customers@3",
            pairs=2,
            difference=0.014,
            low=0.002,
            high=0.026,
            verdict="customers@3 better by 1.4 pp, 95 % interval 0.2 to 2.6",
        ),
    ),
)
CARD = Card(
    model="churn",
    version="4",
    summary="Version `4` of `churn`.\n\n🔴 **Promoted in spite of its gates: accuracy &gt;= 0.9**",
    front={"library_name": "sklearn"},
    sections=(
        CardSection(key="purpose", title="Purpose", text="_Nobody has told._", missing=True, fill="tell"),
        CardSection(
            key="metrics",
            title="Metrics",
            text="| metric | value |\n| --- | ---: |\n| `f1` | 0.8 |\n\n![Metrics](metrics.svg)",
        ),
    ),
    pictures={
        "metrics.svg": '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="f1 0.8"'
        ' viewBox="0 0 90 20"><title>f1</title><text>f1</text></svg>'
    },
    created=START,
)
GATES = GateReport(
    model="churn",
    version="2",
    alias="champion",
    champion="1",
    run_id="abcdef0123456789abcdef0123456789",
    results=(
        GateResult(
            name="accuracy >= 0.8",
            kind="metric",
            status=GateStatus.PASSED,
            message="accuracy is 0.91, >= 0.8",
            evidence={"run": "0123456789abcdef0123456789abcdef", "value": "0.91"},
            place="mlops.yaml line 6",
            judged=START,
        ),
        GateResult(
            name="clean git",
            kind="clean_git",
            status=GateStatus.FAILED,
            message="changed: train.ipynb, not in git: b.ipynb: commit, and run it again",
            details=("changed: train.ipynb", "not in git: b.ipynb"),
            judged=START,
        ),
        GateResult(name="f1 >= 0.7", kind="metric", status=GateStatus.ERROR, message="no metric 'f1'"),
        GateResult(name="better: champion", kind="better", status=GateStatus.SKIPPED, message="no champion"),
        GateResult(name="replay", kind="replay", status=GateStatus.WAITING, implied=True),
    ),
    notes=("champion was at version 1 by other means",),
)
REPLAY = Replay(
    run_id="0123456789abcdef0123456789abcdef",
    label="churn@3",
    verdict=ReplayVerdict.DIFFERENT,
    reason="accuracy is 0.81, not 0.83; the first cell that differs is code cell 3: order = shuffled(rows)",
    replayed="abcdef0123456789abcdef0123456789",
    tolerance=1e-6,
    metrics=(
        MetricReplay(metric="accuracy", original=0.83, replayed=0.81, cell=5),
        MetricReplay(metric="rows", original=240.0, replayed=240.0, within=True),
        MetricReplay(metric="f1", original=0.7, replayed=None),
    ),
    cells=(
        CellReplay(
            index=4,
            number=3,
            source="order = shuffled(rows)",
            diff="--- original\n+++ replay\n@@ -1 +1 @@\n-  <3 & 4>\n+  <4 & 3>",
        ),
        CellReplay(index=6, number=5, source="%track metric accuracy", metrics=("accuracy",)),
    ),
    data=("customers@3: data/customers.csv, digest 6960ac3b38d6",),
    environment=(Difference(name="scikit-learn", left="1.4.0", right="1.5.1"),),
    when=START,
    notes=("code beside the notebook changed since: features.py",),
)


def look(number: int, version: str, **fields: Any) -> MonitorReading:
    """What a monitor found a day after its last look."""
    known: dict[str, Any] = {
        "monitor": "churn",
        "model": "churn",
        "version": version,
        "when": START + timedelta(days=number),
        "number": number,
        "reference": f"customers@{version}",
        "current": f"churn-predictions@{number}",
        "rows": 300,
        "effects": {"age": 0.04 * number, "income": 0.03, "prediction": 0.02},
        "limits": {"age": 0.2, "income": 0.2, "prediction": 0.2},
        "metrics": {"accuracy": 0.9 - number / 50, "roc_auc": 0.95},
        "labelled": 250,
        "verdict": "no drift in 2 columns",
    }
    return MonitorReading(**(known | fields))


MONITOR = MonitorState(
    name="churn",
    monitor=Monitor(model="churn", max_psi=0.2, performance=("accuracy >= 0.8",)),
    readings=(
        *(look(number, "1") for number in range(1, 6)),
        look(
            6,
            "1",
            drifted=("age",),
            broken=("accuracy >= 0.8",),
            breaches=("accuracy is 0.78, not >= 0.8", "age: PSI 0.24 > 0.2"),
            verdict="accuracy is 0.78, not >= 0.8; age: PSI 0.24 > 0.2",
            retrain="breach 0123456789abcdef",
            notes=("3 rows have no id",),
        ),
        look(7, "2", effects={"age": 0.01, "income": 0.02, "prediction": 0.01}, metrics={"accuracy": 0.91}),
        look(8, "2", effects={"age": 0.02, "income": 0.03}, metrics={}),
    ),
    champions={"1": START, "2": START + timedelta(days=6, hours=12)},
    next=START + timedelta(days=9),
)

ALL: tuple[Entity, ...] = (
    DRIFT,
    DIFF,
    COMPARISON,
    EXPLANATION,
    CHECKS,
    DETAILS,
    PROFILE,
    LINEAGE,
    IMPACT,
    CARD,
    GATES,
    REPLAY,
    MONITOR,
)
