"""What a terminal shows of a replay: nothing that was printed or logged steers it."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from jupyter_mlops.entities import CellReplay, MetricReplay, Replay, ReplayVerdict
from jupyter_mlops.views.replay import show_replays
from tests.drawing.reports import REPLAY


def shown(replay: Replay) -> str:
    file = StringIO()
    show_replays(Console(file=file, width=100, highlight=False, emoji=False), [replay])
    return file.getvalue()


def test_metrics_cells_and_the_verdict_are_told() -> None:
    text = shown(REPLAY)
    rows = [line.split() for line in text.splitlines()[:4]]
    assert rows[0] == ["METRIC", "ORIGINAL", "REPLAY", "DIFFERENCE", "AGREES"]
    assert ["accuracy", "0.83", "0.81", "-0.02", "no"] in rows
    assert ["f1", "0.7", "none", "no"] in rows
    assert "code cell 3: order = shuffled(rows)" in text
    assert "-  <3 & 4>" in text
    assert "code cell 5, which logs accuracy: %track metric accuracy" in text
    assert "scikit-learn: 1.5.1, was 1.4.0" in text
    assert "churn@3: not reproduced: accuracy is 0.81, not 0.83" in text


def test_text_from_a_notebook_is_shown_as_it_is() -> None:
    evil = "[red]x[/] [/] \x1b[31m \x1b]0;title\x07"
    replay = Replay(
        run_id="a" * 32,
        label=evil,
        verdict=ReplayVerdict.DIFFERENT,
        reason=evil,
        metrics=(MetricReplay(metric=evil, original=1.0, replayed=2.0),),
        cells=(CellReplay(index=0, number=1, source=evil, diff=f"a\nb\n+{evil}", metrics=(evil,)),),
        data=(evil,),
        notes=(evil,),
    )
    text = shown(replay)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert text.count("[red]x[/]") >= 6
