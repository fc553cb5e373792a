"""`serve`: answer requests over HTTP."""

from __future__ import annotations

from jupyter_mlops.commands.command import Command

COMMANDS: tuple[Command, ...] = ()
