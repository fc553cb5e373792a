"""Whether a tracking server answers, asked as MLflow asks it: but MLflow takes seconds to import."""

from __future__ import annotations

import os
import sys
from typing import Any

from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.letters import without_credentials

URI_VARIABLE = "MLFLOW_TRACKING_URI"


def reach(uri: str, timeout: float) -> None:
    """Return once the server at `uri` answers.

    Raises:
        StoreError: it did not within `timeout` seconds, or it is broken.
    """
    import requests

    mend = f"start it, or unset {URI_VARIABLE} (or tracking.uri in mlops.yaml) to record locally"
    shown = without_credentials(uri)
    handled = sys.exception()
    try:
        with requests.get(uri.rstrip("/") + "/health", timeout=timeout, stream=True, **_tls()) as answer:
            status = answer.status_code
    except (OSError, ValueError) as error:
        why = _first(error, handled)
        problem = f"the tracking server {shown} is out of reach: {without_credentials(why)}"
        raise StoreError(problem, hint=mend) from None
    if status >= 500:  # below that it asks for a login, or is an older server: it is there
        raise StoreError(f"the tracking server {shown} answered {status}", hint=mend)


def _tls() -> dict[str, Any]:
    """Which certificates count, by MLflow's own variables."""
    insecure = os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"true", "1"}
    trusted = os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH")
    return {
        "verify": trusted or not insecure,
        "cert": os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None,
    }


def _first(error: BaseException, handled: BaseException | None) -> str:
    """What went wrong at first, as the system says it; whatever was handled already is none of it."""
    while (cause := error.__cause__ or error.__context__) is not None and cause is not handled:
        error = cause
    return str(error) or type(error).__name__
