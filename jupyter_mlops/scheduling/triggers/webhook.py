"""Calls of a webhook, signed as Standard Webhooks (standardwebhooks.com, 1.0.0) has it, and as the project's
own notices are: whoever calls knows the secret, called lately, and counts once however often it calls."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.notebooks.secrets import parse_secret
from jupyter_mlops.notices.channels import Undelivered, revealed, signature
from jupyter_mlops.scheduling.planned import Planned
from jupyter_mlops.scheduling.saying import moment

LARGEST = 1_000_000  # bytes of a body
TOLERANCE = 300.0  # seconds by which a call may be older or younger than this machine's clock says
ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"

_KEY = re.compile(r"[!-~]{1,128}")  # printable, without spaces
_SECONDS = re.compile(r"[1-9][0-9]{0,14}")
_SIGNATURES = 10  # that one call may bear, as while a secret is changed
_MEND = "sign it as Standard Webhooks has it, with the secret of this webhook"


class Unsigned(Refused):
    """The call does not prove that its sender knows the secret, now."""

    http_status = 401


class TooLarge(Refused):
    """The body of the call is larger than `LARGEST`."""

    http_status = 413


class TooMany(Refused):
    """More calls than can be taken."""

    http_status = 429


class Taken(Refused):
    """Another call had the same id."""

    http_status = 409


class Closed(Refused):
    """The schedule has not begun yet, or is over."""

    http_status = 409


class Unusable(MLOpsError):
    """The webhook's own secret cannot be read, or is none: nobody can call it."""

    http_status = 503


def no_hook(name: str) -> NotFound:
    """There is no such webhook."""
    return NotFound(
        f"no schedule {name!r} waits for a webhook", hint="declare it: on: {webhook: {secret: ...}}"
    )


def check_open(planned: Planned, now: datetime) -> None:
    """Return if the schedule takes calls at this time.

    Raises:
        Closed: it has not begun yet, or is over.
    """
    if planned.ends is not None and now >= planned.ends:
        raise Closed(f"{planned.name} is over since {moment(planned.ends)}", hint="give it a later end:")
    if planned.begins is not None and now < planned.begins:
        raise Closed(f"{planned.name} begins at {moment(planned.begins)}", hint="call again then")


def check(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> None:
    """Return if the call is signed with the secret that the reference `secret` names, and was sent at `now`,
    in seconds since 1970, but for some minutes.

    Args:
        headers: by their names in lower case.
        body: as it was sent.
        secret: ``env:NAME`` or ``file:PATH``.
        now: by this machine's clock.

    Raises:
        TooLarge: the body is.
        Unsigned: it is not.
        Unusable: the secret cannot be read.
    """
    if len(body) > LARGEST:
        raise TooLarge(f"the body has more than {LARGEST:,} bytes", hint="send less")
    sent = headers.get(TIMESTAMP, "")
    if not _SECONDS.fullmatch(sent):
        raise Unsigned(f"no {TIMESTAMP} in seconds since 1970", hint=_MEND)
    if abs(now - int(sent)) > TOLERANCE:
        raise Unsigned(
            f"{TIMESTAMP} is more than {TOLERANCE / 60:g} minutes off",
            hint="send it anew, and check the clock",
        )
    given = [each.encode() for each in headers.get(SIGNATURE, "").split(" ") if each.startswith("v1,")]
    if not given or len(given) > _SIGNATURES:
        raise Unsigned(f"no {SIGNATURE} of version v1", hint=_MEND)
    expected = _expected(secret, key_of(headers), int(sent), body)
    matches = [hmac.compare_digest(expected, each) for each in given]  # all of them, whichever fits
    if not any(matches):
        raise Unsigned(f"{SIGNATURE} does not fit", hint=_MEND)


def key_of(headers: Mapping[str, str]) -> str:
    """What the call is known by.

    Raises:
        Unsigned: it has no such thing.
    """
    found = headers.get(ID, "")
    if not _KEY.fullmatch(found):
        raise Unsigned(f"no {ID} of at most 128 printable characters", hint=_MEND)
    return found


def key(headers: Mapping[str, str]) -> str:
    """The key of the call's slot: a call that is sent again has the same."""
    return f"hook:{key_of(headers)}"


def parameters(body: bytes) -> dict[str, Any]:
    """The parameters that the body of a call carries: those of a JSON object's ``parameters``, else none.

    Raises:
        Refused: it is no JSON, or carries something else there.
    """
    if not body.strip():
        return {}
    try:
        told = json.loads(body.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused("the body is no JSON", hint='send e.g. {"parameters": {"day": "2026-01-01"}}') from None
    given = told.get("parameters", {}) if isinstance(told, dict) else {}
    if not isinstance(given, dict):
        raise Refused("`parameters` is no JSON object", hint='send e.g. {"parameters": {"C": 0.5}}')
    return given


def _no_number(text: str) -> None:
    raise ValueError(text)


def _expected(secret: str, letter: str, sent: int, body: bytes) -> bytes:
    try:
        if parse_secret(secret) is None:
            raise Unusable("the webhook's secret is no reference", hint="write env:NAME or file:PATH")
        known = revealed(secret)
        if not known.removeprefix("whsec_").strip():
            raise Unusable(f"the webhook's secret {secret} is empty", hint="set it where the server runs")
        return signature(known, letter, sent, body).encode()
    except Undelivered as error:
        raise Unusable(str(error), hint="mend the secret") from None
    except Refused as error:
        raise Unusable(str(error), hint=error.hint) from None
