"""At a terminal a card asks once what its model is for."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from typing import Any

import pytest

from jupyter_mlops.project import Project

pty = pytest.importorskip("pty")  # Windows has none
QUESTION = "What is churn for?"


def at_terminal(answer: str, *words: str) -> tuple[str, int]:
    """What the command shows at a terminal where a person gives that answer when asked, and its exit code."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "jupyter_mlops", "card", "churn@2", "--no-measure", *words]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    shown, answered, until = "", False, time.monotonic() + 120
    while time.monotonic() < until:
        if not select.select([ours], [], [], 1)[0]:
            continue
        try:
            read = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not read:
            break
        shown += read.decode(errors="replace")
        if QUESTION in shown and not answered:
            os.write(ours, answer.encode())
            answered = True
    os.close(ours)
    return shown, process.wait(timeout=60)


def purpose(project: Project) -> Any:
    card = project.card("churn@2", measure=False)
    return next(section for section in card.sections if section.key == "purpose")


def test_it_is_asked_once_and_kept(churn: Project) -> None:
    shown, code = at_terminal("\n")
    assert (QUESTION in shown, code) == (True, 0)
    assert purpose(churn).missing
    shown, code = at_terminal("Finds who *leaves*.\n", "--require", "purpose")
    assert (QUESTION in shown, code) == (True, 0)
    assert purpose(churn).text == "Finds who *leaves*."
    shown, code = at_terminal("", "--require", "purpose")
    assert (QUESTION in shown, code) == (False, 0)


def test_nobody_is_asked_where_entities_are_wanted(churn: Project) -> None:
    shown, code = at_terminal("", "--json")
    assert (QUESTION in shown, code) == (False, 0)
