"""What waits, counted and told in a sentence; what cannot be sent is kept and told with the reason."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from jupyter_mlops import views
from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.tracking import outbox
from jupyter_mlops.tracking.spool import Spool
from jupyter_mlops.tracking.store import Store

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture
def store(folder: Path) -> Store:
    """A store whose server is not there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Store(folder, TrackingConfig(uri=f"http://127.0.0.1:{free.getsockname()[1]}"))


def fill(store: Store) -> Spool:
    about = {"uri": store.uri, "run": {"info": {"run_id": "abc", "run_name": "train"}}}
    each = Spool(store.spools / "abc", lambda: about)
    point = ["m", "NaN", 1, 0, None, None, None]
    each.append({"op": "batch", "metrics": [point, point], "params": [["C", "1"]], "tags": []})
    each.append({"op": "artifact", "file": "x/f.txt", "folder": None, "tree": False})
    each.append({"op": "update", "status": "FINISHED", "end_time": 1, "name": None})
    return each


def test_nothing_waits_where_nothing_was_recorded(store: Store) -> None:
    assert outbox.waiting(store) == []
    assert outbox.waiting_of(store, "abc") is None
    found = outbox.sync(store, print)
    assert (found.sent, found.waits, found.runs) == (0, False, ())


def test_what_waits_is_counted_by_kind_and_told_in_a_sentence(store: Store) -> None:
    fill(store)
    (found,) = outbox.waiting(store)
    assert (found.name, found.points, found.parameters, found.artifacts, found.others) == (
        "train",
        2,
        1,
        1,
        1,
    )
    said = outbox.waiting_of(store, "abc")
    assert (
        said == "2 points, 1 parameter, 1 artifact and 1 other change wait for the server: jupyter mlops sync"
    )


def test_a_server_that_is_away_is_named_and_all_waits_on(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    each = fill(store)
    each.refuse({"op": "batch", "metrics": [], "params": [["C", "2"]], "tags": []}, "[written] once")
    found = outbox.sync(store, print)
    assert (found.sent, found.reason, found.waits) == (0, "connection refused", True)
    views.show(found)
    shown = capsys.readouterr().out
    assert "train" in shown
    assert "sent 0; the server cannot be reached: connection refused" in shown
    assert "refused, run abc: parameter C: [written] once" in shown
