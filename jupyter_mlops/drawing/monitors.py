"""A monitor as HTML: how it stands, then each figure over time with its limit and with champions marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from jupyter_mlops.checks.expressions import AtLeast, parse_demand
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
from jupyter_mlops.drawing.nodes import clean
from jupyter_mlops.drawing.scales import short
from jupyter_mlops.drawing.series import MOST, Point, series_svg, steps
from jupyter_mlops.entities import MonitorReading, MonitorState
from jupyter_mlops.exceptions import UsageError

READINGS = 100  # in the table, the newest
_FORM = "%Y-%m-%d %H:%M"


def monitor_html(state: MonitorState, plots: int) -> Markup:
    """The monitor, with plots of at most so many figures; those that were beyond their limit first."""
    if not state.readings:
        return joined(verdict("?", "unsure", "it has not looked yet"), _facts(state), notes(_notes(state)))
    last, changes = state.readings[-1], champion_changes(state)
    metrics, effects = _metrics(state), _effects(state.readings)
    shown = max(plots - len(metrics), 1)
    performance = [_metric(state, name, changes) for name in metrics[:plots]]
    drift = [_effect(state, name, changes) for name in effects[:shown]]
    return joined(
        verdict("≠" if last.breaches else "✓", "bad" if last.breaches else "good", last.verdict),
        _facts(state),
        notes(_notes(state)),
        section("Performance", _cards(performance)),
        section("Drift", _cards(drift), more(shown, len(effects), "column")),
        section("Readings", _table(state), more(READINGS, len(state.readings), "reading")),
        folded("What a plot shows", tag("p", _LEGEND, kind="quiet")),
    )


_LEGEND = (
    "A dot for each look, a square where it is beyond what is allowed, which the broken line is; an upright "
    "line where another version became the champion: from there on it is compared with that one's data. "
    f"Of more than {MOST} looks the newest. Times are UTC."
)


def champion_changes(state: MonitorState) -> list[tuple[datetime, str]]:
    """When which version was first looked at as a new champion, or became it, where that is known."""
    readings, found = state.readings, list[tuple[datetime, str]]()
    for place in steps([f"{each.model}@{each.version}" for each in readings]):
        before, now = readings[place - 1], readings[place]
        told = state.champions.get(now.version, now.when)
        when = told if before.when < told <= now.when else now.when
        found.append((when, f"{now.model}@{now.version}"))
    return found


def _facts(state: MonitorState) -> Markup:
    last = state.readings[-1] if state.readings else None
    watch = state.monitor
    return facts(
        [
            ("model", clean(watch.model if last is None else f"{last.model}@{last.version}", 100)),
            ("reference", clean("" if last is None else last.reference, 200)),
            ("current", "" if last is None else f"{clean(last.current, 200)}, {count(last.rows, 'row')}"),
            ("true values", "" if last is None or not last.labelled else count(last.labelled, "row")),
            ("readings", f"{len(state.readings):,}"),
            ("last look", "" if last is None else f"{last.when:{_FORM}} UTC"),
            ("next look", "when a batch is recorded" if state.next is None else f"{state.next:{_FORM}} UTC"),
        ]
    )


def _notes(state: MonitorState) -> list[str]:
    last = state.readings[-1] if state.readings else None
    then = [] if last is None else [followed(last)]
    return [note for note in (state.note, *then, *(last.notes if last else ())) if note]


def followed(found: MonitorReading) -> str:
    """What the reading set off, or why it did not; nothing where there was nothing to set off."""
    if found.retrain is not None:
        return "a retraining was set off"
    return f"no retraining: {found.held}" if found.held else ""


def limits_of(performance: Sequence[str]) -> Mapping[str, float]:
    """What metrics are held against, by name."""
    found = {}
    for text in performance:
        try:
            demand = parse_demand(text)
        except UsageError:
            continue
        if isinstance(demand, AtLeast) and demand.other is None:
            found[demand.metric] = demand.value
    return found


def _metrics(state: MonitorState) -> list[str]:
    """Those that something is demanded of first."""
    limits = limits_of(state.monitor.performance)
    seen = dict.fromkeys(name for each in state.readings for name in each.metrics)
    return sorted(seen, key=lambda name: name not in limits)


def _effects(readings: Sequence[MonitorReading]) -> list[str]:
    """Those that drifted last first, then those that came nearest to it."""
    seen = dict.fromkeys(name for each in readings for name in each.effects)

    def rank(name: str) -> tuple[int, float]:
        last = max((each.number for each in readings if name in each.drifted), default=0)
        shares = [
            each.effects[name] / each.limits[name]
            for each in readings[-MOST:]
            if name in each.effects and each.limits.get(name)
        ]
        return -last, -max(shares, default=0.0)

    return sorted(seen, key=rank)


def _metric(state: MonitorState, name: str, changes: Sequence[tuple[datetime, str]]) -> tuple[str, str]:
    limit = limits_of(state.monitor.performance).get(name)
    points = [
        Point(each.when.timestamp(), each.metrics.get(name), limit, beyond=_broke(each, name))
        for each in state.readings
    ]
    return name, series_svg(f"{name} over time", points, _marks(changes), zero=False)


def _broke(found: MonitorReading, metric: str) -> bool:
    return any(each == metric or metric in limits_of([each]) for each in found.broken)


def _effect(state: MonitorState, name: str, changes: Sequence[tuple[datetime, str]]) -> tuple[str, str]:
    points = [
        Point(
            each.when.timestamp(), each.effects.get(name), each.limits.get(name), beyond=name in each.drifted
        )
        for each in state.readings
    ]
    return name, series_svg(f"Drift of {name} over time", points, _marks(changes))


def _marks(changes: Sequence[tuple[datetime, str]]) -> list[tuple[float, str]]:
    return [(when.timestamp(), label) for when, label in changes]


def _cards(drawn: Sequence[tuple[str, str]]) -> Markup:
    cards = [tag("div", tag("h4", data(name, 80)), plot(svg), kind="card") for name, svg in drawn if svg]
    return tag("div", *cards, kind="cards") if cards else Markup("")


def _table(state: MonitorState) -> Markup:
    """The newest first."""
    new = set(steps([f"{each.model}@{each.version}" for each in state.readings]))
    rows = [
        (
            str(found.number),
            f"{found.when:{_FORM}}",
            joined(data(f"{found.model}@{found.version}"), " (new)" if place in new else ""),
            data(found.current),
            f"{found.rows:,}",
            worst(found),
            ", ".join(f"{name} {short(value)}" for name, value in list(found.metrics.items())[:2]),
            joined(tag("span", *_sign(found)[:1], kind=f"sign {_sign(found)[1]}"), " ", found.verdict),
            followed(found),
        )
        for place, found in reversed(list(enumerate(state.readings)))
    ]
    heads = ("look", "when", "champion", "current", "rows", "farthest", "performance", "found", "then")
    return table(heads, rows[:READINGS], numbers=(0, 4))


def _sign(found: MonitorReading) -> tuple[str, str]:
    return ("≠", "bad") if found.breaches else ("✓", "good")


def worst(found: MonitorReading) -> str:
    """The column or prediction that is farthest, as a multiple of its limit, with its figure."""
    shares = {
        name: effect / limit for name, effect in found.effects.items() if (limit := found.limits.get(name))
    }
    if not shares:
        return ""
    name = max(shares, key=lambda each: shares[each])
    sign = ">" if shares[name] > 1 else "≤"
    return f"{clean(name, 40)} {short(found.effects[name])} {sign} {short(found.limits[name])}"
