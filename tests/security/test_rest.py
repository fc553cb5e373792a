"""Nobody reads or writes by the REST interface who may not, whatever is sent to whichever route.

The routes are taken from the table that the server goes by, so that none is forgotten.
"""

from __future__ import annotations

import itertools
import os
import random
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_mlops.server.api.route import Route
from jupyter_mlops.server.api.table import ROUTES
from tests.security.institution import INSIDE
from tests.security.walk import (
    HIDDEN,
    NAMES,
    OTHERS,
    PATHS,
    Session,
    checked,
    content,
    foreign,
    forged,
    path_of,
    walked,
)
from tests.server.api.serving import PREFIX, Server
from tests.server.jupyter import send_too_much

NAMED = [route for route in ROUTES if "{" in route.path]
WRITES = [route for route in ROUTES if route.verb != "GET"]
TAKES = [route for route in ROUTES if route.body is not None]
LINE = 200  # characters of a name by hypothesis


@pytest.fixture(scope="module")
def server(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with walked(tmp_path_factory.mktemp("rest"), empty_database) as found:
        yield found


@pytest.fixture(scope="module")
def browser(server: Server) -> Session:
    found = Session(server)
    headers = {"Cookie": found.cookie, "X-XSRFToken": found.xsrf}
    # it does let in who may: what is refused below is refused for what is foreign in it
    assert server.ask("GET", f"{PREFIX}/schedules", headers=headers).status == 200
    assert server.ask("POST", f"{PREFIX}/schedules/none/pause", headers=headers).status == 404
    return found


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
    for verb, path in [*PATHS, ("GET", "/events"), ("GET", "/openapi.json")]:
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
        server.rest("GET", "/events", project=place),
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
        assert b" 413 " in send_too_much(server.port, path_of(route.path))


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
