"""`notify`: who is told of what."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _notify(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if not words.test:
        return Result(project.notices(), empty="nobody was told of anything yet")
    found = project.test_notices()
    return Result(found, 0 if all(delivery.state == "sent" for delivery in found) else 4)


COMMANDS: tuple[Command, ...] = (
    Command(
        "notify",
        "show what others were told, and what waits to be sent",
        _notify,
        (arg("--test", action="store_true", help="send a test through every channel; exit 4 if one fails"),),
        "jupyter mlops notify --test",
    ),
)
