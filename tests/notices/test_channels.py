"""Each way that a notice can go, to a real receiver."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.config import EmailConfig, NotifyConfig
from jupyter_mlops.entities import Notice
from jupyter_mlops.notices.channels import Undelivered, deliver, signature


def test_a_webhook_gets_the_notice_signed(
    hook: Any, notice: Notice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    deliver("id-1", notice, NotifyConfig(webhook=hook.url, secret="env:HOOK_SECRET"), tmp_path)
    [(headers, body)] = hook.got
    told = json.loads(body)
    assert told["type"] == "promotion"
    assert told["data"] == {"model": "churn", "version": "2"}
    assert told["text"].startswith("churn@2 is champion")
    signed = f"id-1.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(b"s3cret", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["webhook-id"] == "id-1"
    assert b"s3cret" not in body


def test_the_signature_is_that_of_the_specification() -> None:
    # the example of the specification's reference libraries
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    got = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert got == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(), st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_another_body_has_another_signature(body: bytes, secret: str) -> None:
    secret = f"s{secret}"  # none that is read as base64
    assert signature(secret, "id", 1, body) != signature(secret, "id", 1, body + b" ")


@pytest.mark.parametrize(("answer", "final"), [(500, False), (429, False), (404, True), (302, True)])
def test_a_webhook_that_says_no(hook: Any, notice: Notice, tmp_path: Path, answer: int, final: bool) -> None:
    hook.answers.append(answer)
    with pytest.raises(Undelivered, match=f"127.0.0.1 answered {answer}") as caught:
        deliver("id", notice, NotifyConfig(webhook=hook.url), tmp_path)
    assert caught.value.final is final
    assert len(hook.got) == 1  # no redirection is followed: it could lead anywhere
    assert "hush" not in str(caught.value)


def test_a_webhook_that_is_not_there_tells_no_secrets(notice: Notice, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://me:hush@127.0.0.1:{taken.getsockname()[1]}/hush"
        with pytest.raises(Undelivered, match="cannot be reached") as caught:
            deliver("id", notice, NotifyConfig(webhook=url), tmp_path)
    assert "hush" not in str(caught.value)
    assert not caught.value.final


def test_the_address_may_be_a_secret(
    hook: Any, notice: Notice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    channel = NotifyConfig(webhook="env:HOOK_URL")
    with pytest.raises(Undelivered, match="HOOK_URL is not set"):
        deliver("id", notice, channel, tmp_path)
    monkeypatch.setenv("HOOK_URL", hook.url)
    deliver("id", notice, channel, tmp_path)
    assert len(hook.got) == 1


def test_mail_arrives(mailbox: Any, notice: Notice, tmp_path: Path) -> None:
    config = EmailConfig(
        server=mailbox.server, sender="mlops@example.org", to=("lead@example.org",), tls="none"
    )
    odd = notice.model_copy(update={"subject": "churn@2\nBcc: all@example.org ünder"})
    deliver("id-1", odd, NotifyConfig(email=config), tmp_path)
    [envelope] = mailbox.got
    assert envelope.rcpt_tos == ["lead@example.org"]  # a line break in a reason adds nobody
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert message["Subject"] == "churn@2 Bcc: all@example.org ünder"
    assert "model: churn" in message.get_content()


def test_mail_is_not_sent_in_the_clear_unless_told(mailbox: Any, notice: Notice, tmp_path: Path) -> None:
    config = EmailConfig(server=mailbox.server, sender="mlops@example.org", to=("lead@example.org",))
    with pytest.raises(Undelivered, match="STARTTLS"):
        deliver("id", notice, NotifyConfig(email=config), tmp_path)
    assert not mailbox.got


def test_a_command_reads_it(notice: Notice, tmp_path: Path) -> None:
    code = "import sys, pathlib; pathlib.Path('got').write_text(sys.stdin.read())"
    deliver("id", notice, NotifyConfig(command=(sys.executable, "-c", code)), tmp_path)
    assert json.loads((tmp_path / "got").read_text())["data"]["version"] == "2"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((sys.executable, "-c", "import sys; sys.exit('no room')"), "ended with 1: no room"),
        (("no-such-command",), "there is no command no-such-command"),
        (("/",), "/ cannot be run"),
    ],
)
def test_a_command_that_fails(notice: Notice, tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    with pytest.raises(Undelivered, match=why):
        deliver("id", notice, NotifyConfig(command=words), tmp_path)
