"""Who decides of a model over REST is whom the server knows, and may do what that person may do: no more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import Identity
from jupyter_mlops.entities.panels import Decision, RunNotebook, Work, WorkState, WorkVerb
from jupyter_mlops.project import Project
from jupyter_mlops.provenance.identity import account
from jupyter_mlops.server.api.places import Places
from jupyter_mlops.server.api.route import Call, Nothing
from jupyter_mlops.server.api.works import Works
from jupyter_mlops.tracking import tags
from tests.conftest import cell, no_server, write
from tests.promotion.conftest import churn_made
from tests.promotion.registered import copied
from tests.server.api.serving import Server, serving
from tests.waiting import until

__all__ = ["churn_made"]

GATED = """\
models:
  churn:
    data: customers
    target: churned
    gates: [{approvals: 1, author: no}]
datasets:
  customers: {source: customers.csv}
"""
BOB = Identity(name="bob", source="jupyterhub")
OVER = {"done", "failed", "cancelled"}


@pytest.fixture(scope="module")
def churn(churn_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """`churn` has versions 1, 2 and 3, all made by the account that runs this, and needs somebody else's
    approval."""
    with no_server():
        project = copied(churn_made, tmp_path_factory.mktemp("served") / "work")
        (project.root / "mlops.yaml").write_text(GATED, encoding="utf-8")
        yield Project(project.root)


@pytest.fixture(scope="module")
def server(churn: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of that project: whoever comes with its token is the account that it runs under."""
    with serving(tmp_path_factory.mktemp("jupyter"), churn.root) as found:
        yield found


def decided(server: Server, verb: str, **asked: Any) -> dict[str, Any]:
    """What became of that decision over REST."""
    begun = server.rest("POST", f"/models/churn/{verb}", asked)
    assert begun.status == 202, begun.told
    path = f"/work/{begun.told['id']}"
    until(lambda: server.rest("GET", path).told["state"] in OVER, f"{verb} ends")
    told: dict[str, Any] = server.rest("GET", path).told
    return told


def done_by(who: Identity, project: Project, verb: WorkVerb, body: Any, subject: str) -> Work:
    """What became of it, where the server knows the sender of the request as `who`."""
    works = Works()
    call = Call(
        root=project.root,
        places=Places(project.root),
        opened=lambda root: project,
        names={},
        query=Nothing(),
        body=body,
        who=who,
        works=works,
    )
    begun = works.start(verb, body, call, subject=subject)
    return until(
        lambda: found if (found := works.work(begun.id)).state.value in OVER else None, f"{verb} ends"
    )


@pytest.mark.parametrize("field", ["who", "name", "identity", "author", "user"])
def test_a_request_cannot_name_who_decides(server: Server, field: str) -> None:
    body = {"version": "1", field: "bob"}
    for verb in ("approve", "reject", "promote", "rollback", "gates"):
        assert server.rest("POST", f"/models/churn/{verb}", body).status == 400
        assert server.rest("POST", f"/models/churn/{verb}", {"version": "1"}, **{field: "bob"}).status == 400
    assert server.rest("GET", "/work").told == []


def test_an_author_lets_no_own_version_in_and_a_colleague_does(server: Server, churn: Project) -> None:
    own = decided(server, "approve", version="1", reason="bob (jupyterhub) says so")
    entry = own["result"]["entry"]
    assert (entry["who"], entry["identity"]) == (account(), "system")
    assert "your approval does not count" in own["result"]["notes"][0]
    refused = decided(server, "promote", version="1")
    assert (refused["state"], refused["exit_code"], refused["kind"]) == ("failed", 3, "GateReport")
    assert refused["result"]["version"] == "1"
    assert "0 of 1 approvals" in refused["problem"]
    assert churn.history("churn").aliases == {}
    approved = done_by(BOB, churn, WorkVerb.APPROVE, Decision(version="1"), "churn@1")
    assert approved.state is WorkState.DONE, approved.problem
    told = churn.history("churn", verify=True)
    assert (told.entries[-1].who, told.entries[-1].identity, told.findings) == ("bob", "jupyterhub", ())
    assert decided(server, "promote", version="1")["state"] == "done"
    assert churn.history("churn").aliases == {"champion": "1"}


def test_two_promotions_at_once_have_one_winner(server: Server, churn: Project) -> None:
    before = len(churn.history("churn").entries)
    both: list[dict[str, Any]] = []

    def promote(version: str) -> None:
        both.append(decided(server, "promote", version=version, to="canary", override=True, reason="at once"))

    threads = [threading.Thread(target=promote, args=[version]) for version in ("2", "3")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = churn.history("churn", verify=True)
    moved = [entry for entry in history.entries[before:] if entry.alias == "canary"]
    won = [work for work in both if work["state"] == "done"]
    assert len(moved) == len(won) >= 1
    assert history.aliases["canary"] == moved[-1].to_version
    assert history.findings == ()
    for work in both:  # one that came later saw the other's version, or was refused
        assert work in won or "meanwhile" in work["problem"]
    assert moved[0].from_version is None
    assert [entry.from_version for entry in moved[1:]] == [entry.to_version for entry in moved[:-1]]


def test_who_asks_for_a_run_is_the_author_of_what_it_makes(churn: Project) -> None:
    """Else an own version could be approved: its run would be the server's account's."""
    told = "from jupyter_mlops.provenance.identity import identity\nopen('who', 'w').write(str(identity()))"
    notebook = write(churn.root / "who.ipynb", [cell(told)])
    made = done_by(BOB, churn, WorkVerb.RUN, RunNotebook(path=str(notebook)), "who.ipynb")
    assert made.state is WorkState.DONE, made.problem
    assert (churn.root / "who").read_text(encoding="utf-8") == "bob (jupyterhub)"
    assert made.run_id is not None
    assert churn.store.client().get_run(made.run_id).data.tags[tags.USER] == "bob"
    provenance = churn.show(made.run_id).provenance
    assert provenance is not None
    assert provenance.user == "bob"
