"""Two sets of data compared over REST, by a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_mlops.project import Project
from tests.server.api.serving import Answer, Server
from tests.waiting import until

Rest = Callable[..., Answer]


def found(rest: Rest, verb: str, project: Project, left: str, right: str) -> dict[str, Any]:
    """What came of it."""
    begun = rest("POST", f"/data/{verb}", {"left": left, "right": right}, project=project.root.name)
    assert begun.status == 202, begun.told
    path = f"/work/{begun.told['id']}"
    until(lambda: rest("GET", path).told["state"] not in {"waiting", "running"}, f"{verb} ends")
    told: dict[str, Any] = rest("GET", path).told
    return told


def test_files_of_the_project_are_compared(rest: Rest, new_project: Callable[..., Project]) -> None:
    project = new_project("datasets:\n  old: {source: old.csv, key: [id]}\n")
    rows = [f"{number},{number % 7}" for number in range(200)]
    (project.root / "old.csv").write_text("\n".join(["id,spent", *rows]), encoding="utf-8")
    rows = [f"{number},{number % 7 + 100}" for number in range(200)]
    (project.root / "new.csv").write_text("\n".join(["id,spent", *rows]), encoding="utf-8")
    differs = found(rest, "diff", project, "old", "./new.csv")
    assert (differs["state"], differs["kind"], differs["subject"]) == ("done", "DataDiff", "old → ./new.csv")
    assert differs["result"]["changed"] == 200
    drifted = found(rest, "drift", project, "old", "new.csv")
    assert (drifted["state"], drifted["kind"]) == ("done", "DriftReport")
    assert {each["name"]: each["state"] for each in drifted["result"]["columns"]}["spent"] == "drift"
    gone = found(rest, "diff", project, "old", "nothing@3")
    assert (gone["state"], gone["exit_code"]) == ("failed", 2)
    assert gone["hint"]


@pytest.mark.parametrize(
    "what",
    [
        *("../outside.csv", "/etc/passwd", "~/x.csv", "link.csv", "..", "data/../../outside.csv", ""),
        *("http://127.0.0.1/x.csv", "file:///etc/passwd", "sqlite:///mlflow.db"),
        *("no/such.csv", ".mlops/x", "a\0b"),
    ],
)
def test_what_is_not_of_the_project_is_refused(rest: Rest, server: Server, what: str) -> None:
    outside = server.root.parent / "outside.csv"
    outside.write_text("id\n1\n", encoding="utf-8")
    link = server.root / "link.csv"
    if not link.is_symlink():
        os.symlink(outside, link)
    for verb in ("diff", "drift"):
        for sides in ({"left": what, "right": "customers"}, {"left": "customers", "right": what}):
            assert rest("POST", f"/data/{verb}", sides).status in {400, 404}
