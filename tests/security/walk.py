"""What a walk over all routes of the REST interface needs: a server, and who may not get anywhere."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import re
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from jupyter_mlops.project import Project
from jupyter_mlops.server.api.table import ROUTES
from tests.conftest import copy_database, no_server
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


@contextlib.contextmanager
def walked(place: Path, empty_database: Path) -> Iterator[Server]:
    """A server of a project of its own in `place`, while the block lasts. A folder beside the one that it
    serves has what nobody is to get at, and a link leads there."""
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
