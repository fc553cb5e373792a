"""Webhooks of a real Jupyter server: a signed call leads to a slot. What must not, see
``tests/security/test_hooks.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from jupyter_mlops.entities import SlotKind, SlotStatus
from jupyter_mlops.scheduling.store import SlotStore
from tests.server.hooks import SECRET, Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("hooks")) as found:
        yield found


def test_a_signed_call_leads_to_a_slot_with_its_parameters(server: Server) -> None:
    answer = server.call(body=json.dumps({"parameters": {"day": "2026-01-01", "C": 0.5}}).encode())
    assert answer.status == 202
    slot = SlotStore(server.root).slot(answer.told["id"])
    assert slot is not None
    assert (slot.schedule, slot.kind, slot.status) == ("called", SlotKind.TRIGGER, SlotStatus.DUE)
    assert slot.parameters == {"day": "2026-01-01", "C": 0.5}
    assert slot.key == answer.told["key"]


def test_a_call_that_is_sent_again_is_answered_with_the_same_slot(server: Server) -> None:
    before = len(SlotStore(server.root).slots("called", limit=1000))
    answers = [server.call(letter="msg_twice") for _ in range(3)]
    assert [answer.status for answer in answers] == [202, 202, 202]
    assert len({answer.told["id"] for answer in answers}) == 1
    assert len(SlotStore(server.root).slots("called", limit=1000)) == before + 1


def test_a_call_without_a_body_has_no_parameters(server: Server) -> None:
    assert server.call().told["parameters"] == {}


def test_a_token_may_stand_in_the_address_for_those_who_can_send_no_header(server: Server) -> None:
    answer = server.call("called?token=for-the-test-only", Authorization=None)
    assert answer.status == 202


def test_what_mlops_yaml_says_now_counts(server: Server) -> None:
    path = server.root / "mlops.yaml"
    before = path.read_text()
    path.write_text(before + "  later: {notebook: report.ipynb, on: {webhook: {secret: env:HOOK_SECRET}}}\n")
    assert server.call("later", secret=SECRET).status == 202
    path.write_text("schedules: {broken")
    answer = server.call("later")
    assert (answer.status, "mlops.yaml" in str(answer.told)) == (503, False)
    path.write_text(before)
    assert server.call("later").status == 404
