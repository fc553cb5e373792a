"""What runs in the Jupyter server."""

from __future__ import annotations

from typing import Any

from jupyter_mlops.server.scheduler import host

# SQLite makes and removes these beside the store all the time. Jupyter's listing of a folder fails as a
# whole (404, in JupyterLab a dialog "Directory not found") if a file is gone before its size is read.
_FLEETING = "mlflow.db-*"


def load(server: Any) -> None:
    """Prepare a Jupyter server (``jupyter_server.serverapp.ServerApp``) that has just started."""
    from jupyter_mlops.server import hooks
    from jupyter_mlops.server.api import events, handler

    contents = server.contents_manager
    contents.hide_globs = [*contents.hide_globs, _FLEETING]
    host(server)
    hooks.serve(server)
    events.serve(server, handler.serve(server))
    handler.serve_unknown(server)  # the last: it answers what nobody else does
