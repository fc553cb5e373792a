"""Decisions on a model over REST: each is made by a process of its own, as the command line makes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.project import Project
from tests.conftest import no_server
from tests.promotion.conftest import churn_made
from tests.promotion.registered import copied
from tests.server.api.serving import Answer, Server
from tests.waiting import until

__all__ = ["churn_made"]

Rest = Callable[..., Answer]
GATED = """\
models:
  churn:
    data: customers
    target: churned
    gates: ["accuracy >= 0.999"]
datasets:
  customers: {source: customers.csv}
"""


@pytest.fixture(scope="module")
def churn(server: Server, churn_made: Path) -> Project:
    """Below the server's root: `churn` has a gate that none of its three versions passes; 2 is the champion,
    as 1 was before."""
    project = copied(churn_made, server.root / "churn")
    (project.root / "mlops.yaml").write_text(GATED, encoding="utf-8")
    with no_server():
        project = Project(project.root)
        for version in ("1", "2"):
            project.promote(f"churn@{version}", override=True, reason="it is needed")
    return project


def decided(rest: Rest, verb: str, **asked: Any) -> dict[str, Any]:
    """What became of that decision."""
    begun = rest("POST", f"/models/churn/{verb}", asked, project="churn")
    assert begun.status == 202, begun.told
    path = f"/work/{begun.told['id']}"
    until(lambda: rest("GET", path).told["state"] not in {"waiting", "running"}, f"{verb} ends")
    told: dict[str, Any] = rest("GET", path).told
    return told


def test_a_version_is_judged_and_rejected_and_the_one_before_comes_back(
    rest: Rest, churn: Project, server: Server
) -> None:
    judged = decided(rest, "gates", version="3")
    assert (judged["state"], judged["exit_code"], judged["kind"]) == ("failed", 3, "GateReport")
    assert [r["status"] for r in judged["result"]["results"] if not r["implied"]] == ["failed"]
    assert (judged["result"]["version"], "1 failed" in judged["problem"]) == ("3", True)
    closed = decided(rest, "reject", version="3", reason="it is unfair")
    assert (closed["state"], closed["kind"]) == ("done", "Promotion")
    assert closed["result"]["entry"]["reason"] == "it is unfair"
    back = decided(rest, "rollback")
    assert (back["state"], back["result"]["version"]["version"]) == ("done", "1")
    with no_server():
        history = churn.history("churn", verify=True)
    actions = [entry.action.value for entry in history.entries]
    assert actions == ["override", "override", "reject", "rollback"]
    assert (history.findings, history.aliases) == ((), {"champion": "1"})
    loaded = Path(f"/proc/{server.pid}/maps").read_text(encoding="utf-8")
    assert "_sqlite3" in loaded
    assert "sklearn" not in loaded  # the gate asked the model; the server never unpickles one


def test_what_is_not_said_is_refused(rest: Rest, churn: Project) -> None:
    for verb, body in (("promote", {}), ("reject", {"reason": "x"}), ("approve", {"to": "champion"})):
        told = rest("POST", f"/models/churn/{verb}", body, project="churn")
        assert (told.status, "no version" in told.told["message"]) == (400, True)
    assert rest("POST", "/models/churn@1/rollback", {}, project="churn").status == 400
    for verb, field, body in (
        ("promote", "to", {"to": "../x"}),
        ("rollback", "to", {"to": "latest"}),
        ("promote", "reason", {"override": True}),
        ("reject", "reason", {"reason": " "}),
    ):
        told = rest("POST", f"/models/churn/{verb}", {"version": "3", **body}, project="churn")
        assert (told.status, list(told.told["wrong"])) == (400, [field])
