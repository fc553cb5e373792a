"""Talking to a tracking server briefly: one try, a short wait, and a plain answer to why it failed.

Imported only where MLflow is.
"""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from mlflow.exceptions import MlflowException, RestException
from mlflow.store.tracking.rest_store import RestStore
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.proto_json_utils import parse_dict
from mlflow.utils.rest_utils import http_request, verify_rest_response

from jupyter_mlops.letters import without_credentials
from jupyter_mlops.tracking.sender import NO_ANSWER

SHORT = 5.0  # seconds
# the server has understood, and will say the same tomorrow
_FINAL = {
    "BAD_REQUEST",
    "INVALID_PARAMETER_VALUE",
    "INVALID_STATE",
    "MALFORMED_REQUEST",
    "RESOURCE_ALREADY_EXISTS",
    "RESOURCE_DOES_NOT_EXIST",
}
_FINAL_HTTP = {400, 404, 405, 413, 422}


class ShortStore(RestStore):
    """MLflow's REST client with one try of at most `timeout` seconds for each request."""

    def __init__(self, uri: str, timeout: float = SHORT) -> None:
        super().__init__(partial(get_default_host_creds, uri))
        self.timeout = timeout

    def _call_endpoint(
        self,
        api: Any,
        json_body: str | None = None,
        endpoint: str | None = None,
        retry_timeout_seconds: float | None = None,
        response_proto: Any = None,
    ) -> Any:
        path, method = self._METHOD_TO_INFO[api]
        path = endpoint or path
        body = json.loads(json_body) if json_body else None
        given = {"params": body} if method == "GET" else {"json": body}
        response = http_request(
            self.get_host_creds(), path, method, timeout=self.timeout, max_retries=0, **given
        )
        answer = response_proto or api.Response()
        parse_dict(js_dict=json.loads(verify_rest_response(response, path).text), message=answer)
        return answer


def final(error: Exception) -> bool:
    """Whether trying again is of no use: the server, or this machine's own file system, said no."""
    if isinstance(error, RestException):
        return error.error_code in _FINAL
    if isinstance(error, MlflowException):  # no answer, or none of MLflow's
        return False
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return status in _FINAL_HTTP
    return isinstance(error, FileNotFoundError | PermissionError | NotADirectoryError | IsADirectoryError)


def reason(error: Exception) -> str:
    """One line of what went wrong."""
    text = without_credentials(" ".join(str(getattr(error, "message", None) or error).split()))
    for long, short in (
        ("Connection refused", "connection refused"),
        ("timed out", NO_ANSWER),
        ("Connection reset", "the connection was cut"),
        ("Connection aborted", "the connection was cut"),
        ("RemoteDisconnected", "the connection was cut"),
    ):
        if long in text:
            return short
    return text if len(text) <= 200 else text[:199] + "…"
