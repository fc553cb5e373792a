"""Nobody makes a schedule run by a webhook who has not both: what Jupyter asks for, and the hook's secret."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator

import pytest

from jupyter_mlops.notices.channels import signature
from jupyter_mlops.scheduling.store import SlotStore
from tests.server.hooks import SECRET, Server, serving
from tests.server.jupyter import TOKEN, send_too_much


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("hooks")) as found:
        yield found


@pytest.fixture(autouse=True)
def no_slots(server: Server) -> Iterator[None]:
    """None of these calls makes a slot."""
    before = len(SlotStore(server.root).slots(limit=1000))
    yield
    assert len(SlotStore(server.root).slots(limit=1000)) == before


@pytest.mark.parametrize(
    "credential", [None, "", "token", f"token {TOKEN}x", "token  ", f"Basic {TOKEN}", "Bearer x"]
)
def test_without_a_token_of_the_servers_a_signature_is_worth_nothing(
    server: Server, credential: str | None
) -> None:
    assert server.call(Authorization=credential).status == 403


def test_a_cookie_that_somebody_made_is_worth_nothing(server: Server) -> None:
    cookie = f"username-127-0-0-1-{server.port}=2|1:0|10:1|4:name|4:me|0; _xsrf=x"
    assert server.call(Authorization=None, Cookie=cookie, X_XSRFToken="x").status == 403


def test_a_page_elsewhere_that_a_browser_shows_cannot_call(server: Server) -> None:
    answer = server.call(Authorization=None, Origin="https://elsewhere.example.org")
    assert answer.status in {403, 404}


def test_without_a_signature_a_token_is_worth_nothing(server: Server) -> None:
    for header in ("webhook-id", "webhook-timestamp", "webhook-signature"):
        assert server.call(**{header: None}).status == 401
    assert server.call(secret="guessed").status == 401
    assert server.call(webhook_signature=f"v1,{TOKEN}").status == 401


def test_what_was_called_too_long_ago_is_refused(server: Server) -> None:
    now = int(time.time())
    assert [server.call(sent=now - 360).status, server.call(sent=now + 360).status] == [401, 401]


def test_a_call_for_one_body_is_none_for_another(server: Server) -> None:
    body = json.dumps({"parameters": {"C": 1}}).encode()
    now = int(time.time())
    other = signature(SECRET, "msg_other", now, b"{}")
    assert server.call(body=body, letter="msg_other", sent=now, webhook_signature=other).status == 401


@pytest.mark.parametrize(
    "name",
    [
        "nobody",
        "timed",
        "",
        "called/",
        "..",
        "../called",
        "%2e%2e%2fmlops.yaml",
        "called%2f..%2fcalled",
        "..%5c..%5cetc%5cpasswd",
        "%00",
        "%ff%fe",
        "called%00",
        "CALLED",
        "x" * 5000,
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "retrain:called",
    ],
)
def test_a_name_that_is_no_webhooks_leads_nowhere(server: Server, name: str) -> None:
    answer = server.call(name)
    assert answer.status in {400, 403, 404}  # 403 is Jupyter's for addresses that are nobody's
    assert answer.headers["Content-Type"].startswith("application/json") or "<script>" not in str(answer.told)


def test_a_body_that_is_too_large_is_refused_whether_or_not_its_size_is_told(server: Server) -> None:
    assert server.call(body=b" " * 1_000_001).status == 413
    assert b" 413 " in send_too_much(server.port, "/jupyter-mlops/hooks/called")


def test_nobody_without_a_token_need_send_a_body(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        head = (
            "POST /jupyter-mlops/hooks/called HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert b" 403 " in connection.makefile("rb").readline()


@pytest.mark.parametrize("body", [b"{", b"C=1", b'{"parameters": 1}', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(server: Server, body: bytes) -> None:
    assert server.call(body=body).status == 400


def test_a_webhook_whose_secret_is_not_set_lets_nobody_in_and_tells_nobody_its_name(server: Server) -> None:
    for secret in ("", "None", "env:NOT_SET_ANYWHERE"):
        answer = server.call("unset", secret=secret)
        assert answer.status == 503
        assert "NOT_SET_ANYWHERE" not in str(answer.told)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post_is_a_call(server: Server, method: str) -> None:
    headers = {"Authorization": f"token {TOKEN}"}
    assert server.ask("/jupyter-mlops/hooks/called", method=method, headers=headers).status in {403, 405}


def test_who_does_not_know_the_secret_keeps_nobody_out_who_does(server: Server) -> None:
    answers = [server.call("over", secret="guessed").status for _ in range(61)]
    assert answers[:60] == [401] * 60
    assert answers[60] == 429
    assert server.call("over").status == 409  # it is signed, but the schedule is over


def test_who_calls_too_often_is_told_when_to_call_again(server: Server) -> None:
    answers = [server.call("nobody") for _ in range(61)]  # of a name of its own: other tests go on
    assert answers[-1].status == 429
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
