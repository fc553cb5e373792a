"""Sections on how good a version is: metrics, slices, explanation."""

from __future__ import annotations

from collections.abc import Iterator

from jupyter_mlops.checks.judging import FEW_ROWS
from jupyter_mlops.entities import CardSection, CheckStatus, GateStatus
from jupyter_mlops.promotion.card.measuring import Measured, wanted_slices
from jupyter_mlops.promotion.card.pictures import EXPLANATION, METRICS
from jupyter_mlops.promotion.card.records import Records, Use
from jupyter_mlops.promotion.card.sections import command, count, number, section, span
from jupyter_mlops.promotion.card.writing import Markdown, bold, bullets, code, joined, table, text

_FEATURES = 20


def metrics(records: Records, measured: Measured | None, why: str) -> CardSection:
    """Measured now with intervals, where there are data for that, and as its run recorded them."""
    return section(
        "metrics",
        *_measured(measured),
        *(_checked(records) if measured is None else ()),
        *_recorded(records, measured, why),
        fill="%track metric NAME=VALUE in the notebook; data and target below models.NAME in mlops.yaml",
        why=records.why("run"),
    )


def _measured(found: Measured | None) -> Iterator[Markdown]:
    if found is None:
        return
    of = f"{found.rows:,} of {found.total:,} rows" if found.rows < found.total else count(found.rows, "row")
    yield joined(("Measured on ", code(found.data), f", {of}:"))
    rows = [(code(each.metric), number(each.value), span(each.low, each.high)) for each in found.estimates]
    yield table(("metric", "value", "95 % interval"), rows, numbers=(1,))
    yield picture("Metrics with their 95 % intervals", METRICS)
    yield bullets([*found.notes, *([_trained(found)] if found.trained else [])])


def _checked(records: Records) -> Iterator[Markdown]:
    values, use = records.checked, checked_on(records)
    if values and use is not None:
        yield joined(("Found by its checks on ", code(use.version.label), ", without an interval:"))
        yield table(("metric", "value"), [(code(n), number(v)) for n, v in values.items()], numbers=(1,))


def checked_on(records: Records) -> Use | None:
    """The data that the version was checked on, where there was one only."""
    uses = [use for use in records.data if use.context == "check"]
    return uses[0] if len(uses) == 1 else None


def _recorded(records: Records, found: Measured | None, why: str) -> Iterator[Markdown]:
    values = recorded(records)
    if not values:
        return
    told = "Recorded by its run" if found is not None else "Recorded by its run, without an interval"
    yield text(f"{told}{f' ({why})' if why and found is None else ''}:")
    yield table(
        ("metric", "value"), [(code(name), number(values[name])) for name in sorted(values)], numbers=(1,)
    )


def recorded(records: Records) -> dict[str, float]:
    """The metrics of its run, without those of the machine."""
    return dict(records.version.metrics or ({} if records.run is None else records.run.run.metrics))


def _trained(found: Measured) -> str:
    return f"it was trained on {found.data}: its metrics are worse elsewhere"


def slices(records: Records, measured: Measured | None) -> CardSection:
    """The metrics within parts of the rows, as checks and gates ask for them."""
    rows = [
        (
            joined((code(part.column), code(part.value)), " = "),
            f"{part.rows:,}",
            code(part.estimate.metric) if part.estimate else "",
            number(part.estimate.value) if part.estimate else "",
            span(part.estimate.low, part.estimate.high) if part.estimate else _small(part.rows),
        )
        for part in (measured.slices if measured else ())
    ]
    place = f"below models.{records.version.name} in mlops.yaml"
    check = command(records, "check", "" if records.settings.data else "--data DATA")
    return section(
        "slices",
        table(("slice", "rows", "metric", "value", "95 % interval"), rows, numbers=(1, 3)),
        bullets(_judged(records)),
        fill=f'checks: ["accuracy >= 0.7 by COLUMN"] {place}, then {check}',
        why="" if wanted_slices(records.settings) else "no check or gate asks for slices",
    )


def _small(rows: int) -> str:
    return f"too few rows (under {FEW_ROWS})" if rows < FEW_ROWS else "not defined"


def _judged(records: Records) -> list[Markdown]:
    """What checks and gates said of slices."""
    found = []
    for check in records.checks.results if records.checks else ():
        if " by " in check.name and check.status is not CheckStatus.SKIPPED:
            found.append(_line("check", check.name, check.status.value, check.message, check.details))
    for gate in records.gates.results if records.gates else ():
        if gate.kind == "fairness" and gate.status in {GateStatus.PASSED, GateStatus.FAILED}:
            found.append(_line("gate", gate.name, gate.status.value, gate.message, gate.details))
    return found


def _line(what: str, name: str, status: str, message: str, details: tuple[str, ...]) -> Markdown:
    told = "; ".join(filter(None, [message, *details[:10]]))
    return joined((f"{what} ", code(name), " ", bold(status), f": {told}" if told else ""))


def explanation(records: Records) -> CardSection:
    """The features that count most, as `explain` kept them."""
    found = records.explanation
    fill = command(records, "explain", f"--data {records.settings.data or 'DATA'}")
    if found is None:
        return section("explanation", fill=fill, why=records.why("explanation", "run"))
    how = "mean absolute SHAP value"
    if found.method == "permutation":
        how = f"how far {found.metric or 'the metric'} falls when the feature is shuffled"
    ranked = sorted(found.features, key=lambda each: -abs(each.importance))[:_FEATURES]
    rows = [(code(each.feature), number(each.importance), number(each.std)) for each in ranked]
    return section(
        "explanation",
        joined(("On ", code(found.data), f", {count(found.rows, 'row')}; {how}:")),
        picture("Importance of the features", EXPLANATION),
        table(("feature", "importance", "standard deviation"), rows, numbers=(1, 2)),
        bullets(found.notes),
        fill=fill,
    )


def picture(title: str, name: str) -> Markdown:
    """Where the picture of that name is shown."""
    return Markdown(f"![{text(title)}]({name})")


def unsure(records: Records, measured: Measured | None, why: str) -> Iterator[str]:
    """What of its performance is not known."""
    if measured is None:
        yield f"its metrics have no interval: {why}" if why else "its metrics have no interval"
    else:
        if measured.trained:
            yield _trained(measured)
        if measured.rows < FEW_ROWS:
            yield f"{count(measured.rows, 'row')} are too few for intervals to be relied upon"
        small = [part for part in measured.slices if part.estimate is None and part.rows < FEW_ROWS]
        named = dict.fromkeys(f"{part.column}={part.value} ({count(part.rows, 'row')})" for part in small)
        if named:
            yield f"not judged, being too small: {', '.join(named)}"
    if not wanted_slices(records.settings) and not _judged(records):
        yield "it was not looked at by slices of the rows"
    if records.explanation is None:
        yield "it was not explained"
