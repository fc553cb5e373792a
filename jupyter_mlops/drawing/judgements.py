"""What was found of models as HTML: comparisons, explanations and checks."""

from __future__ import annotations

from collections.abc import Sequence

from jupyter_mlops.drawing.checks import SHORTEST, folded_checks
from jupyter_mlops.drawing.markup import (
    Markup,
    count,
    data,
    facts,
    folded,
    joined,
    more,
    notes,
    plot,
    section,
    table,
    tag,
    verdict,
)
from jupyter_mlops.drawing.plots import Interval, importances_svg, intervals_svg
from jupyter_mlops.drawing.scales import finite, probability, short, signed
from jupyter_mlops.entities import (
    CheckReport,
    CheckResult,
    CheckStatus,
    Comparison,
    Explanation,
    MetricComparison,
    RowExplanation,
    SliceComparison,
)

MOST = 100  # slices, checks
FEATURES, EXAMPLES = 30, 10
_SIGNS = {
    CheckStatus.PASSED: ("✓", "good"),
    CheckStatus.FAILED: ("✗", "bad"),
    CheckStatus.ERROR: ("!", "bad"),
    CheckStatus.SKIPPED: ("»", "plain"),
}
_COMPARABLE = 20.0  # differences that many times as large are drawn on another axis


def comparison_html(comparison: Comparison, plots: int) -> Markup:
    """Two models, or a notebook on two versions of its data."""
    better = (
        comparison.metrics[0].better if comparison.metrics else None
    )  # the first is what they are judged by
    kind = "good" if better == "right" else "bad" if better == "left" else "unsure"
    sign = {"good": "▲", "bad": "▼"}.get(kind, "≈")
    shown = comparison.slices[:MOST]
    return joined(
        verdict(sign, kind, comparison.verdict or "no difference shown"),
        facts(
            [
                ("left", data(comparison.left, 200)),
                ("right", data(comparison.right, 200)),
                ("data", joined(data(comparison.data, 200), f", {count(comparison.rows, 'row')}")),
            ]
        ),
        notes(comparison.notes),
        section("Metrics", _metrics(comparison.metrics), *_interval_plots(comparison)),
        section(
            "Slices",
            _slices(shown),
            more(len(shown), len(comparison.slices), "slice"),
            *_slice_plots(shown, plots),
        ),
    )


def explanation_html(explanation: Explanation, plots: int) -> Markup:
    """What the model leans on, and what made single predictions."""
    ranked = sorted(explanation.features, key=lambda one: -_size(one.importance))
    shown, what = ranked[:FEATURES], _measured(explanation)
    bars = [(one.feature, one.importance, one.std) for one in shown]
    rows = [(data(one.feature), short(one.importance), short(one.std)) for one in ranked[:MOST]]
    title = f"{explanation.model} leans most on {shown[0].feature}" if shown else "no feature was looked at"
    score = f"{explanation.metric} {short(explanation.score)}" if explanation.score is not None else ""
    return joined(
        verdict("◆", "plain", title),
        facts(
            [
                ("model", data(explanation.model, 200)),
                ("data", joined(data(explanation.data, 200), f", {count(explanation.rows, 'row')}")),
                ("score", score),
                ("kept", ", ".join(explanation.artifacts)),
            ]
        ),
        notes(explanation.notes),
        section(
            "Features",
            plot(importances_svg("Importance of the features", bars, axis=what)),
            more(len(shown), len(ranked), "feature"),
            folded("as numbers", table(("feature", "importance", "std"), rows, numbers=(1, 2))),
        ),
        section(
            "Single predictions",
            *(_row(example, place < plots) for place, example in enumerate(explanation.examples[:EXAMPLES])),
            more(min(len(explanation.examples), EXAMPLES), len(explanation.examples), "row"),
        ),
    )


def checks_html(report: CheckReport, _plots: int) -> Markup:
    """Every check, those that failed first."""
    order = [CheckStatus.ERROR, CheckStatus.FAILED, CheckStatus.SKIPPED, CheckStatus.PASSED]
    ranked = sorted(folded_checks(report.results), key=lambda result: order.index(result.status))
    counts = [
        f"{number:,} {status.value}"
        for status in reversed(order)
        if (number := sum(result.status is status for result in report.results))
    ]
    shown = ranked[:MOST]
    rows = [
        (
            _status(result),
            data(result.name, 160),
            result.kind,
            data(result.place, 80),
            _message(result),
            f"{result.seconds:.2f} s" if result.seconds >= SHORTEST else "",
        )
        for result in shown
    ]
    sign, kind = ("✓", "good") if report.passed else ("✗", "bad")
    return joined(
        verdict(sign, kind, f"{report.subject}: {', '.join(counts) or 'there are no checks'}"),
        facts([("run", report.run_id[:8] if report.run_id else "")]),
        notes(report.notes),
        table(("status", "check", "kind", "where", "what", "time"), rows, numbers=(5,)),
        more(len(shown), len(ranked), "check"),
    )


def _metrics(found: Sequence[MetricComparison]) -> Markup:
    rows = [
        (
            data(one.metric),
            short(one.left),
            short(one.right),
            signed(one.difference),
            _span(one),
            joined(probability(one.p_value), tag("span", f" {one.test}", kind="quiet") if one.test else ""),
            one.verdict,
        )
        for one in found
    ]
    heads = ("metric", "left", "right", "difference", "95 % interval", "p", "verdict")
    return table(heads, rows, numbers=(1, 2, 3))


def _interval_plots(comparison: Comparison) -> list[Markup]:
    """Differences of the same magnitude share an axis."""
    groups: list[list[MetricComparison]] = []
    for one in comparison.metrics:
        size = _size(one.difference, one.low, one.high)
        for group in groups:
            first = _size(group[0].difference, group[0].low, group[0].high)
            if first / _COMPARABLE <= size <= first * _COMPARABLE:
                group.append(one)
                break
        else:
            groups.append([one])
    drawn = [
        intervals_svg("Differences", [_interval(one, one.metric) for one in group], axis="right less left")
        for group in groups
    ]
    return [plot(one) for one in drawn if one]


def _slices(slices: Sequence[SliceComparison]) -> Markup:
    rows: list[tuple[str, ...]] = []
    for part in slices:
        where = joined(data(part.column), " = ", data(part.value))
        for one in part.metrics:
            better = "" if one.better is None else f"{one.better} is better"
            values = (short(one.left), short(one.right), signed(one.difference), _span(one))
            rows.append((where, f"{part.rows:,}", data(one.metric), *values, one.verdict or better))
        if not part.metrics:
            rows.append((where, f"{part.rows:,}", "", "", "", "", "", part.note))
    heads = ("slice", "rows", "metric", "left", "right", "difference", "95 % interval", "verdict")
    return table(heads, rows, numbers=(1, 3, 4, 5))


def _slice_plots(slices: Sequence[SliceComparison], most: int) -> list[Markup]:
    metrics = list(dict.fromkeys(one.metric for part in slices for one in part.metrics))
    drawn = []
    for metric in metrics[:most]:
        rows = [
            _interval(one, f"{part.column}={part.value}")
            for part in slices
            for one in part.metrics
            if one.metric == metric
        ]
        drawn.append(plot(intervals_svg(f"{metric} by slice", rows[:30], axis=f"{metric}: right less left")))
    return drawn


def _row(example: RowExplanation, drawn: bool) -> Markup:
    ranked = sorted(example.contributions.items(), key=lambda item: -_size(item[1]))[:10]
    bars = [
        (f"{name} = {example.values[name]}" if name in example.values else name, value, None)
        for name, value in ranked
    ]
    title = f"row {example.row}: {example.told}"
    axis = "added to what the background rows give"
    image = (
        plot(importances_svg(f"Contributions, row {example.row}", bars, axis=axis)) if drawn else Markup("")
    )
    rows = [(data(name), data(example.values.get(name, "")), signed(value)) for name, value in ranked]
    return folded(title, plot(image) or table(("feature", "value", "contribution"), rows, numbers=(2,)))


def _status(result: CheckResult) -> Markup:
    sign, kind = _SIGNS[result.status]
    return joined(tag("span", sign, kind=f"sign {kind}", aria_hidden="true"), f" {result.status.value}")


def _message(result: CheckResult) -> Markup:
    if not result.details:
        return joined(result.message)
    lines = [tag("div", detail) for detail in result.details[:20]]
    rest = more(20, len(result.details), "line")
    return joined(result.message, folded(count(len(result.details), "detail"), *lines, rest))


def _measured(explanation: Explanation) -> str:
    if explanation.method == "shap":
        return "mean absolute SHAP value"
    return f"how far {explanation.metric or 'the metric'} falls when the feature is shuffled"


def _interval(one: MetricComparison, label: str) -> Interval:
    better = None if one.better is None else one.better == "right"
    return Interval(label, one.difference, one.low, one.high, better)


def _span(one: MetricComparison) -> str:
    return f"{signed(one.low)} to {signed(one.high)}" if one.low is not None and one.high is not None else ""


def _size(*values: float | None) -> float:
    return max((abs(value) for value in finite(values)), default=0.0)
