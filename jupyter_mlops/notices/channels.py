"""The ways that a notice can go: a webhook, e-mail, a command."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import json
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from jupyter_mlops.config import EmailConfig, NotifyConfig
from jupyter_mlops.entities import Notice
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.notebooks.secrets import parse_secret, read_secret

TIMEOUT = 15.0  # seconds that a server may take
COMMAND_TIMEOUT = 60.0  # seconds that a command may take
_SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}
_TRY_AGAIN = {408, 409, 425, 429}  # of what a webhook may answer that is its caller's fault


class Undelivered(Exception):
    """It did not arrive; the text says why, without secrets. `final` tells that trying again is no use."""

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(" ".join(why.split())[:500])
        self.final = final


def deliver(letter_id: str, notice: Notice, channel: NotifyConfig, root: Path) -> None:
    """Send it, once.

    Raises:
        Undelivered: it did not arrive.
    """
    try:
        if channel.webhook is not None:
            _post(letter_id, notice, revealed(channel.webhook), channel.secret)
        elif channel.email is not None:
            _mail(letter_id, notice, channel.email)
        elif channel.command is not None:
            _run(notice, channel.command, root)
    except MLOpsError as error:  # a secret that cannot be read
        raise Undelivered(str(error)) from None


def payload(notice: Notice) -> str:
    """The notice as JSON: `type`, `timestamp` and `data` as Standard Webhooks has them, and a line of `text`,
    which chats show."""
    told = {
        "type": notice.event.value,
        "timestamp": f"{notice.when:%Y-%m-%dT%H:%M:%SZ}",
        "text": f"{notice.subject}\n{notice.text}" if notice.text else notice.subject,
        "data": dict(notice.facts),
    }
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def signature(secret: str, letter_id: str, timestamp: int, body: bytes) -> str:
    """``v1,BASE64``: HMAC-SHA256 over ``ID.TIMESTAMP.BODY``, as Standard Webhooks (standardwebhooks.com,
    1.0.0) has it. A secret ``whsec_...`` is the base64 of its bytes, any other is taken as it is."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            problem = "the webhook's secret begins with whsec_, but is no base64"
            raise Undelivered(problem, final=True) from None
    signed = f"{letter_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def revealed(text: str) -> str:
    """What a reference ``env:NAME`` or ``file:PATH`` names; any other text as it is.

    Raises:
        ParameterError: it cannot be read.
    """
    secret = parse_secret(text)
    return text if secret is None else read_secret(secret)


def _post(letter_id: str, notice: Notice, url: str, secret: str | None) -> None:
    import requests

    try:
        place = urlsplit(url)
    except ValueError:
        raise Undelivered("the webhook is no URL", final=True) from None
    if place.scheme not in {"http", "https"} or not place.hostname:
        raise Undelivered("the webhook is no http or https URL", final=True)
    body = payload(notice).encode()
    now = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "jupyter-mlops",
        "webhook-id": letter_id,
        "webhook-timestamp": str(now),
    }
    if secret is not None:
        headers["webhook-signature"] = signature(revealed(secret), letter_id, now, body)
    try:
        answer = requests.post(
            url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
        )
        answer.close()  # what it says does not matter
    except (requests.RequestException, ValueError) as error:  # its text may hold the URL, and so a token
        raise Undelivered(f"{place.hostname} cannot be reached: {type(error).__name__}") from None
    if not 200 <= answer.status_code < 300:
        final = answer.status_code < 500 and answer.status_code not in _TRY_AGAIN
        raise Undelivered(f"{place.hostname} answered {answer.status_code} {answer.reason}", final=final)


def _mail(letter_id: str, notice: Notice, config: EmailConfig) -> None:
    import smtplib
    import ssl
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"] = " ".join(notice.subject.split())
    message["From"], message["To"] = config.sender, ", ".join(config.to)
    message["Message-ID"] = f"<{letter_id}@jupyter-mlops>"
    facts = "\n".join(f"{name}: {value}" for name, value in notice.facts.items())
    message.set_content(f"{notice.subject}\n\n{notice.text}\n\n{facts}\n".replace("\n\n\n", "\n"))
    host, _, port = config.server.partition(":")
    secure = ssl.create_default_context()
    try:
        number = int(port or _SMTP_PORTS[config.tls])
        server: smtplib.SMTP = (
            smtplib.SMTP_SSL(host, number, timeout=TIMEOUT, context=secure)
            if config.tls == "tls"
            else smtplib.SMTP(host, number, timeout=TIMEOUT)
        )
        with server:
            if config.tls == "starttls":
                server.starttls(context=secure)
            if config.user is not None:
                server.login(config.user, revealed(config.password or ""))
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        refused = error.smtp_error
        said = refused.decode(errors="replace") if isinstance(refused, bytes) else str(refused)
        raise Undelivered(f"{host} answered {error.smtp_code} {said}", final=error.smtp_code >= 550) from None
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise Undelivered(f"{host} did not take it: {error}") from None


def _run(notice: Notice, command: tuple[str, ...], root: Path) -> None:
    # files, no pipes: what the command leaves running may keep those open, and nobody waits for it
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(payload(notice).encode())
        given.seek(0)
        try:
            process = subprocess.Popen(
                command, stdin=given, stdout=said, stderr=said, cwd=root, start_new_session=True
            )
        except FileNotFoundError:
            raise Undelivered(f"there is no command {command[0]}", final=True) from None
        except (OSError, ValueError) as error:
            raise Undelivered(f"{command[0]} cannot be run: {error}") from None
        try:
            code = process.wait(COMMAND_TIMEOUT)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise Undelivered(f"{command[0]} took longer than {COMMAND_TIMEOUT:g} s") from None
        if code:
            said.seek(0)
            lines = said.read(100_000).decode(errors="replace").strip().splitlines()
            raise Undelivered(f"{command[0]} ended with {code}{': ' + lines[-1] if lines else ''}")


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()
