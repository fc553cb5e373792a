"""The notebook of a run: looked at, brought back, and what it printed."""

from __future__ import annotations

from jupyter_mlops.entities.panels import ExecutedNotebook, LogText, Restore, RestoredNotebook
from jupyter_mlops.server.api.route import Call, Route
from jupyter_mlops.widgets.followed import Followed

LINES = 200


def _notebook(call: Call) -> ExecutedNotebook:
    return call.project.executed_notebook(call.names["run"])


def _restore(call: Call) -> RestoredNotebook:
    """Into the folder that is named, else that of its notebook, if that is served."""
    asked: Restore = call.body
    if asked.folder is not None:
        folder = call.places.folder(asked.folder)
    else:
        folder = call.project.notebook_folder(call.names["run"])
        if not call.places.serves(folder):
            folder = call.places.served
    return RestoredNotebook(path=call.places.relative(call.project.restore(call.names["run"], folder)))


def _log(call: Call) -> LogText:
    heard = Followed()
    for line in call.project.follow(call.names["run"], follow=False, lines=LINES):
        heard.hear(line)
    lines = tuple(line["text"] for line in heard.lines)
    return LogText(run_id=heard.run_id, lines=lines[-LINES:])


_NAMED = "/runs/{run}"
ROUTES = (
    Route("GET", f"{_NAMED}/notebook", "The executed notebook", _notebook, ExecutedNotebook),
    Route("GET", f"{_NAMED}/log", "The last lines that a run printed", _log, LogText),
    Route(
        "POST",
        f"{_NAMED}/restore",
        "Put the source of a run into a new notebook",
        _restore,
        RestoredNotebook,
        body=Restore,
        status=201,
    ),
)
