"""The steps of a pipeline as rows, for pages that run no scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from jupyter_mlops.drawing.nodes import DONE, FOREMOST, ICONS, clean, duration
from jupyter_mlops.drawing.svg import as_svg
from jupyter_mlops.entities import PipelineRun, StepRun, StepState

ROWS = 100
_COLUMNS = ("step", "state", "time", "run", "metrics", "why")
_LONGEST = 500  # columns of one text


def as_html(run: PipelineRun) -> str:
    """Drawing and table, with neither script nor anything from elsewhere."""
    drawing = as_svg(run)
    shown = f'<div style="overflow-x:auto">{drawing}</div>' if drawing else ""
    done = f"<p>registered {_escaped(run.registered)}</p>" if run.registered else ""
    title = f"<p><strong>{_escaped(run.pipeline)}</strong>: {escape(summary(run.steps))}</p>"
    return f"<div>{title}{shown}{as_table(run.steps)}{done}</div>"


def as_table(steps: Sequence[StepRun]) -> str:
    """An HTML table of the steps that tell most."""
    shown = telling(steps, ROWS)
    rows = [_row(step) for step in shown]
    told = [name for place, name in enumerate(_COLUMNS) if place < 2 or any(row[place] for row in rows)]
    head = _line("th", dict(zip(_COLUMNS, _COLUMNS, strict=True)), told)
    body = "".join(_line("td", dict(zip(_COLUMNS, row, strict=True)), told) for row in rows)
    more = f"<p>and {len(steps) - len(shown):,} more</p>" if len(shown) < len(steps) else ""
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>{more}"


def _line(tag: str, cells: Mapping[str, str], told: Sequence[str]) -> str:
    made = (f'<{tag} style="text-align:left">{_escaped(cells[name])}</{tag}>' for name in told)
    return f"<tr>{''.join(made)}</tr>"


def _row(step: StepRun) -> tuple[str, ...]:
    state = f"{ICONS[step.state]} {step.state.value}{', best' if step.selected else ''}"
    took = "" if step.duration is None else duration(step.duration)
    return step.name, state, took, step.run_id[:8], metrics_text(step), step.error or step.why


def _escaped(text: str) -> str:
    return escape(clean(text, _LONGEST))


def metrics_text(step: StepRun) -> str:
    """The metrics in one line."""
    return ", ".join(f"{clean(name, 40)}={value:.6g}" for name, value in list(step.metrics.items())[:6])


def summary(steps: Sequence[StepRun]) -> str:
    """How many steps are in which state."""
    counts = Counter(step.state for step in steps)
    return ", ".join(f"{counts[state]:,} {state.value}" for state in FOREMOST if counts[state]) or "no steps"


def telling(steps: Sequence[StepRun], most: int) -> list[StepRun]:
    """At most so many steps in their order; where that are not all, those that failed or run before those
    that wait, and these before those that are done."""
    if len(steps) <= most:
        return list(steps)
    weight = {StepState.FAILED: 0, StepState.RUNNING: 1, **dict.fromkeys(DONE, 3)}
    ranked = sorted(range(len(steps)), key=lambda place: (weight.get(steps[place].state, 2), place))
    return [steps[place] for place in sorted(ranked[:most])]


def size_text(size: int) -> str:
    """Bytes as a person says them."""
    amount, units = float(size), ["B", "kB", "MB", "GB", "TB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    return f"{amount:.0f} {units[0]}" if units[0] == "B" else f"{amount:.3g} {units[0]}"
