"""`notify`: who is told of what."""

from __future__ import annotations

from jupyter_mlops.commands.command import Command

COMMANDS: tuple[Command, ...] = ()
