"""Nobody reads or writes by the REST interface who may not, whatever is sent to whichever route.

The routes are taken from the table that the server goes by, so that none is forgotten.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import itertools
import json
import os
import random
import re
import secrets
import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_mlops.project import Project
from jupyter_mlops.server.api.route import Route
from jupyter_mlops.server.api.table import ROUTES
from tests.conftest import copy_database, no_server
from tests.security.institution import INSIDE
from tests.server.api.serving import PREFIX, Answer, Server, serving, train_notebook

CONFIG = """
datasets:
  customers: {source: customers.csv, key: [id]}
schedules:
  nightly: {notebook: train.ipynb, cron: "0 2 * * *"}
  called: {notebook: train.ipynb, on: {webhook: {secret: env:HOOK_SECRET}}}
"""
HIDDEN = "a-secret-that-nobody-is-to-see"
NAMES = {"run": "", "schedule": "nightly", "work": "none", "pipeline": "none"}
PATHS = sorted({(route.verb, route.path) for route in ROUTES})
OTHERS = [
    ("POST", "/hooks/called"),
    ("GET", "/events"),
    ("GET", "/openapi.json"),
    ("GET", "/nothing"),
    ("POST", "/nothing"),
]
NAMED = [route for route in ROUTES if "{" in route.path]
WRITES = [route for route in ROUTES if route.verb != "GET"]
TAKES = [route for route in ROUTES if route.body is not None]
LINE = 200  # characters of a name by hypothesis


@pytest.fixture(scope="module")
def server(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = tmp_path_factory.mktemp("rest")
    root = place / "work"
    (root / "sub").mkdir(parents=True)
    (place / "outside").mkdir()
    (place / "outside" / "secret.ipynb").write_text(json.dumps({"cells": [], "nbformat": 4, "x": HIDDEN}))
    (root / "out").symlink_to(place / "outside")
    (root / "mlops.yaml").write_text(CONFIG)
    (root / "customers.csv").write_text("id\n1\n")
    copy_database(empty_database, root)
    train_notebook(root / "train.ipynb")
    with no_server():
        project = Project(root)
        client = project.store.client()
        made = client.create_run(project.store.experiment_id("work"), run_name="one")
        client.log_metric(made.info.run_id, "loss", 1.0)
        client.set_terminated(made.info.run_id)
        project.schedules()
    NAMES["run"] = made.info.run_id
    options = (
        "--ServerApp.authorizer_class=tests.security.institution.Denying",
        "--ServerApp.identity_provider_class=tests.security.institution.Known",
        "--ServerApp.jpserver_extensions={'tests.security.institution': True, 'jupyter_mlops': True}",
    )
    with serving(place, root, *options, HOOK_SECRET=HIDDEN) as found:
        yield found


def path_of(path: str, name: str | None = None) -> str:
    """The route's path, with names that are known, or all of them this one as it is."""
    filled = re.sub(r"\{(\w+)\}", lambda found: name or quote(NAMES.get(found[1], "none")), path)
    return f"{PREFIX}{filled}"


def content(root: Path) -> dict[str, str]:
    """Digests of all files; of a database that of what is in it, wherever SQLite has put it."""
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.name.endswith(("-shm", "-wal", ".lock")):
            data = path.read_bytes()
            if data.startswith(b"SQLite format 3"):
                with contextlib.closing(sqlite3.connect(path)) as connection:
                    data = "\n".join(connection.iterdump()).encode()
            found[str(path.relative_to(root))] = hashlib.sha256(data).hexdigest()
    return found


class Session:
    """A browser in which somebody logged in to the server."""

    def __init__(self, server: Server) -> None:
        cookies = [*set_by(server, f"/api/status?token={server.token}"), *set_by(server, "/login")]
        self.cookie = "; ".join(cookies)
        self.xsrf = next(text.partition("=")[2] for text in cookies if text.startswith("_xsrf="))


def set_by(server: Server, path: str) -> list[str]:
    """The cookies that come with a page."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request("GET", path)
        found = connection.getresponse()
        found.read()
    return [text.partition(";")[0] for text in found.headers.get_all("Set-Cookie") or ()]


@pytest.fixture(scope="module")
def browser(server: Server) -> Session:
    found = Session(server)
    headers = {"Cookie": found.cookie, "X-XSRFToken": found.xsrf}
    # it does let in who may: what is refused below is refused for what is foreign in it
    assert server.ask("GET", f"{PREFIX}/schedules", headers=headers).status == 200
    assert server.ask("POST", f"{PREFIX}/schedules/none/pause", headers=headers).status == 404
    return found


def foreign(server: Server, browser: Session) -> dict[str, dict[str, str]]:
    """Headers of who may not, by what is wrong with them."""
    token, other = f"token {server.token}", secrets.token_hex(24)
    basic = base64.b64encode(f"me:{server.token}".encode()).decode()
    made = f"username-127-0-0-1-{server.port}=2|1:0|10:1764460800|23:username|8:bWFkZQ==|{'0' * 64}"
    return {
        "no token": {},
        "an empty token": {"Authorization": "token "},
        "a wrong token": {"Authorization": f"{token}x"},
        "the token of another server": {"Authorization": f"token {other}"},
        "another bearer": {"Authorization": f"Bearer {other}"},
        "basic": {"Authorization": f"Basic {basic}"},
        "the bare token": {"Authorization": server.token},
        "a made-up cookie": {"Cookie": f"{made}; _xsrf=x", "X-XSRFToken": "x"},
        "a foreign origin": {"Cookie": browser.cookie, "Origin": "https://elsewhere.example.org"},
        "a foreign host": {"Authorization": token, "Host": "elsewhere.example.org"},
        "who is not authorized": {"Authorization": token, "X-Deny": "1"},
    }


def forged(browser: Session) -> dict[str, dict[str, str]]:
    """Headers that a page elsewhere can have a browser send; writes only."""
    return {
        "a cookie alone": {"Cookie": browser.cookie},
        "a wrong xsrf": {"Cookie": browser.cookie, "X-XSRFToken": "x"},
        "a foreign origin with xsrf": {
            "Cookie": browser.cookie,
            "X-XSRFToken": browser.xsrf,
            "Origin": "https://elsewhere.example.org",
        },
    }


def checked(server: Server, answer: Answer) -> Answer:
    """The answer; it tells nothing of the inside."""
    text = str(answer.told)
    for hidden in ("Traceback", HIDDEN, server.token, 'File "'):
        assert hidden not in text
    if answer.headers.get("Content-Type", "").startswith("application/json") and answer.status >= 400:
        assert answer.told["message"]
    return answer


def test_nobody_is_let_in_who_may_not_be_by_any_route(server: Server, browser: Session) -> None:
    before = content(server.root)
    for verb, path in [*PATHS, *OTHERS]:
        body = b"{}" if verb == "POST" else None
        ways = foreign(server, browser) | (forged(browser) if verb != "GET" else {})
        for what, headers in ways.items():
            told = {"Content-Type": "application/json", **headers}
            answer = checked(server, server.ask(verb, path_of(path), body, told))
            allowed = {403, 404} if "origin" in what else {403}
            assert answer.status in allowed, (verb, path, what)
    assert content(server.root) == before


def test_no_token_is_taken_from_an_address_or_a_body(server: Server) -> None:
    before = content(server.root)
    for verb, path in PATHS:
        answer = checked(server, server.ask(verb, f"{path_of(path)}?token={server.token}"))
        assert (answer.status, "token" in answer.told["wrong"]) == (400, True), (verb, path)
        assert server.ask(verb, f"{path_of(path)}?token=x{server.token}").status == 403
        if verb == "POST":
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            words = f"token={server.token}&_xsrf=x".encode()
            assert checked(server, server.ask(verb, path_of(path), words, form)).status == 403
    assert content(server.root) == before


def test_nobody_says_who_they_are_but_the_server(server: Server, browser: Session) -> None:
    eve = {"Remote-User": "eve", "X-Forwarded-User": "eve", "X-Person": "eve"}
    token, cookie = {"Authorization": f"token {server.token}"}, {"Cookie": browser.cookie}
    for headers in ({**token, **eve}, {**cookie, **eve}):
        assert server.ask("GET", f"{PREFIX}/project", headers=headers).told["who"] == "ada (jupyter)"
    assert server.rest("GET", "/project", who="eve").status == 400
    for route in TAKES:
        answer = server.rest(route.verb, path_of(route.path).removeprefix(PREFIX), {"who": "eve"})
        assert (answer.status, "who" in answer.told["wrong"]) == (400, True)


def test_nothing_is_written_by_a_verb_that_only_looks(server: Server) -> None:
    before = content(server.root)
    readable = {path for verb, path in PATHS if verb == "GET"}
    headers = {"Authorization": f"token {server.token}"}
    for path in {route.path for route in WRITES} - readable:
        for verb in ("GET", "HEAD"):
            assert server.ask(verb, path_of(path), headers=headers).status == 405, (verb, path)
    for path in {path for _, path in PATHS}:
        for verb in ("PUT", "PATCH"):
            assert checked(server, server.ask(verb, path_of(path), headers=headers)).status == 405
        server.ask("OPTIONS", path_of(path))
    assert content(server.root) == before


HOSTILE = [
    "..",
    "%2e%2e",
    "%252e%252e",
    "..%2f..%2f..%2fetc%2fpasswd",
    "%2fetc%2fpasswd",
    "%252fetc%252fpasswd",
    "..%5c..%5csecret",
    "out%2fsecret.ipynb",
    "%00",
    "a%00.ipynb",
    "%ff%fe",
    "%0d%0aSet-Cookie:%20x=1",
    "x" * 3000,
    "%F0%9F%98%80" * 50,
    "'%20OR%20'1'='1",
    "%25",
    "@",
    "none@champion",
    "schedule:..",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
]


@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
def test_no_name_in_an_address_leads_anywhere_or_breaks_anything(server: Server, verb: str) -> None:
    before = content(server.root)
    headers = {"Authorization": f"token {server.token}", "Content-Type": "application/json"}
    for route, name in itertools.product(NAMED, HOSTILE):
        if route.verb == verb and not starts_work(route):
            answer = checked(server, server.ask(verb, path_of(route.path, name), headers=headers))
            assert 400 <= answer.status < 500, (verb, route.path, name, answer)
            assert "Set-Cookie" not in answer.headers or "x=1" not in answer.headers["Set-Cookie"]
    assert content(server.root) == before


def starts_work(route: Route) -> bool:
    """A process would be begun to find out whether there is such a thing."""
    return route.status == 202


PLACES = [
    "../outside/secret.ipynb",
    "sub/../../outside/secret.ipynb",
    "out",
    "out/secret.ipynb",
    "/etc/passwd",
    "//etc/passwd",
    "~/x.ipynb",
    "%2e%2e/outside/secret.ipynb",
    "%252e%252e/outside/secret.ipynb",
    "..\\outside\\secret.ipynb",
    "file:///etc/passwd",
    "C:\\x.ipynb",
    "train.ipynb\0.png",
    "train.ipynb/../../outside/secret.ipynb",
    ".mlops",
    ".mlops/x.ipynb",
    "x" * 990 + ".ipynb",
    "a/" * 490 + "x.ipynb",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
]


@pytest.mark.parametrize("place", PLACES)
def test_no_place_that_a_request_names_is_outside_of_what_is_served(server: Server, place: str) -> None:
    before = content(server.root)
    answers = [
        server.rest("GET", "/project", project=place),
        server.rest("GET", "/runs", project=place),
        server.rest("GET", "/notebook", path=place),
        server.rest("GET", "/notebook/badges", path=place),
        server.rest("POST", "/notebook/run", {"path": place}),
        server.rest("POST", f"/runs/{NAMES['run']}/restore", {"folder": place}),
        server.rest("POST", "/schedules", {"what": place, "when": "1h", "mode": "every", "name": "x"}),
        server.rest("POST", "/data/diff", {"left": f"{place}/", "right": place}),
        server.rest("POST", "/data/drift", {"left": f"{place}/", "right": place}),
    ]
    assert [400 <= checked(server, answer).status < 500 for answer in answers] == [True] * len(answers), (
        answers
    )
    assert content(server.root) == before
    assert content(server.root.parent / "outside").keys() == {"secret.ipynb"}


BODIES = [
    (b"{", 400),
    (b"null", 400),
    (b"[1]", 400),
    (b"\xff\xfe{}", 400),
    (b'{"__proto__": {"x": 1}}', 400),
    (b'{"a": ' * 50_000, 400),
    (b'{"a": 1' + b"0" * 10_000 + b"}", 400),
    (b" " * 1_000_001, 413),
]


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_no_body_breaks_anything(server: Server, number: int) -> None:
    before = content(server.root)
    body, status = BODIES[number]
    headers = {"Authorization": f"token {server.token}", "Content-Type": "application/json"}
    for route in WRITES:
        answer = checked(server, server.ask(route.verb, path_of(route.path), body, headers))
        assert answer.status == status, (route.path, answer)
        assert answer.told["message"]
    assert content(server.root) == before


def test_a_body_of_unknown_size_is_not_kept_beyond_its_limit(server: Server) -> None:
    for route in (TAKES[0], TAKES[-1]):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            head = (
                f"POST {path_of(route.path)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Authorization: token {server.token}\r\nContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            )
            connection.sendall(head.encode())
            for _ in range(20):
                connection.sendall(b"%x\r\n%s\r\n" % (1 << 16, b" " * (1 << 16)))
            connection.sendall(b"0\r\n\r\n")
            assert b" 413 " in connection.makefile("rb").readline()


def test_nobody_without_a_token_need_send_a_body(server: Server) -> None:
    for route in (TAKES[0], TAKES[-1]):
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
            path = path_of(route.path)
            head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n\r\n"
            connection.sendall(head.encode())
            assert b" 403 " in connection.makefile("rb").readline()


READS = [route for route in ROUTES if route.verb == "GET"]
WORDS = st.text(max_size=LINE) | st.sampled_from(
    [
        "0",
        "-1",
        "1e999",
        "9" * 30,
        "metrics.loss > 0",
        "metrics.`a",
        "attributes.",
        "'",
        "%",
        "latest",
        "",
        "now",
    ]
)
QUIET = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@QUIET
@given(st.sampled_from(READS), st.data())
def test_no_question_whatever_breaks_anything(server: Server, route: Route, data: st.DataObject) -> None:
    name = data.draw(
        st.text(min_size=1, max_size=LINE).map(lambda text: quote(text, safe="", errors="replace"))
    )
    known = data.draw(st.booleans())
    fields = sorted(route.query.model_fields)
    asked = st.dictionaries(st.sampled_from(fields), WORDS, max_size=3) if fields else st.just({})
    text = urlencode(data.draw(asked), errors="replace")
    path = f"{path_of(route.path, None if known else name)}?{text}"
    answer = checked(server, server.ask("GET", path, headers={"Authorization": f"token {server.token}"}))
    assert answer.status < 500, (path, answer)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@QUIET
@example(0, {"what": "train.ipynb", "when": "\x00"}, "when")
@given(
    st.integers(0, len(TAKES) - 1),
    st.dictionaries(st.text(max_size=8), JSON, max_size=3),
    st.text(max_size=9),
)
def test_no_body_whatever_breaks_anything(
    server: Server, number: int, drawn: dict[str, Any], field: str
) -> None:
    """With a field that is unknown, so that nothing is begun."""
    route = TAKES[number]
    assert route.body is not None
    names = sorted(route.body.model_fields)
    values = list(drawn.values())
    random.Random(number).shuffle(names)
    body = {**dict(zip(names, values, strict=False)), **drawn, f"-{field}": None}
    answer = checked(server, server.rest(route.verb, path_of(route.path).removeprefix(PREFIX), body))
    assert answer.status == 400, (route.path, body, answer)


def test_no_schedule_whatever_that_is_asked_for_breaks_anything(server: Server) -> None:
    for mode, when in itertools.product(
        ("cron", "every", "data"), ("", "0", "* * * * *", "-1h", "\0", "x" * 400)
    ):
        body = {"name": "../x", "what": "train.ipynb", "mode": mode, "when": when}
        assert checked(server, server.rest("POST", "/schedules", body)).status == 400


def test_what_was_refused_would_have_been_written(server: Server) -> None:
    """`content` sees what a schedule's pause and its slot change."""
    before = content(server.root)
    assert server.rest("POST", "/schedules/nightly/pause").status == 200
    paused = content(server.root)
    assert paused != before
    assert server.rest("POST", "/schedules/nightly/run").status == 202
    assert content(server.root) != paused


def test_what_nobody_foresaw_is_told_without_what_is_inside(server: Server) -> None:
    answer = checked(server, server.rest("GET", "/broken"))
    assert (answer.status, set(answer.told)) == (500, {"message", "hint", "wrong"})
    assert "log of the Jupyter server" in answer.told["hint"]
    assert INSIDE not in str(answer.told)
    traceback = server.log.read_text(errors="replace").partition("jupyter-mlops: GET /jupyter-mlops/broken")[
        2
    ]
    assert INSIDE in traceback


def test_the_log_holds_no_token_and_tells_of_nothing_that_nobody_foresaw(server: Server) -> None:
    """The last one: what all of them have led to."""
    text = server.log.read_text(errors="replace")
    assert "jupyter_mlops" in text
    for hidden in (server.token, HIDDEN, "JupyterServerAuthWarning"):
        assert hidden not in text
    assert text.count("Traceback") == text.count(INSIDE) > 0
    assert os.stat(server.root / "mlflow.db").st_mode & 0o077 == 0
