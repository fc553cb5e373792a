"""What all answers under ``/jupyter-mlops/`` have in common: JSON, never kept, an error as a `Problem`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import responses
from typing import Any

from jupyter_server.base.handlers import APIHandler
from tornado import web

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.letters import harmless, without_credentials

_HINTS = {
    401: "log in to the Jupyter server again, or send its token: Authorization: token ...",
    403: "log in to the Jupyter server again, or send its token: Authorization: token ...",
    404: "see GET /jupyter-mlops/openapi.json",
    405: "see GET /jupyter-mlops/openapi.json",
    500: "the log of the Jupyter server tells more",
}


class Answering(APIHandler):
    """Answers as JSON that nobody keeps; errors as a `Problem`."""

    auth_resource = "jupyter_mlops"

    def set_default_headers(self) -> None:
        """Of every answer, those of errors as well."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    def compute_etag(self) -> str | None:
        """None: an answer is not kept, so that nobody asks whether it is still so."""
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Tell what went wrong, and of what is our own fault no more than that."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, MLOpsError):
            self.refuse(error)
            return
        said = responses.get(status_code, "Unknown HTTP Error")
        if status_code >= 500:
            said = "something went wrong in the Jupyter server"
        elif isinstance(error, web.HTTPError) and error.log_message and not error.args:
            said = str(error.log_message)
        hint = self._forbidden(said) if status_code == 403 else ""
        self.problem(status_code, said, hint or _HINTS.get(status_code, ""))

    def _forbidden(self, said: str) -> str:
        """What to do where it is no login that is missing."""
        if not self.check_host():
            return "the server is not known by that name: ServerApp.local_hostnames may list it"
        if "xsrf" in said.lower():
            return "send the cookie _xsrf as X-XSRFToken, or a token instead: Authorization: token ..."
        if getattr(self, "_jupyter_current_user", None):
            return "who runs the Jupyter server decides who may do that"
        return ""

    def refuse(self, error: MLOpsError) -> None:
        """Answer with an error of ours."""
        wrong = getattr(error, "wrong", None)
        self.problem(error.http_status, str(error), error.hint or "", wrong if wrong else {})

    def problem(self, status: int, message: str, hint: str = "", wrong: Mapping[str, str] = {}) -> None:
        """Answer with a `Problem`."""
        self.set_status(status)
        told = {
            "message": _shown(message),
            "hint": _shown(hint),
            "wrong": {_shown(field): _shown(why) for field, why in wrong.items()},
        }
        self.finish(json.dumps(told))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """What is refused is in the log of requests already; only what nobody foresaw is told with its
        traceback."""
        if not isinstance(value, web.HTTPError | MLOpsError):
            self.log.error("jupyter-mlops: %s failed", self._request_summary(), exc_info=(typ, value, tb))

    def _request_summary(self) -> str:
        """Without the query: somebody may have put a token there."""
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"


def _shown(text: str) -> str:
    return without_credentials(harmless(text, keep="\n\t"))
