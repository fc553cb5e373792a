"""Which calls of a webhook count."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.notices.channels import signature
from jupyter_mlops.scheduling.triggers import webhook

SECRET, NOW, BODY = "a secret of some length", 1_800_000_000, b'{"parameters": {"C": 0.5}}'
REFERENCE = "env:HOOK_SECRET"


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", SECRET)


def signed(
    body: bytes = BODY, *, letter: str = "msg_1", sent: int = NOW, secret: str = SECRET
) -> dict[str, str]:
    """The headers of a call."""
    return {
        "webhook-id": letter,
        "webhook-timestamp": str(sent),
        "webhook-signature": signature(secret, letter, sent, body),
    }


def refused(headers: dict[str, str], body: bytes = BODY, now: float = NOW, secret: str = REFERENCE) -> int:
    """The status that the call is answered with."""
    with pytest.raises(MLOpsError) as caught:
        webhook.check(headers, body, secret, now)
    assert SECRET not in str(caught.value)
    return caught.value.http_status


def test_a_signed_call_counts_for_five_minutes_either_way() -> None:
    for now in (NOW - 300, NOW, NOW + 300):
        webhook.check(signed(), BODY, REFERENCE, now)
    assert [refused(signed(), now=now) for now in (NOW - 301, NOW + 301)] == [401, 401]


def test_one_of_several_signatures_is_enough() -> None:
    headers = signed()
    other = signature("the former secret", "msg_1", NOW, BODY)
    headers["webhook-signature"] = f"{other} {headers['webhook-signature']} v1a,x"
    webhook.check(headers, BODY, REFERENCE, NOW)


def test_a_secret_in_base64_is_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    # the example of the specification's own libraries
    monkeypatch.setenv("HOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    webhook.check(headers, b'{"test": 2432232314}', REFERENCE, 1614265330)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", ""),
        ("webhook-id", "msg_2"),
        ("webhook-id", "a b"),
        ("webhook-id", "ü"),
        ("webhook-id", "x" * 129),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", f"{NOW + 1}"),
        ("webhook-timestamp", f"{NOW}.0"),
        ("webhook-timestamp", f"-{NOW}"),
        ("webhook-timestamp", f"0{NOW}"),
        ("webhook-timestamp", "１８０００００００"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1," + "A" * 43 + "="),
        ("webhook-signature", "v2," + signature(SECRET, "msg_1", NOW, BODY).removeprefix("v1,")),
        ("webhook-signature", signature(SECRET, "msg_1", NOW, BODY).lower()),
        ("webhook-signature", signature("another secret", "msg_1", NOW, BODY)),
        ("webhook-signature", " ".join(["v1,x"] * 11 + [signature(SECRET, "msg_1", NOW, BODY)])),
        ("webhook-signature", "v1,ü"),
    ],
)
def test_a_call_that_is_not_signed_as_it_says_is_refused(name: str, value: str) -> None:
    assert refused({**signed(), name: value}) == 401
    headers = signed()
    del headers[name]
    assert refused(headers) == 401


@pytest.mark.parametrize("body", [b"", BODY + b" ", BODY[:-1], b'{"parameters": {"C": 0.6}}'])
def test_another_body_than_was_signed_is_refused(body: bytes) -> None:
    assert refused(signed(), body) == 401


def test_a_body_that_is_too_large_is_refused_though_it_is_signed() -> None:
    body = b"x" * (webhook.LARGEST + 1)
    assert refused(signed(body), body) == 413


@pytest.mark.parametrize("held", [None, "", " ", "whsec_", "whsec_*"])
def test_a_secret_that_is_none_lets_nobody_in(monkeypatch: pytest.MonkeyPatch, held: str | None) -> None:
    monkeypatch.delenv("HOOK_SECRET")
    if held is not None:
        monkeypatch.setenv("HOOK_SECRET", held)
    headers = {**signed(secret="x"), "webhook-signature": "v1,x"}
    assert refused(headers) == 503


def test_a_secret_that_is_written_out_lets_nobody_in() -> None:
    assert refused(signed(), secret=SECRET) == 503


def test_a_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    webhook.check(signed(), BODY, f"file:{tmp_path / 'secret'}", NOW)
    assert refused(signed(), secret=f"file:{tmp_path / 'gone'}") == 503


@given(st.dictionaries(st.sampled_from(list(signed())), st.text(max_size=80)), st.binary(max_size=80))
def test_whatever_else_is_sent_is_refused(changed: dict[str, str], body: bytes) -> None:
    if changed and any(signed()[name] != value for name, value in changed.items()):
        with pytest.raises(Refused):
            webhook.check({**signed(), **changed}, BODY, REFERENCE, NOW)
    if body != BODY:
        with pytest.raises(Refused):
            webhook.check(signed(), body, REFERENCE, NOW)


# -- parameters


def test_parameters_are_those_of_a_json_object() -> None:
    assert webhook.parameters(BODY) == {"C": 0.5}
    for body in (b"", b" \n", b"{}", b"[]", b'"text"', b"null", b'{"type": "pushed", "data": {"C": 1}}'):
        assert webhook.parameters(body) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"C=0.5",
        b'{"parameters": [1]}',
        b'{"parameters": "C"}',
        b'{"parameters": null}',
        b'{"parameters": {"C": NaN}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_something_else_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        webhook.parameters(body)
    assert caught.value.http_status == 400


@given(st.binary(max_size=200))
def test_any_body_is_an_object_or_refused(body: bytes) -> None:
    try:
        assert isinstance(webhook.parameters(body), dict)
    except Refused:
        pass


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()))
def test_parameters_come_as_they_were_sent(values: dict[str, object]) -> None:
    assert webhook.parameters(json.dumps({"parameters": values}).encode()) == values
