"""What all routes have in common: words are made sure of, errors say what to do, nobody waits for others."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jupyter_mlops.project import Project
from tests.server.api.conftest import Recorded
from tests.server.api.serving import PREFIX, Answer, Server

Rest = Callable[..., Answer]
New = Callable[..., Project]


def test_answers_are_json_that_nobody_keeps(rest: Rest) -> None:
    for answer in (rest("GET", "/project"), rest("GET", "/runs/nobody"), rest("GET", "/nothing")):
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Etag" not in answer.headers


def test_a_path_that_is_not_there_is_told_apart_from_a_server_without_us(rest: Rest) -> None:
    for path in ("", "/", "/nothing", "/runs/", "/runs/a/b/c", "/hooks", "/projects"):
        answer = rest("GET", path)
        assert (answer.status, "there is nothing at" in answer.told["message"]) == (404, True)
    assert rest("POST", "/nothing").status == 404


def test_a_wrong_verb_is_told_with_the_right_ones(rest: Rest, server: Server) -> None:
    answer = rest("PUT", "/schedules")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, POST")
    assert answer.told["hint"] == "it takes GET and POST"
    assert [rest(verb, "/project").status for verb in ("POST", "DELETE", "PATCH", "HEAD")] == [405] * 4
    assert rest("PATCH", "/project").told["message"] == "PATCH is not for this path"
    headers = {"Origin": "https://elsewhere.example.org", "Access-Control-Request-Method": "POST"}
    preflight = server.ask("OPTIONS", "/jupyter-mlops/runs", headers=headers)
    assert "Access-Control-Allow-Origin" not in preflight.headers


@pytest.mark.parametrize("path", ["project", "hooks/none"])
def test_who_was_refused_may_go_on_by_the_same_connection(server: Server, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    with contextlib.closing(connection):
        for headers in ({}, {"Authorization": "token wrong"}, {"Authorization": f"token {server.token}"}):
            # a client that was not told that a connection ends finds it closed under its next request
            connection.request("POST", f"{PREFIX}/{path}", b"{}", headers)
            answer = connection.getresponse()
            answer.read()
            assert answer.will_close == (answer.status == 403)
        assert answer.status != 403


def test_what_is_forbidden_is_told_with_what_would_help(server: Server) -> None:
    hosts = server.ask("GET", f"{PREFIX}/project", headers={"Host": "evil.example.org"})
    assert (hosts.status, "local_hostnames" in hosts.told["hint"]) == (403, True)
    nobody = server.ask("GET", f"{PREFIX}/project")
    assert (nobody.status, "log in" in nobody.told["hint"]) == (403, True)
    login = server.ask("GET", f"/lab?token={server.token}")
    cookie = "; ".join(part.split(";")[0] for part in login.headers["Set-Cookie"].split(", "))
    page = server.ask("POST", f"{PREFIX}/schedules/none/pause", headers={"Cookie": cookie})
    assert (page.status, "X-XSRFToken" in page.told["hint"]) == (403, True)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limti": 2}, "limti"),
        ({"limit": "two"}, "limit"),
        ({"limit": 0}, "limit"),
        ({"limit": ["1", "2"]}, "limit"),
        ({"status": "DONE"}, "status.0"),
        ({"status": ["FINISHED", "DONE"]}, "status.1"),
        ({"search": "x" * 300}, "search"),
        ({"search": "a\0"}, "search"),
        ({"project": ["", "data"]}, "project"),
    ],
)
def test_a_word_of_the_query_that_does_not_fit_is_named(
    rest: Rest, query: dict[str, Any], field: str
) -> None:
    answer = rest("GET", "/runs", **query)
    assert answer.status == 400
    assert answer.told["wrong"][field]
    assert answer.told["hint"]


def test_a_misspelt_word_is_told_with_the_right_one(rest: Rest) -> None:
    assert rest("GET", "/runs", limti=2).told["hint"] == "did you mean 'limit'?"


def test_a_word_that_may_be_given_several_times_may_be_given_once(rest: Rest, recorded: Recorded) -> None:
    for status in ("FINISHED", ["FINISHED"], ["FINISHED", "FAILED"]):
        assert rest("GET", "/runs", status=status).status == 200


def test_what_jupyterlab_puts_behind_an_address_is_passed_over(rest: Rest, server: Server) -> None:
    headers = {"Authorization": f"token {server.token}"}
    for words in ("?1764460800000", "?limit=1&1764460800000", "?no_track_activity=1"):
        assert server.ask("GET", f"/jupyter-mlops/runs{words}", headers=headers).status == 200
    assert server.ask("GET", "/jupyter-mlops/runs?1764460800000=x", headers=headers).status == 400


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"left": NaN}', "application/json", 400),
        (b'{"left": 1, "right": "b"}', "application/json", 400),
        (b'{"left": "\\ud800", "right": "b"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "application/json; charset=utf-8", 400),
        (b"", "application/json", 400),
        (b'{"left": "a", "right": "b"}', "text/plain", 415),
        (b"left=a&right=b", "application/x-www-form-urlencoded", 415),
        (b'{"left": "a", "right": "b"}', "", 415),
        (b" " * 1_000_001, "application/json", 413),
    ],
)
def test_a_body_that_does_not_fit_is_refused(server: Server, body: bytes, kind: str, status: int) -> None:
    headers = {"Authorization": f"token {server.token}", "Content-Type": kind}
    answer = server.ask("POST", "/jupyter-mlops/data/diff", body, headers)
    assert (answer.status, bool(answer.told["message"])) == (status, True)


def test_each_field_of_a_body_that_does_not_fit_is_named(rest: Rest) -> None:
    answer = rest("POST", "/data/diff", {"left": 1, "keys": []})
    assert set(answer.told["wrong"]) == {"left", "right", "keys"}
    assert answer.told["hint"] == "it may say: left, right, key"


def test_a_route_without_a_body_takes_an_empty_one(rest: Rest) -> None:
    assert rest("POST", "/schedules/nobody/pause").status == 404
    assert rest("POST", "/schedules/nobody/pause", {}).status == 404
    assert rest("POST", "/schedules/nobody/pause", {"why": 1}).status == 400


def test_a_name_that_can_be_nobodys_is_refused(server: Server) -> None:
    headers = {"Authorization": f"token {server.token}"}
    for name in ("%00", "a%0ab", "%ff", "x" * 3000):
        assert server.ask("GET", f"/jupyter-mlops/runs/{name}", headers=headers).status == 400


def test_a_store_that_breaks_is_told_as_such_and_its_traceback_is_in_the_log_only(
    rest: Rest, server: Server, new_project: New
) -> None:
    root = new_project().root
    connection = sqlite3.connect(root / "mlflow.db")
    connection.execute("DROP TABLE experiments")
    connection.close()
    answer = rest("GET", "/runs/12345678", project=root.name)
    assert answer.status in {400, 503}
    assert "Traceback" not in str(answer.told)
    assert answer.told["hint"]


def test_a_name_of_a_file_that_is_no_text_breaks_nothing(rest: Rest, new_project: New) -> None:
    root = new_project(store=False).root
    try:
        (root / os.fsdecode(b"\xff.ipynb")).write_text("{}")
    except OSError:
        pytest.skip("the file system takes none")
    assert rest("GET", "/schedule-form", project=root.name).told["notebooks"] == ["\udcff.ipynb"]


@contextlib.contextmanager
def silent() -> Iterator[tuple[int, threading.Event]]:
    """A port at which somebody listens who never says anything; and that it was called."""
    called = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    kept.append(listening.accept()[0])
                    called.set()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listening.getsockname()[1], called
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(30)
        for each in kept:
            each.close()


def test_a_tracking_server_that_does_not_answer_keeps_nobody_else_waiting(
    rest: Rest, new_project: New, recorded: Recorded
) -> None:
    with silent() as (port, called), ThreadPoolExecutor(12) as pool:
        root = new_project(f"tracking: {{uri: 'http://127.0.0.1:{port}'}}\n", store=False).root
        slow = [pool.submit(rest, "GET", "/runs", project=root.name) for _ in range(12)]
        assert called.wait(60)
        assert rest("GET", "/schedules", project=root.name).status == 200
        assert rest("GET", "/project", project=root.name).told["is_server"]
        assert rest("GET", f"/runs/{recorded.plain.run_id}").told["run"]["name"] == "plain"
        assert not any(each.done() for each in slow)
        answers = [each.result(60) for each in slow]
    assert {answer.status for answer in answers} == {503}
    assert all("out of reach" in answer.told["message"] and answer.told["hint"] for answer in answers)


def test_jupyter_finds_no_handler_of_ours_that_lets_anybody_in(server: Server, rest: Rest) -> None:
    """It looks for them when it starts, where `allow_unauthenticated_access` is off; others have some."""
    assert rest("GET", "/project").status == 200
    text = server.log.read_text(errors="replace")
    assert "jupyter_mlops | extension was successfully loaded" in text
    assert "registered for /jupyter-mlops" not in text
